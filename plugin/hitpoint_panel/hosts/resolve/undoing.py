"""The way back: what a write did, undone, last step first, so that nothing half-written remains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hitpoint.model.errors import InputError
from hitpoint_panel.hosts.host import HostMarker
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.identity import BIN
from hitpoint_panel.hosts.resolve.steps import TimelineSteps
from hitpoint_panel.hosts.resolve.values import OurItem


@dataclass(slots=True)
class UndoableSteps(TimelineSteps):
    """Steps with the way back of each: `_undo` holds (what it is about, how it is undone), in the order of doing."""

    _undo: list[tuple[str, Callable[[], None]]] = field(default_factory=list)

    def _go_back(self, error: ResolveError | InputError) -> ResolveError | InputError:
        """Undo all steps, last first; return the error with what is left, if anything is."""
        users_timeline = self._reopen()
        left, kinds = [], {error.kind if isinstance(error, ResolveError) else ""}
        while self._undo:
            what, undo = self._undo.pop()
            try:
                undo()
            except ResolveError as problem:
                left.append(what)
                kinds.add(problem.kind)
        try:
            if self._has_saved:
                self._call("save")
            if users_timeline:
                self._call("select_timeline", timeline_id=users_timeline)
        except ResolveError as problem:
            kinds.add(problem.kind)
        if not isinstance(error, ResolveError):
            return error
        return ResolveError(error.kind, error.detail, error.func, sentence=_failure(error, left, kinds))

    def _reopen(self) -> str:
        """Open our timeline again where the user opened another; return the id of his."""
        try:
            current = self.session.look().timeline_id
            if current != self.timeline_id:
                self._call("select_timeline", timeline_id=self.timeline_id)
                return current
        except ResolveError:
            pass  # the steps back then fail, each for itself, and that is said
        return ""

    def _forget_media(self, notes: frozenset[str]) -> None:
        media = self.session.inventory(self.timeline_id).media
        ids = [entry.media_id for entry in media if entry.note in notes]
        if self._call("delete_media", timeline_id=self.timeline_id, bin=BIN, media_ids=ids)["left"]:
            raise ResolveError("refused", "files stay in the bin")

    def _drop_items(self, media_ids: frozenset[str]) -> None:
        items = [i for i in self.session.inventory(self.timeline_id).items if i.media_id in media_ids]
        self._delete_items(tuple(items), self.session.look())

    def _drop_tracks(self, number: int, before: int) -> None:
        """Delete the tracks that were made, with or without their names: behind those that were there, and empty."""
        made = [t for t in self._audio_tracks() if before < t.index <= before + number and t.count == 0]
        self._delete_tracks(made)
        if len(self._audio_tracks()) > before:
            raise ResolveError("refused", "tracks stay")

    def _drop_markers(self, markers: list[HostMarker]) -> None:
        self._delete_markers(markers)

    def _drop_duplicate(self, original: str, name: str) -> None:
        look = self.session.look()
        if look.timeline_id != original and look.name == name:
            copy_id = look.timeline_id
            self._call("select_timeline", timeline_id=original)
            if not self._call("delete_timeline", timeline_id=copy_id)["is_gone"]:
                raise ResolveError("refused", f"the duplicate {name!r} stays")

    def _bring_back(self, items: tuple[OurItem, ...]) -> None:
        """Append the clips of the score before where they stood."""
        there = {(i.media_id, i.start) for i in self.session.inventory(self.timeline_id).items}
        look = self.session.look()
        locked = {track.index for track in look.tracks if track.kind == "audio" and track.is_locked}
        missing = [item for item in items if (item.media_id, item.start) not in there]
        rows: list[dict[str, object]] = [
            {
                "media_id": item.media_id,
                "track": item.track,
                "start": item.left,
                "end": item.left + item.end - item.start,
                "record": item.start,
            }
            for item in missing
        ]
        if rows:
            self._append_rows(rows, {item.track for item in missing} & locked)
        there = {(i.media_id, i.start) for i in self.session.inventory(self.timeline_id).items}
        if any((item.media_id, item.start) not in there for item in items):
            raise ResolveError("refused", "the score before is not back")


def _failure(error: ResolveError, left: list[str], kinds: set[str]) -> str:
    """Return what went wrong with a write, what is left of it, and what to do, in one sentence."""
    if left and kinds & {"no_project", "no_timeline", "gone"}:
        return (
            "the project was closed in DaVinci Resolve while the score was written; open it again and write once more, "
            "which removes what is left of this one"
        )
    if left:
        return f"{error}; {', '.join(left)} could not be taken back: use Remove score when Resolve answers again"
    if error.kind == "refused" and error.detail:
        return (
            f"DaVinci Resolve refused: {error.detail}; nothing of the score was left on the timeline, so try again, "
            "and restart Resolve if it stays so"
        )
    return f"{error}; nothing of the score was left on the timeline"
