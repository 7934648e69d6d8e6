"""Fits the fusion to ratings: the weights of signals, and how much each modality is listened to.

Both are drawn towards the weights that were there before, so that few ratings change little: ridge regression around
the old weights for each modality (in the space before the squashing), then non-negative shares the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hitpoint.story.fusion import DIMENSIONS, MODALITIES, ArcWeights, Triple, estimate, fuse
from hitpoint.story.signals import Curve, Modality

#: One rated second in this many is independent of the others.
_INDEPENDENT_S = 10.0
#: How strongly weights are held where they were, per unit, in independent ratings.
_RIDGE, _SHARE_RIDGE = 6.0, 12.0
#: Ratings of this much are as far as tanh goes.
_FULLEST = 0.95


@dataclass(frozen=True, slots=True)
class RatedClip:
    """A clip's modalities and its ratings, shape (3, n), NaN where it was not rated."""

    name: str
    modalities: Mapping[str, Modality]
    ratings: Curve
    hop_s: float


def fit_weights(clips: Sequence[RatedClip], before: ArcWeights) -> ArcWeights:
    """Return weights for these ratings, near those that were there before; what no clip knows of stays as it was."""
    signals = {
        modality: {name: weight.copy() for name, weight in before.signals[modality].items()} for modality in MODALITIES
    }
    shares = {name: share.copy() for name, share in before.shares.items()}
    there = tuple(name for name in MODALITIES if any(name in clip.modalities for clip in clips))
    for dimension in range(len(DIMENSIONS)):
        for modality in there:
            _fit_signals(clips, modality, signals[modality], dimension)
        fitted = replace(before, signals=signals, shares=shares)
        _fit_shares(clips, fitted, dimension, there)
    return replace(before, signals=signals, shares=shares)


def correlation(clips: Sequence[RatedClip], weights: ArcWeights) -> dict[str, float]:
    """Return the correlation of the fused arc with the ratings, over all clips together; NaN where nothing varies."""
    found = {}
    for dimension, name in enumerate(DIMENSIONS):
        said: list[Curve] = []
        rated: list[Curve] = []
        for clip in clips:
            there = np.isfinite(clip.ratings[dimension])
            said.append(fuse(clip.modalities, weights, hop_s=clip.hop_s).fused[dimension][there])
            rated.append(clip.ratings[dimension][there])
        ours, theirs = np.concatenate(said), np.concatenate(rated)
        varies = len(ours) > 2 and ours.std() > 1e-9 and theirs.std() > 1e-9
        found[name] = float(np.corrcoef(ours, theirs)[0, 1]) if varies else float("nan")
    return found


def _fit_signals(clips: Sequence[RatedClip], modality: str, weights: dict[str, Triple], dimension: int) -> None:
    """Move one modality's weights of one dimension towards what its signals say about the ratings."""
    names = list(weights)
    rows, targets, counts = [], [], []
    for clip in clips:
        source = clip.modalities.get(modality)
        if source is None:
            continue
        there = np.isfinite(clip.ratings[dimension]) & (source.confidence > 0.05)
        nothing = np.zeros(len(there))
        rows.append(np.stack([source.signals.get(name, nothing)[there] for name in names], axis=1))
        targets.append(np.arctanh(np.clip(clip.ratings[dimension][there], -_FULLEST, _FULLEST)))
        counts.append(source.confidence[there] * clip.hop_s / _INDEPENDENT_S)
    if not rows or not sum(map(len, rows)):
        return
    x, y, c = np.concatenate(rows), np.concatenate(targets), np.concatenate(counts)
    old = np.array([weights[name][dimension] for name in names])
    # A level that all ratings share is the rater's, not the signals': it is taken off before.
    offset = float(np.average(y - x @ old, weights=c))
    covariance = (x * c[:, None]).T @ x + _RIDGE * np.eye(len(names))
    change = np.linalg.solve(covariance, (x * c[:, None]).T @ (y - offset - x @ old))
    for name, step in zip(names, change, strict=True):
        weights[name][dimension] = round(float(weights[name][dimension] + step), 4)


def _fit_shares(clips: Sequence[RatedClip], weights: ArcWeights, dimension: int, names: Sequence[str]) -> None:
    """Move these modalities' shares of one dimension so that the fused arc comes nearer; each stays at least 0."""
    from scipy.optimize import minimize

    old = np.array([weights.shares[name][dimension] for name in names])
    nobody = float(weights.shares["nobody"][dimension])
    parts = []
    for clip in clips:
        there = np.isfinite(clip.ratings[dimension])
        if there.any():
            said = np.stack([_said(clip, name, weights, dimension)[there] for name in names])
            sure = np.stack([_sure(clip, name)[there] for name in names])
            parts.append((said, sure, clip.ratings[dimension][there], clip.hop_s / _INDEPENDENT_S))
    if not parts:
        return

    def loss(shares: Curve) -> float:
        error = _SHARE_RIDGE * float((((shares - old) / (old + 0.2)) ** 2).sum()) * 0.05
        for said, sure, rated, count in parts:
            raw = shares[:, None] * sure
            fused = (raw * said).sum(axis=0) / (raw.sum(axis=0) + nobody)
            error += count * float(((fused - fused.mean() - rated + rated.mean()) ** 2).sum())
        return error

    found = minimize(loss, old, method="L-BFGS-B", bounds=[(0.0, 4.0)] * len(old)).x
    for name, share in zip(names, found, strict=True):
        weights.shares[name][dimension] = round(float(share), 4)


def _said(clip: RatedClip, name: str, weights: ArcWeights, dimension: int) -> Curve:
    modality = clip.modalities.get(name)
    if modality is None:
        return np.zeros(clip.ratings.shape[1])
    return np.asarray(estimate(modality, weights.signals[name])[dimension])


def _sure(clip: RatedClip, name: str) -> Curve:
    modality = clip.modalities.get(name)
    return np.zeros(clip.ratings.shape[1]) if modality is None else modality.confidence
