"""What a session answers, as plain JSON values (docs/service.md): looks and versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

from hitpoint.delivery.analysis import build_analysis
from hitpoint.delivery.report import plain
from hitpoint.model.edits import Edits
from hitpoint.model.spotting import Cue
from hitpoint.resources import load_palettes
from hitpoint.session.known import Look


def look_json(look: Look, *, changes: Mapping[str, Any], thumbnails: Sequence[tuple[int, Path]]) -> dict[str, Any]:
    """Return a look."""
    known, cut = look.known, look.known.cut
    edited = {edit.marker_id for edit in look.edits.markers}
    return {
        "look_id": look.look_id,
        "revision": look.revision,
        "analysis": build_analysis(
            cut, known.story, known.spotting.cues, speech_s=known.speech_s, step_s={}, warnings=known.warnings
        ),
        "markers": [
            {
                "id": marker.id,
                "frame": marker.frame,
                "duration_frames": marker.duration_frames,
                "name": marker.name,
                "note": marker.note,
                "color": marker.color,
                "is_edited": marker.id in edited,
            }
            for marker in cut.markers
        ],
        "cut_frames": list(cut.cut_frames),
        "shots": [
            {
                "index": shot.index,
                "start_frame": shot.span.start_frame,
                "end_frame": shot.span.end_frame,
                "name": shot.name,
                "media_path": str(shot.media.path) if shot.media and shot.media.path else None,
                "source_start_s": float(shot.media.source_start_s) if shot.media else 0.0,
                "speed": float(shot.media.speed) if shot.media else 1.0,
            }
            for shot in cut.shots
        ],
        "subtitles": [
            {"start_s": float(line.start_s), "end_s": float(line.end_s), "text": line.text} for line in cut.subtitles
        ],
        "cues": [_cue(cue) for cue in known.spotting.cues],
        "styles": [
            {"id": palette.id, "name": palette.name, "description": palette.description}
            for palette in load_palettes().values()
        ],
        "thumbnails": [{"frame": frame, "path": str(path)} for frame, path in thumbnails],
        "changes": dict(changes),
    }


def edits_json(edits: Edits) -> dict[str, Any]:
    """Return edits as JSON."""
    return edits.to_json()


def values(value: Any) -> Any:
    """Return any of our values as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(key): values(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset | set):
        return sorted(values(item) for item in value)
    if isinstance(value, list | tuple):
        return [values(item) for item in value]
    if isinstance(value, Fraction):
        return float(value)
    return plain(value)


def _cue(cue: Cue) -> dict[str, Any]:
    return {
        "number": cue.number,
        "title": cue.title,
        "start_frame": cue.span.start_frame,
        "end_frame": cue.span.end_frame,
        "brief": values(asdict(cue.brief)),
        "hits": [
            {
                "id": hit.id,
                "marker_id": hit.marker_id,
                "frame": hit.frame,
                "kind": hit.kind.value,
                "weight": hit.weight,
                "is_hard": hit.is_hard,
                "label": hit.label,
            }
            for hit in cue.hits
        ],
    }
