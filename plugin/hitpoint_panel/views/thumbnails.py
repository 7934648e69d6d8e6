"""Small pictures of the cut: read off the window's thread, kept up to a bound."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from PyQt6.QtCore import QObject, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QImageReader, QPixmap

#: Pixels that are kept decoded, over all pictures; the longest unseen are dropped first.
_BOUND_BYTES = 48 * 1024 * 1024

#: Pictures that wait to be read; older wishes are dropped, what is still in sight asks again.
_BOUND_WAITING = 96


class _Relay(QObject):
    """Carries a picture to the window's thread; it outlives a view that is closed while a picture is read."""

    was_read = pyqtSignal(str, QImage)


def _read(relay: _Relay, path: str, height_px: int) -> None:
    """Decode and scale down; a picture that cannot be read comes out empty."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.height() > height_px:
        reader.setScaledSize(QSize(max(size.width() * height_px // size.height(), 1), height_px))
    relay.was_read.emit(path, reader.read())


# One thread for all views. Not a QThreadPool: its destructor waits for a thread that may wait for Python's lock,
# which the destructor's caller holds; closing a view while it reads would hang.
_READER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")


class ThumbnailCache(QObject):
    """Pictures by path. `pixmap` answers at once: with the picture, or with None and reads it; `arrived` says when."""

    arrived = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None, *, bound_bytes: int = _BOUND_BYTES) -> None:
        super().__init__(parent)
        self._bound_bytes = bound_bytes
        self._kept: OrderedDict[str, QPixmap] = OrderedDict()
        self._kept_bytes = 0
        self._missing: set[str] = set()
        self._waiting: OrderedDict[str, int] = OrderedDict()
        self._reading: str | None = None
        self._height_px = 0
        self._relay = _Relay()
        self._relay.was_read.connect(self._take, Qt.ConnectionType.QueuedConnection)  # type: ignore[call-arg]

    @property
    def kept_bytes(self) -> int:
        """Size of the pictures that are kept."""
        return self._kept_bytes

    def is_missing(self, path: str) -> bool:
        """Return whether a picture was tried and cannot be read."""
        return path in self._missing

    def clear(self) -> None:
        """Forget everything; for another cut, or another height."""
        self._kept.clear()
        self._waiting.clear()
        self._missing.clear()
        self._kept_bytes = 0

    def pixmap(self, path: str, height_px: int) -> QPixmap | None:
        """Return a picture, at least `height_px` device pixels high if it is that large; None until it is read."""
        if height_px > self._height_px:
            self._height_px = height_px
            self._kept.clear()
            self._kept_bytes = 0
        kept = self._kept.get(path)
        if kept is not None:
            self._kept.move_to_end(path)
            return kept
        if path not in self._missing and path != self._reading:
            self._waiting[path] = height_px
            self._waiting.move_to_end(path)
            while len(self._waiting) > _BOUND_WAITING:
                self._waiting.popitem(last=False)
            self._read_next()
        return None

    def _read_next(self) -> None:
        if self._reading is None and self._waiting:
            self._reading, height_px = self._waiting.popitem(last=False)
            _READER.submit(_read, self._relay, self._reading, height_px)

    def _take(self, path: str, image: QImage) -> None:
        self._reading = None
        if image.isNull():
            self._missing.add(path)
        else:
            pixmap = QPixmap.fromImage(image)
            self._kept[path] = pixmap
            self._kept_bytes += _bytes_of(pixmap)
            while self._kept_bytes > self._bound_bytes and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._kept_bytes -= _bytes_of(dropped)
        self.arrived.emit(path)
        self._read_next()


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
