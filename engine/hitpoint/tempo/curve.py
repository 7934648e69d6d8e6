"""Tempo segments through the anchors: constant where the step is small, ramps and new sections where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.tempo import TempoSegment

#: A step over this is written as a ramp or a new section (music.md §1: "over 8 % should be written as one").
WRITTEN_STEP = Fraction(8, 100)
#: A step over this is no ritardando any more: a new section, where a bar line stands.
SECTION_STEP = Fraction(30, 100)
_RAMP_BEATS = Fraction(8)
_SIMPLE = 1_000_000  # denominators: a ramp may start a millionth beside the last tempo, its area stays exact


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSpan:
    """A stretch between anchors: exact length in seconds and in quarter notes.

    `starts_on_downbeat` says whether a new section could begin with it, `starts_something` whether one should.
    """

    duration_s: Fraction
    duration_beats: Fraction
    starts_on_downbeat: bool
    starts_something: bool = False

    @property
    def mean_spb(self) -> Fraction:
        """Mean seconds per quarter note."""
        return self.duration_s / self.duration_beats


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Adjacent segments; `step_percents` of the unwritten steps between spans; where new sections start."""

    segments: tuple[TempoSegment, ...]
    step_percents: tuple[float, ...]
    ramps: int
    section_beats: tuple[Fraction, ...]


def draw_curve(
    spans: Sequence[CurveSpan],
    *,
    start_s: Fraction,
    start_beats: Fraction = Fraction(0),
    entering_spb: Fraction | None = None,
) -> Curve:
    """Return segments whose borders meet every anchor exactly.

    `entering_spb` is the tempo (seconds per quarter) before the first span; None where nothing comes before.

    A span that steps by over 8 % from the tempo before it is a new section, if it starts on a downbeat and either
    something new begins there or the step is over 30 %. Otherwise it starts at the tempo before and ramps over at
    most two bars to the constant tempo that still makes the area (the time) exact.
    """
    segments: list[TempoSegment] = []
    steps: list[float] = []
    sections: list[Fraction] = []
    ramps = 0
    beats, seconds = start_beats, start_s
    last_spb = entering_spb
    for span in spans:
        mean = span.mean_spb
        step = Fraction(0) if last_spb is None else max(mean / last_spb, last_spb / mean) - 1
        pieces = [(span.duration_beats, mean, mean)]
        if last_spb is not None and step <= WRITTEN_STEP:
            steps.append(float(step) * 100)
        elif last_spb is not None and span.starts_on_downbeat and (span.starts_something or step > SECTION_STEP):
            sections.append(beats)
        elif last_spb is not None:
            pieces = _ramp(span, last_spb)
            ramps += 1
        for length_beats, spb_start, spb_end in pieces:
            segment = TempoSegment(
                start_beats=beats,
                end_beats=beats + length_beats,
                start_s=seconds,
                spb_start=spb_start,
                spb_end=spb_end,
            )
            segments.append(segment)
            beats, seconds, last_spb = segment.end_beats, segment.end_s, segment.spb_end
    return Curve(segments=tuple(segments), step_percents=tuple(steps), ramps=ramps, section_beats=tuple(sections))


def _ramp(span: CurveSpan, last_spb: Fraction) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Return (beats, spb_start, spb_end) of a ramp and of the constant rest.

    With the ramp over x of B beats from a to c and c held after it, the time is x(a + c)/2 + (B - x)c; setting it to
    the span's own gives c. As x is at most half of B, c strays from the span's mean by at most a third of what a
    does, so that ramps do not swing up. A shorter x brings c nearer to the mean: halve it until c is at least three
    quarters of it.
    """
    a = last_spb.limit_denominator(_SIMPLE)
    length, mean = span.duration_beats, span.mean_spb
    x = min(_RAMP_BEATS, length / 2)
    while True:
        c = (span.duration_s - x * a / 2) / (length - x / 2)
        if 4 * c >= 3 * mean:
            return [(x, a, c), (length - x, c, c)]
        x /= 2
