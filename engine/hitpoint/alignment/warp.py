"""Where in the generated audio each moment of the score lies: a monotone, piecewise linear map.

Conventions
-----------
* *Target* is record time of the score, *source* is the time of the generated audio; both in seconds, floats (these are
  audio features; a hit's own sample is exact, because a knot lies on it and its rounding is one sample).
* Speed is source seconds per target second: 1.1 means that the generated audio is played 1.1 times as fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.time import SAMPLE_RATE_HZ

Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Warp:
    """Knots `target_s` and `source_s`, float64 [shape=(n,)], n >= 2, both rising; lines between, speed 1 outside."""

    target_s: Seconds
    source_s: Seconds

    def __post_init__(self) -> None:
        target_s = np.array(self.target_s, dtype=np.float64)
        source_s = np.array(self.source_s, dtype=np.float64)
        if target_s.ndim != 1 or target_s.shape != source_s.shape or len(target_s) < 2:
            raise ValueError(f"a warp needs two lists of at least two knots, not {target_s.shape}, {source_s.shape}")
        if not (np.isfinite(target_s).all() and np.isfinite(source_s).all()):
            raise ValueError("a warp has knots that are not finite numbers")
        if (np.diff(target_s) <= 0).any() or (np.diff(source_s) <= 0).any():
            raise ValueError("the knots of a warp must rise in both times")
        for name, values in (("target_s", target_s), ("source_s", source_s)):
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    def source_at(self, target_s: Seconds | float) -> Seconds:
        """Return the source seconds that are heard at target seconds."""
        return _through(np.asarray(target_s, dtype=np.float64), self.target_s, self.source_s)

    def target_at(self, source_s: Seconds | float) -> Seconds:
        """Return when in the target source seconds are heard."""
        return _through(np.asarray(source_s, dtype=np.float64), self.source_s, self.target_s)

    @property
    def speeds(self) -> Seconds:
        """Source seconds per target second between the knots, [shape=(n - 1,)]."""
        return np.asarray(np.diff(self.source_s) / np.diff(self.target_s))

    def delayed(self, target_delay_s: float) -> Warp:
        """Return the same map for a target whose clock starts earlier by so much."""
        return Warp(self.target_s + target_delay_s, self.source_s)


def _through(values: Seconds, knots: Seconds, images: Seconds) -> Seconds:
    inside = np.interp(values, knots, images)
    before, after = np.minimum(values - knots[0], 0.0), np.maximum(values - knots[-1], 0.0)
    return np.asarray(inside + before + after)


def within_speeds(warp: Warp, low: float, high: float, pinned_s: Seconds) -> Warp:
    """Return the warp with every speed in low..high, moving the knots that are not at `pinned_s` (target) first.

    Between two pins whose own average speed is in range nothing but the knots between them moves; a pin that cannot be
    reached inside the limits is moved as little as they allow, the earlier ones first.
    """
    target, source = warp.target_s, np.array(warp.source_s)
    pins = sorted({0, len(target) - 1, *(int(np.argmin(np.abs(target - pin))) for pin in pinned_s)})
    hard = [pin for pin in pins if np.abs(target[pin] - pinned_s).min(initial=np.inf) < 0.5 / SAMPLE_RATE_HZ]
    for before, after in pairwise(hard):
        span = target[after] - target[before]
        source[after] = np.clip(source[after], source[before] + low * span, source[before] + high * span)
    slack = 1e-9
    for before, after in pairwise(pins):
        steps = np.diff(target[before : after + 1])
        if after not in hard:
            source[before : after + 1] = source[before] + np.concatenate(
                [[0.0], np.cumsum(np.clip(np.diff(source[before : after + 1]) / steps, low, high) * steps)]
            )
            continue
        if before not in hard:  # the head runs backwards from its first pin
            speeds = np.clip(np.diff(source[before : after + 1]) / steps, low, high)
            source[before : after + 1] = source[after] - np.concatenate(
                [np.cumsum((speeds * steps)[::-1])[::-1], [0.0]]
            )
            continue
        wanted = (source[after] - source[before]) / (target[after] - target[before])
        speeds = np.clip(np.diff(source[before : after + 1]) / steps, low, high)
        for _ in range(40):  # shift the speeds together until the pins are met, staying inside
            missing = float(((wanted - speeds) * steps).sum())
            free = (speeds < high - slack) if missing > 0 else (speeds > low + slack)
            if abs(missing) < 1e-9 or not free.any():
                break
            speeds[free] += missing / float(steps[free].sum())
            speeds = np.clip(speeds, low, high)
        source[before : after + 1] = source[before] + np.concatenate([[0.0], np.cumsum(speeds * steps)])
    return Warp(target, source)
