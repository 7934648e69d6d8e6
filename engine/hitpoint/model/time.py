"""Time on the picture, exactly. All conversions between frames, seconds, samples and timecode,
and every rounding, live in this module (beats live in `hitpoint.model.tempo`).

Conventions
-----------
* Record time counts from the first frame of the timeline: frame 0, second 0. The timeline's own
  start (01:00:00:00, say) is a label that only timecode functions take.
* Seconds are real seconds as `fractions.Fraction`. At 23.976 a timecode second lasts 1.001 of them.
* Spans are half-open.
* Audio positions are integer samples at `SAMPLE_RATE_HZ`. A frame is not a whole number of samples at
  29.97 and 59.94 (1601.6 and 800.8), so there is one rounding rule: to the nearest sample, halves up
  (`seconds_to_samples`), at most half a sample = 10.4 µs from the truth.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.errors import SettingError

SAMPLE_RATE_HZ = 48_000

#: Relative distance within which a measured or float rate is taken for the exact one. 24000/1001 stored
#: as float32 is 2e-9 off; "23.98" is 1.7e-4 off; 23.976 and 24 are 1e-3 apart.
RATE_SNAP_TOLERANCE = Fraction(3, 10_000)

_TIMECODE = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.])(\d{2,3})$")


def round_half_up(value: Fraction) -> int:
    """Round to the nearest integer, halves towards plus infinity (so that shifts commute with rounding)."""
    return math.floor(value + Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class FrameRate:
    """Frames per second as an exact fraction, and whether timecode drops numbers.

    Parameters
    ----------
    numerator, denominator : int > 0
        24000/1001, not 23.976.
    drop_frame : bool
        Timecode labels skip numbers; only at 30000/1001 and 60000/1001 (SMPTE ST 12-1).
    """

    numerator: int
    denominator: int = 1
    drop_frame: bool = False

    def __post_init__(self) -> None:
        if self.numerator <= 0 or self.denominator <= 0:
            raise ValueError(f"frame rate {self.numerator}/{self.denominator} must be positive")
        if self.drop_frame and not (self.denominator == 1001 and self.timecode_base % 30 == 0):
            raise ValueError(f"drop-frame timecode exists at 29.97 and 59.94 only, not at {self}")

    @classmethod
    def snap(cls, rate: float | Fraction | str, *, drop_frame: bool = False) -> FrameRate:
        """Return the exact rate meant by a float (also float32), a fraction or a text such as "23.98".

        Whole rates and n·1000/1001 are candidates; anything else is kept as the nearest simple fraction.
        """
        try:
            given = Fraction(rate)
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            raise ValueError(f"{rate!r} is not a frame rate") from error
        if given <= 0:
            raise ValueError(f"frame rate {rate!r} must be positive")
        whole = round_half_up(given)
        candidates = [Fraction(whole), Fraction(whole * 1000, 1001), Fraction((whole + 1) * 1000, 1001)]
        best = min((c for c in candidates if c > 0), key=lambda c: abs(c - given))
        if abs(best - given) / given > RATE_SNAP_TOLERANCE:
            best = given.limit_denominator(1001)
        is_drop = drop_frame and best.denominator == 1001 and math.ceil(best) % 30 == 0
        return cls(best.numerator, best.denominator, is_drop)

    @property
    def fps(self) -> Fraction:
        """Frames per real second."""
        return Fraction(self.numerator, self.denominator)

    @property
    def frame_s(self) -> Fraction:
        """Length of one frame in real seconds."""
        return Fraction(self.denominator, self.numerator)

    @property
    def timecode_base(self) -> int:
        """Frames per timecode second: 24 at 23.976, 30 at 29.97."""
        return math.ceil(Fraction(self.numerator, self.denominator))

    def __str__(self) -> str:
        text = f"{float(self.fps):.3f}".rstrip("0").rstrip(".")
        return f"{text} fps" + (" drop-frame" if self.drop_frame else "")


@dataclass(frozen=True, slots=True)
class FrameSpan:
    """Record frames from `start_frame` up to, not including, `end_frame`."""

    start_frame: int
    end_frame: int

    def __post_init__(self) -> None:
        if self.end_frame <= self.start_frame:
            raise ValueError(f"span {self.start_frame}..{self.end_frame} is empty or runs backwards")

    @property
    def duration_frames(self) -> int:
        """Number of frames in the span."""
        return self.end_frame - self.start_frame

    def contains(self, frame: int) -> bool:
        """Return whether a record frame lies in the span."""
        return self.start_frame <= frame < self.end_frame


def frame_rate_from_text(text: str) -> FrameRate:
    """Return the rate that a user writes: 24, 25, 23.976, 29.97, or 29.97df for drop-frame; else `SettingError`."""
    number = text.lower().removesuffix("df").strip()
    try:
        return FrameRate.snap(number, drop_frame=number != text.lower().strip())
    except ValueError as error:
        raise SettingError(f"--rate {text}: not a frame rate; give 24, 25, 23.976, 29.97 or 29.97df") from error


def frames_to_seconds(frames: int | Fraction, rate: FrameRate) -> Fraction:
    """Return the exact real seconds at which a record frame starts."""
    return frames * rate.frame_s


def seconds_to_nearest_frame(seconds: Fraction, rate: FrameRate) -> int:
    """Return the frame that starts nearest to a moment (halves up)."""
    return round_half_up(seconds * rate.fps)


def seconds_to_containing_frame(seconds: Fraction, rate: FrameRate) -> int:
    """Return the frame that is on screen at a moment (rounds down)."""
    return math.floor(seconds * rate.fps)


def seconds_to_samples(seconds: Fraction) -> int:
    """Return the nearest 48 kHz sample, halves up: the one rounding rule between picture and audio."""
    return round_half_up(seconds * SAMPLE_RATE_HZ)


def frames_to_samples(frames: int, rate: FrameRate) -> int:
    """Return the 48 kHz sample nearest to the start of a record frame."""
    return seconds_to_samples(frames_to_seconds(frames, rate))


def samples_to_seconds(samples: int) -> Fraction:
    """Return the exact real seconds of a 48 kHz sample position."""
    return Fraction(samples, SAMPLE_RATE_HZ)


def whole_sample_period_frames(rate: FrameRate) -> int:
    """Return the smallest number of frames that is a whole number of 48 kHz samples (5 at 29.97, 1 at 24)."""
    return (rate.frame_s * SAMPLE_RATE_HZ).denominator


def timecode_to_frames(timecode: str, rate: FrameRate) -> int:
    """Return the frame count since 00:00:00:00 that a timecode label names.

    `;` or `.` before the frames marks drop-frame and is honoured where the rate allows it. Raises ValueError
    for malformed labels and for numbers that drop-frame skips.
    """
    match = _TIMECODE.match(timecode.strip())
    if match is None:
        raise ValueError(f"{timecode!r} is not a timecode such as 01:00:00:00")
    hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
    base = rate.timecode_base
    if minutes > 59 or seconds > 59 or frames >= base:
        raise ValueError(f"{timecode!r} is not a timecode at {rate}")
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if rate.drop_frame:
        skipped = base // 15  # 2 numbers a minute at 29.97, 4 at 59.94
        if seconds == 0 and frames < skipped and minutes % 10:
            raise ValueError(f"{timecode!r} does not exist in drop-frame timecode")
        total_minutes = hours * 60 + minutes
        count -= skipped * (total_minutes - total_minutes // 10)
    return count


def frames_to_timecode(frames: int, rate: FrameRate) -> str:
    """Return the timecode label of a frame count since 00:00:00:00 (add the timeline's start first).

    Drop-frame labels use `;`. Negative counts wrap at 24 hours, as editors show them.
    """
    base = rate.timecode_base
    if rate.drop_frame:
        skipped = base // 15
        per_ten_minutes = base * 600 - 9 * skipped
        per_minute = base * 60 - skipped
        frames %= 144 * per_ten_minutes
        tens, rest = divmod(frames, per_ten_minutes)
        extra_minutes = 0 if rest < base * 60 else 1 + (rest - base * 60) // per_minute
        frames += skipped * (9 * tens + extra_minutes)
    frames %= base * 86_400
    total_seconds, frame = divmod(frames, base)
    minutes, second = divmod(total_seconds, 60)
    hour, minute = divmod(minutes, 60)
    separator = ";" if rate.drop_frame else ":"
    return f"{hour:02d}:{minute:02d}:{second:02d}{separator}{frame:02d}"
