"""How the melody moves.

A move leads from a note to the next one of the same stretch, unless more than a quarter note's rest lies between.
Every function returns None where there is no melody, or no such move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from hitpoint.measure.texture import Texture
from hitpoint.measure.texture_bars import entropy_bits

_LONGEST_REST_BEATS = 1
_WHOLE_TONE = 2
#: A leap is more than a fifth (7 semitones); what asks for a turn back begins at the fourth, as von Hippel & Huron
#: (2000) look at it ("post-skip reversal").
_FIFTH = 7
_FOURTH = 5


def melodic_moves(texture: Texture) -> list[list[int]]:
    """Return the moves of the melody in semitones, one list per unbroken run."""
    runs: list[list[int]] = []
    for line in texture.melody:
        run: list[int] = []
        for before, note in pairwise(line):
            if note.onset_beats - before.end_beats <= _LONGEST_REST_BEATS:
                run.append(note.pitch_midi - before.pitch_midi)
            else:
                runs.append(run)
                run = []
        runs.append(run)
    return [run for run in runs if run]


def _share(texture: Texture, holds: Callable[[int], bool]) -> float | None:
    moves = [move for run in melodic_moves(texture) for move in run]
    return sum(holds(move) for move in moves) / len(moves) if moves else None


def repeat_share(texture: Texture) -> float | None:
    """Return the share of melodic moves that stay on the same pitch, 0..1."""
    return _share(texture, lambda move: move == 0)


def step_share(texture: Texture) -> float | None:
    """Return the share of melodic moves by a semitone or a whole tone, 0..1; repeated notes are no steps."""
    return _share(texture, lambda move: 0 < abs(move) <= _WHOLE_TONE)


def leap_share(texture: Texture) -> float | None:
    """Return the share of melodic moves wider than a fifth, 0..1."""
    return _share(texture, lambda move: abs(move) > _FIFTH)


def leap_recovery(texture: Texture) -> float | None:
    """Return the share of moves by a fourth or more that the next move answers in the other direction, 0..1.

    Von Hippel & Huron, "Why do skips precede reversals?" (2000); about 0.7 in folk song. Skips at the end of a run are
    left out.
    """
    pairs = [pair for run in melodic_moves(texture) for pair in pairwise(run) if abs(pair[0]) >= _FOURTH]
    return sum(before * after < 0 for before, after in pairs) / len(pairs) if pairs else None


def interval_entropy_bits(texture: Texture) -> float | None:
    """Return the entropy of the melody's moves, signed, in semitones; in bits."""
    moves = [move for run in melodic_moves(texture) for move in run]
    return entropy_bits(Counter(moves).values()) if moves else None


def ambitus_semitones(texture: Texture) -> float | None:
    """Return how far the highest note of the melody lies over its lowest, in semitones."""
    pitches = [note.pitch_midi for line in texture.melody for note in line]
    return float(max(pitches) - min(pitches)) if pitches else None


def sung_share(texture: Texture) -> float | None:
    """Return the share of the texture's length in which the melody sounds, 0..1."""
    if not texture.melody:
        return None
    sung = sum((note.duration_beats for line in texture.melody for note in line), Fraction(0))
    return min(1.0, float(sung / (texture.bar_lines_beats[-1] - texture.bar_lines_beats[0])))
