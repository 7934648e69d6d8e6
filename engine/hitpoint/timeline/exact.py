"""OpenTimelineIO's float times as exact seconds."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from hitpoint.model.time import FrameRate

if TYPE_CHECKING:
    import opentimelineio as otio

#: Editors write fractions of frames such as 20.000000000000004; further digits than this are noise.
_VALUE_DENOMINATOR = 10_000


@functools.lru_cache(maxsize=256)
def _exact_rate(rate: float) -> Fraction:
    return FrameRate.snap(rate).fps


def exact_seconds(moment: otio.opentime.RationalTime) -> Fraction:
    """Return a time in exact seconds, its rate taken for the one that was meant (23.976 is 24000/1001)."""
    value = moment.value
    exact = Fraction(int(value)) if value == int(value) else Fraction(value).limit_denominator(_VALUE_DENOMINATOR)
    return exact / _exact_rate(moment.rate)


@dataclass(frozen=True, slots=True)
class Span:
    """Exact seconds from `start_s` on, `duration_s` long; may be empty or negative as it comes from a file."""

    start_s: Fraction
    duration_s: Fraction

    @classmethod
    def of(cls, span: otio.opentime.TimeRange) -> Span:
        """Return an OpenTimelineIO range exactly."""
        return cls(exact_seconds(span.start_time), exact_seconds(span.duration))

    @property
    def end_s(self) -> Fraction:
        """Where the span ends."""
        return self.start_s + self.duration_s
