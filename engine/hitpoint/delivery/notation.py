"""From written beats to what can be notated: tied note values, voices, spelled pitches. No file format here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.music import Note

_TYPE_NAMES = ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th")

#: Onsets and lengths with these denominators (in quarters) can be written; others are moved to the nearest 1/48.
_WRITABLE_DENOMINATORS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 12, 16})
_GRID = 48

#: Steps on the line of fifths from a mode's tonic to its key signature.
_MODE_FIFTHS = {
    "major": 0,
    "ionian": 0,
    "lydian": 1,
    "mixolydian": -1,
    "dorian": -2,
    "minor": -3,
    "aeolian": -3,
    "phrygian": -4,
    "locrian": -5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteValue:
    """One printable value: `type_name` with `dots`, or `actual` in the time of `normal`; "" cannot be printed."""

    start_beats: Fraction
    duration_beats: Fraction
    type_name: str
    dots: int = 0
    actual: int = 1
    normal: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicedNote:
    """A note on the notation's grid, in a voice (from 1) in which nothing else overlaps it but its own chord."""

    start_beats: Fraction
    end_beats: Fraction
    pitch_midi: int
    voice: int


def _value_table() -> dict[Fraction, tuple[str, int, int, int]]:
    table: dict[Fraction, tuple[str, int, int, int]] = {}
    for index, name in enumerate(_TYPE_NAMES):
        plain = Fraction(4, 2**index)
        table[plain] = (name, 0, 1, 1)
        table[plain * 3 / 2] = (name, 1, 1, 1)
        for actual, normal in ((3, 2), (5, 4), (7, 4)):
            table.setdefault(plain * normal / actual, (name, 0, actual, normal))
    return table


_VALUES = _value_table()
_PLAIN_VALUES = sorted((v for v, row in _VALUES.items() if row[2] == 1), reverse=True)


def note_values(start_beats: Fraction, end_beats: Fraction, bar_lines: Sequence[Fraction]) -> list[NoteValue]:
    """Return the tied values of a note: split at bar lines, tuplets split at beats, each as large as possible."""
    values: list[NoteValue] = []
    at = start_beats
    while at < end_beats:
        stop = min([end_beats, *(line for line in bar_lines if at < line < end_beats)])
        values.append(_first_value(at, stop))
        at += values[-1].duration_beats
    return values


def _first_value(at: Fraction, stop: Fraction) -> NoteValue:
    length = stop - at
    if _is_binary(at) and _is_binary(length):
        length = next((value for value in _PLAIN_VALUES if value <= length), length)
    elif _is_binary(at) and length > 1:
        length = Fraction(math.floor(length))  # whole beats first, the tuplet after them
        length = next(value for value in _PLAIN_VALUES if value <= length)
    else:
        length = min(length, math.floor(at) + 1 - at)
    name, dots, actual, normal = _VALUES.get(length, ("", 0, 1, 1))
    return NoteValue(start_beats=at, duration_beats=length, type_name=name, dots=dots, actual=actual, normal=normal)


def _is_binary(beats: Fraction) -> bool:
    return beats.denominator & (beats.denominator - 1) == 0


def voiced(notes: Iterable[Note]) -> tuple[list[VoicedNote], int]:
    """Return the notes on a writable grid, in voices, and how many onsets had to be moved to it (under 1/96 beat)."""
    moved = 0
    spans: dict[tuple[Fraction, Fraction], set[int]] = {}
    for note in notes:
        start = _on_grid(note.onset_beats)
        moved += start != note.onset_beats
        end = max(_on_grid(note.onset_beats + note.duration_beats), start + Fraction(1, 16))
        spans.setdefault((start, end), set()).add(note.pitch_midi)
    free_from: list[Fraction] = []
    placed: list[VoicedNote] = []
    for (start, end), pitches in sorted(spans.items(), key=lambda item: (item[0][0], -item[0][1])):
        voice = next((v for v, free in enumerate(free_from) if free <= start), len(free_from))
        free_from[voice : voice + 1] = [end]
        placed += [
            VoicedNote(start_beats=start, end_beats=end, pitch_midi=pitch, voice=voice + 1) for pitch in sorted(pitches)
        ]
    return placed, moved


def _on_grid(beats: Fraction) -> Fraction:
    if beats.denominator in _WRITABLE_DENOMINATORS:
        return beats
    return Fraction(round(beats * _GRID), _GRID)


def key_fifths(key: str) -> tuple[int, str]:
    """Return (sharps, mode) of "D minor", "E♭ lydian"; (0, "major") for a key that has no signature."""
    tonic, _, mode = key.replace("♭", "b").replace("♯", "#").partition(" ")
    if not tonic or tonic[0] not in "FCGDAEB" or mode not in _MODE_FIFTHS:
        return 0, "major"
    fifths = "FCGDAEB".index(tonic[0]) - 1 + 7 * (tonic.count("#") - tonic[1:].count("b")) + _MODE_FIFTHS[mode]
    return (fifths + 6) % 12 - 6 if abs(fifths) > 7 else fifths, mode


def spell(pitch_midi: int, fifths: int) -> tuple[str, int, int]:
    """Return (step, alteration, octave) of a pitch, spelled near a key on the line of fifths; 60 is ("C", 0, 4)."""
    lowest = fifths - 3
    place = lowest + (pitch_midi * 7 - lowest) % 12
    step = "FCGDAEB"[(place + 1) % 7]
    alter = (place + 1) // 7
    octave = (pitch_midi - alter) // 12 - 1
    return step, alter, octave
