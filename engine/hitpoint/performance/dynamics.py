"""Dynamic lines as CC11, and velocities as a player shapes them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from hitpoint.model.music import ControlChange, Note, Part
from hitpoint.model.tempo import TempoMap
from hitpoint.model.time import SAMPLE_RATE_HZ

CC_EXPRESSION = 11
#: While a dynamic line moves, it is written this often (the renderer is smooth in between).
_CONTROL_EVERY_SAMPLES = SAMPLE_RATE_HZ // 50

#: Velocity a phrase gains at its highest point, two thirds in, and loses at its ends (roles that sing).
_PHRASE_SWELL = 3.0
_PHRASE_PEAK = 2 / 3
_SINGING_ROLES = frozenset({"melody", "counter"})
#: Every second of two equal notes in a row is this much lighter, so that none is a copy of the one before.
_REPEAT_LIGHTER = 5.0
_REPEAT_WITHIN_BEATS = Fraction(1)
#: A player's unevenness, plus or minus.
_VELOCITY_SPREAD = 2.0
#: A rest this long ends a phrase.
_PHRASE_REST_BEATS = Fraction(1, 2)


def expression(part: Part, tempo_map: TempoMap) -> tuple[ControlChange, ...]:
    """Return a part's dynamic line as CC11: value 127 · level, at its points and every 20 ms while it moves.

    Expression is a square law in amplitude (General MIDI level 2), so level 0.5 is 12 dB below level 1.
    """
    if not part.dynamics:
        return ()
    knots = np.array([tempo_map.sample_at(point.beats) for point in part.dynamics])
    knots[:-1] -= np.diff(knots) == 0  # two points on one beat are a step
    levels = np.array([min(1.0, max(0.0, point.level)) for point in part.dynamics])
    grid = np.arange(knots[0], knots[-1], _CONTROL_EVERY_SAMPLES)
    samples = np.unique(np.concatenate([grid, knots]))
    values = np.rint(127.0 * np.interp(samples, knots, levels)).astype(int)
    changes = np.concatenate([[True], np.diff(values) != 0])
    return tuple(
        ControlChange(sample=int(sample), controller=CC_EXPRESSION, value=int(value))
        for sample, value in zip(samples[changes], values[changes], strict=True)
    )


def level_at(part: Part, beats: Fraction) -> float:
    """Return the dynamic level 0..1 of a part at a beat; 1 where it has no dynamic line."""
    if not part.dynamics:
        return 1.0
    points = [float(point.beats) for point in part.dynamics]
    return float(np.interp(float(beats), points, [point.level for point in part.dynamics]))


def shape_velocities(
    part: Part, notes: Sequence[Note], unevenness: Sequence[float], *, follows_level: bool, humanise: float
) -> list[int]:
    """Return the played velocity of each note (sorted by onset).

    Parameters
    ----------
    unevenness : sequence of float, -1..1
        A random number per note.
    follows_level : bool
        The instrument cannot swell: the dynamic line acts on velocities (the same square law) instead of CC11.
    humanise : float, >= 0
        How far a player departs from the page. Notes that carry a hit are played as written.
    """
    arches = _phrase_arches(notes) if part.role in _SINGING_ROLES else [0.0] * len(notes)
    velocities = []
    last_of_pitch: dict[int, tuple[Fraction, bool]] = {}  # pitch -> (end, was it the lighter one)
    for note, arch, uneven in zip(notes, arches, unevenness, strict=True):
        velocity = float(note.velocity)
        end, was_lighter = last_of_pitch.get(note.pitch_midi, (None, True))
        is_lighter = end is not None and note.onset_beats - end < _REPEAT_WITHIN_BEATS and not was_lighter
        last_of_pitch[note.pitch_midi] = (note.onset_beats + note.duration_beats, is_lighter)
        if not note.hit_id:
            velocity += humanise * (arch + _VELOCITY_SPREAD * uneven - (_REPEAT_LIGHTER if is_lighter else 0.0))
        if follows_level:
            velocity *= level_at(part, note.onset_beats)
        velocities.append(min(127, max(1, round(velocity))))
    return velocities


def _phrase_arches(notes: Sequence[Note]) -> list[float]:
    """Return what each note's place in its phrase adds: notes between two rests swell towards two thirds."""
    arches = [0.0] * len(notes)
    first = 0
    end = Fraction(0)
    for index, note in enumerate(notes):
        end = max(end, note.onset_beats + note.duration_beats)
        is_last = index + 1 == len(notes) or notes[index + 1].onset_beats - end >= _PHRASE_REST_BEATS
        if is_last:
            start, length = notes[first].onset_beats, float(note.onset_beats - notes[first].onset_beats)
            for inner in range(first, index + 1):
                place = float(notes[inner].onset_beats - start) / length if length else _PHRASE_PEAK
                arches[inner] = float(np.interp(place, [0.0, _PHRASE_PEAK, 1.0], [-1.0, 1.0, -1.0])) * _PHRASE_SWELL
            first = index + 1
    return arches
