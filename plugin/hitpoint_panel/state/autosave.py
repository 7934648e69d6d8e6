"""Writes the project as the editor goes, in a thread of its own, so that a slow disk hardly holds up a key press."""

from __future__ import annotations

import threading
import time

from PyQt6.QtCore import QObject, pyqtSignal

from hitpoint.model.errors import OutputError
from hitpoint_panel.state.project import Project
from hitpoint_panel.state.project_file import ProjectFile

_RETRY_S = 5.0
#: So long a change waits until it is on the disk. An ordinary one is done by then, and whatever ends the panel in the
#: next moment takes nothing with it; a slow one goes on by itself.
_PATIENCE_S = 0.05


class Autosave(QObject):
    """Saves the newest project at once; one that comes while another is written waits, one in between is skipped.

    `saved(path, sentence)`, `failed(sentence)` and `overtaken(sentence)` arrive in the thread that made it. What could
    not be written is tried again every few seconds and with every new change, so that it is saved as soon as there is
    room.
    """

    saved = pyqtSignal(str, str)
    failed = pyqtSignal(str)
    overtaken = pyqtSignal(str)  # somebody else saved the same project

    def __init__(self, file: ProjectFile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self._waiting: Project | None = None
        self._wants_look = False
        self._is_writing = False
        self._is_closed = False
        self._has_failed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="hitpoint-autosave", daemon=True)
        self._thread.start()

    def save(self, project: Project) -> None:
        """Save a project; returns when it is saved, at the latest in a twentieth of a second, while that goes on.

        At once where the disk is behind already.
        """
        latest_s = time.monotonic() + _PATIENCE_S
        with self._changed:
            is_behind = self._is_busy() or self._has_failed
            self._waiting = project
            self._changed.notify_all()
            while not is_behind and self._is_busy() and (left_s := latest_s - time.monotonic()) > 0:
                self._changed.wait(left_s)

    def look(self) -> None:
        """Look soon whether somebody else saved the project; returns at once."""
        with self._changed:
            self._wants_look = True
            self._changed.notify_all()

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all is written, or was tried; return whether it is written."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._has_failed = False
            self._changed.notify_all()
            while self._is_busy() and time.monotonic() < deadline:
                if self._has_failed:
                    return False
                self._changed.wait(0.05)
            return not self._is_busy()

    def _is_busy(self) -> bool:
        return self._waiting is not None or self._is_writing

    def close(self) -> bool:
        """Write what is waiting and end the thread; return whether all is written."""
        written = self.flush()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join(timeout=10.0)
        return written

    def _run(self) -> None:
        wait_s: float | None = None
        while True:
            with self._changed:
                if (self._waiting is None and not self._wants_look) or wait_s is not None:
                    self._changed.wait(wait_s)
                if self._is_closed:
                    return
                wants_look, self._wants_look = self._wants_look, False
                project, self._waiting = self._waiting, None
                self._is_writing = project is not None
            if project is None:
                if wants_look:
                    self._tell_if_overtaken()
                continue
            wait_s = None
            try:
                told = self._file.write(project)
                self.saved.emit(str(told.path), told.sentence)
            except (OutputError, OSError) as error:
                wait_s = _RETRY_S
                self.failed.emit(str(error))
            finally:
                with self._changed:
                    self._is_writing = False
                    self._has_failed = wait_s is not None
                    if wait_s is not None and self._waiting is None and not self._is_closed:
                        self._waiting = project
                    self._changed.notify_all()

    def _tell_if_overtaken(self) -> None:
        try:
            sentence = self._file.overtaken()
        except OSError:  # whatever is wrong there, the next save says it
            return
        if sentence:
            self.overtaken.emit(sentence)
