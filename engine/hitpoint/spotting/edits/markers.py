"""The cut with the markers that the editor added, moved, changed and removed in the panel."""

from __future__ import annotations

from dataclasses import replace

from hitpoint.model.cut import Cut, Marker
from hitpoint.model.edits import Edits, MarkerEdit
from hitpoint.model.time import frames_to_seconds
from hitpoint.story.marker_table import MarkerTable, Overruling

#: Where a marker of the panel's own says it sat.
ORIGIN = "panel"
#: A marker this little beyond the last frame is meant for the end; what lies farther out belongs to a longer cut.
_AT_THE_END_S = 1.0


def edit_markers(cut: Cut, edits: Edits) -> Cut:
    """Return the cut with other markers, sorted by frame; ids stay.

    A marker a little beyond the end moves to the last frame; one farther out is left out. Both are told in the cut's
    warnings. Edits of markers that the cut does not have are passed over.
    """
    changes = {edit.marker_id: edit for edit in edits.markers}
    there = {marker.id for marker in cut.markers}
    markers = [marker for marker in cut.markers if marker.id not in edits.removed]
    markers += [
        Marker(id=edit.marker_id, frame=0, duration_frames=1, name="", note="", color="", origin=ORIGIN)
        for edit in edits.markers
        if edit.marker_id in edits.added - edits.removed and edit.marker_id not in there
    ]
    warnings: list[str] = []
    edited = [_changed(marker, changes.get(marker.id), cut, warnings) for marker in markers]
    kept = sorted((marker for marker in edited if marker is not None), key=lambda marker: marker.frame)
    if tuple(kept) == cut.markers and not warnings:
        return cut
    return replace(cut, markers=tuple(kept), warnings=(*cut.warnings, *warnings))


def overrule_markers(table: MarkerTable, edits: Edits) -> MarkerTable:
    """Return the table by which the markers' words are read, with what the editor chose for single ones over it."""
    chosen = {
        edit.marker_id: Overruling(kind=edit.kind, weight=edit.weight, is_hard=edit.is_hard)
        for edit in edits.markers
        if (edit.kind, edit.weight, edit.is_hard) != (None, None, None)
    }
    return replace(table, overrulings={**table.overrulings, **chosen}) if chosen else table


def _changed(marker: Marker, edit: MarkerEdit | None, cut: Cut, warnings: list[str]) -> Marker | None:
    """Return a marker with its changes; None where it lies outside the cut."""
    if edit is None:
        return marker
    frame = marker.frame if edit.frame is None else edit.frame
    length = marker.duration_frames if edit.duration_frames is None else edit.duration_frames
    name = marker.name if edit.name is None else edit.name.strip()
    called = repr(name or edit.marker_id)
    if frame >= cut.duration_frames:
        beyond_s = float(frames_to_seconds(frame - cut.duration_frames, cut.rate))
        if beyond_s > _AT_THE_END_S:
            warnings.append(f"marker {called} of the panel lies {beyond_s:.2f} s beyond the end of the cut: left out")
            return None
        if frame > cut.duration_frames:
            warnings.append(f"marker {called} of the panel lies beyond the end of the cut: moved to the last frame")
        frame = cut.duration_frames - 1
    return replace(
        marker,
        frame=frame,
        duration_frames=min(max(1, length), cut.duration_frames - frame),
        name=name,
        note=marker.note if edit.note is None else edit.note,
        color=marker.color if edit.color is None else edit.color.upper(),
    )
