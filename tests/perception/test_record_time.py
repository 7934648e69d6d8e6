"""What a cut shows and sounds like: sources mapped through trims and time warps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hitpoint.model.cut import AudioClip, Cut, MediaRange, Shot
from hitpoint.model.errors import MediaError
from hitpoint.model.features import PICTURE_ROWS, SOUND_ROWS, PictureFeatures, SoundFeatures
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.perception import picture as picture_module
from hitpoint.perception import sound as sound_module
from hitpoint.perception.picture import see
from hitpoint.perception.sound import hear

HOPS = 80


def source_picture(cuts_s: tuple[float, ...] = ()) -> PictureFeatures:
    """A source whose brightness counts its rows."""
    rows = {name: np.zeros((HOPS, 12) if name == "hues" else HOPS, np.float32) for name in PICTURE_ROWS}
    rows["brightness"] = (np.arange(HOPS) / 100).astype(np.float32)
    rows["motion"] = np.full(HOPS, 0.2, np.float32)
    rows["pan"] = np.full(HOPS, 0.1, np.float32)
    return PictureFeatures(known=np.ones(HOPS, bool), cuts_s=np.array(cuts_s, np.float64), **rows)


def source_sound(level_db: float = -20.0, impacts: tuple[float, ...] = ()) -> SoundFeatures:
    rows = {name: np.zeros((HOPS, 12) if name == "chroma" else HOPS, np.float32) for name in SOUND_ROWS}
    rows["loudness_db"] = np.full(HOPS, level_db, np.float32)
    rows["speech"] = (np.arange(HOPS) % 2).astype(np.float32)
    return SoundFeatures(
        known=np.ones(HOPS, bool), impact_s=np.array(impacts), impact_db=np.full(len(impacts), 9.0), **rows
    )


def media(start_s: float, duration_s: float, speed: Fraction = Fraction(1), name: str = "a.mp4") -> MediaRange:
    return MediaRange(
        path=Path("/media") / name,
        is_missing=False,
        source_start_s=Fraction(start_s),
        source_duration_s=Fraction(duration_s),
        speed=speed,
    )


def cut_of(*shots: tuple[int, int, MediaRange | None], frames: int = 240, clips: tuple[AudioClip, ...] = ()) -> Cut:
    return Cut(
        name="c",
        rate=FrameRate(24),
        start_timecode_frame=0,
        duration_frames=frames,
        shots=tuple(Shot(index=i, span=FrameSpan(a, b), name=f"s{i}", media=m) for i, (a, b, m) in enumerate(shots)),
        audio_clips=clips,
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, list[tuple[Fraction, Fraction]]]]:
    calls: list[tuple[Path, list[tuple[Fraction, Fraction]]]] = []

    def look_at(path: Path, stretches: list[tuple[Fraction, Fraction]], **_: object) -> PictureFeatures:
        calls.append((path, stretches))
        if path.name == "broken.mp4":
            raise MediaError("broken.mp4 is not a video")
        return source_picture(cuts_s=(12.0,))

    monkeypatch.setattr(picture_module, "look_at", look_at)
    return calls


def test_a_trim_starts_where_the_clip_does(asked: list) -> None:
    seen, warnings = see(cut_of((0, 120, media(10, 5)), (120, 240, media(30, 5))))
    assert seen.brightness[:10] == pytest.approx(np.arange(20, 30) / 100, abs=1e-6)
    assert seen.brightness[10:20] == pytest.approx(np.arange(60, 70) / 100, abs=1e-6)
    assert seen.cuts_s.tolist() == [2.0, 5.0]  # the source's own at 12 s is at 2 s of the cut
    assert warnings == ()


def test_every_file_is_asked_for_once(asked: list) -> None:
    see(cut_of((0, 120, media(10, 5)), (120, 240, media(30, 5))))
    assert len(asked) == 1
    assert asked[0][1] == [(10, 15), (30, 35)]


def test_double_speed_shows_twice_as_much_and_moves_twice_as_fast(asked: list) -> None:
    seen, _ = see(cut_of((0, 240, media(5, 20, Fraction(2)))))
    assert seen.brightness[10] == pytest.approx(source_picture().brightness[10 + 21], abs=0.011)
    assert seen.motion[5] == pytest.approx(0.4)
    assert asked[0][1] == [(5, 25)]


def test_backwards(asked: list) -> None:
    seen, _ = see(cut_of((0, 240, media(20, 10, Fraction(-1)))))
    assert seen.brightness[0] > seen.brightness[10] > seen.brightness[19]
    assert seen.pan[5] == pytest.approx(-0.1)
    assert asked[0][1] == [(10, 20)]


def test_a_freeze_stands_still(asked: list) -> None:
    seen, _ = see(cut_of((0, 240, media(20, 0, Fraction(0)))))
    assert seen.motion[:20].max() == 0
    assert len(set(seen.brightness[:20].tolist())) == 1


def test_what_nothing_covers_is_black(asked: list) -> None:
    seen, _ = see(cut_of((0, 96, media(10, 4)), (144, 240, media(10, 4))))
    assert seen.black[9] == 1
    assert seen.brightness[9] == 0
    assert seen.black[3] == 0


def test_what_cannot_be_seen_is_unknown_and_told(asked: list) -> None:
    seen, warnings = see(cut_of((0, 120, media(0, 5, name="broken.mp4")), (120, 240, media(0, 5))))
    assert not seen.known[:10].any()
    assert seen.known[10:20].all()
    assert "broken.mp4" in warnings[0]
    nothing, _ = see(cut_of((0, 240, None)))
    assert not nothing.known[:20].any()


def test_a_cut_without_anything(asked: list) -> None:
    seen, _ = see(cut_of())
    assert seen.black.min() == 1


def test_sounds_add_up_and_loud_ones_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = {"voice.wav": -20.0, "hum.wav": -60.0}
    monkeypatch.setattr(
        sound_module, "listen_to", lambda path, *_, **__: source_sound(levels[path.name], impacts=(3.0,))
    )

    def clip(name: str, start: int, end: int, source_s: float) -> AudioClip:
        return AudioClip(
            span=FrameSpan(start, end), name=name, track_name="A1", media=media(source_s, (end - start) / 24, name=name)
        )

    voice, hum = clip("voice.wav", 48, 192, 2.0), clip("hum.wav", 0, 240, 0.0)
    heard, _ = hear(cut_of(clips=(voice, hum, replace(voice, track_name="A2"))))
    assert heard.known.all()
    assert heard.loudness_db[0] == pytest.approx(-60, abs=0.1)
    assert heard.loudness_db[8] == pytest.approx(-20, abs=0.1)  # the second channel of the same take is not added
    assert heard.impact_s.tolist() == [3.0]
    silent, _ = hear(cut_of())
    assert not silent.known.any()
