"""Pitch: keys, scales, and chords written as roman numerals. Pitch classes are 0..11 with C = 0.

Numerals are degrees of the palette's own scale: in a minor key `VI` is the major chord on the sixth degree of the
natural minor scale; `b` and `#` alter the degree by a semitone. Upper case has a major third, lower case a minor
one; a suffix changes the colour (`V7`, `isus4`, `iadd9`, `I5` without a third).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}

_FLAT_NAMES = ("C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B")
_SHARP_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
#: Major tonics that are written with sharps; other modes are spelled like the major key that shares their scale.
_SHARP_TONICS = frozenset({7, 2, 9, 4, 11})
_RELATIVE_MAJOR = {"major": 0, "minor": 3, "dorian": 10, "phrygian": 8, "lydian": 7, "mixolydian": 5}
_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_KEY = re.compile(r"^\s*([A-Ga-g])\s*(sharp|flat|[#♯b♭])?\s*-?\s*(m|maj|min|moll|dur|[a-z]+)?\s*$")
_NUMERAL = re.compile(r"^([b#]*)(VII|VI|V|IV|III|II|I|vii|vi|v|iv|iii|ii|i)(.*)$")
_DEGREES = {"I": 0, "II": 1, "III": 2, "IV": 3, "V": 4, "VI": 5, "VII": 6}
_MODE_WORDS = {"": "major", "m": "minor", "maj": "major", "min": "minor", "moll": "minor", "dur": "major"}

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
class Key:
    """A tonic pitch class and one of `SCALES`."""

    tonic: int
    mode: str

    @property
    def is_minor(self) -> bool:
        """Whether the third above the tonic is minor."""
        return 3 in SCALES[self.mode]

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the scale, tonic first."""
        return tuple((self.tonic + step) % 12 for step in SCALES[self.mode])

    def moved(self, semitones: int) -> Key:
        """Return the key transposed."""
        return Key((self.tonic + semitones) % 12, self.mode)

    def name_of(self, pitch_class: int) -> str:
        """Return a pitch class as this key spells it: "E♭" in C minor, "D♯" in E major."""
        is_sharp = (self.tonic + _RELATIVE_MAJOR[self.mode]) % 12 in _SHARP_TONICS
        return (_SHARP_NAMES if is_sharp else _FLAT_NAMES)[pitch_class]

    def __str__(self) -> str:
        return f"{self.name_of(self.tonic)} {self.mode}"


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


def parse_key(text: str) -> Key | None:
    """Return the key named by a text such as "D minor", "f# moll" or "Bb"; None where it is not one."""
    match = _KEY.match(text)
    if match is None:
        return None
    letter, accidental, word = match[1], match[2] or "", (match[3] or "").lower()
    mode = _MODE_WORDS.get(word, word)
    if mode not in SCALES:
        return None
    shift = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}.get(accidental, 0)
    return Key((_LETTERS[letter.lower()] + shift) % 12, mode)


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
    name = _FLAT_NAMES[root] if alteration < 0 else _SHARP_NAMES[root] if alteration > 0 else key.name_of(root)
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
