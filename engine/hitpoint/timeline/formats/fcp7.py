"""Final Cut Pro 7 XML (xmeml), which Premiere, Resolve and many others write, through OpenTimelineIO's adapter.

What the adapter leaves out is read from the file itself: the exact rate, drop-frame, constant speeds.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate, timecode_to_frames
from hitpoint.timeline.formats.adapter import read_with_adapter, set_start
from hitpoint.timeline.formats.xml_guard import parse_xml
from hitpoint.timeline.loaded import LoadedTimeline

if TYPE_CHECKING:
    import opentimelineio as otio

_WHAT = "Final Cut Pro 7 XML"


def load_fcp7(path: Path) -> LoadedTimeline:
    """Load an .xml file that holds an xmeml document.

    Raises `CutError` with one sentence when it is something else, or holds no sequence with clips.
    """
    import opentimelineio as otio

    root = parse_xml(path, _WHAT)
    if root.tag.lower() == "mlt":
        raise CutError(f"{path.name} is a project of Kdenlive or Shotcut; export OTIO (Kdenlive 25.04 or later) or EDL")
    if root.tag.lower() != "xmeml":
        raise CutError(f"{path.name} is XML of another kind (<{root.tag}>), not {_WHAT}; export the sequence again")
    if not any(True for _ in root.iter("sequence")):
        raise CutError(f"{path.name} holds no sequence; select the sequence and export it as {_WHAT}")
    timeline, warnings = read_with_adapter(path, "fcp_xml", _WHAT)
    sequence = _sequence(root, timeline.name)
    rate = _rate(sequence, path)
    start_frame = _start_frame(sequence, rate, path, warnings)
    set_start(timeline, start_frame, rate)
    for item in (timeline.tracks, *timeline.tracks.find_children(descended_from_type=otio.core.Item)):
        for marker in item.markers:  # the adapter keeps the comment in the metadata only
            marker.comment = marker.comment or str(marker.metadata.get("fcp_xml", {}).get("comment") or "")
    changing = [clip.name for clip in timeline.find_clips() if _give_speed(clip)]
    if changing:
        warnings.append(
            f"{path.name}: {len(changing)} clip{'s' * (len(changing) != 1)} (first: {changing[0]!r}) with a changing "
            "speed, read at normal speed"
        )
    return LoadedTimeline(
        timeline=timeline,
        document=None,
        path=path,
        rate=rate,
        start_timecode_frame=start_frame,
        warnings=tuple(warnings),
    )


def _sequence(root: ET.Element, name: str) -> ET.Element:
    sequences = [found for found in root.iter("sequence") if found.find("media") is not None]
    named = [found for found in sequences if (found.findtext("name") or "") == name]
    return (named or sequences or list(root.iter("sequence")))[0]


def _rate(sequence: ET.Element, path: Path) -> FrameRate:
    """Return the rate: a timebase, which at `ntsc` is 1000/1001 of it, and the timecode's drop-frame flag."""
    try:
        timebase = int(sequence.findtext("rate/timebase") or sequence.findtext("timecode/rate/timebase") or "")
    except ValueError as error:
        raise CutError(f"{path.name}: the sequence does not say its frame rate; export it again") from error
    is_ntsc = (sequence.findtext("rate/ntsc") or "").strip().upper() == "TRUE"
    if not 1 <= timebase <= 240:
        raise CutError(
            f"{path.name}: the sequence runs at {timebase} frames a second, which is no film; export it again"
        )
    is_drop = (sequence.findtext("timecode/displayformat") or "").strip().upper() == "DF"
    return FrameRate.snap(Fraction(timebase * 1000, 1001) if is_ntsc else Fraction(timebase), drop_frame=is_drop)


def _start_frame(sequence: ET.Element, rate: FrameRate, path: Path, warnings: list[str]) -> int:
    """Return the frame that the sequence's timecode starts at; the number counts, the label is for show."""
    number, label = sequence.findtext("timecode/frame"), sequence.findtext("timecode/string")
    try:
        return int(number) if number else timecode_to_frames(label, rate) if label else 0
    except ValueError:
        warnings.append(
            f"{path.name}: the sequence's start timecode {label or number!r} cannot be read; counted from 0"
        )
        return 0


def _give_speed(clip: otio.schema.Clip) -> bool:
    """Make a time warp of a clip's Time Remap filter; return whether its speed changes on the way."""
    import opentimelineio as otio

    for effect in clip.effects:
        if isinstance(effect, otio.schema.TimeEffect):
            return False  # the adapter knew it
    for effect in list(clip.effects):
        filter_ = effect.metadata.get("fcp_xml", {})
        if str(filter_.get("effectid", effect.effect_name)).lower().replace(" ", "") != "timeremap":
            continue
        parameters = {p.get("parameterid"): p for p in _parameters(filter_)}
        if str(parameters.get("variablespeed", {}).get("value", "0")) not in ("0", "FALSE"):
            return True
        try:
            speed = Fraction(str(parameters["speed"]["value"])) / 100
        except (KeyError, ValueError, TypeError):
            continue
        if str(parameters.get("reverse", {}).get("value", "FALSE")).upper() == "TRUE":
            speed = -abs(speed)
        if speed != 1:
            warp = otio.schema.LinearTimeWarp(time_scalar=float(speed)) if speed else otio.schema.FreezeFrame()
            clip.effects.append(warp)
    return False


def _parameters(filter_: Any) -> Iterator[Mapping[str, Any]]:
    found = filter_.get("parameter", ())
    for parameter in (found,) if hasattr(found, "get") else found:
        if hasattr(parameter, "get"):
            yield parameter
