"""A tempo map with a piece of it exchanged: exact slices of segments, whole bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from hitpoint.model.tempo import TempoMap, TempoSegment
from hitpoint.tempo.bars import meters_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What takes the place of beats [old_start, old_end) of a map (`old_end` None: of all that follows).

    `segments` are adjacent, the first at beat `old_start`; `bar_eighths` are the whole bars that they fill, in order.
    What follows the piece moves to its end in beats, and by `shift_s` in seconds.
    """

    old_start: Fraction
    old_end: Fraction | None
    segments: tuple[TempoSegment, ...]
    bar_eighths: tuple[int, ...]
    section_beats: tuple[Fraction, ...] = ()

    @property
    def end_beats(self) -> Fraction:
        """Where it ends in the new map."""
        return self.segments[-1].end_beats


def slice_map(tempo_map: TempoMap, start: Fraction, end: Fraction) -> tuple[TempoSegment, ...]:
    """Return the segments between two beats, cut there exactly."""
    pieces = []
    for segment in tempo_map.segments:
        low, high = max(start, segment.start_beats), min(end, segment.end_beats)
        if low < high:
            slope = (segment.spb_end - segment.spb_start) / segment.duration_beats
            pieces.append(
                TempoSegment(
                    start_beats=low,
                    end_beats=high,
                    start_s=segment.seconds_at(low),
                    spb_start=segment.spb_start + slope * (low - segment.start_beats),
                    spb_end=segment.spb_start + slope * (high - segment.start_beats),
                )
            )
    return tuple(pieces)


def moved(segments: Sequence[TempoSegment], *, beats: Fraction, seconds: Fraction) -> tuple[TempoSegment, ...]:
    """Return segments so many beats and seconds later."""
    if not beats and not seconds:
        return tuple(segments)
    return tuple(
        replace(s, start_beats=s.start_beats + beats, end_beats=s.end_beats + beats, start_s=s.start_s + seconds)
        for s in segments
    )


def bar_eighths(tempo_map: TempoMap) -> list[int]:
    """Return the length in eighths of every bar of a map."""
    lines = [*tempo_map.bar_lines(), tempo_map.end_beats]
    return [int((right - left) * 2) for left, right in pairwise(lines)]


def exchange(tempo_map: TempoMap, piece: Piece) -> TempoMap:
    """Return the map with a piece exchanged; both its borders are bar lines."""
    end = tempo_map.end_beats if piece.old_end is None else piece.old_end
    before = slice_map(tempo_map, Fraction(0), piece.old_start)
    after: tuple[TempoSegment, ...] = ()
    if end < tempo_map.end_beats:
        rest = slice_map(tempo_map, end, tempo_map.end_beats)
        after = moved(rest, beats=piece.end_beats - end, seconds=piece.segments[-1].end_s - rest[0].start_s)
    lines = tempo_map.bar_lines()
    eighths = bar_eighths(tempo_map)
    bars = [e for e, line in zip(eighths, lines, strict=True) if line < piece.old_start]
    bars += piece.bar_eighths
    bars += [e for e, line in zip(eighths, lines, strict=True) if line >= end]
    return TempoMap(segments=_joined((*before, *piece.segments, *after)), meters=meters_of(bars))


def reaching(tempo_map: TempoMap, end_s: Fraction) -> TempoMap:
    """Return the map going on at its last tempo, in bars of 4/4, for a bar beyond a moment at the least."""
    last = tempo_map.segments[-1]
    missing = end_s - last.end_s
    if missing <= 0:
        return tempo_map
    bars = math.ceil(missing / last.spb_end / 4) + 1
    more = TempoSegment(
        start_beats=last.end_beats,
        end_beats=last.end_beats + 4 * bars,
        start_s=last.end_s,
        spb_start=last.spb_end,
        spb_end=last.spb_end,
    )
    return TempoMap(
        segments=_joined((*tempo_map.segments, more)), meters=meters_of([*bar_eighths(tempo_map), *[8] * bars])
    )


def _joined(segments: Sequence[TempoSegment]) -> tuple[TempoSegment, ...]:
    """Return segments with those joined that go on at the same constant tempo: a cut leaves no trace."""
    joined = [segments[0]]
    for segment in segments[1:]:
        last = joined[-1]
        if not last.is_ramp and not segment.is_ramp and last.spb_end == segment.spb_start:
            joined[-1] = replace(last, end_beats=segment.end_beats)
        else:
            joined.append(segment)
    return tuple(joined)
