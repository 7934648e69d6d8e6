"""Where a frame lies on the screen: the time axis that the strip and the arc share, and its ticks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hitpoint.model.time import FrameRate, timecode_to_frames

#: The closest look: so many frames over the whole width.
CLOSEST_FRAMES = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameAxis:
    """Record frames over pixels (logical ones, which may be fractions).

    `start_frame`..`end_frame` is what is visible over `width_px` pixels from `left_px`; the cut has `duration_frames`.
    """

    start_frame: float
    end_frame: float
    left_px: float
    width_px: float
    duration_frames: int

    @property
    def frames_per_px(self) -> float:
        """Frames to one logical pixel."""
        return (self.end_frame - self.start_frame) / self.width_px

    @property
    def right_px(self) -> float:
        """Where the axis ends on the screen."""
        return self.left_px + self.width_px

    def x_of(self, frame: float) -> float:
        """Return where a frame begins, in pixels."""
        return self.left_px + (frame - self.start_frame) / self.frames_per_px

    def frame_at(self, x_px: float) -> float:
        """Return the frame under a pixel, with its fraction."""
        return self.start_frame + (x_px - self.left_px) * self.frames_per_px

    def widened(self, by_px: float) -> FrameAxis:
        """Return the axis with so many pixels more at either end, every frame where it was; it may reach outside."""
        frames = by_px * self.frames_per_px
        return replace(
            self,
            start_frame=self.start_frame - frames,
            end_frame=self.end_frame + frames,
            left_px=self.left_px - by_px,
            width_px=self.width_px + 2 * by_px,
        )

    def with_range(self, start_frame: float, end_frame: float) -> FrameAxis:
        """Return the axis over another range, brought into the cut and to a span that can be shown."""
        span = min(max(end_frame - start_frame, CLOSEST_FRAMES), max(float(self.duration_frames), CLOSEST_FRAMES))
        middle = (start_frame + end_frame) / 2
        start = min(max(middle - span / 2, 0.0), max(self.duration_frames - span, 0.0))
        return replace(self, start_frame=start, end_frame=start + span)

    def zoomed(self, factor: float, x_px: float) -> FrameAxis:
        """Return the axis with `factor` times as many frames in sight; the frame under `x_px` stays there."""
        anchor = self.frame_at(min(max(x_px, self.left_px), self.right_px))
        span = (self.end_frame - self.start_frame) * factor
        span = min(max(span, CLOSEST_FRAMES), max(float(self.duration_frames), CLOSEST_FRAMES))
        share = (anchor - self.start_frame) / (self.end_frame - self.start_frame)
        return self.with_range(anchor - share * span, anchor + (1 - share) * span)

    def scrolled(self, frames: float) -> FrameAxis:
        """Return the axis moved along by so many frames, as far as the cut goes."""
        return self.with_range(self.start_frame + frames, self.end_frame + frames)


def visible_slice(starts: Sequence[float], latest_ends: Sequence[float], first: float, last: float) -> slice:
    """Return which of the spans, sorted by start, can be seen between two frames, by binary search.

    `latest_ends[i]` is the largest end of the spans up to i, so that long ones which began earlier are found as well.
    """
    return slice(bisect_right(latest_ends, first), bisect_left(starts, last))


def running_latest(ends: Sequence[float]) -> list[float]:
    """Return for each span the largest end so far (see `visible_slice`)."""
    latest, out = float("-inf"), []
    for end in ends:
        latest = max(latest, end)
        out.append(latest)
    return out


def tick_frames(
    axis: FrameAxis, rate: FrameRate, start_timecode_frame: int, *, apart_px: float
) -> tuple[list[int], list[int]]:
    """Return the record frames of the labelled and of the small ticks of a timecode ruler.

    Labelled ticks stand on round timecodes, at least `apart_px` apart; a few small ones lie between them.
    """
    base = rate.timecode_base
    frame_steps = [step for step in (1, 2, 5, 6, 10, 12) if base % step == 0]
    steps = frame_steps + [base * s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)]
    wanted = axis.frames_per_px * apart_px
    big = next((step for step in steps if step >= wanted), steps[-1])
    small_wanted = max(big / 10, axis.frames_per_px * 5.0)
    small = next((step for step in steps if step >= small_wanted and big % step == 0), big)
    return _multiples(axis, rate, start_timecode_frame, big), _multiples(axis, rate, start_timecode_frame, small)


def _multiples(axis: FrameAxis, rate: FrameRate, start_timecode_frame: int, step: int) -> list[int]:
    """Return the visible frames whose label is a round number of steps."""
    last = min(axis.end_frame, axis.duration_frames)
    first = max(axis.start_frame, 0.0)
    if not rate.drop_frame or step < rate.timecode_base:
        begin = -(-int(first + start_timecode_frame) // step) * step - start_timecode_frame
        if begin < first:
            begin += step
        return list(range(begin, int(last) + 1, step))
    # drop-frame skips labels: go from label to label, which are not equally many frames apart
    out: list[int] = []
    seconds_step = step // rate.timecode_base
    second = int((first + start_timecode_frame) / rate.timecode_base / seconds_step) * seconds_step
    while True:
        frame = _frame_of_second(second, rate) - start_timecode_frame
        if frame > last:
            return out
        if frame >= first:
            out.append(frame)
        second += seconds_step


def _frame_of_second(second: int, rate: FrameRate) -> int:
    """Return the frame count of a timecode's whole second; where drop-frame skips it, that of the first label after."""
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    is_skipped = rate.drop_frame and seconds == 0 and minutes % 10 != 0
    frames = rate.timecode_base // 15 if is_skipped else 0
    return timecode_to_frames(f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}", rate)
