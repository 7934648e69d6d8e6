"""Emphasis: the arc and a drawn intensity, raised or lowered over stretches ("more tense here"), softly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.spotting import Cue
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds

#: From nothing to all of it, outside the stretch: less would be heard as a switch.
SHOULDER_S = 2.0
#: How much of the way that is left to the top (or to the bottom) an amount of 1 goes.
_TENSION_SHARE, _AROUSAL_SHARE, _LEVEL_SHARE = 0.75, 0.55, 0.65
#: Points of a shoulder in a drawn intensity: quarter, half, three quarters of the way.
_SHOULDER_POINTS = (0.0, 0.25, 0.5, 0.75, 1.0)

Curve = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emphasis:
    """Raise (amount up to 1) or lower (down to -1) from `start_s` to `end_s`; nothing happens outside `within_s`.

    Record seconds.
    """

    start_s: float
    end_s: float
    within_s: tuple[float, float]
    amount: float

    def share_at(self, seconds: Curve) -> Curve:
        """Return how much of it is in force, 0..1: all of it inside, on the shoulders half a cosine."""
        outside = np.maximum(self.start_s - seconds, seconds - self.end_s).clip(0.0, SHOULDER_S)
        share = 0.5 + 0.5 * np.cos(np.pi * outside / SHOULDER_S)
        inside = (seconds >= self.within_s[0]) & (seconds <= self.within_s[1])
        return np.asarray(np.where(inside, share, 0.0))


def emphasis_of(
    spans: Sequence[tuple[int, int, float]], cue: FrameSpan, *, rate: FrameRate
) -> tuple[tuple[Emphasis, ...], tuple[tuple[int, int, float], ...]]:
    """Return the emphasis of a cue from (start_frame, end_frame, amount), and those that lie outside of the cue."""
    bounds_s = _seconds(cue.start_frame, rate), _seconds(cue.end_frame, rate)
    inside = [span for span in spans if span[0] < cue.end_frame and span[1] > cue.start_frame]
    found = tuple(
        Emphasis(start_s=_seconds(start, rate), end_s=_seconds(end, rate), within_s=bounds_s, amount=amount)
        for start, end, amount in inside
    )
    return found, tuple(span for span in spans if span not in inside)


def emphasise_arc(arc: EmotionArc, emphases: Sequence[Emphasis]) -> EmotionArc:
    """Return the arc with more (or less) tension and arousal where it is asked for; elsewhere it is the same."""
    if not emphases:
        return arc
    seconds = np.arange(len(arc.tension)) * arc.hop_s
    tension: Curve = arc.tension.astype(np.float64)
    arousal: Curve = arc.arousal.astype(np.float64)
    for emphasis in emphases:
        share = emphasis.amount * emphasis.share_at(seconds)
        tension = _raised(tension, _TENSION_SHARE * share, 0.0)
        arousal = _raised(arousal, _AROUSAL_SHARE * share, -1.0)
    return replace(arc, tension=tension.astype(np.float32), arousal=arousal.astype(np.float32))


def emphasise_intensity(cue: Cue, emphases: Sequence[Emphasis], *, rate: FrameRate) -> Cue:
    """Return a cue whose drawn intensity is raised (or lowered); one that follows the arc is left to the arc."""
    if not cue.brief.intensity or not emphases:
        return cue
    start_s, length_s = _seconds(cue.span.start_frame, rate), _seconds(cue.span.duration_frames, rate)
    drawn = np.array(cue.brief.intensity, dtype=np.float64)
    moments_s = {float(share) for share in drawn[:, 0]} | {0.0, 1.0}
    for emphasis in emphases:
        for way in _SHOULDER_POINTS:
            for at_s in (emphasis.start_s - way * SHOULDER_S, emphasis.end_s + way * SHOULDER_S):
                moments_s.add(round(min(max((at_s - start_s) / length_s, 0.0), 1.0), 9))
    shares = np.array(sorted(moments_s))
    levels = np.interp(shares, drawn[:, 0], drawn[:, 1])
    for emphasis in emphases:
        levels = _raised(levels, _LEVEL_SHARE * emphasis.amount * emphasis.share_at(start_s + shares * length_s), 0.0)
    points = tuple((float(share), float(level)) for share, level in zip(shares, levels, strict=True))
    return replace(cue, brief=replace(cue.brief, intensity=points))


def _raised(curve: Curve, share: Curve, lowest: float) -> Curve:
    """Return a curve that goes a share (-1..1) of the way up to 1 or down to `lowest`: never beyond, and smoothly."""
    return np.asarray(np.where(share > 0, curve + share * (1.0 - curve), curve + share * (curve - lowest)))


def _seconds(frames: int, rate: FrameRate) -> float:
    return float(frames_to_seconds(frames, rate))
