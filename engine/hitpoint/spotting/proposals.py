"""Hits that the engine proposes itself: strong cuts, impacts in the production sound, reveals; each with its reason."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hitpoint.model.cut import Cut
from hitpoint.model.spotting import HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameSpan, frames_to_seconds
from hitpoint.story.read_story import Story

#: About one proposal in this many seconds of music, at least this far apart and from the cue's ends.
SECONDS_PER_HIT, SHORTEST_DISTANCE_S = 14.0, 6.0
#: Beside markers only what stands out is proposed, this rarely and this far from them: the editor said what counts.
SECONDS_PER_HIT_BESIDE, DISTANCE_BESIDE_S, LEAST_BESIDE = 20.0, 6.0, 3.0
#: Real feature films let a third of their cues start within half a second of a cut, not all (music.md §3): proposals
#: are weak hits, exact but on any beat.
_LOWEST_WEIGHT, _HIGHEST_WEIGHT = 0.3, 0.45
#: A proposal beside markers may be missed by this much.
_SOFT_FRAMES = 2
#: What a cut inside a line of dialogue loses: music should not strike into speech.
_SPEECH_COST = 1.0
#: Ratings: an impact counts a point for this many dB above its surroundings; beats count by kind and weight.
_IMPACT_DB, _BEAT_POINTS = 4.0, {"reveal": 3.5, "climax": 4.0, "turn": 2.0, "death": 3.5, "reunion": 3.0, "look": 1.5}
#: A beat is felt on the cut next to it, if one is this near.
_ON_CUT_S = 1.0


@dataclass(frozen=True, slots=True)
class _Moment:
    rating: float
    frame: int
    kind: HitKind
    reason: str


def propose_hits(
    cut: Cut, span: FrameSpan, arc: EmotionArc, *, story: Story | None = None, marked: Sequence[int] = ()
) -> tuple[HitPoint, ...]:
    """Return hits on the strongest moments of a span, sorted; beside `marked` frames only few, and soft ones.

    A cut is strong when the shot before it was long, when shots get shorter or longer there, and when the arc rises;
    an impact by how far it stands out of the cut's own sound; a reveal, a turn, the climax by its weight.
    """
    moments = _cuts(cut, span, arc)
    if story is not None:
        moments += _impacts(cut, span, story) + _beats(cut, span, story)
    apart_s, every_s = SHORTEST_DISTANCE_S, SECONDS_PER_HIT
    if marked:
        apart_s, every_s = DISTANCE_BESIDE_S, SECONDS_PER_HIT_BESIDE
        moments = [moment for moment in moments if moment.rating >= LEAST_BESIDE and not moment.reason.endswith("cut")]
    apart_frames = int(apart_s * cut.rate.fps)
    length_s = float(frames_to_seconds(span.duration_frames, cut.rate))
    wanted = int(length_s / every_s) if marked else max(1, round(length_s / every_s))
    taken = sorted({span.start_frame, span.end_frame, *marked})
    chosen: dict[int, _Moment] = {}
    for moment in sorted(moments, key=lambda moment: (-moment.rating, moment.frame)):
        at = bisect_right(taken, moment.frame)
        if not 0 < at < len(taken) or len(chosen) >= wanted:
            continue
        if moment.frame - taken[at - 1] >= apart_frames <= taken[at] - moment.frame:
            insort(taken, moment.frame)
            chosen[moment.frame] = moment
    highest = max((moment.rating for moment in chosen.values()), default=1.0)
    return tuple(
        HitPoint(
            id=f"{chosen[frame].reason.split()[-1]}-{frame}",
            frame=frame,
            kind=chosen[frame].kind,
            weight=round(
                _LOWEST_WEIGHT + (_HIGHEST_WEIGHT - _LOWEST_WEIGHT) * max(0.0, chosen[frame].rating / highest), 3
            ),
            is_hard=not marked,
            tolerance_frames=_SOFT_FRAMES if marked else 0,
            label=f"proposed: {chosen[frame].reason}",
        )
        for frame in sorted(chosen)
    )


def _cuts(cut: Cut, span: FrameSpan, arc: EmotionArc) -> list[_Moment]:
    """Return every cut inside a span with its rating."""
    frames = np.array([0, *cut.cut_frames, cut.duration_frames])
    seconds = frames * float(cut.rate.frame_s)
    inside = np.flatnonzero((frames[1:-1] > span.start_frame) & (frames[1:-1] < span.end_frame)) + 1
    moments_s = seconds[inside]
    left_s, right_s = moments_s - seconds[inside - 1], seconds[inside + 1] - moments_s
    hops_s = np.arange(len(arc.arousal)) * arc.hop_s
    rise = np.interp(moments_s + 2.0, hops_s, arc.arousal) - np.interp(moments_s - 2.0, hops_s, arc.arousal)
    ratings = np.log1p(left_s) + 0.7 * np.abs(np.log((left_s + 0.1) / (right_s + 0.1))) + 2.0 * rise.clip(0)
    ratings -= _SPEECH_COST * _speaking(cut, moments_s)
    return [
        _Moment(float(rating), int(frame), HitKind.ACCENT, "strong cut")
        for rating, frame in zip(ratings, frames[inside], strict=True)
    ]


def _impacts(cut: Cut, span: FrameSpan, story: Story) -> list[_Moment]:
    """Return the impacts in the production sound inside a span."""
    if story.perception is None:
        return []
    sound = story.perception.sound
    fps = float(cut.rate.fps)
    found = []
    for moment_s, above_db, speaks in zip(sound.impact_s, sound.impact_db, _speaking(cut, sound.impact_s), strict=True):
        frame = round(float(moment_s) * fps)
        if span.start_frame < frame < span.end_frame:
            rating = float(above_db) / _IMPACT_DB - _SPEECH_COST * float(speaks)
            found.append(
                _Moment(rating, frame, HitKind.ACCENT, f"sound {above_db:.0f} dB above its surroundings, impact")
            )
    return found


def _beats(cut: Cut, span: FrameSpan, story: Story) -> list[_Moment]:
    """Return the beats of the story inside a span, each on the cut next to it."""
    cuts = np.array(cut.cut_frames)
    found = []
    for beat in story.beats:
        if beat.kind not in _BEAT_POINTS:
            continue
        frame = round(beat.time_s * float(cut.rate.fps))
        if cuts.size:
            nearest = int(cuts[np.argmin(np.abs(cuts - frame))])
            if abs(nearest - frame) <= _ON_CUT_S * cut.rate.fps:
                frame = nearest
        if span.start_frame < frame < span.end_frame:
            kind = HitKind.PEAK if beat.kind == "climax" else HitKind.TURN
            told = f"{beat.evidence[0]}, {beat.kind}" if beat.evidence else beat.kind
            found.append(_Moment(_BEAT_POINTS[beat.kind] * beat.weight, frame, kind, told))
    return found


def _speaking(cut: Cut, moments_s: np.ndarray) -> np.ndarray:
    """Return at which moments somebody speaks."""
    starts_s = np.sort([float(line.start_s) for line in cut.subtitles])
    ends_s = np.sort([float(line.end_s) for line in cut.subtitles])
    return np.asarray(np.searchsorted(starts_s, moments_s, "right") > np.searchsorted(ends_s, moments_s, "right"))
