"""What the composer writes on random cues: its figures on the page, and how long it takes.

    python benchmarks/composition.py [CUES_PER_PALETTE]

Half of the cues have dialogue. Prints two lines per palette: what is right or wrong on the page (medians; "worst" over
all cues), and what tells the palettes apart. Then a two-hour cue. What is heard of it is measured on the mix, by the
benchmark of hits.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median

import numpy as np

from hitpoint.composition import ComposeContext, compose
from hitpoint.composition.figures import WrittenFigures, busyness, players_on_hits, written_figures
from hitpoint.model.music import Composition, Palette
from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.resources import load_instruments, load_palettes
from hitpoint.tempo import solve_tempo

RATES = (FrameRate(24), FrameRate(25), FrameRate(24000, 1001), FrameRate(30000, 1001), FrameRate(60))
KINDS = (HitKind.ACCENT, HitKind.ACCENT, HitKind.TURN, HitKind.PEAK)


@dataclass(frozen=True)
class Row:
    """One composed cue: what was measured on it, and the seconds that composing took."""

    composition: Composition
    cue: Cue
    plan: TempoPlan
    rate: FrameRate
    figures: WrittenFigures
    fewest_players_on_hit: int
    notes_per_s_under_speech: float
    notes_per_s_between: float
    took_s: float
    duration_s: float


def random_score(
    palette: Palette, rng: np.random.Generator, duration_s: float, hits: int, *, has_dialogue: bool = False
) -> Row:
    """Compose a random cue and measure it (the tempo is solved before the clock starts)."""
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
    arc = EmotionArc(hop_s=0.5, valence=valence, arousal=arousal, tension=(arousal + 1) / np.float32(2))
    spoken = spoken_spans(rng, duration_s) if has_dialogue else ()
    started_s = time.perf_counter()
    composition = compose(
        cue,
        plan,
        arc,
        palette=palette,
        instruments=load_instruments(),
        context=ComposeContext(rate=rate, dialogue=spoken),
        rng=rng,
    )
    took_s = time.perf_counter() - started_s
    under, between = busyness(composition, spoken)
    return Row(
        composition=composition,
        cue=cue,
        plan=plan,
        rate=rate,
        figures=written_figures(composition, load_instruments()),
        fewest_players_on_hit=min(players_on_hits(composition, plan).values()),
        notes_per_s_under_speech=under,
        notes_per_s_between=between,
        took_s=took_s,
        duration_s=duration_s,
    )


def spoken_spans(rng: np.random.Generator, duration_s: float) -> tuple[tuple[float, float], ...]:
    """Return lines of 1.5 to 7 s with pauses of 2 to 14 s between them."""
    spans = []
    begin = float(rng.uniform(2, 14))
    while begin < duration_s - 8:
        end = begin + float(rng.uniform(1.5, 7))
        spans.append((begin, end))
        begin = end + float(rng.uniform(2, 14))
    return tuple(spans)


def page_line(name: str, rows: list[Row]) -> str:
    """Return what is right or wrong on the page."""
    figures = [row.figures for row in rows]
    spoken = [row for row in rows if row.notes_per_s_under_speech > 0] or rows
    return (
        f"{name:14s}{sum(f.range_faults for f in figures):6d}"
        f"{median(f.chord_tone_share for f in figures):8.3f}{min(f.chord_tone_share for f in figures):7.3f}"
        f"{median(f.step_share for f in figures):7.2f}{min(f.step_share for f in figures):6.2f}"
        f"{median(f.parallels_per_100_chords for f in figures):7.2f}"
        f"{max(f.parallels_per_100_chords for f in figures):6.2f}"
        f"{max(f.longest_literal_run for f in figures):5d}{max(f.most_literal_blocks for f in figures):7d}"
        f"{sum(f.empty_bars for f in figures):7d}{min(row.fewest_players_on_hit for row in rows):9d}"
        f"{median(f.density_correlation for f in figures):9.2f}"
        f"{median(row.notes_per_s_under_speech for row in spoken):8.2f}"
        f"{median(row.notes_per_s_between for row in spoken):7.2f}"
        f"{median(60 * row.took_s / row.duration_s for row in rows):8.3f}"
    )


def character_line(name: str, rows: list[Row]) -> str:
    """Return what tells the palette apart: tempo, density, key, the busiest players."""
    written = [row.composition for row in rows]
    tempo = median(c.tempo_map.tempo_bpm_at(c.end_beats / 2) for c in written)
    density = median(sum(len(part.notes) for part in row.composition.parts) / row.duration_s for row in rows)
    height = median(
        note.pitch_midi for c in written for part in c.parts if part.role in ("pad", "melody") for note in part.notes
    )
    players = Counter({part.instrument_id: 0 for c in written for part in c.parts})
    for part in (part for c in written for part in c.parts if part.role not in ("impact", "riser")):
        players[part.instrument_id] += len(part.notes)
    busiest = ", ".join(player for player, _ in players.most_common(5))
    return f"{name:14s}{tempo:6.0f}{density:8.1f}{height:7.0f}  {written[0].key:10s} {len(players):3d}  {busiest}"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    rows: dict[str, list[Row]] = {palette_id: [] for palette_id in load_palettes()}
    for palette_id, palette in load_palettes().items():
        for seed in range(count):
            rng = np.random.default_rng(seed)
            duration_s = float(rng.uniform(30, 180))
            hits = int(rng.integers(3, 12))
            rows[palette_id].append(random_score(palette, rng, duration_s, hits, has_dialogue=seed % 2 == 1))
    print(f"{count} cues per palette, 30 to 180 s, 3 to 11 hits")
    print(
        f"{'':14s} range  chord tones     steps    parallels  literal       empty  players  density"
        "   notes/s of moving parts\n"
        f"{'palette':14s}faults  median  worst median worst median worst  run 2 bars   bars  on a hit"
        "    corr.  speech between  s/min"
    )
    for palette_id in rows:
        print(page_line(palette_id, rows[palette_id]))
    print(f"\n{'palette':14s}   bpm notes/s height  key     players  busiest")
    for palette_id in rows:
        print(character_line(palette_id, rows[palette_id]))
    print()
    palette = load_palettes()["tense"]
    for hours in (0.5, 1, 2):
        row = random_score(palette, np.random.default_rng(0), hours * 3600, int(300 * hours))
        notes = sum(len(part.notes) for part in row.composition.parts)
        print(f"{hours:g} h, {int(300 * hours)} hits: {row.took_s:.1f} s for {notes} notes")


if __name__ == "__main__":
    main()
