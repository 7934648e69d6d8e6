"""A cut whose edit points are moved: what one shot loses the other gains, and nothing else changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hitpoint.model.cut import Cut, MediaRange, Shot
from hitpoint.model.time import FrameSpan, frames_to_seconds


def move_cuts(cut: Cut, moves: Sequence[tuple[int, int]]) -> Cut:
    """Return the cut with edit points (frame, frames later) rolled; a shot keeps at least a frame."""
    by_frame = dict(moves)
    shots = []
    for shot in cut.shots:
        span = shot.span
        start = span.start_frame + by_frame.get(span.start_frame, 0)
        end = span.end_frame + by_frame.get(span.end_frame, 0)
        if start < end and (start, end) != (span.start_frame, span.end_frame):
            shot = replace(shot, span=FrameSpan(start, end), media=_media(shot, start, end, cut))
        shots.append(shot)
    return replace(cut, shots=tuple(shots))


def _media(shot: Shot, start: int, end: int, cut: Cut) -> MediaRange | None:
    media = shot.media
    if media is None:
        return None
    later_s = frames_to_seconds(start - shot.span.start_frame, cut.rate) * media.speed
    length_s = frames_to_seconds(end - start, cut.rate) * abs(media.speed)
    return replace(media, source_start_s=media.source_start_s + later_s, source_duration_s=length_s)
