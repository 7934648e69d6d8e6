"""Brings every clip and marker of a timeline, however deeply nested, to record time.

One walk over the tree with exact seconds, in time linear in the number of items (OpenTimelineIO's own
`transformed_time` walks a track's children again for every question).

The rules are OpenTimelineIO's: a composition's children live in its own time, which its `source_range` trims; markers
live in the own time of what they sit on; transitions move nothing; time warps change what is shown, not how long.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from hitpoint.timeline.exact import Span, exact_seconds
from hitpoint.timeline.previous_score import OURS

if TYPE_CHECKING:
    import opentimelineio as otio

#: No nested timeline is that fast or slow; beyond, a speed is a mistake.
_MIN_SPEED, _MAX_SPEED = Fraction(1, 1000), Fraction(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedClip:
    """A clip in record time, trimmed to what its parents show.

    `whole_start_s` and `whole_end_s` are where it would lie untrimmed; `clip_span` is what it shows of its own time.
    Clips with a higher `layer` cover those below.
    """

    clip: otio.schema.Clip
    start_s: Fraction
    end_s: Fraction
    whole_start_s: Fraction
    whole_end_s: Fraction
    clip_span: Span
    speed: Fraction
    layer: int
    kind: str
    track_name: str
    is_enabled: bool
    transition_in_s: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedMarker:
    """A marker in record time. `is_trimmed` if its owner does not show that moment."""

    marker: otio.schema.Marker
    at_s: Fraction
    duration_s: Fraction
    origin: str
    is_enabled: bool
    is_trimmed: bool


@dataclass(slots=True)
class Flattened:
    """All clips and markers of a timeline, and what was wrong with some of them.

    `end_s` is where the timeline ends: gaps at its end count (they are black), tracks of ours do not.
    """

    end_s: Fraction = Fraction(0)
    clips: list[PlacedClip] = field(default_factory=list)
    markers: list[PlacedMarker] = field(default_factory=list)
    empty_items: list[str] = field(default_factory=list)
    backwards_items: list[str] = field(default_factory=list)
    unknown_warps: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """How a composition's own time maps to record time: `record_s + (local - local_s) / speed`, shown in a window."""

    record_s: Fraction
    local_s: Fraction
    speed: Fraction
    shown_from_s: Fraction
    shown_to_s: Fraction | None
    kind: str
    track_name: str
    is_enabled: bool
    depth: int

    def to_record(self, local_s: Fraction) -> Fraction:
        return self.record_s + (local_s - self.local_s) / self.speed

    def shows(self, at_s: Fraction) -> bool:
        return self.shown_from_s <= at_s and (self.shown_to_s is None or at_s < self.shown_to_s)


def flatten(timeline: otio.schema.Timeline) -> Flattened:
    """Return every clip and marker of a timeline in record time (exact seconds from the timeline's first frame)."""
    walk = _Walk()
    top = _Frame(
        record_s=Fraction(0),
        local_s=Fraction(0),
        speed=Fraction(1),
        shown_from_s=Fraction(0),
        shown_to_s=None,
        kind="Video",
        track_name="",
        is_enabled=True,
        depth=0,
    )
    walk.found.end_s = walk.place(timeline.tracks, Fraction(0), top)
    return walk.found


@dataclass(slots=True)
class _Walk:
    found: Flattened = field(default_factory=Flattened)
    _layer: int = 0

    def place(
        self, item: otio.core.Item, at_s: Fraction, parent: _Frame, transition_in_s: Fraction = Fraction(0)
    ) -> Fraction:
        """Place an item that starts at `at_s` of its parent's time; return its length there."""
        import opentimelineio as otio

        if OURS in item.metadata:
            return Fraction(0)
        span = own_span(item)
        if span is not None and span.duration_s <= 0:
            if not isinstance(item, otio.schema.Gap):
                (self.found.empty_items if span.duration_s == 0 else self.found.backwards_items).append(_name(item))
            return Fraction(0)
        is_composition = isinstance(item, otio.core.Composition)
        if span is None and not is_composition:
            if not isinstance(item, otio.schema.Gap):
                self.found.empty_items.append(_name(item))
            return Fraction(0)
        speed = self._speed(item)
        frame = _within(item, at_s, parent, span, speed if is_composition and speed > 0 else Fraction(1))
        if is_composition:
            length_s = self._place_children(item, frame)
            duration_s = span.duration_s if span is not None else length_s
            if span is None:
                frame = _until(frame, frame.record_s + duration_s / frame.speed)
        else:
            assert span is not None
            duration_s = span.duration_s
            if isinstance(item, otio.schema.Clip):
                self._place_clip(item, span, frame, speed, transition_in_s / parent.speed)
        self._place_markers(item, frame)
        return duration_s

    def _place_children(self, item: otio.core.Composition, frame: _Frame) -> Fraction:
        import opentimelineio as otio

        if isinstance(item, otio.schema.Stack):
            # tracks of an editor's own kinds (subtitles) are as long as they like
            lengths = [
                (self.place(child, Fraction(0), frame), getattr(child, "kind", "Video") in ("Video", "Audio"))
                for child in item
            ]
            return max((length_s for length_s, counts in lengths if counts), default=Fraction(0))
        at_s = Fraction(0)
        transition_in_s = Fraction(0)
        for child in item:
            if isinstance(child, otio.schema.Transition):
                offsets = (child.in_offset, child.out_offset)
                transition_in_s = sum((exact_seconds(offset) for offset in offsets if offset), start=Fraction(0))
                continue
            at_s += self.place(child, at_s, frame, max(transition_in_s, Fraction(0)))
            transition_in_s = Fraction(0)
        return at_s

    def _place_clip(
        self, clip: otio.schema.Clip, span: Span, frame: _Frame, speed: Fraction, transition_in_s: Fraction
    ) -> None:
        whole_end_s = frame.record_s + span.duration_s / frame.speed
        start_s = max(frame.record_s, frame.shown_from_s)
        end_s = whole_end_s if frame.shown_to_s is None else min(whole_end_s, frame.shown_to_s)
        if end_s <= start_s:
            return
        self._layer += 1
        self.found.clips.append(
            PlacedClip(
                clip=clip,
                start_s=start_s,
                end_s=end_s,
                whole_start_s=frame.record_s,
                whole_end_s=whole_end_s,
                clip_span=span,
                speed=speed * frame.speed,
                layer=self._layer,
                kind=frame.kind,
                track_name=frame.track_name,
                is_enabled=frame.is_enabled,
                transition_in_s=transition_in_s,
            )
        )

    def _place_markers(self, item: otio.core.Item, frame: _Frame) -> None:
        for marker in item.markers:
            at_s = frame.to_record(exact_seconds(marker.marked_range.start_time))
            self.found.markers.append(
                PlacedMarker(
                    marker=marker,
                    at_s=at_s,
                    duration_s=max(exact_seconds(marker.marked_range.duration), Fraction(0)),
                    origin=_origin(item, frame),
                    is_enabled=frame.is_enabled,
                    is_trimmed=frame.depth > 2 and not frame.shows(at_s),
                )
            )

    def _speed(self, item: otio.core.Item) -> Fraction:
        """Return source seconds per record second; 0 for a freeze, negative for backwards."""
        import opentimelineio as otio

        speed = Fraction(1)
        for effect in item.effects:
            if not getattr(effect, "enabled", True):
                continue
            if isinstance(effect, otio.schema.FreezeFrame):
                return Fraction(0)
            if isinstance(effect, otio.schema.LinearTimeWarp):
                speed *= Fraction(effect.time_scalar).limit_denominator(100_000)
            elif isinstance(effect, otio.schema.TimeEffect):
                self.found.unknown_warps.append(_name(item))
        if speed and not _MIN_SPEED <= abs(speed) <= _MAX_SPEED:
            self.found.unknown_warps.append(_name(item))
            return Fraction(1)
        return speed


def own_span(item: otio.core.Item) -> Span | None:
    """Return the stretch of its own time that an item shows; None where only its children could say, or nobody."""
    import opentimelineio as otio

    if item.source_range is not None:
        return Span.of(item.source_range)
    if isinstance(item, otio.schema.Clip) and item.media_reference is not None:
        available = item.media_reference.available_range
        return None if available is None else Span.of(available)
    return None


def _within(item: otio.core.Item, at_s: Fraction, parent: _Frame, span: Span | None, speed: Fraction) -> _Frame:
    """Return an item's own frame of reference, where it starts at `at_s` of its parent's time."""
    import opentimelineio as otio

    record_s = parent.to_record(at_s)
    frame = _Frame(
        record_s=record_s,
        local_s=Fraction(0) if span is None else span.start_s,
        speed=parent.speed * speed,
        shown_from_s=max(record_s, parent.shown_from_s),
        shown_to_s=parent.shown_to_s,
        kind=_kind(item, parent),
        track_name=item.name if isinstance(item, otio.schema.Track) and parent.depth <= 1 else parent.track_name,
        is_enabled=parent.is_enabled and bool(item.enabled),
        depth=parent.depth + 1,
    )
    return frame if span is None else _until(frame, record_s + span.duration_s / parent.speed)


def _until(frame: _Frame, end_s: Fraction) -> _Frame:
    return replace(frame, shown_to_s=end_s if frame.shown_to_s is None else min(end_s, frame.shown_to_s))


def _kind(item: otio.core.Item, parent: _Frame) -> str:
    """Return what a composition holds: "Video", "Audio" or a kind of its editor's own; "" for what nobody perceives."""
    import opentimelineio as otio

    if not isinstance(item, otio.schema.Track):
        return parent.kind
    # a nested sequence lies on a picture track and again on sound tracks, whole each time
    return "" if parent.kind == "Audio" and item.kind != "Audio" else item.kind


def _origin(item: otio.core.Item, frame: _Frame) -> str:
    import opentimelineio as otio

    if frame.depth == 1:
        return "timeline"
    if isinstance(item, otio.schema.Track) and frame.depth == 2:
        return "track"
    return "clip" if frame.depth == 3 else "nested"


def _name(item: otio.core.Item) -> str:
    return item.name or type(item).__name__.lower()
