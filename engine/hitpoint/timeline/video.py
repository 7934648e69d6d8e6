"""A plain video as a timeline: its shots one after the other on a picture track, its sound on a sound track."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hitpoint.model.errors import MediaError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import FrameRate, round_half_up, timecode_to_frames
from hitpoint.timeline.loaded import LoadedTimeline
from hitpoint.timeline.shot_detection import DETECTION_WIDTH, ShotDetector

if TYPE_CHECKING:
    import opentimelineio as otio
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: Deblocking is for the eye. It is left out where no other frame is predicted from the result: left out everywhere,
#: errors add up until a held drawing seems to change (the Popeye of 1936, in HEVC, grew five false cuts).
_DECODER_OPTIONS = {"skip_loop_filter": "noref"}

#: Time stamps are rounded to the container's clock (1 ms in Matroska); an irregular frame is further off than this.
_IRREGULAR_FRAMES = Fraction(1, 4)
#: As many irregular frames as this share and the file has no constant rate.
_VARIABLE_SHARE = 0.01

#: A rate that a header may claim and a film does not have (Matroska and AVI headers hold their clock's at times).
_MAX_FPS = 240
_PROGRESS_EVERY_FRAMES = 24


@dataclass(slots=True)
class _Picture:
    """What decoding found."""

    last_frame: int = -1
    decoded: int = 0
    irregular: int = 0
    cuts: list[int] = field(default_factory=list)
    broke_off: str = ""


def load_video(path: Path, *, progress: Progress = SILENT) -> LoadedTimeline:
    """Load a video: decode its picture once, at reduced size, and find its cuts.

    Raises `MediaError` with one sentence for what is no video, has no picture, or of which no frame can be decoded.
    """
    warnings: list[str] = []
    with _opened(path) as container:
        stream = _picture_stream(container, path)
        rate = _rate(container, stream, path)
        start_frame, rate = _start_timecode(container, stream, rate, warnings)
        picture = _look(container, stream, rate, progress)
        has_sound = bool(container.streams.audio)
    if picture.last_frame < 0:
        raise MediaError(
            f"{path.name} has no picture that can be decoded{picture.broke_off}; export it again, H.264 in .mp4 or .mov"
        )
    if picture.broke_off:
        warnings.append(
            f"{path.name} breaks off or is damaged after {picture.decoded} frames{picture.broke_off}; scored so far"
        )
    if picture.irregular > picture.decoded * _VARIABLE_SHARE:
        warnings.append(
            f"{path.name} has a variable frame rate; hits are placed by time, on a grid of {rate}, and an editor may "
            "show them some frames off: convert it to a constant rate before cutting"
        )
    return LoadedTimeline(
        timeline=_timeline(path, rate, start_frame, picture, has_sound=has_sound),
        document=None,
        path=path,
        rate=rate,
        start_timecode_frame=start_frame,
        warnings=tuple(warnings),
    )


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    import av

    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = "it is empty" if path.is_file() and path.stat().st_size == 0 else _reason(error)
        raise MediaError(f"{path.name} is not a video that can be read ({reason}); export it again") from error
    with container:
        yield container


def _picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the stream that a player would show: no cover art, the default one first."""
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    if not streams:
        what = "only sound" if container.streams.audio else "no picture"
        raise MediaError(f"{path.name} holds {what}; give a film, or the timeline it was cut on")
    stream = next((s for s in streams if s.disposition & s.disposition.default), streams[0])
    if container.format.name in ("image2", "png_pipe", "jpeg_pipe", "tiff_pipe"):
        raise MediaError(f"{path.name} is a still picture; give a film, or a timeline")
    return stream


def _rate(container: InputContainer, stream: VideoStream, path: Path) -> FrameRate:
    for given in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if given is not None and 1 <= given <= _MAX_FPS:
            return FrameRate.snap(Fraction(given))
    raise MediaError(f"{path.name} does not say its frame rate; convert it to a constant one")


def _start_timecode(
    container: InputContainer, stream: VideoStream, rate: FrameRate, warnings: list[str]
) -> tuple[int, FrameRate]:
    """Return the frame count that the file's timecode starts at, and the rate with its drop-frame flag."""
    tracks = [stream.metadata, container.metadata, *(s.metadata for s in container.streams)]
    label = next((track["timecode"] for track in tracks if track.get("timecode")), None)
    if label is None:
        return 0, rate
    rate = FrameRate.snap(rate.fps, drop_frame=";" in label or "." in label)
    try:
        return timecode_to_frames(label, rate), rate
    except ValueError as error:
        warnings.append(f"the file's own timecode cannot be used ({error}); counted from 0")
        return 0, rate


def _look(container: InputContainer, stream: VideoStream, rate: FrameRate, progress: Progress) -> _Picture:
    """Decode every frame once and look for cuts; what breaks off is kept up to there."""
    import av

    stream.thread_type = "AUTO"
    stream.codec_context.options = _DECODER_OPTIONS
    picture = _Picture()
    detector = ShotDetector(rate)
    expected = _expected_frames(container, stream, rate)
    size: tuple[int, int] | None = None
    clock = _FrameClock(stream, rate)
    try:
        for decoded in container.decode(stream):
            index, is_regular = clock.index_of(decoded)
            picture.decoded += 1
            picture.irregular += not is_regular
            if index <= picture.last_frame:
                continue  # two frames within one of the grid
            picture.last_frame = index
            size = size or _detection_size(decoded)
            small = decoded.reformat(width=size[0], height=size[1], format="bgr24", interpolation="FAST_BILINEAR")
            detector.feed(index, np.asarray(small.to_ndarray(), np.uint8))
            if picture.decoded % _PROGRESS_EVERY_FRAMES == 0:
                progress.update(min(0.99, index / expected), "looking for cuts")
    except (av.FFmpegError, ValueError, MemoryError) as error:
        picture.broke_off = f" ({_reason(error)})"
    picture.cuts = detector.cuts()
    return picture


@dataclass(slots=True)
class _FrameClock:
    """Turns time stamps into frame numbers on the grid of a constant rate, counted from the first frame."""

    stream: VideoStream
    rate: FrameRate
    _first_s: Fraction | None = None
    _following: int = 0

    def index_of(self, frame: VideoFrame) -> tuple[int, bool]:
        """Return the frame's number, and whether it is where a constant rate has it."""
        if frame.pts is None or self.stream.time_base is None:
            index, is_regular = self._following, True
        else:
            at_s = frame.pts * self.stream.time_base
            if self._first_s is None:
                self._first_s = at_s
            exact = (at_s - self._first_s) * self.rate.fps
            index = round_half_up(exact)
            is_regular = index == self._following and abs(exact - index) <= _IRREGULAR_FRAMES
        self._following = index + 1
        return index, is_regular


def _expected_frames(container: InputContainer, stream: VideoStream, rate: FrameRate) -> int:
    if stream.duration is not None and stream.time_base is not None:
        return max(1, round_half_up(stream.duration * stream.time_base * rate.fps))
    if container.duration is not None:
        return max(1, round_half_up(Fraction(container.duration, 1_000_000) * rate.fps))
    return max(1, stream.frames)


def _detection_size(frame: VideoFrame) -> tuple[int, int]:
    scale = min(1.0, DETECTION_WIDTH / max(frame.width, frame.height, 1))
    return max(16, round(frame.width * scale)), max(16, round(frame.height * scale))


def _timeline(
    path: Path, rate: FrameRate, start_frame: int, picture: _Picture, *, has_sound: bool
) -> otio.schema.Timeline:
    import opentimelineio as otio

    fps = float(rate.fps)
    length = picture.last_frame + 1

    def span(first: int, frames: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(start_frame + first, fps), otio.opentime.RationalTime(frames, fps)
        )

    def clip(name: str, first: int, frames: int) -> otio.schema.Clip:
        reference = otio.schema.ExternalReference(str(path.resolve()), span(0, length))
        return otio.schema.Clip(name, reference, span(first, frames))

    timeline = otio.schema.Timeline(path.stem, global_start_time=otio.opentime.RationalTime(start_frame, fps))
    shots = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    edges = [0, *(cut for cut in picture.cuts if 0 < cut < length), length]
    shots.extend(
        clip(f"shot {number}", first, following - first) for number, (first, following) in enumerate(pairwise(edges), 1)
    )
    timeline.tracks.append(shots)
    sound = otio.schema.Track("Audio 1", kind=otio.schema.TrackKind.Audio)
    if has_sound:
        sound.append(clip(path.stem, 0, length))
    timeline.tracks.append(sound)
    return timeline


def _reason(error: Any) -> str:
    """Return the library's reason without its number and path."""
    return str(getattr(error, "strerror", None) or error).strip(" .")
