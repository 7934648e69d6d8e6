"""Chords as they are heard, voice leading, spacing, ranges.

Chords are inferred from what sounds, for every texture alike: no plan of harmonies is asked, so a cue is judged as a
symphony is. Every function returns None where nothing can be said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import fmean

from hitpoint.measure.texture import Slice, Texture, slices

#: Intervals over the root, simplest first: of equally good ones the first is taken.
_TEMPLATES = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "fifth": (0, 7),
    "diminished": (0, 3, 6),
    "augmented": (0, 4, 8),
    "seventh": (0, 4, 7, 10),
    "minor seventh": (0, 3, 7, 10),
    "major seventh": (0, 4, 7, 11),
    "half-diminished": (0, 3, 6, 10),
    "diminished seventh": (0, 3, 6, 9),
    "suspended fourth": (0, 5, 7),
    "suspended second": (0, 2, 7),
}
#: Two chords fit equally well within this; then the one on the sounding bass is meant.
_EQUAL = 1e-9
_FEWEST_CHORD_TONES = 3
_OCTAVE = 12
#: Low interval limits (music.md §5): lowest lower note of a third, of a second.
_THIRD_FROM_MIDI = 48
_SECOND_FROM_MIDI = 52


@dataclass(frozen=True, slots=True)
class HeardChord:
    """The chord that fits best what sounds: root pitch class 0..11, kind, and all its pitch classes."""

    root: int
    kind: str
    pitch_classes: frozenset[int]


@cache
def _chords() -> tuple[HeardChord, ...]:
    return tuple(
        HeardChord(root, kind, frozenset((root + step) % 12 for step in steps))
        for kind, steps in _TEMPLATES.items()
        for root in range(12)
    )


def heard_chord(weights: Sequence[float], bass_midi: int | None = None) -> HeardChord:
    """Return the chord whose template is nearest in angle to twelve pitch-class weights.

    Template matching with binary templates and cosine similarity, after Fujishima (1999). Among equal fits the root in
    the bass wins, then the simpler chord.
    """
    strength = math.sqrt(sum(weight * weight for weight in weights))
    if strength == 0:
        raise ValueError("no chord can be heard in silence")
    best, best_fit = _chords()[0], -1.0
    for chord in _chords():
        fit = sum(weights[pitch_class] for pitch_class in chord.pitch_classes)
        fit /= strength * math.sqrt(len(chord.pitch_classes))
        is_on_bass = bass_midi is not None and chord.root == bass_midi % 12 != best.root
        if fit > best_fit + _EQUAL or (fit > best_fit - _EQUAL and is_on_bass):
            best, best_fit = chord, fit
    return best


@dataclass(frozen=True, slots=True)
class HeardHarmony:
    """The slices of a texture with the chord heard in each; what the figures below are counted on."""

    slices: tuple[Slice, ...]
    chords: tuple[HeardChord, ...]


def heard_harmony(texture: Texture) -> HeardHarmony:
    """Return what is heard at every strong beat."""
    heard = slices(texture)
    chords = (heard_chord(each.weights, each.sounding_midi[0] if each.sounding_midi else None) for each in heard)
    return HeardHarmony(tuple(heard), tuple(chords))


def chord_tone_share(texture: Texture, harmony: HeardHarmony) -> float | None:
    """Return the share of melody notes starting on strong beats that belong to the chord heard there, 0..1."""
    chords = {each.start_beats: chord for each, chord in zip(harmony.slices, harmony.chords, strict=True)}
    belongs = [
        note.pitch_midi % 12 in chords[note.onset_beats].pitch_classes
        for line in texture.melody
        for note in line
        if note.onset_beats in chords
    ]
    return sum(belongs) / len(belongs) if belongs else None


def chord_fit(harmony: HeardHarmony) -> float | None:
    """Return how much of what sounds belongs to the chord heard, 0..1, mean over strong beats: 1 is pure harmony."""
    fits = [
        sum(each.weights[pitch_class] for pitch_class in chord.pitch_classes) / sum(each.weights)
        for each, chord in zip(harmony.slices, harmony.chords, strict=True)
    ]
    return fmean(fits) if fits else None


def chord_changes_per_bar(texture: Texture, harmony: HeardHarmony) -> float | None:
    """Return how often the heard chord changes its pitch classes from one strong beat to the next, per bar."""
    if not harmony.chords:
        return None
    return sum(left.pitch_classes != right.pitch_classes for left, right in pairwise(harmony.chords)) / texture.bars


def parallels_per_100_changes(harmony: HeardHarmony) -> float | None:
    """Return parallel fifths and octaves between lowest and highest voice, per 100 chord changes."""
    faults, changes = count_parallels(harmony)
    return 100.0 * faults / changes if changes else None


def count_parallels(harmony: HeardHarmony) -> tuple[int, int]:
    """Return (parallel fifths and octaves between lowest and highest voice, chord changes).

    A chord change leads from one strong beat to the next, between different chords of at least three different pitch
    classes each (where all play in octaves, nothing is parallel). A fault: both outer voices move in one direction, a
    fifth, an octave or their compounds apart before and after.
    """
    faults = changes = 0
    for (left, before), (right, after) in pairwise(zip(harmony.slices, harmony.chords, strict=True)):
        is_change = before.pitch_classes != after.pitch_classes
        if is_change and min(_pitch_classes(left), _pitch_classes(right)) >= _FEWEST_CHORD_TONES:
            low, high = left.sounding_midi[0], left.sounding_midi[-1]
            next_low, next_high = right.sounding_midi[0], right.sounding_midi[-1]
            apart = (high - low) % _OCTAVE
            changes += 1
            faults += (
                apart in (0, 7)
                and apart == (next_high - next_low) % _OCTAVE
                and (next_low - low) * (next_high - high) > 0
            )
    return faults, changes


def _pitch_classes(each: Slice) -> int:
    return len({pitch % 12 for pitch in each.sounding_midi})


def _per_100_chords(harmony: HeardHarmony, is_fault: Callable[[int, int], bool], *, first: int) -> float | None:
    """Return the chords with a faulty pair of neighbours, from the `first` pitch upwards, per 100 that have a pair."""
    judged = [each.sounding_midi[first:] for each in harmony.slices if len(each.sounding_midi) > first + 1]
    faults = sum(any(is_fault(low, high) for low, high in pairwise(pitches)) for pitches in judged)
    return 100.0 * faults / len(judged) if judged else None


def wide_gaps_per_100_chords(harmony: HeardHarmony) -> float | None:
    """Return the strong beats at which neighbours above the bass lie more than an octave apart, per 100."""
    return _per_100_chords(harmony, lambda low, high: high - low > _OCTAVE, first=1)


def low_intervals_per_100_chords(harmony: HeardHarmony) -> float | None:
    """Return the strong beats with a third below C3 or a second below E3 (its lower note), per 100."""

    def is_muddy(low: int, high: int) -> bool:
        is_third = high - low in (3, 4) and low < _THIRD_FROM_MIDI
        return is_third or (high - low in (1, 2) and low < _SECOND_FROM_MIDI)

    return _per_100_chords(harmony, is_muddy, first=0)


def pitches_at_once(harmony: HeardHarmony) -> float | None:
    """Return how many different pitches sound at a strong beat, mean."""
    counts = [len(each.sounding_midi) for each in harmony.slices if each.sounding_midi]
    return fmean(counts) if counts else None


def range_faults_per_100_notes(texture: Texture) -> float | None:
    """Return the notes outside their instrument's range, per 100 notes of pitched voices."""
    faults = total = 0
    for voice in texture.voices:
        if voice.is_pitched:
            total += len(voice.notes)
            faults += sum(not voice.low_midi <= note.pitch_midi <= voice.high_midi for note in voice.notes)
    return 100.0 * faults / total if total else None
