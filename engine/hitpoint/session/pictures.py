"""Small pictures of the cut for the panel's timeline: a file each, written once for a cut's content."""

from __future__ import annotations

from pathlib import Path

import cv2

from hitpoint.analysis import cut_thumbnails
from hitpoint.model.cut import Cut
from hitpoint.model.time import frames_to_seconds

_JPEG_QUALITY = 80
#: Reading one costs some hundredths of a second: of longer cuts every n-th shot is shown.
_MOST_PICTURES = 60


def write_thumbnails(cut: Cut, folder: Path) -> list[tuple[int, Path]]:
    """Return (record frame, JPEG file) of the shots of a cut, in order; none where there is no media to read.

    `folder` belongs to this content of the cut alone: what is there already is not read again.
    """
    step = -(-len(cut.shots) // _MOST_PICTURES)
    frames = [(shot.span.start_frame + shot.span.end_frame) // 2 for shot in cut.shots[:: max(1, step)]]
    wanted = {frame: folder / f"{frame}.jpg" for frame in frames}
    missing = {float(frames_to_seconds(frame, cut.rate)): frame for frame, path in wanted.items() if not path.exists()}
    for record_s, picture in cut_thumbnails(cut, tuple(missing)):
        folder.mkdir(parents=True, exist_ok=True)
        path = wanted[missing[record_s]]
        beside = path.with_suffix(".partial.jpg")
        cv2.imwrite(str(beside), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        beside.replace(path)
    return [(frame, path) for frame, path in wanted.items() if path.exists()]
