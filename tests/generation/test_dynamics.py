"""Loud and soft are the sketch's; attacks stay; there is room for the voice."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from hitpoint.generation.dynamics import ROOM_DB, level_correlation, shape
from hitpoint.measure import detect_onsets

spec = importlib.util.spec_from_file_location("generation_music", Path(__file__).with_name("conftest.py"))
music = importlib.util.module_from_spec(spec)
spec.loader.exec_module(music)
RATE = 48_000
SECONDS = 16


@pytest.fixture(scope="module")
def sketch() -> np.ndarray:
    """Loud, then soft for four seconds, then loud."""
    audio = music.played(SECONDS)
    clock = np.arange(len(audio)) / RATE
    level = np.interp(clock, [0, 5.5, 6.5, 9.5, 10.5, SECONDS], [1, 1, 0.15, 0.15, 1, 1])
    return (audio * level[:, None]).astype(np.float32)


def test_a_layer_that_follows_already_is_left_alone(sketch: np.ndarray) -> None:
    shaped = shape(0.5 * sketch, sketch, start_sample=0)
    assert np.abs(shaped.audio - 0.5 * sketch).max() < 1e-5


def test_a_flat_layer_takes_the_dynamics_of_the_sketch(sketch: np.ndarray) -> None:
    flat = music.played(SECONDS, seed=8)
    shaped = shape(flat, sketch, start_sample=0)
    assert shaped.like_sketch_before < 0.7
    assert shaped.like_sketch_after > 0.85, "other notes in every half second"
    assert level_correlation(shaped.audio, sketch) == pytest.approx(shaped.like_sketch_after)
    assert shaped.fastest_db_per_s < 60, "no stroke moves the fader"


def test_attacks_stay_where_they_were(sketch: np.ndarray) -> None:
    flat = music.played(SECONDS, seed=8)
    before = detect_onsets(flat, RATE).samples
    after = detect_onsets(shape(flat, sketch, start_sample=0).audio, RATE).samples
    strong = before[(before > RATE) & (before < 5 * RATE)]
    assert len(strong) > 5
    assert np.median([np.abs(after - at).min() for at in strong]) <= 48, "a millisecond"


def test_a_line_gets_room_in_the_band_of_speech_and_nowhere_else() -> None:
    even = music.played(SECONDS)
    line = (6 * RATE, 9 * RATE)
    shaped = shape(even, even, start_sample=0, speech=[line])
    (room,) = shaped.rooms
    assert room.followed_db < ROOM_DB - 2
    assert room.carved_db >= ROOM_DB - 0.2

    def level_db(audio: np.ndarray, hertz: object, kind: str, first: int, end: int) -> float:
        heard = sosfilt(butter(6, hertz, kind, fs=RATE, output="sos"), audio, axis=0)[first:end]
        return 10 * np.log10((heard**2).mean())

    inside = level_db(shaped.audio, (400, 3000), "band", *line) - level_db(even, (400, 3000), "band", *line)
    under = level_db(shaped.audio, 200, "low", *line) - level_db(even, 200, "low", *line)
    assert inside < -2
    assert abs(under) < 0.5
    np.testing.assert_allclose(shaped.audio[: 5 * RATE], even[: 5 * RATE], atol=1e-5)


def test_silence_in_the_sketch_is_silence_in_the_layer(sketch: np.ndarray) -> None:
    silent = sketch.copy()
    silent[6 * RATE : 10 * RATE] = 0.0
    shaped = shape(music.played(SECONDS, seed=8), silent, start_sample=0)
    rest = shaped.audio[7 * RATE : 9 * RATE]
    assert 10 * np.log10((rest**2).mean() / (shaped.audio[: 5 * RATE] ** 2).mean()) < -25


def test_a_layer_of_another_length_is_a_fault() -> None:
    with pytest.raises(ValueError, match="cannot follow a sketch"):
        shape(np.zeros((5, 2), np.float32), np.zeros((6, 2), np.float32), start_sample=0)


def test_the_hiss_of_a_model_ends_with_the_music(sketch: np.ndarray) -> None:
    ending = sketch[: 8 * RATE].copy()
    ending[4 * RATE :] = 0.0
    rng = np.random.default_rng(2)
    layer = ending + (1e-4 * rng.standard_normal(ending.shape)).astype(np.float32)
    shaped = shape(layer, ending, start_sample=0)
    hiss = [10 * np.log10((audio[6 * RATE :] ** 2).mean()) for audio in (layer, shaped.audio)]
    assert hiss[1] < hiss[0] - 25


def test_no_band_is_bent_far_from_the_others() -> None:
    """A sketch whose highs come and go: the layer's follow by a few dB, no filter is heard."""
    audio = music.played(12.0)
    low = sosfilt(butter(4, 3000, "low", fs=RATE, output="sos"), audio, axis=0)
    dark = audio.copy()
    dark[6 * RATE :] = low[6 * RATE :]
    shaped = shape(audio, dark.astype(np.float32), start_sample=0)
    high = butter(8, 5000, "high", fs=RATE, output="sos")
    heard = [10 * np.log10((sosfilt(high, one, axis=0)[8 * RATE :] ** 2).mean()) for one in (audio, shaped.audio)]
    assert -13 < heard[1] - heard[0] < -4
