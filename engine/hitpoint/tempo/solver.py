"""The tempo map of a cue: anchors, counts, bars, curve; and the alternatives to choose from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hitpoint.model.spotting import Cue
from hitpoint.model.tempo import TempoMap, TempoSegment
from hitpoint.model.tempo_plan import TempoCost, TempoPlan
from hitpoint.model.time import FrameRate, frames_to_seconds
from hitpoint.tempo.anchors import Anchor, find_anchors, tempo_range_bpm
from hitpoint.tempo.bars import REST_COST, bars_between, meters_of
from hitpoint.tempo.counts import Choice, Costs, Search, choose_counts
from hitpoint.tempo.curve import Curve, CurveSpan, draw_curve
from hitpoint.tempo.hits import cuts_on_beat, describe_met, plan_hit
from hitpoint.tempo.moments import read_moments

#: Price of odd bars, as a factor: where the settings do not allow them, and in the alternative with few of them.
_NO_ODD_BARS, _FEW_ODD_BARS = 10_000.0, 20.0
#: Alternatives whose mean tempi differ by less than this are the same to the ear.
_SAME_TEMPO = 0.03
#: A last span shorter than this does not set the tempo of what follows.
_SHORTEST_TEMPO_S = 4
_TAIL_BEATS = Fraction(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoSettings:
    """What the solver may do.

    Attributes
    ----------
    costs : Costs
        Weights of the objective.
    max_alternatives : int, >= 1
    alternative_ratio : float, > 1
        How far the tempi of the alternatives lie apart.
    allow_odd_bars : bool
        Whether bars of another length than 4/4 may be used; where not, the tempo has to give (by up to 30 %).
    """

    costs: Costs = field(default_factory=Costs)
    max_alternatives: int = 3
    alternative_ratio: float = 1.09
    allow_odd_bars: bool = True


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A solution before it is drawn: its price, mean tempo against the wanted one (log), number of odd bars."""

    choice: Choice
    cost: float
    log_ratio: float
    odd_bars: int


def solve_tempo(
    cue: Cue,
    *,
    rate: FrameRate,
    cut_frames: tuple[int, ...] = (),
    settings: TempoSettings = TempoSettings(),
) -> tuple[TempoPlan, ...]:
    """Return one to three maps for a cue, cheapest first; it never fails, whatever the hits.

    Beat 0 is the cue's first frame and a downbeat. Every hard hit that is not softened has a planned error of exactly
    0; strong ones fall on downbeats. Hits at least 1.5 s from their neighbours are never softened. Of nearer ones the
    lighter may be: it goes to the nearest sixteenth, and its reason says by how much it misses. The alternatives
    after the first are a faster one, a slower one and one with fewer odd bars, as far as they differ.
    """
    anchors = find_anchors(cue, rate)
    moments = read_moments(cue, rate=rate, cut_frames=cut_frames)
    tempo_range = tempo_range_bpm(cue)
    costs = settings.costs if settings.allow_odd_bars else replace(settings.costs, odd_bar=_NO_ODD_BARS)

    def solve(search: Search, odd_bar: float = costs.odd_bar) -> _Candidate:
        chosen = choose_counts(anchors, moments=moments, search=search, costs=replace(costs, odd_bar=odd_bar))
        return _candidate(anchors, chosen, odd_bar - costs.odd_bar)

    best = solve(Search(tempo_range_bpm=tempo_range))
    candidates = [best]
    if settings.max_alternatives > 1:
        step = math.log(settings.alternative_ratio)
        for sign in (-1, 1):
            scale = math.exp(best.log_ratio + sign * step)
            if len(anchors) > 1:
                candidates.append(solve(Search(tempo_range_bpm=tempo_range, scale=scale, reach=step / 2)))
            elif tempo_range[0] <= anchors[0].target_bpm * scale <= tempo_range[1]:
                candidates.append(replace(best, log_ratio=math.log(scale)))
        if not settings.allow_odd_bars:
            candidates = [candidate for candidate in candidates if candidate.odd_bars <= best.odd_bars]
        elif best.odd_bars:
            candidates.append(solve(Search(tempo_range_bpm=tempo_range), _FEW_ODD_BARS))
    kept = _different(candidates)[: max(1, settings.max_alternatives)]
    plans = [_draw(cue, rate, cut_frames, anchors, candidate) for candidate in kept]
    return tuple(plans)


def whole_beats(settings: TempoSettings) -> TempoSettings:
    """Return settings that keep to whole beats: no bars in eighths, at the price of larger tempo steps."""
    return replace(settings, costs=replace(settings.costs, whole_beats_only=True))


def _candidate(anchors: Sequence[Anchor], choice: Choice, extra_odd_bar: float) -> _Candidate:
    """Return what a solution is like; its cost without what odd bars were made dearer by for the search."""
    logs, weights = [0.0], [1e-9]
    for (left, right), eighths in zip(pairwise(choice.met), choice.eighths, strict=True):
        duration_s = float(anchors[right].cue_s - anchors[left].cue_s)
        logs.append(math.log(30.0 * eighths / duration_s / anchors[left].target_bpm))
        weights.append(duration_s)
    stretches = _stretches(choice)
    return _Candidate(
        choice=choice,
        cost=choice.cost - extra_odd_bar * float(sum(REST_COST[eighths % 8] for eighths in stretches)),
        log_ratio=float(np.average(logs, weights=weights)),
        odd_bars=sum(bar != 8 for eighths in stretches for bar in bars_between(eighths)),
    )


def _different(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the first candidate, then the others by cost, without those that are the same to the ear."""
    kept = [candidates[0]]
    for candidate in sorted(candidates[1:], key=lambda c: c.cost):
        if all(
            abs(candidate.log_ratio - other.log_ratio) >= _SAME_TEMPO or candidate.odd_bars < other.odd_bars
            for other in kept
        ):
            kept.append(candidate)
    return kept


def _draw(
    cue: Cue, rate: FrameRate, cut_frames: Sequence[int], anchors: Sequence[Anchor], candidate: _Candidate
) -> TempoPlan:
    """Return the plan of a solution, with exact fractions from here on."""
    choice = candidate.choice
    met = [anchors[index] for index in choice.met]
    spans = choice.spans(anchors)
    beats = [Fraction(0)]
    for span in spans:
        beats.append(beats[-1] + span.duration_beats)
    tail = _tail(anchors, candidate)
    curve = draw_curve([*spans, tail] if tail else spans, start_s=frames_to_seconds(cue.span.start_frame, rate))
    tempo_map = _map(cue, rate, curve, choice)
    described = describe_met(met, beats)
    steps = curve.step_percents or (0.0,)
    cost = TempoCost(
        max_step_percent=round(max(steps), 3),
        p90_step_percent=round(float(np.percentile(steps, 90)), 3),
        ramps=curve.ramps,
        odd_bars=candidate.odd_bars,
        new_sections=len(curve.section_beats),
        cuts_on_beat=cuts_on_beat(tempo_map, cue=cue, cut_frames=cut_frames, rate=rate),
        total=round(candidate.cost, 4),
    )
    hits = tuple(plan_hit(hit, cue=cue, tempo_map=tempo_map, met=described, rate=rate) for hit in cue.hits)
    return TempoPlan(tempo_map=tempo_map, hits=hits, cost=cost, section_beats=curve.section_beats)


def _tail(anchors: Sequence[Anchor], candidate: _Candidate) -> CurveSpan | None:
    """Return two bars after the last anchor, where they need a tempo of their own; None where the last one goes on.

    They do where the tempo asked for is a new one, where the last span is too short to have a tempo worth keeping
    (they then keep the mean distance from the tempo asked for, or the tempo that the editor named), and where there
    is no span at all.
    """
    met = candidate.choice.met
    last = anchors[met[-1]]
    if len(met) > 1:
        before = anchors[met[-2]]
        if before.target_bpm == anchors[-1].target_bpm and last.cue_s - before.cue_s >= _SHORTEST_TEMPO_S:
            return None
    ratio = 1.0 if anchors[-1].is_marked else math.exp(candidate.log_ratio)
    bpm = Fraction(anchors[-1].target_bpm * ratio).limit_denominator(10_000)
    return CurveSpan(
        duration_s=_TAIL_BEATS * 60 / bpm,
        duration_beats=_TAIL_BEATS,
        starts_on_downbeat=candidate.choice.is_downbeat[-1],
        starts_something=last.is_border,
    )


def _map(cue: Cue, rate: FrameRate, curve: Curve, choice: Choice) -> TempoMap:
    """Return the whole map: the drawn segments, then the last tempo until a bar of 4/4 after the cue's end."""
    drawn = curve.segments[-1]
    missing_s = max(Fraction(0), frames_to_seconds(cue.span.end_frame, rate) - drawn.end_s)
    bars = [bar for eighths in _stretches(choice) for bar in bars_between(eighths)]
    until = drawn.end_beats + missing_s / drawn.spb_end
    solved = Fraction(sum(bars), 2)
    bars += [8] * (math.ceil((until - solved) / 4) + 1)
    last = TempoSegment(
        start_beats=drawn.end_beats,
        end_beats=Fraction(sum(bars), 2),
        start_s=drawn.end_s,
        spb_start=drawn.spb_end,
        spb_end=drawn.spb_end,
    )
    return TempoMap(segments=(*curve.segments, last), meters=meters_of(bars))


def _stretches(choice: Choice) -> list[int]:
    """Return the eighths from each solved downbeat to the next."""
    stretches: list[int] = []
    open_eighths = 0
    for eighths, is_downbeat in zip(choice.eighths, choice.is_downbeat[1:], strict=True):
        open_eighths += eighths
        if is_downbeat:
            stretches.append(open_eighths)
            open_eighths = 0
    return stretches
