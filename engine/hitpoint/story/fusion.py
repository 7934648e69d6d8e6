"""The modalities' opinions put together: a small attention whose weights can be read.

Each modality's estimate of valence, arousal and tension is a weighted sum of its signals, squashed by tanh. At each hop
a modality's share is its prior share times its confidence, more where its opinion is strong ("who shouts is heard"),
over the sum of all shares and that of nobody. So shares can be plotted: who was listened to, and how much was unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import SettingError
from hitpoint.resources import load_toml, resources_folder, user_config_folder
from hitpoint.story.signals import Curve, Modality

#: The rows of all curves here.
DIMENSIONS = ("valence", "arousal", "tension")
MODALITIES = ("cutting", "picture", "sound", "words", "eyes")
#: Came later: tables of a user's own that do not have them get ours.
_LATER = ("eyes",)
#: A full opinion counts this much more than none, as exp(loudness * |opinion|).
_LOUDNESS = 0.8

Triple = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcWeights:
    """What resources/arc.toml holds, checked. Triples are valence, arousal, tension.

    Attributes
    ----------
    shares : by modality and "nobody", each >= 0
    signals : by modality and signal
    memory_half_life_s, memory_share : float
    """

    shares: Mapping[str, Triple]
    signals: Mapping[str, Mapping[str, Triple]]
    memory_half_life_s: float
    memory_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """What each modality thinks, and how much it was listened to.

    Attributes
    ----------
    estimates, shares : by modality, shape (3, n); estimates -1..1, shares 0..1 (what is left is nobody's)
    fused : shape (3, n), -1..1
    confidence : shape (n,), 0..1
        Mean share of those who have an opinion, less where they disagree.
    """

    estimates: Mapping[str, Curve]
    shares: Mapping[str, Curve]
    fused: Curve
    confidence: Curve


def load_arc_weights(path: Path | None = None) -> ArcWeights:
    """Return the weights: `path`, or the user's own (arc.toml in the configuration folder), or ours."""
    own = user_config_folder() / "arc.toml"
    ours = resources_folder() / "arc.toml"
    path = path or (own if own.is_file() else ours)
    table = load_toml(path)
    if path != ours:
        table = _completed(table, load_toml(ours))
    return weights_of(table, path)


def _completed(table: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table of weights with our lines for those modalities that it knows nothing of."""
    shares = table.get("shares", {})
    missing = [name for name in _LATER if name not in shares]
    return {
        **{name: ours[name] for name in missing},
        **table,
        "shares": {**{name: ours["shares"][name] for name in missing}, **shares},
    }


def weights_of(table: Mapping[str, Any], path: Path) -> ArcWeights:
    """Check a table of weights; `SettingError` names the line that has the wrong form."""

    def triple(where: str, values: Any) -> Triple:
        try:
            numbers = np.array([float(value) for value in values])
        except (TypeError, ValueError):
            numbers = np.zeros(0)
        if numbers.shape != (3,) or not np.isfinite(numbers).all():
            raise SettingError(f"{path}: {where} needs three numbers: valence, arousal, tension")
        return numbers

    shares = {name: triple(f"shares.{name}", table.get("shares", {}).get(name)) for name in (*MODALITIES, "nobody")}
    if any((share < 0).any() for share in shares.values()) or (shares["nobody"] <= 0).any():
        raise SettingError(f"{path}: [shares] must not be negative, and those of nobody be positive")
    memory = table.get("memory", {})
    try:
        half_life_s, share = float(memory["half_life_s"]), float(memory["share"])
    except (KeyError, TypeError, ValueError) as error:
        raise SettingError(f"{path}: [memory] needs half_life_s and share") from error
    if half_life_s <= 0 or not 0 <= share <= 1:
        raise SettingError(f"{path}: [memory] half_life_s must be positive, share in 0..1")
    return ArcWeights(
        shares=shares,
        signals={
            modality: {name: triple(f"{modality}.{name}", values) for name, values in table.get(modality, {}).items()}
            for modality in MODALITIES
        },
        memory_half_life_s=half_life_s,
        memory_share=share,
    )


def fuse(modalities: Mapping[str, Modality], weights: ArcWeights, *, hop_s: float) -> Opinions:
    """Return what all modalities together say, and who said it."""
    hops = len(next(iter(modalities.values())).confidence)
    estimates = {name: estimate(modality, weights.signals[name]) for name, modality in modalities.items()}
    raw = {
        name: weights.shares[name][:, None] * modalities[name].confidence * np.exp(_LOUDNESS * np.abs(estimates[name]))
        for name in modalities
    }
    total = np.sum(list(raw.values()), axis=0) + weights.shares["nobody"][:, None]
    shares = {name: share / total for name, share in raw.items()}
    fused = np.zeros((3, hops))
    for name, share in shares.items():
        fused += share * estimates[name]
    fused[0] = _remembered(fused[0], weights, hop_s)
    spread = np.sqrt(sum(share * (estimates[name] - fused) ** 2 for name, share in shares.items()))
    known = np.sum(list(shares.values()), axis=0)
    confidence = np.clip(known * (1 - 0.5 * np.minimum(1.0, spread)), 0, 1).mean(axis=0)
    return Opinions(estimates=estimates, shares=shares, fused=fused, confidence=confidence)


def estimate(modality: Modality, signals: Mapping[str, Triple]) -> Curve:
    """Return one modality's opinion, shape (3, n); `bias` is a signal of 1. Signals without a weight are ignored."""
    total = np.zeros((3, len(modality.confidence)))
    for name, weight in signals.items():
        curve = np.ones(total.shape[1]) if name == "bias" else modality.signals.get(name)
        if curve is not None:
            total += weight[:, None] * curve
    return np.asarray(np.tanh(total))


def _remembered(valence: Curve, weights: ArcWeights, hop_s: float) -> Curve:
    """Return valence coloured by the sorrow before it: what is brighter than the memory is drawn towards it.

    The memory is the negative part of the valence, held with a half-life (fading affect is slow after losses).
    """
    keep = math.exp(-math.log(2) * hop_s / weights.memory_half_life_s)
    reached = math.exp(-math.log(2) * hop_s / 4.0)  # a sorrow has to last some seconds to be remembered
    coloured = np.empty_like(valence)
    memory = felt = 0.0
    for hop, value in enumerate(valence):
        felt = reached * felt + (1 - reached) * min(0.0, float(value))
        memory = min(keep * memory, felt)
        coloured[hop] = value + weights.memory_share * memory if value > memory else value
    return np.clip(coloured, -1, 1)
