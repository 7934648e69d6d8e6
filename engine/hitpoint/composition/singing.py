"""Pitches for a line that sings: the best way through a phrase, all notes weighed together.

What a phrase wants is written down note by note as a `Wish` (its place in the motif, how strong its beat is, how high
the contour is there); the pitches come from a search over all ways through the scale (dynamic programming over pairs of
notes, so that what a leap asks of the note after it is known). The rules are those of any counterpoint book: chord
tones on strong beats, other notes entered and left by step, leaps answered by steps the other way, one highest point,
no parallels with the bass (music.md §4 and §5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hitpoint.composition.pitch import melodic_scale, pitches_in
from hitpoint.composition.voicing import VoicedChord

#: Cost of a move by its size in semitones, 0..12; beyond an octave nobody sings. A repeated note is not dear, but a
#: line of them is none; tritones and sevenths are hard to hit.
_MOVE = np.array([0.35, 0.0, 0.0, 0.45, 0.5, 1.3, 3.5, 1.7, 2.2, 2.4, 4.5, 5.0, 2.2])
_BEYOND_OCTAVE = 9.0
#: Per scale step that a note is away from what its motif asks, times the wish's own weight.
_OFF_MOTIF = 1.5
#: Per semitone away from the contour; twice that above it, so that a phrase has one highest point.
_OFF_CONTOUR = 0.11
#: A note on a strong beat outside the chord, cheaper where it leans into a step down (an appoggiatura, a suspension);
#: one on a weak beat that is not entered and left by step.
_STRONG_DISSONANCE, _UNRESOLVED, _LEAPT_DISSONANCE = 1.1, 4.0, 2.5
#: A held note that a later chord does not contain.
_SUSPENSION = 2.0
#: A leap (of this many semitones) that goes on in its own direction; a note struck a third time; a shake.
_LEAP_SEMITONES, _UNANSWERED_LEAP, _THIRD_TIME, _SHAKE = 5, 0.9, 1.5, 0.5
#: The same perfect interval with the bass twice running (fifths and octaves), and with a tune that is sung against.
_PARALLEL = 6.0
#: Every seed prefers other notes by up to this much.
_CHANCE = 0.9

Array = NDArray[np.float64]
Pitches = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Wish:
    """What one note of a phrase wants.

    Attributes
    ----------
    step : int or None
        Scale steps from the note before, where a motif asks for them.
    fidelity : float, >= 0
        How much the motif insists: 1 for a statement, less where it is freely spun out.
    strength : float, 0..1
        Weight of its place in the bar (and of its length): strong notes belong to the chord.
    height_midi : float
        Where the contour is.
    chords : tuple of VoicedChord
        Sounding while the note is held, the first at its onset.
    against : int or None
        Pitch of the tune that sounds with it, where the line is a counter-line.
    """

    onset: Fraction
    duration: Fraction
    step: int | None
    fidelity: float
    strength: float
    height_midi: float
    chords: tuple[VoicedChord, ...]
    against: int | None = None


def sing(
    wishes: Sequence[Wish],
    low_midi: int,
    high_midi: int,
    *,
    rng: np.random.Generator,
    before: int | None = None,
    finals: frozenset[int] = frozenset(),
) -> list[int]:
    """Return one pitch per wish, all within low_midi..high_midi (at least an octave).

    `before` is the pitch that came before the phrase; `finals` are the pitch classes that the last note likes best.
    """
    if not wishes:
        return []
    choices, costs = [], []
    for wish in wishes:
        pitches, cost = _alone(wish, low_midi, high_midi, rng)
        choices.append(pitches)
        costs.append(cost)
    inside = [np.isin(choices[i] % 12, wishes[i].chords[0].slot.shape.pitch_classes) for i in (0, -1)]
    costs[0] = costs[0] + np.where(inside[0], 0.0, _UNRESOLVED * wishes[0].strength)  # no phrase begins, or ends, off
    costs[-1] = costs[-1] + np.where(inside[1], 0.0, _UNRESOLVED + _STRONG_DISSONANCE)
    if finals:
        costs[-1] = costs[-1] + np.where(np.isin(choices[-1] % 12, list(finals)), 0.0, 1.5)
    if before is not None:
        costs[0] = costs[0] + 0.5 * _moves(np.array([before]), choices[0])[0]
    if len(wishes) == 1:
        return [int(choices[0][int(costs[0].argmin())])]
    total = costs[0][:, None] + costs[1][None, :] + _between(wishes[0], wishes[1], choices[0], choices[1])
    back: list[NDArray[np.int64]] = []
    for index in range(2, len(wishes)):
        first, second, third = choices[index - 2], choices[index - 1], choices[index]
        pair = _between(wishes[index - 1], wishes[index], second, third)
        ways = total[:, :, None] + pair[None, :, :] + _line(wishes[index - 1], first, second, third)
        back.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + costs[index][None, :]
    last_two = np.unravel_index(int(total.argmin()), total.shape)
    way = [int(last_two[1]), int(last_two[0])]
    for origin in reversed(back):
        way.append(int(origin[way[-1], way[-2]]))
    way.reverse()
    return [int(pitches[place]) for pitches, place in zip(choices, way, strict=True)]


def _alone(wish: Wish, low_midi: int, high_midi: int, rng: np.random.Generator) -> tuple[Pitches, Array]:
    """Return the pitches that a note may take, and what each costs by itself."""
    chord = wish.chords[0].slot
    scale = pitches_in(melodic_scale(chord.key, chord.shape), low_midi, high_midi)
    pitches = np.array(scale or range(low_midi, high_midi + 1), dtype=np.int64)
    off = pitches - wish.height_midi
    cost = _OFF_CONTOUR * np.where(off > 0, 2.0 * off, -off) + rng.uniform(0.0, _CHANCE, len(pitches))
    outside = ~np.isin(pitches % 12, chord.shape.pitch_classes)
    cost += np.where(outside, _STRONG_DISSONANCE * wish.strength, 0.0)
    for later in wish.chords[1:]:
        cost += np.where(np.isin(pitches % 12, later.slot.shape.pitch_classes), 0.0, _SUSPENSION)
    if wish.against is not None:
        cost += _AGAINST[(wish.against - pitches) % 12] * (0.4 + 0.6 * wish.strength)
        cost += np.where(pitches >= wish.against - 2, 5.0, 0.0)  # a counter-line stays below the tune
    return pitches, np.asarray(cost, dtype=np.float64)


#: Two voices that sound together, by the interval in semitones (mod 12): thirds and sixths are best, octaves are empty,
#: seconds, sevenths and tritones rub.
_AGAINST = np.array([1.6, 4.0, 2.5, 0.0, 0.0, 1.0, 2.5, 0.7, 0.0, 0.0, 1.8, 3.5])


def _moves(first: Pitches, second: Pitches) -> Array:
    """Return the cost of every move by its size, shape (len(first), len(second))."""
    size = np.abs(second[None, :] - first[:, None])
    return np.where(size <= 12, _MOVE[np.minimum(size, 12)], _BEYOND_OCTAVE)


def _between(left: Wish, right: Wish, first: Pitches, second: Pitches) -> Array:
    """Return what two neighbouring notes cost: the move, the motif, parallels with the bass and with the tune."""
    cost = _moves(first, second)
    if right.step is not None:
        degrees = np.arange(len(second))
        came_from = np.searchsorted(second, first)
        steps = degrees[None, :] - came_from[:, None]
        cost = cost * (1.0 - 0.6 * min(1.0, right.fidelity))  # the motif's own leaps are forgiven
        cost += _OFF_MOTIF * right.fidelity * np.abs(steps - right.step)
    moved = second[None, :] != first[:, None]
    basses = left.chords[-1].bass, right.chords[0].bass
    if basses[0] != basses[1]:
        cost += np.where(_same_perfect(first, second, *basses) & moved, _PARALLEL, 0.0)
    if left.against is not None and right.against is not None and left.against != right.against:
        cost += np.where(_same_perfect(first, second, left.against, right.against) & moved, _PARALLEL, 0.0)
        same_way = np.sign(second[None, :] - first[:, None]) == np.sign(right.against - left.against)
        cost += np.where(same_way & moved, 0.5, 0.0)  # contrary motion is more than company
    return cost


def _same_perfect(first: Pitches, second: Pitches, other_first: int, other_second: int) -> NDArray[np.bool_]:
    before, after = (first - other_first) % 12, (second - other_second) % 12
    same: NDArray[np.bool_] = (before[:, None] == after[None, :]) & np.isin(before, (0, 5, 7))[:, None]
    return same


def _line(middle: Wish, first: Pitches, second: Pitches, third: Pitches) -> Array:
    """Return what three notes in a row cost, shape (len(first), len(second), len(third))."""
    came = second[None, :, None] - first[:, None, None]
    goes = third[None, None, :] - second[None, :, None]
    leapt = np.abs(came) >= _LEAP_SEMITONES
    cost = np.where(leapt & (np.sign(came) == np.sign(goes)), _UNANSWERED_LEAP, 0.0)
    cost = cost + np.where(leapt & (np.abs(goes) >= _LEAP_SEMITONES), _UNANSWERED_LEAP, 0.0)
    cost += np.where((came == 0) & (goes == 0), _THIRD_TIME, 0.0)
    cost += np.where((came != 0) & (came == -goes), _SHAKE, 0.0)
    outside = ~np.isin(second % 12, middle.chords[0].slot.shape.pitch_classes)[None, :, None]
    cost += np.where(outside & ((np.abs(came) > 2) | (np.abs(goes) > 2)), _LEAPT_DISSONANCE, 0.0)
    cost += np.where(outside & ((goes > 0) | (goes < -2)), _UNRESOLVED * middle.strength, 0.0)
    return np.asarray(cost, dtype=np.float64)
