"""What is heard in a reference track, what is taken from it, and what counts as a copy."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hitpoint.alignment.features import listen
from hitpoint.model.errors import MediaError
from hitpoint.model.music import Composition, Note, Part
from hitpoint.model.spotting import Brief, Cue, Direction
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.reference import (
    Reference,
    compose_original,
    copied,
    is_in_style,
    listen_to_reference,
    nearest_palettes,
    originality,
    steer,
    style_of,
)
from hitpoint.reference.likeness import harmony_of_audio, harmony_of_scores, parallel_share
from hitpoint.reference.melody import HEARD, beginning_pitches, heard_share, likeness, written_passages
from hitpoint.reference.originality import COPY_PARALLEL, MOST_TAKES
from hitpoint.reference.style import FEATURES, palette_table
from hitpoint.resources import load_palettes

RATE_HZ = 48_000
TRIADS = [(0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14), (2, 5, 9), (4, 7, 11), (10, 14, 17), (8, 12, 15)]


def piece(rng: np.random.Generator, chords: int = 16) -> tuple[list[tuple[int, ...]], list[int]]:
    """Chords of two beats, and a melody of one note a beat."""
    harmony = [TRIADS[int(index)] for index in rng.integers(0, len(TRIADS), chords)]
    melody = [72 + int(rng.choice(harmony[beat // 2])) % 12 for beat in range(2 * chords)]
    return harmony, melody


def composed(
    harmony: Sequence[tuple[int, ...]], melody: Sequence[int], *, shift: int = 0, is_even: bool = False
) -> Composition:
    beats = Fraction(2 * len(harmony))
    half = Fraction(1, 2)
    segment = TempoSegment(start_beats=Fraction(0), end_beats=beats, start_s=Fraction(0), spb_start=half, spb_end=half)
    pad = tuple(
        Note(onset_beats=Fraction(2 * at), duration_beats=Fraction(2), pitch_midi=48 + shift + pitch, velocity=80)
        for at, chord in enumerate(harmony)
        for pitch in chord
    )
    tune = tuple(
        Note(
            onset_beats=Fraction(2 * at + (0 if is_even else pitch % 2), 2),
            duration_beats=Fraction(1, 2),
            pitch_midi=pitch + shift,
            velocity=80,
        )  # odd pitches come late: a rhythm of its own
        for at, pitch in enumerate(melody)
    )
    return Composition(
        cue_number="1m1",
        tempo_map=TempoMap(segments=(segment,), meters=(Meter(start_bar=1, start_beats=Fraction(0), numerator=4),)),
        key="C major",
        palette_id="tense",
        sections=(),
        chords=(),
        parts=(
            Part(id="pad", role="pad", instrument_id="violins", stem="strings", notes=pad),
            Part(id="tune", role="melody", instrument_id="flute", stem="winds", notes=tune),
        ),
        motif=(),
        intensity=np.ones(8, np.float32),
        intensity_hop_s=0.5,
        end_beats=beats,
    )


def played(composition: Composition, *, slower: float = 1.0, pad: float = 0.25) -> np.ndarray:
    """The composition on a simple organ, at another tempo."""
    seconds_at = composition.tempo_map.seconds_at
    audio = np.zeros(round((float(seconds_at(composition.end_beats)) * slower + 0.5) * RATE_HZ))
    for part in composition.parts:
        for note in part.notes:
            first = round(float(seconds_at(note.onset_beats)) * slower * RATE_HZ)
            last = round(float(seconds_at(note.onset_beats + note.duration_beats)) * slower * RATE_HZ)
            clock = np.arange(last - first) / RATE_HZ
            hertz = 440 * 2 ** ((note.pitch_midi - 69) / 12)
            wave_of = sum(np.sin(2 * np.pi * hertz * k * clock) / k**1.5 for k in (1, 2, 3, 4))
            gain = 1.0 if part.role == "melody" else pad
            audio[first:last] += 0.1 * gain * wave_of * np.minimum(1, clock / 0.005) * np.exp(-clock)
    return np.repeat(audio[:, None], 2, axis=1).astype(np.float32)


def write_wav(path: Path, audio: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(audio, -1, 1) * 32_000).astype("<i2").tobytes())
    return path


def heard(composition: Composition, **how: float) -> Reference:
    audio = played(composition, **how)
    listened = listen(audio)
    style = style_of(audio, listened)
    return Reference(
        name="temp.wav",
        style=style,
        palette_id=nearest_palettes(style)[0][0],
        harmony=harmony_of_audio(listened.features),
        begin=beginning_pitches(audio),
    )


@pytest.fixture(scope="module")
def tune() -> Composition:
    return composed(*piece(np.random.default_rng(7)))


@pytest.fixture(scope="module")
def heard_tune(tune: Composition) -> Reference:
    return heard(tune)


def test_a_copy_is_told_in_any_key_and_tempo(tune: Composition, heard_tune: Reference) -> None:
    for shift, slower in ((0, 1.0), (5, 0.93), (-3, 1.08)):
        moved = composed(*piece(np.random.default_rng(7)), shift=shift)
        reference = heard(moved, slower=slower) if shift else heard_tune
        alike = originality([tune], reference)
        assert alike.is_copy, (shift, slower, alike)
        assert alike.parallel > COPY_PARALLEL
        assert "too like" in alike.sentence


@pytest.mark.parametrize("seed", [8, 9, 10])
def test_another_piece_is_no_copy(heard_tune: Reference, seed: int) -> None:
    alike = originality([composed(*piece(np.random.default_rng(seed)))], heard_tune)
    assert not alike.is_copy, alike


def test_a_melody_is_known_again_over_other_chords(tune: Composition) -> None:
    _, melody = piece(np.random.default_rng(7))
    other, _ = piece(np.random.default_rng(99))
    stolen = composed(other, melody, shift=2)
    temp = heard(tune, slower=1.05)  # its own chords are heard with it
    alike = originality([stolen], temp)
    assert alike.melody > 0.6
    assert alike.parallel < COPY_PARALLEL
    assert alike.is_copy


def test_a_melody_is_not_heard_in_other_music(tune: Composition) -> None:
    passages = written_passages([tune])
    assert len(passages) == 2  # of 32 notes
    own = min(likeness(passage, heard(tune).begin) for passage in passages)
    others = [
        likeness(passage, heard(composed(*piece(np.random.default_rng(seed)))).begin)
        for passage in passages
        for seed in (31, 32)
    ]
    assert own > HEARD > max(others)


def test_noise_has_no_melody(tune: Composition) -> None:
    rng = np.random.default_rng(3)
    beats = np.repeat(rng.random(60) < 0.5, RATE_HZ // 4)[:, None]
    drums = (rng.normal(0, 0.3, (len(beats), 2)) * beats).astype(np.float32)
    assert heard_share(written_passages([tune]), beginning_pitches(drums)) == 0.0


def test_what_is_too_short_proves_nothing(tune: Composition) -> None:
    few = composed(*piece(np.random.default_rng(5), chords=4))
    assert written_passages([few]) == ()
    assert heard_share((), heard(tune).begin) == 0.0
    assert heard_share(written_passages([tune]), beginning_pitches(np.zeros((100, 2), np.float32))) == 0.0


def test_parallel_of_nothing_is_nothing(tune: Composition) -> None:
    harmony = harmony_of_scores([tune])
    assert parallel_share(harmony, harmony) == pytest.approx(1.0, abs=0.1)
    assert parallel_share(harmony[:2], harmony) == 0.0
    assert parallel_share(harmony, np.zeros((0, 12), np.float32)) == 0.0


def test_generated_audio_that_copies_is_told(tune: Composition) -> None:
    reference = heard(tune)
    slower = played(composed(*piece(np.random.default_rng(7)), shift=3), slower=1.05)
    assert "is too like temp.wav" in (copied(slower, reference) or "")
    assert copied(played(composed(*piece(np.random.default_rng(8)))), reference) is None


def test_a_copy_is_composed_again(tune: Composition, heard_tune: Reference) -> None:
    reference = heard_tune
    fresh = composed(*piece(np.random.default_rng(21)))
    takes: list[int] = []

    def write(take: int) -> tuple[Composition, ...]:
        takes.append(take)
        return (tune if take < 2 else fresh,)

    found, alike, told = compose_original(write, reference)
    assert takes == [0, 1, 2]
    assert found == (fresh,)
    assert alike is not None
    assert not alike.is_copy
    assert "take 3" in told[0]
    found, alike, told = compose_original(lambda take: (tune,), reference)
    assert alike is not None
    assert alike.is_copy
    assert f"best of {MOST_TAKES} takes" in told[0]
    assert compose_original(lambda take: (tune,), None) == ((tune,), None, ())


def cue(seconds: int = 16, **brief: object) -> Cue:
    made = Brief(palette_id="tense", tempo_range_bpm=(84, 144), tempo_bpm=100, key="D minor", is_key_open=True)
    span = FrameSpan(0, seconds * 24)
    return Cue(number="1m1", title="x", span=span, hits=(), brief=replace(made, **brief))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reference(heard_tune: Reference) -> Reference:
    return replace(heard_tune, style=replace(heard_tune.style, tempo_bpm=60.0, key="E minor", duration_s=16.0))


def test_tempo_key_and_dynamics_are_taken_and_told(reference: Reference) -> None:
    (steered,), told = steer((cue(),), reference, palettes=load_palettes(), rate=FrameRate(24))
    assert steered.brief.tempo_bpm == 120.0  # twice what was heard: the palette's own octave
    assert steered.brief.key == "E minor"
    assert not steered.brief.is_key_open
    assert steered.brief.intensity == reference.style.dynamics
    text = " ".join(told)
    for word in ("temp.wav", "tempo 120", "heard: 60", "key E minor", "dynamics"):
        assert word in text


def test_what_somebody_asked_for_stays(reference: Reference) -> None:
    asked = cue(seconds=60, text="90 bpm, in G minor", is_key_open=False, key="G minor", tempo_bpm=90)
    marked = replace(cue(seconds=60), directions=(Direction(frame=0, kind="tempo", value="slower"),))
    cues, told = steer((asked, marked), reference, palettes=load_palettes(), rate=FrameRate(24))
    assert cues[0].brief == asked.brief
    assert cues[1].brief.tempo_bpm == 100
    assert cues[1].brief.intensity == ()  # four times as long as the reference
    assert "dynamics" not in " ".join(told)


def test_no_pulse_is_said(reference: Reference) -> None:
    silent = replace(reference, style=replace(reference.style, tempo_bpm=0.0, key=""))
    (steered,), told = steer((cue(seconds=60),), silent, palettes=load_palettes(), rate=FrameRate(24))
    assert steered.brief == cue(seconds=60).brief
    assert "no clear pulse" in told[-1]


def test_a_file_is_listened_to(tmp_path: Path) -> None:
    tune = composed(*piece(np.random.default_rng(7)), is_even=True)
    path = write_wav(tmp_path / "temp.wav", played(tune)[::2], rate_hz=24_000)
    found = listen_to_reference(path)
    assert found.style.duration_s == pytest.approx(16.5, abs=0.1)
    assert found.style.tempo_bpm == pytest.approx(120, rel=0.05) or found.style.tempo_bpm == pytest.approx(60, rel=0.05)
    assert found.palette_id in load_palettes()
    assert originality([tune], found).is_copy


def test_what_cannot_be_listened_to(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no reference track at"):
        listen_to_reference(tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(MediaError, match=r"text\.wav is no sound"):
        listen_to_reference(tmp_path / "text.wav")
    with pytest.raises(MediaError, match="less than 5 s"):
        listen_to_reference(write_wav(tmp_path / "short.wav", np.full((RATE_HZ, 2), 0.1)))
    with pytest.raises(MediaError, match="less than 5 s"):
        listen_to_reference(write_wav(tmp_path / "silent.wav", np.zeros((10 * RATE_HZ, 2))))


def test_every_palette_was_measured() -> None:
    table = palette_table()
    assert set(table) == set(load_palettes())
    assert all(len(means) == len(FEATURES) and (spreads >= 0).all() for means, spreads in table.values())


def test_the_style_of_a_palette_is_its_own() -> None:
    table = palette_table()
    style = style_of(played(composed(*piece(np.random.default_rng(1), chords=4))))
    for name, (means, _) in table.items():
        nearest = nearest_palettes(replace(style, features=tuple(means)))
        assert nearest[0][0] == name
        assert nearest[0][1] == pytest.approx(0, abs=1e-9)


def test_style_and_its_opposite(tune: Composition, reference: Reference) -> None:
    assert is_in_style(reference.style, reference) == (True, 0.0)
    noise = np.random.default_rng(2).standard_normal((8 * RATE_HZ, 2)).astype(np.float32) * 0.1
    assert not is_in_style(style_of(noise), reference)[0]


@pytest.mark.soundfont
def test_a_missing_reference_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from hitpoint.cli import main
    from hitpoint.resources import resources_folder

    cut = resources_folder() / "demo" / "chase.otio"
    code = main(["score", str(cut), "--reference", str(tmp_path / "none.wav"), "--out", str(tmp_path / "out")])
    assert code == 3
    assert "there is no reference track at" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
