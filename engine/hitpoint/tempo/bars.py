"""Eighths between two downbeats, barred: 4/4 throughout, and one odd group just before the hit."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.tempo import Meter

#: Eighths left over from whole 4/4 bars -> the bars that take their place. 2 becomes a 5/4 bar, 1 and 3 take one more
#: 4/4 bar along, because bars of 1/8, 1/4 or 3/8 are hard to play and to hear.
REST_BARS: dict[int, tuple[int, ...]] = {0: (), 1: (5, 4), 2: (10,), 3: (7, 4), 4: (4,), 5: (5,), 6: (6,), 7: (7,)}

#: Price of what stands for each rest, in `counts.Costs`' unit.
REST_COST: NDArray[np.float64] = np.array([0.0, 1.3, 0.8, 1.3, 0.5, 1.0, 0.6, 0.9])


def bars_between(eighths: int) -> list[int]:
    """Return the lengths in eighths of the bars that fill a stretch between two downbeats, odd ones last."""
    tail = REST_BARS[eighths % 8]
    whole = eighths - sum(tail)
    if whole < 0:
        return [eighths]
    return [8] * (whole // 8) + list(tail)


def time_signature(eighths: int) -> tuple[int, int]:
    """Return (numerator, denominator) of a bar: quarters where it has whole ones, else eighths."""
    return (eighths // 2, 4) if eighths % 2 == 0 else (eighths, 8)


def meters_of(bar_eighths: Iterable[int]) -> tuple[Meter, ...]:
    """Return a metre wherever the length of the bars changes."""
    meters: list[Meter] = []
    beats = Fraction(0)
    before = 0
    for index, eighths in enumerate(bar_eighths):
        if eighths != before:
            numerator, denominator = time_signature(eighths)
            meters.append(Meter(start_bar=index + 1, start_beats=beats, numerator=numerator, denominator=denominator))
            before = eighths
        beats += Fraction(eighths, 2)
    return tuple(meters)
