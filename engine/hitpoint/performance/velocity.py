"""How hard each note is struck: velocities as a player shapes them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from hitpoint.model.music import Note, Part
from hitpoint.performance.phrases import PEAK_SHARE, PhraseSpan, phrases_of_line

#: Velocity a phrase gains at its highest point and loses at its ends (roles that sing).
_PHRASE_SWELL = 3.0
_SINGING_ROLES = frozenset({"melody", "counter"})
#: Every second of two equal notes in a row is this much lighter, so that none is a copy of the one before.
_REPEAT_LIGHTER = 5.0
_REPEAT_WITHIN_BEATS = Fraction(1)
#: A player's unevenness, plus or minus.
_VELOCITY_SPREAD = 2.0
#: Farthest that `shape_velocities` moves a velocity when a player is as human as people are.
REACH = round(_PHRASE_SWELL + _REPEAT_LIGHTER + _VELOCITY_SPREAD)


def level_at(part: Part, beats: Fraction) -> float:
    """Return the dynamic level 0..1 of a part at a beat; 1 where it has no dynamic line."""
    if not part.dynamics:
        return 1.0
    points = [float(point.beats) for point in part.dynamics]
    return float(np.interp(float(beats), points, [point.level for point in part.dynamics]))


def lighter_repeats(notes: Sequence[Note]) -> list[bool]:
    """Return which notes (sorted by onset) are the lighter ones of repeated pitches: every second one, never a hit."""
    lighter = []
    last_of_pitch: dict[int, tuple[Fraction, bool]] = {}  # pitch -> (end, was it the lighter one)
    for note in notes:
        end, was_lighter = last_of_pitch.get(note.pitch_midi, (None, True))
        is_lighter = (
            not (was_lighter or note.hit_id) and end is not None and note.onset_beats - end < _REPEAT_WITHIN_BEATS
        )
        last_of_pitch[note.pitch_midi] = (note.onset_beats + note.duration_beats, is_lighter)
        lighter.append(is_lighter)
    return lighter


def shape_velocities(
    part: Part,
    notes: Sequence[Note],
    struck: Sequence[float],
    unevenness: Sequence[float],
    *,
    phrases: Sequence[PhraseSpan],
    follows_level: bool,
    humanise: float,
) -> list[int]:
    """Return the played velocity of each note (sorted by onset).

    Parameters
    ----------
    struck : sequence of float
        Velocity of each note as its articulation has it.
    unevenness : sequence of float, -1..1
        A random number per note.
    phrases : sequence of PhraseSpan
        Those that all parts share; without them a line has its own, between its rests.
    follows_level : bool
        The instrument cannot swell: the dynamic line acts on velocities (the same square law) instead of CC11.
    humanise : float, >= 0
        How far a player departs from the page. Notes that carry a hit are not departed from.
    """
    arches = _phrase_arches(notes, phrases) if part.role in _SINGING_ROLES else [0.0] * len(notes)
    velocities = []
    for note, velocity, arch, is_lighter, uneven in zip(
        notes, struck, arches, lighter_repeats(notes), unevenness, strict=True
    ):
        if not note.hit_id:
            velocity += humanise * (arch + _VELOCITY_SPREAD * uneven - (_REPEAT_LIGHTER if is_lighter else 0.0))
        if follows_level:
            velocity *= level_at(part, note.onset_beats)
        velocities.append(min(127, max(1, round(velocity))))
    return velocities


def _phrase_arches(notes: Sequence[Note], phrases: Sequence[PhraseSpan]) -> list[float]:
    """Return what each note's place in its phrase adds, by onset: phrases swell towards two thirds."""
    arches: list[float] = []
    for first, stop in phrases_of_line(notes, phrases):
        start, length = notes[first].onset_beats, float(notes[stop - 1].onset_beats - notes[first].onset_beats)
        for note in notes[first:stop]:
            place = float(note.onset_beats - start) / length if length else PEAK_SHARE
            arches.append(float(np.interp(place, [0.0, PEAK_SHARE, 1.0], [-1.0, 1.0, -1.0])) * _PHRASE_SWELL)
    return arches
