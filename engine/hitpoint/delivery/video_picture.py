"""The picture of a cut, frame by frame, decoded from the media of its shots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hitpoint.model.cut import Cut, MediaRange, Shot
from hitpoint.model.time import frames_to_seconds

if TYPE_CHECKING:
    from av import VideoFrame
    from av.filter import Graph

#: The largest picture that is written; larger media are scaled down.
MAX_WIDTH, MAX_HEIGHT = 1920, 1080

#: The picture size of a cut without any readable picture.
_FALLBACK_SIZE = (1280, 720)

#: Containers round time stamps to their own time base (1 ms in Matroska); a frame this late is still the frame.
_TIMESTAMP_SLACK_S = Fraction(2, 1000)

#: Further ahead than this a seek is cheaper than decoding on.
_SEEK_AHEAD_S = 4

#: Backwards shots are decoded forwards in windows of this many record frames (at most this many are held).
_REVERSE_WINDOW_FRAMES = 24

#: Media kept open at once; a decoder with its threads holds some tens of frames.
_MAX_OPEN_READERS = 2


class PictureReader:
    """Random access by time to one media file's picture, scaled and letterboxed to `size`; reads forward when it can.

    Source seconds count from the file's first frame. A file that ends early holds its last frame (a still image is a
    file of one frame). Raises `av.FFmpegError` or ValueError if the file has no picture that can be decoded.
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        import av

        self._size = size
        self._container = av.open(str(path))
        pictures = [s for s in self._container.streams.video if not s.disposition & s.disposition.attached_pic]
        if not pictures:
            self._container.close()
            raise ValueError(f"{path.name} has no picture")
        self._stream = pictures[0]
        self._stream.thread_type = "AUTO"
        self._start_pts = self._stream.start_time or 0
        self._frames: Iterator[VideoFrame] = iter(())
        # With their seconds: whoever encodes a frame gives it a time stamp of its own.
        self._held: tuple[Fraction, VideoFrame] | None = None
        self._next: tuple[Fraction, VideoFrame] | None = None
        self._fitted: tuple[VideoFrame, VideoFrame] | None = None
        self._graph: tuple[object, Graph] | None = None
        self._restart(Fraction(0))

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def frame_at(self, source_s: Fraction) -> VideoFrame:
        """Return the fitted frame that is on screen at a source second."""
        limit_s = max(source_s, Fraction(0)) + _TIMESTAMP_SLACK_S
        if self._held is None or limit_s < self._held[0] or limit_s > self._held[0] + _SEEK_AHEAD_S:
            self._restart(max(source_s, Fraction(0)))
        while self._next is not None and self._next[0] <= limit_s:
            self._held, self._next = self._next, self._decode()
        if self._held is None:
            raise ValueError("no frame could be decoded")
        return self._fit(self._held[1])

    def _decode(self) -> tuple[Fraction, VideoFrame] | None:
        for frame in self._frames:
            if frame.pts is not None and self._stream.time_base is not None:
                return (frame.pts - self._start_pts) * self._stream.time_base, frame
        return None

    def _restart(self, source_s: Fraction) -> None:
        if source_s > 0 or self._held is not None:
            time_base = self._stream.time_base or Fraction(1, 1000)
            self._seek(self._start_pts + int(source_s / time_base))
        else:
            self._frames = self._container.decode(self._stream)
        self._held = self._decode()
        if source_s > 0 and (self._held is None or self._held[0] > source_s + _TIMESTAMP_SLACK_S):
            self._seek(self._start_pts)  # an index that overshoots
            self._held = self._decode()
        self._next = self._decode()

    def _seek(self, pts: int) -> None:
        self._container.seek(pts, stream=self._stream, backward=True)
        self._frames = self._container.decode(self._stream)

    def _fit(self, frame: VideoFrame) -> VideoFrame:
        if self._fitted is None or self._fitted[0] is not frame:
            self._fitted = (frame, self._scaled(frame))
        return self._fitted[1]

    def _scaled(self, frame: VideoFrame) -> VideoFrame:
        turned = frame.rotation % 360
        width, height = display_size(frame.width, frame.height, self._stream.sample_aspect_ratio, turned)
        if (frame.width, frame.height) == (width, height) == self._size and frame.format.name == "yuv420p":
            return frame
        look = (frame.width, frame.height, frame.format.name, turned)
        if self._graph is None or self._graph[0] != look:
            self._graph = (look, _letterbox_graph(frame, (width, height), self._size, turned))
        self._graph[1].vpush(frame)
        return self._graph[1].vpull()


def display_size(width: int, height: int, sample_aspect: Fraction | None, rotation: int = 0) -> tuple[int, int]:
    """Return the size in square pixels of a picture of `width` x `height` samples, turned by `rotation` degrees."""
    wide = round(width * (sample_aspect or 1))
    return (height, wide) if rotation % 180 == 90 else (wide, height)


def _letterbox_graph(frame: VideoFrame, shown: tuple[int, int], size: tuple[int, int], turned: int) -> Graph:
    import av.filter

    scale = min(Fraction(size[0], shown[0]), Fraction(size[1], shown[1]))
    inner = [max(2, int(side * scale) // 2 * 2) for side in shown]
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
    )
    # ffmpeg counts a display rotation anti-clockwise: 90 wants the picture turned back clockwise.
    turns = {90: ["2"], 180: ["1", "1"], 270: ["1"]}.get(turned, [])
    nodes = [source, *(graph.add("transpose", direction) for direction in turns)]
    nodes.append(graph.add("scale", f"{inner[0]}:{inner[1]}:out_range=tv"))
    nodes.append(graph.add("format", "yuv420p"))
    nodes.append(graph.add("pad", f"{size[0]}:{size[1]}:(ow-iw)/2:(oh-ih)/2:black"))
    nodes.append(graph.add("setsar", "1"))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def black_frame(size: tuple[int, int]) -> VideoFrame:
    """Return a black yuv420p frame (limited range: Y 16, U and V 128)."""
    from av import VideoFrame

    width, height = size
    planes = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
    planes[:height] = 16
    return VideoFrame.from_ndarray(planes, format="yuv420p")


def picture_size(cut: Cut) -> tuple[int, int]:
    """Return the size of the first readable picture of the cut, even, at most `MAX_WIDTH` x `MAX_HEIGHT`."""
    import av

    tried: set[Path] = set()
    for shot in cut.shots:
        path = readable_path(shot.media)
        if path is None or path in tried:
            continue
        tried.add(path)
        try:
            with av.open(str(path)) as container:
                stream = container.streams.video[0]
                first = next(container.decode(stream))
                width, height = display_size(first.width, first.height, stream.sample_aspect_ratio, first.rotation)
        except (av.FFmpegError, OSError, IndexError, StopIteration):
            continue
        scale = min(Fraction(1), Fraction(MAX_WIDTH, width), Fraction(MAX_HEIGHT, height))
        return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)
    return _FALLBACK_SIZE


def readable_path(media: MediaRange | None) -> Path | None:
    """Return the file of a media range, or None for generators and missing media."""
    if media is None or media.is_missing or media.path is None or not media.path.is_file():
        return None
    return media.path


@dataclass(slots=True)
class CutPicture:
    """Yields one frame per record frame of the cut; what cannot be shown is black and said once in `warnings`."""

    cut: Cut
    size: tuple[int, int]
    warnings: list[str] = field(default_factory=list)
    _readers: dict[Path, PictureReader] = field(default_factory=dict)
    _unreadable: set[str] = field(default_factory=set)
    _missing: int = 0

    def frames(self) -> Iterator[VideoFrame]:
        """Yield `cut.duration_frames` frames of `size`, yuv420p; the same object may come again while it is held."""
        black = black_frame(self.size)
        record_frame = 0
        try:
            for shot in self.cut.shots:
                start = max(record_frame, shot.span.start_frame)
                end = min(shot.span.end_frame, self.cut.duration_frames)
                for _ in range(record_frame, start):
                    yield black
                for frame in self._shot_frames(shot, start, end):
                    yield frame or black
                record_frame = max(record_frame, end)
            for _ in range(record_frame, self.cut.duration_frames):
                yield black
            if self._missing:
                self.warnings.append(
                    f"{self._missing} shot{'s' * (self._missing != 1)} without media: black in the MP4"
                )
        finally:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()

    def _shot_frames(self, shot: Shot, start: int, end: int) -> Iterator[VideoFrame | None]:
        media = shot.media
        path = readable_path(media)
        if media is None or path is None:
            self._missing += media is not None and media.is_missing
            yield from (None for _ in range(start, end))
            return
        window = _REVERSE_WINDOW_FRAMES if media.speed < 0 else end - start
        for first in range(start, end, max(1, window)):
            record = range(first, min(first + window, end))
            if media.speed >= 0:
                yield from (self._frame(path, media, shot, frame) for frame in record)
            else:
                backwards = [self._frame(path, media, shot, frame) for frame in reversed(record)]
                yield from reversed(backwards)

    def _frame(self, path: Path, media: MediaRange, shot: Shot, record_frame: int) -> VideoFrame | None:
        import av

        into_shot_s = frames_to_seconds(record_frame - shot.span.start_frame, self.cut.rate)
        try:
            return self._reader(path).frame_at(media.source_start_s + into_shot_s * media.speed)
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            self._warn(str(path), f"cannot be decoded ({reason}); its shots are black in the MP4 from there on")
            return None

    def _reader(self, path: Path) -> PictureReader:
        if str(path) in self._unreadable:
            raise ValueError("unreadable")
        reader = self._readers.pop(path, None)
        if reader is None:
            while len(self._readers) >= _MAX_OPEN_READERS:
                self._readers.pop(next(iter(self._readers))).close()
            reader = PictureReader(path, self.size)
        self._readers[path] = reader  # the most recently used one comes last
        return reader

    def _warn(self, what: str, sentence: str) -> None:
        if what not in self._unreadable:
            self._unreadable.add(what)
            self.warnings.append(f"{what} {sentence}")
