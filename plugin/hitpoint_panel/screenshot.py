"""`--screenshot`: the window with a cut and its score in it, drawn into a PNG."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from hitpoint.files import write_beside
from hitpoint.model.errors import OutputError
from hitpoint_panel.notice import Notice

if TYPE_CHECKING:
    from hitpoint_panel.window import Window

_PATIENCE_MS = 15 * 60_000
_SIZE_PX = (1440, 860)
_SETTLE_MS = 1500  # thumbnails, the picture's first frame


class Screenshot(QObject):
    """Waits for a look and a version (asks for one where there is none), draws, and ends with an exit code."""

    ended = pyqtSignal(int)

    def __init__(self, window: Window, path: Path) -> None:
        super().__init__(window)
        self._window, self._path = window, path
        window.resize(*_SIZE_PX)  # whatever the editor left it at
        self._is_settling = self._has_asked = False
        window.document.version_changed.connect(self._look)
        window.document.look_changed.connect(self._look)
        window.workflow.rested.connect(self._look)
        window.workflow.noticed.connect(self._on_notice)
        QTimer.singleShot(_PATIENCE_MS, lambda: self._end(1, "no score came in a quarter of an hour"))

    def _look(self) -> None:
        document, workflow = self._window.document, self._window.workflow
        if document.look is None or workflow.is_busy or self._is_settling:
            return
        if document.version is not None:
            self._is_settling = True
            self._show_something()
            QTimer.singleShot(_SETTLE_MS, self._draw)
        elif not self._has_asked and workflow.session_id is not None:
            self._has_asked = True
            QTimer.singleShot(300, self._ask)

    def _ask(self) -> None:
        if self._window.document.version is None:
            self._window.workflow.compose()

    def _show_something(self) -> None:
        """Stand on a hit in the first half, as an editor would."""
        window = self._window
        markers = [marker for marker in window.document.markers() if marker.frame > 0]
        if markers:
            shown = markers[len(markers) // 3]
            window.transport.seek(shown.frame)
            window.parts.strip.select([shown.id])

    def _draw(self) -> None:
        image = self._window.grab()
        try:
            with write_beside(self._path) as unfinished:
                is_written = image.save(str(unfinished), "PNG")
        except OutputError as error:
            self._end(error.exit_code, str(error))
            return
        size = image.size()
        self._end(0 if is_written else 4, f"{self._path}: {size.width()} x {size.height()}")

    def _on_notice(self, notice: Notice) -> None:
        if notice.level == "error":
            self._end(1, notice.sentence)

    def _end(self, code: int, sentence: str) -> None:
        print(f"hitpoint panel: {sentence}", file=sys.stderr)
        self.ended.emit(code)
