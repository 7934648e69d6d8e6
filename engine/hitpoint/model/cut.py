"""What was read from the editor: the cut in record time, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds, frames_to_timecode


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRange:
    """The stretch of a media file that one clip uses.

    All seconds count from the first frame (or sample) of the file, whatever its timecode says.

    Attributes
    ----------
    path : Path | None
        Absolute where it could be resolved; None for generators and clips without a reference.
    is_missing : bool
        The clip asks for media that is not there.
    source_start_s : Fraction
        Where in the file the clip starts, >= 0.
    source_duration_s : Fraction
        How much of the file it uses, before time warps.
    speed : Fraction
        Source seconds per record second: 1 plain, 2 double speed, 0 freeze, negative backwards.
    available_duration_s : Fraction | None
        Length of the file, where the timeline knows it.
    """

    path: Path | None
    is_missing: bool
    source_start_s: Fraction
    source_duration_s: Fraction
    speed: Fraction = Fraction(1)
    available_duration_s: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One visible piece of picture between two edit points (what is on top counts)."""

    index: int
    span: FrameSpan
    name: str
    media: MediaRange | None
    reel_name: str = ""
    transition_in_frames: int = 0  # length of the dissolve or wipe that leads in; 0 is a straight cut


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioClip:
    """One enabled piece of the cut's own sound."""

    span: FrameSpan
    name: str
    track_name: str
    media: MediaRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """An editor's marker, brought to record time.

    `origin` says where it sat: "timeline", "track", "clip" or "nested". `id` is stable for the same file.
    """

    id: str
    frame: int
    duration_frames: int
    name: str
    note: str
    color: str  # upper case: RED, GREEN …; "" where the editor gave none
    origin: str = "timeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtitle:
    """One subtitle in record time. (A WebVTT cue is a Subtitle; a Cue is music.)"""

    start_s: Fraction
    end_s: Fraction
    text: str
    speaker: str = ""

    def __post_init__(self) -> None:
        if self.end_s <= self.start_s:
            raise ValueError(f"subtitle {self.text[:30]!r} ends before it starts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A whole timeline in record time.

    `shots` are sorted and do not overlap; frames that no shot covers are black. `markers` are sorted by frame and
    lie inside [0, duration_frames). `warnings` are sentences for the user about what was repaired or is missing.
    `source_path` is the file that was read and is never written to.
    """

    name: str
    rate: FrameRate
    start_timecode_frame: int
    duration_frames: int
    shots: tuple[Shot, ...] = ()
    audio_clips: tuple[AudioClip, ...] = ()
    markers: tuple[Marker, ...] = ()
    subtitles: tuple[Subtitle, ...] = ()
    source_path: Path | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.duration_frames <= 0:
            raise ValueError(f"cut {self.name!r} has no frames")

    @property
    def duration_s(self) -> Fraction:
        """Exact length in real seconds."""
        return frames_to_seconds(self.duration_frames, self.rate)

    @property
    def cut_frames(self) -> tuple[int, ...]:
        """Record frames at which the visible picture changes, without frame 0."""
        starts = {shot.span.start_frame for shot in self.shots}
        ends = {shot.span.end_frame for shot in self.shots if shot.span.end_frame < self.duration_frames}
        return tuple(sorted((starts | ends) - {0}))

    def timecode(self, record_frame: int) -> str:
        """Return the editor's timecode label of a record frame."""
        return frames_to_timecode(self.start_timecode_frame + record_frame, self.rate)
