"""Final Cut Pro's FCPXML, read by ourselves: OpenTimelineIO's adapter crashes on or silently empties many exports."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate
from hitpoint.timeline.formats.assembly import nearest_frame
from hitpoint.timeline.formats.fcpxml_resources import Resources
from hitpoint.timeline.formats.fcpxml_story import StoryReader
from hitpoint.timeline.formats.fcpxml_times import CLIPS, ClipTimes
from hitpoint.timeline.formats.xml_guard import parse_xml
from hitpoint.timeline.loaded import LoadedTimeline

_WHAT = "FCPXML"


def load_fcpxml(path: Path) -> LoadedTimeline:
    """Load an .fcpxml file or .fcpxmld bundle: its first project with clips, else its first clip.

    Raises `CutError` with one sentence when it cannot be read or holds nothing.
    """
    import opentimelineio as otio

    document = path / "Info.fcpxml" if path.is_dir() else path
    if not document.is_file():
        raise CutError(f"{path} is not an FCPXML bundle: there is no Info.fcpxml in it; export it again")
    root = parse_xml(document, _WHAT)
    if root.tag != "fcpxml":
        raise CutError(f"{path.name} is XML of another kind (<{root.tag}>), not FCPXML; export the project again")
    resources = Resources.of(root, path.name)
    warnings: list[str] = []
    sequence, clip, name = _choose(root, path, warnings)
    rate = _rate(resources, sequence, clip, path)
    reader = StoryReader(resources, rate, ClipTimes(resources, rate))
    if sequence is not None:
        stack = reader.sequence(sequence, name)
        start_s = resources.seconds(sequence, "tcStart") or Fraction(0)
    else:
        assert clip is not None
        stack = reader.single(clip)
        start_s = Fraction(0)
        warnings.append(f"{path.name} holds no project; its first clip, {name!r}, is scored")
    start_frame = nearest_frame(start_s, rate)
    timeline = otio.schema.Timeline(name or path.stem)
    timeline.global_start_time = otio.opentime.RationalTime(start_frame, float(rate.fps))
    timeline.tracks = stack
    return LoadedTimeline(
        timeline=timeline,
        document=None,
        path=path,
        rate=rate,
        start_timecode_frame=start_frame,
        warnings=(*warnings, *_warnings(reader, path.name)),
    )


def _choose(root: ET.Element, path: Path, warnings: list[str]) -> tuple[ET.Element | None, ET.Element | None, str]:
    """Return the sequence to score, or else a clip, and its name."""
    projects = [
        (project.get("name", ""), sequence)
        for project in root.iter("project")
        for sequence in project.findall("sequence")
        if any(element.tag in CLIPS for spine in sequence.findall("spine") for element in spine)
    ]
    if projects:
        if len(projects) > 1:
            others = ", ".join(repr(name) for name, _ in projects[1:4])
            warnings.append(
                f"{path.name} holds {len(projects)} projects; {projects[0][0]!r} is scored, not {others}: "
                "export the one you mean alone"
            )
        return projects[0][1], None, projects[0][0]
    for holder in (root, *root.iter("event"), *root.iter("library")):
        for clip in holder:
            if clip.tag in CLIPS and clip.tag != "gap":
                return None, clip, clip.get("name", "")
    compounds = [(media.get("name", ""), found) for media in root.iter("media") for found in media.findall("sequence")]
    if compounds:
        warnings.append(f"{path.name} holds no project; its first compound clip, {compounds[0][0]!r}, is scored")
        return compounds[0][1], None, compounds[0][0]
    raise CutError(f"{path.name} holds no project with clips; open the project in Final Cut Pro and export its XML")


def _rate(resources: Resources, sequence: ET.Element | None, clip: ET.Element | None, path: Path) -> FrameRate:
    """Return the rate of the sequence, else of what it shows."""
    holder = sequence if sequence is not None else clip
    assert holder is not None
    media = resources.get(holder.get("ref"), "media")
    inside = [] if media is None else [*media.findall("sequence"), *media.findall("multicam")]
    asset = resources.get(holder.get("ref"), "asset")
    for element in (*inside, holder, *([] if asset is None else [asset]), *holder.iter()):
        rate = resources.rate(element)
        if rate is not None:
            is_drop = (inside[0] if inside else holder).get("tcFormat") == "DF"
            return FrameRate.snap(rate.fps, drop_frame=is_drop)
    raise CutError(f"{path.name} does not say its frame rate; export the project itself, not a clip without picture")


def _warnings(reader: StoryReader, where: str) -> list[str]:
    found = []
    for items, what in (
        (reader.without_length, "without length left out"),
        (reader.times.uneven_speed, "with a changing speed, read at its average"),
        (list(reader.missing.elements()), "whose content is not in the file, read as empty"),
    ):
        if items:
            found.append(f"{where}: {len(items)} clip{'s' * (len(items) != 1)} (first: {items[0]}) {what}")
    return found
