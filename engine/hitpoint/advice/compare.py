"""Two cuts of one timeline compared: what the editor changed, where each frame went, which cues are touched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hitpoint.advice.recut.alignment import align
from hitpoint.advice.recut.carry import carry_edits
from hitpoint.advice.recut.fates import fates_of
from hitpoint.advice.recut.frame_map import frame_map_of
from hitpoint.advice.recut.markers import marker_changes
from hitpoint.advice.recut.pieces import pieces_of
from hitpoint.advice.recut.shots import shot_changes
from hitpoint.advice.recut.subtitles import subtitle_changes
from hitpoint.advice.recut.values import Change, ChangeKind, Comparison, CueFate, FrameMap, MapPiece
from hitpoint.model.cut import Cut
from hitpoint.model.errors import CutError
from hitpoint.model.spotting import Cue

__all__ = [
    "Change",
    "ChangeKind",
    "Comparison",
    "CueFate",
    "FrameMap",
    "MapPiece",
    "carry_edits",
    "changes_as_json",
    "compare_cuts",
    "fates_of",
]


def compare_cuts(old: Cut, new: Cut) -> Comparison:
    """Return what changed from one cut of a timeline to the next.

    Raises `CutError` where the two run at different rates: their frames cannot be compared.
    """
    if old.rate.fps != new.rate.fps:
        raise CutError(
            f"the cut {new.name!r} runs at {new.rate} and was {old.rate} before; compare cuts of one rate, or open "
            "it anew"
        )
    alignment = align(pieces_of(old), pieces_of(new))
    frame_map = frame_map_of(alignment)
    of_markers, marker_ids = marker_changes(old, new, frame_map)
    of_words, touched_s = subtitle_changes(old, new, frame_map)
    return Comparison(
        changes=(*shot_changes(alignment, frame_map, old=old, new=new), *of_markers, *of_words),
        frame_map=frame_map,
        marker_ids=marker_ids,
        subtitle_changes_s=touched_s,
    )


def changes_as_json(comparison: Comparison, cues: Iterable[Cue], *, old: Cut, new: Cut) -> dict[str, Any]:
    """Return the `changes` of a look (docs/service.md): `cues` are those of the old cut."""
    fates = fates_of(comparison, cues, old=old, new=new)
    of_shots = [
        change for change in comparison.changes if change.kind.value.startswith("shot_") or change.kind in _OF_PICTURE
    ]

    def markers(kind: ChangeKind) -> list[dict[str, Any]]:
        return [change.to_json() for change in comparison.of_kind(kind)]

    return {
        "sentences": [change.sentence for change in comparison.changes],
        "moved_markers": markers(ChangeKind.MARKER_MOVED),
        "added_markers": markers(ChangeKind.MARKER_ADDED),
        "removed_markers": markers(ChangeKind.MARKER_REMOVED),
        "changed_markers": markers(ChangeKind.MARKER_CHANGED),
        "shots": [change.to_json() for change in of_shots],
        "untouched_cues": [
            {"number": fate.number, "shift_frames": fate.shift_frames} for fate in fates if fate.is_untouched
        ],
        "touched_cues": [
            {"number": fate.number, "reasons": list(fate.reasons)} for fate in fates if not fate.is_untouched
        ],
    }


_OF_PICTURE = (ChangeKind.GAP, ChangeKind.TRANSITION)
