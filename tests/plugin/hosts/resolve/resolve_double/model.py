"""The project as it is: what the tests build, and look at afterwards."""

import itertools
from dataclasses import dataclass, field
from fractions import Fraction

_numbers = itertools.count(1)


def new_id():
    return f"{next(_numbers):08d}-0000-4000-8000-000000000000"


@dataclass(eq=False)  # two of the same content are two
class Media:
    name: str
    path: str
    fps: float
    frames: int
    kind: str = "Audio"
    metadata: dict = field(default_factory=dict)
    third_party: dict = field(default_factory=dict)
    is_offline: bool = False
    start_frame: int = 0
    id: str = field(default_factory=new_id)


@dataclass(eq=False)
class Bin:
    name: str
    clips: list = field(default_factory=list)
    folders: list = field(default_factory=list)
    id: str = field(default_factory=new_id)

    def walk(self):
        yield self
        for folder in self.folders:
            yield from folder.walk()


@dataclass(eq=False)
class Item:
    """`start` is absolute; `kind` one of clip, transition, subtitle, title."""

    name: str
    start: int
    duration: int
    media: Media | None = None
    left: int = 0
    kind: str = "clip"
    is_enabled: bool = True
    is_renderable: bool = True
    is_doubtful: bool = False
    markers: dict = field(default_factory=dict)
    id: str = field(default_factory=new_id)

    @property
    def end(self):
        return self.start + self.duration


@dataclass(eq=False)
class Track:
    name: str
    subtype: str = ""
    is_enabled: bool = True
    is_locked: bool = False
    items: list = field(default_factory=list)


@dataclass(eq=False)
class Timeline:
    name: str
    rate: Fraction = Fraction(24)
    is_drop: bool = False
    has_own_settings: bool = False
    start_timecode: str = "01:00:00:00"
    start: int = 86400
    timecode: str = "01:00:00:00"
    tracks: dict = field(default_factory=lambda: {"video": [], "audio": [], "subtitle": []})
    markers: dict = field(default_factory=dict)
    id: str = field(default_factory=new_id)

    @property
    def length(self):
        ends = [item.end for tracks in self.tracks.values() for track in tracks for item in track.items]
        return max(ends, default=self.start) - self.start

    def visible_markers(self):
        """What an editor sees: markers whose frame, counted from the start, lies in the timeline (ledger 1)."""
        return {frame: marker for frame, marker in self.markers.items() if 0 <= frame < self.length}

    def snapshot(self):
        """All that a user could notice, for comparisons."""
        return (
            self.name,
            self.timecode,
            {
                kind: [(t.name, t.subtype, t.is_enabled, t.is_locked, _items(t)) for t in tracks]
                for kind, tracks in self.tracks.items()
            },
            {frame: dict(marker) for frame, marker in self.markers.items()},
        )


def _items(track):
    return [(i.name, i.start, i.duration, i.left, i.is_enabled, i.media and i.media.path) for i in track.items]


@dataclass(eq=False)
class Project:
    name: str
    rate: Fraction = Fraction(24)
    is_drop: bool = False
    root: Bin = field(default_factory=lambda: Bin("Master"))
    folder: Bin | None = None
    timelines: list = field(default_factory=list)
    timeline: Timeline | None = None
    saves: int = 0
    saved: object = None
    id: str = field(default_factory=new_id)

    def __post_init__(self):
        self.folder = self.folder or self.root

    def media(self):
        return [clip for folder in self.root.walk() for clip in folder.clips]

    def snapshot(self):
        return (
            self.name,
            self.folder.name,
            self.timeline and self.timeline.name,
            [timeline.snapshot() for timeline in self.timelines],
            sorted((folder.name, sorted(clip.path for clip in folder.clips)) for folder in self.root.walk()),
        )
