"""The last milliseconds: knots of the warp moved to where onsets agree, and pinned where a hit is heard.

The path (`hitpoint.alignment.path`) is right to a hop or two. Here every knot looks at a second of both onset curves at
1 ms and moves to where they agree best; a least-squares line through what the knots found keeps speeds smooth; then
each hit takes the onset of the generated audio that stands out and agrees best, and a knot is put exactly there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.values import AlignmentSettings
from hitpoint.alignment.warp import Seconds, Warp, within_speeds
from hitpoint.measure.onsets import HOP_S as FLUX_HOP_S
from hitpoint.measure.onsets import detect_onsets
from hitpoint.model.time import SAMPLE_RATE_HZ

Curve = NDArray[np.float64]

#: How far a knot looks around itself, and how far it may move.
_LOOK_S, _KNOT_REACH_S = 0.6, 0.06
#: How far from its place on the path a hit's own onset may be, and what is heard around it.
_HIT_REACH_S, _HEARD_AROUND_S = 0.15, 0.25
_PROMINENT_DB = 12.0
#: A nearer onset is preferred: the one this far away must agree or stand out as much more as it can at all.
_HIT_DOUBT_S = 0.08
#: What a bend of the line costs against what a knot found.
_STIFFNESS = 3.0
#: Knots of the path nearer than this to a hit give way to it.
_HIT_ROOM_S = 0.2


@dataclass(frozen=True, slots=True)
class Curves:
    """Onset curves at 1 ms, smoothed: of the score over target seconds, and of the audio over source seconds."""

    score: Curve
    heard: Curve


def smooth_flux(flux: Curve) -> Curve:
    """Return a flux (1 ms) compressed, so that the loudest do not decide alone, and smoothed over 12 ms."""
    shape = np.hanning(13)
    return np.convolve(np.sqrt(np.maximum(flux, 0.0)), shape / shape.sum(), mode="same") if len(flux) else flux


def settle_knots(warp: Warp, curves: Curves) -> Warp:
    """Return the warp with every knot where the onset curves agree best, as far as the line stays smooth."""
    found, trust = np.zeros(len(warp.target_s)), np.zeros(len(warp.target_s))
    for index, target_s in enumerate(warp.target_s):
        lags, agreement = agreement_by_lag(warp, curves, float(target_s), _KNOT_REACH_S)
        best = int(agreement.argmax())
        if agreement[best] > 0.2 and 0 < best < len(lags) - 1:
            found[index], trust[index] = lags[best], agreement[best] ** 2
    count = len(found)
    bends = np.diff(np.eye(count), n=2, axis=0) if count > 2 else np.zeros((0, count))
    normal = np.diag(trust + 1e-3) + _STIFFNESS * bends.T @ bends
    moved = warp.source_s + np.linalg.solve(normal, trust * found)
    steps = np.maximum(np.diff(moved), 0.2 * np.diff(warp.target_s))
    return Warp(warp.target_s, moved[0] + np.concatenate([[0.0], np.cumsum(steps)]))


def agreement_by_lag(warp: Warp, curves: Curves, target_s: float, reach_s: float) -> tuple[Curve, Curve]:
    """Return lags (source seconds, within `reach_s`) and the correlation of the curves around a moment at each."""
    reach = round(reach_s / FLUX_HOP_S)
    look = np.arange(-_LOOK_S, _LOOK_S, FLUX_HOP_S)
    weight = np.hanning(len(look))
    moments = target_s + look
    expected = _read(curves.score, moments) - float(np.average(_read(curves.score, moments), weights=weight))
    place = warp.source_at(moments)
    lags: Curve = np.asarray(np.arange(-reach, reach + 1) * FLUX_HOP_S, dtype=np.float64)
    # the audio as the path places it, with room on both sides, at the speed of the path
    long_look = np.concatenate([place[0] + lags[:reach], place, place[-1] + lags[reach + 1 :]])
    heard = _read(curves.heard, long_look)
    windows = np.lib.stride_tricks.sliding_window_view(heard, len(look))
    centred = windows - windows @ weight[:, None] / weight.sum()
    size = np.sqrt((weight * centred**2).sum(axis=1) * (weight * expected**2).sum())
    return lags, np.asarray(np.where(size > 1e-9, centred @ (weight * expected) / np.maximum(size, 1e-9), 0.0))


def _read(curve: Curve, seconds: Seconds) -> Curve:
    hops = np.arange(len(curve)) * FLUX_HOP_S
    return np.interp(seconds, hops, curve, left=0.0, right=0.0) if len(curve) else np.zeros(len(seconds))


def find_hit(audio: NDArray[np.float32], warp: Warp, curves: Curves, target_s: float) -> float | None:
    """Return the source second of the onset that is the hit, or None where nothing stands out."""
    place_s = float(warp.source_at(target_s))
    first = max(0, round((place_s - _HEARD_AROUND_S) * SAMPLE_RATE_HZ))
    piece = audio[first : max(0, round((place_s + _HEARD_AROUND_S) * SAMPLE_RATE_HZ))]
    if len(piece) < SAMPLE_RATE_HZ // 20:
        return None
    onsets = detect_onsets(piece, SAMPLE_RATE_HZ)
    lags_s = (first + onsets.samples) / SAMPLE_RATE_HZ - place_s
    near = np.abs(lags_s) <= _HIT_REACH_S
    if not near.any():
        return None
    near &= onsets.levels_db >= onsets.levels_db[near].max() - _PROMINENT_DB
    lags, agreement = agreement_by_lag(warp, curves, target_s, _HIT_REACH_S)
    strengths = np.sqrt(onsets.strengths[near] / onsets.strengths[near].max())
    value = np.interp(lags_s[near], lags, agreement) + 0.5 * strengths - 0.5 * (lags_s[near] / _HIT_DOUBT_S) ** 2
    return place_s + float(lags_s[near][int(value.argmax())])


def pin_hits(warp: Warp, hits: list[tuple[float, float]], settings: AlignmentSettings) -> Warp:
    """Return the warp through all (target_s, source_s) of hits, its speeds inside the limits.

    A hit that no speed inside the limits reaches is missed by what is lacking.
    """
    rising: list[tuple[float, float]] = []
    for pair in sorted(dict(hits).items()):
        if not rising or pair[1] > rising[-1][1]:
            rising.append(pair)
    pins = np.array(rising, dtype=np.float64).reshape(-1, 2)
    far = np.ones(len(warp.target_s), dtype=bool)
    if len(pins):
        far = np.abs(warp.target_s[:, None] - pins[None, :, 0]).min(axis=1) > _HIT_ROOM_S
        # a knot that would have to run backwards to a pin is the worse witness
        sides = (warp.target_s[:, None] < pins[None, :, 0]) == (warp.source_s[:, None] < pins[None, :, 1])
        far &= sides.all(axis=1)
    target = np.concatenate([warp.target_s[far], pins[:, 0]])
    source = np.concatenate([warp.source_s[far], pins[:, 1]])
    order = np.argsort(target, kind="stable")
    if len(order) < 2:
        return warp
    return within_speeds(Warp(target[order], source[order]), settings.slowest, settings.fastest, pins[:, 0])
