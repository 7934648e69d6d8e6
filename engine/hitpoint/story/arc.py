"""The emotional arc: what the modalities say together, bent by what the editor marked and asked for.

Curves are arrays of shape (3, n): valence, arousal and tension, one column per hop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hitpoint.model.cut import Cut
from hitpoint.model.spotting import HitKind
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import frames_to_seconds
from hitpoint.perception import Perception
from hitpoint.story.fusion import ArcWeights, Opinions, fuse, load_arc_weights
from hitpoint.story.marker_table import MarkerTable, load_marker_table
from hitpoint.story.markers import MarkerMeaning, read_marker
from hitpoint.story.mood import NEUTRAL_TENSION, Mood, mood_of
from hitpoint.story.shape import brief_shape, goal_s, shape_curve
from hitpoint.story.signals import Curve, read_signals
from hitpoint.story.told import ToldLine

#: Record second and meaning of a marker.
Marked = tuple[float, MarkerMeaning]

#: A mean of opinions is weaker than any of them: what all say together is said again this much louder.
_EXPRESSION = 1.5
#: Arousal of a scene that says nothing; climbs towards marked moments lie above it.
_RESTING_AROUSAL = -0.12
#: Tension lies in 0..1, the modalities' opinion of it in -1..1: full opinions reach from here to there.
_TENSION_UP, _TENSION_DOWN = 0.6, 0.35
_MOOD_SMOOTHING_S = 1.5
#: A stop is left at once, and it stays calm this long.
_HUSH_S = 6.0
#: As far as the curves go in -1..1.
_HIGHEST = 0.96
#: How much a mood on a marker counts.
_MARKED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Swell:
    """How marked moments are approached and left; a high `exponent` leaves only the heaviest."""

    approach_s: float
    release_s: float
    exponent: float


_NEAR, _FAR = _Swell(8.0, 5.0, 1.5), _Swell(60.0, 20.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcEvidence:
    """Why the arc is as it is: what the modalities said; what the editor's words and markers added, shape (3, n)."""

    opinions: Opinions
    editor: Curve


def draw_arc(
    cut: Cut,
    *,
    hop_s: float = 0.5,
    brief_text: str = "",
    lines: Sequence[ToldLine] = (),
    perception: Perception | None = None,
    marker_table: MarkerTable | None = None,
    weights: ArcWeights | None = None,
    opinions: Opinions | None = None,
) -> tuple[EmotionArc, ArcEvidence]:
    """Return the arc of a cut, one value per `hop_s` from record second 0 to the end, and the evidence for it.

    What cutting, picture, sound and words say is fused (`hitpoint.story.fusion`). Over it lies what the editor says:
    moods on markers (from the marker on), marked moments (a rise towards each by its weight, a long one towards the
    heaviest, a release after; a hush after a stop), the moods and the shape of the brief. Where there is nothing of
    all this, a gentle arch. `marker_table` and `weights` None are the usual ones. `opinions` are those of the same
    picture, sound and words where they were fused before.
    """
    hops = math.ceil(float(cut.duration_s) / hop_s) + 1
    seconds = np.arange(hops) * hop_s
    if opinions is None:
        modalities = read_signals(cut, hops=hops, hop_s=hop_s, perception=perception, lines=lines)
        opinions = fuse(modalities, weights or load_arc_weights(), hop_s=hop_s)
    valence, arousal, tension = np.clip(_EXPRESSION * opinions.fused, -1, 1)
    felt = np.stack(
        (
            valence,
            arousal + _RESTING_AROUSAL,
            NEUTRAL_TENSION - 0.05 + np.where(tension > 0, _TENSION_UP, _TENSION_DOWN) * tension,
        )
    )
    marked = _read_markers(cut, marker_table or load_marker_table())
    moments = [(at_s, meaning) for at_s, meaning in marked if meaning.role == "hit"]
    climb = 0.5 * _climb(moments, seconds, _NEAR) + 0.7 * _climb(moments, seconds, _FAR)
    hush = _hush(moments, seconds)
    curves = felt + np.stack((np.zeros(hops), climb - 0.5 * hush, 0.6 * climb - 0.2 * hush))
    curves += _marked_moods(marked, seconds, hop_s)
    asked = mood_of(brief_text)
    if asked:
        curves += np.array([[0.5], [0.2], [0.3]]) * _levels(asked)
    has_information = bool(marked or len(cut.shots) > 2 or lines or opinions.confidence.mean() > 0.2)
    shape = brief_shape(brief_text) or ("" if has_information else "arch")
    reached_s = goal_s(brief_text, cut) if shape == "builds" else None
    bend = shape_curve(shape, hops, goal=None if reached_s is None else reached_s / float(cut.duration_s))
    curves += np.array([[0.0], [1.0], [0.5]]) * bend
    if shape == "steady":
        curves = 0.4 * curves + 0.6 * curves.mean(axis=1, keepdims=True)
    arc = EmotionArc(
        hop_s=hop_s,
        valence=_fitted(curves[0]).astype(np.float32),
        arousal=_fitted(curves[1]).astype(np.float32),
        tension=(0.5 + 0.5 * _fitted(2 * (curves[2] - 0.5))).astype(np.float32),
        confidence=opinions.confidence.astype(np.float32),
    )
    return arc, ArcEvidence(opinions=opinions, editor=curves - felt)


def _fitted(curve: Curve) -> Curve:
    """Return a curve within -1..1, made smaller as a whole where it is larger: what builds must go on building."""
    return curve / max(1.0, float(np.abs(curve).max()) / _HIGHEST)


def _read_markers(cut: Cut, table: MarkerTable) -> list[Marked]:
    return [
        (float(frames_to_seconds(marker.frame, cut.rate)), read_marker(marker, table))
        for marker in sorted(cut.markers, key=lambda marker: marker.frame)
        if 0 <= marker.frame < cut.duration_frames
    ]


def _climb(moments: Sequence[Marked], seconds: Curve, swell: _Swell) -> Curve:
    """Return 0..1: the rise towards marked moments and the release after; the strongest speaks at each time."""
    climb = np.zeros(len(seconds))
    for moment_s, meaning in moments:
        height = meaning.weight**swell.exponent
        bounds = (moment_s - swell.approach_s, moment_s, moment_s + 5 * swell.release_s)
        first, at, last = np.searchsorted(seconds, bounds)
        rise = height * (1 - (moment_s - seconds[first:at]) / swell.approach_s).clip(0) ** 1.5
        climb[first:at] = np.maximum(climb[first:at], rise)
        if not _is_stop(meaning):
            fall = height * np.exp(-(seconds[at:last] - moment_s) / swell.release_s)
            climb[at:last] = np.maximum(climb[at:last], fall)
    return climb


def _hush(moments: Sequence[Marked], seconds: Curve) -> Curve:
    """Return 0..1: the calm after each stop, until the next moment at the latest."""
    hush = np.zeros(len(seconds))
    ends_s = [at_s for at_s, _ in moments[1:]] + [float(seconds[-1]) + 1.0]
    for (moment_s, meaning), end_s in zip(moments, ends_s, strict=False):
        if _is_stop(meaning):
            first, last = np.searchsorted(seconds, (moment_s, min(end_s, moment_s + 5 * _HUSH_S)))
            hush[first:last] = meaning.weight * np.exp(-(seconds[first:last] - moment_s) / _HUSH_S)
    return hush


def _is_stop(meaning: MarkerMeaning) -> bool:
    return meaning.kind in (HitKind.SILENCE, HitKind.OUT)


def _marked_moods(marked: Sequence[Marked], seconds: Curve, hop_s: float) -> Curve:
    """Return the moods that markers set: each holds until the next."""
    told = [(at_s, mood_of(value)) for at_s, meaning in marked for kind, value in meaning.directions if kind == "mood"]
    known = [(at_s, mood) for at_s, mood in told if mood]
    curves = np.zeros((3, len(seconds)))
    for (start_s, mood), (end_s, _) in pairwise([*known, (seconds[-1] + hop_s, None)]):
        first, last = np.searchsorted(seconds, (start_s, end_s))
        if mood:
            curves[:, first:last] += _MARKED_SHARE * _levels(mood)
    return _smooth(curves, _MOOD_SMOOTHING_S / hop_s)


def _levels(mood: Mood) -> Curve:
    """Return a mood as a column that can be added: tension counts from what is neutral."""
    return np.array([[mood.valence], [mood.arousal], [mood.tension - NEUTRAL_TENSION]])


def _smooth(curves: Curve, sigma_hops: float) -> Curve:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(curves, sigma_hops, axis=-1, mode="nearest"))
