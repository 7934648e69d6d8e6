"""Which frame rate a timeline runs at: OpenTimelineIO has a rate on every number and none on the timeline."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from hitpoint.model.time import FrameRate, round_half_up
from hitpoint.timeline.exact import exact_seconds
from hitpoint.timeline.flatten import own_span

if TYPE_CHECKING:
    import opentimelineio as otio

#: What counts as a rate of pictures; times of sound are given at 8,000 and up, defaults of libraries at 1.
_MIN_FPS, _MAX_FPS = 5, 300


def timeline_rate(timeline: otio.schema.Timeline) -> tuple[FrameRate, list[str]]:
    """Return the timeline's frame rate, and a warning where it is a guess.

    The timeline's own start decides, else the rate that most of the picture's time is counted in, else of the sound's,
    if it is one of pictures. Whether timecode drops numbers is told by a start that only then is a full hour.
    """
    start = timeline.global_start_time
    if start is not None and _is_picture_rate(start.rate):
        rate = FrameRate.snap(start.rate)
    else:
        spoken = _spoken_rates(timeline)
        if not spoken:
            return FrameRate(24), ["the timeline says no frame rate; 24 frames a second is assumed"]
        rate = spoken.most_common(1)[0][0]
    if rate.denominator != 1001 or rate.timecode_base % 30:
        return rate, []
    drop = FrameRate(rate.numerator, rate.denominator, drop_frame=True)
    start_frame = start_timecode_frame(timeline, rate)
    hour_frames = 3600 * rate.timecode_base
    drop_hour_frames = hour_frames - 108 * (rate.timecode_base // 30)
    if start_frame and start_frame % drop_hour_frames == 0 and start_frame % hour_frames:
        return drop, []
    if start_frame % hour_frames == 0 and start_frame:
        return rate, []
    return rate, [f"an OTIO file at {rate} does not say whether its timecode drops frames; non-drop is assumed"]


def start_timecode_frame(timeline: otio.schema.Timeline, rate: FrameRate) -> int:
    """Return the frame count that the timeline's start timecode stands for; 0 where it has none."""
    start = timeline.global_start_time
    return 0 if start is None else round_half_up(exact_seconds(start) * rate.fps)


def _is_picture_rate(rate: float) -> bool:
    return _MIN_FPS <= rate <= _MAX_FPS


def _spoken_rates(timeline: otio.schema.Timeline) -> Counter[FrameRate]:
    """Return how much time is counted in each picture rate: on the picture's tracks, else on the others."""
    import opentimelineio as otio

    pictures: Counter[FrameRate] = Counter()
    others: Counter[FrameRate] = Counter()
    for track in timeline.tracks:
        spoken = pictures if getattr(track, "kind", "Video") == "Video" else others
        items = (
            track.find_children(descended_from_type=otio.core.Item) if isinstance(track, otio.core.Composition) else ()
        )
        for item in (track, *items):
            span = own_span(item)
            if span is not None and span.duration_s > 0:
                rate = (item.source_range or item.media_reference.available_range).duration.rate
                if _is_picture_rate(rate):
                    spoken[FrameRate.snap(rate)] += math.ceil(span.duration_s * 1000)
    return pictures or others
