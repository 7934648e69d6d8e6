"""What eyes recognised in the picture, as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hitpoint.perception.eyes import SeenShot, Sight, tell_shot
from hitpoint.perception.eyes.values import TOLD_FROM

#: Groups that are told by their likeliest class.
_TOLD = ("emotion", "setting", "light", "place", "scale", "people")
#: Emotions that are less likely are not listed.
_LEAST_EMOTION = 0.05


def recognised_values(sight: Sight | None) -> dict[str, Any] | None:
    """Return what a report says about the picture's content; None where no eyes looked."""
    if sight is None:
        return None
    length_s = sum(shot.end_s - shot.start_s for shot in sight.shots)
    return {
        "model": sight.model,
        "shots": [_shot(shot) for shot in sight.shots],
        "presence": _presence(sight.shots, length_s),
        "aesthetics": _beauty(sight.shots, length_s),
    }


def _shot(shot: SeenShot) -> dict[str, Any]:
    return {
        "start_s": shot.start_s,
        "end_s": shot.end_s,
        "shot": shot.shot_index,
        "name": shot.name,
        "frames": shot.frames,
        "told": tell_shot(shot),
        **{group: _likeliest(shot, group) for group in _TOLD},
        "emotions": {
            name: round(p, 4) for name, p in _by_size(shot.choices.get("emotion", {})).items() if p >= _LEAST_EMOTION
        },
        "contains": {name: round(p, 4) for name, p in _by_size(shot.contains).items() if p >= TOLD_FROM},
        "aesthetics": round(shot.aesthetics, 4),
        "valence": round(shot.valence, 4),
        "arousal": round(shot.arousal, 4),
        "tension": round(shot.tension, 4),
        "agreement": round(shot.agreement, 4),
        "confidence": round(shot.confidence, 4),
    }


def _likeliest(shot: SeenShot, group: str) -> dict[str, Any]:
    name, sureness = shot.likeliest(group)
    return {"name": name, "probability": round(sureness, 4)}


def _presence(shots: Sequence[SeenShot], length_s: float) -> dict[str, float]:
    """Return in what share of the time each thing or character is likely there; what never is, is left out."""
    names = dict.fromkeys(name for shot in shots for name in shot.contains)
    shares = {
        name: sum(shot.end_s - shot.start_s for shot in shots if shot.contains.get(name, 0.0) >= TOLD_FROM) / length_s
        for name in names
    }
    return {name: round(share, 4) for name, share in _by_size(shares).items() if share > 0}


def _beauty(shots: Sequence[SeenShot], length_s: float) -> float | None:
    if not length_s:
        return None
    return round(sum((shot.end_s - shot.start_s) * shot.aesthetics for shot in shots) / length_s, 4)


def _by_size(values: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(values.items(), key=lambda row: -row[1]))
