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
    """A stretch between anchors: exact length in seconds and in quarter notes; whether it starts on a downbeat."""

    duration_s: Fraction
    duration_beats: Fraction
    starts_on_downbeat: bool

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


def draw_curve(spans: Sequence[CurveSpan], *, start_s: Fraction) -> Curve:
    """Return segments whose borders meet every anchor exactly.

    A span that steps by over 8 % from the tempo before it starts at that tempo and ramps over at most two bars to
    the constant tempo that still makes the area (the time) exact; over 30 % on a downbeat it is a new section.
    """
    segments: list[TempoSegment] = []
    steps: list[float] = []
    sections: list[Fraction] = []
    ramps = 0
    beats, seconds = Fraction(0), start_s
    last_spb: Fraction | None = None
    for span in spans:
        mean = span.mean_spb
        step = Fraction(0) if last_spb is None else abs(mean / last_spb - 1)
        if last_spb is not None and step > SECTION_STEP and span.starts_on_downbeat:
            sections.append(beats)
        elif last_spb is not None and step > WRITTEN_STEP:
            lead, rest = _ramp(span, last_spb)
            if lead is not None:
                ramps += 1
                ramp = _segment(beats, seconds, *lead)
                segments.append(ramp)
                beats, seconds = ramp.end_beats, ramp.end_s
                constant = _segment(beats, seconds, rest[0], rest[1], rest[1])
                segments.append(constant)
                beats, seconds, last_spb = constant.end_beats, constant.end_s, rest[1]
                continue
            sections.append(beats)
        elif last_spb is not None:
            steps.append(float(step) * 100)
        segment = _segment(beats, seconds, span.duration_beats, mean, mean)
        segments.append(segment)
        beats, seconds, last_spb = segment.end_beats, segment.end_s, mean
    return Curve(segments=tuple(segments), step_percents=tuple(steps), ramps=ramps, section_beats=tuple(sections))


def _segment(
    beats: Fraction, seconds: Fraction, length_beats: Fraction, spb_start: Fraction, spb_end: Fraction
) -> TempoSegment:
    return TempoSegment(
        start_beats=beats, end_beats=beats + length_beats, start_s=seconds, spb_start=spb_start, spb_end=spb_end
    )


def _ramp(
    span: CurveSpan, last_spb: Fraction
) -> tuple[tuple[Fraction, Fraction, Fraction] | None, tuple[Fraction, Fraction]]:
    """Return (beats, from, to) of the ramp and (beats, spb) of the constant rest; None where no ramp fits.

    With the ramp over x of B beats from a to c and c held after it, the time is x(a + c)/2 + (B - x)c; setting it to
    the span's own gives c.
    """
    a = last_spb.limit_denominator(_SIMPLE)
    length = span.duration_beats
    ramp_beats = min(_RAMP_BEATS, length / 2)
    c = (span.duration_s - ramp_beats * a / 2) / (length - ramp_beats / 2)
    if c <= 0 or not Fraction(1, 2) < c / span.mean_spb < 2:
        return None, (length, span.mean_spb)
    return (ramp_beats, a, c), (length - ramp_beats, c)
