"""Where a dragged marker comes to rest: on a frame always, on a cut (or the playhead) when it is near."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

#: A cut draws a marker to itself from this many logical pixels away.
SNAP_PX = 7.0


@dataclass(frozen=True, slots=True)
class Snap:
    """The frame, and in a word what is there: "cut", "playhead" or "" for a frame like any other."""

    frame: int
    to: str = ""


def snap_frame(
    frame: float,
    *,
    cut_frames: Sequence[int],
    frames_per_px: float,
    duration_frames: int,
    playhead_frame: int | None = None,
    is_suspended: bool = False,
) -> Snap:
    """Return where a marker that is held at `frame` snaps to; whole frames of the cut only.

    `cut_frames` rise; `is_suspended` (Alt or Shift held) leaves the frames and nothing else.
    """
    nearest = min(max(round(frame), 0), duration_frames - 1)
    if is_suspended:
        return Snap(nearest)
    reach = SNAP_PX * frames_per_px
    at = bisect_left(cut_frames, frame)
    best = min(cut_frames[max(at - 1, 0) : at + 1], key=lambda cut: abs(cut - frame), default=None)
    if best is not None and abs(best - frame) <= reach and 0 <= best < duration_frames:
        return Snap(best, "cut")
    if playhead_frame is not None and abs(playhead_frame - frame) <= reach and 0 <= playhead_frame < duration_frames:
        return Snap(playhead_frame, "playhead")
    return Snap(nearest, "cut" if best == nearest else "")
