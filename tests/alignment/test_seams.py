"""Windows joined on a downbeat; and seams that are heard are found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hitpoint.alignment.seams import (
    choose_downbeat,
    join_windows,
    measure_seam,
    noisy_end_samples,
    tail_silence_s,
)

RATE_HZ = 48_000


def test_the_downbeat_nearest_to_the_middle() -> None:
    assert choose_downbeat([10_000, 60_000, 110_000], (0, 120_000)) == 60_000
    assert choose_downbeat([500_000], (0, 120_000)) == 60_000


@pytest.mark.soundfont
def test_a_window_joined_to_itself_is_the_music(sketch: Any) -> None:
    audio = sketch.audio[RATE_HZ : 10 * RATE_HZ]
    left, right = audio[: 6 * RATE_HZ], audio[4 * RATE_HZ - 70 :]  # the later window lies 70 samples late
    joined = join_windows(left, right, right_start_sample=4 * RATE_HZ, seam_sample=5 * RATE_HZ)
    assert joined.shift_samples == 70
    assert joined.correlation > 0.999
    assert abs(joined.gain_db) < 0.1
    both = min(len(joined.audio), len(audio))
    assert np.abs(joined.audio[:both] - audio[:both]).max() < 1e-3
    assert not measure_seam(joined.audio, joined.seam_sample).is_heard


@pytest.mark.soundfont
def test_another_level_is_met_and_given_back(sketch: Any) -> None:
    audio = sketch.audio[RATE_HZ : 13 * RATE_HZ]
    left, right = audio[: 6 * RATE_HZ], 0.6 * audio[4 * RATE_HZ :]
    joined = join_windows(left, right, right_start_sample=4 * RATE_HZ, seam_sample=5 * RATE_HZ)
    assert joined.gain_db == pytest.approx(-20 * np.log10(0.6), abs=0.2)
    assert not measure_seam(joined.audio, joined.seam_sample).is_heard
    assert np.allclose(joined.audio[-RATE_HZ // 2 :], right[-RATE_HZ // 2 :], atol=1e-6)


@pytest.mark.soundfont
@pytest.mark.parametrize("fault", ["butt cut", "click", "step"])
def test_a_bad_seam_is_heard(fault: str, sketch: Any) -> None:
    audio = sketch.audio[RATE_HZ : 10 * RATE_HZ].copy()
    at = 5 * RATE_HZ + 1234
    if fault == "butt cut":
        audio = np.concatenate([audio[:at], -audio[at + 20_011 :]])
        audio[at - 1], audio[at] = 0.3, -0.3
    elif fault == "click":
        audio[at] += 0.5
    else:
        audio[at:] *= 0.03
    assert measure_seam(audio, at).is_heard


def test_the_seam_must_lie_in_the_overlap() -> None:
    audio = np.zeros((RATE_HZ, 2), np.float32)
    with pytest.raises(ValueError, match="needs both windows"):
        join_windows(audio, audio, right_start_sample=40_000, seam_sample=41_000)


@pytest.mark.soundfont
def test_a_noisy_end_is_found(sketch: Any, rng: np.random.Generator) -> None:
    audio = sketch.audio[RATE_HZ : 10 * RATE_HZ]
    assert noisy_end_samples(audio) == 0
    level = float(np.sqrt(np.mean(audio**2)))
    noisy = audio.copy()
    noisy[-RATE_HZ:] = level * rng.standard_normal((RATE_HZ, 2))
    assert noisy_end_samples(noisy) == pytest.approx(RATE_HZ, abs=2400)


def test_silence_at_the_end_is_measured(rng: np.random.Generator) -> None:
    audio = (0.1 * rng.standard_normal((4 * RATE_HZ, 2))).astype(np.float32)
    assert tail_silence_s(audio) == 0.0
    audio[round(2.5 * RATE_HZ) :] = 0.0
    assert tail_silence_s(audio) == pytest.approx(1.5, abs=0.05)
    assert tail_silence_s(np.zeros((RATE_HZ, 2), np.float32)) == 1.0
