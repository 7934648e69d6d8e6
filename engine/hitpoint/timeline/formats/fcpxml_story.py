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
from hitpoint.timeline.formats.fcpxml_times import CLIPS, ClipTimes, clips_in

if TYPE_CHECKING:
    import opentimelineio as otio

_MARKERS = ("marker", "chapter-marker")
#: Titles, generators and transitions start at this moment of their own time.
_GENERATOR_START_S = Fraction(3600)
_MAX_DEPTH = 60
_BOTH = frozenset({"Video", "Audio"})


@dataclass(slots=True)
class StoryReader:
    """Builds stacks out of sequences, and counts what it could not keep."""

    resources: Resources
    rate: FrameRate
    times: ClipTimes
    without_length: list[str] = field(default_factory=list)
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
                following_s = start_s + self.times.duration(element)

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
            for active in clips_in(element):
                self._place(active, layers, at_s=at_s, lane=lane, kinds=kinds, depth=depth + 1)
                return
            return
        duration_s, start_s, pace = self.times.duration(element), self.times.start(element), self.times.pace(element)
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
                stack.effects.extend(self.times.warp(element, start_s, duration_s)[1])
                yield kind, stack
            return
        asset, source_s = self._asset(element, start_s)
        source_s, effects = self.times.warp(element, source_s, duration_s)
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
        return self.resources.get(content.get("ref"), "asset"), self.times.start(content) + start_s - offset_s

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

    # ------------------------------------------------------------------ markers

    def _frame(self, seconds: Fraction) -> int:
        return nearest_frame(seconds, self.rate)

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


def _lane(element: ET.Element) -> int:
    try:
        return int(element.get("lane", "0"))
    except ValueError:
        return 0
