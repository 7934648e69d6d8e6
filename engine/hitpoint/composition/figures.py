"""What can be measured on written music without ears (music.md §9)."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hitpoint.model.music import Composition, Instrument, Note

_SINGING = ("melody", "counter")
#: Roles whose literal repetition would be heard as a loop; held notes and hits are no bars of their own.
_MOVING = ("pulse", "melody", "counter", "percussion", "colour")


@dataclass(frozen=True, slots=True)
class WrittenFigures:
    """Figures of one composition.

    Attributes
    ----------
    range_faults : int
        Notes outside their instrument.
    chord_tone_share : float, 0..1
        Melody and counter-line notes on strong beats that belong to the chord.
    parallels_per_100_chords : float
        Parallel fifths and octaves between bass and top voice of the held harmony.
    longest_literal_run : int
        Most bars in a row that a moving part plays literally the same.
    density_correlation : float, -1..1
        Planned intensity of a bar against sounding notes per second in it.
    """

    range_faults: int
    chord_tone_share: float
    parallels_per_100_chords: float
    longest_literal_run: int
    density_correlation: float


def written_figures(composition: Composition, instruments: Mapping[str, Instrument]) -> WrittenFigures:
    """Return the figures of a composition."""
    lines = composition.tempo_map.bar_lines(composition.end_beats)
    return WrittenFigures(
        range_faults=_range_faults(composition, instruments),
        chord_tone_share=_chord_tone_share(composition),
        parallels_per_100_chords=_parallels(composition),
        longest_literal_run=_longest_run(composition, lines),
        density_correlation=_density_correlation(composition, lines),
    )


def _range_faults(composition: Composition, instruments: Mapping[str, Instrument]) -> int:
    faults = 0
    for part in composition.parts:
        low, high = instruments[part.instrument_id].low_midi, instruments[part.instrument_id].high_midi
        faults += sum(not low <= note.pitch_midi <= high for note in part.notes)
    return faults


def _chord_tone_share(composition: Composition) -> float:
    starts = [chord.onset_beats for chord in composition.chords]
    good = total = 0
    for part in composition.parts:
        if part.role not in _SINGING:
            continue
        for note in part.notes:
            _, beat = composition.tempo_map.bar_beat_at(note.onset_beats)
            if beat not in (1, 3):
                continue
            chord = composition.chords[max(0, bisect.bisect_right(starts, note.onset_beats) - 1)]
            total += 1
            good += note.pitch_midi % 12 in chord.pitch_classes
    return good / total if total else 1.0


def _parallels(composition: Composition) -> float:
    """Compare the lowest ground note and the highest pad note at the start of neighbouring chords."""
    outer: list[tuple[int, int] | None] = []
    for chord in composition.chords:
        low = _sounding(composition, "ground", chord.onset_beats)
        high = _sounding(composition, "pad", chord.onset_beats)
        outer.append((min(low), max(high)) if low and high else None)
    pairs = [(left, right) for left, right in pairwise(outer) if left is not None and right is not None]
    faults = 0
    for (bass, top), (next_bass, next_top) in pairs:
        same = (top - bass) % 12 == (next_top - next_bass) % 12
        faults += same and (top - bass) % 12 in (0, 7) and (next_bass - bass) * (next_top - top) > 0
    return 100.0 * faults / len(pairs) if pairs else 0.0


def _sounding(composition: Composition, role: str, beats: Fraction) -> list[int]:
    found = []
    for part in composition.parts:
        if part.role == role:
            first = bisect.bisect_left(part.notes, beats - 16, key=lambda note: note.onset_beats)
            last = bisect.bisect_right(part.notes, beats, key=lambda note: note.onset_beats)
            found += [n.pitch_midi for n in part.notes[first:last] if n.onset_beats + n.duration_beats > beats]
    return found


def _longest_run(composition: Composition, lines: tuple[Fraction, ...]) -> int:
    longest = 0
    for part in composition.parts:
        if part.role not in _MOVING:
            continue
        bars: dict[int, list[tuple[Fraction, Fraction, int]]] = defaultdict(list)
        for note in part.notes:
            bar = bisect.bisect_right(lines, note.onset_beats) - 1
            bars[bar].append((note.onset_beats - lines[bar], note.duration_beats, note.pitch_midi))
        run = 0
        previous = -2
        for bar in sorted(bars):
            run = run + 1 if bar == previous + 1 and bars[bar] == bars[previous] else 1
            longest, previous = max(longest, run), bar
    return longest


def _density_correlation(composition: Composition, lines: tuple[Fraction, ...]) -> float:
    counts = np.zeros(len(lines))
    for part in composition.parts:
        for note in part.notes:
            counts[bisect.bisect_right(lines, note.onset_beats) - 1] += _weight(note)
    seconds = np.array([float(composition.tempo_map.seconds_at(line)) for line in lines])
    edges = np.append(seconds, float(composition.tempo_map.seconds_at(composition.end_beats)))
    middles = (edges[:-1] + edges[1:]) / 2 - float(composition.tempo_map.start_s)
    planned = np.interp(
        middles / composition.intensity_hop_s, np.arange(len(composition.intensity)), composition.intensity
    )
    density = counts / np.maximum(0.25, np.diff(edges))
    if len(lines) < 3 or planned.std() == 0 or density.std() == 0:
        return 0.0
    return float(np.corrcoef(planned, density)[0, 1])


def _weight(note: Note) -> float:
    return 0.0 if note.hit_id else 1.0
