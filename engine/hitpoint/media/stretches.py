"""Which hops of a file were looked at, which are wanted, and how features of several looks are put together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.features import HOP_S

#: Source seconds, half-open.
Stretch = tuple[Fraction, Fraction]
Arrays = dict[str, NDArray[Any]]

#: Stretches with less than this between them are decoded in one go: seeking back to a key frame costs as much.
_JOIN_S = 3.0
#: Looked at beyond a stretch's ends, so that a cut on them is seen.
_MARGIN_HOPS = 1


def hops_of(stretches_s: Sequence[Stretch]) -> NDArray[np.bool_]:
    """Return which hops stretches touch, one more on either side."""
    spans = [
        (max(0, int(start_s / Fraction(HOP_S)) - _MARGIN_HOPS), math.ceil(end_s / Fraction(HOP_S)) + _MARGIN_HOPS)
        for start_s, end_s in stretches_s
        if end_s > start_s
    ]
    wanted = np.zeros(max((end for _, end in spans), default=0), bool)
    for start, end in spans:
        wanted[start:end] = True
    return wanted


def runs_of(mask: NDArray[np.bool_], *, longest_hops: int | None = None) -> list[tuple[int, int]]:
    """Return the runs of true hops, half-open; near ones are joined, and what is too long is divided."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and (start - runs[-1][1]) * HOP_S < _JOIN_S:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    if longest_hops is None:
        return runs
    return [(at, min(at + longest_hops, end)) for start, end in runs for at in range(start, end, longest_hops)]


def missing_hops(wanted: NDArray[np.bool_], kept: Mapping[str, NDArray[Any]] | None) -> NDArray[np.bool_]:
    """Return the wanted hops that were not looked at before."""
    missing = wanted.copy()
    if kept is not None and "looked" in kept:
        looked = kept["looked"][: len(missing)]
        missing[: len(looked)] &= ~looked
    return missing


def joined(old: Mapping[str, NDArray[Any]] | None, new: Mapping[str, NDArray[Any]], rows: Sequence[str]) -> Arrays:
    """Return the `rows`, `known` and `looked` of both, at the length of the longer; the new ones where they are known.

    Arrays of seconds (cuts, impacts) are not among them.
    """
    hops = max(len(new["known"]), len(new["looked"]), 0 if old is None else len(old["known"]))
    result: Arrays = {}
    is_new = new["known"]
    for name in rows:
        values = np.full((hops, *new[name].shape[1:]), np.nan, np.float32)
        if old is not None:
            values[: len(old[name])] = old[name]
        values[: len(is_new)][is_new] = new[name][is_new]
        result[name] = values
    for name in ("known", "looked"):
        mask = np.zeros(hops, bool)
        for part in (old, new):
            if part is not None:
                mask[: len(part[name])] |= part[name][:hops]
        result[name] = mask
    return result
