"""The bars that take the place of others in a map: the same beats stretched, or counted anew, with their curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hitpoint.model.tempo import TempoMap
from hitpoint.tempo.anchors import CROWDED_GAP_S, Anchor
from hitpoint.tempo.bars import bars_between
from hitpoint.tempo.counts import Choice
from hitpoint.tempo.curve import draw_curve
from hitpoint.tempo.splice import Piece, bar_eighths, slice_map


def stretched(
    tempo_map: TempoMap,
    sections: Sequence[Fraction],
    *,
    start: Fraction,
    middle: Fraction,
    end: Fraction | None,
    first: Fraction,
    second: Fraction,
) -> Piece:
    """Return the bars with the same beats: up to `middle` slower by the factor `first`, then by `second`."""
    stop = tempo_map.end_beats if end is None else end
    at_s = tempo_map.seconds_at(start)
    segments = []
    for low, high, factor in ((start, middle, first), (middle, stop, second)):
        for segment in slice_map(tempo_map, low, high):
            scaled = replace(
                segment, start_s=at_s, spb_start=segment.spb_start * factor, spb_end=segment.spb_end * factor
            )
            segments.append(scaled)
            at_s = scaled.end_s
    lines = tempo_map.bar_lines()
    bars = tuple(eighths for eighths, line in zip(bar_eighths(tempo_map), lines, strict=True) if start <= line < stop)
    inside = tuple(beats for beats in sections if start <= beats < stop)
    return Piece(old_start=start, old_end=end, segments=tuple(segments), bar_eighths=bars, section_beats=inside)


def drawn(
    tempo_map: TempoMap,
    sections: Sequence[Fraction],
    *,
    anchors: Sequence[Anchor],
    choice: Choice,
    start: Fraction,
    end: Fraction | None,
    entering: Fraction | None,
) -> Piece:
    """Return the bars that were chosen, with a curve through their anchors from the tempo before them."""
    spans = choice.spans(anchors)
    curve = draw_curve(spans, start_s=tempo_map.seconds_at(start), start_beats=start, entering_spb=entering)
    bars, open_eighths = [], 0
    for eighths, is_downbeat in zip(choice.eighths, choice.is_downbeat[1:], strict=True):
        open_eighths += eighths
        if is_downbeat:
            bars += bars_between(open_eighths)
            open_eighths = 0
    segments = list(curve.segments)
    if end is None:  # the last tempo goes on, in whole bars
        last = segments[-1]
        filled = -(-open_eighths // 8) * 8 + 8
        more = Fraction(filled - open_eighths, 2)
        bars += [8] * (filled // 8)
        segments.append(
            replace(
                last,
                start_beats=last.end_beats,
                end_beats=last.end_beats + more,
                start_s=last.end_s,
                spb_start=last.spb_end,
            )
        )
    borders = curve.section_beats + ((start,) if start in sections else ())
    return Piece(
        old_start=start,
        old_end=end,
        segments=tuple(segments),
        bar_eighths=tuple(bars),
        section_beats=tuple(sorted(set(borders))),
    )


def crowded(anchors: Sequence[Anchor], *, firm_last: bool) -> tuple[Anchor, ...]:
    """Return anchors that know whether they are crowded; the first, and a bar line that closes, never are."""
    gaps = [CROWDED_GAP_S, *(right.cue_s - left.cue_s for left, right in pairwise(anchors)), CROWDED_GAP_S]
    last = len(anchors) - 1
    return tuple(
        replace(
            anchor,
            is_crowded=index > 0 and not (firm_last and index == last) and anchor.frame >= 0
            and (anchor.is_crowded or min(gaps[index : index + 2]) < CROWDED_GAP_S),
        )
        for index, anchor in enumerate(anchors)
    )  # fmt: skip
