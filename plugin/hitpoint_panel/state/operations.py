"""Changes of `Edits`, each a plain function from the old value to the new one.

Frames are record frames. Every function returns an `Edits` that holds its own rules (`hitpoint.model.edits`), or raises
`InputError` with one sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from hitpoint.model.edits import BarSpan, CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import InputError
from hitpoint.model.spotting import HitKind

#: Fields of a marker that the table may change.
MARKER_FIELDS = ("frame", "name", "note", "color", "kind", "weight", "duration_frames")
CUE_FIELDS = tuple(field.name for field in fields(CueEdit) if field.name != "number")


def marker_edit(edits: Edits, marker_id: str) -> MarkerEdit:
    """Return what is different about a marker (nothing, if it was not edited)."""
    return next((edit for edit in edits.markers if edit.marker_id == marker_id), MarkerEdit(marker_id=marker_id))


def change_marker(edits: Edits, marker_id: str, **values: Any) -> Edits:
    """Change fields of one marker; a field set to None is the cut's own again. An entry without any is dropped."""
    wrong = set(values) - set(MARKER_FIELDS)
    if wrong:
        raise InputError(f"marker {marker_id}: it has no {', '.join(sorted(wrong))}; choose of {MARKER_FIELDS}")
    if values.get("kind") is not None:
        values["kind"] = HitKind(values["kind"])
    if marker_id in edits.added and "frame" in values and values["frame"] is None:
        raise InputError(f"marker {marker_id} was added here and needs a frame; delete it instead")
    changed = replace(marker_edit(edits, marker_id), **values)
    others = tuple(edit for edit in edits.markers if edit.marker_id != marker_id)
    is_empty = changed == MarkerEdit(marker_id=marker_id)
    return replace(edits, markers=_by_id(others if is_empty else (*others, changed)))


def add_marker(edits: Edits, marker_id: str, *, frame: int, name: str = "", color: str | None = None) -> Edits:
    """Add a marker of the editor's own."""
    if any(edit.marker_id == marker_id for edit in edits.markers):
        raise InputError(f"marker {marker_id} is there already; give the new one another id")
    new = MarkerEdit(marker_id=marker_id, frame=frame, name=name, color=color)
    return replace(edits, markers=_by_id((*edits.markers, new)), added=edits.added | {marker_id})


def delete_markers(edits: Edits, marker_ids: Iterable[str]) -> Edits:
    """Take markers away: added ones are gone, those of the cut count as not there."""
    gone = frozenset(marker_ids)
    return replace(
        edits,
        markers=tuple(edit for edit in edits.markers if edit.marker_id not in gone),
        added=edits.added - gone,
        removed=edits.removed | (gone - edits.added),
    )


def cue_edit(edits: Edits, number: str) -> CueEdit:
    """Return what is different about a cue (nothing, if it was not edited)."""
    return next((edit for edit in edits.cues if edit.number == number), CueEdit(number=number))


def change_cue(edits: Edits, number: str, **values: Any) -> Edits:
    """Change fields of one cue's brief; None and () leave them to the scene again."""
    wrong = set(values) - set(CUE_FIELDS)
    if wrong:
        raise InputError(f"cue {number}: a brief has no {', '.join(sorted(wrong))}; choose of {', '.join(CUE_FIELDS)}")
    changed = replace(cue_edit(edits, number), **values)
    others = tuple(edit for edit in edits.cues if edit.number != number)
    is_empty = changed == CueEdit(number=number)
    cues = others if is_empty else tuple(sorted((*others, changed), key=lambda edit: edit.number))
    return replace(edits, cues=cues)


def emphasise(
    edits: Edits, *, start_frame: int, end_frame: int, amount: float, cue_spans: Sequence[tuple[str, int, int]]
) -> Edits:
    """Ask for more (or, below 0, less) tension from one frame to another, in every cue that plays there.

    `cue_spans` are (number, start frame, end frame). What was asked for the very same stretch before is replaced; an
    amount of 0 takes it back.
    """
    touched = [
        (number, max(start_frame, first), min(end_frame, last))
        for number, first, last in cue_spans
        if first < end_frame and start_frame < last
    ]
    if not touched:
        raise InputError("no music plays in that stretch; choose one under a cue, or add a MUSIC IN marker first")
    for number, first, last in touched:
        kept = tuple(item for item in cue_edit(edits, number).emphasis if item[:2] != (first, last))
        added = ((first, last, amount),) if amount else ()
        edits = change_cue(edits, number, emphasis=tuple(sorted((*kept, *added))))
    return edits


def lock_bars(edits: Edits, cue: str, first_bar: int, last_bar: int) -> Edits:
    """Lock bars of a cue; spans that overlap or touch become one."""
    span = BarSpan(cue=cue, first_bar=first_bar, last_bar=last_bar)
    others = []
    for old in edits.locked_bars:
        if old.cue == cue and old.first_bar <= span.last_bar + 1 and span.first_bar <= old.last_bar + 1:
            span = BarSpan(
                cue=cue, first_bar=min(old.first_bar, span.first_bar), last_bar=max(old.last_bar, span.last_bar)
            )
        else:
            others.append(old)
    return replace(edits, locked_bars=_in_order([*others, span]))


def unlock_bars(edits: Edits, cue: str, first_bar: int, last_bar: int) -> Edits:
    """Let go of bars; a locked span that reaches further keeps its rest."""
    kept = []
    for old in edits.locked_bars:
        if old.cue != cue or old.last_bar < first_bar or last_bar < old.first_bar:
            kept.append(old)
            continue
        if old.first_bar < first_bar:
            kept.append(replace(old, last_bar=first_bar - 1))
        if last_bar < old.last_bar:
            kept.append(replace(old, first_bar=last_bar + 1))
    return replace(edits, locked_bars=_in_order(kept))


def _by_id(markers: Iterable[MarkerEdit]) -> tuple[MarkerEdit, ...]:
    """Return edits in one fixed order, so that the same changes in another order are the same edits."""
    return tuple(sorted(markers, key=lambda edit: edit.marker_id))


def _in_order(spans: Iterable[BarSpan]) -> tuple[BarSpan, ...]:
    return tuple(sorted(spans, key=lambda span: (span.cue, span.first_bar)))
