"""The arc against the loudness, and the room for the voice."""

import math
from pathlib import Path

import numpy as np
import pytest

from hitpoint.measure.levels import intensity_correlation, speech_band_levels
from hitpoint.model.audio import StemFile

RATE = 48_000


def loudness_of(intensity: np.ndarray, hop_s: float, lead_s: float, tail_s: float) -> list[float]:
    """What a meter would read of music whose loudness in LU is 30 times the intensity: means over 3 s."""
    seconds = np.arange(0, lead_s + len(intensity) * hop_s + tail_s, 0.1) + 0.1
    fine = np.arange(-lead_s, len(intensity) * hop_s + tail_s, 0.01)
    level = np.where(fine < 0, 0.0, intensity[np.clip((fine / hop_s).astype(int), 0, len(intensity) - 1)])
    return [-50 + 30 * float(level[(fine > e - lead_s - 3) & (fine <= e - lead_s)].mean()) for e in seconds]


@pytest.mark.parametrize("lead_s", [0.0, 1.7])
def test_what_follows_the_plan_correlates_fully(lead_s: float) -> None:
    rng = np.random.default_rng(2)
    intensity = np.clip(np.cumsum(rng.normal(0, 0.1, 120)) + 0.5, 0, 1).astype(np.float32)
    loudness = loudness_of(intensity, 0.5, lead_s, 4.0)
    loudness[:10] = [-math.inf] * 10
    assert intensity_correlation(intensity, 0.5, 10.0, loudness, 10.0 - lead_s) == pytest.approx(1.0, abs=0.01)
    assert intensity_correlation(1 - intensity, 0.5, 10.0, loudness, 10.0 - lead_s) == pytest.approx(-1.0, abs=0.01)


def test_a_shifted_plan_correlates_less() -> None:
    intensity = np.tile([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9], 10).astype(np.float32)
    loudness = loudness_of(intensity, 1.0, 0.0, 0.0)
    assert intensity_correlation(intensity, 1.0, 3.0, loudness, 0.0) < 0.5


def test_silence_the_first_seconds_and_the_tail_do_not_count() -> None:
    intensity = np.linspace(0, 1, 60).astype(np.float32)
    loudness = loudness_of(intensity, 0.5, 0.0, 5.0)
    spoiled = [99.0] * 29 + loudness[29:300] + [77.0] * (len(loudness) - 300)
    spoiled[100:120] = [-math.inf] * 20
    assert intensity_correlation(intensity, 0.5, 0.0, spoiled, 0.0) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("intensity", "loudness"),
    [
        ([0.5] * 40, list(np.linspace(-40, -20, 200))),
        (list(np.linspace(0, 1, 40)), [-math.inf] * 200),
        ([0.1, 0.9], []),
    ],
)
def test_undefined_is_nan(intensity: list[float], loudness: list[float]) -> None:
    assert math.isnan(intensity_correlation(np.array(intensity, dtype=np.float32), 0.5, 0.0, loudness, 0.0))


def test_a_hop_must_be_positive() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        intensity_correlation(np.zeros(3, dtype=np.float32), 0.0, 0.0, [], 0.0)


def mix_of(folder: Path, wave: np.ndarray, start_sample: int = 0) -> StemFile:
    path = folder / "mix.f32"
    np.stack([wave, wave], axis=1).astype("<f4").tofile(path)
    return StemFile(stem="mix", path=path, start_sample=start_sample, length_samples=len(wave))


def test_speech_band_levels_are_calibrated_and_know_the_band(tmp_path: Path) -> None:
    clock = np.arange(40 * RATE) / RATE
    spoken = (clock >= 10) & (clock < 20)
    inside = np.sin(2 * np.pi * 1000 * clock) * np.where(spoken, 0.05, 0.5)
    low = 0.3 * np.sin(2 * np.pi * 80 * clock)
    levels = speech_band_levels(mix_of(tmp_path, inside + low, -RATE), [(9 * RATE, 19 * RATE)])
    assert levels["in_gaps_db"] == pytest.approx(20 * math.log10(0.5) - 3.01, abs=0.1)
    assert levels["under_speech_db"] == pytest.approx(20 * math.log10(0.05) - 3.01, abs=0.5)
    assert levels["room_db"] == pytest.approx(20, abs=0.5)


def test_silence_between_cues_is_not_room(tmp_path: Path) -> None:
    clock = np.arange(30 * RATE) / RATE
    wave = 0.1 * np.sin(2 * np.pi * 1000 * clock) * (clock < 15)
    levels = speech_band_levels(mix_of(tmp_path, wave), [(5 * RATE, 10 * RATE)])
    assert levels["room_db"] == pytest.approx(0, abs=0.3)
    assert speech_band_levels(mix_of(tmp_path, wave), [])["room_db"] is None
