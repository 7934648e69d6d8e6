"""The OTIO objects that we add, as JSON.

They are written by hand in the schema versions that OTIO 0.15 introduced (Clip.2, Marker.2), which every editor's
reader knows: a newer OTIO library would write newer versions of its own accord, and older ones would refuse the file.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hitpoint.timeline.previous_score import OURS, SIGN

Json = dict[str, Any]


def track(label: str, children: list[Json], *, is_enabled: bool, ours: Json) -> Json:
    """Return an audio track."""
    return _item("Track.1", label, {"label": label, **ours}, None) | {
        "enabled": is_enabled,
        "children": children,
        "kind": "Audio",
    }


def clip(name: str, source_range: Json, reference: Json, *, ours: Json) -> Json:
    """Return a clip with one media reference."""
    return _item("Clip.2", name, ours, source_range) | {
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def media_reference(name: str, url: str, available_range: Json) -> Json:
    """Return a reference to a file."""
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": name,
        "available_range": available_range,
        "available_image_bounds": None,
        "target_url": url,
    }


def gap(frames: int, rate_fps: float) -> Json:
    """Return silence."""
    return _item("Gap.1", "", {}, time_range(0, frames, rate_fps))


def marker(name: str, note: str, color: str, marked_range: Json, *, ours: Json) -> Json:
    """Return a marker; its comment says everything, because Kdenlive shows nothing else of it."""
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {OURS: ours},
        "name": name,
        "color": color,
        "marked_range": marked_range,
        "comment": f"{SIGN}{name}, {note}" if note else f"{SIGN}{name}",
    }


def time_range(start_frame: int, frames: int, rate_fps: float) -> Json:
    """Return a range in whole frames."""
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": rational(frames, rate_fps),
        "start_time": rational(start_frame, rate_fps),
    }


def rational(frames: int, rate_fps: float) -> Json:
    """Return a moment in whole frames."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate_fps, "value": float(frames)}


def seconds_of(moment: Json) -> Fraction:
    """Return a moment's value divided by its rate, both as they are written."""
    return Fraction(moment["value"]) / Fraction(moment["rate"])


def _item(schema: str, name: str, ours: Json, source_range: Json | None) -> Json:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {OURS: ours},
        "name": name,
        "source_range": source_range,
        "effects": [],
        "markers": [],
        "enabled": True,
    }
