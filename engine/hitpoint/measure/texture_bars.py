"""What recurs from bar to bar: pitch classes, rhythm, literal repetition, note values.

Every function returns None where the texture is too short or too empty to say anything.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise
from statistics import fmean

from hitpoint.measure.texture import Texture, TextureNote

#: Onsets are compared on this grid: 64 positions in a bar of 4/4, as Wu and Yang have it.
_GRID_PER_BEAT = 16
_ENTROPY_BARS = 8
#: Up to this rest, the value of a note reaches to the next one: a staccato quarter is a quarter.
_LONGEST_REST_BEATS = 1
#: Note values that are told apart, in quarter notes: a length between two of them is taken for the nearer by ratio, so
#: that a chord of three seconds counts as what it is nearest to, and no longer than two bars.
USUAL_VALUES_BEATS = (
    *(Fraction(1, parts) for parts in (8, 6, 4, 3)),
    *(Fraction(value) for value in ("3/8", "1/2", "2/3", "3/4", "1", "4/3", "3/2", "2", "3", "4", "6", "8")),
)


def entropy_bits(counts: Iterable[int]) -> float:
    """Return Shannon's entropy of a distribution given as counts, in bits; 0 for none."""
    known = [count for count in counts if count > 0]
    total = sum(known)
    return -sum(count / total * math.log2(count / total) for count in known) if total else 0.0


def pitch_class_entropy_bits(texture: Texture) -> float | None:
    """Return the entropy of the pitch-class histogram of 8 bars, 0..3.58 bits, mean over all runs of 8 bars.

    Definition H of Wu & Yang, "The Jazz Transformer on the Front Line" (ISMIR 2020), who take 1 and 4 bars: every note
    of a pitched voice counts once, in the bar in which it starts.
    """
    histograms: list[Counter[int]] = [Counter() for _ in range(texture.bars)]
    for note in texture.pitched_notes():
        histograms[texture.bar_at(note.onset_beats)][note.pitch_midi % 12] += 1
    entropies = []
    for first in range(texture.bars - _ENTROPY_BARS + 1):
        window = sum(histograms[first : first + _ENTROPY_BARS], Counter())
        if window:
            entropies.append(entropy_bits(window.values()))
    return fmean(entropies) if entropies else None


def _grooves(texture: Texture) -> list[frozenset[int]]:
    """Return the occupied onset positions of every bar."""
    grooves: list[set[int]] = [set() for _ in range(texture.bars)]
    for voice in texture.voices:
        for note in voice.notes:
            bar = texture.bar_at(note.onset_beats)
            grooves[bar].add(int((note.onset_beats - texture.bar_lines_beats[bar]) * _GRID_PER_BEAT))
    return [frozenset(groove) for groove in grooves]


def _equal_neighbours(texture: Texture) -> list[tuple[frozenset[int], frozenset[int], int]]:
    """Return neighbouring bars of the same length, not both empty, with the positions that they have."""
    grooves = _grooves(texture)
    lengths = [right - left for left, right in pairwise(texture.bar_lines_beats)]
    return [
        (grooves[bar], grooves[bar + 1], max(1, int(lengths[bar] * _GRID_PER_BEAT)))
        for bar in range(texture.bars - 1)
        if lengths[bar] == lengths[bar + 1] and (grooves[bar] or grooves[bar + 1])
    ]


def groove_similarity(texture: Texture) -> float | None:
    """Return how alike neighbouring bars are in rhythm, 0..1: one minus the share of positions that differ.

    Definition GS of Wu & Yang (2020), over neighbouring bars: a position of the bar (64 in 4/4) is set where any voice
    starts a note. Sparse rhythms are alike by their empty positions; see `rhythm_overlap`.
    """
    alike = [1 - len(left ^ right) / positions for left, right, positions in _equal_neighbours(texture)]
    return fmean(alike) if alike else None


def rhythm_overlap(texture: Texture) -> float | None:
    """Return the onsets that neighbouring bars share among those that either has, 0..1 (Jaccard), mean over bars."""
    alike = [len(left & right) / len(left | right) for left, right, _ in _equal_neighbours(texture)]
    return fmean(alike) if alike else None


def _bar_of(note: TextureNote, texture: Texture) -> tuple[int, tuple[Fraction, Fraction, int]]:
    bar = texture.bar_at(note.onset_beats)
    return bar, (note.onset_beats - texture.bar_lines_beats[bar], note.duration_beats, note.pitch_midi)


def _share_seen_before(bars: Iterable[Hashable]) -> tuple[int, int]:
    seen: set[Hashable] = set()
    again = total = 0
    for bar in bars:
        again, total = again + (bar in seen), total + 1
        seen.add(bar)
    return again, total


def literal_bar_share(texture: Texture) -> float | None:
    """Return the share of sounding bars that equal an earlier bar in every note of every voice, 0..1."""
    bars: dict[int, list[Hashable]] = defaultdict(list)
    for index, voice in enumerate(texture.voices):
        for note in voice.notes:
            bar, written = _bar_of(note, texture)
            bars[bar].append((index, written))
    again, total = _share_seen_before(frozenset(bars[bar]) for bar in sorted(bars))
    return again / total if total else None


def literal_voice_bar_share(texture: Texture) -> float | None:
    """Return the share of a voice's sounding bars that equal an earlier bar of the same voice, 0..1, over all voices.

    Bars in which nothing starts are left out: a held chord is no loop.
    """
    again = total = 0
    for voice in texture.voices:
        bars: dict[int, list[Hashable]] = defaultdict(list)
        for note in voice.notes:
            bar, written = _bar_of(note, texture)
            bars[bar].append(written)
        repeated, sounding = _share_seen_before(frozenset(bars[bar]) for bar in sorted(bars))
        again, total = again + repeated, total + sounding
    return again / total if total else None


def bar_similarity(texture: Texture) -> float | None:
    """Return the mean similarity of all pairs of sounding bars, 0..1: starting (position, pitch) shared among all."""
    bars: dict[int, set[tuple[Fraction, int]]] = defaultdict(set)
    for note in texture.pitched_notes():
        bar, (onset, _, pitch) = _bar_of(note, texture)
        bars[bar].add((onset, pitch))
    alike = [len(left & right) / len(left | right) for left, right in combinations(bars.values(), 2)]
    return fmean(alike) if alike else None


def note_values(notes: Sequence[TextureNote]) -> list[Fraction]:
    """Return the usual values of one voice's notes, chords once: up to the next onset, unless a rest lies between."""
    longest: dict[Fraction, Fraction] = {}
    for note in notes:
        longest[note.onset_beats] = max(note.duration_beats, longest.get(note.onset_beats, Fraction(0)))
    onsets = sorted(longest)
    values = []
    for onset, following in zip(onsets, [*onsets[1:], None], strict=False):
        value = longest[onset]
        if following is not None and following - onset - value <= _LONGEST_REST_BEATS:
            value = following - onset
        values.append(_usual(value))
    return values


@cache
def _usual(value: Fraction) -> Fraction:
    return min(USUAL_VALUES_BEATS, key=lambda usual: abs(math.log(float(value / usual))))


def value_counts(lines: Iterable[Sequence[TextureNote]]) -> Counter[Fraction]:
    """Return how often each usual note value occurs in some lines."""
    counts: Counter[Fraction] = Counter()
    for line in lines:
        counts.update(note_values(line))
    return counts


def duration_entropy_bits(lines: Iterable[Sequence[TextureNote]]) -> float | None:
    """Return the entropy of the usual note values of some lines, in bits: 0 where all are equal."""
    counts = value_counts(lines)
    return entropy_bits(counts.values()) if counts else None
