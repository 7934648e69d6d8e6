"""Motifs: three to seven notes with one rhythm and one characteristic leap, and what can be done with them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np

from hitpoint.composition.style import MotifStyle

#: Rhythms for themes that have a name: they belong to the film, not to a palette, and must not change with it.
NAMED_RHYTHMS = tuple(
    tuple(Fraction(part) for part in text.split())
    for text in (
        "3/2 1/2 2",
        "1 1/2 1/2 2",
        "1/2 1/2 1 2",
        "2 1/2 1/2 1",
        "1/2 3/2 1/2 3/2",
        "1 1 1/2 1/2 1",
        "3/2 1/2 1 1",
    )
)
NAMED_LEAPS = (3, 4, 5)


@dataclass(frozen=True, slots=True)
class Motif:
    """Scale steps from the first note, and durations in beats; `name` is "" for the cue's own."""

    steps: tuple[int, ...]
    durations: tuple[Fraction, ...]
    name: str = ""

    @property
    def length_beats(self) -> Fraction:
        """Sum of the durations."""
        return sum(self.durations, Fraction(0))

    def head(self, notes: int) -> Motif:
        """Return the first notes only (fragmentation)."""
        count = max(2, min(notes, len(self.steps)))
        return Motif(self.steps[:count], self.durations[:count], self.name)

    def inverted(self) -> Motif:
        """Return the motif upside down."""
        return Motif(tuple(-step for step in self.steps), self.durations, self.name)

    def stretched(self, factor: Fraction) -> Motif:
        """Return the motif slower (augmentation) or faster (diminution)."""
        return Motif(self.steps, tuple(duration * factor for duration in self.durations), self.name)

    def smoothed(self) -> Motif:
        """Return the motif with every interval drawn in to one step: its rhythm and its direction, sung plainly."""
        moves = [1 if after > before else -1 for before, after in pairwise(self.steps)]
        return Motif((0, *accumulate(moves)), self.durations, self.name)

    def retrograde(self) -> Motif:
        """Return the motif backwards in pitch, with its own rhythm."""
        backwards = self.steps[::-1]
        return Motif(tuple(step - backwards[0] for step in backwards), self.durations, self.name)


def make_motif(style: MotifStyle, rng: np.random.Generator) -> Motif:
    """Return a fresh motif in a palette's manner."""
    return _make(style.rhythms, style.leaps, rng, "")


def named_motif(name: str) -> Motif:
    """Return the motif of a named theme: the same name gives the same notes in every cue, palette and seed."""
    plain = " ".join(name.lower().split())
    return _make(NAMED_RHYTHMS, NAMED_LEAPS, np.random.default_rng(zlib.crc32(plain.encode())), plain)


def _make(rhythms: Sequence[tuple[Fraction, ...]], leaps: Sequence[int], rng: np.random.Generator, name: str) -> Motif:
    """Return a motif: steps, one leap that is recovered by a step the other way, no note twice in a row."""
    durations = rhythms[int(rng.integers(len(rhythms)))]
    intervals = len(durations) - 1
    leap_at = int(rng.integers(max(1, intervals - 1)))
    direction = 1 if rng.random() < 0.7 else -1
    steps = [0]
    for index in range(intervals):
        if index == leap_at:
            move = direction * int(rng.choice(np.asarray(leaps)))
        elif index == leap_at + 1:
            move = -direction
        else:
            move = int(rng.choice([-1, 1, 1, -2])) if steps[-1] > 0 else int(rng.choice([1, 2, 1, -1]))
        steps.append(steps[-1] + move)
    return Motif(tuple(steps), durations, name)
