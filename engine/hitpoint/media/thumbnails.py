"""Single small pictures out of a film."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hitpoint.media.open_media import opened, picture_stream, upright
from hitpoint.model.errors import MediaError

if TYPE_CHECKING:
    from av import VideoFrame

#: So many frames after a key frame are decoded for one small picture; the last of them does.
_MOST_FRAMES = 150


def pictures_at(path: Path, moments_s: Sequence[float], *, height: int) -> list[NDArray[np.uint8] | None]:
    """Return the pictures at source seconds [shape=(height, w, 3), RGB]; None where there is none."""
    import av

    found: list[NDArray[np.uint8] | None] = [None] * len(moments_s)
    try:
        with opened(path) as container:
            stream = picture_stream(container, path)
            stream.codec_context.skip_frame = "NONREF"
            assert stream.time_base is not None
            first_pts = stream.start_time or 0
            for number, moment_s in enumerate(moments_s):
                wanted = first_pts + int(Fraction(max(0.0, moment_s)) / stream.time_base)
                with suppress(av.FFmpegError, ValueError):
                    container.seek(wanted, stream=stream, backward=True)
                    for count, frame in enumerate(container.decode(stream)):
                        if count >= _MOST_FRAMES or (frame.pts is not None and frame.pts >= wanted):
                            size = _size(frame, height)
                            small = frame.reformat(*size, format="rgb24", interpolation="AREA")
                            found[number] = upright(frame, np.asarray(small.to_ndarray(), np.uint8))
                            break
    except (MediaError, OSError):
        pass
    return found


def _size(frame: VideoFrame, height: int) -> tuple[int, int]:
    """Return the stored width and height of a picture that is `height` high when it stands upright."""
    is_lying = round((frame.rotation or 0) / 90) % 2 == 1
    shown = frame.width if is_lying else frame.height
    scale = height / max(1, shown)
    return max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
