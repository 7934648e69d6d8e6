"""What an OTIO file of Resolve's lacks, added to it: its markers as they are, its start, its name; and subtitles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from hitpoint.files import write_beside
from hitpoint.model.time import FrameRate, frames_to_seconds
from hitpoint_panel.hosts.host import HostMarker
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.values import Look

Json = dict[str, Any]

#: Under this key we keep what we add; not "hitpoint", by which the engine knows a score of ours.
KEY = "hitpoint_host"


def read_export(path: Path) -> Json:
    """Return the document that Resolve wrote; it answers "yes" for exports that never came."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ResolveError(
            "refused", f"it exported no OTIO file to {path.parent}; look whether it may write there"
        ) from None
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("tracks"), dict):
        raise ResolveError("refused", "the OTIO file that it exported cannot be read")
    return document


def complete(document: Json, look: Look, markers: Iterable[HostMarker], our_paths: frozenset[str]) -> None:
    """Add name, start, markers and custom data; take out the tracks that hold nothing but a score of ours."""
    rate = float(look.spaces.rate.fps)
    document["name"] = document.get("name") or look.name
    if not document.get("global_start_time"):
        document["global_start_time"] = _time(look.spaces.first_label, rate)
    document.setdefault("metadata", {})[KEY] = {"timeline_id": look.timeline_id, "project": look.project_name}
    stack = document["tracks"]
    stack["markers"] = [_marker(marker, rate) for marker in markers]
    stack["children"] = [track for track in stack.get("children") or () if not _is_our_track(track, our_paths)]


def write_document(document: Json, path: Path) -> Path:
    """Write the completed document; an old file stays whole until then."""
    with write_beside(path) as unfinished:
        unfinished.write_text(json.dumps(document), encoding="utf-8")
    return path


def write_subtitles(rows: Sequence[Sequence[Any]], look: Look, path: Path) -> Path | None:
    """Write subtitle items as SRT in record time; None where there are none, or their text is lost (ledger no. 21)."""
    lines = []
    for _, start, end, text in rows:
        if start is None or end is None or not str(text or "").strip() or end <= start:
            continue
        span = (look.spaces.from_absolute(int(start)), look.spaces.from_absolute(int(end)))
        lines.append((span, str(text).strip()))
    if not lines or all(text == "Subtitle" for _, text in lines):
        return None
    with write_beside(path) as unfinished:
        blocks = [
            f"{number}\n{_srt(span[0], look.spaces.rate)} --> {_srt(span[1], look.spaces.rate)}\n{text}\n"
            for number, (span, text) in enumerate(sorted(lines), 1)
        ]
        unfinished.write_text("\n".join(blocks), encoding="utf-8")
    return path


def _srt(frame: int, rate: FrameRate) -> str:
    milliseconds = round(frames_to_seconds(max(0, frame), rate) * Fraction(1000))
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{milliseconds:03d}"


def _time(value: float, rate: float) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}


def _marker(marker: HostMarker, rate: float) -> Json:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": marker.name,
        "color": marker.color.upper(),
        "comment": marker.note,
        "marked_range": {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": _time(marker.frame, rate),
            "duration": _time(marker.duration_frames, rate),
        },
        "metadata": {
            "Resolve_OTIO": {"Keywords": [], "Note": marker.note},
            KEY: {"custom_data": marker.custom_data},
        },
    }


def _is_our_track(track: Json, our_paths: frozenset[str]) -> bool:
    if track.get("kind") != "Audio":
        return False
    clips = [child for child in track.get("children") or () if not str(child.get("OTIO_SCHEMA")).startswith("Gap.")]
    return bool(clips) and all(_url(clip) in our_paths for clip in clips)


def _url(clip: Json) -> str | None:
    references = clip.get("media_references") or {"DEFAULT_MEDIA": clip.get("media_reference")}
    reference = references.get(clip.get("active_media_reference_key") or "DEFAULT_MEDIA") or {}
    url = reference.get("target_url")
    return url if isinstance(url, str) else None
