"""What eyes recognised in a stretch of the cut, in words for a brief."""

from __future__ import annotations

from collections import defaultdict

from hitpoint.perception.eyes import SeenShot, Sight, tell_shot

#: Groups that say where and when a scene plays, and the share of the time from which each is said.
_GROUPS, _MOSTLY = ("setting", "light", "place"), 0.5


def seen_shots(sight: Sight | None, start_s: float, end_s: float) -> tuple[str, ...]:
    """Return "4.0 s: outdoors, at night, a forest, wide shot; fearful" for each shot, in seconds from the start."""
    told = [(max(0.0, shot.start_s - start_s), tell_shot(shot)) for shot in _between(sight, start_s, end_s)]
    return tuple(f"{at_s:.1f} s: {words}" for at_s, words in told if words)


def seen_setting(sight: Sight | None, start_s: float, end_s: float) -> str:
    """Return where and when most of a stretch plays: "outdoors, at night, a forest"; "" where that is not clear."""
    shots = _between(sight, start_s, end_s)
    lengths_s = [min(shot.end_s, end_s) - max(shot.start_s, start_s) for shot in shots]
    parts = []
    for group in _GROUPS:
        sums: dict[str, float] = defaultdict(float)
        for shot, length_s in zip(shots, lengths_s, strict=True):
            for name, probability in shot.choices.get(group, {}).items():
                sums[name] += probability * length_s / sum(lengths_s)
        name = max(sums, key=lambda key: sums[key], default="")
        if name and sums[name] >= _MOSTLY:
            parts.append(name)
    return ", ".join(parts)


def _between(sight: Sight | None, start_s: float, end_s: float) -> list[SeenShot]:
    if sight is None:
        return []
    return [shot for shot in sight.shots if shot.start_s < end_s and shot.end_s > start_s]
