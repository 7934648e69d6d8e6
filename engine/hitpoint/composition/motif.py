"""Motifs: three to seven notes with one rhythm and one characteristic leap, and what can be done with them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
#: A motif is the best of this many drafts.
_DRAFTS = 3


@dataclass(frozen=True, slots=True)
class Motif:
    """Scale steps from the first note, and durations in beats.

    `name` is "" for the cue's own; `form` says what was done to the theme: () for the whole as it is.
    """

    steps: tuple[int, ...]
    durations: tuple[Fraction, ...]
    name: str = ""
    form: tuple[str, ...] = ()

    @property
    def length_beats(self) -> Fraction:
        """Sum of the durations."""
        return sum(self.durations, Fraction(0))

    def _as(self, steps: tuple[int, ...], durations: tuple[Fraction, ...], word: str) -> Motif:
        return Motif(steps, durations, self.name, (*self.form, word))

    def head(self, notes: int) -> Motif:
        """Return the first notes only (fragmentation)."""
        count = max(2, min(notes, len(self.steps)))
        return self._as(self.steps[:count], self.durations[:count], "head") if count < len(self.steps) else self

    def tail(self, notes: int) -> Motif:
        """Return the last notes only (fragmentation)."""
        count = max(2, min(notes, len(self.steps)))
        last = tuple(step - self.steps[-count] for step in self.steps[-count:])
        return self._as(last, self.durations[-count:], "tail") if count < len(self.steps) else self

    def inverted(self) -> Motif:
        """Return the motif upside down."""
        upside = self._as(tuple(-step for step in self.steps), self.durations, "inverted")
        if "inverted" in self.form:  # and back again
            return replace(upside, form=tuple(word for word in self.form if word != "inverted"))
        return upside

    def stretched(self, factor: Fraction) -> Motif:
        """Return the motif slower (augmentation) or faster (diminution)."""
        word = "augmented" if factor > 1 else "in diminution"
        return self._as(self.steps, tuple(duration * factor for duration in self.durations), word)

    def smoothed(self) -> Motif:
        """Return the motif with every interval drawn in to one step: its rhythm and its direction, sung plainly."""
        moves = [1 if after > before else -1 for before, after in pairwise(self.steps)]
        return self._as((0, *accumulate(moves)), self.durations, "in plain steps")

    def retrograde(self) -> Motif:
        """Return the motif backwards in pitch, with its own rhythm."""
        backwards = self.steps[::-1]
        return self._as(tuple(step - backwards[0] for step in backwards), self.durations, "backwards")


def make_motif(style: MotifStyle, rng: np.random.Generator) -> Motif:
    """Return a fresh motif in a palette's manner."""
    return _make(style.rhythms, style.leaps, rng, "")


def named_motif(name: str) -> Motif:
    """Return the motif of a named theme: the same name gives the same notes in every cue, palette and seed."""
    plain = plain_name(name)
    return _make(NAMED_RHYTHMS, NAMED_LEAPS, np.random.default_rng(zlib.crc32(plain.encode())), plain)


def plain_name(name: str) -> str:
    """Return a theme's name as it is looked up: lower case, single spaces."""
    return " ".join(name.lower().split())


def _make(rhythms: Sequence[tuple[Fraction, ...]], leaps: Sequence[int], rng: np.random.Generator, name: str) -> Motif:
    """Return a motif: steps, one characteristic leap that is recovered by a step the other way, a clear direction.

    Of several drafts the most singable is kept: within a sixth or so, with one highest note that is not the first.
    """
    durations = rhythms[int(rng.integers(len(rhythms)))]
    drafts = [_draft(len(durations), leaps, rng) for _ in range(_DRAFTS)]
    return Motif(min(drafts, key=_awkwardness), durations, name)


def _draft(notes: int, leaps: Sequence[int], rng: np.random.Generator) -> tuple[int, ...]:
    leap_at = int(rng.integers(max(1, notes - 2)))
    direction = 1 if rng.random() < 0.7 else -1
    steps = [0]
    for index in range(notes - 1):
        if index == leap_at:
            move = direction * int(rng.choice(np.asarray(leaps)))
        elif index == leap_at + 1:
            move = -direction
        elif index and rng.random() < 0.25:
            move = 0  # a note struck again is rhythm made audible
        else:
            move = int(rng.choice([-1, -1, 1, -2])) if steps[-1] > 0 else int(rng.choice([1, 1, 2, -1]))
        steps.append(steps[-1] + move)
    return tuple(steps)


def _awkwardness(steps: tuple[int, ...]) -> float:
    """Return how far a motif is from one that is remembered: its range, its highest point, its shakes."""
    span = max(steps) - min(steps)
    tops = sum(step == max(steps) for step in steps)
    shakes = sum(steps[i] == steps[i + 2] for i in range(len(steps) - 2))
    return 1.0 * max(0, span - 6) + 1.0 * max(0, 3 - span) + 0.8 * (tops - 1) + 0.7 * shakes + 0.4 * (steps[-1] == 0)
