"""Single pictures out of a film at given moments, in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hitpoint.media.open_media import frame_rate, opened, picture_stream, reason_of, upright
from hitpoint.media.picture_scan import prepare
from hitpoint.model.errors import MediaError

if TYPE_CHECKING:
    from av import VideoFrame

#: A moment that is no farther ahead is decoded up to; seeking to one farther away is cheaper.
_DECODE_ON_S = Fraction(2)


def stills_at(
    path: Path, moments_ms: Sequence[int], *, shortest_side: int
) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
    """Yield (moment, picture [shape=(h, w, 3), RGB, upright]) in the order of time.

    Parameters
    ----------
    moments_ms : rising whole numbers
        Source milliseconds from the file's first frame. What is shown then is given, or the next frame that others
        are predicted from: up to three frames later. The last frame is held.
    shortest_side : int
        Pictures are shrunk, or grown, to this many pixels on their shorter side.

    Raises
    ------
    MediaError
        The file cannot be opened, or breaks off before any picture of it was seen. Where it breaks off later, None is
        yielded for the moments after it.
    """
    import av

    with opened(path) as container:
        stream = picture_stream(container, path)
        rate = frame_rate(stream, path)
        prepare(stream, may_skip=True)
        assert stream.time_base is not None
        first_pts = stream.start_time or 0
        half_frame = Fraction(1, 2) / rate.fps / stream.time_base
        frames: Iterator[VideoFrame] = iter(())
        frame: VideoFrame | None = None
        at: Fraction | None = None
        for moment_ms in moments_ms:
            wanted = first_pts + Fraction(moment_ms, 1000) / stream.time_base
            try:
                if at is None or at > wanted + half_frame or (wanted - at) * stream.time_base > _DECODE_ON_S:
                    container.seek(int(wanted), stream=stream, backward=True)
                    frames, at = container.decode(stream), None
                while at is None or at < wanted - half_frame:
                    following = next(frames, None)
                    if following is None:
                        break  # the last one is held
                    if following.pts is not None:
                        frame, at = following, Fraction(following.pts)
            except (av.FFmpegError, ValueError) as error:
                if frame is None:
                    raise MediaError(f"{path.name} cannot be decoded ({reason_of(error)}); export it again") from error
                at = None
                yield moment_ms, None
                continue
            yield moment_ms, None if frame is None else _picture(frame, shortest_side)


def _picture(frame: VideoFrame, shortest_side: int) -> NDArray[np.uint8]:
    scale = shortest_side / max(1, min(frame.width, frame.height))
    width, height = (max(shortest_side, round(side * scale)) for side in (frame.width, frame.height))
    small = frame.reformat(width, height, format="rgb24", interpolation="BICUBIC")
    return upright(frame, np.asarray(small.to_ndarray(), np.uint8))
