"""The tempo solver on random layouts, beside the best constant tempo on the same ones.

    python benchmarks/tempo_solver.py [--layouts 1000] [--seed 1]

A layout: 3 to 11 hard hits of weight 0.3 to 1 in 45 to 180 s, at least 1.5 s apart, at one of six frame rates; wanted tempo
70 to 130 bpm in a range of +-15 %. The baseline is the best constant tempo from 60 to 140 bpm in steps of 0.25 (field.md
(b) rows 4 and 5). "Largest step" is the largest change of mean tempo between neighbouring spans of a layout, in percent.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np

from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, FrameSpan, seconds_to_samples
from hitpoint.tempo import TempoSettings, best_constant_tempo, solve_tempo
from hitpoint.tempo.solver import whole_beats

RATES = (
    FrameRate(24), FrameRate(25), FrameRate(24000, 1001), FrameRate(30000, 1001), FrameRate(30), FrameRate(50),
)  # fmt: skip


def make_cue(rng: np.random.Generator, rate: FrameRate, *, hits: int, duration_s: float, gap_s: float) -> Cue:
    """Return a cue of random hard hits (fewer than asked for where they do not fit)."""
    frames = round(duration_s * float(rate.fps))
    gap = gap_s * float(rate.fps)
    chosen: list[int] = []
    for _ in range(200 * hits):
        frame = int(rng.integers(round(gap), frames - round(gap)))
        if all(abs(frame - other) >= gap for other in chosen):
            chosen.append(frame)
        if len(chosen) == hits:
            break
    bpm = float(rng.uniform(70, 130))
    brief = Brief(palette_id="tense", tempo_range_bpm=(bpm * 0.85, bpm * 1.15), tempo_bpm=bpm, key="D minor")
    points = tuple(
        HitPoint(id=f"h{f}", frame=f, kind=HitKind.ACCENT, weight=round(float(rng.uniform(0.3, 1.0)), 2))
        for f in sorted(chosen)
    )
    return Cue(number="1m1", title="", span=FrameSpan(0, frames), hits=points, brief=brief, exit="ring-out")


def steps_percent(plan: TempoPlan) -> list[float]:
    """Return the change of mean tempo between neighbouring spans between hits, in percent."""
    exact = sorted({p.beats for p in plan.hits if not p.was_softened} | {plan.tempo_map.segments[0].start_beats})
    means = [float((plan.tempo_map.seconds_at(b) - plan.tempo_map.seconds_at(a)) / (b - a)) for a, b in pairwise(exact)]
    return [100 * abs(right / left - 1) for left, right in pairwise(means)]


def report(name: str, rows: list[tuple[Cue, FrameRate, TempoPlan, float]]) -> None:
    """Print the figures of one way of solving."""
    hits = [(planned, rate) for _, rate, plan, _ in rows for planned in plan.hits]
    exact = [p.planned_error_s == 0 for p, _ in hits]
    on_sample = [
        seconds_to_samples(plan.tempo_map.seconds_at(p.beats)) == seconds_to_samples(p.hit.frame * rate.frame_s)
        for _, rate, plan, _ in rows
        for p in plan.hits
    ]
    strong = [p.is_downbeat for p, _ in hits if p.hit.is_strong]
    weak = [p.beat.denominator == 1 for p, _ in hits if not p.hit.is_strong]
    largest = [max(steps_percent(plan), default=0.0) for _, _, plan, _ in rows]
    every = [step for _, _, plan, _ in rows for step in steps_percent(plan)]
    unwritten = [plan.cost.max_step_percent for _, _, plan, _ in rows]
    ms = [1000 * seconds for *_, seconds in rows]
    print(f"{name}")
    print(f"  hits {len(hits)}: exact {np.mean(exact):.1%}, on the sample {np.mean(on_sample):.1%}")
    print(f"  strong ones on downbeats {np.mean(strong):.1%}, weak ones on whole beats {np.mean(weak):.1%}")
    print(
        f"  steps between neighbouring spans: median {np.median(every):.2f} %, 90th percentile "
        f"{np.percentile(every, 90):.2f} %; largest of a layout: median {np.median(largest):.2f} %, "
        f"90th percentile {np.percentile(largest, 90):.2f} %; largest unwritten {max(unwritten):.2f} %"
    )
    print(
        f"  odd bars per layout {np.mean([p.cost.odd_bars for _, _, p, _ in rows]):.2f}, ramps "
        f"{np.mean([p.cost.ramps for _, _, p, _ in rows]):.2f}, new sections "
        f"{np.mean([p.cost.new_sections for _, _, p, _ in rows]):.2f}"
    )
    print(
        f"  time per layout: median {np.median(ms):.1f} ms, 99th percentile {np.percentile(ms, 99):.1f} ms, most {max(ms):.1f} ms"
    )


def solve_all(
    cues: list[tuple[Cue, FrameRate]], settings: TempoSettings
) -> list[tuple[Cue, FrameRate, TempoPlan, float]]:
    rows = []
    for cue, rate in cues:
        began = time.perf_counter()
        plans = solve_tempo(cue, rate=rate, settings=settings)
        rows.append((cue, rate, plans[0], time.perf_counter() - began))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layouts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    cues = []
    for index in range(options.layouts):
        rate = RATES[index % len(RATES)]
        duration_s = float(rng.uniform(45, 180))
        cues.append((make_cue(rng, rate, hits=int(rng.integers(3, 12)), duration_s=duration_s, gap_s=1.5), rate))
    report("solved, half-beats allowed", solve_all(cues, TempoSettings()))
    report("solved, whole beats only", solve_all(cues, whole_beats(TempoSettings())))
    for text, grid in (("any beat", 1), ("downbeats", 4)):
        errors: list[float] = []
        for cue, rate in cues:
            errors += best_constant_tempo(tuple(h.frame for h in cue.hits), rate=rate, grid_beats=grid).errors_frames
        size = np.abs(errors)
        print(
            f"best constant tempo, {text}: within a frame {np.mean(size <= 1):.0%}, mean {np.mean(size):.2f} frames away"
        )
    rate = RATES[0]
    long_cue = make_cue(rng, rate, hits=600, duration_s=7200, gap_s=3)
    for share in (4, 1):
        end = long_cue.span.end_frame // share
        part = replace(long_cue, span=FrameSpan(0, end), hits=tuple(h for h in long_cue.hits if h.frame < end))
        began = time.perf_counter()
        solve_tempo(part, rate=rate)
        print(f"{end / 24 / 3600:g} h, {len(part.hits)} hits: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
