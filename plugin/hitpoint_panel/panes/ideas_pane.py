"""What only such a tool can say: suggestions about the cut, what changed in the last version, and its warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from hitpoint_panel.theme import THEME

_FRAME = Qt.ItemDataRole.UserRole
_SUGGESTION = Qt.ItemDataRole.UserRole + 1
_ONLY_YOU = "Only you can do this, in your editor: move the cut there and export it again"
_TOO_LATE = "Something was edited since; with the next version the suggestions are made anew"
_APPLY = "Do this as one step of undo, and hear it"


class IdeasPane(QWidget):
    """A list of sentences; one with a frame goes there on Return or a double click, a suggestion can be applied.

    `applied` carries the suggestion (docs/service.md).
    """

    frame_chosen = pyqtSignal(int)
    applied = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName("Suggestions and changes")
        self.list.itemActivated.connect(self._go)
        self.list.currentItemChanged.connect(self.show_possible)
        self.apply = QPushButton("App&ly")
        self.apply.clicked.connect(self._apply)
        self.go = QPushButton("&Go there")
        self.go.clicked.connect(self._go)
        row = QHBoxLayout()
        row.addWidget(self.apply)
        row.addWidget(self.go)
        row.addStretch(1)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        self._can_apply: Callable[[Mapping[str, Any]], bool] = lambda _: False
        self.show_possible()

    def set_ideas(
        self,
        suggestions: Sequence[Mapping[str, Any]],
        *,
        changed: Sequence[str],
        recut: Sequence[str],
        warnings: Sequence[str],
        can_apply: Callable[[Mapping[str, Any]], bool],
    ) -> None:
        """Show suggestions (docs/service.md) by gain, then what changed, then warnings.

        `can_apply` says of a suggestion whether it fits the edits as they stand; see also `show_possible`.
        """
        self._can_apply = can_apply
        self.list.clear()
        ordered = sorted(suggestions, key=lambda item: -float(item.get("gain") or 0.0))
        self._add("Suggestions", [str(item["sentence"]) for item in ordered], ordered)
        self._add("What is different in this version", changed)
        self._add("What the editor changed in the cut", recut)
        self._add("Good to know", warnings)
        if ordered:
            self.list.setCurrentRow(1)
        elif not self.list.count():
            self._heading("Nothing to suggest yet")
        self.show_possible()

    def show_possible(self, *_: object) -> None:
        """Ask again what can be done: another line was chosen, or the edits have changed."""
        suggestion = self._chosen(_SUGGESTION)
        self.go.setEnabled(self._chosen(_FRAME) is not None)
        self.apply.setEnabled(suggestion is not None and self._can_apply(suggestion))
        if suggestion is None or self.apply.isEnabled():
            self.apply.setToolTip(_APPLY)
        else:
            self.apply.setToolTip(_ONLY_YOU if suggestion.get("edits") is None else _TOO_LATE)

    def _heading(self, text: str) -> None:
        head = QListWidgetItem(text)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        head.setForeground(QColor(THEME.text_dim))
        self.list.addItem(head)

    def _add(self, heading: str, lines: Sequence[str], suggestions: Sequence[Mapping[str, Any]] = ()) -> None:
        if lines:
            self._heading(heading)
        for place, sentence in enumerate(lines):
            item = QListWidgetItem(sentence)
            suggestion = suggestions[place] if suggestions else None
            item.setData(_SUGGESTION, suggestion)
            if suggestion is not None and suggestion.get("frame") is not None:
                item.setData(_FRAME, int(suggestion["frame"]))
                item.setToolTip("Return goes there")
            self.list.addItem(item)

    def _chosen(self, role: int) -> Any:
        item = self.list.currentItem()
        return None if item is None else item.data(role)

    def _go(self, *_: object) -> None:
        frame = self._chosen(_FRAME)
        if frame is not None:
            self.frame_chosen.emit(frame)

    def _apply(self) -> None:
        suggestion = self._chosen(_SUGGESTION)
        if suggestion is not None:
            self.applied.emit(suggestion)
