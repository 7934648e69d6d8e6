"""The host (Resolve, or a folder) in a thread of its own: read, write, remove, and what changed there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from hitpoint_panel.background import Background
from hitpoint_panel.hosts import Host, HostChange, HostCut, ScoreToWrite, WriteReport
from hitpoint_panel.hosts.host import Ability

_POLL_MS = 1000
_PLAYHEAD_MS = 250


class HostLink(QObject):
    """Every call returns at once; answers are signals. Calls are made one after another, as they were asked for."""

    connected = pyqtSignal()
    cut_read = pyqtSignal(object)  # HostCut
    written = pyqtSignal(object)  # WriteReport
    removed = pyqtSignal(int)
    changed = pyqtSignal(object)  # HostChange
    playhead_moved = pyqtSignal(int)
    failed = pyqtSignal(object)  # the error of something that was asked for

    def __init__(self, open_host: Callable[[], Host], folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_host, self._folder = open_host, folder
        self._opened: Host | None = None
        self._background = Background(name="host", threads=1, parent=self)
        self.title = ""
        self.abilities: frozenset[Ability] = frozenset()
        self.cut: HostCut | None = None
        self._is_polling = False
        self._is_asking_playhead = False
        self._playhead: int | None = None
        self._sent: int | None = None
        self._has_failed = False
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._ask_changes)
        self._playhead_timer = QTimer(self)
        self._playhead_timer.timeout.connect(self._ask_playhead)

    @property
    def _host(self) -> Host:
        """The host, opened when it is first needed; only in the background."""
        if self._opened is None:
            self._opened = self._open_host()
        return self._opened

    def connect_host(self) -> None:
        """Open the host; `connected`, or `failed` with a sentence that says what the editor has to do there."""

        def work() -> tuple[str, frozenset[Ability]]:
            return self._host.title, self._host.abilities

        def done(told: tuple[str, frozenset[Ability]]) -> None:
            self.title, self.abilities = told
            self.connected.emit()

        self._background.run(work, done, self.failed.emit)

    def read(self) -> None:
        """Read the timeline that is open in the host."""

        def work() -> tuple[HostCut, str, frozenset[Ability]]:
            self._folder.mkdir(parents=True, exist_ok=True)
            return self._host.read(self._folder), self._host.title, self._host.abilities

        self._background.run(work, self._on_cut, self.failed.emit)

    def write(self, score: ScoreToWrite) -> None:
        """Put a score on the host's timeline."""
        self._background.run(lambda: self._host.write(score), self._on_written, self.failed.emit)

    def remove_score(self) -> None:
        """Take everything ours off the host's timeline."""
        self._background.run(lambda: self._host.remove_score(), self.removed.emit, self.failed.emit)

    def send_playhead(self, frame: int) -> None:
        """Let the host's playhead follow ours; of several in a hurry the last one counts."""
        if "playhead" not in self.abilities:
            return
        is_waiting = self._sent is not None
        self._sent = frame
        if is_waiting:
            return

        def work() -> None:
            wanted, self._sent = self._sent, None
            if wanted is not None and self._host.set_playhead_frame(wanted):
                self._playhead = wanted

        self._background.run(work)

    def close(self) -> None:
        """Let go of the host."""
        self._poll.stop()
        self._playhead_timer.stop()
        if self._opened is not None:
            self._background.run(self._opened.close)
        self._background.close()

    def _on_cut(self, told: tuple[HostCut, str, frozenset[Ability]]) -> None:
        self.cut, self.title, self.abilities = told
        self._has_failed = False
        if "follow" in self.abilities:
            self._poll.start(_POLL_MS)
        if "playhead" in self.abilities:
            self._playhead_timer.start(_PLAYHEAD_MS)
        self.cut_read.emit(self.cut)

    def _on_written(self, report: WriteReport) -> None:
        self.written.emit(report)

    def _ask_changes(self) -> None:
        if self._is_polling:
            return
        self._is_polling = True
        self._background.run(lambda: self._host.poll(), self._on_change, self._on_poll_failed)

    def _on_change(self, change: HostChange | None) -> None:
        self._is_polling = self._has_failed = False
        if change is not None:
            self.changed.emit(change)

    def _on_poll_failed(self, error: Exception) -> None:
        self._is_polling = False
        if not self._has_failed:  # said once, not every second
            self._has_failed = True
            self.failed.emit(error)

    def _ask_playhead(self) -> None:
        if self._is_asking_playhead:
            return
        self._is_asking_playhead = True

        def end(call: Callable[[Any], None]) -> Callable[[Any], None]:
            def told(value: Any) -> None:
                self._is_asking_playhead = False
                call(value)

            return told

        self._background.run(lambda: self._host.playhead_frame(), end(self._on_playhead), end(lambda _: None))

    def _on_playhead(self, frame: int | None) -> None:
        if frame is not None and frame != self._playhead:
            self._playhead = frame
            self.playhead_moved.emit(frame)
