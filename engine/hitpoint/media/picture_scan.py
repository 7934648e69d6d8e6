"""One pass through a film's picture, or a stretch of it: how many frames, where its cuts are, what it shows.

Decoding is what takes the time. In H.264 and HEVC the frames that no other is predicted from, about half of them, are
left out at first; only between two frames that a cut separates they are decoded afterwards, to find the cut's frame.
On two minutes of 1080p that takes a third off the time.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hitpoint.media.open_media import upright
from hitpoint.media.picture_meter import PictureMeter
from hitpoint.media.shot_detection import DETECTION_WIDTH, ShotDetector
from hitpoint.model.progress import Progress
from hitpoint.model.time import FrameRate, round_half_up

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

#: Codecs whose frames say whether others need them.
_SKIPPABLE_CODECS = ("h264", "hevc")
#: Deblocking is for the eye. It is left out where no other frame is predicted from the result: left out everywhere,
#: errors add up until a held drawing seems to change (the Popeye of 1936, in HEVC, grew five false cuts).
_DECODER_OPTIONS = {"skip_loop_filter": "noref"}
#: Time stamps are rounded to the container's clock (1 ms in Matroska); an irregular frame is further off than this.
_IRREGULAR_FRAMES = Fraction(1, 4)
#: Broadcast recordings (MPEG-TS, MPEG-PS) are joined from pieces with clocks of their own. A clock that goes on by more
#: or back by more than this starts a new piece; FFmpeg's own limits (`-dts_delta_threshold`, default 10 s).
_CLOCK_JUMP_S, _CLOCK_STEP_BACK_S = 10, Fraction(1, 10)
#: AVFMT_TS_DISCONT (libavformat/avformat.h): the format allows such jumps.
_CLOCK_MAY_JUMP = 0x0200
_PROGRESS_EVERY_FRAMES = 24
#: The share of the progress bar that the first pass gets; the rest is for putting cuts on their frames.
_FIRST_PASS = 0.9
#: Some decoder threads always wait for a frame that another one still decodes; more than these gain nothing.
_THREADS_PER_CORE, _MAX_THREADS = 3, 16


@dataclass(slots=True)
class PictureScan:
    """What was found.

    Attributes
    ----------
    last_frame : int
        Number of the last frame, on the grid of the rate, counted from the first; -1 if none could be decoded. A last
        picture that is held counts as long as it is held.
    frames, irregular : int
        Frames that there are, and how many of them lie off the grid.
    damaged : int
        Packets that could not be decoded.
    clock_jumps : list of int
        Frames at which the file's clock jumps, as it does where recordings were joined.
    cuts : list of int
        First frames of all shots but the first.
    broke_off : str
        Why reading ended before the end; "" if it did not.
    """

    last_frame: int = -1
    frames: int = 0
    irregular: int = 0
    damaged: int = 0
    clock_jumps: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    broke_off: str = ""


@dataclass(slots=True)
class _Clock:
    """Turns time stamps into frame numbers on the grid of a constant rate, counted from the first frame."""

    stream: VideoStream
    rate: FrameRate
    may_jump: bool
    jumps: list[int] = field(default_factory=list)
    _first_pts: Fraction | None = None
    _following: Fraction = Fraction(0)

    def moment(self, pts: int) -> Fraction:
        """Return when a frame is shown, in frames of the grid."""
        assert self.stream.time_base is not None
        if self._first_pts is None:
            self._first_pts = Fraction(pts)
        return (pts - self._first_pts) * self.stream.time_base * self.rate.fps

    def begin(self, pts: int) -> None:
        """Count from a time stamp that was not met."""
        self._first_pts, self.may_jump = Fraction(pts), False

    def pts(self, index: int) -> int:
        """Return the time stamp of a frame, after `begin`."""
        assert self.stream.time_base is not None
        assert self._first_pts is not None
        return round_half_up(self._first_pts + index / (self.stream.time_base * self.rate.fps))

    def next_moment(self, frame: VideoFrame) -> Fraction:
        """Return `moment` of the frame that comes after the last one asked for.

        One without a time stamp follows the last one; one whose clock jumps does too, and the clock counts from it.
        """
        moment = self._following
        if frame.pts is not None and self.stream.time_base is not None:
            moment = self.moment(frame.pts)
            ahead_s = (moment - self._following) / self.rate.fps
            if self.may_jump and (ahead_s > _CLOCK_JUMP_S or ahead_s < -_CLOCK_STEP_BACK_S):
                assert self._first_pts is not None
                self._first_pts += ahead_s / self.stream.time_base
                moment = self._following
                self.jumps.append(round_half_up(moment))
        self._following = moment + 1
        return moment


class _Shrink:
    """Brings frames to detection size: that of the first one, also where the picture's size changes later on."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None

    def __call__(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """Return a frame [shape=(h, w, 3), BGR]."""
        if self._size is None:
            scale = min(1.0, DETECTION_WIDTH / max(frame.width, frame.height, 1))
            self._size = max(16, round(frame.width * scale)), max(16, round(frame.height * scale))
        small = frame.reformat(*self._size, format="bgr24", interpolation="FAST_BILINEAR")
        return upright(frame, np.asarray(small.to_ndarray(), np.uint8))


def scan_picture(
    container: InputContainer,
    stream: VideoStream,
    rate: FrameRate,
    *,
    expected_frames: int,
    meter: PictureMeter,
    stretch: tuple[int, int] | None = None,
    progress: Progress,
) -> PictureScan:
    """Decode a stream's picture once, at reduced size, and find its cuts; what breaks off is kept up to there.

    `stretch` are the first frame that is wanted and the one after the last, None for all. `meter` is fed every frame
    that is decoded on the way; frames of a stretch are counted from the first of the file.
    """
    import av

    may_jump = bool(container.format.flags & _CLOCK_MAY_JUMP)
    skips = prepare(stream, may_skip=not may_jump)
    scan, clock, shrink, detector = PictureScan(), _Clock(stream, rate, may_jump), _Shrink(), ShotDetector(rate)
    first, last = stretch or (0, None)
    if stretch:
        clock.begin(stream.start_time or 0)
        if first:
            container.seek(clock.pts(first), stream=stream, backward=True)
    seen: dict[int, int] = {}  # frame number to time stamp
    moments: list[Fraction] = []
    packets: list[_Stamp] = []
    beside = _Beside(detector, meter)
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and not packet.is_discard:
                packets.append(_Stamp(packet.pts, packet.duration or 0, packet.is_keyframe))
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                scan.damaged += 1
                continue
            for frame in frames:
                moments.append(clock.next_moment(frame))
                index = round_half_up(moments[-1])
                if index <= scan.last_frame or index < first:
                    continue  # two frames within one of the grid, or on the way to the stretch
                if last is not None and index >= last:
                    raise _StretchEnds
                scan.last_frame = index
                seen[index] = frame.pts if frame.pts is not None else 0
                beside.look(index, float(moments[-1] / rate.fps), shrink(frame), frame)
                if len(seen) % _PROGRESS_EVERY_FRAMES == 0:
                    progress.update(min(1.0, (index - first) / expected_frames) * _FIRST_PASS, "looking at the picture")
    except _StretchEnds:
        pass
    except (av.FFmpegError, ValueError, MemoryError) as error:
        scan.broke_off = str(getattr(error, "strerror", None) or error).strip(" .")
    finally:
        beside.close()
    scan.cuts, scan.clock_jumps = detector.cuts(), clock.jumps
    if scan.last_frame < 0:
        return scan
    if skips:
        moments = sorted(clock.moment(stamp.pts) for stamp in packets)
        moments = [moment for moment in moments if moment >= 0]
    _count(scan, moments)
    if packets and not stretch and not scan.clock_jumps and not scan.damaged and not scan.broke_off:
        # Lengths of single packets are in decoding order; the header's length bounds them.
        end = max(round_half_up(clock.moment(stamp.pts + stamp.duration)) for stamp in packets)
        last_shown = round_half_up(max(moments))
        scan.last_frame = max(scan.last_frame, last_shown, min(end, expected_frames) - 1)
    if skips and not scan.broke_off:
        keys = [stamp.pts for stamp in packets if stamp.is_key]
        scan.cuts = _Locator(container, stream, clock, shrink, seen, keys, progress).located(scan.cuts)
    return scan


def prepare(stream: VideoStream, *, may_skip: bool) -> bool:
    """Set a decoder up for speed; return whether it leaves frames out that no other needs.

    What is left out can be fetched by seeking only, which a clock that jumps leads astray: then `may_skip` is false.
    """
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = min(_MAX_THREADS, _THREADS_PER_CORE * (os.cpu_count() or 1))
    stream.codec_context.options = _DECODER_OPTIONS
    skips = stream.codec_context.name in _SKIPPABLE_CODECS and bool(stream.codec_context.has_b_frames) and may_skip
    if skips:
        stream.codec_context.skip_frame = "NONREF"
    return skips


class _Beside:
    """Looks at pictures in a thread of its own, while the next ones are decoded and shrunk; a few are waited for."""

    _MOST_WAITING = 8

    def __init__(self, detector: ShotDetector, meter: PictureMeter) -> None:
        self._detector, self._meter = detector, meter
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque()

    def look(self, index: int, moment_s: float, small: NDArray[np.uint8], frame: VideoFrame) -> None:
        """Have a frame looked at; raises what went wrong with an earlier one."""
        self._waiting.append(self._pool.submit(self._look, index, moment_s, small, frame))
        while len(self._waiting) > self._MOST_WAITING:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Wait for all that is left."""
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def _look(self, index: int, moment_s: float, small: NDArray[np.uint8], frame: VideoFrame) -> None:
        self._detector.feed(index, small)
        self._meter.feed(moment_s, small, frame)


class _StretchEnds(Exception):
    """What was wanted has been seen."""


class _Stamp(NamedTuple):
    """When a packet's picture is shown and for how long, in the stream's clock; whether decoding can begin there."""

    pts: int
    duration: int
    is_key: bool


def _count(scan: PictureScan, moments: list[Fraction]) -> None:
    """Count frames by their times, so that those which were not decoded count too."""
    numbers = [round_half_up(moment) for moment in moments]
    scan.frames = len(numbers)
    scan.irregular = sum(
        abs(moment - number) > _IRREGULAR_FRAMES for moment, number in zip(moments, numbers, strict=True)
    )
    scan.irregular += sum(following != number + 1 for number, following in pairwise(numbers))


class _Locator:
    """Puts cuts on their frames: between two decoded frames with others in between, it looks at those too.

    It decodes on from where it is as long as no key frame lies nearer, so that a film without key frames costs one
    more pass and not one per cut.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        clock: _Clock,
        shrink: _Shrink,
        seen: dict[int, int],
        key_pts: list[int],
        progress: Progress,
    ) -> None:
        self._container, self._stream = container, stream
        self._clock, self._shrink, self._progress = clock, shrink, progress
        self._seen, self._keys = seen, sorted(round_half_up(clock.moment(pts)) for pts in key_pts)
        self._frames: Iterator[VideoFrame] = iter(())
        self._position: int | None = None
        self._last_picture: NDArray[np.uint8] | None = None

    def located(self, cuts: list[int]) -> list[int]:
        """Return the cuts, in order, each on its frame."""
        decoded = sorted(self._seen)
        before = dict(zip(decoded[1:], decoded, strict=False))
        self._stream.codec_context.skip_frame = "DEFAULT"
        found = []
        for number, cut in enumerate(cuts):
            self._done = _FIRST_PASS + (0.99 - _FIRST_PASS) * number / len(cuts)
            in_doubt = cut - before.get(cut, cut - 1) > 1
            found.append(self._locate(before[cut], cut) if in_doubt else cut)
        return found

    def _locate(self, before: int, after: int) -> int:
        """Return the frame in (before, after] that differs most from the one in front of it; `after` if in doubt."""
        import av

        try:
            pictures = self._pictures(before, after)
        except (av.FFmpegError, ValueError):
            self._position = None
            return after
        shown = sorted(index for index in pictures if before <= index <= after)
        if not shown or (shown[0], shown[-1]) != (before, after):
            return after
        changes = {
            following: float(np.abs(pictures[following].astype(np.int16) - pictures[index]).mean())
            for index, following in pairwise(shown)
        }
        return max(changes, key=lambda index: changes[index])

    def _pictures(self, first: int, last: int) -> dict[int, NDArray[np.uint8]]:
        """Return the frames from `first` to `last` at detection size."""
        pictures: dict[int, NDArray[np.uint8]] = {}
        key = bisect_right(self._keys, first)
        nearest_key = self._keys[key - 1] if key else 0
        if self._position is None or self._position > first or self._position < nearest_key:
            self._container.seek(self._seen[first], stream=self._stream, backward=True)
            self._frames = self._container.decode(self._stream)
        elif self._position == first and self._last_picture is not None:
            pictures[first] = self._last_picture
        for number, frame in enumerate(self._frames, 1):
            if frame.pts is None:
                continue
            self._position = round_half_up(self._clock.moment(frame.pts))
            if self._position >= first:
                pictures[self._position] = self._last_picture = self._shrink(frame)
            if number % _PROGRESS_EVERY_FRAMES == 0:
                self._progress.update(self._done, "putting cuts on their frames")
            if self._position >= last:
                break
        return pictures
