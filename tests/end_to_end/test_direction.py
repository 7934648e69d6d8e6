"""Change the words, or the picture: the music changes as a listener expects. Measured on the notes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from hitpoint.composition import ComposeContext, compose
from hitpoint.model.progress import SILENT, StepClock
from hitpoint.resources import load_instruments, load_palettes
from hitpoint.spotting import ProjectFile
from hitpoint.tempo import solve_tempo
from hitpoint.understanding import CutRequest, understand

SECONDS, RATE, SIZE = 48, 24, (192, 108)
TRAGIC = (
    "They are all dead.",
    "I have lost everything.",
    "She died in my arms.",
    "There is no hope left.",
    "Goodbye, my son.",
)
JOYFUL = (
    "We won! We made it!",
    "I am so happy you are here.",
    "What a wonderful day!",
    "I love you all!",
    "Let us dance!",
)


def film(path: Path, *, is_wild: bool) -> Path:
    """Calm: a bright picture that hardly moves, two shots. Wild: dark, shaken, cut every second and a half."""
    import cv2

    rng = np.random.default_rng(3)
    base = cv2.GaussianBlur(rng.integers(0, 255, (400, 900, 3)).astype(np.float32), (0, 0), 5)
    base = np.clip((base - 128) * 8 + 128, 0, 255)
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=RATE, options={"crf": "20", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(SECONDS * RATE):
            if is_wild:
                shot, within = divmod(number, 36)
                x, y = (shot * 131) % 300 + within * 11, 30 + (shot * 57) % 200 + int(20 * np.sin(within))
                picture = base[y : y + 108, x : x + 192] * 0.45
            else:
                x = 40 + (number // 600) * 300 + number // 48
                picture = base[60:168, x : x + 192] * 0.35 + (165, 150, 110)
            frame = av.VideoFrame.from_ndarray(np.clip(picture, 0, 255).astype(np.uint8), format="rgb24")
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return path


def words(path: Path, texts: tuple[str, ...]) -> Path:
    rows = []
    for number, text in enumerate(texts):
        start_s = 4 + 9 * number
        rows.append(f"{number + 1}\n00:00:{start_s:02},000 --> 00:00:{start_s + 3:02},000\n{text}\n")
    path.write_text("\n".join(rows))
    return path


@dataclass(frozen=True)
class Music:
    palette: str
    is_minor: bool
    tempo_bpm: float
    notes_per_s: float
    mean_pitch: float
    mean_intensity: float


def music_for(cut: Path, subtitles: Path | None) -> Music:
    """Return what is written for a film: the notes themselves are measured."""
    known = understand(
        CutRequest(cut_path=cut, subtitles_path=subtitles), project=ProjectFile(), steps=StepClock(SILENT).step
    )
    cue = known.spotting.cues[0]
    plan = solve_tempo(cue, rate=known.cut.rate, cut_frames=known.cut.cut_frames)[0]
    written = compose(
        cue,
        plan,
        known.story.arc,
        palette=load_palettes()[cue.brief.palette_id],
        instruments=load_instruments(),
        context=ComposeContext(rate=known.cut.rate, dialogue=known.speech_s, cut_frames=known.cut.cut_frames),
        rng=np.random.default_rng(1),
    )
    notes = [note for part in written.parts for note in part.notes]
    pitched = [
        note.pitch_midi for part in written.parts for note in part.notes if part.stem not in ("percussion", "hits")
    ]
    length_beats = float(written.end_beats)
    length_s = float(plan.tempo_map.seconds_at(written.end_beats) - plan.tempo_map.start_s)
    music = Music(
        palette=cue.brief.palette_id,
        is_minor=written.key.endswith(("minor", "phrygian", "aeolian", "dorian", "locrian")),
        tempo_bpm=60 * length_beats / length_s,
        notes_per_s=len(notes) / SECONDS,
        mean_pitch=float(np.mean(pitched)),
        mean_intensity=float(np.mean(written.intensity)),
    )
    print(cut.stem, subtitles.stem if subtitles else "-", music)
    return music


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("direction")


@pytest.fixture(scope="module")
def calm_film(folder: Path) -> Path:
    return film(folder / "calm.mp4", is_wild=False)


def test_only_the_words(folder: Path, calm_film: Path) -> None:
    tragic = music_for(calm_film, words(folder / "tragic.srt", TRAGIC))
    joyful = music_for(calm_film, words(folder / "joyful.srt", JOYFUL))
    assert tragic.is_minor
    assert not joyful.is_minor
    assert joyful.tempo_bpm > 1.05 * tragic.tempo_bpm
    assert joyful.mean_pitch > tragic.mean_pitch + 1
    assert tragic.palette != joyful.palette


def test_only_the_picture(folder: Path, calm_film: Path) -> None:
    subtitles = words(folder / "neutral.srt", ("The train is on time.",) * 5)
    calm = music_for(calm_film, subtitles)
    wild = music_for(film(folder / "wild.mp4", is_wild=True), subtitles)
    assert wild.tempo_bpm > 1.3 * calm.tempo_bpm
    assert wild.notes_per_s > 2 * calm.notes_per_s
    assert wild.mean_intensity > calm.mean_intensity + 0.1
    assert wild.is_minor
    assert not calm.is_minor
