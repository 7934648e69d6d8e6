"""Hits that the engine proposed, as the editor moved, changed or dropped them; a marker's follow the marker."""

from __future__ import annotations

from dataclasses import replace

from hitpoint.model.cut import Cut
from hitpoint.model.edits import Edits, MarkerEdit
from hitpoint.model.spotting import Cue, HitKind, HitPoint, Spotting
from hitpoint.spotting.briefs_values import is_proposed


def edit_hits(spotting: Spotting, edits: Edits, *, cut: Cut) -> Spotting:
    """Return the spotting with the proposed hits as the editor wants them, and a sentence where that cannot be.

    A hit that he touched is his: hard, unless he says otherwise. `cut` is the one with his markers; a change of
    something that is neither a marker nor a hit any more is told.
    """
    changes = {edit.marker_id: edit for edit in edits.markers}
    markers = {marker.id for marker in cut.markers} | edits.removed | edits.added
    warnings: list[str] = []
    cues, found = [], set(markers)
    for cue in spotting.cues:
        found |= {hit.id for hit in cue.hits}
        cues.append(_edited(cue, changes, edits.removed, cut, warnings))
    for marker_id, edit in changes.items():
        if marker_id not in found:
            warnings.append(
                f"{edit.name or marker_id!r}, which was changed in the panel, is no longer in the cut: its changes are "
                "left out"
            )
    return replace(spotting, cues=tuple(cues), warnings=(*spotting.warnings, *warnings))


def _edited(cue: Cue, changes: dict[str, MarkerEdit], removed: frozenset[str], cut: Cut, warnings: list[str]) -> Cue:
    if not any(hit.id in changes or hit.id in removed for hit in cue.hits):
        return cue
    kept = [hit for hit in cue.hits if hit.id not in removed or not is_proposed(hit)]
    untouched = [hit for hit in kept if hit.id not in changes or hit.marker_id]
    taken = {hit.frame: hit for hit in untouched}
    for hit in kept:
        if hit.id not in changes or hit.marker_id:
            continue
        edited = _moved(hit, changes[hit.id], cue, cut, warnings)
        if edited.frame in taken:
            warnings.append(
                f"{cue.number}: the hit {edited.label!r} gives way to {taken[edited.frame].label!r} on the same frame, "
                f"{cut.timecode(edited.frame)}"
            )
        else:
            taken[edited.frame] = edited
    return replace(cue, hits=tuple(taken[frame] for frame in sorted(taken)))


def _moved(hit: HitPoint, edit: MarkerEdit, cue: Cue, cut: Cut, warnings: list[str]) -> HitPoint:
    """Return a hit with its changes; the ends of a cue are where they are and keep their kind."""
    weight = hit.weight if edit.weight is None else edit.weight
    label = edit.name or hit.label
    if not is_proposed(hit):
        if edit.frame not in (None, hit.frame) or edit.kind not in (None, hit.kind):
            warnings.append(
                f"{cue.number}: {hit.label!r} stays at {cut.timecode(hit.frame)}; where a cue starts and ends is set "
                "with MUSIC IN and MUSIC OUT"
            )
        return replace(hit, weight=weight, label=label)
    frame = hit.frame if edit.frame is None else edit.frame
    if not cue.span.start_frame < frame < cue.span.end_frame:
        warnings.append(
            f"{cue.number}: the hit {label!r} cannot be moved out of its cue to {cut.timecode(frame)} and stays at "
            f"{cut.timecode(hit.frame)}; add a marker there"
        )
        frame = hit.frame
    kind = hit.kind if edit.kind in (None, HitKind.START, HitKind.OUT) else edit.kind
    is_hard = edit.is_hard is not False
    return replace(
        hit,
        frame=frame,
        kind=kind or hit.kind,
        weight=weight,
        label=label,
        is_hard=is_hard,
        tolerance_frames=0 if is_hard else max(1, hit.tolerance_frames),
    )
