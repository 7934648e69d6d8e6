"""How many eighths pass between neighbouring anchors: dynamic programming over the spans.

State: the number of eighths of the last span (so, its tempo) and the eighths since the last downbeat modulo 8. Costs
are squared log ratios or small constants: distance from the wanted tempo, change between neighbouring spans, bars of
another length than 4/4, weak hits off the beat (music.md §1, field.md (d)).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: At most this many counts are tried for one span, in runs of 8 so that every rest modulo 8 is among them.
_MAX_CANDIDATES, _RUN = 64, 8
#: Natural log of how far a span may stray from the wanted tempo before nothing else is tried.
_REACH = math.log(1.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Weights of the objective; the unit is one whole odd bar.

    `change` weighs the squared log tempo ratio of neighbouring spans, `felt` what of it exceeds `felt_from` (a change
    under 2 % passes unnoticed, 5 % is felt as a push), `away` the squared log distance from the wanted tempo, `outside`
    each log unit outside the brief's range, `off_beat` a weak hit between two beats.
    """

    change: float = 600.0
    felt: float = 6000.0
    felt_from: float = 0.025
    away: float = 12.0
    outside: float = 8.0
    off_beat: float = 4.0
    short_bar: float = 2.0
    whole_beats_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One stretch between anchors: length, wanted tempo, and what its end must be."""

    duration_s: float
    wanted_bpm: float
    ends_on_downbeat: bool


#: Price of a bar group that holds n eighths more than whole 4/4 bars (`bars.REST_BARS` says how it is barred).
REST_COST: NDArray[np.float64] = np.array([0.0, 1.3, 0.8, 1.3, 0.5, 1.0, 0.6, 0.9])


def choose_counts(
    spans: Sequence[Span], *, tempo_range_bpm: tuple[float, float], costs: Costs
) -> tuple[list[int], float]:
    """Return the eighths of every span and the total cost; linear in the number of spans."""
    if not spans:
        return [], 0.0
    low, high = (math.log(bpm) for bpm in tempo_range_bpm)
    total: NDArray[np.float64] = np.zeros((1, _RUN))
    total[:, 1:] = np.inf
    before: NDArray[np.float64] | None = None
    steps: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for span in spans:
        counts = _candidates(span, costs)
        log_bpm = np.log(30.0 * counts / span.duration_s)
        own = costs.away * (log_bpm - math.log(span.wanted_bpm)) ** 2
        own = own + costs.outside * (np.maximum(0.0, log_bpm - high) + np.maximum(0.0, low - log_bpm))
        if before is None:
            entering = np.broadcast_to(total, (len(counts), _RUN))
            chosen = np.zeros((len(counts), _RUN), dtype=np.int64)
        else:
            ratio = np.abs(log_bpm[:, None] - before[None, :])
            change = costs.change * ratio**2 + costs.felt * np.maximum(0.0, ratio - costs.felt_from) ** 2
            through = total[None, :, :] + change[:, :, None]  # (counts now, counts before, rest)
            chosen = np.argmin(through, axis=1)
            entering = np.take_along_axis(through, chosen[:, None, :], axis=1)[:, 0, :]
        total, came_from = _leave(span, counts, entering + own[:, None], costs)
        steps.append((counts, np.stack([np.take_along_axis(chosen, came_from, axis=1), came_from], axis=-1)))
        before = log_bpm
    row, rest = np.unravel_index(int(np.argmin(total)), total.shape)
    cost = float(total[row, rest])
    result: list[int] = []
    for counts, back in reversed(steps):
        result.append(int(counts[row]))
        row, rest = back[row, rest]
    return result[::-1], cost


def _candidates(span: Span, costs: Costs) -> NDArray[np.int64]:
    """Return the eighth counts that are worth trying for a span, at least one."""
    middle = span.wanted_bpm * span.duration_s / 30.0
    first = max(2 if span.ends_on_downbeat else 1, math.floor(middle * math.exp(-_REACH)))
    last = max(first + 1, math.ceil(middle * math.exp(_REACH)))
    counts = np.arange(first, last + 1)
    if len(counts) > _MAX_CANDIDATES:
        starts = np.linspace(first, last - _RUN, _MAX_CANDIDATES // _RUN).astype(np.int64)
        near = max(first, round(middle) - _RUN // 2)
        counts = np.unique(np.concatenate([s + np.arange(_RUN) for s in (*starts, near)]))
    if costs.whole_beats_only:
        even = counts[counts % 2 == 0]
        counts = even if len(even) else np.array([2])
    return counts


def _leave(
    span: Span, counts: NDArray[np.int64], entering: NDArray[np.float64], costs: Costs
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the cost per (count, rest) at the span's end, and the rest it came from."""
    rests = np.arange(_RUN)
    rest_after = (rests[None, :] + counts[:, None]) % _RUN
    if span.ends_on_downbeat:
        # a bar of one or two eighths in all is no bar
        is_short = (rests[None, :] + counts[:, None]) < 3
        closing = entering + REST_COST[rest_after] + np.where(is_short, 4.0, 0.0) * costs.short_bar
        best = np.argmin(closing, axis=1)
        total = np.full(entering.shape, np.inf)
        total[:, 0] = closing[np.arange(len(counts)), best]
        came_from = np.zeros(entering.shape, dtype=np.int64)
        came_from[:, 0] = best
        return total, came_from
    came_from = (rests[None, :] - counts[:, None]) % _RUN  # the one rest that leads to each rest
    total = np.take_along_axis(entering, came_from, axis=1) + np.where(rests % 2 == 1, costs.off_beat, 0.0)
    return total, came_from
