"""What is written (beats) and what is played (samples): two families on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.tempo import TempoMap

#: The stems, in the order of the tracks (music.md §8).
STEM_NAMES = ("strings", "brass", "winds", "percussion", "keys-harp", "choir", "synth", "hits")
#: The stem that a neural model makes (`hitpoint.generation`). No instrument plays in it, and no brief can ask for it.
GENERATED_STEM = "generated"
#: Every bus of the desk.
BUS_NAMES = (*STEM_NAMES, GENERATED_STEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One entry of resources/instruments.toml.

    Attributes
    ----------
    bank, program : int
        General MIDI preset, program 0-based; bank 128 is a drum kit.
    low_midi, high_midi : int
        What the instrument can play; a note outside is a bug.
    comfort_low_midi, comfort_high_midi : int
        Where it sounds at ease.
    articulations : dict of str to (bank, program)
        Presets for articulations other than the plain one.
    seat : float, -1 (left) .. 1 (right)
    depth : float, 0 (front) .. 1 (back of the hall)
    gain_db : float
        Balance correction of the sampled sound.
    is_percussive : bool
        Speaks at once and cannot swell.
    """

    id: str
    name: str
    stem: str
    bank: int
    program: int
    low_midi: int
    high_midi: int
    comfort_low_midi: int
    comfort_high_midi: int
    articulations: dict[str, tuple[int, int]]
    seat: float = 0.0
    depth: float = 0.5
    gain_db: float = 0.0
    is_percussive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """One style of resources/palettes/ID.toml.

    Attributes
    ----------
    words : tuple of str
        Lower-case mood words that ask for this palette ("tense", "chase").
    tempo_range_bpm : (float, float)
        Quarter notes per minute.
    tonics : tuple of str
        Keys it likes, best first: "D minor".
    valence, arousal : float, -1..1
        Where the palette lies, for choosing one from the arc.
    tables : dict
        The rest of the file (harmony, rhythm, orchestration, form), which composition reads and checks.
    """

    id: str
    name: str
    description: str
    words: tuple[str, ...]
    tempo_range_bpm: tuple[float, float]
    tonics: tuple[str, ...]
    valence: float
    arousal: float
    tables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackTable:
    """How long sampled sounds take to speak: (bank, program, pitch, velocity) -> seconds from note-on to onset.

    Measured on the SoundFont itself; see `hitpoint.rendering`. Lookups take the nearest measured pitch, then velocity.
    """

    soundfont: str
    attack_s: dict[tuple[int, int, int, int], float]

    def at(self, bank: int, program: int, pitch_midi: int, velocity: int) -> float:
        """Return the attack time in seconds; 0 for a preset that was not measured."""
        best: tuple[int, int] | None = None
        attack = 0.0
        for (known_bank, known_program, pitch, known_velocity), seconds in self.attack_s.items():
            if (known_bank, known_program) == (bank, program):
                distance = (abs(pitch - pitch_midi), abs(known_velocity - velocity))
                if best is None or distance < best:
                    best, attack = distance, seconds
        return attack


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A written note; beats are quarter notes from the cue's first bar, pitch 60 is middle C, velocity 1..127.

    `hit_id` is set on notes that carry a hit point: they are never humanised and always compensated.
    """

    onset_beats: Fraction
    duration_beats: Fraction
    pitch_midi: int
    velocity: int
    articulation: str = ""  # "" the part's own; "short", "long", "tremolo", "pizzicato", "roll" …
    hit_id: str = ""

    def __post_init__(self) -> None:
        if self.duration_beats <= 0:
            raise ValueError(f"note at beat {float(self.onset_beats):g} has no length")
        if not 0 <= self.pitch_midi <= 127 or not 1 <= self.velocity <= 127:
            raise ValueError(f"note at beat {float(self.onset_beats):g}: pitch or velocity out of range")


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicPoint:
    """A point of a part's dynamic line (CC11), level 0..1, linear in beats between points."""

    beats: Fraction
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One written line: `role` is ground, pad, pulse, melody, counter, percussion, colour, riser or impact.

    `instrument_id` names an entry of resources/instruments; `stem` is one of `STEM_NAMES`.
    """

    id: str
    role: str
    instrument_id: str
    stem: str
    notes: tuple[Note, ...]
    dynamics: tuple[DynamicPoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """A harmony: `pitch_classes` 0..11, `root` first; `symbol` such as "Gm" or "E♭maj7"."""

    onset_beats: Fraction
    duration_beats: Fraction
    root: int
    pitch_classes: tuple[int, ...]
    symbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A stretch of form: `label` is establish, build, turn, climax, aftermath or tail; intensity 0..1 at both ends."""

    start_beats: Fraction
    end_beats: Fraction
    label: str
    start_intensity: float
    end_intensity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One phrase of the plan: what its bars do, and why.

    Attributes
    ----------
    first_bar, bars : int
        Number of its first bar, counted from 1, and how many it has.
    label : str
        Of the section that it lies in.
    harmony : str
        In words: "D minor, pedal on A, i bII".
    texture : tuple of (role, instrument ids)
        Who plays.
    theme : str
        Which theme in which form: "Anna, head, inverted"; "" where nobody sings.
    towards_hit_id : str
        The strong hit that the phrase leads to; "" for none.
    """

    start_beats: Fraction
    end_beats: Fraction
    first_bar: int
    bars: int
    label: str
    harmony: str
    texture: tuple[tuple[str, tuple[str, ...]], ...]
    theme: str = ""
    towards_hit_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A motif of a project: scale steps from its first note, durations in beats; `name` is "" for the main theme."""

    name: str
    steps: tuple[int, ...]
    durations: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeUse:
    """One use of a theme: `form` is "whole", or what was done to it ("head, inverted, augmented")."""

    theme: str
    start_beats: Fraction
    form: str
    instrument_id: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HitWriting:
    """How a hit was written: `idiom` names an entry of resources/idioms.toml."""

    hit_id: str
    beats: Fraction
    idiom: str
    approach_beats: Fraction
    aftermath_beats: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A written cue.

    Attributes
    ----------
    phrases : tuple of Phrase
        The plan of the form, in order, without gaps up to the end of the last bar.
    intensity : float32 [shape=(n,)], 0..1
        Planned loudness of the music per hop of `intensity_hop_s`, from the record second `tempo_map.start_s` on.
    end_beats : Fraction
        Where the last written note ends (the tail rings after it).
    """

    cue_number: str
    tempo_map: TempoMap
    key: str
    palette_id: str
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    parts: tuple[Part, ...]
    motif: tuple[int, ...]
    intensity: NDArray[np.float32]
    intensity_hop_s: float
    end_beats: Fraction
    phrases: tuple[Phrase, ...] = ()
    theme_uses: tuple[ThemeUse, ...] = ()
    hit_writings: tuple[HitWriting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformedNote:
    """A played note; samples at 48 kHz counted from record sample 0 of the timeline (may be negative).

    `onset_sample` is when the note is sent (attack compensation already taken off); `sounding_sample` is when it
    is meant to be heard. `written_beats` is where its page has it; None where nobody knows. It makes no difference to
    the sound, so it does not count in comparisons.
    """

    onset_sample: int
    sounding_sample: int
    duration_samples: int
    pitch_midi: int
    velocity: int
    bank: int
    program: int
    hit_id: str = ""
    written_beats: Fraction | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChange:
    """A MIDI controller value 0..127 at a record sample."""

    sample: int
    controller: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformedPart:
    """One played line; bank 128 is a General MIDI drum kit. Notes are sorted by `onset_sample`."""

    part_id: str
    instrument_id: str
    stem: str
    notes: tuple[PerformedNote, ...]
    controls: tuple[ControlChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """A played cue: audio from `start_sample` (record, may lie before the cue's first frame) for `length_samples`.

    The length includes the tail. `fade_in_samples` and `fade_out_end_sample` describe sneak entries and fade exits;
    0 means none.
    """

    cue_number: str
    parts: tuple[PerformedPart, ...]
    start_sample: int
    length_samples: int
    fade_in_samples: int = 0
    fade_out_samples: int = 0  # the last n samples before `fade_out_end_sample`
    fade_out_end_sample: int = 0
    silences: tuple[tuple[int, int], ...] = ()  # record sample spans in which everything is gated off
