"""Which cues just move along with their picture, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hitpoint.advice.recut.values import Change, ChangeKind, Comparison, CueFate
from hitpoint.model.cut import Cut
from hitpoint.model.spotting import Cue
from hitpoint.model.time import FrameSpan, frames_to_seconds

#: So many reasons are given.
_TOLD = 3
_OF_MARKERS = frozenset(
    {ChangeKind.MARKER_ADDED, ChangeKind.MARKER_REMOVED, ChangeKind.MARKER_MOVED, ChangeKind.MARKER_CHANGED}
)


def fates_of(comparison: Comparison, cues: Iterable[Cue], *, old: Cut, new: Cut) -> tuple[CueFate, ...]:
    """Return what becomes of the cues of the old cut.

    A cue is untouched where its picture is there in one piece with the same cuts, no marker in it (its ends included)
    and no word changed, and where it does not start or end with a cut that starts or ends elsewhere now.
    """
    return tuple(_fate(comparison, cue, old, new) for cue in cues)


def _fate(comparison: Comparison, cue: Cue, old: Cut, new: Cut) -> CueFate:
    span = cue.span
    shift = comparison.frame_map.shift_over(span.start_frame, span.end_frame)
    reasons: list[str] = []
    if shift is None:
        reasons += _of_picture(comparison, span, old) or ["its picture is no longer in one piece"]
    elif _cuts_inside(old, span, 0) != _cuts_inside(new, span, shift):
        reasons += _of_picture(comparison, span, old) or ["there are other cuts in it"]
    if shift is not None:
        reasons += _open_ends(cue, shift, old, new)
    reasons += _of_markers(comparison, span)
    start_s, end_s = (float(frames_to_seconds(frame, old.rate)) for frame in (span.start_frame, span.end_frame))
    if any(first < end_s and last > start_s for first, last in comparison.subtitle_changes_s):
        reasons.append("other words are spoken in it")
    if reasons or shift is None:
        return CueFate(number=cue.number, is_untouched=False, reasons=tuple(dict.fromkeys(reasons))[:_TOLD])
    return CueFate(number=cue.number, is_untouched=True, shift_frames=shift)


def _open_ends(cue: Cue, shift: int, old: Cut, new: Cut) -> list[str]:
    """Return whether the cut starts or ends elsewhere now, where that is what starts or ends the cue."""
    marked = {hit.frame for hit in cue.hits if hit.marker_id}
    start, end = cue.span.start_frame, cue.span.end_frame
    reasons = []
    if start == 0 and start not in marked and shift != 0:
        reasons.append("the cut starts elsewhere, and the cue with it")
    if end == old.duration_frames and end not in marked and end + shift != new.duration_frames:
        reasons.append("the cut ends elsewhere, and the cue with it")
    return reasons


def _of_picture(comparison: Comparison, span: FrameSpan, old: Cut) -> list[str]:
    """Return what happened to the picture of a cue."""
    shots = {shot.index: shot.span for shot in old.shots}
    first, last = comparison.frame_map.near(span.start_frame), comparison.frame_map.near(span.end_frame - 1)
    told = []
    for change in comparison.changes:
        if change.kind in _OF_MARKERS or change.kind in (ChangeKind.SUBTITLE, ChangeKind.TRANSITION):
            continue
        extent = _extent(change, shots)
        if extent is not None:
            is_in = extent[0] < span.end_frame and extent[1] > span.start_frame
        else:
            is_in = change.new_frame is not None and first <= change.new_frame <= last + 1
        if is_in:
            told.append(change.sentence)
    return told


def _extent(change: Change, shots: dict[int, FrameSpan]) -> tuple[int, int] | None:
    """Return the old record frames that a change is about."""
    if change.old_frame is None:
        return None
    if change.kind is ChangeKind.SHOT_REMOVED:
        return change.old_frame, change.old_frame - change.frames
    shot = shots.get(change.old_index) if change.old_index is not None else None
    if shot is None:
        return change.old_frame, change.old_frame + 1
    return min(change.old_frame - 1, shot.start_frame), shot.end_frame


def _of_markers(comparison: Comparison, span: FrameSpan) -> list[str]:
    """Return what happened to markers in a cue, its ends included."""
    first, last = comparison.frame_map.near(span.start_frame), comparison.frame_map.near(span.end_frame - 1) + 1
    return [
        change.sentence
        for change in comparison.changes
        if change.kind in _OF_MARKERS
        and (
            (change.old_frame is not None and span.start_frame <= change.old_frame <= span.end_frame)
            or (change.new_frame is not None and first <= change.new_frame <= last)
        )
    ]


def _cuts_inside(cut: Cut, span: FrameSpan, shift: int) -> Sequence[int]:
    start, end = span.start_frame + shift, span.end_frame + shift
    return [frame - start for frame in cut.cut_frames if start < frame < end]
