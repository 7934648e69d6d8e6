"""The meter against EBU Tech 3341's own test tones and against a second reading of BS.1770-4."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from hitpoint.mixing.loudness import HOP_SAMPLES, Loudness, LoudnessMeter

RATE = 48_000
TOLERANCE_LU = 0.1  # EBU Tech 3341 asks for this


def measured(samples: NDArray[np.float32], block: int = 100_000) -> Loudness:
    meter = LoudnessMeter()
    for start in range(0, len(samples), block):
        meter.push(samples[start : start + block])
    return meter.finish()


def tone(level_dbfs: float, seconds: float, frequency_hz: float = 1000.0) -> NDArray[np.float32]:
    clock = np.arange(round(seconds * RATE)) / RATE
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency_hz * clock)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def reference_lufs(samples: NDArray[np.float32]) -> float:
    """BS.1770-4 written down from the recommendation: K weighting, 400 ms blocks, both gates."""
    shelf = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585])
    high_pass = ([1.0, -2.0, 1.0], [1, -1.99004745483398, 0.99007225036621])
    weighted = signal.lfilter(*high_pass, signal.lfilter(*shelf, samples.astype(np.float64), axis=0), axis=0)
    block, hop = round(0.4 * RATE), round(0.1 * RATE)
    starts = range(0, len(weighted) - block + 1, hop)
    power = np.array([(weighted[start : start + block] ** 2).mean(axis=0).sum() for start in starts])
    loud = power[-0.691 + 10 * np.log10(np.maximum(power, 1e-20)) > -70]
    gate = 10 * np.log10(loud.mean()) - 10
    return float(-0.691 + 10 * np.log10(loud[10 * np.log10(loud) > gate].mean()))


# EBU Tech 3341, table 1: (dBFS, seconds) of a 1 kHz stereo tone, and the integrated loudness it must give
EBU_CASES = {
    "1": ([(-23, 20)], -23.0),
    "2": ([(-33, 20)], -33.0),
    "3": ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
    "4": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
    "5": ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
}


@pytest.mark.parametrize("case", EBU_CASES)
def test_ebu_tech_3341_tones(case: str) -> None:
    steps, expected_lufs = EBU_CASES[case]
    samples = np.concatenate([tone(level, seconds) for level, seconds in steps])
    assert measured(samples).integrated_lufs == pytest.approx(expected_lufs, abs=TOLERANCE_LU)


@pytest.mark.parametrize("colour", [0.0, 0.9, 0.99])
def test_agrees_with_a_second_reading_of_the_standard(colour: float, rng: np.random.Generator) -> None:
    noise = signal.lfilter([1 - colour], [1, -colour], rng.standard_normal((RATE * 12, 2)), axis=0)
    swell = np.linspace(0.01, 0.2, len(noise))[:, None]
    samples = (noise * swell).astype(np.float32)
    assert measured(samples).integrated_lufs == pytest.approx(reference_lufs(samples), abs=TOLERANCE_LU)


def test_short_term_is_the_last_three_seconds() -> None:
    loudness = measured(np.concatenate([tone(-40, 6), tone(-23, 6)]))
    assert len(loudness.short_term_lufs) == 120
    assert loudness.short_term_lufs[59] == pytest.approx(-40, abs=TOLERANCE_LU)
    half = 10 * math.log10((10**-4.0 + 10**-2.3) / 2)
    assert loudness.short_term_lufs[74] == pytest.approx(half, abs=TOLERANCE_LU)
    assert loudness.short_term_lufs[89] == pytest.approx(-23, abs=TOLERANCE_LU)


def test_block_size_changes_nothing(rng: np.random.Generator) -> None:
    samples = (0.1 * rng.standard_normal((RATE * 5 + 1234, 2))).astype(np.float32)
    assert measured(samples, block=777) == measured(samples, block=200_000)


@pytest.mark.parametrize("level_dbfs", [-1.0, -6.0])
def test_true_peak_lies_between_the_samples(level_dbfs: float) -> None:
    """EBU Tech 3341 case 15 and on: a quarter of the sample rate, every sample 3 dB under the crest."""
    clock = np.arange(RATE)
    wave = 10 ** (level_dbfs / 20) * np.sin(np.pi / 2 * clock + np.pi / 4) * np.minimum(1, clock / 4800)
    samples = np.stack([wave, wave], axis=1).astype(np.float32)
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(level_dbfs - 3.01, abs=0.01)
    assert measured(samples).true_peak_dbtp == pytest.approx(level_dbfs, abs=0.2)


@pytest.mark.parametrize("length", [0, 1, HOP_SAMPLES - 1, RATE * 3])
def test_silence_is_minus_infinity(length: int) -> None:
    loudness = measured(np.zeros((length, 2), dtype=np.float32))
    assert loudness.integrated_lufs == -math.inf
    assert loudness.true_peak_dbtp == -math.inf
    assert all(value == -math.inf for value in loudness.short_term_lufs)
