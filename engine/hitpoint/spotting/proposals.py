"""Hits that the engine proposes itself where the editor marked none: strong cuts, well apart."""

from __future__ import annotations

from bisect import bisect_right, insort

import numpy as np

from hitpoint.model.cut import Cut
from hitpoint.model.spotting import HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameSpan, frames_to_seconds

#: About one proposal in this many seconds of music, at least this far apart and from the cue's ends.
SECONDS_PER_HIT, SHORTEST_DISTANCE_S = 14.0, 6.0
#: Real feature films let a third of their cues start within half a second of a cut, not all (music.md §3): proposals
#: are weak hits, exact but on any beat.
_LOWEST_WEIGHT, _HIGHEST_WEIGHT = 0.3, 0.45
#: What a cut inside a line of dialogue loses: music should not strike into speech.
_SPEECH_COST = 1.0


def propose_hits(cut: Cut, span: FrameSpan, arc: EmotionArc) -> tuple[HitPoint, ...]:
    """Return hits on the strongest cuts of a span, sorted.

    A cut is strong when the shot before it was long, when shots get shorter or longer there, and when the arc rises.
    """
    rated = _rated_cuts(cut, span, arc)
    apart_frames = int(SHORTEST_DISTANCE_S * cut.rate.fps)
    wanted = max(1, round(float(frames_to_seconds(span.duration_frames, cut.rate)) / SECONDS_PER_HIT))
    taken = [span.start_frame, span.end_frame]
    chosen: dict[int, float] = {}
    for rating, frame in sorted(rated, key=lambda pair: (-pair[0], pair[1])):
        at = bisect_right(taken, frame)
        if len(chosen) < wanted and frame - taken[at - 1] >= apart_frames <= taken[at] - frame:
            insort(taken, frame)
            chosen[frame] = rating
    highest = max(chosen.values(), default=1.0)
    return tuple(
        HitPoint(
            id=f"cut-{frame}",
            frame=frame,
            kind=HitKind.ACCENT,
            weight=round(_LOWEST_WEIGHT + (_HIGHEST_WEIGHT - _LOWEST_WEIGHT) * max(0.0, chosen[frame] / highest), 3),
            label="proposed: strong cut",
        )
        for frame in sorted(chosen)
    )


def _rated_cuts(cut: Cut, span: FrameSpan, arc: EmotionArc) -> list[tuple[float, int]]:
    """Return (rating, frame) of every cut inside a span."""
    frames = np.array([0, *cut.cut_frames, cut.duration_frames])
    seconds = frames * float(cut.rate.frame_s)
    inside = np.flatnonzero((frames[1:-1] > span.start_frame) & (frames[1:-1] < span.end_frame)) + 1
    moments_s = seconds[inside]
    left_s, right_s = moments_s - seconds[inside - 1], seconds[inside + 1] - moments_s
    hops_s = np.arange(len(arc.arousal)) * arc.hop_s
    rise = np.interp(moments_s + 2.0, hops_s, arc.arousal) - np.interp(moments_s - 2.0, hops_s, arc.arousal)
    ratings = np.log1p(left_s) + 0.7 * np.abs(np.log((left_s + 0.1) / (right_s + 0.1))) + 2.0 * rise.clip(0)
    starts_s = np.sort([float(line.start_s) for line in cut.subtitles])
    ends_s = np.sort([float(line.end_s) for line in cut.subtitles])
    speaking = np.searchsorted(starts_s, moments_s, "right") > np.searchsorted(ends_s, moments_s, "right")
    ratings -= _SPEECH_COST * speaking
    return [(float(rating), int(frame)) for rating, frame in zip(ratings, frames[inside], strict=True)]
