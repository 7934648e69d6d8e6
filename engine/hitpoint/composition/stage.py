"""What every texture writes from and onto: the finished plan of a cue, and drafts of notes."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from hitpoint.composition.clock import Clock
from hitpoint.composition.context import Speech
from hitpoint.composition.form import Bar, Form
from hitpoint.composition.intensity import Feeling
from hitpoint.composition.moments import Moment, Silence
from hitpoint.composition.motif import Motif
from hitpoint.composition.style import Layer, Style
from hitpoint.composition.voicing import VoicedChord
from hitpoint.model.music import Instrument, ThemeUse


@dataclass(slots=True)
class Draft:
    """A note on its way: like a `Note`, but velocity may still be any number."""

    onset: Fraction
    duration: Fraction
    pitch: int
    velocity: float
    articulation: str = ""
    hit_id: str = ""

    @property
    def end(self) -> Fraction:
        """Where the note ends, in beats."""
        return self.onset + self.duration


@dataclass(slots=True)
class Line:
    """All drafts of one part: one instrument in one role."""

    id: str
    role: str
    instrument: Instrument
    stem: str
    drafts: list[Draft] = field(default_factory=list)
    uses: list[ThemeUse] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tune:
    """What the melody sings, for those who accompany it: (onset, end, pitch) sorted by onset, one voice."""

    notes: tuple[tuple[Fraction, Fraction, int], ...] = ()

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Tune:
        """Return the tune of all melody lines; where several double it, the lowest."""
        notes: dict[Fraction, tuple[Fraction, Fraction, int]] = {}
        for line in lines:
            if line.role == "melody":
                for draft in line.drafts:
                    known = notes.get(draft.onset)
                    if known is None or draft.pitch < known[2]:
                        notes[draft.onset] = (draft.onset, draft.end, draft.pitch)
        return cls(tuple(notes[onset] for onset in sorted(notes)))

    def between(self, start: Fraction, end: Fraction) -> tuple[tuple[Fraction, Fraction, int], ...]:
        """Return the notes that sound in a stretch of beats."""
        first = max(0, bisect.bisect_right(self.notes, start, key=lambda note: note[0]) - 1)
        found = []
        for note in self.notes[first:]:
            if note[0] >= end:
                break
            if note[1] > start:
                found.append(note)
        return tuple(found)

    def at(self, beats: Fraction) -> int | None:
        """Return the pitch that sounds at a beat; None where the tune rests."""
        index = bisect.bisect_right(self.notes, beats, key=lambda note: note[0]) - 1
        return self.notes[index][2] if index >= 0 and self.notes[index][1] > beats else None


@dataclass(frozen=True)
class Stage:
    """The plan of one cue, ready to be written out.

    `themes` are motifs from a beat on, sorted; `tune` is the melody, once it is written.
    """

    style: Style
    instruments: Mapping[str, Instrument]
    clock: Clock
    feeling: Feeling
    form: Form
    chords: tuple[VoicedChord, ...]
    moments: tuple[Moment, ...]
    silences: tuple[Silence, ...]
    speech: Speech
    themes: tuple[tuple[Fraction, Motif], ...]
    end_beats: Fraction
    tune: Tune = Tune()
    chord_starts: tuple[Fraction, ...] = field(init=False)
    _chord_places: tuple[float, ...] = field(init=False, repr=False, compare=False)  # the same, quick to compare

    def __post_init__(self) -> None:
        object.__setattr__(self, "chord_starts", tuple(chord.slot.start_beats for chord in self.chords))
        object.__setattr__(self, "_chord_places", tuple(float(start) for start in self.chord_starts))

    def intensity_at(self, beats: Fraction | float) -> float:
        """Return the planned intensity (0..1) at a beat."""
        return self.feeling.at(self.feeling.intensity, self.clock.seconds_at(beats))

    def chord_at(self, beats: Fraction) -> VoicedChord:
        """Return the chord that sounds at a beat."""
        return self.chords[max(0, bisect.bisect_right(self._chord_places, float(beats)) - 1)]

    def chords_between(self, start: Fraction, end: Fraction) -> Iterator[tuple[Fraction, Fraction, VoicedChord]]:
        """Yield (start, end, chord) for the chords of a stretch of beats, cut to it."""
        index = max(0, bisect.bisect_right(self._chord_places, float(start)) - 1)
        while index < len(self.chords) and self.chord_starts[index] < end:
            chord = self.chords[index]
            yield max(start, chord.slot.start_beats), min(end, chord.slot.end_beats), chord
            index += 1

    def motif_at(self, beats: Fraction) -> Motif:
        """Return the motif in force at a beat."""
        index = max(0, bisect.bisect_right(self.themes, beats, key=lambda row: row[0]) - 1)
        return self.themes[index][1]

    def register(self, layer: Layer, beats: Fraction) -> tuple[int, int]:
        """Return a layer's register at a beat: where the palette puts it, moved as the feeling asks.

        It never leaves what the layer's leading player can play; a ground stays where it is.
        """
        low, high = layer.register
        if layer.role in ("ground", "percussion"):
            return low, high
        player = self.instruments[layer.instruments[0]]
        shift = round(self.form.bar_at(beats).means.register_shift_semitones)
        shift = min(shift, max(0, player.high_midi - high)) if shift > 0 else max(shift, min(0, player.low_midi - low))
        return low + shift, high + shift

    def velocity(self, layer: Layer, beats: Fraction, accent: float = 0.0) -> float:
        """Return the written velocity of a layer's note: the intensity here, plus an accent."""
        low, high = layer.velocity
        return low + (high - low) * self.intensity_at(beats) + accent


def is_strong_place(bar: Bar, onset: Fraction) -> bool:
    """Return whether a place in the bar carries weight: its first and third beat (third eighth in 5/8, 7/8 ...)."""
    place = onset - bar.start_beats
    if bar.length_beats.denominator == 2 and place == 1:
        return True
    return place % 2 == 0


def metric_accent(bar: Bar, onset: Fraction) -> float:
    """Return the accent of a place in the bar: downbeats lean, off-beats are lighter."""
    place = onset - bar.start_beats
    if place == 0:
        return 6.0
    if place.denominator == 1:
        return 2.0 if place % 2 == 0 else 0.0
    return -4.0 if place.denominator == 2 else -7.0
