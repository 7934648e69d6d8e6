"""The tempo solver on random layouts, beside the best constant tempo on the same ones.

    python benchmarks/tempo_solver.py [--layouts 1000] [--seed 1]

A layout: 3 to 11 hard hits of weight 0.3 to 1 in 45 to 180 s, at least 1.5 s apart, at one of six frame rates, cuts
every 1 to 6 s; wanted tempo 70 to 130 bpm in a range of +-15 %. The baseline is the best constant tempo from 60 to 140
bpm in steps of 0.25 (field.md (b) rows 4 and 5). "Largest step" is the largest change of mean tempo between
neighbouring spans of a layout, in percent, ramps and new sections included. Then the same without half-beats, layouts
that cannot be met (80 hits in a minute), and two hours with 600 hits.
"""

from __future__ import annotations

import argparse
import bisect
import gc
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_samples
from hitpoint.tempo import TempoSettings, best_constant_tempo, solve_tempo
from hitpoint.tempo.solver import whole_beats

RATES = (
    FrameRate(24), FrameRate(25), FrameRate(24000, 1001), FrameRate(30000, 1001), FrameRate(30), FrameRate(50),
)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """A random cue and its picture cuts."""

    cue: Cue
    rate: FrameRate
    cut_frames: tuple[int, ...]


@dataclass(frozen=True)
class Solved:
    """A layout, its alternatives, and how long they took."""

    layout: Layout
    plans: tuple[TempoPlan, ...]
    seconds: float

    @property
    def plan(self) -> TempoPlan:
        """The best one."""
        return self.plans[0]


def make_layout(rng: np.random.Generator, rate: FrameRate, *, hits: int, duration_s: float, gap_s: float) -> Layout:
    """Return a cue of random hard hits (fewer than asked for where they do not fit)."""
    frames = round(duration_s * float(rate.fps))
    gap = gap_s * float(rate.fps)
    chosen: list[int] = []
    for _ in range(200 * hits):
        frame = int(rng.integers(round(gap) + 1, frames - round(gap)))
        right = bisect.bisect(chosen, frame)
        if all(abs(frame - other) >= max(gap, 1) for other in chosen[max(0, right - 1) : right + 1]):
            chosen.insert(right, frame)
        if len(chosen) == hits:
            break
    bpm = float(rng.uniform(70, 130))
    brief = Brief(palette_id="tense", tempo_range_bpm=(bpm * 0.85, bpm * 1.15), tempo_bpm=bpm, key="D minor")
    points = tuple(
        HitPoint(id=f"h{f}", frame=f, kind=HitKind.ACCENT, weight=round(float(rng.uniform(0.3, 1.0)), 2))
        for f in chosen
    )
    cue = Cue(number="1m1", title="", span=FrameSpan(0, frames), hits=points, brief=brief, exit="ring-out")
    shots = np.cumsum(rng.uniform(1, 6, size=int(duration_s)) * float(rate.fps)).astype(int)
    return Layout(cue, rate, tuple(int(f) for f in shots if f < frames))


def solve_all(layouts: list[Layout], settings: TempoSettings) -> list[Solved]:
    """Solve each layout by itself.

    What the benchmark keeps is frozen out of the garbage collector: walking a thousand kept plans takes it up to 0.15 s
    at a time, which is no work of the solver. The first call of all warms numpy up.
    """
    solve_tempo(layouts[0].cue, rate=layouts[0].rate, settings=settings)
    solved = []
    for layout in layouts:
        began = time.perf_counter()
        plans = solve_tempo(layout.cue, rate=layout.rate, cut_frames=layout.cut_frames, settings=settings)
        solved.append(Solved(layout, plans, time.perf_counter() - began))
        gc.freeze()
    return solved


def span_bpm(plan: TempoPlan) -> list[float]:
    """Return the mean tempo of every span between exact hits."""
    exact = sorted({p.beats for p in plan.hits if not p.was_softened} | {Fraction(0)})
    times = [plan.tempo_map.seconds_at(beats) for beats in exact]
    spans = zip(pairwise(exact), pairwise(times), strict=True)
    return [60 * float((b2 - b1) / (s2 - s1)) for (b1, b2), (s1, s2) in spans]


def steps_percent(plan: TempoPlan) -> list[float]:
    """Return the change of mean tempo between neighbouring spans, in percent."""
    return [100 * (max(left / right, right / left) - 1) for left, right in pairwise(span_bpm(plan))]


def unwritten_percent(plan: TempoPlan) -> float:
    """Return the largest jump in the map itself that is not the start of a new section, in percent."""
    jumps = [
        100 * (float(max(left.spb_end / right.spb_start, right.spb_start / left.spb_end)) - 1)
        for left, right in pairwise(plan.tempo_map.segments)
        if right.start_beats not in plan.section_beats
    ]
    return max(jumps, default=0.0)


def report(name: str, rows: list[Solved]) -> None:
    """Print the figures of one way of solving."""
    hits = [(planned, row) for row in rows for planned in row.plan.hits]
    exact = [p.planned_error_s == 0 for p, _ in hits]
    on_sample = [
        row.plan.tempo_map.sample_at(p.beats) == frames_to_samples(p.hit.frame, row.layout.rate) for p, row in hits
    ]
    strong = [p.is_downbeat for p, _ in hits if p.hit.is_strong]
    weak = [p.beat.denominator == 1 for p, _ in hits if not p.hit.is_strong]
    largest = [max(steps_percent(row.plan), default=0.0) for row in rows]
    every = [step for row in rows for step in steps_percent(row.plan)]
    away = [100 * abs(bpm / row.layout.cue.brief.tempo_bpm - 1) for row in rows for bpm in span_bpm(row.plan)]
    costs = [row.plan.cost for row in rows]
    cuts = sum(len(row.layout.cut_frames) for row in rows)
    ms = [1000 * row.seconds for row in rows]
    print(f"{name}")
    print(f"  hits {len(hits)}: exact {np.mean(exact):.1%}, on the sample {np.mean(on_sample):.1%}")
    print(f"  strong ones on downbeats {np.mean(strong):.1%}, weak ones on whole beats {np.mean(weak):.1%}")
    print(
        f"  steps between neighbouring spans: median {np.median(every):.2f} %, 90th percentile "
        f"{np.percentile(every, 90):.2f} %; largest of a layout: median {np.median(largest):.2f} %, "
        f"90th percentile {np.percentile(largest, 90):.2f} %, most {max(largest):.2f} %"
    )
    print(
        f"  largest step that is neither a ramp nor a new section {max(unwritten_percent(r.plan) for r in rows):.2f} %"
    )
    print(
        f"  per layout: odd bars {np.mean([c.odd_bars for c in costs]):.2f}, "
        f"ramps {np.mean([c.ramps for c in costs]):.2f}, new sections {np.mean([c.new_sections for c in costs]):.2f}, "
        f"alternatives {np.mean([len(row.plans) for row in rows]):.2f}"
    )
    print(
        f"  tempo of a span against the wanted one: {np.median(away):.1f} % away in the median, 90th percentile "
        f"{np.percentile(away, 90):.1f} %; cuts on a beat {sum(c.cuts_on_beat for c in costs) / cuts:.1%}"
    )
    print(
        f"  time per layout, all alternatives: median {np.median(ms):.1f} ms, 99th percentile "
        f"{np.percentile(ms, 99):.1f} ms, most {max(ms):.1f} ms"
    )


def report_constant(layouts: list[Layout]) -> None:
    """Print how the best constant tempo does on the same hits."""
    for text, grid in (("any beat", 1), ("downbeats only", 4)):
        errors: list[float] = []
        for layout in layouts:
            frames = tuple(hit.frame for hit in layout.cue.hits)
            errors += best_constant_tempo(frames, rate=layout.rate, grid_beats=grid).errors_frames
        size = np.abs(errors)
        within = np.mean(size <= 1)
        print(f"best constant tempo, {text}: {within:.0%} within a frame, mean miss {np.mean(size):.2f} frames")


def report_crowded(rows: list[Solved]) -> None:
    """Print what becomes of layouts that cannot be met."""
    hits = [planned for row in rows for planned in row.plan.hits]
    soft = [p for p in hits if p.was_softened]
    kept = [p for p in hits if not p.was_softened]
    errors_ms = [1000 * abs(float(p.planned_error_s)) for p in soft]
    kept_weight, soft_weight = (np.mean([p.hit.weight for p in some]) for some in (kept, soft))
    print(
        f"80 hits a minute: {len(kept) / len(hits):.0%} exact (mean weight {kept_weight:.2f}), "
        f"the rest softened (mean weight {soft_weight:.2f}) by {np.median(errors_ms):.0f} ms "
        f"in the median, {max(errors_ms):.0f} at most; largest step that is neither a ramp nor a new section "
        f"{max(unwritten_percent(row.plan) for row in rows):.2f} %; "
        f"{1000 * np.median([row.seconds for row in rows]):.0f} ms a layout"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layouts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    layouts = []
    for index in range(options.layouts):
        rate = RATES[index % len(RATES)]
        duration_s = float(rng.uniform(45, 180))
        layouts.append(make_layout(rng, rate, hits=int(rng.integers(3, 12)), duration_s=duration_s, gap_s=1.5))
    report("solved, half-beats allowed", solve_all(layouts, TempoSettings()))
    report("solved, whole beats only", solve_all(layouts, whole_beats(TempoSettings())))
    report_constant(layouts)
    crowded = [make_layout(rng, RATES[0], hits=80, duration_s=60, gap_s=0.0) for _ in range(30)]
    report_crowded(solve_all(crowded, TempoSettings()))
    long = make_layout(rng, RATES[0], hits=600, duration_s=7200, gap_s=3)
    for share in (4, 1):
        end = long.cue.span.end_frame // share
        cue = replace(long.cue, span=FrameSpan(0, end), hits=tuple(h for h in long.cue.hits if h.frame < end))
        (row,) = solve_all([Layout(cue, long.rate, long.cut_frames)], TempoSettings())
        print(f"{end / 24 / 3600:g} h, {len(cue.hits)} hits: {row.seconds:.2f} s")


if __name__ == "__main__":
    main()
