"""What the composer writes on random cues: its figures on the page, and how long it takes.

    python benchmarks/composition.py [CUES_PER_PALETTE]

Prints one line per palette (medians; worst where it says so), then a two-hour cue. What is heard of it is measured on
the mix, by the benchmark of hits.
"""

from __future__ import annotations

import sys
import time
from statistics import median

import numpy as np

from hitpoint.composition import ComposeContext, compose
from hitpoint.composition.figures import written_figures
from hitpoint.model.music import Composition, Palette
from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.resources import load_instruments, load_palettes
from hitpoint.tempo import solve_tempo

RATES = (FrameRate(24), FrameRate(25), FrameRate(24000, 1001), FrameRate(30000, 1001), FrameRate(60))
KINDS = (HitKind.ACCENT, HitKind.ACCENT, HitKind.TURN, HitKind.PEAK)


def random_score(palette: Palette, rng: np.random.Generator, duration_s: float, hits: int) -> tuple[Composition, float]:
    """Compose a random cue; return it and the seconds that composing took (the tempo is solved before)."""
    rate = RATES[int(rng.integers(len(RATES)))]
    end_frame = round(duration_s * rate.fps)
    frames = sorted({int(frame) for frame in rng.integers(40, end_frame - 40, hits)})
    points = [
        HitPoint(id=f"h{n}", frame=frame, kind=KINDS[int(rng.integers(4))], weight=float(rng.uniform(0.2, 1)))
        for n, frame in enumerate(frames)
    ]
    points.append(HitPoint(id="out", frame=end_frame, kind=HitKind.OUT, weight=0.8))
    low, high = palette.tempo_range_bpm
    brief = Brief(palette_id=palette.id, tempo_range_bpm=(low, high), tempo_bpm=(low + high) / 2, key=palette.tonics[0])
    cue = Cue(number="1m1", title="", span=FrameSpan(0, end_frame), hits=tuple(points), brief=brief)
    plan = solve_tempo(cue, rate=rate)[0]
    hops = int(duration_s / 0.5) + 2
    x, knots = np.linspace(0, 1, hops), np.linspace(0, 1, max(5, int(duration_s / 20)))
    valence, arousal = (np.interp(x, knots, rng.uniform(-1, 1, len(knots))).astype(np.float32) for _ in range(2))
    arc = EmotionArc(hop_s=0.5, valence=valence, arousal=arousal, tension=(arousal + 1) / 2)
    started_s = time.perf_counter()
    composition = compose(
        cue,
        plan,
        arc,
        palette=palette,
        instruments=load_instruments(),
        context=ComposeContext(rate=rate),
        rng=rng,
    )
    return composition, time.perf_counter() - started_s


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    print(f"{'palette':14s} range faults  chord tones  parallels/100  longest literal run  density corr.  s per minute")
    for palette in load_palettes().values():
        rows = []
        for seed in range(count):
            rng = np.random.default_rng(seed)
            duration_s = float(rng.uniform(30, 180))
            composition, took_s = random_score(palette, rng, duration_s, int(rng.integers(3, 12)))
            rows.append((written_figures(composition, load_instruments()), 60 * took_s / duration_s))
        figures = [row for row, _ in rows]
        print(
            f"{palette.id:14s} {sum(f.range_faults for f in figures):12d} "
            f"{median(f.chord_tone_share for f in figures):12.3f} "
            f"{median(f.parallels_per_100_chords for f in figures):14.2f} "
            f"{max(f.longest_literal_run for f in figures):20d} "
            f"{median(f.density_correlation for f in figures):14.2f} {median(s for _, s in rows):13.3f}"
        )
    palette = load_palettes()["tense"]
    for hours in (0.5, 1, 2):
        composition, took_s = random_score(palette, np.random.default_rng(0), hours * 3600, int(300 * hours))
        notes = sum(len(part.notes) for part in composition.parts)
        print(f"{hours:g} h, {int(300 * hours)} hits: {took_s:.1f} s for {notes} notes")


if __name__ == "__main__":
    main()
