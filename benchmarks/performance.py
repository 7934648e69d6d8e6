"""What players do with the page: random cues, composed and performed, measured on the played notes and on CC11.

    python benchmarks/performance.py [CUES_PER_PALETTE]

Prints per palette: the share of held notes on another preset than their instrument's plain one; runs of three notes
in a row on one pitch that are equal in velocity and length (hits and struck instruments left out), and how many there
are when nobody is human; by how many dB players move CC11 beside the dynamic line as written, in phrases of singing
lines and in long notes of pads that do not begin on a hit (medians); the latest breath of the tempo and how much of it
is left within half a second before a hit; hits that are not on their sample.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import pairwise
from statistics import median

import numpy as np
from composition import Row, random_score

from hitpoint.model.music import AttackTable, Instrument, Performance, PerformedPart
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance import load_articulations, perform
from hitpoint.performance.breathing import plan_breathing
from hitpoint.performance.phrases import phrase_spans
from hitpoint.resources import load_instruments, load_palettes

#: No attack compensation: notes are sent when they are meant to be heard.
NO_ATTACKS = AttackTable(soundfont="", attack_s={})
NEAR_S = 0.5


def played(row: Row, *, humanise: float) -> Performance:
    return perform(
        row.composition,
        cue=row.cue,
        plan=row.plan,
        instruments=load_instruments(),
        articulations=load_articulations(),
        attack_table=NO_ATTACKS,
        rate=row.rate,
        rng=np.random.default_rng(0),
        humanise=humanise,
    )


def held_parts(performance: Performance) -> list[tuple[PerformedPart, Instrument]]:
    pairs = [(part, load_instruments()[part.instrument_id]) for part in performance.parts]
    return [(part, instrument) for part, instrument in pairs if not instrument.is_percussive]


def three_equal(performance: Performance) -> int:
    runs = 0
    for part, _ in held_parts(performance):
        by_pitch: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for note in part.notes:
            if not note.hit_id:
                by_pitch[note.pitch_midi].append((note.velocity, note.duration_samples))
        runs += sum(
            a == b == c for line in by_pitch.values() for a, b, c in zip(line, line[1:], line[2:], strict=False)
        )
    return runs


def swing_db(human: PerformedPart, even: PerformedPart, start: int, end: int) -> float:
    """Return how far the player's CC11 moves beside the written one between two samples."""
    at = np.arange(start, end, SAMPLE_RATE_HZ // 50)

    def values(part: PerformedPart) -> np.ndarray:
        if not part.controls:
            return np.full(len(at), 127)
        samples = [change.sample for change in part.controls]
        index = np.maximum(np.searchsorted(samples, at, side="right") - 1, 0)
        return np.maximum(np.array([change.value for change in part.controls])[index], 1)

    return float(np.ptp(40.0 * np.log10(values(human) / values(even))))


def swings(row: Row, human: Performance, even: Performance) -> tuple[list[float], list[float]]:
    """Return the swings in dB of the phrases of singing lines, and of the long notes of pads."""
    tempo_map, roles = row.composition.tempo_map, {part.id: part.role for part in row.composition.parts}
    spans = [
        (tempo_map.sample_at(span.start_beats), tempo_map.sample_at(span.end_beats))
        for span in phrase_spans(row.composition)
    ]
    hits = {tempo_map.sample_at(planned.beats) for planned in row.plan.hits}
    singing, held = [], []
    for ours, theirs in zip(human.parts, even.parts, strict=True):
        if load_instruments()[ours.instrument_id].is_percussive:
            continue
        starts = [note.onset_sample for note in theirs.notes]
        if roles[ours.part_id] in ("melody", "counter"):
            singing += [swing_db(ours, theirs, a, b) for a, b in spans if any(a <= start < b for start in starts)]
        elif roles[ours.part_id] == "pad":
            gaps = [(a, b) for a, b in pairwise(sorted(set(starts))) if b - a > 2 * SAMPLE_RATE_HZ and a not in hits]
            held += [swing_db(ours, theirs, a, b) for a, b in gaps]
    return singing, held


def breaths_ms(row: Row) -> tuple[float, float]:
    """Return the largest shared displacement of a written note, and the largest within half a second before a hit."""
    tempo_map = row.composition.tempo_map
    breathing = plan_breathing(row.composition, hit_beats=[hit.beats for hit in row.plan.hits], seed=0, humanise=1.0)
    hits_s = [float(tempo_map.seconds_at(hit.beats)) for hit in row.plan.hits]
    late, near = 0.0, 0.0
    for beats in {note.onset_beats for part in row.composition.parts for note in part.notes}:
        shift_ms = breathing.late_samples(beats) / SAMPLE_RATE_HZ * 1000
        at_s = float(tempo_map.seconds_at(beats))
        late = max(late, shift_ms)
        if any(0.0 <= hit_s - at_s <= NEAR_S for hit_s in hits_s):
            near = max(near, shift_ms)
    return late, near


def missed_hits(row: Row, human: Performance) -> int:
    wanted = {
        planned.hit.id: row.composition.tempo_map.sample_at(planned.beats)
        for planned in row.plan.hits
        if planned.hit.is_hard and not planned.was_softened
    }
    notes = [note for part in human.parts for note in part.notes if note.hit_id in wanted]
    return sum(note.sounding_sample != wanted[note.hit_id] for note in notes)


def line(name: str, rows: list[Row]) -> str:
    human, even = ([played(row, humanise=humanise) for row in rows] for humanise in (1.0, 0.0))
    notes = [
        (note.bank, note.program) != (instrument.bank, instrument.program)
        for performance in human
        for part, instrument in held_parts(performance)
        for note in part.notes
    ]
    pairs = [swings(row, h, e) for row, h, e in zip(rows, human, even, strict=True)]
    singing, held = ([swing for pair in pairs for swing in pair[kind]] for kind in (0, 1))
    breaths = [breaths_ms(row) for row in rows]
    return (
        f"{name:14s}{np.mean(notes):8.1%}{sum(map(three_equal, human)):8d}{sum(map(three_equal, even)):6d}"
        f"{median(singing or [0.0]):9.1f}{median(held or [0.0]):8.1f}"
        f"{max(late for late, _ in breaths):9.1f}{max(near for _, near in breaths):8.1f}"
        f"{sum(missed_hits(row, h) for row, h in zip(rows, human, strict=True)):8d}"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    print(f"{count} cues per palette, 30 to 120 s, 3 to 8 hits")
    print(
        f"{'':14s}   other   three equal   CC11 swing, dB   breath, ms     hits\n"
        f"{'palette':14s}  preset  human  even  phrases   notes  latest  at hits  off"
    )
    for palette_id, palette in load_palettes().items():
        rngs = [np.random.default_rng(seed) for seed in range(count)]
        rows = [random_score(palette, rng, float(rng.uniform(30, 120)), int(rng.integers(3, 9))) for rng in rngs]
        print(line(palette_id, rows))


if __name__ == "__main__":
    main()
