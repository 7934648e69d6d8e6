"""Plan against measure, on signals whose answer is known."""

from collections.abc import Callable

import numpy as np
import pytest

from hitpoint.audition.adherence import (
    centroid_in_windows,
    correlation,
    density_in_windows,
    planned_in_windows,
    window_starts,
)
from hitpoint.model.music import Composition

RATE_HZ = 48_000


def test_windows_lie_inside() -> None:
    starts = window_starts(1.0, 5.0)
    assert starts.tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert window_starts(1.0, 2.5).tolist() == []


def test_the_plan_is_averaged_over_each_window(planned: Callable[..., Composition]) -> None:
    ramp = planned([row / 20 for row in range(21)])  # 0.1 a second from record second 1 on
    assert planned_in_windows(ramp, np.array([1.0, 4.0])) == pytest.approx([0.1, 0.4], abs=1e-6)


def test_attacks_are_counted_once_and_per_second() -> None:
    chords = [at_s + spread for at_s in (1.0, 1.5, 2.0, 2.5) for spread in (0.0, 0.01, 0.03)]
    assert density_in_windows(chords, np.array([1.0, 2.0, 10.0])).tolist() == [2.0, 1.0, 0.0]


def test_more_attacks_where_more_is_planned() -> None:
    starts = window_starts(0.0, 20.0)
    attacks = np.cumsum(1 / np.linspace(1, 8, 80))  # faster and faster
    starts = starts[starts + 2 < attacks[-1]]
    assert correlation(starts, density_in_windows(attacks, starts)) > 0.95  # type: ignore[operator]
    assert correlation(-starts, density_in_windows(attacks, starts)) < -0.95  # type: ignore[operator]


def sine(hertz: float, seconds: float, level: float = 0.1) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def stereo(*parts: np.ndarray) -> np.ndarray:
    return np.repeat(np.concatenate(parts)[:, None], 2, axis=1).astype(np.float32)


def test_the_centroid_of_a_tone_is_the_tone() -> None:
    audio = stereo(sine(400, 3), sine(1600, 3))
    low, high = centroid_in_windows(audio, 10.0, np.array([10.5, 13.5]))
    assert low == pytest.approx(np.log2(400 / 40), abs=0.15)
    assert high == pytest.approx(np.log2(1600 / 40), abs=0.15)


def test_loud_moments_count_for_more_than_soft_ones_and_silence_for_nothing() -> None:
    audio = stereo(sine(400, 1, level=0.3), sine(6400, 1, level=0.003), np.zeros(3 * RATE_HZ))
    mixed, nothing = centroid_in_windows(audio, 0.0, np.array([0.0, 2.5]))
    assert mixed == pytest.approx(np.log2(400 / 40), abs=0.3)
    assert np.isnan(nothing)


def test_what_does_not_move_does_not_correlate() -> None:
    still, moving = np.full(9, 0.4), np.arange(9.0)
    assert correlation(still, moving) is None
    assert correlation(moving, np.full(9, np.nan)) is None
    assert correlation(moving, np.array([*(2 * moving[:8]), np.nan])) == pytest.approx(1.0)
