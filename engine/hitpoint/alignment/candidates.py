"""Of several generated takes, the best: a rating of each, with its parts told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.features import Features, features_of_audio
from hitpoint.alignment.seams import tail_silence_s
from hitpoint.alignment.values import Aligned, AlignedHit, SampleSpan, Unaligned
from hitpoint.model.key import parse_key
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

#: What counts how much; text-audio similarity joins where a model is there.
WEIGHTS = {
    "hits": 3.0,
    "agreement": 2.0,
    "key": 1.0,
    "dynamics": 2.0,
    "clean": 1.0,
    "sounding": 1.0,
    "kept": 1.0,
    "text": 2.0,
}
#: A hit this far away is worth nothing, and half as far half.
_WORTHLESS_MS = 80.0
#: Samples at full scale in a row are clipping; so large a share of the sound makes a take worthless.
_FULL_SCALE, _CLIPPED_SHARE = 0.999, 1e-3
_SILENT_DB, _LEVEL_S = -45.0, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateScore:
    """Rating 0..1 of a take, its `parts` 0..1 by name (see `WEIGHTS`), and a sentence.

    hits       as generated, how near to their samples they could be put (replaced ones are worth nothing)
    agreement  with the score (`Agreement.confidence`)
    key        chroma in the scale of the key that the score is in
    dynamics   level against the planned intensity
    clean      no clipping
    sounding   no silence where the plan has music
    kept       share of the time in which the take itself is heard
    """

    rating: float
    parts: dict[str, float]
    sentence: str


def rate_candidate(
    result: Aligned | Unaligned,
    *,
    key: str,
    intensity: NDArray[np.float32],
    intensity_hop_s: float,
    text_similarity: float | None = None,
) -> CandidateScore:
    """Return the rating of an aligned take; 0 for one that was refused.

    Parameters
    ----------
    key : str
        "D minor"; "" rates no key.
    intensity : float [shape=(n,)], 0..1
        Planned, one value per hop from the first sample of the take on.
    text_similarity : float, -1..1
        Of the take with its prompt, where a model knows.
    """
    if isinstance(result, Unaligned):
        return CandidateScore(rating=0.0, parts={}, sentence=result.reason)
    return rate_take(
        result.audio,
        hits=result.hits,
        confidence=result.agreement.confidence,
        patched=(*result.masked, *result.replaced),
        key=key,
        intensity=intensity,
        intensity_hop_s=intensity_hop_s,
        text_similarity=text_similarity,
    )


def rate_take(
    audio: Audio,
    *,
    hits: Sequence[AlignedHit],
    confidence: float,
    patched: Sequence[SampleSpan],
    key: str,
    intensity: NDArray[np.float32],
    intensity_hop_s: float,
    text_similarity: float | None = None,
) -> CandidateScore:
    """Return the rating of an aligned take that was joined from windows; see `rate_candidate`.

    Parameters
    ----------
    audio : float32 [shape=(n, 2)], 48 kHz
    confidence : float, 0..1
        `Agreement.confidence`; of several windows their mean.
    patched : sequence of SampleSpan
        Where the take itself is not heard.
    """
    seconds = len(audio) / SAMPLE_RATE_HZ
    parts = {
        "hits": _hits(hits),
        "agreement": confidence,
        "dynamics": dynamics_agreement(audio, intensity, intensity_hop_s),
        "clean": 1.0 - min(1.0, clipped_share(audio) / _CLIPPED_SHARE),
        "sounding": 1.0 - silent_share(audio, intensity, intensity_hop_s),
        "kept": 1.0
        - sum(span.end_sample - span.start_sample for span in patched) / SAMPLE_RATE_HZ / max(seconds, 1e-9),
    }
    if parse_key(key) is not None:
        parts["key"] = key_agreement(features_of_audio(audio), key)
    if text_similarity is not None:
        parts["text"] = float(np.clip((text_similarity + 1) / 2, 0, 1))
    weight = sum(WEIGHTS[name] for name in parts)
    rating = sum(WEIGHTS[name] * value for name, value in parts.items()) / weight
    worst = min(parts, key=lambda name: parts[name])
    sentence = f"rated {rating:.2f}; weakest in {worst} ({parts[worst]:.2f})"
    return CandidateScore(rating=round(rating, 4), parts={n: round(v, 4) for n, v in parts.items()}, sentence=sentence)


def best_candidate(scores: Sequence[CandidateScore]) -> int | None:
    """Return the index of the best take, the first of equals; None where every one was refused."""
    usable = [index for index, score in enumerate(scores) if score.rating > 0]
    return max(usable, key=lambda index: (scores[index].rating, -index)) if usable else None


def _hits(hits: Sequence[AlignedHit]) -> float:
    known = [hit for hit in hits if hit.how != "unheard"]
    if not known:
        return 1.0
    worth = [
        max(0.0, 1.0 - abs(hit.after.error_ms) / _WORTHLESS_MS)
        if hit.how == "aligned" and hit.after.error_ms is not None
        else 0.0
        for hit in known
    ]
    return float(np.mean(worth))


def key_agreement(features: Features, key: str) -> float:
    """Return 0..1: how much of what stands out in the chroma belongs to the scale of a key (0.5 is chance)."""
    wanted = parse_key(key)
    if wanted is None:
        raise ValueError(f"{key!r} is not a key")
    heard = np.maximum(features.chroma, 0.0).sum(axis=0)
    if heard.sum() <= 0:
        return 0.0
    inside = heard[list(wanted.scale)].sum() / len(wanted.scale)
    outside = np.delete(heard, list(wanted.scale)).sum() / (12 - len(wanted.scale))
    return float(inside / (inside + outside))


def dynamics_agreement(audio: Audio, intensity: NDArray[np.float32], hop_s: float) -> float:
    """Return 0..1: correlation of the level (dB, half seconds) with the plan; 0.5 where the plan does not move."""
    levels = _levels_db(audio)
    planned = _planned(intensity, hop_s, len(levels))
    sounds = np.isfinite(planned) & (levels > levels.max(initial=-200.0) - 60)
    if sounds.sum() < 4 or np.std(planned[sounds]) < 1e-3 or np.std(levels[sounds]) < 1e-3:
        return 0.5
    return float(0.5 + 0.5 * np.corrcoef(planned[sounds], levels[sounds])[0, 1])


def clipped_share(audio: Audio) -> float:
    """Return the share of samples that are at full scale together with their neighbour."""
    full = np.abs(audio) >= _FULL_SCALE
    return float((full[1:] & full[:-1]).mean()) if len(audio) > 1 else 0.0


def silent_share(audio: Audio, intensity: NDArray[np.float32], hop_s: float) -> float:
    """Return the share of half seconds with music in the plan in which nothing is heard, the end included."""
    levels = _levels_db(audio)
    planned = _planned(intensity, hop_s, len(levels))
    wanted = np.isfinite(planned) & (planned > 0.02)
    if not wanted.any():
        return 0.0
    reference = float(np.percentile(levels, 90))
    silent = levels < reference + _SILENT_DB
    at_end = round(tail_silence_s(audio) / _LEVEL_S)
    if at_end:
        silent[len(silent) - at_end :] = True
    return float((silent & wanted).sum() / wanted.sum())


def _levels_db(audio: Audio) -> NDArray[np.float64]:
    size = round(_LEVEL_S * SAMPLE_RATE_HZ)
    count = len(audio) // size
    power = (audio[: count * size].astype(np.float64) ** 2).reshape(count, -1).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-12))


def _planned(intensity: NDArray[np.float32], hop_s: float, count: int) -> NDArray[np.float64]:
    """Return the plan at the middles of the half seconds; nan after its end."""
    middles = (np.arange(count) + 0.5) * _LEVEL_S
    hops = (middles / hop_s).astype(np.int64)
    inside = hops < len(intensity)
    planned = np.full(count, np.nan)
    planned[inside] = np.asarray(intensity, dtype=np.float64)[hops[inside]]
    return planned
