"""How we know again what is ours: a note on our media, custom data on our markers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hitpoint_panel.hosts.host import HostMarker

#: Our bin in the media pool.
BIN = "Hitpoint Score"
_PRODUCT = "hitpoint"


def is_our_marker(marker: HostMarker) -> bool:
    """Return whether a marker carries our custom data."""
    return _ours(marker.custom_data) is not None


def with_our_data(marker: HostMarker, *, revision: int, number: int) -> HostMarker:
    """Return a marker whose custom data is ours and names it among all of this revision.

    What the caller put there is kept where it is JSON; Resolve finds markers by this text, so each has its own.
    """
    data = _ours(marker.custom_data) or _object(marker.custom_data) or {}
    data = {
        "kind": "marker",
        **data,
        "product": _PRODUCT,
        "revision": revision,
        "number": number,
        "frame": marker.frame,
    }
    return replace(marker, custom_data=json.dumps(data, sort_keys=True, separators=(",", ":")))


def note_for(*, timeline_id: str, revision: int, track: str, token: str) -> str:
    """Return the note for a file of ours; `token` tells the runs of one revision apart."""
    data = {"product": _PRODUCT, "timeline": timeline_id, "revision": revision, "track": track, "token": token}
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def track_of(note: str) -> str:
    """Return the name of the track that a file of ours was written on; "" where the note does not say."""
    return str((_ours(note) or {}).get("track", ""))


def _ours(text: str) -> dict[str, Any] | None:
    data = _object(text)
    return data if data is not None and data.get("product") == _PRODUCT else None


def _object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
