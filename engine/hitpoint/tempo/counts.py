"""How many eighths pass between neighbouring anchors: dynamic programming over the anchors.

State: the number of eighths of the last span (so, its tempo) and the eighths since the last downbeat modulo 8. Costs
are squared log ratios or small constants: distance from the wanted tempo, change between neighbouring spans, bars of
another length than 4/4, weak hits off the beat, soft hits missed, cuts off the beat (music.md §1, field.md (d)).
Crowded anchors may also leave the downbeat, or be passed over, each at a price that grows with their weight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hitpoint.tempo.anchors import Anchor
from hitpoint.tempo.bars import REST_COST
from hitpoint.tempo.curve import CurveSpan
from hitpoint.tempo.moments import Moments

#: At most this many counts are tried for one span, in runs of 8 so that every rest modulo 8 is among them.
_MAX_CANDIDATES, _RUN = 64, 8
#: At most this many crowded anchors in a row are passed over.
_MAX_PASSED_OVER = 5
#: Natural log of how far a span may stray from the middle of the search before nothing else is tried.
WIDE_REACH = math.log(1.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Weights of the objective; the unit is about one bar of odd length.

    Attributes
    ----------
    change, felt, felt_from : float
        `change` weighs the squared log tempo ratio of neighbouring spans, `felt` what of it exceeds `felt_from` (under
        2 % passes unnoticed, 5 % is felt as a push). A ratio that a tempo mark asks for is free.
    away, marked, outside : float
        Squared log distance from the wanted tempo; a factor on it where the editor named the tempo; each log unit
        outside the brief's range.
    off_beat, off_downbeat, soften : float
        A weak hit between two beats; a crowded strong hit that is exact but on no downbeat; a crowded hit that is not
        exact. The latter two are for weight 0.5 and grow with it.
    soft_miss, cut_miss : float
        A soft hit of weight 1 with no beat within its tolerance; a cut with no beat within two frames (a tie-break).
    odd_bar, short_bar : float
        Factor on the price of odd bars; a bar of a single quarter.
    """

    change: float = 600.0
    felt: float = 9000.0
    felt_from: float = 0.02
    away: float = 30.0
    marked: float = 4.0
    outside: float = 8.0
    off_beat: float = 4.0
    off_downbeat: float = 12.0
    soften: float = 60.0
    soft_miss: float = 2.0
    cut_miss: float = 0.04
    odd_bar: float = 1.0
    short_bar: float = 8.0
    whole_beats_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where to look: tempi within `reach` (natural log) of the anchors' targets times `scale`.

    `entering_bpm` and `leaving_bpm` are the tempi before the first anchor and after the last one, where something
    stands there already.
    """

    tempo_range_bpm: tuple[float, float]
    scale: float = 1.0
    reach: float = WIDE_REACH
    entering_bpm: float | None = None
    leaving_bpm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The solution: indices of the anchors that are met (the first is 0), eighths between them, which are downbeats."""

    met: tuple[int, ...]
    eighths: tuple[int, ...]
    is_downbeat: tuple[bool, ...]
    cost: float

    def spans(self, anchors: Sequence[Anchor]) -> list[CurveSpan]:
        """Return the stretches between the anchors that are met, as the tempo curve is drawn through them."""
        return [
            CurveSpan(
                duration_s=right.cue_s - left.cue_s,
                duration_beats=Fraction(eighths, 2),
                starts_on_downbeat=is_downbeat,
                starts_something=left.is_border,
            )
            for (left, right), eighths, is_downbeat in zip(
                pairwise([anchors[index] for index in self.met]), self.eighths, self.is_downbeat[:-1], strict=True
            )
        ]


@dataclass(frozen=True, slots=True)
class _Node:
    """All ways of reaching one anchor: rows are (anchor before, eighths since), columns rests modulo 8.

    `log_ratio` is the tempo of the span that leads here against the tempo it was asked for.
    """

    log_ratio: NDArray[np.float64]
    cost: NDArray[np.float64]
    came_from: NDArray[np.int64]  # [rows, 8, 3]: anchor, row and rest before
    eighths: NDArray[np.int64]


def choose_counts(anchors: Sequence[Anchor], *, moments: Moments, search: Search, costs: Costs) -> Choice:
    """Return the cheapest counts; linear in the number of anchors."""
    start_cost = np.full((1, _RUN), np.inf)
    start_cost[0, 0] = 0.0
    nodes = [_Node(np.zeros(1), start_cost, np.zeros((1, _RUN, 3), np.int64), np.zeros(1, np.int64))]
    for index in range(1, len(anchors)):
        parts = []
        passing = 0.0
        earliest = max(_last_firm(anchors, index - 1), index - 1 - _MAX_PASSED_OVER)
        for before in range(index - 1, earliest - 1, -1):
            parts.append(_span(anchors, before, index, nodes[before], passing, moments, search, costs))
            passing += _soften_price(anchors[before], costs)
        columns = zip(*parts, strict=True)
        nodes.append(_Node(*(np.concatenate(column) for column in columns)))
    return _trace(anchors, nodes, costs)


def _last_firm(anchors: Sequence[Anchor], index: int) -> int:
    """Return the last anchor up to an index that may not be passed over; the start is one."""
    while anchors[index].is_crowded:
        index -= 1
    return index


def _soften_price(anchor: Anchor, costs: Costs) -> float:
    return costs.soften * (0.5 + anchor.weight)


_Part = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]


def _span(
    anchors: Sequence[Anchor],
    before: int,
    after: int,
    node: _Node,
    passing: float,
    moments: Moments,
    search: Search,
    costs: Costs,
) -> _Part:
    """Return what a node holds, for the ways that lead from one anchor to another with none between."""
    left, right = anchors[before], anchors[after]
    duration_s = float(right.cue_s - left.cue_s)
    counts = _candidates(duration_s, left.target_bpm * search.scale, search.reach, costs)
    log_bpm = np.log(30.0 * counts / duration_s)
    log_ratio = log_bpm - math.log(left.target_bpm)
    own = costs.away * (costs.marked if left.is_marked else 1.0) * log_ratio**2 + passing
    low, high = search.tempo_range_bpm
    low, high = math.log(min(low, left.target_bpm)), math.log(max(high, left.target_bpm))
    own = own + costs.outside * (np.maximum(0.0, log_bpm - high) + np.maximum(0.0, low - log_bpm))
    if before == 0 and search.entering_bpm is not None:
        own = own + _change(np.abs(log_bpm - math.log(search.entering_bpm)), costs)
    if after == len(anchors) - 1 and search.leaving_bpm is not None:
        own = own + _change(np.abs(log_bpm - math.log(search.leaving_bpm)), costs)
    if before == 0:
        chosen = np.zeros((len(counts), _RUN), dtype=np.int64)
        entering = np.broadcast_to(node.cost, (len(counts), _RUN))
    else:
        ratio = np.abs(log_ratio[:, None] - node.log_ratio[None, :])
        change = _change(ratio, costs)
        through = node.cost[None, :, :] + change[:, :, None]  # (counts now, rows before, rest)
        chosen = np.argmin(through, axis=1)
        entering = np.take_along_axis(through, chosen[:, None, :], axis=1)[:, 0, :]
    missed = moments.missed(float(left.cue_s), duration_s, counts, costs.soft_miss, costs.cut_miss)
    cost, rest_before = _arrive(right, counts, entering + own[:, None] + missed, costs)
    row_before = np.take_along_axis(chosen, rest_before, axis=1)
    came_from = np.stack([np.full_like(row_before, before), row_before, rest_before], axis=-1)
    return log_ratio, cost, came_from, counts


def _change(ratio: NDArray[np.float64], costs: Costs) -> NDArray[np.float64]:
    """Return the price of a change of tempo, `ratio` in natural log, >= 0."""
    return costs.change * ratio**2 + costs.felt * np.maximum(0.0, ratio - costs.felt_from) ** 2


def _candidates(duration_s: float, middle_bpm: float, reach: float, costs: Costs) -> NDArray[np.int64]:
    """Return the eighth counts that are worth trying for a span, at least two."""
    middle = middle_bpm * duration_s / 30.0
    step = 2 if costs.whole_beats_only else 1
    first = max(1, math.floor(middle * math.exp(-reach) / step))
    last = max(first + 1, math.ceil(middle * math.exp(reach) / step))
    if last - first < _MAX_CANDIDATES:
        return step * np.arange(first, last + 1)
    starts = np.linspace(first, last - _RUN, _MAX_CANDIDATES // _RUN - 1).astype(np.int64)
    near = max(first, round(middle / step) - _RUN // 2)
    return step * np.unique(np.concatenate([start + np.arange(_RUN) for start in (*starts, near)]))


def _arrive(
    anchor: Anchor, counts: NDArray[np.int64], entering: NDArray[np.float64], costs: Costs
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the cost per (count, rest) at a span's end, and the rest before that it came from.

    A strong hit closes the bar and starts the next one (rest 0); a weak one, or a crowded strong one, may also lie
    inside a bar.
    """
    rests = np.arange(_RUN)
    rest_before = (rests[None, :] - counts[:, None]) % _RUN  # the one rest that leads to each rest
    inside = np.take_along_axis(entering, rest_before, axis=1) + np.where(rests % 2 == 1, costs.off_beat, 0.0)
    if not anchor.is_strong:
        return inside, rest_before
    if anchor.is_crowded:
        cost = inside + costs.off_downbeat * (0.5 + anchor.weight)
    else:
        cost = np.full(entering.shape, np.inf)
    length = rests[None, :] + counts[:, None]
    price = costs.odd_bar * REST_COST[length % _RUN] + np.where(length < 3, costs.short_bar * (3 - length), 0.0)
    closing = entering + price
    best = np.argmin(closing, axis=1)
    cost[:, 0] = closing[np.arange(len(counts)), best]
    rest_before[:, 0] = best
    return cost, rest_before


def _trace(anchors: Sequence[Anchor], nodes: Sequence[_Node], costs: Costs) -> Choice:
    """Return the cheapest way, walked back from the last anchor, or from an earlier one where the last are crowded."""
    best, index, passing = math.inf, len(anchors) - 1, 0.0
    for last in range(index, _last_firm(anchors, index) - 1, -1):
        cost = float(nodes[last].cost.min()) + passing
        if cost < best:
            best, index = cost, last
        passing += _soften_price(anchors[last], costs)
    row, rest = (int(i) for i in np.unravel_index(int(np.argmin(nodes[index].cost)), nodes[index].cost.shape))
    met: list[int] = []
    eighths: list[int] = []
    downbeats: list[bool] = []
    while True:
        met.append(index)
        downbeats.append(rest == 0 and anchors[index].is_strong)
        if index == 0:
            break
        eighths.append(int(nodes[index].eighths[row]))
        index, row, rest = (int(i) for i in nodes[index].came_from[row, rest])
    return Choice(met=tuple(met[::-1]), eighths=tuple(eighths[::-1]), is_downbeat=tuple(downbeats[::-1]), cost=best)
