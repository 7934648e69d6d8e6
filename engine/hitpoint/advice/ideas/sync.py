"""Markers a little off a cut or a downbeat, and soft hits that could be exact at no price."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from hitpoint.advice.ideas.scene import Idea, Scene, Tell, moved_hit, way
from hitpoint.advice.ideas.values import Figures, SuggestionKind
from hitpoint.model.spotting import HitKind, HitPoint
from hitpoint.model.tempo_plan import PlannedHit

#: A marker this near to a cut was set for it; of these, so many are told, and so many soft hits are tried.
_OFF_CUT_FRAMES, _HITS = 4, 3
#: A change that makes the tempo step by this much more is not worth it, unless the steps stay this small.
_STEP_ROOM_PERCENT, _QUIET_PERCENT = 0.6, 1.5


def sync_ideas(scene: Scene) -> Iterator[Idea]:
    """Return moves of markers onto the cut beside them."""
    cuts = scene.cut_frames
    if not cuts:
        return
    off: list[tuple[int, HitPoint, int]] = []
    for hit in scene.cue.hits:
        if not hit.marker_id or hit.kind in (HitKind.START, HitKind.OUT):
            continue
        at = bisect_left(cuts, hit.frame)
        cut = min(cuts[max(0, at - 1) : at + 1], key=lambda frame: abs(frame - hit.frame))
        if 0 < abs(cut - hit.frame) <= _OFF_CUT_FRAMES:
            off.append((abs(cut - hit.frame), hit, cut - hit.frame))
    for _, hit, delta in sorted(off, key=lambda row: (-row[1].weight, row[0], row[1].frame))[:_HITS]:
        idea = moved_hit(scene, hit, delta, SuggestionKind.SYNC, _on_cut(scene, hit, delta))
        if idea is not None:
            yield idea


def harden_ideas(scene: Scene) -> Iterator[Idea]:
    """Return soft hits made hard, and soft hits moved onto the downbeat beside them."""
    soft = [p for p in scene.plan.hits if not p.hit.is_hard and p.hit.kind not in (HitKind.START, HitKind.OUT)]
    missed = [p for p in soft if p.planned_error_s != 0]
    for planned in sorted(missed, key=lambda p: (-p.hit.weight, p.hit.frame))[:_HITS]:
        hit = planned.hit
        if not scene.is_movable(hit):
            continue
        delta = round(float(planned.planned_error_s * scene.cut.rate.fps))
        if planned.is_downbeat and 1 < abs(delta) <= _OFF_CUT_FRAMES and hit.marker_id:
            idea = moved_hit(scene, hit, delta, SuggestionKind.SYNC, _on_downbeat(scene, planned, delta))
            if idea is not None:
                yield idea
        marker_id = hit.marker_id or hit.id
        yield Idea(
            kind=SuggestionKind.HARDEN,
            frame=hit.frame,
            marker_id=marker_id,
            cue=scene.with_hit(hit, is_hard=True, tolerance_frames=0),
            cut_frames=scene.cut_frames,
            speech_s=scene.speech_s,
            tell=_hardened(scene, hit),
            edits=scene.changed(marker_id, is_hard=True),
        )


def _on_cut(scene: Scene, hit: HitPoint, delta: int) -> Tell:
    def tell(before: Figures, after: Figures) -> str:
        if after.markers_on_cuts <= before.markers_on_cuts or not _is_no_worse(before, after):
            return ""
        step = before.largest_step_percent - after.largest_step_percent
        calmer = f", and the tempo changes by {step:.1f} % less" if step >= 0.3 else ""
        where = "after" if delta < 0 else "before"
        return (
            f"{scene.called(hit)} lies {way(delta).rsplit(' ', 1)[0]} {where} the cut at "
            f"{scene.cut.timecode(hit.frame + delta)}; moved onto it, picture and music change together{calmer}"
        )

    return tell


def _on_downbeat(scene: Scene, planned: PlannedHit, delta: int) -> Tell:
    def tell(before: Figures, after: Figures) -> str:
        if after.hits_on_downbeats <= before.hits_on_downbeats or not _is_no_worse(before, after):
            return ""
        return (
            f"{scene.called(planned.hit)} is {way(delta).rsplit(' ', 1)[0]} off the bar line at bar {planned.bar} of "
            f"{scene.cue.number}; moved {way(delta)} it falls on the bar"
        )

    return tell


def _hardened(scene: Scene, hit: HitPoint) -> Tell:
    def tell(before: Figures, after: Figures) -> str:
        if after.hits_exact <= before.hits_exact or not _is_no_worse(before, after):
            return ""
        return (
            f"{scene.called(hit)} is a soft hit that can be exact: the tempo of {scene.cue.number} then changes by "
            f"{after.largest_step_percent:.1f} % at the most ({before.largest_step_percent:.1f} % now); make it hard"
        )

    return tell


def _is_no_worse(before: Figures, after: Figures) -> bool:
    return (
        after.hits_exact >= before.hits_exact
        and after.hits_on_downbeats >= before.hits_on_downbeats
        and after.largest_step_percent <= max(before.largest_step_percent + _STEP_ROOM_PERCENT, _QUIET_PERCENT)
    )
