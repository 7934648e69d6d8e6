"""Going from hit to hit, from cut to cut, and which bar it is: plain questions about the open cut."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any

from hitpoint_panel.state.document import Document


def neighbour(frames: Iterable[int], frame: float, direction: int) -> int | None:
    """Return the nearest of some frames after (direction 1) or before (-1) a frame."""
    if direction > 0:
        return min((other for other in frames if other > frame + 0.5), default=None)
    return max((other for other in frames if other < frame - 0.5), default=None)


def loop_around(document: Document, frame: float) -> tuple[int, int] | None:
    """Return the stretch from the last hit at or before a frame to the next one; the cut's ends count as hits."""
    end = document.duration_frames
    if not end:
        return None
    frames = sorted({0, end, *(marker.frame for marker in document.markers() if 0 <= marker.frame < end)})
    index = bisect_right(frames, frame) - 1
    if index + 1 >= len(frames):
        index = len(frames) - 2
    return frames[index], frames[index + 1]


def shot_around(document: Document, frame: float) -> tuple[int, int] | None:
    """Return the shot under a frame."""
    for shot in (document.look or {}).get("shots", ()):
        if shot["start_frame"] <= frame < shot["end_frame"]:
            return int(shot["start_frame"]), int(shot["end_frame"])
    return None


def bar_text(version: Mapping[str, Any] | None, at_s: float) -> str:
    """Return "1m1 | 12 | 104 bpm" (cue where there are several, bar, tempo) for a record second; "" without music."""
    cues = ((version or {}).get("report") or {}).get("cues", ())
    for cue in cues:
        if cue.get("start_s", 0.0) <= at_s < cue.get("end_s", 0.0):
            tempo = cue.get("tempo") or {}
            bar = bisect_right(tempo.get("bar_lines_s") or [], at_s)
            bpm = _tempo_at(tempo.get("segments") or [], at_s)
            parts = [
                str(cue["number"]) if len(cues) > 1 else "",
                str(bar) if bar else "",
                f"{bpm:.0f} bpm" if bpm else "",
            ]
            return " | ".join(part for part in parts if part)
    return ""


def _tempo_at(segments: Iterable[Mapping[str, Any]], at_s: float) -> float | None:
    found = None
    for segment in segments:
        if segment.get("start_s", 0.0) <= at_s:
            found = segment.get("start_bpm")
    return found if isinstance(found, int | float) else None
