"""What the editor does with the host: read its timeline, put the score on it, take it off; and what the host tells."""

from __future__ import annotations

from collections.abc import Callable, Sized
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PyQt6.QtCore import QObject, QTimer

from hitpoint.model.errors import HitpointError
from hitpoint_panel.host_link import HostLink
from hitpoint_panel.host_score import score_to_write
from hitpoint_panel.hosts import Host, HostChange, HostCut, WriteReport
from hitpoint_panel.notice import Notice
from hitpoint_panel.state.project_file import state_folder

if TYPE_CHECKING:
    from hitpoint_panel.window import Window

_PLAYHEAD_PAUSE_MS = 120
_ON_DUPLICATE = "write_on_duplicate"


class HostActions(QObject):
    """Between a window and its host; without a host it does nothing."""

    def __init__(self, window: Window, open_host: Callable[[], Host] | None, folder: Path | None) -> None:
        super().__init__(window)
        self._window = window
        self.link: HostLink | None = None
        self._waits_for_files = False
        self._on_duplicate = False
        self._host_frame: int | None = None
        self._send = QTimer(self)
        self._send.setSingleShot(True)
        self._send.timeout.connect(self._send_playhead)
        header = window.parts.header
        header.read.clicked.connect(self.read)
        header.write.clicked.connect(self.write)
        header.on_duplicate.setChecked(window.settings.flag(_ON_DUPLICATE, False))
        header.on_duplicate.toggled.connect(partial(window.settings.set_flag, _ON_DUPLICATE))
        header.remove.clicked.connect(self.remove)
        if open_host is None:
            return
        self.link = HostLink(open_host, folder or state_folder() / "host", self)
        self.link.connected.connect(self._on_connected)
        self.link.cut_read.connect(self._on_cut)
        self.link.written.connect(self._on_written)
        self.link.removed.connect(self._on_removed)
        self.link.changed.connect(self._on_change)
        self.link.playhead_moved.connect(self._on_playhead)
        self.link.failed.connect(self._on_failure)
        window.transport.moved.connect(self._on_moved)

    def connect_host(self) -> None:
        """Open the host, and read its timeline as soon as it is there."""
        if self.link is not None:
            self._window.parts.progress.progress(0.0, "looking for the editor's program", None)
            self.link.connect_host()

    def read(self) -> None:
        """Read the host's timeline and open it."""
        if self.link is not None:
            self._window.parts.progress.progress(0.0, f"reading from {self.link.title or 'the editor'}", None)
            self.link.read()

    def write(self) -> None:
        """Put the version that is heard on the host's timeline: the engine exports its files first.

        On a duplicate of the timeline where the editor ticked that and the host can make one.
        """
        window = self._window
        if self.link is None or self.link.cut is None:
            self._tell("Read the timeline first; then the score can be put on it", "warning")
            return
        if window.document.heard_version is None:
            self._tell("There is no music yet; write the score first", "warning")
            return
        is_ticked = window.parts.header.on_duplicate.isChecked()
        self._waits_for_files = True
        self._on_duplicate = is_ticked and "duplicate" in self.link.abilities
        folder = state_folder() / "host" / "written"
        window.workflow.export(folder / window.document.heard_version["version_id"], ["otio", "stems"], "resolve")

    def remove(self) -> None:
        """Take everything ours off the host's timeline."""
        if self.link is not None:
            self.link.remove_score()

    def take_export(self, files: dict[str, str]) -> bool:
        """Go on writing when the engine's files are there; False if nobody waited for them."""
        window = self._window
        if not self._waits_for_files or self.link is None or self.link.cut is None:
            return False
        self._waits_for_files = False
        version = window.document.heard_version
        otio_path = files.get("timeline")  # as docs/report.md calls it
        if version is None or not otio_path:
            self._tell("The engine exported no timeline; try again", "error")
            return True
        revision = int(window.document.project.view.get("written_revision") or 0) + 1
        try:
            score = score_to_write(
                version,
                cut=self.link.cut,
                otio_path=Path(otio_path),
                revision=revision,
                on_duplicate=self._on_duplicate,
            )
        except HitpointError as error:
            self._tell(str(error), "error")
            return True
        window.document.set_view(written_revision=revision)
        window.parts.progress.progress(0.0, f"putting the score on the timeline in {self.link.title}", None)
        self.link.write(score)
        return True

    def close(self) -> None:
        """Let go of the host."""
        self._send.stop()
        if self.link is not None:
            self.link.close()

    # --- answers -----------------------------------------------------------------------------------------------------

    def _on_connected(self) -> None:
        assert self.link is not None
        self._window.parts.header.show_host(self.link.title, self.link.abilities)
        self._window.refresh.rest()
        if "read" in self.link.abilities:
            self.read()

    def _on_cut(self, cut: HostCut) -> None:
        window = self._window
        assert self.link is not None
        window.refresh.rest()
        window.parts.header.show_host(self.link.title, self.link.abilities)
        is_same = window.document.cut_path == cut.otio_path.absolute()
        if is_same and window.workflow.session_id is not None:
            window.workflow.look(is_again=True)
            return
        inputs = {} if cut.subtitles_path is None else {"subtitles_path": str(cut.subtitles_path)}
        window.open_cut(cut.otio_path, inputs)

    def _on_written(self, report: WriteReport) -> None:
        self._window.refresh.rest()
        is_fine = report.is_verified and not report.warnings
        self._tell("; ".join((written_sentence(report), *report.warnings)), "info" if is_fine else "warning")

    def _on_removed(self, count: int) -> None:
        self._tell(f"Removed {count} thing{'s' * (count != 1)} of ours from the timeline; yours are as they were")

    def _on_change(self, change: HostChange) -> None:
        if change.kind == "gone":
            self._tell(change.sentence, "warning")
            return
        if change.kind == "timeline":
            notice = Notice(sentence=change.sentence, ways_out=(("Read it", self.read),), topic="host")
            self._window.tell(notice)
            return
        self._tell(change.sentence)
        self.read()

    def _on_playhead(self, frame: int) -> None:
        transport = self._window.transport
        if not transport.is_playing and not self._send.isActive():
            self._host_frame = frame
            transport.seek(frame)

    def _on_moved(self, frame: float) -> None:
        is_known = self._host_frame is not None  # before, opening a cut would move the editor's playhead
        if is_known and not self._window.transport.is_playing and int(frame) != self._host_frame:
            self._send.start(_PLAYHEAD_PAUSE_MS)

    def _send_playhead(self) -> None:
        if self.link is not None:
            self._host_frame = int(self._window.transport.frame)
            self.link.send_playhead(self._host_frame)

    def _on_failure(self, error: Exception) -> None:
        self._window.refresh.rest()
        said = str(error) if isinstance(error, HitpointError) else f"the host failed ({type(error).__name__}: {error})"
        is_there = self.link is not None and bool(self.link.title)
        way = ("Read again", self.read) if is_there else ("Try again", self.connect_host)
        self._window.tell(Notice(sentence=said, level="error", ways_out=(way,), topic="host"))

    def _tell(self, sentence: str, level: Literal["info", "warning", "error"] = "info") -> None:
        self._window.tell(Notice(sentence=sentence, level=level, topic="host"))


def written_sentence(report: WriteReport) -> str:
    """Return what was written where: on a timeline, or as files that the editor imports by hand."""
    count = f"{len(report.tracks)} track{_s(report.tracks)} and {report.markers} marker{'s' * (report.markers != 1)}"
    timelines = [path for path in report.files if path.suffix.lower() != ".wav"]
    if timelines:  # a folder: nothing is on any timeline before it is imported
        names = " or ".join(path.name for path in timelines)
        checked = "all read back and whole" if report.is_verified else "but not all could be read back, so look at it"
        return f"Import {names} from {timelines[0].parent}: {count}, {checked}"
    place = f"the timeline {report.timeline_name}" if report.timeline_name else "the timeline"
    if report.is_verified:
        return f"The score is on {place}: {count}, looked at again after a save"
    return f"Written on {place}: {count}; it could not be verified, so look at it"


def _s(things: Sized) -> str:
    return "s" * (len(things) != 1)
