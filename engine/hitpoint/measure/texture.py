"""Written music as a neutral value, whoever wrote it: a symphony, a quartet, one of our cues.

What is counted on it lies beside: `texture_bars` (what recurs from bar to bar), `texture_line` (the melody),
`texture_harmony` (chords, voice leading, spacing), `texture_figures` (all of it in one value).
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

#: A slower pulse than this inside a bar is not looked for: bars of four quarters and more have a second strong beat.
_HALVED_BAR_BEATS = 4
#: A chord is heard for at most this long after its strong beat.
_SLICE_BEATS = 2


@dataclass(frozen=True, slots=True)
class TextureNote:
    """A written note: quarter notes from the start, pitch 60 is middle C, velocity 1..127 or None where not marked."""

    onset_beats: Fraction
    duration_beats: Fraction
    pitch_midi: int
    velocity: int | None = None

    @property
    def end_beats(self) -> Fraction:
        """Where it stops sounding."""
        return self.onset_beats + self.duration_beats


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One written line, sorted by onset; a section that plays chords, or a hand on the keyboard, is one voice.

    `is_pitched` is false for drums and for effects: they count in rhythm and density, not in what is said of pitches.
    `low_midi`..`high_midi` is what its instrument can play.
    """

    name: str
    notes: tuple[TextureNote, ...]
    is_pitched: bool = True
    low_midi: int = 0
    high_midi: int = 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """A stretch of written music.

    Attributes
    ----------
    bar_lines_beats : tuple of Fraction
        Start of every bar, then the end of the last one; rising. Notes start inside.
    bar_lines_s : tuple of float
        The same in seconds, or empty where no tempo is known.
    melody : tuple of lines
        The line that sings, as stretches of one singer: it may wander from voice to voice, and what lies between two
        stretches is no melodic move. Empty where unknown.
    """

    voices: tuple[Voice, ...]
    bar_lines_beats: tuple[Fraction, ...]
    bar_lines_s: tuple[float, ...] = ()
    melody: tuple[tuple[TextureNote, ...], ...] = ()

    def __post_init__(self) -> None:
        lines = self.bar_lines_beats
        if len(lines) < 2 or any(right <= left for left, right in pairwise(lines)):
            raise ValueError("a texture needs the two ends of at least one bar, rising")
        if self.bar_lines_s and len(self.bar_lines_s) != len(lines):
            raise ValueError(f"{len(self.bar_lines_s)} bar lines in seconds, but {len(lines)} in beats")
        for voice in self.voices:
            for note in (voice.notes[0], voice.notes[-1]) if voice.notes else ():
                if not lines[0] <= note.onset_beats < lines[-1]:
                    raise ValueError(f"a note of {voice.name} at beat {float(note.onset_beats):g} lies in no bar")

    @property
    def bars(self) -> int:
        """How many bars."""
        return len(self.bar_lines_beats) - 1

    @property
    def duration_s(self) -> float | None:
        """How long it lasts; None where no tempo is known."""
        return self.bar_lines_s[-1] - self.bar_lines_s[0] if self.bar_lines_s else None

    def bar_at(self, beats: Fraction) -> int:
        """Return the bar, counted from 0, in which a beat lies."""
        return bisect.bisect_right(self.bar_lines_beats, beats) - 1

    def pitched_notes(self) -> list[TextureNote]:
        """Return all notes of pitched voices, voice by voice."""
        return [note for voice in self.voices if voice.is_pitched for note in voice.notes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What is heard at a strong beat and just after it.

    Attributes
    ----------
    sounding_midi : tuple of int
        Different pitches that start or are held at the strong beat, lowest first.
    weights : tuple of 12 floats
        Beats for which each pitch class sounds; a doubling at the unison counts once, at the octave again.
    """

    start_beats: Fraction
    sounding_midi: tuple[int, ...]
    weights: tuple[float, ...]


def excerpt(texture: Texture, first_bar: int, bars: int) -> Texture:
    """Return some bars of a texture (counted from 0); a note belongs to the bar in which it starts."""
    lines = texture.bar_lines_beats[first_bar : first_bar + bars + 1]
    start, end = lines[0], lines[-1]

    def inside(notes: tuple[TextureNote, ...]) -> tuple[TextureNote, ...]:
        low = bisect.bisect_left(notes, start, key=lambda note: note.onset_beats)
        return notes[low : bisect.bisect_left(notes, end, key=lambda note: note.onset_beats)]

    voices = (
        Voice(
            name=voice.name,
            notes=inside(voice.notes),
            is_pitched=voice.is_pitched,
            low_midi=voice.low_midi,
            high_midi=voice.high_midi,
        )
        for voice in texture.voices
    )
    return Texture(
        voices=tuple(voice for voice in voices if voice.notes),
        bar_lines_beats=lines,
        bar_lines_s=texture.bar_lines_s[first_bar : first_bar + bars + 1],
        melody=tuple(line for line in map(inside, texture.melody) if line),
    )


def highest_line(notes: Iterable[TextureNote]) -> tuple[TextureNote, ...]:
    """Return the highest note of every onset, each ending where the next begins at the latest (the skyline)."""
    highest: dict[Fraction, TextureNote] = {}
    for note in notes:
        known = highest.get(note.onset_beats)
        if known is None or note.pitch_midi > known.pitch_midi:
            highest[note.onset_beats] = note
    line = [highest[onset] for onset in sorted(highest)]
    return tuple(
        TextureNote(
            note.onset_beats,
            min(note.duration_beats, following.onset_beats - note.onset_beats) if following else note.duration_beats,
            note.pitch_midi,
            note.velocity,
        )
        for note, following in zip(line, [*line[1:], None], strict=False)
    )


def strong_beats(bar_lines_beats: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the first beat of every bar, and the middle of bars of four quarter notes or more."""
    strong: list[Fraction] = []
    for start, end in pairwise(bar_lines_beats):
        strong.append(start)
        if end - start >= _HALVED_BAR_BEATS:
            strong.append((start + end) / 2)
    return tuple(strong)


def slices(texture: Texture) -> list[Slice]:
    """Return what is heard from every strong beat to the next, at most two quarter notes long; silent ones left out."""
    starts = strong_beats(texture.bar_lines_beats)
    bounds = [*starts, texture.bar_lines_beats[-1]]
    ends = [min(following, start + _SLICE_BEATS) for start, following in pairwise(bounds)]
    heard: list[dict[int, Fraction]] = [{} for _ in starts]
    sounding: list[set[int]] = [set() for _ in starts]
    for note in texture.pitched_notes():
        index = max(0, bisect.bisect_right(starts, note.onset_beats) - 1)
        while index < len(starts) and starts[index] < note.end_beats:
            overlap = min(ends[index], note.end_beats) - max(starts[index], note.onset_beats)
            if overlap > 0:
                heard[index][note.pitch_midi] = max(overlap, heard[index].get(note.pitch_midi, Fraction(0)))
            if note.onset_beats <= starts[index]:
                sounding[index].add(note.pitch_midi)
            index += 1
    found = []
    for start, lasting, pitches in zip(starts, heard, sounding, strict=True):
        weights = [0.0] * 12
        for pitch, beats in lasting.items():
            weights[pitch % 12] += float(beats)
        if lasting:
            found.append(Slice(start_beats=start, sounding_midi=tuple(sorted(pitches)), weights=tuple(weights)))
    return found
