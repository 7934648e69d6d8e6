"""What an FCPXML file defines once and refers to by id: formats, media, compound clips; and how it spells time.

Apple, "FCPXML Reference" (developer.apple.com/documentation/professional-video-applications/fcpxml-reference).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate

_TIME = re.compile(r"^\s*(-?\d+(?:\.\d+)?)(?:/(\d+))?s?\s*$")
_MAX_S = 10_000_000
#: "FFVideoFormat1080p2398", "FFVideoFormat720p50", "FFVideoFormat1080i5994" (fields).
_FORMAT_NAME = re.compile(r"(?:\d|x\d+)([pi])(\d{2,4})(?:_|$)")


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of one file."""

    where: str
    by_id: dict[str, ET.Element]

    @classmethod
    def of(cls, root: ET.Element, where: str) -> Resources:
        """Collect every resource; an id that is used twice keeps its first meaning."""
        found: dict[str, ET.Element] = {}
        for resources in root.iter("resources"):
            for resource in resources:
                found.setdefault(resource.get("id", ""), resource)
        return cls(where, found)

    def get(self, reference: str | None, tag: str) -> ET.Element | None:
        """Return a resource if it is of the kind that is asked for."""
        found = self.by_id.get(reference or "")
        return found if found is not None and found.tag == tag else None

    def seconds(self, element: ET.Element, key: str) -> Fraction | None:
        """Return a time attribute in exact seconds; None where there is none."""
        text = element.get(key)
        if text is None:
            return None
        match = _TIME.match(text)
        if match is None or match[2] == "0" or (match[2] and int(match[2]) == 0):
            raise CutError(f"{self.where}: {called(element)} has {key}={text!r}, which is no time; export it again")
        value = Fraction(match[1]) / int(match[2] or 1)
        if abs(value) > _MAX_S:
            raise CutError(f"{self.where}: {called(element)} has {key}={text!r}, which is months; export it again")
        return value

    def rate(self, element: ET.Element) -> FrameRate | None:
        """Return the frame rate of a sequence's or clip's format, without its drop-frame flag."""
        found = self.get(element.get("format"), "format")
        if found is None:
            return None
        frame_s = self.seconds(found, "frameDuration")
        if frame_s is not None and frame_s > 0:
            return FrameRate.snap(1 / frame_s)
        match = _FORMAT_NAME.search(found.get("name", ""))
        if match is None:
            return None
        digits = match[2]
        fps = Fraction(int(digits), 100 if len(digits) == 4 else 1)
        return FrameRate.snap(fps / 2 if match[1] == "i" else fps)


def called(element: ET.Element) -> str:
    """Return how to name an element to the user."""
    name = element.get("name") or element.get("value")
    return f"{element.tag} {name!r}" if name else f"a {element.tag}"


def media_url(asset: ET.Element) -> str:
    """Return where an asset's media is: the original of its representations, or the older `src`."""
    representations = asset.findall("media-rep")
    original = next((rep for rep in representations if rep.get("kind") == "original-media"), None)
    chosen = original if original is not None else next(iter(representations), None)
    return (chosen.get("src") if chosen is not None else asset.get("src")) or ""
