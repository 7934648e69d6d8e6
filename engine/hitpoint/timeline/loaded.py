"""A timeline as it was loaded, whatever format it came in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitpoint.model.time import FrameRate
from hitpoint.timeline.media_links import timeline_folder

if TYPE_CHECKING:
    import opentimelineio as otio


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTimeline:
    """A timeline in OpenTimelineIO's terms, with what OpenTimelineIO cannot say.

    Attributes
    ----------
    timeline : otio.schema.Timeline
        To be read from, never written to.
    document : dict | None
        The JSON that an .otio, .otioz or .otiod holds, untouched, so that the score can be written back into it
        without losing what this version of OpenTimelineIO does not know. None for other formats.
    path : Path
        The file (or .otiod folder) that was read.
    rate : FrameRate
        The rate of the picture, exact, with its drop-frame flag.
    start_timecode_frame : int
        The frame count that the timecode of record frame 0 stands for.
    warnings : tuple[str, ...]
        Sentences for the user about what was repaired or is missing.
    unpacked_folder : Path | None
        Where the media of an .otioz were unpacked to, if they were.
    bundled : frozenset[str]
        The files inside an .otioz that was not unpacked: not missing, but not to be opened either.
    """

    timeline: otio.schema.Timeline
    document: dict[str, Any] | None
    path: Path
    rate: FrameRate
    start_timecode_frame: int
    warnings: tuple[str, ...] = ()
    unpacked_folder: Path | None = None
    bundled: frozenset[str] = frozenset()

    @property
    def media_folder(self) -> Path:
        """The folder that relative media references start from."""
        return self.unpacked_folder or timeline_folder(self.path)
