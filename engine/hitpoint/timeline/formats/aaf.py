"""Avid's AAF through OpenTimelineIO's adapter.

The adapter counts a marker from the start of the clip's master, which puts some of them nowhere; where the file says a
marker's position on the timeline, that counts. Drop-frame is read from the file, since OTIO cannot say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate
from hitpoint.timeline.formats.adapter import read_with_adapter, set_start
from hitpoint.timeline.formats.frame_rate import start_timecode_frame, timeline_rate
from hitpoint.timeline.loaded import LoadedTimeline

if TYPE_CHECKING:
    import opentimelineio as otio

_WHAT = "an AAF file"


def load_aaf(path: Path) -> LoadedTimeline:
    """Load an .aaf file. Raises `CutError` with one sentence when it cannot be read or holds no timeline."""
    timeline, warnings = read_with_adapter(path, "AAF", _WHAT)
    rate, rate_warnings = timeline_rate(timeline)
    start_frame = start_timecode_frame(timeline, rate)
    timecode = _timecode(path)
    if timecode is not None:
        timecode_start, fps, is_drop = timecode
        if fps == rate.timecode_base:
            rate = FrameRate.snap(rate.fps, drop_frame=is_drop)
            start_frame, rate_warnings = timecode_start, []
    set_start(timeline, start_frame, rate)
    _place_markers(timeline, rate)
    return LoadedTimeline(
        timeline=timeline,
        document=None,
        path=path,
        rate=rate,
        start_timecode_frame=start_frame,
        warnings=(*warnings, *rate_warnings),
    )


def _timecode(path: Path) -> tuple[int, int, bool] | None:
    """Return (start frame, frames per timecode second, drops numbers) of the edited timeline's own timecode."""
    import aaf2

    try:
        with aaf2.open(str(path), "r") as file:
            for mob in file.content.toplevel():
                for slot in mob.slots:
                    for segment in _segments(slot.segment):
                        if type(segment).__name__ == "Timecode":
                            return int(segment.start), int(segment.fps), bool(segment.drop)
    except Exception as error:  # the adapter has read it already, so this is a fault in one part
        raise CutError(f"{path.name} has a damaged timecode track ({error}); export it again") from error
    return None


def _segments(segment: Any) -> Iterator[Any]:
    yield segment
    if type(segment).__name__ == "Sequence":
        yield from segment.components


def _place_markers(timeline: otio.schema.Timeline, rate: FrameRate) -> None:
    """Move markers that say their position on the timeline from their clips to the timeline."""
    import opentimelineio as otio

    fps = float(rate.fps)
    for item in timeline.tracks.find_children(descended_from_type=otio.core.Item):
        for marker in list(item.markers):
            position = marker.metadata.get("AAF", {}).get("Position")
            if isinstance(position, int) and not isinstance(position, bool):
                length = max(1.0, float(Fraction(marker.marked_range.duration.to_seconds()) * rate.fps))
                placed = marker.deepcopy()
                placed.marked_range = otio.opentime.TimeRange(
                    otio.opentime.RationalTime(position, fps), otio.opentime.RationalTime(round(length), fps)
                )
                timeline.tracks.markers.append(placed)
        item.markers[:] = [m for m in item.markers if not isinstance(m.metadata.get("AAF", {}).get("Position"), int)]
