"""DaVinci Resolve as a host: read, write, remove, follow, whatever the way to it (docs/resolve.md)."""

from __future__ import annotations

import re
import secrets
import threading
from contextlib import suppress
from pathlib import Path

from hitpoint.model.errors import HitpointError
from hitpoint.model.time import frames_to_timecode
from hitpoint_panel.hosts.host import Ability, HostChange, HostCut, ScoreToWrite, WriteReport
from hitpoint_panel.hosts.resolve import completing
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.following import Follower, OurNames, users_markers
from hitpoint_panel.hosts.resolve.session import Session
from hitpoint_panel.hosts.resolve.steps import our_track_names
from hitpoint_panel.hosts.resolve.transport import Transport
from hitpoint_panel.hosts.resolve.values import Inventory, Look, timecode_label
from hitpoint_panel.hosts.resolve.writing import ScoreWriter

#: From this version on subtitle items are all called "Subtitle" (ledger no. 21).
_SUBTITLES_LOST = (20, 2)


class ResolveHost:
    """A running Resolve. Calls may come from any thread; one runs at a time, and `poll` waits for none."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._session = Session(transport)
        self._follower = Follower(self._session)
        self._lock = threading.RLock()

    @property
    def title(self) -> str:
        """Product and version."""
        return self._session.program.title

    @property
    def abilities(self) -> frozenset[Ability]:
        """All of them: `Session` refuses versions that lack one."""
        return frozenset({"read", "write", "remove", "follow", "playhead", "duplicate"})

    def read(self, folder: Path) -> HostCut:
        """Read the open timeline: Resolve's own OTIO completed, and subtitles as SRT where it still tells their text.

        Nothing in the project changes. Raises `ResolveError`, `OutputError`.
        """
        with self._lock:
            folder.mkdir(parents=True, exist_ok=True)
            look = self._session.look_at_all()
            inventory = self._session.inventory(look.timeline_id)
            self._follower.names = _names(inventory)
            markers = users_markers(look)
            stem = _file_stem(look.name)
            document = self._export(folder, look)
            our_paths = frozenset(media.path for media in inventory.media if media.path)
            completing.complete(document, look, markers, our_paths)
            otio_path = completing.write_document(document, folder / f"{stem}.otio")
            return HostCut(
                otio_path=otio_path,
                name=look.name,
                timeline_id=look.timeline_id,
                rate=look.spaces.rate,
                start_timecode_frame=look.spaces.first_label,
                markers=markers,
                subtitles_path=self._subtitles(folder / f"{stem}.srt", look),
                revision=self._follower.remember(look),
            )

    def _export(self, folder: Path, look: Look) -> dict[str, object]:
        raw = folder.resolve() / f"resolve-export-{secrets.token_hex(4)}.otio"
        try:
            self._transport.call("export_otio", path=str(raw), timeline_id=look.timeline_id)
            return completing.read_export(raw)
        finally:
            with suppress(OSError):
                raw.unlink(missing_ok=True)

    def _subtitles(self, path: Path, look: Look) -> Path | None:
        program = self._session.program
        rows = []
        if program.version and not program.is_at_least(*_SUBTITLES_LOST):
            rows = self._transport.call("subtitles", timeline_id=look.timeline_id)
        written = completing.write_subtitles(rows, look, path)
        if written is None:
            with suppress(OSError):
                path.unlink(missing_ok=True)  # of a reading before, when there were some
        return written

    def write(self, score: ScoreToWrite) -> WriteReport:
        """Put a score on the timeline that was read (or on a duplicate), in place of the one before."""
        with self._lock:
            writer = ScoreWriter(self._session, score.cut.timeline_id)
            known = self._follower.spaces_of(score.cut.timeline_id) and self._follower.revision()
            if known and known != score.cut.revision:
                writer.warnings.append(
                    "the cut was changed in Resolve since this music was made for it; read it again for music that fits"
                )
            try:
                return writer.write(score)
            finally:
                self._look_after_ourselves(score.cut.timeline_id)

    def remove_score(self) -> int:
        """Remove clips, tracks and markers of ours from the open timeline, and our files from the media pool."""
        with self._lock:
            timeline_id = self._session.look().timeline_id
            try:
                return ScoreWriter(self._session, timeline_id).remove()
            finally:
                self._look_after_ourselves(timeline_id)

    def _look_after_ourselves(self, timeline_id: str) -> None:
        """Learn what is ours now, so that what we did is not reported as the user's doing."""
        with suppress(HitpointError):
            look = self._session.look_at_all()
            self._follower.names = _names(self._session.inventory(look.timeline_id), self._follower.names)
            if look.timeline_id == timeline_id:
                self._follower.remember(look, is_told=False)

    def poll(self) -> HostChange | None:
        """Return what changed; None, too, while a read or a write is under way."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._follower.poll()
        finally:
            self._lock.release()

    def playhead_frame(self) -> int | None:
        """Return the record frame under the playhead; None on pages that have none."""
        with self._lock:
            answer = self._transport.call("playhead")
            spaces = self._follower.spaces_of(answer["timeline_id"]) or self._session.look().spaces
            label = timecode_label(str(answer["timecode"] or ""), spaces.rate)
            return None if label is None else label - spaces.first_label

    def set_playhead_frame(self, frame: int) -> bool:
        """Move the playhead; False where Resolve does not (before the start, or on a page without one)."""
        with self._lock:
            spaces = self._session.look().spaces
            if frame < 0:
                return False
            timecode = frames_to_timecode(spaces.first_label + frame, spaces.rate)
            answer = self._transport.call("playhead", timecode=timecode)
            return bool(answer["is_moved"]) and answer["timecode"] == timecode

    def close(self) -> None:
        """Let go of Resolve."""
        self._transport.close()

    @property
    def is_open(self) -> bool:
        """Whether the way to Resolve is still there."""
        return self._transport.is_open


def _names(inventory: Inventory, before: OurNames | None = None) -> OurNames:
    """Return how our clips and tracks are called, with those that were ours a moment ago."""
    before = before or OurNames()
    items = {*(media.name for media in inventory.media), *(item.name for item in inventory.items)}
    return OurNames(items=before.items | items, tracks=before.tracks | our_track_names(inventory))


def _file_stem(name: str) -> str:
    """Return a file name for a timeline's name; any letters, but nothing that some disk refuses."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]+', "_", name).strip(" .")[:80] or "timeline"


__all__ = ["ResolveError", "ResolveHost"]
