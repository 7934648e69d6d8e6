"""Which file, and where in it, a record frame shows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from hitpoint.model.time import FrameRate


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotMedia:
    """A shot: record frames (half-open), its file (None where there is none), and where in it the shot begins.

    `speed` is source seconds per record second: 0 is a freeze, negative runs backwards from `source_start_s`.
    """

    start_frame: int
    end_frame: int
    path: Path | None
    source_start_s: float = 0.0
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class ShotTable:
    """The shots of a cut, by record frame; what no shot covers is black."""

    shots: tuple[ShotMedia, ...]
    rate: FrameRate

    def index_at(self, frame: float) -> int | None:
        """Return the number of the shot that is seen at a record frame."""
        index = bisect_right(self.shots, frame, key=lambda shot: shot.start_frame) - 1
        return index if index >= 0 and frame < self.shots[index].end_frame else None

    def source_s(self, index: int, frame: float) -> float:
        """Return the second in the shot's file that a record frame shows."""
        shot = self.shots[index]
        return max(0.0, shot.source_start_s + (frame - shot.start_frame) * float(self.rate.frame_s) * shot.speed)

    def frame_of(self, index: int, source_s: float) -> float:
        """Return the record frame at which a shot shows a second of its file (its first frame in a freeze)."""
        shot = self.shots[index]
        if shot.speed == 0:
            return float(shot.start_frame)
        return shot.start_frame + (source_s - shot.source_start_s) / shot.speed * float(self.rate.fps)


def shot_table(shots: Iterable[Mapping[str, Any]], rate: FrameRate) -> ShotTable:
    """Return the table of the shots of a look (docs/service.md)."""
    return ShotTable(
        tuple(
            ShotMedia(
                start_frame=int(shot["start_frame"]),
                end_frame=int(shot["end_frame"]),
                path=Path(shot["media_path"]) if shot.get("media_path") else None,
                source_start_s=_number(shot.get("source_start_s"), 0.0),
                speed=_number(shot.get("speed"), 1.0),
            )
            for shot in sorted(shots, key=lambda shot: int(shot["start_frame"]))
        ),
        rate,
    )


def _number(value: Any, otherwise: float) -> float:
    return otherwise if value is None else float(Fraction(value))  # a number, or an exact fraction as text
