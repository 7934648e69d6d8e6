"""What a brief writer is asked, and what a brief writer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hitpoint.model.cut import Subtitle
from hitpoint.model.music import Palette
from hitpoint.model.spotting import Brief, Direction
from hitpoint.model.story import EmotionArc


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefRequest:
    """One cue, and all that is known about it.

    Attributes
    ----------
    number, title, cut_name : str
    start_s, end_s, cut_duration_s : float
        Record seconds.
    start_timecode, end_timecode : str
        The editor's labels of both.
    arc : EmotionArc
        Of the whole cut.
    opening : tuple of Direction
        The editor's directions in force at the first frame, the latest of each kind.
    brief_text, style : str, str | None
        What the user asked for; a style that is not None is not discussed.
    subtitles : tuple of Subtitle
        Those that overlap the cue.
    action : tuple of str
        Lines of action and headings of the screenplay that lie in the cue, in order.
    cuts : int
        Edit points inside the cue.
    reaches_its_goal : bool
        The brief "builds to" something inside the cue.
    seen : tuple of str
        What eyes recognised in each shot of the cue, in order; () where none looked. setting : str, where and when
        most of it plays: "outdoors, at night, a forest".
    palettes : by id
    instrument_ids, stem_names : tuple of str
        What may be wanted and avoided.
    """

    number: str
    title: str
    cut_name: str
    start_s: float
    end_s: float
    cut_duration_s: float
    start_timecode: str
    end_timecode: str
    arc: EmotionArc
    palettes: Mapping[str, Palette]
    instrument_ids: tuple[str, ...]
    stem_names: tuple[str, ...]
    opening: tuple[Direction, ...] = ()
    brief_text: str = ""
    style: str | None = None
    subtitles: tuple[Subtitle, ...] = ()
    action: tuple[str, ...] = ()
    cuts: int = 0
    reaches_its_goal: bool = False
    seen: tuple[str, ...] = ()
    setting: str = ""

    def __post_init__(self) -> None:
        if not self.end_s > self.start_s:
            raise ValueError(f"brief request {self.number}: {self.start_s}..{self.end_s} s is empty or runs backwards")

    @property
    def duration_s(self) -> float:
        """Length of the cue."""
        return self.end_s - self.start_s

    @property
    def speech_share(self) -> float:
        """Share 0..1 of the cue in which somebody speaks; overlapping subtitles count once."""
        spoken_s, until_s = 0.0, self.start_s
        for line in sorted(self.subtitles, key=lambda line: line.start_s):
            begins_s, ends_s = max(float(line.start_s), until_s), min(float(line.end_s), self.end_s)
            spoken_s += max(0.0, ends_s - begins_s)
            until_s = max(until_s, ends_s)
        return spoken_s / self.duration_s


class BriefWriter(Protocol):
    """Writes one brief after the other; what it has to tell the user collects in `warnings`."""

    def write(self, request: BriefRequest) -> Brief:
        """Return the brief of one cue."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the report: what was sent where, and which cues were written otherwise than asked."""
        ...
