"""Hits too close to each other for the metre: moved a little, or made lighter, they are exact."""

from __future__ import annotations

from collections.abc import Iterator

from hitpoint.advice.ideas.scene import Idea, Scene, Tell, moved_hit, way
from hitpoint.advice.ideas.steps import FARTHEST_FRAMES
from hitpoint.advice.ideas.values import Figures, SuggestionKind
from hitpoint.model.spotting import STRONG_WEIGHT, HitKind, HitPoint
from hitpoint.model.tempo_plan import PlannedHit
from hitpoint.model.time import frames_to_seconds
from hitpoint.tempo.anchors import CROWDED_GAP_S

#: So many hits are looked at, the heaviest first.
_HITS = 3
#: What a hit weighs that may lie on any beat.
_LIGHT = 0.45


def crowded_ideas(scene: Scene) -> Iterator[Idea]:
    """Return moves and lighter weights for the hard hits that could not be met, or not on a downbeat."""
    crowded = [planned for planned in scene.plan.hits if _is_missed(planned)]
    for planned in sorted(crowded, key=lambda p: (-p.hit.weight, p.hit.frame))[:_HITS]:
        hit = planned.hit
        for delta in _ways_out(scene, planned):
            idea = moved_hit(scene, hit, delta, SuggestionKind.TOO_CLOSE, _move_teller(scene, hit, delta))
            if idea is not None:
                yield idea
        if hit.is_strong and planned.was_softened and scene.is_movable(hit):
            yield Idea(
                kind=SuggestionKind.TOO_CLOSE,
                frame=hit.frame,
                marker_id=hit.marker_id or hit.id,
                cue=scene.with_hit(hit, weight=_LIGHT),
                cut_frames=scene.cut_frames,
                speech_s=scene.speech_s,
                tell=_weight_teller(scene, planned),
                edits=scene.changed(hit.marker_id or hit.id, weight=_LIGHT),
            )


def _is_missed(planned: PlannedHit) -> bool:
    hit = planned.hit
    if hit.kind in (HitKind.START, HitKind.OUT) or not hit.is_hard:
        return False
    return planned.was_softened or (hit.is_strong and not planned.is_downbeat)


def _ways_out(scene: Scene, planned: PlannedHit) -> list[int]:
    """Return the few frames to where the hit may be met: its place on the grid, a little more room, or a bar's."""
    rate, hit = scene.cut.rate, planned.hit
    deltas = {round(float(planned.planned_error_s * rate.fps))}
    room = int(CROWDED_GAP_S * rate.fps) + 1
    for other in scene.cue.hits:
        gap = hit.frame - other.frame
        if other.id != hit.id and 0 < abs(gap) < room and other.is_hard:
            away = 1 if gap > 0 else -1
            deltas |= {away, 2 * away, (room - abs(gap)) * away}
    return sorted((d for d in deltas if 0 < abs(d) <= FARTHEST_FRAMES), key=lambda delta: (abs(delta), delta))


def _move_teller(scene: Scene, hit: HitPoint, delta: int) -> Tell:
    def tell(before: Figures, after: Figures) -> str:
        exact = after.hits_exact - before.hits_exact
        downbeats = after.hits_on_downbeats - before.hits_on_downbeats
        if exact < 0 or downbeats < 0 or exact + downbeats < 1:
            return ""
        is_cut = scene.cut_at(hit.frame) is not None
        what = f"the cut under {scene.called(hit)}" if is_cut else scene.called(hit)
        parts = [f"{exact} more {'hits are' if exact > 1 else 'hit is'} exact"] if exact else []
        if downbeats:
            parts.append(f"{downbeats} more {'hits fall' if downbeats > 1 else 'hit falls'} on the bar")
        return f"{_nearest(scene, hit)}; move {what} {way(delta)} and {' and '.join(parts)}"

    return tell


def _weight_teller(scene: Scene, planned: PlannedHit) -> Tell:
    hit = planned.hit

    def tell(before: Figures, after: Figures) -> str:
        exact = after.hits_exact - before.hits_exact
        if exact < 1:
            return ""
        return (
            f"{_nearest(scene, hit)}; give it a weight below {STRONG_WEIGHT:g} so that it may fall on any beat, and "
            f"{exact} more {'hits are' if exact > 1 else 'hit is'} exact"
        )

    return tell


def _nearest(scene: Scene, hit: HitPoint) -> str:
    others = [other for other in scene.cue.hits if other.id != hit.id and other.is_hard]
    if not others:
        return f"{scene.called(hit)} is hard to meet"
    near = min(others, key=lambda other: abs(other.frame - hit.frame))
    gap_s = float(frames_to_seconds(abs(near.frame - hit.frame), scene.cut.rate))
    return f"{scene.called(hit)} is {gap_s:.2f} s from {scene.called(near)}, too close for one tempo to meet both"
