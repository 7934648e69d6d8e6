"""The shape that DaVinci Resolve's OTIO importer insists on; what it does not like it refuses without a word.

From measurements on Studio 19.1 (editors.md §3.3): Clip.2 with a map of references and its active key, an available
range on every reference and the source range inside it, bare paths, `enabled`, metadata objects, a global start time,
tracks named "Audio 3". Not checked on a running Resolve by us.
"""

from __future__ import annotations

import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hitpoint.timeline.load import LoadedTimeline

Json = dict[str, Any]
_KEY = "Resolve_OTIO"


def resolve_audio_track(track: Json, number: int) -> Json:
    """Return one of our tracks as Resolve writes its own; the label stays in our metadata and in the clips' names."""
    track["name"] = f"Audio {number}"
    track["metadata"][_KEY] = {"Audio Type": "Stereo", "Locked": False, "SoloOn": False}
    return track


def resolve_audio_clip(clip: Json) -> Json:
    """Return one of our clips with the channel map of a stereo file."""
    channels = [{"Source Channel ID": channel, "Source Track ID": 0} for channel in (0, 1)]
    clip["metadata"][_KEY] = {"Channels": channels}
    label = clip["metadata"].get("hitpoint", {}).get("label", "Score")
    clip["name"] = f"{label} {clip['metadata'].get('hitpoint', {}).get('cue', '')}".strip()
    return clip


def shape_for_resolve(document: Json, loaded: LoadedTimeline) -> None:
    """Bring the input's own timeline, tracks and clips into Resolve's shape; adds only what is missing."""
    document.setdefault("metadata", {}).setdefault(_KEY, {"Resolve OTIO Meta Version": "1.0"})
    if not document.get("global_start_time"):
        document["global_start_time"] = {
            "OTIO_SCHEMA": "RationalTime.1",
            "rate": float(loaded.rate.fps),
            "value": float(loaded.start_timecode_frame),
        }
    counts = {"Video": 0, "Audio": 0}
    for track in document["tracks"].get("children", []):
        kind = track.get("kind")
        if kind in counts:
            counts[kind] += 1
            _shape_track(track, f"{kind} {counts[kind]}")
    stack: list[Any] = [document["tracks"]]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if str(node.get("OTIO_SCHEMA", "")).startswith("Clip."):
                _shape_clip(node)
            stack.extend(value for value in node.values() if isinstance(value, dict | list))
        elif isinstance(node, list):
            stack.extend(node)


def _shape_track(track: Json, name: str) -> None:
    metadata = track.setdefault("metadata", {})
    if track.get("name") != name:
        metadata.setdefault("hitpoint_original", {})["name"] = track.get("name")
        track["name"] = name
    track.setdefault("enabled", True)
    shape: Json = {"Locked": False}
    if track["kind"] == "Audio":
        shape = {"Audio Type": "Stereo", "Locked": False, "SoloOn": False}
    metadata.setdefault(_KEY, shape)


def _shape_clip(clip: Json) -> None:
    clip.setdefault("enabled", True)
    metadata = clip.setdefault("metadata", {})
    metadata.setdefault(_KEY, {})
    if "media_references" not in clip:
        reference = clip.pop("media_reference", None) or {
            "OTIO_SCHEMA": "MissingReference.1",
            "metadata": {},
            "name": "",
            "available_range": None,
        }
        clip["OTIO_SCHEMA"] = "Clip.2"
        clip["media_references"] = {"DEFAULT_MEDIA": reference}
        clip["active_media_reference_key"] = "DEFAULT_MEDIA"
    for reference in clip["media_references"].values():
        if not reference:
            continue
        if not reference.get("available_range") and clip.get("source_range"):
            reference["available_range"] = clip["source_range"]
        url = reference.get("target_url")
        if url and url.startswith("file://"):
            reference["target_url"] = urllib.request.url2pathname(urllib.parse.urlparse(url).path)
    active = clip["media_references"].get(clip.get("active_media_reference_key", "DEFAULT_MEDIA")) or {}
    if not clip.get("source_range") and active.get("available_range"):
        clip["source_range"] = active["available_range"]
