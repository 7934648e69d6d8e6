"""From rows of a source to rows of the cut."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.media.stretches import Stretch
from hitpoint.model.cut import Cut, MediaRange
from hitpoint.model.features import HOP_S

#: A freeze shows one moment; so much of the source is looked at.
_FREEZE_S = Fraction(1, 2)


def hops_of_cut(cut: Cut) -> int:
    """Return how many rows a cut has: one per hop that begins in it, and one for its end."""
    return math.ceil(float(cut.duration_s) / HOP_S) + 1


def source_stretch(media: MediaRange) -> Stretch:
    """Return the source seconds that a clip uses, whichever way it plays them."""
    start_s, length_s = media.source_start_s, media.source_duration_s
    if media.speed == 0:
        return max(Fraction(0), start_s - _FREEZE_S), start_s + _FREEZE_S
    if media.speed < 0:
        return max(Fraction(0), start_s - length_s), start_s
    return start_s, start_s + length_s


class RecordRows:
    """Gathers the values of clips into rows of record time, weighted by how much of a hop each clip covers."""

    def __init__(self, hops: int, width: int = 1) -> None:
        self.hops, self.width = hops, width
        self._sums = np.zeros((hops, width))
        self._shares = np.zeros(hops)

    def overlaps(self, start_s: float, end_s: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the rows that a span touches, and the share of each that it covers, 0..1."""
        first = max(0, int(start_s / HOP_S))
        last = min(self.hops, max(first + 1, math.ceil(end_s / HOP_S - 1e-9)))
        hop = np.arange(first, last)
        covered_s = np.minimum((hop + 1) * HOP_S, end_s) - np.maximum(hop * HOP_S, start_s)
        share = np.clip(covered_s / HOP_S, 0.0, 1.0)
        return hop[share > 0], share[share > 0]

    def source_rows(self, hop: NDArray[np.int64], start_s: float, end_s: float, media: MediaRange) -> NDArray[np.int64]:
        """Return the row of the source that is on at the middle of each clip's part of a hop."""
        middle_s = (np.maximum(hop * HOP_S, start_s) + np.minimum((hop + 1) * HOP_S, end_s)) / 2
        moment_s = float(media.source_start_s) + (middle_s - start_s) * float(media.speed)
        return np.asarray(np.maximum(0, (moment_s / HOP_S + 1e-9).astype(np.int64)))

    def add(self, hop: NDArray[np.int64], share: NDArray[np.float64], values: NDArray[Any]) -> None:
        """Add values [shape=(len(hop),) or (len(hop), width)]."""
        weighted = values.reshape(len(hop), self.width) * share[:, None]
        np.add.at(self._sums, hop, weighted)
        np.add.at(self._shares, hop, share)

    def known(self) -> NDArray[np.bool_]:
        """Return which rows have values."""
        return np.asarray(self._shares > 0)

    def means(self) -> NDArray[np.float32]:
        """Return the weighted means, NaN where nothing is known; one column is flattened."""
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(self._shares[:, None] > 0, self._sums / self._shares[:, None], np.nan)
        return np.asarray(means[:, 0] if self.width == 1 else means, np.float32)
