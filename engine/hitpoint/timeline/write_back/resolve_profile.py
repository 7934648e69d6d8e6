"""The shape that DaVinci Resolve's OTIO importer insists on; what it does not like it refuses without a word.

From measurements on Studio 19.1 (editors.md §3.3) and Resolve's own export: Clip.2 with a map of references and its
active key, an available range on every reference and the source range inside it, bare paths, `enabled`, metadata
objects, a global start time, tracks named "Audio 3", no time warp that does nothing. What had to be changed on objects
of the input is kept in their metadata under `ORIGINAL`. Not checked on a running Resolve by us.
"""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

from hitpoint.model.time import FrameRate
from hitpoint.timeline.media_links import bare_path, change
from hitpoint.timeline.write_back import score_objects as objects

Json = dict[str, Any]

_KEY = "Resolve_OTIO"
#: OTIO 0.12 and older called tracks and gaps otherwise.
_OLD_NAMES = {"Sequence": "Track", "Filler": "Gap"}
#: How far, in seconds, a range may stick out before it counts: rates are written as floats.
_TOLERANCE_S = Fraction(1, 100_000)
#: OTIO's marker colours (its MarkerColor) as red, green, blue.
_COLORS = {
    "PINK": (1.0, 0.75, 0.8),
    "RED": (1.0, 0.0, 0.0),
    "ORANGE": (1.0, 0.5, 0.0),
    "YELLOW": (1.0, 1.0, 0.0),
    "GREEN": (0.0, 1.0, 0.0),
    "CYAN": (0.0, 1.0, 1.0),
    "BLUE": (0.0, 0.0, 1.0),
    "PURPLE": (0.5, 0.0, 0.5),
    "MAGENTA": (1.0, 0.0, 1.0),
    "BLACK": (0.0, 0.0, 0.0),
    "WHITE": (1.0, 1.0, 1.0),
}


def resolve_track(track: Json, number: int) -> Json:
    """Return one of our tracks as Resolve writes its own; the label stays in our metadata."""
    track["name"] = f"Audio {number}"
    track["metadata"][_KEY] = _track_metadata("Audio")
    return track


def resolve_clip(clip: Json) -> Json:
    """Return one of our clips with the channels of a stereo file, and named after it, as Resolve links by name."""
    clip["metadata"][_KEY] = {"Channels": [{"Source Channel ID": channel, "Source Track ID": 0} for channel in (0, 1)]}
    clip["name"] = clip["media_references"]["DEFAULT_MEDIA"]["name"]
    return clip


def resolve_marker(marker: Json) -> Json:
    """Return a marker with its comment where Resolve keeps it."""
    marker["metadata"].setdefault(_KEY, {"Keywords": [], "Note": marker.get("comment") or ""})
    return marker


def shape_for_resolve(document: Json, rate: FrameRate, start_timecode_frame: int) -> None:
    """Bring the input's own timeline, tracks, clips and markers into Resolve's shape."""
    _metadata(document).setdefault(_KEY, {"Resolve OTIO Meta Version": "1.0"})
    if not document.get("global_start_time"):
        document["global_start_time"] = objects.rational(start_timecode_frame, float(rate.fps))
    counts = {"Video": 0, "Audio": 0}
    for track in document["tracks"].get("children") or ():
        kind = track.get("kind")
        if kind in counts:
            counts[kind] += 1
            _metadata(track).setdefault(_KEY, _track_metadata(kind))
            if track.get("name") != f"{kind} {counts[kind]}":
                change(track, "name", f"{kind} {counts[kind]}")
    pending = [document["tracks"]]
    while pending:
        item = pending.pop()
        _shape_item(item)
        pending += item.get("children") or ()


def _shape_item(item: Json) -> None:
    """Shape one composition, clip, gap or transition."""
    schema, _, version = str(item.get("OTIO_SCHEMA", "")).partition(".")
    if schema in _OLD_NAMES:
        item["OTIO_SCHEMA"] = f"{_OLD_NAMES[schema]}.{version}"
    _metadata(item)
    for marker in item.get("markers") or ():
        _shape_marker(marker)
    if schema == "Transition":
        return
    if item.get("enabled") is None:
        item["enabled"] = True
    effects = item.get("effects") or []
    if any(_is_idle(effect) for effect in effects):
        change(item, "effects", [effect for effect in effects if not _is_idle(effect)])
    if schema == "Clip":
        _shape_clip(item)


def _shape_marker(marker: Json) -> None:
    """Add Resolve's note; write colours as names, which OTIO 0.19 (Marker.3) no longer does."""
    _metadata(marker)
    color = marker.get("color")
    if isinstance(color, dict):
        change(marker, "color", _color_name(color))
        marker["OTIO_SCHEMA"] = "Marker.2"
    resolve_marker(marker)


def _color_name(color: Json) -> str:
    name = str(color.get("name") or "").upper()
    if name in _COLORS:
        return name
    given = [float(color.get(channel) or 0.0) for channel in "rgb"]
    return min(_COLORS, key=lambda known: sum((a - b) ** 2 for a, b in zip(_COLORS[known], given, strict=True)))


def _is_idle(effect: Json) -> bool:
    return str(effect.get("OTIO_SCHEMA", "")).startswith("LinearTimeWarp.") and effect.get("time_scalar") == 1


def _shape_clip(clip: Json) -> None:
    _metadata(clip).setdefault(_KEY, {})
    if "media_references" not in clip:
        clip["media_references"] = {"DEFAULT_MEDIA": clip.pop("media_reference", None)}
        clip["active_media_reference_key"] = "DEFAULT_MEDIA"
        clip["OTIO_SCHEMA"] = "Clip.2"
    references = clip["media_references"]
    active_key = clip.get("active_media_reference_key") or "DEFAULT_MEDIA"
    if not references.get(active_key):
        references[active_key] = {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": clip.get("name") or ""}
    active = references[active_key]
    if not clip.get("source_range") and active.get("available_range"):
        clip["source_range"] = copy.deepcopy(active["available_range"])
    for reference in references.values():
        if reference:
            _shape_reference(reference, clip.get("source_range"))


def _shape_reference(reference: Json, source_range: Json | None) -> None:
    _metadata(reference)
    reference.setdefault("available_image_bounds", None)
    if reference.get("name") is None:
        reference["name"] = ""
    for key in ("target_url", "target_url_base"):
        url = reference.get(key)
        if isinstance(url, str) and url.startswith("file:"):
            change(reference, key, bare_path(url))
    if source_range is None:
        return
    available = reference.get("available_range")
    if not available:
        change(reference, "available_range", copy.deepcopy(source_range))
    elif not _is_still(available) and not _contains(available, source_range):
        change(reference, "available_range", _union(available, source_range))


def _is_still(available: Json) -> bool:
    """Return whether the media is one picture: Resolve itself writes any source range over one frame of it."""
    return bool(available["duration"]["value"] <= 1)


def _ends(span: Json) -> tuple[Fraction, Fraction]:
    start_s = objects.seconds_of(span["start_time"])
    return start_s, start_s + objects.seconds_of(span["duration"])


def _contains(outer: Json, inner: Json) -> bool:
    (outer_start_s, outer_end_s), (inner_start_s, inner_end_s) = _ends(outer), _ends(inner)
    return outer_start_s <= inner_start_s + _TOLERANCE_S and inner_end_s <= outer_end_s + _TOLERANCE_S


def _union(first: Json, second: Json) -> Json:
    """Return the range that holds both, at the first one's rate."""
    (first_start_s, first_end_s), (second_start_s, second_end_s) = _ends(first), _ends(second)
    start_s, end_s = min(first_start_s, second_start_s), max(first_end_s, second_end_s)
    rate_fps = first["start_time"]["rate"]
    widened = copy.deepcopy(first)
    widened["start_time"] |= {"rate": rate_fps, "value": float(start_s * Fraction(rate_fps))}
    widened["duration"] |= {"rate": rate_fps, "value": float((end_s - start_s) * Fraction(rate_fps))}
    return widened


def _metadata(item: Json) -> Json:
    """Return the item's metadata; an object where it was null or missing."""
    if item.get("metadata") is None:
        item["metadata"] = {}
    metadata: Json = item["metadata"]
    return metadata


def _track_metadata(kind: str) -> Json:
    return {"Audio Type": "Stereo", "Locked": False, "SoloOn": False} if kind == "Audio" else {"Locked": False}
