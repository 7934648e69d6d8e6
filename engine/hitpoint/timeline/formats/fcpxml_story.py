"""The storylines of an FCPXML file as OTIO tracks.

In FCPXML a clip's children hang on it: an `offset` counts in the parent's own time (its `start` is the parent's first
visible moment), `lane` says how far above or below. Here everything is brought to the time of its sequence and laid on
tracks; compound, synchronized and multicam clips become nested stacks.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate
from hitpoint.timeline.formats.assembly import Dissolve, Layers, Piece, nearest_frame
from hitpoint.timeline.formats.fcpxml_resources import Resources, called, media_url

if TYPE_CHECKING:
    import opentimelineio as otio

CLIPS = ("asset-clip", "clip", "video", "audio", "title", "gap", "ref-clip", "sync-clip", "mc-clip", "audition")
_MARKERS = ("marker", "chapter-marker")
#: Titles, generators and transitions start at this moment of their own time.
_GENERATOR_START_S = Fraction(3600)
#: Rates this close are conformed frame by frame (23.98 in a 24 project), others by leaving frames out.
_CONFORMED_WITHIN = Fraction(5, 100)
_MAX_DEPTH = 60
_BOTH = frozenset({"Video", "Audio"})


@dataclass(slots=True)
class StoryReader:
    """Builds stacks out of sequences, and counts what it could not keep."""

    resources: Resources
    rate: FrameRate
    without_length: list[str] = field(default_factory=list)
    uneven_speed: list[str] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)
    _open: list[str] = field(default_factory=list)

    def sequence(self, sequence: ET.Element, name: str) -> otio.schema.Stack:
        """Return a sequence as a stack whose time 0 is the sequence's first frame."""
        layers = Layers(self.rate)
        start_s = self.resources.seconds(sequence, "tcStart") or Fraction(0)
        for spine in sequence.findall("spine"):
            self._spine(spine, layers, at_s=Fraction(0), base_s=start_s, lane=0, kinds=_BOTH)
        return layers.stack(name)

    def single(self, clip: ET.Element) -> otio.schema.Stack:
        """Return a clip that stands outside any sequence as a stack of its own."""
        layers = Layers(self.rate)
        self._place(clip, layers, at_s=Fraction(0), lane=0, kinds=_BOTH)
        return layers.stack(clip.get("name", ""))

    # ------------------------------------------------------------------ storylines

    def _spine(
        self,
        spine: ET.Element,
        layers: Layers,
        *,
        at_s: Fraction,
        base_s: Fraction,
        lane: int,
        kinds: frozenset[str],
    ) -> None:
        """Place a storyline whose own time `base_s` is at `at_s`."""
        following_s = at_s
        for element in spine:
            offset_s = self.resources.seconds(element, "offset")
            start_s = following_s if offset_s is None else at_s + offset_s - base_s
            if element.tag == "transition":
                self._transition(element, layers, start_s, lane)
            elif element.tag in CLIPS:
                self._place(element, layers, at_s=start_s, lane=lane, kinds=kinds)
                following_s = start_s + self._duration(element)

    def _transition(self, element: ET.Element, layers: Layers, at_s: Fraction, lane: int) -> None:
        duration_s = self.resources.seconds(element, "duration") or Fraction(0)
        start_frame, end_frame = self._frame(at_s), self._frame(at_s + duration_s)
        if end_frame > start_frame:
            layers.add_dissolve(lane, Dissolve(start_frame, end_frame, element.get("name", "")))
        for marker in self._markers_of(element):
            own_s = self.resources.seconds(marker, "start") or Fraction(0)
            own_s -= _GENERATOR_START_S if own_s >= _GENERATOR_START_S else 0
            layers.markers.append(self._marker(marker, (at_s + own_s) * self.rate.fps))

    def _place(
        self, element: ET.Element, layers: Layers, *, at_s: Fraction, lane: int, kinds: frozenset[str], depth: int = 0
    ) -> None:
        """Place a clip and everything that hangs on it."""
        if depth > _MAX_DEPTH:
            raise CutError(f"{self.resources.where}: clips hang on clips more than {_MAX_DEPTH} deep; flatten them")
        if element.tag == "audition":
            for active in self._clips_in(element):
                self._place(active, layers, at_s=at_s, lane=lane, kinds=kinds, depth=depth + 1)
                return
            return
        duration_s, start_s, pace = self._duration(element), self._start(element), self._pace(element)
        start_frame, end_frame = self._frame(at_s), self._frame(at_s + duration_s)
        if end_frame > start_frame:
            items = self._items(element, end_frame - start_frame, start_s, duration_s, kinds)
            for number, (kind, item) in enumerate(items):
                item.enabled = element.get("enabled", "1") != "0"
                item.name = item.name or element.get("name", "")
                if number == 0:  # picture before sound: each marker once
                    item.markers.extend(self._own_markers(element, item, start_s, pace))
                layers.add(kind, lane, Piece(start_frame, end_frame, item))
        else:
            self.without_length.append(called(element))
        for child in element:
            is_content = element.tag in ("clip", "sync-clip") and child.get("lane", "0") == "0"
            if is_content or child.tag not in (*CLIPS, "spine"):
                continue
            offset_s = self.resources.seconds(child, "offset")
            child_at_s = at_s + ((start_s if offset_s is None else offset_s) - start_s) * pace
            child_lane = lane + _lane(child)
            if child.tag == "spine":
                self._spine(child, layers, at_s=child_at_s, base_s=Fraction(0), lane=child_lane, kinds=kinds)
            elif element.tag != "sync-clip":
                self._place(child, layers, at_s=child_at_s, lane=child_lane, kinds=kinds, depth=depth + 1)

    # ------------------------------------------------------------------ one clip

    def _items(
        self, element: ET.Element, frames: int, start_s: Fraction, duration_s: Fraction, kinds: frozenset[str]
    ) -> Iterator[tuple[str, otio.core.Item]]:
        """Yield (kind, item) for what a clip shows and plays; each item is `frames` long."""
        import opentimelineio as otio

        layers = Layers(self.rate)
        if element.tag == "gap":
            yield "Video", otio.schema.Gap(source_range=layers.time_range(start_s * self.rate.fps, frames))
            return
        if element.tag in ("ref-clip", "sync-clip", "mc-clip"):
            for kind, stack, base_s in self._nested(element, kinds):
                stack.source_range = layers.time_range((start_s - base_s) * self.rate.fps, frames)
                stack.effects.extend(self._warp(element, start_s, duration_s)[1])
                yield kind, stack
            return
        asset, source_s = self._asset(element, start_s)
        source_s, effects = self._warp(element, source_s, duration_s)
        for kind in self._kinds(element, asset):
            if kind in kinds:
                clip = otio.schema.Clip(element.get("name") or "", self._reference(element, asset))
                clip.source_range = layers.time_range(source_s * self.rate.fps, frames)
                clip.effects.extend(effect.clone() for effect in effects)
                yield kind, clip

    def _nested(self, element: ET.Element, kinds: frozenset[str]) -> Iterator[tuple[str, otio.schema.Stack, Fraction]]:
        """Yield (kind of track, content, the content's own time at its start) of a compound clip."""
        reference = element.get("ref") or str(id(element))
        if reference in self._open:
            raise CutError(f"{self.resources.where}: {called(element)} contains itself; export it again")
        self._open.append(reference)
        try:
            enabled = {"video": frozenset({"Video"}), "audio": frozenset({"Audio"})}.get(
                element.get("srcEnable", "all"), _BOTH
            )
            if element.tag == "sync-clip":
                yield self._content(element, list(element), None, kinds)
                return
            media = self.resources.get(element.get("ref"), "media")
            sequence = None if media is None else media.find("sequence")
            multicam = None if media is None else media.find("multicam")
            if sequence is not None:
                base_s = self.resources.seconds(sequence, "tcStart") or Fraction(0)
                layers = Layers(self.rate)
                for spine in sequence.findall("spine"):
                    self._spine(spine, layers, at_s=Fraction(0), base_s=base_s, lane=0, kinds=kinds & enabled)
                yield "Video" if "Video" in kinds & enabled else "Audio", layers.stack(element.get("name", "")), base_s
            elif multicam is not None:
                base_s = self.resources.seconds(multicam, "tcStart") or Fraction(0)
                for angle, angle_kinds in self._angles(element, multicam):
                    yield self._content(element, list(angle), base_s, kinds & angle_kinds)
            else:
                self.missing[called(element)] += 1
        finally:
            self._open.pop()

    def _content(
        self, element: ET.Element, children: list[ET.Element], base_s: Fraction | None, kinds: frozenset[str]
    ) -> tuple[str, otio.schema.Stack, Fraction]:
        """Return the clips inside a synchronized clip or an angle as a stack."""
        clips = [child for child in children if child.tag in (*CLIPS, "spine")]
        offsets = [self.resources.seconds(child, "offset") or Fraction(0) for child in clips]
        base_s = min(offsets, default=Fraction(0)) if base_s is None else base_s
        layers = Layers(self.rate)
        for child, offset_s in zip(clips, offsets, strict=True):
            lane = _lane(child)
            if child.tag == "spine":
                self._spine(child, layers, at_s=offset_s - base_s, base_s=Fraction(0), lane=lane, kinds=kinds)
            else:
                self._place(child, layers, at_s=offset_s - base_s, lane=lane, kinds=kinds)
        return "Video" if "Video" in kinds else "Audio", layers.stack(element.get("name", "")), base_s

    def _angles(self, clip: ET.Element, multicam: ET.Element) -> Iterator[tuple[ET.Element, frozenset[str]]]:
        """Yield the angles that a multicam clip shows and plays; the first angle where it names none."""
        angles = {angle.get("angleID", ""): angle for angle in multicam.findall("mc-angle")}
        meant = {"all": _BOTH, "video": frozenset({"Video"}), "audio": frozenset({"Audio"})}
        chosen = [
            (angles[source.get("angleID", "")], meant[source.get("srcEnable", "all")])
            for source in clip.findall("mc-source")
            if source.get("angleID", "") in angles and source.get("srcEnable", "all") in meant
        ]
        yield from chosen or [(angle, _BOTH) for angle in list(angles.values())[:1]]

    def _asset(self, element: ET.Element, start_s: Fraction) -> tuple[ET.Element | None, Fraction]:
        """Return the asset of a clip and the asset's own time at the clip's start."""
        if element.tag != "clip":
            return self.resources.get(element.get("ref"), "asset"), start_s
        contents = [child for child in element if child.tag in ("video", "audio") and child.get("lane", "0") == "0"]
        content = next((child for child in contents if child.tag == "video"), next(iter(contents), None))
        if content is None:
            return None, start_s
        offset_s = self.resources.seconds(content, "offset") or Fraction(0)
        return self.resources.get(content.get("ref"), "asset"), self._start(content) + start_s - offset_s

    def _kinds(self, element: ET.Element, asset: ET.Element | None) -> list[str]:
        if element.tag in ("audio", "video", "title"):
            return ["Audio" if element.tag == "audio" else "Video"]
        if element.tag == "clip":
            inside = {child.tag for child in element.iter() if child.tag in ("video", "audio")}
            has_sound = "audio" in inside
            return [*(["Video"] if "video" in inside or not has_sound else []), *(["Audio"] if has_sound else [])]
        if asset is None:
            return ["Video"]
        enabled = element.get("srcEnable", "all")
        kinds = ["Video"] * (asset.get("hasVideo") == "1" and enabled != "audio")
        kinds += ["Audio"] * (asset.get("hasAudio") == "1" and enabled != "video")
        return kinds or ["Video"]

    def _reference(self, element: ET.Element, asset: ET.Element | None) -> otio.core.MediaReference:
        import opentimelineio as otio

        if asset is None:
            if element.tag in ("title", "video") and self.resources.get(element.get("ref"), "effect") is not None:
                return otio.schema.GeneratorReference(element.get("name", ""), element.tag)
            if element.tag == "title":
                return otio.schema.GeneratorReference(element.get("name", ""), "title")
            return otio.schema.MissingReference(element.get("name", ""))
        start_s = self.resources.seconds(asset, "start") or Fraction(0)
        duration_s = self.resources.seconds(asset, "duration")
        layers = Layers(self.rate)
        available = (
            layers.time_range(start_s * self.rate.fps, self._frame(duration_s)) if duration_s else None
        )  # 0 s: a still
        return otio.schema.ExternalReference(media_url(asset), available)

    # ------------------------------------------------------------------ times

    def _duration(self, element: ET.Element) -> Fraction:
        duration_s = self.resources.seconds(element, "duration")
        if duration_s is not None:
            return max(duration_s, Fraction(0))
        if element.tag == "audition":
            return next((self._duration(clip) for clip in self._clips_in(element)), Fraction(0))
        media = self.resources.get(element.get("ref"), "media")
        for holder in (
            self.resources.get(element.get("ref"), "asset"),
            None if media is None else media.find("sequence"),
        ):
            held_s = None if holder is None else self.resources.seconds(holder, "duration")
            if held_s is not None:
                return max(held_s, Fraction(0))
        return Fraction(0)

    def _start(self, element: ET.Element) -> Fraction:
        """Return the clip's own time at its first visible moment."""
        start_s = self.resources.seconds(element, "start")
        if start_s is not None:
            return start_s
        asset = self.resources.get(element.get("ref"), "asset")
        if asset is not None:
            return self.resources.seconds(asset, "start") or Fraction(0)
        media = self.resources.get(element.get("ref"), "media")
        for holder in () if media is None else media:
            if holder.tag in ("sequence", "multicam"):
                return self.resources.seconds(holder, "tcStart") or Fraction(0)
        return Fraction(0)

    def _pace(self, element: ET.Element) -> Fraction:
        """Return record seconds per second of the clip's own time: not 1 where a near rate was conformed."""
        conform = element.find("conform-rate")
        if conform is None or conform.get("scaleEnabled", "1") == "0" or not conform.get("srcFrameRate"):
            return Fraction(1)
        try:
            pace = FrameRate.snap(conform.get("srcFrameRate", "")).fps / self.rate.fps
        except ValueError:
            return Fraction(1)
        return pace if abs(pace - 1) <= _CONFORMED_WITHIN else Fraction(1)

    def _warp(
        self, element: ET.Element, source_s: Fraction, duration_s: Fraction
    ) -> tuple[Fraction, list[otio.schema.TimeEffect]]:
        """Return where in the source the clip starts, and the time warp that it has."""
        import opentimelineio as otio

        points = self._time_map(element)
        speed = 1 / self._pace(element)
        if len(points) >= 2:
            own_s = self._start(element)
            first_s, last_s = _mapped(points, own_s), _mapped(points, own_s + duration_s)
            speed = (last_s - first_s) / duration_s
            middle_s = _mapped(points, own_s + duration_s / 2)
            if abs(middle_s - (first_s + last_s) / 2) > self.rate.frame_s:
                self.uneven_speed.append(called(element))
            source_s += first_s - own_s
        if speed == 1:
            return source_s, []
        if speed == 0:
            return source_s, [otio.schema.FreezeFrame()]
        return source_s, [otio.schema.LinearTimeWarp(time_scalar=float(speed))]

    def _time_map(self, element: ET.Element) -> list[tuple[Fraction, Fraction]]:
        points = []
        for point in element.findall("timeMap/timept"):
            moment, value = self.resources.seconds(point, "time"), self.resources.seconds(point, "value")
            if moment is not None and value is not None:
                points.append((moment, value))
        return sorted(points)

    def _frame(self, seconds: Fraction) -> int:
        return nearest_frame(seconds, self.rate)

    # ------------------------------------------------------------------ markers

    def _own_markers(
        self, element: ET.Element, item: otio.core.Item, start_s: Fraction, pace: Fraction
    ) -> Iterator[otio.schema.Marker]:
        first = Fraction(item.source_range.start_time.value)
        for marker in self._markers_of(element):
            own_s = self.resources.seconds(marker, "start") or Fraction(0)
            yield self._marker(marker, first + (own_s - start_s) * pace * self.rate.fps)

    def _markers_of(self, element: ET.Element) -> list[ET.Element]:
        return [child for child in element if child.tag in _MARKERS]

    def _marker(self, marker: ET.Element, at_frames: Fraction) -> otio.schema.Marker:
        """Return a marker; colours as Final Cut Pro shows them: blue, chapters orange, to-do red, done green."""
        import opentimelineio as otio

        color = (
            "ORANGE"
            if marker.tag == "chapter-marker"
            else {"0": "RED", "1": "GREEN"}.get(marker.get("completed", ""), "BLUE")
        )
        frames = max(1, self._frame(self.resources.seconds(marker, "duration") or Fraction(0)))
        return otio.schema.Marker(
            marker.get("value", ""),
            Layers(self.rate).time_range(at_frames, frames),
            color,
            comment=marker.get("note", ""),
        )

    def _clips_in(self, element: ET.Element) -> list[ET.Element]:
        return [child for child in element if child.tag in CLIPS]


def _lane(element: ET.Element) -> int:
    try:
        return int(element.get("lane", "0"))
    except ValueError:
        return 0


def _mapped(points: list[tuple[Fraction, Fraction]], moment_s: Fraction) -> Fraction:
    """Return a time map's value at a moment, on straight lines between its points and beyond them."""
    before = [point for point in points if point[0] <= moment_s]
    after = [point for point in points if point[0] > moment_s]
    (t0, v0), (t1, v1) = (before[-1], after[0]) if before and after else (points[-2:] if before else points[:2])
    return v0 if t1 == t0 else v0 + (moment_s - t0) * (v1 - v0) / (t1 - t0)
