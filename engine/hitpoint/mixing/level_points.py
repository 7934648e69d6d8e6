"""What moved a level, as points in dB: for the report and the MIDI file, which know no raised cosines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from hitpoint.mixing.automation import Automation, GainCurve, gain_over

#: What is written for "off": far below the 24 bits of a file's softest sound in a mix.
OFF_DB = -96.0
#: Straight lines per ramp; down to -20 dB they stay within 0.5 dB of the raised cosine.
_LINES_PER_RAMP = 16


def level_points(automation: Automation) -> tuple[tuple[int, float], ...]:
    """Return what happens to dry sound as (record sample, gain_db), straight in dB between two points.

    The first and the last point of whatever moves are at 0 dB; nothing moves before, between and after.
    """
    points: list[tuple[int, float]] = []
    for curves in _overlapping((*automation.dry, *automation.wet)):
        for sample in _moments(curves):
            gain = gain_over(curves, sample, 1)
            points.append((sample, _decibels(1.0 if gain is None else float(gain[0]))))
    return tuple(points)


def _overlapping(curves: tuple[GainCurve, ...]) -> Iterator[list[GainCurve]]:
    """Yield curves that touch each other in time, group by group, in order of time."""
    group: list[GainCurve] = []
    end = 0
    for curve in sorted(curves, key=lambda curve: curve.samples[0]):
        if group and curve.samples[0] > end:
            yield group
            group = []
        end = max(end, curve.samples[-1]) if group else curve.samples[-1]
        group.append(curve)
    if group:
        yield group


def _moments(curves: list[GainCurve]) -> list[int]:
    """Return the samples at which a group of curves needs a point: its knots, between them where it moves, steps."""
    moments: set[int] = set()
    for curve in curves:
        moments.update(curve.samples)
        moments.update(start - 1 for start, end in pairwise(curve.samples) if start == end)
    for start, end in pairwise(sorted(moments)):
        if any(_moves(curve, start, end) for curve in curves):
            moments.update(int(sample) for sample in np.linspace(start, end, _LINES_PER_RAMP + 1))
    return sorted(moments)


def _moves(curve: GainCurve, start: int, end: int) -> bool:
    return any(
        low < end and high > start and low_gain != high_gain
        for (low, low_gain), (high, high_gain) in pairwise(zip(curve.samples, curve.gains, strict=True))
    )


def _decibels(gain: float) -> float:
    return max(OFF_DB, round(20 * math.log10(gain), 2)) if gain > 0 else OFF_DB
