"""The markers as they stand: those of the cut with the edits laid over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hitpoint.model.edits import Edits


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelMarker:
    """A marker of the cut or of the panel. `frame` is a record frame; `kind` "" and `weight` None: what the words say.

    `is_ours` marks are not in the cut; `is_edited` ones differ from it.
    """

    id: str
    frame: int
    name: str
    note: str = ""
    color: str = ""
    duration_frames: int = 1
    kind: str = ""
    weight: float | None = None
    is_ours: bool = False
    is_edited: bool = False


def cut_markers(look: Mapping[str, Any]) -> tuple[PanelMarker, ...]:
    """Return the markers that the cut itself has, by a look; kind and weight are what the engine made of them."""
    hits = {
        hit["marker_id"]: hit for cue in look.get("cues", ()) for hit in cue.get("hits", ()) if hit.get("marker_id")
    }
    return tuple(
        PanelMarker(
            id=marker["id"],
            frame=int(marker["frame"]),
            name=marker.get("name") or "",
            note=marker.get("note") or "",
            color=marker.get("color") or "",
            duration_frames=int(marker.get("duration_frames") or 1),
            kind=hits.get(marker["id"], {}).get("kind") or "",
            weight=hits.get(marker["id"], {}).get("weight"),
        )
        for marker in look.get("markers", ())
    )


def lay_over(markers: Iterable[PanelMarker], edits: Edits) -> tuple[PanelMarker, ...]:
    """Return the markers with the edits laid over them, by frame. Edits of markers that are gone do nothing."""
    by_id = {edit.marker_id: edit for edit in edits.markers}
    standing = [marker for marker in markers if marker.id not in edits.removed and marker.id not in edits.added]
    added = [
        PanelMarker(id=marker_id, frame=by_id[marker_id].frame or 0, name="", is_ours=True) for marker_id in edits.added
    ]
    result = []
    for marker in (*standing, *added):
        edit = by_id.get(marker.id)
        if edit is not None:
            given = {
                name: getattr(edit, name)
                for name in ("frame", "name", "note", "color", "weight", "duration_frames")
                if getattr(edit, name) is not None
            }
            if edit.kind is not None:
                given["kind"] = edit.kind.value
            marker = replace(marker, is_edited=True, **given)
        result.append(marker)
    return tuple(sorted(result, key=lambda marker: (marker.frame, marker.id)))
