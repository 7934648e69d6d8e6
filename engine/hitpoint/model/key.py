"""Keys: a tonic and a mode, and how they are written. Pitch classes are 0..11 with C = 0."""

from __future__ import annotations

import re
from dataclasses import dataclass

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}

FLAT_NAMES = ("C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B")
SHARP_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
#: Major tonics that are written with sharps; other modes are spelled like the major key that shares their scale.
_SHARP_TONICS = frozenset({7, 2, 9, 4, 11})
_RELATIVE_MAJOR = {"major": 0, "minor": 3, "dorian": 10, "phrygian": 8, "lydian": 7, "mixolydian": 5}
_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_KEY = re.compile(r"^\s*([A-Ga-g])\s*(sharp|flat|[#♯b♭])?\s*-?\s*(m|maj|min|moll|dur|[a-z]+)?\s*$")
_MODE_WORDS = {"": "major", "m": "minor", "maj": "major", "min": "minor", "moll": "minor", "dur": "major"}


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

    @property
    def relative_major(self) -> int:
        """Tonic of the major key with the same notes."""
        return (self.tonic + _RELATIVE_MAJOR[self.mode]) % 12

    def moved(self, semitones: int) -> Key:
        """Return the key transposed."""
        return Key((self.tonic + semitones) % 12, self.mode)

    def name_of(self, pitch_class: int) -> str:
        """Return a pitch class as this key spells it: "E♭" in C minor, "D♯" in E major."""
        is_sharp = self.relative_major in _SHARP_TONICS
        return (SHARP_NAMES if is_sharp else FLAT_NAMES)[pitch_class]

    def __str__(self) -> str:
        return f"{self.name_of(self.tonic)} {self.mode}"


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
