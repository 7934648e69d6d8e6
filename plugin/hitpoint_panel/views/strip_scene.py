"""All that the strip's painters need to know, and its lanes from top to bottom."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
from PyQt6.QtCore import QRect

from hitpoint_panel.views.axis import FrameAxis, running_latest, visible_slice
from hitpoint_panel.views.peaks import PeakPyramid
from hitpoint_panel.views.theme import DARK, Theme
from hitpoint_panel.views.values import StripCue, StripCut, StripMarker, StripVersion

#: Lanes from top to bottom: name of ours, name in the gutter, height in lines of small type, share of what is left.
LANES: tuple[tuple[str, str, float, float], ...] = (
    ("ruler", "", 1.7, 0.0),
    ("hits", "Hits", 3.5, 0.0),
    ("pictures", "Picture", 3.2, 1.0),
    ("shots", "Cuts", 1.45, 0.0),
    ("subtitles", "Dialogue", 1.45, 0.0),
    ("cues", "Music", 2.6, 0.0),
    ("wave", "Score", 3.4, 1.4),
)

#: Between two lanes.
GAP_PX = 2


def lane_rects(width_px: int, height_px: int, line_px: float) -> dict[str, QRect]:
    """Return where each lane lies; pictures and waveform share what height there is over the least."""
    least = [max(round(lines * line_px), 8) for _, _, lines, _ in LANES]
    spare = max(height_px - sum(least) - GAP_PX * (len(LANES) - 1), 0)
    shares = sum(share for _, _, _, share in LANES)
    top, out = 0, {}
    for (lane, _, _, share), height in zip(LANES, least, strict=True):
        tall = height + int(spare * share / shares)
        out[lane] = QRect(0, top, width_px, tall)
        top += tall + GAP_PX
    return out


def least_height(line_px: float) -> int:
    """Return the height that all lanes need."""
    return sum(max(round(lines * line_px), 8) for _, _, lines, _ in LANES) + GAP_PX * (len(LANES) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class CutIndex:
    """A cut with what makes finding the visible part of it a binary search."""

    cut: StripCut
    shot_starts: list[int] = field(init=False)
    shot_latest_ends: list[float] = field(init=False)
    subtitle_starts: list[float] = field(init=False)
    subtitle_ends: list[float] = field(init=False)
    subtitle_latest_ends: list[float] = field(init=False)
    thumbnail_frames: list[int] = field(init=False)

    def __post_init__(self) -> None:
        fps = float(self.cut.rate.fps)
        ends = [end * fps for _, end, _ in self.cut.subtitles]
        for name, value in (
            ("shot_starts", [shot[0] for shot in self.cut.shots]),
            ("shot_latest_ends", running_latest([shot[1] for shot in self.cut.shots])),
            ("subtitle_starts", [start * fps for start, _, _ in self.cut.subtitles]),
            ("subtitle_ends", ends),
            ("subtitle_latest_ends", running_latest(ends)),
            ("thumbnail_frames", [frame for frame, _ in self.cut.thumbnails]),
        ):
            object.__setattr__(self, name, value)

    def shots_between(self, first: float, last: float) -> slice:
        """Return which shots can be seen between two frames."""
        return visible_slice(self.shot_starts, self.shot_latest_ends, first, last)

    def subtitles_between(self, first: float, last: float) -> slice:
        """Return which subtitles can be seen between two frames."""
        return visible_slice(self.subtitle_starts, self.subtitle_latest_ends, first, last)

    def shot_at(self, frame: float) -> int | None:
        """Return the place of the shot that is on screen at a frame (the one that began last); None for black."""
        at = bisect_right(self.shot_starts, frame) - 1
        return at if at >= 0 and self.cut.shots[at][1] > frame else None

    def subtitle_at(self, frame: float) -> str:
        """Return what is said at a frame; "" for nothing."""
        said = self.subtitles_between(frame, frame + 1e-6)
        lines = zip(self.cut.subtitles[said], self.subtitle_ends[said], strict=True)
        return " / ".join(line[2] for line, end in lines if end > frame)


@dataclass(frozen=True, slots=True, eq=False)
class VersionIndex:
    """A version with its waveform at every zoom."""

    version: StripVersion
    pyramid: PeakPyramid = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pyramid", PeakPyramid(np.clip(self.version.peaks, 0.0, 1.0)))

    def cue_at(self, frame: float) -> StripCue | None:
        """Return the cue that plays at a frame."""
        return next((cue for cue in self.version.cues if cue.start_frame <= frame < cue.end_frame), None)

    def bar_at(self, cue: StripCue, frame: float) -> int | None:
        """Return the bar of a cue, counted from 1; None before its first bar line or where none are known."""
        return bisect_right(cue.bars, frame) or None

    def bar_span(self, cue: StripCue, first_bar: int, last_bar: int) -> tuple[float, float]:
        """Return the frames from the beginning of one bar to the end of another."""
        start = cue.bars[min(max(first_bar, 1), len(cue.bars)) - 1] if cue.bars else cue.start_frame
        end = cue.bars[last_bar] if last_bar < len(cue.bars) else cue.end_frame
        return start, end


@dataclass(slots=True, eq=False)
class StripScene:
    """What the strip shows at this moment; the widget changes it, the painters only read."""

    axis: FrameAxis
    gutter_px: int
    line_px: float
    theme: Theme = DARK
    cut: CutIndex | None = None
    version: VersionIndex | None = None
    markers: tuple[StripMarker, ...] = ()
    selected: frozenset[str] = frozenset()
    hovered: str = ""
    selected_bars: tuple[str, int, int] | None = None
    loop: tuple[int, int] | None = None
    lanes: dict[str, QRect] = field(default_factory=dict)

    def open_area(self, rect: QRect) -> QRect:
        """Return what of a rectangle is not in the gutter."""
        return rect.adjusted(max(self.gutter_px - rect.left(), 0), 0, 0, 0)

    def frames_under(self, rect: QRect) -> tuple[float, float]:
        """Return the frames that are painted in a rectangle, with a pixel more to either side."""
        area = self.open_area(rect)
        return self.axis.frame_at(area.left() - 1), self.axis.frame_at(area.right() + 2)
