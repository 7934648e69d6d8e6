"""The tempo map of a cue: anchors, counts, bars, curve; and the alternatives to choose from."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hitpoint.model.spotting import Cue, HitPoint
from hitpoint.model.tempo import TempoMap, TempoSegment
from hitpoint.model.tempo_plan import PlannedHit, TempoCost, TempoPlan
from hitpoint.model.time import FrameRate, frames_to_seconds
from hitpoint.tempo.anchors import Anchors, choose_anchors
from hitpoint.tempo.bars import bars_between, meters_of
from hitpoint.tempo.counts import Costs, Span, choose_counts
from hitpoint.tempo.curve import Curve, CurveSpan, draw_curve

#: A cut within this many frames of a beat counts as on it (music.md §1).
_CUT_TOLERANCE_FRAMES = 2
#: Softened hits go to the nearest sixteenth.
_SOFT_GRID_BEATS = Fraction(1, 4)
_CUT_REWARD = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoSettings:
    """Costs of the objective, how many alternatives to offer, and how far their wanted tempi lie apart (ratio)."""

    costs: Costs = field(default_factory=Costs)
    max_alternatives: int = 3
    alternative_ratio: float = 1.09


def solve_tempo(
    cue: Cue,
    *,
    rate: FrameRate,
    cut_frames: tuple[int, ...] = (),
    settings: TempoSettings = TempoSettings(),
) -> tuple[TempoPlan, ...]:
    """Return one to three maps for a cue, best first; it never fails, whatever the hits.

    Beat 0 is the cue's first frame and a downbeat. Every hard hit that is not softened has a planned error of
    exactly 0; strong ones fall on downbeats. A hit that comes too near a weightier one is softened to the nearest
    sixteenth, and its reason says by how much it misses.
    """
    chosen = choose_anchors(cue, rate)
    wanted = cue.brief.tempo_bpm
    ratio = settings.alternative_ratio
    plans: list[TempoPlan] = []
    seen: set[tuple[TempoSegment, ...]] = set()
    for target_bpm in (wanted, wanted / ratio, wanted * ratio):
        plan = _solve_for(cue, rate, cut_frames, chosen, target_bpm, settings.costs)
        if plan.tempo_map.segments not in seen:
            seen.add(plan.tempo_map.segments)
            plans.append(plan)
    best, *others = plans
    others.sort(key=lambda plan: plan.cost.total)
    return (best, *others)[: settings.max_alternatives]


def _solve_for(
    cue: Cue, rate: FrameRate, cut_frames: Sequence[int], chosen: Anchors, target_bpm: float, costs: Costs
) -> TempoPlan:
    anchors = chosen.anchors
    scale = target_bpm / cue.brief.tempo_bpm
    spans = [
        Span(
            duration_s=float(right.cue_s - left.cue_s),
            wanted_bpm=_wanted_bpm(cue, left.frame) * scale,
            ends_on_downbeat=right.is_downbeat,
        )
        for left, right in pairwise(anchors)
    ]
    low, high = cue.brief.tempo_range_bpm
    counts, total = choose_counts(spans, tempo_range_bpm=(min(low, target_bpm), max(high, target_bpm)), costs=costs)
    beats = [Fraction(0)]
    for count in counts:
        beats.append(beats[-1] + Fraction(count, 2))
    curve = draw_curve(
        [
            CurveSpan(
                duration_s=right.cue_s - left.cue_s,
                duration_beats=Fraction(count, 2),
                starts_on_downbeat=left.is_downbeat,
            )
            for left, right, count in zip(anchors, anchors[1:], counts, strict=False)
        ],
        start_s=frames_to_seconds(cue.span.start_frame, rate),
    )
    tempo_map = _map(cue, rate, curve, [a.is_downbeat for a in anchors], counts, target_bpm)
    at_beats = dict(zip((anchor.frame for anchor in anchors), beats, strict=True))
    hits = tuple(_plan_hit(hit, tempo_map, at_beats, chosen.softened, rate) for hit in cue.hits)
    on_beat = _cuts_on_beat(tempo_map, cue, rate, cut_frames)
    steps = curve.step_percents or (0.0,)
    cost = TempoCost(
        max_step_percent=round(max(steps), 3),
        p90_step_percent=round(float(np.percentile(steps, 90)), 3),
        ramps=curve.ramps,
        odd_bars=_odd_bars(tempo_map, beats[-1]),
        new_sections=len(curve.section_beats),
        cuts_on_beat=on_beat,
        total=round(total - _CUT_REWARD * on_beat, 4),
    )
    return TempoPlan(tempo_map=tempo_map, hits=hits, cost=cost, section_beats=curve.section_beats)


def _wanted_bpm(cue: Cue, frame: int) -> float:
    """Return the tempo that is asked for from a frame on: the latest "120 bpm" of the editor, else the brief's."""
    wanted = cue.brief.tempo_bpm
    for direction in cue.directions:
        if direction.kind == "tempo" and direction.frame <= frame:
            if direction.value.endswith("bpm"):
                wanted = float(direction.value.split()[0])
            else:
                wanted *= 0.9 if direction.value == "slower" else 1.1
    return wanted


def _map(
    cue: Cue, rate: FrameRate, curve: Curve, downbeats: list[bool], counts: list[int], target_bpm: float
) -> TempoMap:
    """Return the whole map: the solved spans, then bars of 4/4 at the last tempo until a bar after the cue's end."""
    segments = list(curve.segments)
    start_s = frames_to_seconds(cue.span.start_frame, rate)
    last = segments[-1] if segments else None
    from_beats, from_s = (last.end_beats, last.end_s) if last else (Fraction(0), start_s)
    spb = last.spb_end if last else Fraction(60) / Fraction(target_bpm).limit_denominator(10_000)
    missing_s = max(Fraction(0), frames_to_seconds(cue.span.end_frame, rate) - from_s)

    bars: list[int] = []
    open_eighths = 0
    for count, is_downbeat in zip(counts, downbeats[1:], strict=True):
        open_eighths += count
        if is_downbeat:
            bars += bars_between(open_eighths)
            open_eighths = 0
    # after the last downbeat: whole bars until one bar past the cue's end
    eighths = open_eighths + math.ceil(missing_s / spb * 2)
    whole_bars = -(-eighths // 8) + 1
    bars += [8] * whole_bars
    end_beats = Fraction(sum(bars), 2)
    segments.append(
        TempoSegment(start_beats=from_beats, end_beats=end_beats, start_s=from_s, spb_start=spb, spb_end=spb)
    )
    return TempoMap(segments=tuple(segments), meters=meters_of(bars))


def _plan_hit(
    hit: HitPoint, tempo_map: TempoMap, at_beats: dict[int, Fraction], softened: dict[int, str], rate: FrameRate
) -> PlannedHit:
    wanted_s = frames_to_seconds(hit.frame, rate)
    if hit.frame in at_beats:
        beats, error_s, reason = at_beats[hit.frame], Fraction(0), ""
    else:
        grid = Fraction(round(tempo_map.beats_at(wanted_s) / _SOFT_GRID_BEATS)) * _SOFT_GRID_BEATS
        beats = max(Fraction(0), grid)
        error_s = tempo_map.seconds_at(beats) - wanted_s
        reason = ""
    was_softened = hit.is_hard and hit.frame not in at_beats
    bar, beat = tempo_map.bar_beat_at(beats)
    if was_softened:
        side = "after" if error_s > 0 else "before"
        neighbour = softened.get(hit.frame, "the start of the cue")
        reason = f"too close to {neighbour!r}: played {abs(float(error_s)) * 1000:.0f} ms {side} the frame"
    elif hit.is_hard and hit.is_strong and beat != 1:
        reason = "exact, but too close to a stronger hit for a downbeat of its own"
    return PlannedHit(
        hit=hit,
        beats=beats,
        bar=bar,
        beat=beat,
        is_downbeat=beat == 1,
        planned_error_s=error_s,
        was_softened=was_softened,
        reason=reason,
    )


def _odd_bars(tempo_map: TempoMap, end_beats: Fraction) -> int:
    lines = tempo_map.bar_lines(end_beats)
    return sum(tempo_map.meter_at(line).bar_beats != 4 for line in lines)


def _cuts_on_beat(tempo_map: TempoMap, cue: Cue, rate: FrameRate, cut_frames: Sequence[int]) -> int:
    first = bisect.bisect_left(cut_frames, cue.span.start_frame)
    last = bisect.bisect_right(cut_frames, cue.span.end_frame)
    count = 0
    for frame in cut_frames[first:last]:
        cut_s = frames_to_seconds(frame, rate)
        beats = round(tempo_map.beats_at(cut_s))
        count += abs(tempo_map.seconds_at(Fraction(beats)) - cut_s) <= _CUT_TOLERANCE_FRAMES * rate.frame_s
    return count


def whole_beats(settings: TempoSettings) -> TempoSettings:
    """Return settings that keep to whole beats: no bars in eighths, at the price of larger tempo steps."""
    return replace(settings, costs=replace(settings.costs, whole_beats_only=True))
