"""What can be measured on written music without ears (music.md §9)."""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hitpoint.model.music import Composition, Instrument, Note, Part
from hitpoint.model.spotting import HitKind
from hitpoint.model.tempo_plan import TempoPlan

_SINGING = ("melody", "counter")
#: Roles whose literal repetition would be heard as a loop; held notes and hits are no bars of their own.
_MOVING = ("pulse", "melody", "counter", "percussion", "colour")
_WHOLE_TONE = 2
#: Within a line, notes further apart than this do not belong together.
_LONGEST_REST_BEATS = 1

Bars = dict[int, list[tuple[Fraction, Fraction, int]]]


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
    step_share : float, 0..1
        Melodic moves of a whole tone at most, among all moves of the melody inside its phrases.
    longest_literal_run : int
        Most bars in a row that a moving part plays literally the same.
    most_literal_blocks : int
        How often, at the most, a moving part plays the same two bars in the whole cue.
    empty_bars : int
        Bars in which nothing sounds although the plan asks for music.
    density_correlation : float, -1..1
        Planned intensity of a bar against sounding notes per second in it.
    """

    range_faults: int
    chord_tone_share: float
    parallels_per_100_chords: float
    step_share: float
    longest_literal_run: int
    most_literal_blocks: int
    empty_bars: int
    density_correlation: float


def written_figures(composition: Composition, instruments: Mapping[str, Instrument]) -> WrittenFigures:
    """Return the figures of a composition."""
    lines = composition.tempo_map.bar_lines(composition.chords[-1].onset_beats)
    moving = [_bars(part, lines) for part in composition.parts if part.role in _MOVING]
    return WrittenFigures(
        range_faults=_range_faults(composition, instruments),
        chord_tone_share=_chord_tone_share(composition),
        parallels_per_100_chords=_parallels(composition),
        step_share=_step_share(composition),
        longest_literal_run=max((_longest_run(bars) for bars in moving), default=0),
        most_literal_blocks=max((_most_blocks(bars) for bars in moving), default=0),
        empty_bars=_empty_bars(composition, lines),
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


def _step_share(composition: Composition) -> float:
    steps = moves = 0
    for part in composition.parts:
        if part.role != "melody":
            continue
        for before, note in pairwise(part.notes):
            rest = note.onset_beats - before.onset_beats - before.duration_beats
            if rest <= _LONGEST_REST_BEATS and note.onset_beats > before.onset_beats:
                moves += 1
                steps += abs(note.pitch_midi - before.pitch_midi) <= _WHOLE_TONE
    return steps / moves if moves else 1.0


def _bars(part: Part, lines: tuple[Fraction, ...]) -> Bars:
    bars: Bars = defaultdict(list)
    for note in part.notes:
        bar = bisect.bisect_right(lines, note.onset_beats) - 1
        bars[bar].append((note.onset_beats - lines[bar], note.duration_beats, note.pitch_midi))
    return bars


def _longest_run(bars: Bars) -> int:
    longest = run = 0
    previous = -2
    for bar in sorted(bars):
        run = run + 1 if bar == previous + 1 and bars[bar] == bars[previous] else 1
        longest, previous = max(longest, run), bar
    return longest


def _most_blocks(bars: Bars) -> int:
    blocks = Counter((tuple(bars[bar]), tuple(bars[bar + 1])) for bar in list(bars) if bar + 1 in bars)
    return max(blocks.values(), default=0)


def _empty_bars(composition: Composition, lines: tuple[Fraction, ...]) -> int:
    sounding = np.zeros(len(lines) + 1, dtype=np.int64)
    for part in composition.parts:
        for note in part.notes:
            sounding[bisect.bisect_right(lines, note.onset_beats) - 1] += 1
            sounding[bisect.bisect_left(lines, note.onset_beats + note.duration_beats)] -= 1
    is_silent = np.cumsum(sounding[:-1]) == 0
    return int(sum(_planned(composition, line) > 0 for line, empty in zip(lines, is_silent, strict=True) if empty))


def _planned(composition: Composition, beats: Fraction) -> float:
    elapsed_s = float(composition.tempo_map.seconds_at(beats) - composition.tempo_map.start_s)
    row = min(len(composition.intensity) - 1, round(elapsed_s / composition.intensity_hop_s))
    return float(composition.intensity[row])


def players_on_hits(composition: Composition, plan: TempoPlan) -> dict[str, int]:
    """Return how many parts strike each hit on exactly its beat, by hit id; silences are left out."""
    onsets = Counter(beats for part in composition.parts for beats in {note.onset_beats for note in part.notes})
    return {hit.hit.id: onsets[hit.beats] for hit in plan.hits if hit.hit.kind is not HitKind.SILENCE}


def busyness(composition: Composition, spans_s: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return written notes per second of everything that moves, inside some record-second spans and outside them.

    `spans_s` are sorted and do not overlap.
    """
    starts = [start for start, _ in spans_s]
    inside = outside = 0
    for part in composition.parts:
        if part.role in _MOVING:
            for note in part.notes:
                at_s = float(composition.tempo_map.seconds_at(note.onset_beats))
                span = bisect.bisect_right(starts, at_s) - 1
                is_inside = span >= 0 and at_s < spans_s[span][1]
                inside, outside = inside + is_inside, outside + (not is_inside)
    spoken_s = sum(end - start for start, end in spans_s)
    whole_s = float(composition.tempo_map.seconds_at(composition.end_beats) - composition.tempo_map.start_s)
    return inside / max(1e-9, spoken_s), outside / max(1e-9, whole_s - spoken_s)


def _density_correlation(composition: Composition, lines: tuple[Fraction, ...]) -> float:
    counts = np.zeros(len(lines))
    for part in composition.parts:
        for note in part.notes:
            counts[bisect.bisect_right(lines, note.onset_beats) - 1] += _weight(note)
    seconds = np.array([float(composition.tempo_map.seconds_at(line)) for line in lines])
    edges = np.append(seconds, float(composition.tempo_map.seconds_at(composition.chords[-1].onset_beats)))
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
