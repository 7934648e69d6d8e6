"""What an export says, as the engine read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hitpoint.model.time import FrameRate, frames_to_seconds, frames_to_timecode


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotFacts:
    """A shot in record frames; `source` names the same stretch of the same file wherever it lies in the cut."""

    start_frame: int
    end_frame: int
    name: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerFacts:
    """A marker of the editor's, in record frames."""

    frame: int
    duration_frames: int
    name: str
    note: str
    color: str

    @property
    def label(self) -> str:
        """What a sentence calls it."""
        return self.name or self.note or self.color.lower() or "marker"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutFacts:
    """A timeline; the digests are equal exactly when nothing that matters to the score differs."""

    name: str
    rate: FrameRate
    start_timecode_frame: int
    duration_frames: int
    shots: tuple[ShotFacts, ...]
    markers: tuple[MarkerFacts, ...]
    cut_digest: str
    marker_digest: str

    @classmethod
    def from_answer(cls, answer: dict[str, Any]) -> CutFacts:
        """Return what the engine's `describe` answered."""
        numerator, denominator = answer["rate"]
        return cls(
            name=answer["name"],
            rate=FrameRate(numerator, denominator, answer["is_drop_frame"]),
            start_timecode_frame=answer["start_timecode_frame"],
            duration_frames=answer["duration_frames"],
            shots=tuple(
                ShotFacts(start_frame=start, end_frame=end, name=name, source=source)
                for start, end, name, source in answer["shots"]
            ),
            markers=tuple(
                MarkerFacts(frame=frame, duration_frames=frames, name=name, note=note, color=color)
                for frame, frames, name, note, color in answer["markers"]
            ),
            cut_digest=answer["cut_digest"],
            marker_digest=answer["marker_digest"],
        )

    def timecode(self, frame: int) -> str:
        """Return the editor's label of a record frame."""
        return frames_to_timecode(self.start_timecode_frame + frame, self.rate)

    @property
    def summary(self) -> str:
        """The whole timeline in a few words."""
        seconds = float(frames_to_seconds(self.duration_frames, self.rate))
        length = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
        return f"{counted(len(self.shots), 'shot')}, {length} at {self.rate}, {counted(len(self.markers), 'marker')}"


def counted(number: int, thing: str) -> str:
    """Return "1 shot", "3 shots", "no shots"."""
    return f"{number or 'no'} {thing}{'s' * (number != 1)}"
