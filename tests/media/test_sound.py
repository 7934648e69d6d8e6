"""What a film's sound says, hop by hop."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hitpoint.media import FeatureStore, listen_to
from hitpoint.media.sound_meter import measure_sound
from hitpoint.perception import find_speech
from hitpoint.perception.heard_music import find_music, key_of

RATE = 16_000


def tone(seconds: float, *partials_hz: float, level: float = 0.1) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(sum(level * np.sin(2 * np.pi * f * t) for f in partials_hz), np.float32)


def noise(seconds: float, level: float = 0.01, seed: int = 0) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(int(seconds * RATE))).astype(np.float32)


def chords(seconds: float) -> np.ndarray:
    """D minor, G minor, A major, D minor …, two seconds each, with partials and soft attacks."""
    parts = []
    for number in range(int(seconds / 2)):
        roots = ((146.8, 174.6, 220.0), (196.0, 233.1, 293.7), (220.0, 277.2, 329.6), (146.8, 174.6, 220.0))[number % 4]
        block = sum(tone(2, *(root * k for root in roots), level=0.05 / k) for k in (1, 2, 3))
        parts.append(block * np.minimum(1, np.arange(2 * RATE) / 800))
    return np.concatenate(parts).astype(np.float32)


def test_loudness_is_k_weighted() -> None:
    # BS.1770: a 997 Hz sine of amplitude 1 in one channel is -3.01 LUFS
    assert measure_sound(tone(3, 997.0, level=0.1)).loudness_db[2] == pytest.approx(-23.0, abs=0.3)
    assert measure_sound(np.zeros(3 * RATE, np.float32)).loudness_db.max() == -70
    assert measure_sound(tone(3, 40.0)).loudness_db[2] < measure_sound(tone(3, 400.0)).loudness_db[2] - 2


def test_impacts_stand_out_and_are_on_time() -> None:
    sound = noise(20)
    rng = np.random.default_rng(1)
    moments_s = (3.0, 9.37, 15.5)
    for moment_s in moments_s:
        start = int(moment_s * RATE)
        sound[start : start + 4000] += 0.6 * rng.standard_normal(4000) * np.exp(-np.arange(4000) / 800)
    heard = measure_sound(sound)
    assert heard.impact_s == pytest.approx(moments_s, abs=0.03)
    assert heard.impact_db.min() > 6


def test_steady_noise_has_no_impacts_no_speech_no_music() -> None:
    heard = measure_sound(noise(20, level=0.1))
    assert len(heard.impact_s) == 0
    assert heard.speech.max() < 0.3
    assert heard.music.max() < 0.4


def test_music_is_heard_with_its_key() -> None:
    heard = measure_sound(np.concatenate([noise(10), chords(24), noise(10)]))
    music = find_music(heard)
    assert len(music) == 1
    assert music[0].start_s == pytest.approx(10, abs=2.5)
    assert music[0].end_s == pytest.approx(34, abs=2.5)
    assert music[0].key in ("D minor", "F major", "G minor")


@pytest.mark.parametrize(
    ("notes", "key"), [((0, 4, 7, 0, 4, 7, 5, 9, 2, 11), "C major"), ((9, 0, 4, 9, 0, 4, 2, 5, 8, 11), "A minor")]
)
def test_keys(notes: tuple[int, ...], key: str) -> None:
    assert key_of(np.bincount(notes, minlength=12).astype(float)) == key
    assert key_of(np.ones(12)) == ""


def save(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as target:
        target.setparams((1, 2, RATE, len(samples), "NONE", ""))
        target.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def test_stretches_say_what_the_whole_says(tmp_path: Path) -> None:
    path = save(tmp_path / "a.wav", np.concatenate([noise(8), chords(12), noise(8)]))
    whole = listen_to(path, [(Fraction(0), Fraction(28))], store=FeatureStore(tmp_path / "1"))
    part = listen_to(path, [(Fraction(10), Fraction(14))], store=FeatureStore(tmp_path / "2"))
    rows = slice(20, 28)
    assert part.known[rows].all()
    assert not part.known[:10].any()
    assert part.loudness_db[rows] == pytest.approx(whole.loudness_db[rows], abs=0.3)
    assert part.music[rows] == pytest.approx(whole.music[rows], abs=0.3)
    again = listen_to(path, [(Fraction(10), Fraction(14))], store=FeatureStore(tmp_path / "2"))
    assert again.loudness_db.tobytes() == part.loudness_db.tobytes()


@pytest.mark.fixtures
def test_speech_is_heard_where_captions_have_it(fixtures: Path, tmp_path: Path) -> None:
    """A song whose captions say when somebody sings: speech is heard in it far more than in the instrumental tail."""
    heard = listen_to(
        fixtures / "music" / "audio" / "frenchsong.mp3", [(Fraction(0), Fraction(183))], store=FeatureStore(tmp_path)
    )
    spoken_s = sum(end_s - start_s for start_s, end_s in find_speech(heard))
    assert 60 < spoken_s < 160
    assert np.nanmax(heard.speech[-24:]) < 0.3
    assert np.nanmean(heard.music) > 0.9
