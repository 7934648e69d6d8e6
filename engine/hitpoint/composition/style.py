"""What a palette has to say to the composer, as values (`style_reader` reads and checks them)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.composition.grammar import Language
from hitpoint.model.key import Key

ROLES = ("ground", "pad", "pulse", "melody", "counter", "percussion", "colour")
FIGURES = (
    "sustain", "chords", "ostinato", "theme", "line", "pattern", "sparkle", "arpeggio", "scatter", "swells", "walking",
)  # fmt: skip
SECTION_LABELS = ("establish", "build", "turn", "climax", "aftermath", "tail")
HIT_TONES = ("root", "octaves", "fifth", "chord")
GESTURES = ("roll", "run", "swell", "gliss", "quicken")


@dataclass(frozen=True, slots=True)
class IntensityStyle:
    """How loud the palette gets: `floor` and `ceiling` 0..1, and how hits are prepared and released."""

    floor: float
    ceiling: float
    tension_share: float
    preparation_bars: float
    lift: float
    release: float


@dataclass(frozen=True, slots=True)
class FormStyle:
    """Phrase lengths in bars, calm first; `melody_rests` phrases in a row may sing before one rests."""

    phrase_bars: tuple[int, ...]
    melody_rests: int
    head_only: bool


@dataclass(frozen=True, slots=True)
class HarmonyStyle:
    """Harmonic language: bars per chord when calm, moving and agitated; pedal from a tension on; keys after a turn."""

    minor: Language
    major: Language
    bars_per_chord: tuple[Fraction, Fraction, Fraction]
    pedal_tension: float
    turn_shifts: tuple[int, ...]

    def for_key(self, key: Key) -> Language:
        """Return the language for a key's mode."""
        return self.minor if key.is_minor else self.major


@dataclass(frozen=True, slots=True)
class MotifStyle:
    """What motifs are made from: rhythms in beats, and characteristic leaps in scale steps."""

    rhythms: tuple[tuple[Fraction, ...], ...]
    leaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One written line of the orchestra and when it plays.

    Attributes
    ----------
    instruments : tuple of str
        The theme hands on from one to the next phrase by phrase; other figures are played by the first, and the
        rest double it from `double_from` on, moved by `double_shift` semitones.
    active : (float, float)
        Intensity from which and up to which the layer plays.
    velocity : (float, float)
        At intensity 0 and 1.
    voices : tuple of int
        Which voices of the chord (0 lowest of four) a chordal layer plays; it takes more of them as intensity rises.
    cells : three tuples of str
        Rhythms for calm, moving and driving bars, `grid` beats per character: "." rests; digits are chord tones
        (0 the root, 1 the next above …), "n" the scale's next note above the one before;
        in percussion "o", "x", "X" are soft, plain, accented.
    """

    id: str
    role: str
    figure: str
    instruments: tuple[str, ...]
    register: tuple[int, int]
    active: tuple[float, float]
    velocity: tuple[float, float]
    double_from: float
    double_shift: int
    voices: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...]
    grid: Fraction
    articulation: str
    sections: tuple[str, ...]
    length: float


@dataclass(frozen=True, slots=True)
class HitRow:
    """One instrument's share in a hit. `force` is the span of force (0..1) in which it takes part."""

    kinds: tuple[str, ...]
    instrument: str
    tones: tuple[str, ...]
    keys: tuple[int, ...]
    register: tuple[int, int]
    velocity: tuple[float, float]
    duration_s: float
    force: tuple[float, float]


@dataclass(frozen=True, slots=True)
class PreparationRow:
    """One instrument's way of leading into a hit: one of `GESTURES` over some beats before it."""

    gesture: str
    instrument: str
    keys: tuple[int, ...]
    register: tuple[int, int]
    velocity: tuple[float, float]
    beats: Fraction
    kinds: tuple[str, ...]
    force: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mood:
    """What a mood word of the editor changes: tension added, and "major", "minor" or "" for the mode."""

    tension: float
    mode: str


@dataclass(frozen=True, slots=True)
class Style:
    """All that a palette tells the composer."""

    palette_id: str
    intensity: IntensityStyle
    form: FormStyle
    harmony: HarmonyStyle
    motif: MotifStyle
    layers: tuple[Layer, ...]
    hits: tuple[HitRow, ...]
    preparations: tuple[PreparationRow, ...]
    moods: Mapping[str, Mood]
    idioms: Mapping[str, float]  # idiom of a hit -> how much more, or less, than usual this palette likes it
    home_key: Key
