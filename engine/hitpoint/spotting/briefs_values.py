"""What a briefs file says, before it is laid over a spotting. None is a line that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from hitpoint.model.spotting import HitKind, HitPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHit:
    """A `[[cue.hit]]`: a moment that no marker asks for; `use` false leaves it out."""

    frame: int
    kind: HitKind = HitKind.ACCENT
    weight: float = 0.5
    reason: str = ""
    use: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IntensityPoint:
    """A point of the intensity, at a record `frame` or, where that is None, at a `share` 0..1 of the cue."""

    level: float
    share: float = 0.0
    frame: int | None = None

    def share_in(self, start_frame: int, end_frame: int) -> float:
        """Return the share of a cue at which the point lies; outside 0..1 where it lies outside."""
        if self.frame is None:
            return self.share
        return float(Fraction(self.frame - start_frame, end_frame - start_frame))


@dataclass(frozen=True, slots=True, kw_only=True)
class CueEntry:
    """A `[[cue]]`.

    Attributes
    ----------
    start_frame, end_frame : int | None
        Record frames.
    values : mapping
        Fields of `Brief` that the file states, all but the intensity.
    hits : tuple of FileHit | None
        All hits that no marker asks for; None where the file says nothing of hits.
    """

    number: str
    title: str | None = None
    has_music: bool = True
    start_frame: int | None = None
    end_frame: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    intensity: tuple[IntensityPoint, ...] | None = None
    hits: tuple[FileHit, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefsFile:
    """All cues of a briefs file, by number, and sentences for the user about them."""

    path: Path
    entries: Mapping[str, CueEntry] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def is_proposed(hit: HitPoint) -> bool:
    """Return whether a hit is the engine's own idea: no marker's, no edge of the cue, no return after a silence."""
    return not hit.marker_id and hit.kind not in (HitKind.START, HitKind.OUT) and not hit.id.endswith("-return")
