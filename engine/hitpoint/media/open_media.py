"""Opening a media file, and what its headers say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import MediaError
from hitpoint.model.time import FrameRate, round_half_up

if TYPE_CHECKING:
    from av import VideoFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: Frames per second that cameras, editors and screen recorders work at.
_STANDARD_FPS = (
    *(Fraction(whole) for whole in (12, 15, 24, 25, 30, 48, 50, 60, 100, 120)),
    *(Fraction(whole * 1000, 1001) for whole in (24, 30, 48, 60, 120)),
)
#: Rates above this are a clock's and not a film's, unless film and header agree on them.
_MAX_GUESSED_FPS, _MAX_FPS = 60, 240


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Open a media file; `MediaError` with one sentence for what is none."""
    import av

    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = "it is empty" if path.is_file() and path.stat().st_size == 0 else reason_of(error)
        raise MediaError(f"{path.name} is not a video that can be read ({reason}); export it again") from error
    with container:
        yield container


def picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the stream that a player would show: no cover art, the default one first."""
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    if not streams:
        what = "only sound" if container.streams.audio else "no picture"
        raise MediaError(f"{path.name} holds {what}; give a film, or the timeline it was cut on")
    stream = next((s for s in streams if s.disposition & s.disposition.default), streams[0])
    if stream.codec_context is None:
        raise MediaError(f"{path.name} has a picture that FFmpeg cannot decode; export it again, H.264 in .mp4 or .mov")
    if container.format.name in ("image2", "png_pipe", "jpeg_pipe", "tiff_pipe"):
        raise MediaError(f"{path.name} is a still picture; give a film, or a timeline")
    return stream


def sound_stream(container: InputContainer) -> AudioStream | None:
    """Return the stream that a player would play; None where there is none that can be decoded."""
    streams = [s for s in container.streams.audio if s.codec_context is not None]
    return next((s for s in streams if s.disposition & s.disposition.default), streams[0] if streams else None)


def frame_rate(stream: VideoStream, path: Path) -> FrameRate:
    """Return the rate of the grid: the film's own, or the one that a film with held or late frames was made at.

    A header's average is the film's rate only if all frames are there and last equally long. Beside it FFmpeg guesses
    the rate whose grid all time stamps lie on, which may be a clock's.
    """
    given = {kind: getattr(stream, kind) for kind in ("average_rate", "guessed_rate", "base_rate")}
    usable = {kind: FrameRate.snap(Fraction(rate)) for kind, rate in given.items() if rate and 1 <= rate <= _MAX_FPS}
    average, guessed = usable.get("average_rate"), usable.get("guessed_rate") or usable.get("base_rate")
    if average is None and guessed is None:
        raise MediaError(f"{path.name} does not say its frame rate; convert it to a constant one")
    if average is None or guessed is None or average.fps == guessed.fps:
        return average or guessed or FrameRate(24)
    if average.fps in _STANDARD_FPS:
        # Where pictures come in halves, one of the two counts the halves.
        return guessed if average.fps == 2 * guessed.fps else average
    if guessed.fps in _STANDARD_FPS and guessed.fps <= _MAX_GUESSED_FPS:
        return guessed
    return FrameRate.snap(min(_STANDARD_FPS, key=lambda fps: abs(fps / average.fps - 1)))


def expected_frames(container: InputContainer, stream: VideoStream, rate: FrameRate) -> int:
    """Return how many frames the header promises, at least 1."""
    if stream.duration is not None and stream.time_base is not None:
        return max(1, round_half_up(stream.duration * stream.time_base * rate.fps))
    if container.duration is not None:
        return max(1, round_half_up(Fraction(container.duration, 1_000_000) * rate.fps))
    return max(1, stream.frames)


def upright(frame: VideoFrame, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a decoded frame's picture as a player shows it: telephones store films lying, with a note to turn them."""
    turns = round((frame.rotation or 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def reason_of(error: Any) -> str:
    """Return a library's reason without its number and path."""
    return str(getattr(error, "strerror", None) or error).strip(" .")
