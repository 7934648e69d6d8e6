"""What the composer has to know about the picture besides the cue itself, and where people speak."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from hitpoint.model.music import Chord, Theme
from hitpoint.model.time import FrameRate

#: Music keeps clear of speech by this much on both sides, and shorter pauses count as speech.
SPEECH_MARGIN_S = 0.15
SHORTEST_PAUSE_S = 1.2


@dataclass(frozen=True)
class ComposeContext:
    """The picture around a cue.

    Attributes
    ----------
    rate : FrameRate
        Of the record timeline.
    dialogue : tuple of (float, float)
        Record-second spans in which somebody speaks, in any order.
    cut_frames : tuple of int
        Record frames at which the picture changes.
    idioms : mapping of hit id to idiom
        How the editor wants single hits to be written (resources/idioms.toml); the others are chosen.
    themes : mapping of name to Theme
        The project's themes by `motif.plain_name`; "" is the main one. Those that are missing are made up.
    story_beats : tuple of (record second, weight 0..1)
        Where the story turns: the form opens sections there, too.
    kept_chords : tuple of Chord
        Harmonies that stand already, in beats of the cue: what is written beside them leads on from them.
    take : int, >= 0
        Another take has the same motif and other chances; 0 is the first.
    stem_takes : mapping of stem to take
        The same for those who play in one stem only.
    """

    rate: FrameRate
    dialogue: tuple[tuple[float, float], ...] = ()
    cut_frames: tuple[int, ...] = ()
    idioms: Mapping[str, str] = field(default_factory=dict)
    themes: Mapping[str, Theme] = field(default_factory=dict)
    story_beats: tuple[tuple[float, float], ...] = ()
    kept_chords: tuple[Chord, ...] = ()
    take: int = 0
    stem_takes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Speech:
    """Sorted, separate record-second spans of speech, margins included; answers in logarithmic time."""

    spans: tuple[tuple[float, float], ...]
    starts: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        if any(right[0] <= left[1] for left, right in pairwise(self.spans)):
            raise ValueError("speech spans must be sorted and must not touch")
        object.__setattr__(self, "starts", tuple(start for start, _ in self.spans))

    @classmethod
    def merged(cls, dialogue: Iterable[tuple[float, float]], start_s: float, end_s: float) -> Speech:
        """Return the speech that falls into a stretch of record time, with margins, short pauses closed."""
        spans: list[tuple[float, float]] = []
        for begin, finish in sorted(dialogue):
            begin, finish = begin - SPEECH_MARGIN_S, finish + SPEECH_MARGIN_S
            if finish <= start_s or begin >= end_s or finish <= begin:
                continue
            if spans and begin <= spans[-1][1] + SHORTEST_PAUSE_S:
                spans[-1] = (spans[-1][0], max(spans[-1][1], finish))
            else:
                spans.append((begin, finish))
        return cls(tuple(spans))

    def overlapping(self, start_s: float, end_s: float) -> tuple[tuple[float, float], ...]:
        """Return the spans that share time with [start_s, end_s)."""
        first = max(0, bisect.bisect_right(self.starts, start_s) - 1)
        found = []
        for span in self.spans[first:]:
            if span[0] >= end_s:
                break
            if span[1] > start_s:
                found.append(span)
        return tuple(found)

    def contains(self, record_s: float) -> bool:
        """Return whether somebody speaks at a moment."""
        index = bisect.bisect_right(self.starts, record_s) - 1
        return index >= 0 and record_s < self.spans[index][1]

    def share(self, start_s: float, end_s: float) -> float:
        """Return which part (0..1) of a stretch is spoken over."""
        covered = sum(min(b, end_s) - max(a, start_s) for a, b in self.overlapping(start_s, end_s))
        return covered / max(1e-9, end_s - start_s)
