"""Knows what is ours on a timeline, so that scoring it again replaces the old score.

Everything of ours carries metadata["hitpoint"]. Editors may drop foreign metadata when a timeline goes through them
(Kdenlive does; of Resolve it is not known), so there is a second sign that survives: the comment of our markers starts
with `SIGN`, and our WAVs name their maker in the `bext` chunk.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hitpoint.timeline.media_links import find_media

Json = dict[str, Any]

#: The key under which everything of ours is marked.
OURS = "hitpoint"
#: How the comment of every marker of ours begins.
SIGN = "Hitpoint: "

_BEXT_ORIGINATOR = b"Hitpoint\0"
_HEADER_BYTES = 2_048  # our `bext` chunk lies in the first 700


def is_our_marker(metadata: Mapping[str, Any] | None, comment: str | None) -> bool:
    """Return whether a marker is an answer of ours rather than an editor's wish."""
    metadata = metadata or {}
    resolve = metadata.get("Resolve_OTIO")
    note = resolve.get("Note") if isinstance(resolve, Mapping) else None
    return OURS in metadata or any(isinstance(text, str) and text.startswith(SIGN) for text in (comment, note))


def is_our_audio(path: Path) -> bool:
    """Return whether a file is a WAV that Hitpoint wrote; False for what is missing or unreadable."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEADER_BYTES)
    except OSError:
        return False
    start = head.find(b"bext") + 8 + 256  # EBU Tech 3285: the originator follows 256 bytes of description
    return b"bext" in head and head[start : start + len(_BEXT_ORIGINATOR)] == _BEXT_ORIGINATOR


def remove_previous_score(document: Json, *, folder: Path, file_names: frozenset[str]) -> None:
    """Take the tracks and markers of an earlier score out of a timeline's JSON document.

    A track without our metadata goes only where everything on it is audio of ours under one of the names that are
    about to be written: a score of another film, used as temp music, stays.
    """
    stack = document["tracks"]
    if stack.get("children"):
        stack["children"] = [item for item in stack["children"] if not _is_our_track(item, folder, file_names)]
    if stack.get("markers"):
        stack["markers"] = [
            marker for marker in stack["markers"] if not is_our_marker(marker.get("metadata"), marker.get("comment"))
        ]


def _is_our_track(track: Json, folder: Path, file_names: frozenset[str]) -> bool:
    if OURS in (track.get("metadata") or {}):
        return True
    if track.get("kind") != "Audio":
        return False
    urls = [_media_url(item) for item in track.get("children") or () if not _is_gap(item)]
    media = [find_media(url, folder) if url else None for url in urls]
    return bool(media) and all(path is not None and path.name in file_names and is_our_audio(path) for path in media)


def _is_gap(item: Json) -> bool:
    return str(item.get("OTIO_SCHEMA", "")).startswith("Gap.")


def _media_url(clip: Json) -> str | None:
    references = clip.get("media_references") or {"DEFAULT_MEDIA": clip.get("media_reference")}
    active = references.get(clip.get("active_media_reference_key") or "DEFAULT_MEDIA") or {}
    return active.get("target_url")
