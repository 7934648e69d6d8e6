"""A plain video as a timeline: its shots one after the other on a picture track, its sound on a sound track."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitpoint.model.errors import MediaError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import FrameRate, round_half_up, timecode_to_frames
from hitpoint.timeline.formats.picture_scan import PictureScan, scan_picture
from hitpoint.timeline.loaded import LoadedTimeline

if TYPE_CHECKING:
    import opentimelineio as otio
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: As many irregular frames as this share and the file has no constant rate.
_VARIABLE_SHARE = 0.01

#: A rate that a header may claim and a film does not have (Matroska and AVI headers hold their clock's at times).
_MAX_FPS = 240


def load_video(path: Path, *, progress: Progress = SILENT) -> LoadedTimeline:
    """Load a video: decode its picture once, at reduced size, and find its cuts.

    Raises `MediaError` with one sentence for what is no video, has no picture, or of which no frame can be decoded.
    """
    warnings: list[str] = []
    with _opened(path) as container:
        stream = _picture_stream(container, path)
        rate = _rate(container, stream, path)
        start_frame, rate = _start_timecode(container, stream, rate, warnings)
        picture = scan_picture(
            container,
            stream,
            rate,
            expected_frames=_expected_frames(container, stream, rate),
            progress=progress,
        )
        has_sound = bool(container.streams.audio)
    if picture.last_frame < 0:
        reason = f" ({picture.broke_off})" if picture.broke_off else ""
        raise MediaError(
            f"{path.name} has no picture that can be decoded{reason}; export it again, H.264 in .mp4 or .mov"
        )
    if picture.broke_off:
        warnings.append(
            f"{path.name} breaks off after {picture.last_frame + 1} frames ({picture.broke_off}); scored so far"
        )
    if picture.damaged:
        warnings.append(f"{path.name} is damaged in {picture.damaged} places, where cuts may be missed")
    if picture.irregular > picture.frames * _VARIABLE_SHARE:
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


def _expected_frames(container: InputContainer, stream: VideoStream, rate: FrameRate) -> int:
    if stream.duration is not None and stream.time_base is not None:
        return max(1, round_half_up(stream.duration * stream.time_base * rate.fps))
    if container.duration is not None:
        return max(1, round_half_up(Fraction(container.duration, 1_000_000) * rate.fps))
    return max(1, stream.frames)


def _timeline(
    path: Path, rate: FrameRate, start_frame: int, picture: PictureScan, *, has_sound: bool
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
