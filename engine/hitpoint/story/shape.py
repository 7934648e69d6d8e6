"""The shape that a brief asks for: "builds to the bridge", "fades", "steady", "an arch"."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.cut import Cut
from hitpoint.model.time import frames_to_seconds
from hitpoint.story.mood import words_of

_SHAPES = (
    ("arch", re.compile(r"\b(arch|arc|rises? and falls?|up and down|swells? and (?:fades?|falls?))\b")),
    (
        "builds",
        re.compile(r"\b(builds?|building|build-up|rises?|rising|grows?|growing|swells?|crescendo|escalat\w+)\b"),
    ),
    (
        "fades",
        re.compile(r"\b(fades?|fading|calms? down|winds? down|dies away|falls?|falling|diminuendo|decrescendo)\b"),
    ),
    ("steady", re.compile(r"\b(steady|steadily even|even|constant|unchanging|flat|stays? (?:calm|quiet|low))\b")),
)
_GOAL = re.compile(
    r"\b(?:builds?|building|rises?|rising|grows?|growing|swells?|leads?|leading|crescendo|escalat\w+)\s+(?:up\s+)?"
    r"(?:to|until|till|towards?|into|for)\s+(?P<goal>[^,;.\n]+)"
)
_EMPTY_WORDS = frozenset(
    {"the", "a", "an", "end", "ending", "and", "of", "in", "on", "at", "to", "big", "final", "last"}
)


def brief_shape(brief_text: str) -> str:
    """Return "builds", "fades", "steady", "arch" or "" as the brief asks."""
    text = brief_text.casefold()
    return next((name for name, pattern in _SHAPES if pattern.search(text)), "")


def goal_s(brief_text: str, cut: Cut) -> float | None:
    """Return the record second of what the music "builds to": the last marker, shot or subtitle with those words.

    A marker counts before a shot, a shot before a subtitle; None where the brief names nothing, or nothing of the cut.
    """
    match = _GOAL.search(brief_text.casefold())
    wanted = set(words_of(match["goal"])) - _EMPTY_WORDS if match else set()
    if not wanted:
        return None
    named = (
        [(marker.frame, f"{marker.name} {marker.note}") for marker in cut.markers],
        [(shot.span.start_frame, shot.name) for shot in cut.shots],
    )
    for places in named:
        frames = [frame for frame, text in places if wanted & set(words_of(text))]
        if frames:
            return float(frames_to_seconds(max(frames), cut.rate))
    spoken_s = [float(line.start_s) for line in cut.subtitles if wanted & set(words_of(line.text))]
    return max(spoken_s, default=None)


def shape_curve(shape: str, hops: int, *, goal: float | None) -> NDArray[np.float64]:
    """Return what a shape adds to arousal, shape (hops,), within -0.6..0.6.

    `goal` is where "builds" arrives, 0..1 of the cut; after it the music lets go a little. None is the end.
    """
    x = np.linspace(0.0, 1.0, hops)
    if shape == "builds":
        top = 1.0 if goal is None else min(1.0, max(0.05, goal))
        return np.where(x <= top, 1.0 * x / top - 0.45, 0.55 - 0.9 * (x - top) / max(1e-9, 1 - top) * (1 - top) ** 0.5)
    if shape == "fades":
        return 0.45 - 0.95 * x
    if shape == "arch":
        return 0.9 * np.sin(np.pi * x**1.3) - 0.5  # the top lies after the middle, at 0.59
    return np.zeros(hops)
