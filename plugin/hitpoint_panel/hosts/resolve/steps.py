"""Small steps on a timeline, for writing and removing a score: each is looked at, since answers are not believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hitpoint_panel.hosts.host import HostMarker
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.identity import BIN, track_of
from hitpoint_panel.hosts.resolve.session import Session
from hitpoint_panel.hosts.resolve.values import Inventory, Look, OurItem, TrackFacts, marker_row


@dataclass(slots=True)
class TimelineSteps:
    """What can be done to one timeline; refused in a sentence as soon as another one is open."""

    session: Session
    timeline_id: str
    warnings: list[str] = field(default_factory=list)
    _has_saved: bool = False

    def _call(self, method: str, **params: object) -> Any:
        return self.session.transport.call(method, **params)

    def _set_track(self, index: int, **values: bool) -> None:
        self._call("set_track", timeline_id=self.timeline_id, index=index, **values)

    def _audio_tracks(self) -> list[TrackFacts]:
        look = self.session.look()
        if look.timeline_id != self.timeline_id:
            raise ResolveError("other_timeline")
        return [track for track in look.tracks if track.kind == "audio"]

    def _delete_items(self, items: tuple[OurItem, ...], look: Look) -> int:
        if not items:
            return 0
        locked = {t.index for t in look.tracks if t.kind == "audio" and t.is_locked} & {item.track for item in items}
        for index in locked:
            self._set_track(index, is_locked=False)
        ids = sorted({item.media_id for item in items})
        answer = self._call("delete_items", timeline_id=self.timeline_id, media_ids=ids)
        for index in locked:
            self._set_track(index, is_locked=True)
        if answer["left"]:
            raise ResolveError("refused", "the clips of the score before could not be deleted")
        return int(answer["deleted"])

    def _delete_markers(self, markers: list[HostMarker]) -> int:
        if not markers:
            return 0
        texts = sorted({marker.custom_data for marker in markers})
        if self._call("delete_markers", timeline_id=self.timeline_id, custom_data=texts)["left"]:
            raise ResolveError("refused", "the markers of the score before could not be deleted")
        return len(markers)

    def _add_markers(self, markers: list[HostMarker]) -> None:
        if markers:
            rows = [marker_row(marker) for marker in markers]
            self._call("add_markers", timeline_id=self.timeline_id, markers=rows)

    def _delete_tracks(self, tracks: list[TrackFacts]) -> int:
        """Delete tracks of ours; what the user put on one keeps it, the launcher looks."""
        if not tracks:
            return 0
        rows = [{"index": track.index, "name": track.name} for track in tracks]
        return int(self._call("delete_tracks", timeline_id=self.timeline_id, tracks=rows)["deleted"])

    def _delete_media(self, inventory: Inventory, *, keep: frozenset[str]) -> int:
        ids = [media.media_id for media in inventory.media if media.media_id not in keep]
        if not ids:
            return 0
        answer = self._call("delete_media", timeline_id=self.timeline_id, bin=BIN, media_ids=ids)
        return len(ids) - len(answer["left"])

    def _restore_page(self, page: str | None) -> None:
        if page and page != "edit":
            try:
                self._call("open_page", page=page)
            except ResolveError:
                self.warnings.append(f"Resolve stays on the Edit page; it was on {page!r}")

    def _append_rows(self, rows: list[dict[str, object]], locked: Iterable[int]) -> None:
        """Append clips; tracks of ours that the user locked are locked again afterwards."""
        for index in locked:
            self._set_track(index, is_locked=False)
        try:
            self._call("append_clips", timeline_id=self.timeline_id, bin=BIN, clips=rows)
        finally:
            for index in locked:
                self._set_track(index, is_locked=True)

    def _save(self) -> bool:
        answer = self._call("save")
        self._has_saved = self._has_saved or bool(answer["is_saved"])
        if answer["is_untitled"]:
            self.warnings.append("the project was never saved and cannot be from here: save it in Resolve")
        elif not answer["is_saved"]:
            self.warnings.append("Resolve did not save the project: save it yourself")
        return bool(answer["is_saved"])


def our_track_names(inventory: Inventory) -> frozenset[str]:
    """Return the names of the tracks that scores of ours were written on."""
    notes = [*(media.note for media in inventory.media), *(item.note for item in inventory.items)]
    return frozenset(name for name in map(track_of, notes) if name)


def tracks_of_score(inventory: Inventory, look: Look) -> list[TrackFacts]:
    """Return the tracks that a score was written on: those that hold our clips under the name that our notes say.

    Where no track of a name does, because the clip was deleted by hand or a write broke off, it is the last empty one
    so called. A track of the user's that has such a name as well is left alone.
    """
    holding = {item.track for item in inventory.items}
    found = []
    for name in sorted(our_track_names(inventory)):
        called = [track for track in look.tracks if track.kind == "audio" and track.name == name]
        ours = [track for track in called if track.index in holding]
        found += ours or [track for track in called if track.count == 0][-1:]
    return found
