"""The path of generated audio along a score: which of its moments is which of the score's.

A dynamic time warping whose state is a place *and* a speed: a line runs through the score in segments; at every border
it may change its speed, at a cost, inside the musical limits; the agreement of pitch classes and onsets is summed
along it. So the path is monotone and its speeds are in range by construction, and a wobble has to be paid for. Two
scales: the whole of the audio at 50 ms (any offset), then a band around what was found at 10 ms. Memory: segments x
places of back pointers, one segment's agreement at a time; ten minutes take 60 MB.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.features import HOP_S, Features
from hitpoint.alignment.values import Agreement, AlignmentSettings
from hitpoint.alignment.warp import Warp

_COARSE_HOPS, _COARSE_SEGMENT = 5, 20
_FINE_SEGMENT, _FINE_BAND_HOPS = 50, 60
#: Chroma tells where in the music, onsets tell when.
_CHROMA_WEIGHT, _RISE_WEIGHT, _ONSET_WEIGHT = 1.0, 5.0, 0.5


@dataclass(frozen=True, slots=True)
class _Line:
    """A path: source hop at every border of target segments, and the mean agreement per hop."""

    source_hops: NDArray[np.int64]
    mean: float


def find_path(score: Features, heard: Features, settings: AlignmentSettings) -> tuple[Warp, Agreement]:
    """Return where each moment of the score is heard, and how far the audio follows it.

    `score` should last two seconds at least; target and source seconds count from the first hop of each.
    """
    coarse_score, coarse_heard = score.coarse(_COARSE_HOPS), heard.coarse(_COARSE_HOPS)
    step_s = HOP_S * _COARSE_HOPS
    segment = min(_COARSE_SEGMENT, max(4, len(coarse_score) // 4))
    reach = round(settings.max_offset_s / step_s)
    path = _trace(coarse_score, coarse_heard, settings, segment=segment, start=(-reach, reach))
    wrong = _trace(coarse_score.backwards(), coarse_heard, settings, segment=segment, start=(-reach, reach))
    itself = _agreement_of(coarse_score, coarse_score, np.arange(len(coarse_score)))[0]
    borders = np.arange(len(path.source_hops)) * segment * _COARSE_HOPS
    centre = np.interp(
        np.arange(0, len(score) + _FINE_SEGMENT, _FINE_SEGMENT), borders, path.source_hops * _COARSE_HOPS
    )
    fine = _trace(score, heard, settings, segment=_FINE_SEGMENT, band=np.rint(centre).astype(np.int64))
    target = np.arange(len(fine.source_hops)) * _FINE_SEGMENT
    warp = Warp(np.asarray(target * HOP_S), np.asarray(fine.source_hops * HOP_S))
    along = np.rint(np.interp(np.arange(len(score)), target, fine.source_hops)).astype(np.int64)
    _, chroma, onsets = _agreement_of(score, heard, along)
    speeds = np.diff(path.source_hops) / segment
    at_limit = (speeds <= settings.slowest + 0.5 / segment) | (speeds >= settings.fastest - 0.5 / segment)
    return warp, Agreement(
        confidence=float(np.clip((path.mean - wrong.mean) / max(itself - wrong.mean, 1e-6), 0.0, 1.0)),
        chroma=chroma,
        onsets=onsets,
        speed_median=float(np.median(warp.speeds)),
        speed_min=float(warp.speeds.min()),
        speed_max=float(warp.speeds.max()),
        at_limit_share=float(at_limit.mean()),
    )


def _agreement_of(score: Features, heard: Features, along: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return the mean agreement per hop, of which chroma and onsets (as correlations) along source hops."""
    inside = (along >= 0) & (along < len(heard))
    if not inside.any():
        return 0.0, 0.0, 0.0
    picked = along[inside]
    chroma = float((score.chroma[inside] * heard.chroma[picked]).sum() / len(along))
    rises = float((score.rises[inside] * heard.rises[picked]).sum() / len(along))
    product = score.onsets[inside] * heard.onsets[picked]
    size = float(np.sqrt((score.onsets**2).mean() * (heard.onsets[picked] ** 2).mean())) + 1e-9
    return (
        _CHROMA_WEIGHT * chroma + _RISE_WEIGHT * rises + _ONSET_WEIGHT * float(product.sum() / len(along)),
        chroma,
        float(product.mean() / size),
    )


def _trace(
    score: Features,
    heard: Features,
    settings: AlignmentSettings,
    *,
    segment: int,
    start: tuple[int, int] | None = None,
    band: NDArray[np.int64] | None = None,
) -> _Line:
    """Return the best line. Places are source hops from `start` on (all), or within the `band` around centres."""
    segments = -(-len(score) // segment)
    steps = np.arange(np.ceil(settings.slowest * segment), np.floor(settings.fastest * segment) + 1).astype(np.int64)
    change = settings.smoothness * ((steps[:, None] - steps[None, :]) / segment) ** 2 * segment
    if band is None:
        assert start is not None
        low = np.full(segments + 1, start[0], dtype=np.int64)
        places = int(np.ceil(settings.fastest * segment * segments)) + start[1] - start[0] + 1
        places = min(places, len(heard) - start[0] + segment)
    else:
        low, places = band - _FINE_BAND_HOPS, 2 * _FINE_BAND_HOPS + 1
    rating = np.zeros((places, len(steps)), dtype=np.float32)
    if start is not None:
        rating[start[1] - start[0] + 1 :] = -np.inf
    backs: list[NDArray[np.uint8]] = []
    for index in range(segments):
        came_from = (rating[:, :, None] - change[None]).argmax(axis=1).astype(np.uint8)
        entered: NDArray[np.floating] = np.take_along_axis(rating, came_from.astype(np.int64), axis=1)
        entered = entered - np.take_along_axis(change, came_from.astype(np.int64), axis=0)
        gains = _gains(score, heard, index * segment, segment, int(low[index]), places, steps)
        total = (entered + gains).astype(np.float32)
        rating = np.full_like(rating, -np.inf)
        for column, step in enumerate(steps):  # place p at speed s comes to place p + s (less what the band moved)
            shift = int(step - (low[index + 1] - low[index]))
            first, last = max(0, shift), min(places, places + shift)
            if last > first:
                rating[first:last, column] = total[first - shift : last - shift, column]
        backs.append(came_from)
    return _walk_back(rating, backs, low, steps, len(score))


def _walk_back(
    rating: NDArray[np.float32],
    backs: list[NDArray[np.uint8]],
    low: NDArray[np.int64],
    steps: NDArray[np.int64],
    hops: int,
) -> _Line:
    place, column = (int(value) for value in np.unravel_index(int(rating.argmax()), rating.shape))
    best = float(rating[place, column])
    hop = place + int(low[len(backs)])
    found = [hop]
    for index in range(len(backs) - 1, -1, -1):
        hop -= int(steps[column])
        found.append(hop)
        column = int(backs[index][hop - int(low[index]), column])
    return _Line(np.array(found[::-1], dtype=np.int64), best / hops)


def _gains(
    score: Features, heard: Features, first: int, segment: int, low: int, places: int, steps: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return what each place and speed gains in one segment, float32 [shape=(places, speeds)]."""
    chroma, onsets = score.chroma[first : first + segment], score.onsets[first : first + segment]
    reach = places + int(steps[-1]) + 1
    begin, end = max(low, 0), min(low + reach, len(heard))
    agree = np.zeros((len(onsets), reach), dtype=np.float32)
    if end > begin:
        agree[:, begin - low : end - low] = _CHROMA_WEIGHT * chroma @ heard.chroma[begin:end].T
        rises = score.rises[first : first + segment]
        agree[:, begin - low : end - low] += _RISE_WEIGHT * rises @ heard.rises[begin:end].T
        agree[:, begin - low : end - low] += _ONSET_WEIGHT * np.outer(onsets, heard.onsets[begin:end])
    gains = np.zeros((places, len(steps)), dtype=np.float32)
    for column, step in enumerate(steps):
        gain = gains[:, column]
        for row in range(len(onsets)):
            moved = round(row * int(step) / segment)
            gain += agree[row, moved : moved + places]
    return gains
