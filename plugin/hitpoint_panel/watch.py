"""Tells when the file of a cut was written anew. Editors replace files, network drives tell nothing: both are met."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QFileSystemWatcher, QObject, QTimer, pyqtSignal

_POLL_MS = 1000
_SETTLED_MS = 400


class FileWatch(QObject):
    """Watches one file (or bundle). `changed` comes once per change, when the file has stopped growing."""

    changed = pyqtSignal(str)
    gone = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._told: tuple[int, int, int] | None = None
        self._seen: tuple[int, int, int] | None = None
        self._is_gone = False
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._look)
        self._watcher.directoryChanged.connect(self._look)
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._look)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._look)

    def watch(self, path: Path | None) -> None:
        """Watch another file, as it is now; None watches nothing."""
        watched = self._watcher.files() + self._watcher.directories()
        if watched:
            self._watcher.removePaths(watched)
        self._poll.stop()
        self._settle.stop()
        self._path, self._is_gone = path, False
        if path is None:
            return
        self._told = self._seen = _stamp(path)
        self._add_paths()
        self._poll.start(_POLL_MS)

    def _add_paths(self) -> None:
        if self._path is None:
            return
        known = set(self._watcher.files() + self._watcher.directories())
        wanted = [str(path) for path in (self._path, self._path.parent) if path.exists() and str(path) not in known]
        if wanted:
            self._watcher.addPaths(wanted)

    def _look(self) -> None:
        if self._path is None:
            return
        now = _stamp(self._path)
        if now is None:
            if not self._is_gone:
                self._is_gone = True
                self._settle.start(_SETTLED_MS)  # an editor that replaces it is done by then
            elif not self._settle.isActive() and self._seen is not None:
                self._seen = None
                self.gone.emit(str(self._path))
            return
        self._is_gone = False
        self._add_paths()
        if now == self._told:
            return
        if now != self._seen:
            self._seen = now
            self._settle.start(_SETTLED_MS)
        elif not self._settle.isActive():
            self._told = now
            self.changed.emit(str(self._path))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return (when written, size, which file) of a file, or of what is newest in a bundle (.otiod)."""
    try:
        told = path.stat()
        if path.is_dir():
            inside = [entry.stat() for entry in path.iterdir()]
            return (
                max((entry.st_mtime_ns for entry in inside), default=0),
                sum(e.st_size for e in inside),
                told.st_ino,
            )
        return (told.st_mtime_ns, told.st_size, told.st_ino)
    except OSError:
        return None
