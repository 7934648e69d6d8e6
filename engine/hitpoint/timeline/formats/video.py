"""A plain video as a timeline: its shots one after the other on a picture track, its sound on a sound track."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hitpoint.media import PictureScan, scan_film
from hitpoint.media.open_media import expected_frames, frame_rate, opened, picture_stream
from hitpoint.model.errors import MediaError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import FrameRate, timecode_to_frames
from hitpoint.timeline.loaded import LoadedTimeline

if TYPE_CHECKING:
    import opentimelineio as otio
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: As many irregular frames as this share and the file has no constant rate.
_VARIABLE_SHARE = 0.01

#: A file that ends this much before its header says was cut off.
_MISSING_SHARE, _MISSING_S = Fraction(1, 50), 1


def load_video(path: Path, *, progress: Progress = SILENT) -> LoadedTimeline:
    """Load a video: decode its picture once, at reduced size, and find its cuts.

    Raises `MediaError` with one sentence for what is no video, has no picture, or of which no frame can be decoded.
    """
    warnings: list[str] = []
    with opened(path) as container:
        stream = picture_stream(container, path)
        start_frame, rate = _start_timecode(container, stream, frame_rate(stream, path), warnings)
        promised_frames = expected_frames(container, stream, rate)
        has_sound = bool(container.streams.audio)
    picture = scan_film(path, progress=progress)
    if picture.last_frame < 0:
        reason = f" ({picture.broke_off})" if picture.broke_off else ""
        raise MediaError(
            f"{path.name} has no picture that can be decoded{reason}; export it again, H.264 in .mp4 or .mov"
        )
    warnings += _flaws(path.name, picture, rate, promised_frames)
    return LoadedTimeline(
        timeline=_timeline(path, rate, start_frame, picture, has_sound=has_sound),
        document=None,
        path=path,
        rate=rate,
        start_timecode_frame=start_frame,
        warnings=tuple(warnings),
    )


def _flaws(name: str, picture: PictureScan, rate: FrameRate, promised_frames: int) -> Iterator[str]:
    frames = picture.last_frame + 1
    missing = promised_frames - frames
    if picture.broke_off:
        yield f"{name} breaks off after {frames} frames ({picture.broke_off}); scored so far"
    elif missing > max(promised_frames * _MISSING_SHARE, _MISSING_S * rate.fps) and not picture.clock_jumps:
        yield f"{name} ends after {frames} frames, and its header promises {promised_frames}; is the copy complete?"
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
