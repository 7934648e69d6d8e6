"""What the launcher's answers hold, as values; odd numbers and missing fields end here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hitpoint.model.time import FrameRate, timecode_to_frames
from hitpoint_panel.hosts.host import HostMarker
from hitpoint_panel.hosts.resolve.errors import ResolveError

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Which Resolve this is. `version` are its numbers, major first."""

    product: str
    version: tuple[int, ...]
    version_text: str
    launcher: str

    @classmethod
    def from_hello(cls, answer: Json) -> Program:
        """Return what `hello` said."""
        numbers = []
        for part in answer.get("version") or ():
            if not isinstance(part, int | float):
                break
            numbers.append(int(part))
        return cls(
            product=str(answer.get("product") or "DaVinci Resolve"),
            version=tuple(numbers),
            version_text=str(answer.get("version_text") or ".".join(map(str, numbers))),
            launcher=str(answer.get("launcher") or ""),
        )

    @property
    def title(self) -> str:
        """Product and version."""
        return f"{self.product} {self.version_text}"

    def is_at_least(self, *version: int) -> bool:
        """Return whether this is a version or a later one."""
        return self.version >= version


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSpaces:
    """The three spaces in which Resolve counts frames, around our own (record frames from 0).

    `first_frame` is what Resolve calls the timeline's first frame (`GetStartFrame`), `first_label` what its timecode
    says, as a frame count. They should be the same number; nobody has measured them for drop-frame.
    """

    rate: FrameRate
    first_frame: int
    first_label: int

    def to_absolute(self, record_frame: int) -> int:
        """Return the frame for clips; markers take record frames as they are."""
        return self.first_frame + record_frame

    def from_absolute(self, frame: int) -> int:
        """Return the record frame of a clip's frame."""
        return frame - self.first_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFacts:
    """A track as listed; `index` from 1, `count` of items."""

    kind: str
    index: int
    name: str
    is_enabled: bool
    is_locked: bool
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An item on a track, in absolute frames."""

    start: int
    end: int
    left: int
    name: str
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The open timeline at one moment. `rows` by (kind, track index, item number from 0)."""

    project_id: str
    project_name: str
    timeline_id: str
    name: str
    spaces: FrameSpaces
    end_frame: int
    timecode: str
    page: str
    markers: tuple[HostMarker, ...]
    tracks: tuple[TrackFacts, ...]
    rows: Mapping[tuple[str, int, int], Row] = field(default_factory=dict)
    is_complete: bool = True

    @property
    def length_frames(self) -> int:
        """Length of the timeline."""
        return self.spaces.from_absolute(self.end_frame)

    def visible_markers(self) -> tuple[HostMarker, ...]:
        """Return the markers that an editor sees; Resolve keeps those beyond the end, too (ledger no. 1)."""
        return tuple(marker for marker in self.markers if 0 <= marker.frame <= self.length_frames)


@dataclass(frozen=True, slots=True, kw_only=True)
class OurItem:
    """A clip of ours on a sound track, in absolute frames; `left` is how much of its head is trimmed."""

    track: int
    start: int
    end: int
    left: int
    media_id: str
    note: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OurMedia:
    """A file of ours in the media pool."""

    media_id: str
    note: str
    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything ours that was found."""

    media: tuple[OurMedia, ...]
    items: tuple[OurItem, ...]


def look_from(answer: Json) -> Look | None:
    """Return a look; None where no timeline is open."""
    timeline = answer.get("timeline")
    if not timeline or not timeline.get("id"):
        return None
    start_timecode = str(timeline.get("start_timecode") or "00:00:00:00")
    rate = rate_from(timeline.get("rate"), timeline.get("drop"), start_timecode)
    first_label = _label(start_timecode, rate)
    start = timeline.get("start")
    first_frame = int(start) if start is not None else first_label
    return Look(
        project_id=str((answer.get("project") or {}).get("id") or ""),
        project_name=str((answer.get("project") or {}).get("name") or ""),
        timeline_id=str(timeline["id"]),
        name=str(timeline.get("name") or ""),
        spaces=FrameSpaces(rate=rate, first_frame=first_frame, first_label=first_label),
        end_frame=int(timeline.get("end") or first_frame),
        timecode=str(answer.get("timecode") or ""),
        page=str(answer.get("page") or ""),
        markers=tuple(marker_from(row) for row in answer.get("markers") or ()),
        tracks=tuple(_track(track) for track in answer.get("tracks") or ()),
        rows={(str(row[0]), int(row[1]), int(row[2])): _row(row[3:]) for row in answer.get("rows") or ()},
        is_complete=bool(answer.get("is_complete", True)),
    )


def rate_from(rate: object, drop: object, start_timecode: str) -> FrameRate:
    """Return the exact rate: Resolve says 24, "24.0", "23.976" or "29.97 DF"."""
    text = str(rate or "").upper().strip()
    is_drop = text.endswith("DF") or ";" in start_timecode or str(drop) in ("1", "1.0")
    number = text.removesuffix("DF").strip()
    try:
        return FrameRate.snap(number, drop_frame=is_drop)
    except ValueError:
        raise ResolveError(
            "refused", sentence=f"DaVinci Resolve gives {rate!r} as the timeline's frame rate; set it in its settings"
        ) from None


def timecode_label(timecode: str, rate: FrameRate) -> int | None:
    """Return the frame count that a timecode names, or None for none."""
    try:
        return timecode_to_frames(timecode, rate)
    except ValueError:
        return None


def _label(timecode: str, rate: FrameRate) -> int:
    frames = timecode_label(timecode, rate)
    if frames is None:
        raise ResolveError(
            "refused",
            sentence=f"DaVinci Resolve gives {timecode!r} as the timeline's start; set a start timecode there",
        )
    return frames


def marker_from(row: Sequence[Any]) -> HostMarker:
    """Return a marker from a launcher's row."""
    frame, color, name, note, duration, custom_data = row
    return HostMarker(
        frame=int(frame),
        color=str(color),
        name=str(name),
        note=str(note),
        duration_frames=max(1, int(duration)),
        custom_data=str(custom_data),
    )


def marker_row(marker: HostMarker) -> list[Any]:
    """Return a launcher's row for a marker."""
    return [
        marker.frame,
        marker.color,
        marker.name,
        marker.note,
        max(1, marker.duration_frames),
        marker.custom_data,
    ]


def inventory_from(answer: Json) -> Inventory:
    """Return what `inventory` found."""
    media = (
        OurMedia(media_id=str(m["id"]), note=str(m["note"]), name=str(m["name"] or ""), path=str(m["path"] or ""))
        for m in answer.get("media") or ()
    )
    return Inventory(media=tuple(media), items=tuple(_items(answer.get("items") or ())))


def _items(answers: Iterable[Json]) -> Iterable[OurItem]:
    for item in answers:
        yield OurItem(
            track=int(item["track"]),
            start=int(item["start"] or 0),
            end=int(item["end"] or 0),
            left=int(item["left"] or 0),
            media_id=str(item["media_id"]),
            note=str(item["note"]),
            name=str(item["name"] or ""),
        )


def _track(track: Json) -> TrackFacts:
    return TrackFacts(
        kind=str(track["type"]),
        index=int(track["index"]),
        name=str(track["name"] or ""),
        is_enabled=bool(track["is_enabled"]),
        is_locked=bool(track["is_locked"]),
        count=int(track["count"]),
    )


def _row(row: Sequence[Any]) -> Row:
    start, end, left, name, is_enabled = row
    return Row(
        start=int(start or 0), end=int(end or 0), left=int(left or 0), name=str(name or ""), is_enabled=bool(is_enabled)
    )
