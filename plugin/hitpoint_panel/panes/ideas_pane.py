"""What only such a tool can say: suggestions about the cut, what changed in the last version, and its warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from hitpoint_panel.theme import THEME

_FRAME = Qt.ItemDataRole.UserRole


class IdeasPane(QWidget):
    """A list of sentences; one with a frame goes there on Return or a double click."""

    frame_chosen = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setAccessibleName("Suggestions and changes")
        self.list.itemActivated.connect(self._on_item)
        column.addWidget(self.list)

    def set_ideas(
        self,
        suggestions: Sequence[Mapping[str, Any]],
        *,
        changed: Sequence[str],
        recut: Sequence[str],
        warnings: Sequence[str],
    ) -> None:
        """Show suggestions (docs/service.md) by gain, then what changed, then warnings."""
        self.list.clear()
        ordered = sorted(suggestions, key=lambda item: -float(item.get("gain") or 0.0))
        self._add("Suggestions", [(str(item["sentence"]), item.get("frame")) for item in ordered])
        self._add("What is different in this version", [(sentence, None) for sentence in changed])
        self._add("What the editor changed in the cut", [(sentence, None) for sentence in recut])
        self._add("Good to know", [(sentence, None) for sentence in warnings])
        if not self.list.count():
            self._add("Nothing to suggest yet", [])

    def _add(self, heading: str, lines: Sequence[tuple[str, Any]]) -> None:
        if not lines and heading != "Nothing to suggest yet":
            return
        head = QListWidgetItem(heading)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        head.setForeground(QColor(THEME.text_dim))
        self.list.addItem(head)
        for sentence, frame in lines:
            item = QListWidgetItem(sentence)
            item.setData(_FRAME, frame)
            if frame is not None:
                item.setToolTip("Return goes there")
            self.list.addItem(item)

    def _on_item(self, item: QListWidgetItem) -> None:
        frame = item.data(_FRAME)
        if frame is not None:
            self.frame_chosen.emit(int(frame))
