"""The tempo map: one exact bijection between beats and record seconds.

Beats are quarter notes (Fraction), counted from the cue's first bar. The map is kept as seconds-per-beat, linear
in beats inside each segment (after the parametrisation of M. Evanstein's clockblocks), so that the time of any
beat is a rational number and hits on segment borders are exact. Between borders the inverse needs a square root
and is good to about 1e-12 beats.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate, seconds_to_nearest_frame

_Polynomial = tuple[int, int, int, int]
_Polynomials = tuple[tuple[_Polynomial, _Polynomial, _Polynomial], tuple[int, int], tuple[int, int]]
_Known = tuple[int, list[int], tuple[Fraction, ...]]


class _Worked:
    """Room for what a frozen value works out once: no field of it, so it is neither compared nor pickled.

    A score asks for tens of thousands of times; whole numbers over one denominator answer in a tenth of the time that
    arithmetic with fractions takes, and as exactly.
    """

    __slots__ = ("_worked",)
    _worked: object


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoSegment(_Worked):
    """A stretch of constant (equal ends) or ramping tempo, half-open in beats.

    `start_s` is record seconds; `spb_start` and `spb_end` are seconds per quarter note, > 0.
    """

    start_beats: Fraction
    end_beats: Fraction
    start_s: Fraction
    spb_start: Fraction
    spb_end: Fraction

    def __post_init__(self) -> None:
        if self.end_beats <= self.start_beats:
            raise ValueError(f"tempo segment at beat {float(self.start_beats):g} has no length")
        if self.spb_start <= 0 or self.spb_end <= 0:
            raise ValueError(f"tempo at beat {float(self.start_beats):g} must be positive")

    @property
    def duration_beats(self) -> Fraction:
        """Length in quarter notes."""
        return self.end_beats - self.start_beats

    @property
    def end_s(self) -> Fraction:
        """Record seconds at the end: the area under seconds-per-beat, exactly."""
        return self.start_s + self.duration_beats * (self.spb_start + self.spb_end) / 2

    @property
    def is_ramp(self) -> bool:
        """Whether the tempo changes inside the segment."""
        return self.spb_start != self.spb_end

    def seconds_at(self, beats: Fraction) -> Fraction:
        """Return record seconds at a beat; extrapolates at constant tempo outside the segment."""
        return Fraction(*self.ratio_at(beats))

    def ratio_at(self, beats: Fraction) -> tuple[int, int]:
        """Return the same as (numerator, denominator > 0), not in lowest terms."""
        polynomials, start, end = self._polynomials()
        p, q = beats.numerator, beats.denominator
        before, after = p * start[1] < start[0] * q, p * end[1] > end[0] * q
        constant, linear, square, denominator = polynomials[0 if before else 2 if after else 1]
        if not square:
            return constant * q + linear * p, denominator * q
        return (constant * q + linear * p) * q + square * p * p, denominator * q * q

    def seconds_per_beat_at(self, beats: Fraction) -> Fraction:
        """Return seconds per quarter note at a beat; outside the segment those of its end."""
        if not self.is_ramp or beats <= self.start_beats:
            return self.spb_start
        if beats >= self.end_beats:
            return self.spb_end
        (_, (_, linear, square, denominator), _), _, _ = self._polynomials()
        p, q = beats.numerator, beats.denominator
        return Fraction(linear * q + 2 * square * p, denominator * q)

    def _polynomials(self) -> _Polynomials:
        """Return seconds as polynomials of the beat before, in and after the segment; its first and last beat."""
        found: _Polynomials | None = getattr(self, "_worked", None)
        if found is None:
            start, end, none = self.start_beats, self.end_beats, Fraction(0)
            slope = (self.spb_end - self.spb_start) / self.duration_beats
            constant = self.start_s - start * self.spb_start + slope * start * start / 2
            found = (
                (
                    _whole(self.start_s - start * self.spb_start, self.spb_start, none),
                    _whole(constant, self.spb_start - slope * start, slope / 2),
                    _whole(self.end_s - end * self.spb_end, self.spb_end, none),
                ),
                start.as_integer_ratio(),
                end.as_integer_ratio(),
            )
            object.__setattr__(self, "_worked", found)
        return found

    def beats_at(self, seconds: Fraction) -> Fraction:
        """Return the beat at a record second (exact in constant segments and at the ends of ramps)."""
        t = seconds - self.start_s
        if t <= 0 or not self.is_ramp:
            return self.start_beats + t / self.spb_start
        if seconds >= self.end_s:
            return self.end_beats + (seconds - self.end_s) / self.spb_end
        slope = float((self.spb_end - self.spb_start) / self.duration_beats)
        spb, elapsed = float(self.spb_start), float(t)
        root = math.sqrt(max(0.0, spb * spb + 2.0 * slope * elapsed))
        return self.start_beats + Fraction(2.0 * elapsed / (spb + root))


def _whole(constant: Fraction, linear: Fraction, square: Fraction) -> _Polynomial:
    """Return the coefficients of a polynomial as whole numbers, and their denominator."""
    denominator = math.lcm(constant.denominator, linear.denominator, square.denominator)
    a, b, c = (k.numerator * (denominator // k.denominator) for k in (constant, linear, square))
    return a, b, c, denominator


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A time signature from a bar line on."""

    start_bar: int  # counted from 1
    start_beats: Fraction
    numerator: int
    denominator: int = 4

    @property
    def bar_beats(self) -> Fraction:
        """Length of a bar in quarter notes: 4/4 is 4, 7/8 is 7/2."""
        return Fraction(4 * self.numerator, self.denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoMap(_Worked):
    """Beats <-> record seconds, and the bars.

    Invariants: segments are adjacent in beats and in seconds, the first starts at beat 0; meters are sorted, the first
    starts at bar 1, beat 0, each later one on a bar line of the one before.
    """

    segments: tuple[TempoSegment, ...]
    meters: tuple[Meter, ...]

    def __post_init__(self) -> None:
        if not self.segments or self.segments[0].start_beats != 0:
            raise ValueError("a tempo map needs segments, the first at beat 0")
        for left, right in pairwise(self.segments):
            if left.end_beats != right.start_beats or left.end_s != right.start_s:
                raise ValueError(f"tempo segments do not meet at beat {float(right.start_beats):g}")
        if not self.meters or self.meters[0].start_bar != 1 or self.meters[0].start_beats != 0:
            raise ValueError("a tempo map needs a metre from bar 1")
        for before, after in pairwise(self.meters):
            bars = after.start_bar - before.start_bar
            if bars <= 0 or before.start_beats + bars * before.bar_beats != after.start_beats:
                raise ValueError(f"metre at bar {after.start_bar} does not start on a bar line")

    @property
    def start_s(self) -> Fraction:
        """Record seconds of beat 0."""
        return self.segments[0].start_s

    @property
    def end_beats(self) -> Fraction:
        """Where the last segment ends."""
        return self.segments[-1].end_beats

    def _segment_at_beats(self, beats: Fraction) -> TempoSegment:
        denominator, starts, _ = self._known()
        index = bisect.bisect_right(starts, beats.numerator * denominator // beats.denominator) - 1
        return self.segments[max(0, index)]

    def _known(self) -> _Known:
        """Return the first beats of the segments over one denominator, this first, and all bar lines."""
        found: _Known | None = getattr(self, "_worked", None)
        if found is None:
            starts = [segment.start_beats for segment in self.segments]
            denominator = math.lcm(*(start.denominator for start in starts))
            whole = [start.numerator * (denominator // start.denominator) for start in starts]
            found = denominator, whole, tuple(self._lines(self.end_beats))
            object.__setattr__(self, "_worked", found)
        return found

    def seconds_at(self, beats: Fraction) -> Fraction:
        """Return record seconds at a beat, exactly; beats before 0 and after the end extrapolate."""
        return self._segment_at_beats(beats).seconds_at(beats)

    def beats_at(self, seconds: Fraction) -> Fraction:
        """Return the beat at a record second."""
        index = bisect.bisect_right(self.segments, seconds, key=lambda s: s.start_s) - 1
        return self.segments[max(0, index)].beats_at(seconds)

    def sample_at(self, beats: Fraction) -> int:
        """Return the record sample (48 kHz) at a beat."""
        numerator, denominator = self._segment_at_beats(beats).ratio_at(beats)
        # `model.time.seconds_to_samples` in whole numbers: to the nearest, halves up
        return (2 * SAMPLE_RATE_HZ * numerator + denominator) // (2 * denominator)

    def frame_at(self, beats: Fraction, rate: FrameRate) -> int:
        """Return the record frame nearest to a beat."""
        return seconds_to_nearest_frame(self.seconds_at(beats), rate)

    def seconds_per_beat_at(self, beats: Fraction) -> Fraction:
        """Return seconds per quarter note just after a beat."""
        return self._segment_at_beats(beats).seconds_per_beat_at(beats)

    def tempo_bpm_at(self, beats: Fraction) -> float:
        """Return quarter notes per minute just after a beat."""
        return 60.0 / float(self.seconds_per_beat_at(beats))

    def meter_at(self, beats: Fraction) -> Meter:
        """Return the metre in force at a beat."""
        index = bisect.bisect_right(self.meters, beats, key=lambda m: m.start_beats) - 1
        return self.meters[max(0, index)]

    def bar_beat_at(self, beats: Fraction) -> tuple[int, Fraction]:
        """Return (bar, beat in the bar's own unit), both counted from 1."""
        meter = self.meter_at(beats)
        bars, rest = divmod(beats - meter.start_beats, meter.bar_beats)
        return meter.start_bar + int(bars), rest * meter.denominator / 4 + 1

    def bar_start_beats(self, bar: int) -> Fraction:
        """Return the beat on which a bar (counted from 1) starts."""
        index = bisect.bisect_right(self.meters, bar, key=lambda m: m.start_bar) - 1
        meter = self.meters[max(0, index)]
        return meter.start_beats + (bar - meter.start_bar) * meter.bar_beats

    def is_downbeat(self, beats: Fraction) -> bool:
        """Return whether a beat is the first of a bar."""
        return self.bar_beat_at(beats)[1] == 1

    def bar_lines(self, end_beats: Fraction | None = None) -> tuple[Fraction, ...]:
        """Return the beats of all bar lines from 0 up to, not including, `end_beats` (default: the map's end)."""
        lines = self._known()[2]
        if end_beats is None or end_beats == self.end_beats:
            return lines
        if end_beats > self.end_beats:
            return tuple(self._lines(end_beats))
        return lines[: bisect.bisect_left(lines, end_beats)]

    def _lines(self, end_beats: Fraction) -> Iterator[Fraction]:
        for index, meter in enumerate(self.meters):
            is_last = index + 1 == len(self.meters)
            stop = end_beats if is_last else min(self.meters[index + 1].start_beats, end_beats)
            beats, bar_beats = meter.start_beats, meter.bar_beats
            while beats < stop:
                yield beats
                beats += bar_beats
