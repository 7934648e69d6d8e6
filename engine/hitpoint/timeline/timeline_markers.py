"""The editor's markers in record time, each once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

from hitpoint.model.cut import Marker
from hitpoint.model.time import FrameRate, round_half_up, seconds_to_nearest_frame
from hitpoint.timeline.flatten import PlacedMarker
from hitpoint.timeline.previous_score import is_our_marker


def editors_markers(
    placed: Iterable[PlacedMarker], *, rate: FrameRate, duration_frames: int
) -> tuple[tuple[Marker, ...], list[str]]:
    """Return the markers inside the cut, sorted by frame, and warnings about those that are not.

    Left out are our own, those of disabled clips, those on parts of clips that are trimmed away, and repetitions:
    linked picture and sound carry the same marker. A marker right at the end (a MUSIC OUT, mostly) moves to the last
    frame.
    """
    found: dict[tuple[int, str, str], Marker] = {}
    outside: list[str] = []
    disabled = 0
    ids: Counter[str] = Counter()
    for item in sorted(placed, key=lambda item: item.at_s):
        marker = item.marker
        note = marker.comment or _resolve_note(marker.metadata)
        if item.is_trimmed or is_our_marker(marker.metadata, note):
            continue
        if not item.is_enabled:
            disabled += 1
            continue
        frame = seconds_to_nearest_frame(item.at_s, rate)
        if frame == duration_frames:
            frame -= 1
        name = (marker.name or "").strip()
        if not 0 <= frame < duration_frames:
            outside.append(f"{name or 'unnamed'!r} {_distance(frame, duration_frames, rate)}")
            continue
        key = (frame, name, note)
        if key in found:
            continue
        digest = hashlib.sha256(repr((item.origin, *key)).encode()).hexdigest()[:10]
        ids[digest] += 1
        found[key] = Marker(
            id=digest if ids[digest] == 1 else f"{digest}-{ids[digest]}",
            frame=frame,
            duration_frames=min(max(1, round_half_up(item.duration_s * rate.fps)), duration_frames - frame),
            name=name,
            note=note,
            color=(marker.color or "").upper(),
            origin=item.origin,
        )
    warnings = []
    if outside:
        more = f" and {len(outside) - 1} more" if len(outside) > 1 else ""
        warnings.append(f"marker {outside[0]}{more}: outside the cut, left out")
    if disabled:
        warnings.append(f"{disabled} marker{'s' * (disabled != 1)} on disabled clips left out")
    return tuple(found.values()), warnings


def _distance(frame: int, duration_frames: int, rate: FrameRate) -> str:
    if frame < 0:
        return f"{float(-frame * rate.frame_s):.2f} s before the start"
    return f"{float((frame - duration_frames) * rate.frame_s):.2f} s beyond the end"


def _resolve_note(metadata: Mapping[str, object]) -> str:
    resolve = metadata.get("Resolve_OTIO")
    note = resolve.get("Note") if hasattr(resolve, "get") else None
    return note if isinstance(note, str) else ""
