"""When an FCPXML clip starts, how long it is and how fast it runs: what its attributes say, and what they leave out."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from hitpoint.model.time import FrameRate
from hitpoint.timeline.formats.fcpxml_resources import Resources, called

if TYPE_CHECKING:
    import opentimelineio as otio

CLIPS = ("asset-clip", "clip", "video", "audio", "title", "gap", "ref-clip", "sync-clip", "mc-clip", "audition")
#: Rates this close are conformed frame by frame (23.98 in a 24 project), others by leaving frames out.
_CONFORMED_WITHIN = Fraction(5, 100)


def clips_in(element: ET.Element) -> list[ET.Element]:
    """Return the clips directly inside an element."""
    return [child for child in element if child.tag in CLIPS]


@dataclass(slots=True)
class ClipTimes:
    """Answers for clips of one file; remembers those whose speed changes on the way."""

    resources: Resources
    rate: FrameRate
    uneven_speed: list[str] = field(default_factory=list)

    def duration(self, element: ET.Element) -> Fraction:
        """Return how long a clip is on its timeline: its own duration, or that of what it refers to."""
        duration_s = self.resources.seconds(element, "duration")
        if duration_s is not None:
            return max(duration_s, Fraction(0))
        if element.tag == "audition":
            return next((self.duration(clip) for clip in clips_in(element)), Fraction(0))
        media = self.resources.get(element.get("ref"), "media")
        for holder in (
            self.resources.get(element.get("ref"), "asset"),
            None if media is None else media.find("sequence"),
        ):
            held_s = None if holder is None else self.resources.seconds(holder, "duration")
            if held_s is not None:
                return max(held_s, Fraction(0))
        return Fraction(0)

    def start(self, element: ET.Element) -> Fraction:
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

    def pace(self, element: ET.Element) -> Fraction:
        """Return record seconds per second of the clip's own time: not 1 where a near rate was conformed."""
        conform = element.find("conform-rate")
        if conform is None or conform.get("scaleEnabled", "1") == "0" or not conform.get("srcFrameRate"):
            return Fraction(1)
        try:
            pace = FrameRate.snap(conform.get("srcFrameRate", "")).fps / self.rate.fps
        except ValueError:
            return Fraction(1)
        return pace if abs(pace - 1) <= _CONFORMED_WITHIN else Fraction(1)

    def warp(
        self, element: ET.Element, source_s: Fraction, duration_s: Fraction
    ) -> tuple[Fraction, list[otio.schema.TimeEffect]]:
        """Return where in the source the clip starts, and the time warp that it has."""
        import opentimelineio as otio

        points = self._time_map(element)
        speed = 1 / self.pace(element)
        if len(points) >= 2:
            own_s = self.start(element)
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


def _mapped(points: list[tuple[Fraction, Fraction]], moment_s: Fraction) -> Fraction:
    """Return a time map's value at a moment, on straight lines between its points and beyond them."""
    before = [point for point in points if point[0] <= moment_s]
    after = [point for point in points if point[0] > moment_s]
    (t0, v0), (t1, v1) = (before[-1], after[0]) if before and after else (points[-2:] if before else points[:2])
    return v0 if t1 == t0 else v0 + (moment_s - t0) * (v1 - v0) / (t1 - t0)
