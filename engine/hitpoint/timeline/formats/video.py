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

#: A file that ends this much before its header says was cut off.
_MISSING_SHARE, _MISSING_S = Fraction(1, 50), 1

#: Frames per second that cameras, editors and screen recorders work at.
_STANDARD_FPS = (
    *(Fraction(whole) for whole in (12, 15, 24, 25, 30, 48, 50, 60, 100, 120)),
    *(Fraction(whole * 1000, 1001) for whole in (24, 30, 48, 60, 120)),
)
#: Rates above this are a clock's and not a film's, unless film and header agree on them.
_MAX_GUESSED_FPS, _MAX_FPS = 60, 240


def load_video(path: Path, *, progress: Progress = SILENT) -> LoadedTimeline:
    """Load a video: decode its picture once, at reduced size, and find its cuts.

    Raises `MediaError` with one sentence for what is no video, has no picture, or of which no frame can be decoded.
    """
    warnings: list[str] = []
    with _opened(path) as container:
        stream = _picture_stream(container, path)
        rate = _rate(stream, path)
        start_frame, rate = _start_timecode(container, stream, rate, warnings)
        expected_frames = _expected_frames(container, stream, rate)
        picture = scan_picture(container, stream, rate, expected_frames=expected_frames, progress=progress)
        has_sound = bool(container.streams.audio)
    if picture.last_frame < 0:
        reason = f" ({picture.broke_off})" if picture.broke_off else ""
        raise MediaError(
            f"{path.name} has no picture that can be decoded{reason}; export it again, H.264 in .mp4 or .mov"
        )
    warnings += _flaws(path.name, picture, rate, expected_frames)
    return LoadedTimeline(
        timeline=_timeline(path, rate, start_frame, picture, has_sound=has_sound),
        document=None,
        path=path,
        rate=rate,
        start_timecode_frame=start_frame,
        warnings=tuple(warnings),
    )


def _flaws(name: str, picture: PictureScan, rate: FrameRate, expected_frames: int) -> Iterator[str]:
    frames = picture.last_frame + 1
    missing = expected_frames - frames
    if picture.broke_off:
        yield f"{name} breaks off after {frames} frames ({picture.broke_off}); scored so far"
    elif missing > max(expected_frames * _MISSING_SHARE, _MISSING_S * rate.fps) and not picture.clock_jumps:
        yield f"{name} ends after {frames} frames, and its header promises {expected_frames}; is the copy complete?"
    if picture.damaged:
        yield f"{name} is damaged in {picture.damaged} places, where cuts may be missed"
    if picture.clock_jumps:
        places = ", ".join(str(frame) for frame in picture.clock_jumps[:3])
        yield (
            f"the clock of {name} jumps at frame {places}, as in recordings that were joined; read without a gap: "
            "convert it to .mp4 before cutting"
        )
    elif picture.irregular > picture.frames * _VARIABLE_SHARE:
        yield (
            f"{name} has a variable frame rate; hits are placed by time, on a grid of {rate}, and an editor may "
            "show them some frames off: convert it to a constant rate before cutting"
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
    if stream.codec_context is None:
        raise MediaError(f"{path.name} has a picture that FFmpeg cannot decode; export it again, H.264 in .mp4 or .mov")
    if container.format.name in ("image2", "png_pipe", "jpeg_pipe", "tiff_pipe"):
        raise MediaError(f"{path.name} is a still picture; give a film, or a timeline")
    return stream


def _rate(stream: VideoStream, path: Path) -> FrameRate:
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
