"""Where each old record frame went."""

from __future__ import annotations

from hitpoint.advice.recut.alignment import Alignment
from hitpoint.advice.recut.values import FrameMap, MapPiece


def frame_map_of(alignment: Alignment) -> FrameMap:
    """Return the map of an alignment; stretches that touch in both cuts are one piece."""
    pieces: list[MapPiece] = []
    for stretch in alignment.chain:
        start, end, new = stretch.old_start, stretch.old_start + stretch.length, stretch.new_start
        if pieces and pieces[-1].end_frame == start and pieces[-1].new_end_frame == new:
            pieces[-1] = MapPiece(
                start_frame=pieces[-1].start_frame, end_frame=end, new_start_frame=pieces[-1].new_start_frame
            )
        else:
            pieces.append(MapPiece(start_frame=start, end_frame=end, new_start_frame=new))
    return FrameMap(tuple(pieces))
