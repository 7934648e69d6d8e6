"""Valence, arousal and tension over the cut, from how it is cut, what is said, what is marked and what was asked for.

A first, plain fusion: every source adds its own smooth curve, the sum is squeezed into range. The weights are
ours, chosen on the demo; picture and sound join in a later version.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from hitpoint.model.cut import Cut
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import frames_to_seconds
from hitpoint.story.mood import Mood, mood_of
from hitpoint.story.screenplay import Screenplay, place_screenplay

Curve = NDArray[np.floating[Any]]

#: A shot this long is neither calm nor hurried (average shot lengths of feature films lie at 3 to 6 s).
_NEUTRAL_SHOT_S = 4.5
_CUT_SMOOTHING_S = 4.0
_MOOD_SMOOTHING_S = 1.5
#: A marked moment is approached over this long and left over that long.
_APPROACH_S, _RELEASE_S = 8.0, 5.0
_EDITOR_WORDS_ONLY = re.compile(r"\b(music|cue|mx)\s*(in|out|start|end|stop)\b", re.IGNORECASE)

_SHAPES = (
    ("builds", re.compile(r"\b(builds?|building|rises?|rising|grows?|growing|crescendo)\b")),
    ("fades", re.compile(r"\b(fades?|fading|calms? down|dies away|falls?|diminuendo)\b")),
    ("steady", re.compile(r"\b(steady|even|constant|underscore|flat)\b")),
    ("arch", re.compile(r"\b(arch|rise and fall|up and down)\b")),
)


def brief_shape(brief_text: str) -> str:
    """Return "builds", "fades", "steady", "arch" or "" as the brief asks."""
    text = brief_text.casefold()
    return next((name for name, pattern in _SHAPES if pattern.search(text)), "")


def build_arc(
    cut: Cut, *, hop_s: float = 0.5, brief_text: str = "", screenplay: Screenplay | None = None
) -> EmotionArc:
    """Return the arc of a cut, one value per `hop_s` from record second 0 to the end.

    Sources: cut rate (arousal, a little tension), moods in subtitles, placed action lines and the brief, moods
    on markers (from the marker on), marked moments (a rise towards them, a release after), the brief's shape.
    """
    hops = math.ceil(float(cut.duration_s) / hop_s) + 1
    seconds = np.arange(hops) * hop_s
    pace = _pace(cut, seconds, hop_s)
    climb = _marked_moments(cut, seconds)
    valence, arousal, tension = np.zeros(hops), 0.6 * pace + 0.7 * climb - 0.15, 0.25 + 0.12 * pace + 0.45 * climb
    for curve, share in zip((valence, arousal, tension), _said(cut, screenplay, seconds, hop_s), strict=True):
        curve += share
    for curve, share in zip((valence, arousal, tension), _marked_moods(cut, seconds, hop_s), strict=True):
        curve += share
    asked = mood_of(brief_text)
    if asked:
        valence += 0.5 * asked.valence
        arousal += 0.3 * asked.arousal
        tension += 0.35 * (asked.tension - 0.3)
    shape = _shape(brief_shape(brief_text), hops, has_information=bool(cut.markers) or len(cut.shots) > 2)
    arousal += shape
    tension += 0.5 * shape
    return EmotionArc(
        hop_s=hop_s,
        valence=np.tanh(valence).astype(np.float32),
        arousal=np.tanh(arousal).astype(np.float32),
        tension=np.clip(tension, 0.0, 1.0).astype(np.float32),
    )


def _pace(cut: Cut, seconds: Curve, hop_s: float) -> Curve:
    """Return how hurried the cutting is, about -1..1: log of the smoothed cut rate against the neutral shot."""
    cuts_s = np.array([float(frames_to_seconds(frame, cut.rate)) for frame in cut.cut_frames])
    if cuts_s.size == 0:
        return np.zeros(len(seconds))
    counts = np.histogram(cuts_s, bins=np.append(seconds, seconds[-1] + hop_s))[0] / hop_s
    rate = gaussian_filter1d(counts, _CUT_SMOOTHING_S / hop_s, mode="nearest")
    return np.asarray(np.tanh(0.6 * np.log2(np.maximum(rate, 0.02) * _NEUTRAL_SHOT_S)))


def _marked_moments(cut: Cut, seconds: Curve) -> Curve:
    """Return 0..1: a rise towards every marked moment and a release after it, the strongest at each time."""
    climb = np.zeros(len(seconds))
    for marker in cut.markers:
        text = f"{marker.name} {marker.note}"
        if _EDITOR_WORDS_ONLY.search(text):
            continue
        height = min(1.0, 0.45 + 0.18 * text.count("!") + (0.15 if marker.color == "RED" else 0.0))
        moment_s = float(frames_to_seconds(marker.frame, cut.rate))
        first, last = np.searchsorted(seconds, (moment_s - _APPROACH_S, moment_s + 4 * _RELEASE_S))
        near = seconds[first:last] - moment_s
        shape = np.where(near <= 0, (1 + near / _APPROACH_S).clip(0) ** 1.5, np.exp(-near.clip(0) / _RELEASE_S))
        climb[first:last] = np.maximum(climb[first:last], height * shape)
    return climb


def _said(cut: Cut, screenplay: Screenplay | None, seconds: Curve, hop_s: float) -> tuple[Curve, Curve, Curve]:
    """Return what is said and described, each line lasting a little longer than it is heard."""
    lines = [(float(line.start_s), float(line.end_s), line.text) for line in cut.subtitles]
    if screenplay:
        placed = place_screenplay(screenplay, cut.subtitles)
        lines += [(p.start_s, p.end_s, p.line.text) for p in placed if p.line.kind == "action"]
    curves = (np.zeros(len(seconds)), np.zeros(len(seconds)), np.zeros(len(seconds)))
    for start_s, end_s, text in lines:
        mood = mood_of(text)
        if mood:
            first, last = np.searchsorted(seconds, (start_s - 1.0, end_s + 3.0))
            _add(curves, slice(first, last), mood, 0.4)
    smooth = [gaussian_filter1d(curve, 2.0 / hop_s, mode="nearest").clip(-0.5, 0.5) for curve in curves]
    return smooth[0], smooth[1], smooth[2]


def _marked_moods(cut: Cut, seconds: Curve, hop_s: float) -> tuple[Curve, Curve, Curve]:
    """Return the moods that markers set: each holds until the next."""
    moods = [(float(frames_to_seconds(m.frame, cut.rate)), mood_of(f"{m.name} {m.note}")) for m in cut.markers]
    known = [(start_s, mood) for start_s, mood in moods if mood]
    curves = (np.zeros(len(seconds)), np.zeros(len(seconds)), np.zeros(len(seconds)))
    ends_s = [*(start_s for start_s, _ in known[1:]), seconds[-1] + hop_s]
    for (start_s, mood), end_s in zip(known, ends_s, strict=False):
        first, last = np.searchsorted(seconds, (start_s, end_s))
        _add(curves, slice(first, last), mood, 0.6)
    smooth = [gaussian_filter1d(curve, _MOOD_SMOOTHING_S / hop_s, mode="nearest") for curve in curves]
    return smooth[0], smooth[1], smooth[2]


def _add(curves: tuple[Curve, Curve, Curve], where: slice, mood: Mood, weight: float) -> None:
    for curve, value in zip(curves, (mood.valence, mood.arousal, mood.tension - 0.3), strict=True):
        curve[where] += weight * value


def _shape(name: str, hops: int, *, has_information: bool) -> Curve:
    """Return the brief's shape; without a word and without any information, a gentle arch."""
    x = np.linspace(0.0, 1.0, hops)
    if name == "builds":
        return 0.9 * x - 0.45
    if name == "fades":
        return 0.4 - 0.9 * x
    if name == "arch" or (not name and not has_information):
        return 0.9 * np.sin(np.pi * x**1.3) - 0.5
    return np.zeros(hops)
