"""Mends OpenTimelineIO JSON so that the OpenTimelineIO that is installed can read it.

Files come from newer versions (Marker.3 of OpenTimelineIO's main branch), from other people's plugins, and damaged.
OpenTimelineIO refuses the first two whole and may crash on the last.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hitpoint.model.errors import CutError

Json = dict[str, Any]

#: OpenTimelineIO reads recursively; no editor nests like this.
MAX_DEPTH = 100
#: Over a year at 1 MHz: nothing on a timeline is later or longer.
_MAX_TIME_VALUE = 1e14
COMPOSITIONS = ("Stack", "Track", "Sequence")
_ITEMS = (*COMPOSITIONS, "Clip", "Gap", "Filler")


def schema(node: Json) -> tuple[str, int]:
    """Return name and version of an object's schema; ("", 0) for plain JSON."""
    text = node.get("OTIO_SCHEMA")
    name, _, version = text.partition(".") if isinstance(text, str) else ("", "", "")
    return (name, int(version)) if version.isdecimal() else (name, 0)


def listed(value: Any) -> list[Any]:
    """Return a list as it is, anything else as an empty one."""
    return value if isinstance(value, list) else []


@functools.cache
def _known_versions() -> dict[str, int]:
    import opentimelineio as otio

    newest = dict(otio.core.type_version_map())
    newest.pop("UnknownSchema", None)
    return {**newest, "Sequence": 1, "Filler": 1, "SerializeableCollection": 1, "RationalTime": 1, "TimeRange": 1}


@dataclass(slots=True)
class Mender:
    """Makes a document readable, in place, and remembers what it had to do."""

    where: str
    _newer: Counter[str] = field(default_factory=Counter)
    _unknown: Counter[str] = field(default_factory=Counter)

    def mend(self, root: Json) -> None:
        """Mend everything below a timeline, composition or clip."""
        pending: list[tuple[Json, int]] = [(root, 0)]
        while pending:
            node, depth = pending.pop()
            if depth > MAX_DEPTH:
                raise CutError(f"{self.where} nests compound clips more than {MAX_DEPTH} deep; flatten it")
            self._lower_version(node)
            self._mend_common(node)
            name, _ = schema(node)
            if name == "Timeline":
                self._check_time(node, "global_start_time", "the timeline's start")
                if not isinstance(node.get("tracks"), dict) or schema(node["tracks"])[0] != "Stack":
                    raise CutError(f"{self.where} holds a timeline without tracks; export it again")
                pending.append((node["tracks"], depth + 1))
            elif name in _ITEMS:
                self._mend_item(node)
            if name in COMPOSITIONS:
                node["children"] = self._mend_children(node.get("children"))
                pending += [(child, depth + 1) for child in node["children"]]
                if name != "Stack" and not isinstance(node.get("kind"), str):
                    node["kind"] = "Video"

    def warnings(self) -> list[str]:
        """Return a sentence per kind of repair."""
        found = []
        for name, count in self._newer.items():
            if not name.startswith(("Marker.", "Color.")):  # these lose nothing
                found.append(f"{self.where}: {count} × {name} is newer than this version reads; read as an older one")
        for name, count in self._unknown.items():
            found.append(f"{self.where}: {count} × {name} is unknown here; kept in the file, not understood")
        return found

    def _lower_version(self, node: Json) -> None:
        name, version = schema(node)
        known = _known_versions().get(name)
        if known is not None and version > known:
            self._newer[node["OTIO_SCHEMA"]] += 1
            node["OTIO_SCHEMA"] = f"{name}.{known}"

    def _mend_common(self, node: Json) -> None:
        if not isinstance(node.get("metadata"), dict):
            node["metadata"] = {}
        self._mend_metadata(node["metadata"])
        if not isinstance(node.get("name"), str):
            node["name"] = ""

    def _mend_metadata(self, metadata: Json) -> None:
        """Make plain JSON of newer objects inside metadata: one of them, and the whole file is refused."""
        pending: list[Any] = [metadata]
        while pending:
            node = pending.pop()
            if isinstance(node, dict):
                name, version = schema(node)
                if version > _known_versions().get(name, version):
                    del node["OTIO_SCHEMA"]
                pending += node.values()
            elif isinstance(node, list):
                pending += node

    def _mend_item(self, node: Json) -> None:
        what = f"clip {node['name']!r}" if node["name"] else "an item"
        self._check_range(node, "source_range", what)
        node["enabled"] = node.get("enabled", True) not in (False, 0, "false", "FALSE")
        node["effects"] = [
            effect
            for effect in self._known_only(node.get("effects"))
            if "Effect" in effect["OTIO_SCHEMA"] or schema(effect)[0] in ("LinearTimeWarp", "FreezeFrame")
        ]
        for effect in node["effects"]:
            self._mend_common(effect)
            scalar = effect.get("time_scalar", 1.0)
            if not isinstance(scalar, int | float) or not math.isfinite(scalar):
                effect["time_scalar"] = 1.0
        node["markers"] = [m for m in self._known_only(node.get("markers")) if schema(m)[0] == "Marker"]
        for marker in node["markers"]:
            self._mend_marker(marker, what)
        if schema(node)[0] == "Clip":
            self._mend_references(node, what)

    def _mend_marker(self, marker: Json, what: str) -> None:
        self._lower_version(marker)
        self._mend_common(marker)
        color = marker.get("color")
        if isinstance(color, dict):  # Marker.3 holds a Color.1 with a name
            color = color.get("name")
        marker["color"] = color.upper() if isinstance(color, str) else ""
        marker["comment"] = marker.get("comment") if isinstance(marker.get("comment"), str) else ""
        self._check_range(marker, "marked_range", f"a marker on {what}")
        if marker.get("marked_range") is None:
            raise CutError(f"{self.where}: a marker on {what} says no time; delete it or export the timeline again")

    def _mend_references(self, clip: Json, what: str) -> None:
        """Mend the media of a clip: one reference in Clip.1, a table of them with an active one in Clip.2."""
        if schema(clip)[1] < 2:
            clip["media_reference"] = self._reference(clip.get("media_reference"), what)
            return
        given = clip.get("media_references")
        references = given if isinstance(given, dict) and given else {"DEFAULT_MEDIA": clip.get("media_reference")}
        clip["media_references"] = {key: self._reference(reference, what) for key, reference in references.items()}
        active = clip.get("active_media_reference_key")
        if not isinstance(active, str) or active not in references:
            clip["active_media_reference_key"] = next(iter(references))
        clip.pop("media_reference", None)

    def _reference(self, given: Any, what: str) -> Json:
        reference: Json = given
        if not isinstance(reference, dict) or not schema(reference)[0].endswith("Reference"):
            reference = {"OTIO_SCHEMA": "MissingReference.1"}
        elif schema(reference)[0] not in _known_versions():
            self._unknown[reference["OTIO_SCHEMA"]] += 1
            reference = {"OTIO_SCHEMA": "MissingReference.1", "name": reference.get("name")}
        self._lower_version(reference)
        self._mend_common(reference)
        self._check_range(reference, "available_range", f"the media of {what}")
        reference["available_image_bounds"] = None  # of no use here, and one more thing to be wrong
        if schema(reference)[0] == "ExternalReference" and not isinstance(reference.get("target_url"), str):
            reference["target_url"] = ""
        if schema(reference)[0] == "GeneratorReference":
            reference["parameters"] = reference.get("parameters") or {}
            self._mend_metadata(reference["parameters"])
        return reference

    def _mend_children(self, children: Any) -> list[Json]:
        mended = []
        for child in listed(children):
            if not isinstance(child, dict):
                continue
            name, _ = schema(child)
            if name == "Transition":
                for key in ("in_offset", "out_offset"):
                    self._check_time(child, key, "a transition")
                self._mend_common(child)
            elif name not in _ITEMS:
                self._unknown[str(child.get("OTIO_SCHEMA") or "an object without schema")] += 1
                child = {"OTIO_SCHEMA": "Gap.1", "name": "", "source_range": child.get("source_range")}
            mended.append(child)
        return mended

    def _known_only(self, nodes: Any) -> list[Json]:
        known = []
        for node in listed(nodes):
            if not isinstance(node, dict):
                continue
            if schema(node)[0] in _known_versions():
                known.append(node)
            else:
                self._unknown[str(node.get("OTIO_SCHEMA") or "an object without schema")] += 1
        for node in known:
            self._lower_version(node)
        return known

    def _check_range(self, owner: Json, key: str, what: str) -> None:
        span = owner.get(key)
        if not isinstance(span, dict) or not isinstance(span.get("duration"), dict):
            owner[key] = None
            return
        if not isinstance(span.get("start_time"), dict):
            span["start_time"] = {"OTIO_SCHEMA": "RationalTime.1", "value": 0, "rate": span["duration"].get("rate")}
        for part in ("start_time", "duration"):
            self._check_time(span, part, what)

    def _check_time(self, owner: Json, key: str, what: str) -> None:
        moment = owner.get(key)
        if moment is None:
            owner[key] = None
            return
        value: Any = moment.get("value") if isinstance(moment, dict) else None
        rate: Any = moment.get("rate") if isinstance(moment, dict) else None
        for number in (value, rate):
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                raise CutError(f"{self.where}: {what} has a time that is no number ({value!r} at {rate!r}); mend it")
        if abs(value) > _MAX_TIME_VALUE or not 0 < rate <= _MAX_TIME_VALUE:
            raise CutError(f"{self.where}: {what} has an impossible time ({value!r} at {rate!r} a second); mend it")
