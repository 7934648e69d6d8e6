"""CMX 3600 edit decision lists, read by ourselves.

OpenTimelineIO's adapter fails at 25 fps and on some dissolves, and reads Resolve's marker lists as one-frame clips.
An EDL does not say its frame rate: it is inferred from its frame numbers unless the user gives it, and always told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate, timecode_to_frames
from hitpoint.timeline.formats.assembly import Dissolve, Layers, Piece
from hitpoint.timeline.loaded import LoadedTimeline

if TYPE_CHECKING:
    import opentimelineio as otio

_TC = r"(\d{1,2}:\d{2}:\d{2}[:;.,]\d{2,3})"
_EVENT = re.compile(
    r"^\s*(?P<number>\d+)\s+(?P<reel>.*?)\s+(?P<track>AA/V|A\d*/V|VA\d*|V\d*|AA|A\d*|B|NONE)\s+"
    rf"(?P<edit>C|D|W\d*|KB|KO|K)\s+(?:(?P<length>\d+)\s+)?{_TC}\s+{_TC}\s+{_TC}\s+{_TC}\s*$",
    re.IGNORECASE,
)
_SPEED = re.compile(r"^M2\s+(?P<reel>.*?)\s+(?P<fps>[+-]?\d+(?:\.\d+)?)(?:\s|$)", re.IGNORECASE)
_COMMENT = re.compile(
    r"^\*?\s*(?P<key>FROM CLIP NAME|TO CLIP NAME|CLIP NAME|SOURCE FILE|FROM CLIP|LOC|FRAME RATE|FPS)\s*(?:IS)?\s*:\s*"
    r"(?P<text>.*?)\s*$",
    re.IGNORECASE,
)
_LOCATOR = re.compile(rf"^{_TC}\s+(?P<color>[A-Za-z]+)\s*(?P<text>.*)$")
_RESOLVE_MARKER = re.compile(r"\|C:ResolveColor(?P<color>\w+)\s*\|M:(?P<name>.*?)\s*\|D:(?P<frames>\d+)")
#: An EDL whose first event comes this soon after a full hour starts at the hour, in black.
_LEADER_S = 10
_BLACK = ("BL", "BLK", "BLACK")


@dataclass(slots=True)
class _Event:
    """One edit, its times still as text."""

    line: int
    reel: str
    track: str
    edit: str
    transition_frames: int
    times: tuple[str, str, str, str]
    names: dict[str, str] = field(default_factory=dict)
    source_fps: Fraction | None = None
    resolve_marker: re.Match[str] | None = None


@dataclass(slots=True)
class _List:
    """What the lines of an EDL say."""

    title: str = ""
    is_drop: bool | None = None
    said_rate: str = ""
    events: list[_Event] = field(default_factory=list)
    locators: list[tuple[int, re.Match[str]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Placed:
    """An event in frames; record frames count from midnight."""

    event: _Event
    source_in: int
    source_out: int
    record_in: int
    record_out: int


def load_edl(path: Path, *, rate: FrameRate | None = None) -> LoadedTimeline:
    """Load an EDL. Raises `CutError` with one sentence for what is none, or holds markers and no cut.

    Parameters
    ----------
    rate : FrameRate | None
        The frame rate, which the file does not say; None infers it from the frame numbers.
    """
    import opentimelineio as otio

    listed = _parse(path)
    warnings: list[str] = []
    rate = _rate(listed, rate, path, warnings)
    placed = list(_in_frames(listed, rate, path, warnings))
    if not placed:
        raise CutError(f"{path.name} has no edit with a length; export the edit list again")
    first = min(item.record_in for item in placed)
    hour = 3600 * rate.timecode_base if not rate.drop_frame else timecode_to_frames("01:00:00;00", rate)
    start_frame = first // hour * hour if first % hour <= _LEADER_S * rate.timecode_base else first
    layers = Layers(rate)
    for item in placed:
        _lay(item, layers, rate, start_frame)
    timeline = otio.schema.Timeline(listed.title or path.stem)
    timeline.global_start_time = otio.opentime.RationalTime(start_frame, float(rate.fps))
    timeline.tracks = layers.stack("tracks")
    timeline.tracks.markers.extend(_markers(listed, placed, rate, start_frame, path, warnings))
    return LoadedTimeline(
        timeline=timeline,
        document=None,
        path=path,
        rate=rate,
        start_timecode_frame=start_frame,
        warnings=tuple(warnings),
    )


# ---------------------------------------------------------------------- lines


def _parse(path: Path) -> _List:
    listed = _List()
    for number, line in enumerate(_text(path).splitlines(), 1):
        text = line.strip().lstrip("\ufeff")
        if text.upper().startswith("TITLE:"):
            listed.title = text[6:].strip()
        elif text.upper().startswith("FCM:"):
            if listed.is_drop is None:
                listed.is_drop = "NON" not in text.upper()
        elif match := _EVENT.match(text):
            listed.events.append(_event(number, match))
        elif match := _SPEED.match(text):
            if listed.events:
                listed.events[-1].source_fps = Fraction(match["fps"])
        elif match := _COMMENT.match(text):
            _comment(listed, number, match)
        elif (match := _RESOLVE_MARKER.search(text)) and listed.events:
            listed.events[-1].resolve_marker = match
    if not listed.events:
        raise CutError(f"{path.name} is not an edit decision list: no line of it is an edit; export a CMX 3600 EDL")
    if all(event.resolve_marker for event in listed.events):
        raise CutError(f"{path.name} is a list of markers and holds no cut; give the timeline itself")
    return listed


def _event(number: int, match: re.Match[str]) -> _Event:
    times = tuple(match.groups()[-4:])
    return _Event(
        line=number,
        reel=" ".join(match["reel"].split()),
        track=match["track"].upper(),
        edit=match["edit"].upper()[:1],
        transition_frames=int(match["length"] or 0),
        times=(times[0], times[1], times[2], times[3]),
    )


def _comment(listed: _List, number: int, match: re.Match[str]) -> None:
    key, text = match["key"].upper(), match["text"]
    if key in ("FRAME RATE", "FPS"):
        listed.said_rate = text
    elif key == "LOC":
        if found := _LOCATOR.match(text):
            listed.locators.append((number, found))
    elif listed.events:
        listed.events[-1].names.setdefault(key, text)


def _text(path: Path) -> str:
    content = path.read_bytes()
    for bom, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(bom):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


# ---------------------------------------------------------------------- rate and frames


def _rate(listed: _List, given: FrameRate | None, path: Path, warnings: list[str]) -> FrameRate:
    if given is not None:
        return FrameRate.snap(given.fps, drop_frame=given.drop_frame or bool(listed.is_drop))
    said = re.search(r"\d+(?:\.\d+)?", listed.said_rate)
    if said:
        return FrameRate.snap(said[0], drop_frame=bool(listed.is_drop))
    highest = max(int(re.split(r"[:;.,]", label)[-1]) for event in listed.events for label in event.times)
    has_semicolon = any(";" in label for event in listed.events for label in event.times)
    if listed.is_drop or has_semicolon:
        rate = FrameRate(60000 if highest >= 30 else 30000, 1001, drop_frame=True)
        why = "its timecode drops frames"
    else:
        is_ntsc = listed.is_drop is False  # who writes NON-DROP works where there is drop-frame
        steps = (
            (23, FrameRate(24)),
            (24, FrameRate(25)),
            (29, FrameRate(30000, 1001) if is_ntsc else FrameRate(30)),
            (49, FrameRate(50)),
        )
        rate = next((rate for last, rate in steps if highest <= last), FrameRate(60))
        why = f"its highest frame number is {highest}"
    warnings.append(
        f"an EDL does not say its frame rate; {path.name} is read at {rate}, since {why}: say --rate if not"
    )
    return rate


def _in_frames(listed: _List, rate: FrameRate, path: Path, warnings: list[str]) -> Iterator[_Placed]:
    empty: list[int] = []
    backwards: list[int] = []
    for event in listed.events:
        frames = [_frames(label, rate, event.line, path) for label in event.times]
        day = 24 * 3600 * rate.timecode_base
        if frames[3] < frames[2] and frames[2] - frames[3] > day // 2:
            frames[3] += day  # over midnight
        if frames[3] < frames[2]:
            backwards.append(event.line)
        elif frames[3] > frames[2]:
            yield _Placed(event, *frames)
        elif event.edit == "C" and frames[1] > frames[0]:
            empty.append(event.line)
    for lines, what in ((empty, "without a record length"), (backwards, "that end before they start")):
        if lines:
            warnings.append(f"{path.name}: {len(lines)} edits {what} (first at line {lines[0]}) left out")


def _frames(label: str, rate: FrameRate, line: int, path: Path) -> int:
    """Return the frame a label names; drop-frame numbers that do not exist are taken for the next that does."""
    plain = label.replace(",", ":")
    try:
        return timecode_to_frames(plain, rate)
    except ValueError as error:
        parts = [int(part) for part in re.split(r"[:;.]", plain)]
        if rate.drop_frame and parts[1] % 10 and parts[2] == 0 and parts[3] < rate.timecode_base // 15:
            parts[3] = rate.timecode_base // 15
            return timecode_to_frames(f"{parts[0]:02d}:{parts[1]:02d}:{parts[2]:02d};{parts[3]:02d}", rate)
        _refuse_label(label, rate, line, path, error)


def _refuse_label(label: str, rate: FrameRate, line: int, path: Path, error: ValueError) -> NoReturn:
    raise CutError(
        f"{path.name} line {line}: there is no timecode {label} at {rate}; say the frame rate with --rate"
    ) from error


# ---------------------------------------------------------------------- tracks and markers


def _lay(item: _Placed, layers: Layers, rate: FrameRate, start_frame: int) -> None:
    event = item.event
    if event.reel.upper() in _BLACK:
        return
    first, last = item.record_in - start_frame, item.record_out - start_frame
    kinds = [
        ("Video", "V" in event.track or event.track in ("B", "NONE")),
        ("Audio", "A" in event.track or event.track == "B"),
    ]
    number = re.search(r"\d+", event.track)
    layer = int(number[0]) - 1 if number else 0
    for kind, is_there in kinds:
        if is_there:
            layers.add(kind, max(layer, 0), Piece(first, last, _clip(item, layers, rate)))
    if event.edit in "DW" and event.transition_frames and kinds[0][1]:
        name = "dissolve" if event.edit == "D" else "wipe"
        layers.add_dissolve(max(layer, 0), Dissolve(first, first + event.transition_frames, name, cut_frame=first))


def _clip(item: _Placed, layers: Layers, rate: FrameRate) -> otio.schema.Clip:
    import opentimelineio as otio

    event = item.event
    order = ("TO CLIP NAME", "FROM CLIP NAME") if event.edit != "C" else ("FROM CLIP NAME", "CLIP NAME", "TO CLIP NAME")
    names = [event.names.get(key, "") for key in (*order, "SOURCE FILE")]
    name = next((name for name in names if name), event.reel)
    source = event.names.get("SOURCE FILE") or event.names.get("FROM CLIP")
    reference = otio.schema.ExternalReference(source) if source else otio.schema.MissingReference(name)
    clip = otio.schema.Clip(name, reference, layers.time_range(item.source_in, item.record_out - item.record_in))
    clip.metadata["edl"] = {"reel": event.reel}
    if event.source_fps is not None:
        speed = event.source_fps / rate.fps
        if speed == 0:
            clip.effects.append(otio.schema.FreezeFrame())
        elif abs(speed - 1) > Fraction(1, 1000):
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(speed)))
    return clip


def _markers(
    listed: _List, placed: list[_Placed], rate: FrameRate, start_frame: int, path: Path, warnings: list[str]
) -> Iterator[otio.schema.Marker]:
    import opentimelineio as otio

    layers = Layers(rate)
    for line, match in listed.locators:
        try:
            at_frame = timecode_to_frames(match[1].replace(",", ":"), rate) - start_frame
        except ValueError:
            warnings.append(
                f"{path.name} line {line}: there is no timecode {match[1]} at {rate}; its marker is left out"
            )
            continue
        yield otio.schema.Marker(match["text"].strip(), layers.time_range(at_frame, 1), match["color"].upper())
    for item in placed:
        match_ = item.event.resolve_marker
        if match_ is not None:
            span = layers.time_range(item.record_in - start_frame, max(1, int(match_["frames"])))
            yield otio.schema.Marker(match_["name"].strip(), span, match_["color"].upper())
