"""Takes the panel's edits along to a recut: to the markers' new ids and the frames' new places."""

from __future__ import annotations

from dataclasses import replace

from hitpoint.advice.recut.values import ChangeKind, Comparison, FrameMap
from hitpoint.model.edits import CueEdit, Edits, MarkerEdit


def carry_edits(edits: Edits, comparison: Comparison) -> tuple[Edits, tuple[str, ...]]:
    """Return the edits for the new cut, and sentences about those that lost what they were about.

    Frames follow the picture; a marker that the panel added keeps its id. What was said of a marker that is gone from
    the cut goes with it; an added marker or an emphasis whose picture was cut out moves to where the cut is now.
    """
    ids, frame_map = dict(comparison.marker_ids), comparison.frame_map
    markers, told = [], []
    for edit in edits.markers:
        is_own = edit.marker_id in edits.added
        new_id = edit.marker_id if is_own else ids.get(edit.marker_id, edit.marker_id)
        is_gone = not is_own and edit.marker_id not in ids and _was_removed(edit, comparison)
        if is_gone:
            told.append(f"{edit.name or 'a marker'!r} is gone from the cut, and what the panel changed of it")
            continue
        if edit.frame is not None and frame_map.at(edit.frame) is None:
            told.append(f"the picture under {edit.name or 'a marker of the panel'!r} is gone; it is at the cut now")
        frame = None if edit.frame is None else frame_map.near(edit.frame)
        markers.append(replace(edit, marker_id=new_id, frame=frame))
    by_id = {edit.marker_id: edit for edit in markers}
    carried = replace(
        edits,
        markers=tuple(by_id.values()),
        added=frozenset(edits.added & by_id.keys()),
        removed=frozenset(ids.get(marker_id, marker_id) for marker_id in edits.removed),
        cues=tuple(_carried(cue, frame_map) for cue in edits.cues),
    )
    return carried, tuple(told)


def _was_removed(edit: MarkerEdit, comparison: Comparison) -> bool:
    return any(change.marker_id == edit.marker_id for change in comparison.of_kind(ChangeKind.MARKER_REMOVED))


def _carried(cue: CueEdit, frame_map: FrameMap) -> CueEdit:
    emphasis = []
    for start, end, amount in cue.emphasis:
        first, last = frame_map.near(start), frame_map.near(end - 1) + 1
        if first < last:
            emphasis.append((first, last, amount))
    return replace(cue, emphasis=tuple(emphasis))
