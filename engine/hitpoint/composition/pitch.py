"""Pitch: keys, scales, and chords written as roman numerals. Pitch classes are 0..11 with C = 0.

Numerals are degrees of the palette's own scale: in a minor key `VI` is the major chord on the sixth degree of the
natural minor scale; `b` and `#` alter the degree by a semitone. Upper case has a major third, lower case a minor
one; a suffix changes the colour (`V7`, `isus4`, `iadd9`, `I5` without a third).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from hitpoint.model.key import FLAT_NAMES, SCALES, SHARP_NAMES, Key

_NUMERAL = re.compile(r"^([b#]*)(VII|VI|V|IV|III|II|I|vii|vi|v|iv|iii|ii|i)(.*)$")
_DEGREES = {"I": 0, "II": 1, "III": 2, "IV": 3, "V": 4, "VI": 5, "VII": 6}

#: Suffix -> intervals above the root; None keeps the triad of the numeral's case and appends the rest.
_COLOURS: dict[str, tuple[int, ...]] = {
    "5": (0, 7),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "dim7": (0, 3, 6, 9),
    "ø7": (0, 3, 6, 10),
    "7sus4": (0, 5, 7, 10),
    "13": (0, 4, 10, 9),  # the fifth is left out, as players do
    "maj7#11": (0, 4, 11, 6),
    "qu": (0, 5, 10),  # in fourths
    "cl": (0, 1, 2, 3),  # a cluster
}
_ADDED: dict[str, tuple[int, ...]] = {
    "": (),
    "7": (10,),
    "maj7": (11,),
    "add9": (2,),
    "6": (9,),
    "69": (9, 2),
    "9": (10, 2),
    "maj9": (11, 2),
    "7b9": (10, 1),
    "7#9": (10, 3),
    "b2": (1,),
}


@dataclass(frozen=True, slots=True)
class ChordShape:
    """A harmony without a place in time: `pitch_classes` has the root first."""

    root: int
    pitch_classes: tuple[int, ...]
    symbol: str

    @property
    def third(self) -> int | None:
        """The pitch class of the third, where the chord has one."""
        for pitch_class in self.pitch_classes:
            if (pitch_class - self.root) % 12 in (3, 4):
                return pitch_class
        return None


@cache
def parse_numeral(numeral: str, key: Key) -> ChordShape:
    """Return the chord that a roman numeral names in a key; ValueError where it is not one."""
    match = _NUMERAL.match(numeral)
    if match is None:
        raise ValueError(f"{numeral!r} is not a chord such as VI, bII or isus4")
    accidentals, roman, suffix = match[1], match[2], match[3]
    alteration = accidentals.count("#") - accidentals.count("b")
    root = (key.tonic + SCALES[key.mode][_DEGREES[roman.upper()]] + alteration) % 12
    is_minor = roman.islower()
    if suffix in _COLOURS:
        intervals = _COLOURS[suffix]
    elif suffix in _ADDED:
        intervals = (0, 3 if is_minor else 4, 7, *_ADDED[suffix])
    else:
        known = ", ".join(sorted(name for name in (*_COLOURS, *_ADDED) if name))
        raise ValueError(f"{numeral!r} has an unknown colour {suffix!r}; choose one of: {known}")
    minor_mark = "m" if is_minor and suffix in _ADDED else ""
    name = FLAT_NAMES[root] if alteration < 0 else SHARP_NAMES[root] if alteration > 0 else key.name_of(root)
    symbol = f"{name}{minor_mark}{suffix}"
    return ChordShape(root, tuple((root + step) % 12 for step in intervals), symbol)


@cache
def melodic_scale(key: Key, chord: ChordShape) -> tuple[int, ...]:
    """Return seven pitch classes to sing over a chord: the key's, bent so that every chord tone is among them."""
    scale = list(key.scale)
    for tone in chord.pitch_classes:
        if tone in scale:
            continue
        neighbours = [
            i for i, step in enumerate(scale) if (tone - step) % 12 in (1, 11) and step not in chord.pitch_classes
        ]
        if neighbours:
            scale[neighbours[0]] = tone
        else:
            scale.append(tone)
    return tuple(sorted(scale))


@cache
def pitches_in(pitch_classes: tuple[int, ...], low_midi: int, high_midi: int) -> tuple[int, ...]:
    """Return all MIDI pitches of some pitch classes in a range, both ends included, rising."""
    wanted = frozenset(pitch_classes)
    return tuple(pitch for pitch in range(low_midi, high_midi + 1) if pitch % 12 in wanted)


def nearest_pitch(choices: tuple[int, ...], target: float) -> int:
    """Return the pitch nearest to a target; the lower one of two equally near. `choices` must not be empty."""
    return min(choices, key=lambda pitch: (abs(pitch - target), pitch))


def fold_into(pitch_midi: int, low_midi: int, high_midi: int) -> int:
    """Return the same pitch class moved by octaves into a range at least eleven semitones wide, as near as possible."""
    while pitch_midi < low_midi:
        pitch_midi += 12
    while pitch_midi > high_midi:
        pitch_midi -= 12
    return pitch_midi
