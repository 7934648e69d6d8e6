"""The limiter keeps under the ceiling whatever comes, is idle when nothing is too loud, and streams without a seam."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from hitpoint.mixing.limiter import (
    LOOKAHEAD_SAMPLES,
    WINDOW_SAMPLES,
    Limiter,
    lookahead_samples,
    overshoot,
    true_peak_envelope,
    window_peaks,
)
from hitpoint.mixing.loudness import LoudnessMeter

RATE = 48_000
CEILING_DBTP = -1.0


def limited(
    mix: NDArray[np.float32], gain: float = 1.0, stems: NDArray[np.float32] | None = None, chunk: int = 16
) -> tuple[NDArray[np.float32], Limiter]:
    peaks = window_peaks(mix)
    limiter = Limiter(
        gain=gain, ceiling_dbtp=CEILING_DBTP, mix_peaks=peaks, stem_peaks=peaks * 0 if stems is None else stems
    )
    output = []
    for first in range(0, len(mix), chunk * WINDOW_SAMPLES):
        count = min(chunk * WINDOW_SAMPLES, len(mix) - first)
        curve = limiter.advance(mix[first : first + count + lookahead_samples()], first, count)
        output.append(mix[first : first + count] * gain * (1.0 if curve is None else curve[:, None]))
    return np.concatenate(output).astype(np.float32), limiter


def hostile_signals() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(7)
    clock = np.arange(3 * RATE)
    noise = rng.standard_normal((3 * RATE, 2))
    quarter = np.sin(np.pi / 2 * clock + np.pi / 4)[:, None] * np.ones(2)
    clicks = np.zeros((3 * RATE, 2))
    clicks[rng.integers(0, 3 * RATE, 60)] = 3.0
    edge = np.zeros((3 * RATE, 2))
    edge[0] = edge[-1] = edge[WINDOW_SAMPLES] = edge[WINDOW_SAMPLES - 1] = 2.0
    signals = {
        "noise": noise,
        "clipped noise": np.clip(3 * noise, -1, 1),
        "quarter rate": quarter * 1.4,
        "bursts": quarter * 2 * (np.sin(2 * np.pi * 3 * clock / RATE) > 0)[:, None],
        "low tone": np.sin(2 * np.pi * 40 * clock / RATE)[:, None] * np.array([1.5, 0.2]),
        "clicks": clicks,
        "edges": edge,
    }
    return {name: wave.astype(np.float32) for name, wave in signals.items()}


@pytest.mark.parametrize("name", hostile_signals())
def test_true_peak_stays_under_the_ceiling(name: str) -> None:
    output, limiter = limited(hostile_signals()[name])
    meter = LoudnessMeter()
    meter.push(output)
    assert limiter.max_reduction_db > 1
    assert meter.finish().true_peak_dbtp <= CEILING_DBTP
    oversampled = signal.resample_poly(output.astype(np.float64), 4, 1, axis=0)
    assert 20 * np.log10(np.abs(oversampled).max()) <= CEILING_DBTP


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_block_size_changes_nothing(chunk: int) -> None:
    mix = hostile_signals()["clicks"] + np.float32(0.1) * hostile_signals()["noise"]
    np.testing.assert_allclose(limited(mix, chunk=chunk)[0], limited(mix)[0], atol=1e-6)


def test_is_idle_under_the_ceiling(rng: np.random.Generator) -> None:
    mix = (0.05 * rng.standard_normal((RATE, 2))).astype(np.float32)
    output, limiter = limited(mix)
    assert not limiter.is_needed
    assert limiter.max_reduction_db == 0
    np.testing.assert_array_equal(output, mix)


def test_acts_around_a_peak_only() -> None:
    mix = np.full((2 * RATE, 2), 0.1, dtype=np.float32)
    mix[RATE] = 2.0  # 7.6 dB over ceiling and margin, let go at 40 dB a second
    output, _ = limited(mix)
    before, after = RATE - LOOKAHEAD_SAMPLES - 1, RATE + round(0.2 * RATE) + LOOKAHEAD_SAMPLES
    np.testing.assert_array_equal(output[:before], mix[:before])
    np.testing.assert_array_equal(output[after:], mix[after:])
    assert np.diff(output[before : RATE - 1, 0]).max() <= 0  # one smooth way down


def test_a_loud_stem_is_held_under_full_scale_too() -> None:
    mix = np.full((RATE, 2), 0.1, dtype=np.float32)
    stems = np.zeros(-(-RATE // WINDOW_SAMPLES), dtype=np.float32)
    stems[20] = 2.0
    output, limiter = limited(mix, stems=stems)
    inside = output[20 * WINDOW_SAMPLES : 21 * WINDOW_SAMPLES] / 0.1
    assert (inside * 2.0).max() < 1.0
    assert limiter.max_reduction_db == pytest.approx(6.12, abs=0.01)


def test_envelope_sees_between_samples_and_overshoot_bounds_it(rng: np.random.Generator) -> None:
    wave = rng.uniform(-1, 1, (4000, 2)).astype(np.float32)
    envelope = true_peak_envelope(wave)
    exact = np.abs(signal.resample(wave.astype(np.float64), 16 * len(wave), axis=0)).max(axis=1).reshape(-1, 16)
    middle = slice(200, -200)
    assert np.median(envelope[middle] / np.maximum(exact.max(axis=1), np.roll(exact.max(axis=1), 1))[middle]) > 0.97
    assert envelope.max() <= overshoot() * np.abs(wave).max()
    assert (envelope >= np.abs(wave).max(axis=1) - 1e-6).all()


@pytest.mark.parametrize("length", [1, WINDOW_SAMPLES, WINDOW_SAMPLES + 1, 3 * WINDOW_SAMPLES - 1])
def test_window_peaks_cover_the_last_short_window(length: int) -> None:
    block = np.zeros((length, 2), dtype=np.float32)
    block[-1, 1] = -0.5
    peaks = window_peaks(block)
    assert len(peaks) == -(-length // WINDOW_SAMPLES)
    assert peaks[-1] == 0.5
