"""What one sees: of all picture tracks, the topmost clip at every moment."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from hitpoint.model.cut import Shot
from hitpoint.model.time import FrameRate, FrameSpan, round_half_up, seconds_to_nearest_frame
from hitpoint.timeline.flatten import PlacedClip
from hitpoint.timeline.media_ranges import MediaFinder

if TYPE_CHECKING:
    import opentimelineio as otio


def visible_shots(clips: Iterable[PlacedClip], rate: FrameRate, media: MediaFinder) -> tuple[Shot, ...]:
    """Return the shots in record time, sorted, without overlaps.

    A title or another generator hides nothing: most of them are transparent. It is a shot only where nothing else is.
    A clip that comes back from under another is a new shot, since the picture changes there.
    """
    shots: list[Shot] = []
    for placed, start_s, end_s in _topmost([clip for clip in clips if clip.is_enabled and clip.kind == "Video"]):
        start_frame, end_frame = (seconds_to_nearest_frame(moment, rate) for moment in (start_s, end_s))
        if end_frame <= start_frame:
            continue
        transition_s = placed.transition_in_s if start_s == placed.whole_start_s else Fraction(0)
        shots.append(
            Shot(
                index=len(shots),
                span=FrameSpan(start_frame, end_frame),
                name=placed.clip.name or f"shot {len(shots) + 1}",
                media=media.media_range(placed, start_s, end_s),
                reel_name=_reel_name(placed.clip),
                transition_in_frames=round_half_up(transition_s * rate.fps),
            )
        )
    return tuple(shots)


def _topmost(clips: list[PlacedClip]) -> Iterator[tuple[PlacedClip, Fraction, Fraction]]:
    """Yield (clip, start, end) in order of time for every stretch on which one clip is on top: O(n log n)."""
    waiting = sorted(clips, key=lambda clip: clip.start_s)
    moments = sorted({moment for clip in clips for moment in (clip.start_s, clip.end_s)})
    showing: list[tuple[bool, int, PlacedClip]] = []  # the first is on top; what has ended is thrown away late
    following = 0
    run: tuple[PlacedClip, Fraction] | None = None
    for moment in moments:
        while following < len(waiting) and waiting[following].start_s <= moment:
            clip = waiting[following]
            heapq.heappush(showing, (is_generator(clip.clip), -clip.layer, clip))
            following += 1
        while showing and showing[0][2].end_s <= moment:
            heapq.heappop(showing)
        top = showing[0][2] if showing else None
        if run is not None and top is not run[0]:
            yield run[0], run[1], moment
            run = None
        if run is None and top is not None:
            run = (top, moment)


def is_generator(clip: otio.schema.Clip) -> bool:
    """Return whether a clip's picture is made by the editor: a title, a colour, bars."""
    import opentimelineio as otio

    return isinstance(clip.media_reference, otio.schema.GeneratorReference)


def _reel_name(clip: otio.schema.Clip) -> str:
    """Return the reel where the metadata of common writers says one."""
    for key in ("cmx_3600", "fcp_xml", "fcp7", "edl", "AAF"):
        table = clip.metadata.get(key)
        reel = table.get("reel") if hasattr(table, "get") else None
        if isinstance(reel, str):
            return reel
    return ""
