"""What changed in Resolve since the last look, found cheaply enough to be asked once a second.

Reading every item of a feature film takes seconds (about a millisecond each), so each look reads the counts, the
markers, the last item of every track (an insertion or a ripple moves it), the items around the playhead (where an
editor works) and, by turns, a stretch of all others. Where something differs, that track is read again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field

from hitpoint_panel.hosts.host import HostChange, HostMarker
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.identity import is_our_marker
from hitpoint_panel.hosts.resolve.session import Session, Wanted, first_rows, missing_rows
from hitpoint_panel.hosts.resolve.values import FrameSpaces, Look, Row, TrackFacts, timecode_label

#: Items read by turns in a look, and around the playhead on each track.
_STRETCH = 60
_AROUND = 2
#: How long one poll may read when something has changed.
_CATCH_UP_S = 1.0

Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class OurNames:
    """By what a score of ours is told from the cut: names of our clips, and of the tracks that we made."""

    items: frozenset[str] = frozenset()
    tracks: frozenset[str] = frozenset()


@dataclass(slots=True)
class Follower:
    """Remembers a timeline item by item. `revision` is equal exactly when nothing that matters has changed."""

    session: Session
    names: OurNames = field(default_factory=OurNames)
    _look: Look | None = None
    _rows: dict[Key, Row] = field(default_factory=dict)
    _turn: int = 0
    _is_behind: bool = False
    _told: str = ""
    _told_markers: tuple[HostMarker, ...] = ()
    _told_items: Counter[tuple[str, str, bool, Row | None]] = field(default_factory=Counter)
    _is_told_behind: bool = False

    def remember(self, look: Look, *, is_told: bool = True) -> str:
        """Take a whole look as what is known; return its revision. Not `is_told`: the next poll tells what is new."""
        self._look, self._rows = look, dict(look.rows)
        self._is_behind = not look.is_complete
        return self._tell() if is_told or not self._told else self.revision()

    def spaces_of(self, timeline_id: str) -> FrameSpaces | None:
        """Return the frame spaces of a timeline, where it is the one that is followed."""
        return self._look.spaces if self._look is not None and self._look.timeline_id == timeline_id else None

    def revision(self) -> str:
        """Return the hash of what is known and matters: not our tracks, not our markers."""
        if self._look is None:
            return ""
        look = self._look
        tracks = []
        for track in self._users_tracks():
            rows = [r and [r.start, r.end, r.left, r.name, r.is_enabled] for r in self._rows_of(track)]
            tracks.append([track.kind, track.name, track.is_enabled, rows])
        markers = [[m.frame, m.color, m.name, m.note, m.duration_frames, m.custom_data] for m in users_markers(look)]
        spaces = look.spaces
        whole = [look.timeline_id, str(spaces.rate), spaces.first_frame, spaces.first_label, tracks, markers]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:24]

    def _users_tracks(self) -> list[TrackFacts]:
        """Return the tracks of the cut: not those of ours on which there is nothing of the user's."""
        tracks = self._look.tracks if self._look else ()
        return [track for track in tracks if track.name not in self.names.tracks or self._rows_of(track)]

    def _rows_of(self, track: TrackFacts) -> list[Row | None]:
        """Return a track's items without clips of ours; None for those that were not read yet."""
        rows = [self._rows.get((track.kind, track.index, place)) for place in range(track.count)]
        if track.kind != "audio":
            return rows
        return [row for row in rows if row is None or row.name not in self.names.items]

    def poll(self) -> HostChange | None:
        """Look once, and catch up where something differs; return what is new since last told."""
        try:
            look = self.session.look(self._wanted(), budget_ms=300)
        except ResolveError as error:
            if error.kind in ("no_project", "no_timeline") or error.is_lost:
                return self._gone(error)
            raise
        if self._look is None or self._look.timeline_id != look.timeline_id:
            self._look, self._rows = None, {}
            self._take(look)
            self._catch_up()
            sentence = f"the timeline {look.name!r} is open in Resolve now"
            return HostChange(kind="timeline", sentence=sentence, revision=self._tell())
        self._take(look)
        self._catch_up()
        if self._is_behind and self._is_told_behind:
            return None  # a long film: its change was told, the rest follows when all is read
        revision = self.revision()
        if revision == self._told:
            return None
        old_markers, old_items = self._told_markers, self._told_items
        self._tell()
        markers = markers_sentence(old_markers, self._told_markers)
        if self._told_items == old_items:
            what = markers or "settings of the timeline were changed"
            return HostChange(kind="markers" if markers else "cut", sentence=f"{what} in Resolve", revision=revision)
        number = max((self._told_items - old_items).total(), (old_items - self._told_items).total())
        items = f"{number} item{'s' * (number != 1)} of the cut changed"
        return HostChange(kind="cut", sentence=f"{items}{', ' * bool(markers)}{markers} in Resolve", revision=revision)

    def _tell(self) -> str:
        """Take what is known as told; return its revision."""
        assert self._look is not None
        self._told = self.revision()
        self._told_markers = users_markers(self._look)
        self._told_items = Counter(
            (track.kind, track.name, track.is_enabled, row)
            for track in self._users_tracks()
            for row in self._rows_of(track)
        )
        self._is_told_behind = self._is_behind
        return self._told

    def _gone(self, error: ResolveError) -> HostChange | None:
        if self._look is None and self._told == error.kind:
            return None
        self._look, self._rows, self._told = None, {}, error.kind
        return HostChange(kind="gone", sentence=str(error), revision="")

    def _take(self, look: Look) -> None:
        """Take a look's rows over; tracks on which something differs are to be read again, whole."""
        old = {(track.kind, track.index): track for track in self._look.tracks} if self._look else {}
        new = {(track.kind, track.index): track for track in look.tracks}
        stale = {key for key in old.keys() | new.keys() if old.get(key) is None or old.get(key) != new.get(key)}
        stale |= {key[:2] for key, row in look.rows.items() if key in self._rows and self._rows[key] != row}
        self._rows = {key: row for key, row in self._rows.items() if key[:2] not in stale}
        self._rows.update(look.rows)
        self._look = look

    def _catch_up(self) -> None:
        """Read what is missing, for as long as a poll may take; the next polls go on."""
        end_s = time.monotonic() + _CATCH_UP_S
        while self._look is not None:
            missing = missing_rows(self._look, self._rows)
            self._is_behind = bool(missing)
            if not missing:
                return
            if time.monotonic() > end_s:
                return
            look = self.session.look(first_rows(missing, self.session.transport.rows_per_call), budget_ms=500)
            if look.timeline_id != self._look.timeline_id:
                return
            self._take(look)

    def _wanted(self) -> tuple[Wanted, ...]:
        if self._look is None or self._is_behind:
            return ()
        look = self._look
        label = timecode_label(look.timecode, look.spaces.rate)
        playhead = None if label is None else label - look.spaces.first_label + look.spaces.first_frame
        wanted: list[Wanted] = []
        for track in look.tracks:
            if track.count == 0:
                continue
            wanted.append((track.kind, track.index, track.count - 1, 1))
            if playhead is not None:
                first = max(0, self._item_at(track, playhead) - _AROUND)
                wanted.append((track.kind, track.index, first, 2 * _AROUND + 1))
        keys = [(track.kind, track.index, place) for track in look.tracks for place in range(track.count)]
        if keys:
            self._turn %= len(keys)
            wanted.extend(first_rows(keys[self._turn :], _STRETCH))
            self._turn += _STRETCH
        return tuple(wanted)

    def _item_at(self, track: TrackFacts, frame: int) -> int:
        """Return the number of the last item that starts at or before a frame."""
        low, high = 0, track.count
        while low < high:
            middle = (low + high) // 2
            row = self._rows.get((track.kind, track.index, middle))
            if row is not None and row.start <= frame:
                low = middle + 1
            else:
                high = middle
        return max(0, low - 1)


def users_markers(look: Look) -> tuple[HostMarker, ...]:
    """Return the visible markers that are not ours."""
    return tuple(marker for marker in look.visible_markers() if not is_our_marker(marker))


def markers_sentence(old: tuple[HostMarker, ...], new: tuple[HostMarker, ...]) -> str:
    """Return how markers differ: the same text elsewhere has moved; "" where they do not."""
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    gone_names = Counter((m.name, m.note, m.color) for m in gone.elements())
    come_names = Counter((m.name, m.note, m.color) for m in come.elements())
    moved = (gone_names & come_names).total()
    counts = {"moved": moved, "added or renamed": come.total() - moved, "removed": gone.total() - moved}
    renamed = min(counts["added or renamed"], counts["removed"])
    counts["removed"] -= renamed
    parts = [f"{number} marker{'s' * (number != 1)} {what}" for what, number in counts.items() if number]
    return ", ".join(parts)
