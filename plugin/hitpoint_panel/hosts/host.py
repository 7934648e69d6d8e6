"""The interface of a host: an editor's program (Resolve), or a folder into which any editor exports.

All frames in these values are record frames: counted from the first frame of the timeline, at its own rate. Each host
keeps the frame spaces of its program (docs/resolve.md) to itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from hitpoint.model.time import FrameRate

#: What a host may be able to do; the panel shows what it cannot do as not there, never as a button that fails.
Ability = Literal["read", "write", "remove", "follow", "playhead", "duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMarker:
    """A marker as it stands on the host's timeline.

    `frame` is a record frame, `duration_frames` at least 1, `color` one of Resolve's sixteen names. `custom_data` is
    what carries our identity (JSON: product, kind, id, revision); "" where there is none or the host cannot keep it.
    """

    frame: int
    name: str
    note: str = ""
    color: str = "Blue"
    duration_frames: int = 1
    custom_data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCut:
    """A timeline as it was read.

    Attributes
    ----------
    otio_path : Path
        What the host exported, completed by what OTIO lacks, in the folder that `read` was given (or, on the file
        route, the editor's own file).
    start_timecode_frame : int
        The timeline's start as a frame label (01:00:00:00 at 24 is 86400).
    markers : tuple of HostMarker, or None
        The user's; None where those in the OTIO file are all there is.
    subtitles_path : Path or None
        An SRT file with what is said, where the host has it.
    revision : str
        Equal exactly when nothing that matters to the score has changed.
    """

    otio_path: Path
    name: str
    timeline_id: str
    rate: FrameRate
    start_timecode_frame: int
    markers: tuple[HostMarker, ...] | None
    subtitles_path: Path | None
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTrack:
    """One WAV of a score and the record frame of its first sample, for one track of its own."""

    name: str
    path: Path
    start_frame: int
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreToWrite:
    """A score for a timeline: its tracks, its cue and hit markers, and the scored OTIO for hosts that import files.

    `revision` counts what was written for this timeline; each revision has file names of its own, because editors
    cache waveforms by name. `on_duplicate` asks for a duplicate of the timeline to be written on.
    """

    cut: HostCut
    revision: int
    tracks: tuple[ScoreTrack, ...]
    markers: tuple[HostMarker, ...]
    otio_path: Path
    on_duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteReport:
    """What was really written, found by looking again; `is_verified` also after a save. Warnings are sentences.

    `timeline_name` is the duplicate that was written on, "" where it was the timeline itself.
    """

    tracks: tuple[str, ...]
    markers: int
    is_verified: bool
    files: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()
    timeline_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostChange:
    """What is different since the last look: the markers alone, the cut itself, or another timeline altogether."""

    kind: Literal["markers", "cut", "timeline", "gone"]
    sentence: str
    revision: str


class Host(Protocol):
    """A place that has a cut and takes a score. Every call may block for seconds; the panel calls from a worker thread.

    Failures are `hitpoint.model.errors.HitpointError` with one sentence: what, where, what to do.
    """

    @property
    def title(self) -> str:
        """What the panel shows: "DaVinci Resolve Studio 19.1.3", "Folder ~/Films/exchange"."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can do here and now."""

    def read(self, folder: Path) -> HostCut:
        """Read the current timeline into a folder of ours, changing nothing in the host."""

    def write(self, score: ScoreToWrite) -> WriteReport:
        """Put a score on the timeline; what an earlier write put there is replaced, all else is left as it is."""

    def remove_score(self) -> int:
        """Remove everything ours from the timeline; return how many things that were."""

    def poll(self) -> HostChange | None:
        """Return what changed since the last `read` or `poll`; cheap enough for once a second."""

    def playhead_frame(self) -> int | None:
        """Return the record frame under the playhead, or None where the host does not tell."""

    def set_playhead_frame(self, frame: int) -> bool:
        """Move the playhead to a record frame; return whether it went there."""

    def close(self) -> None:
        """Let go of the host."""
