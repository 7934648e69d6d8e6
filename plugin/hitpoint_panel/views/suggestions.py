"""Suggestions in sentences, each with a place to go to and, where the panel can do it itself, a button that does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from hitpoint_panel.views.style import style_sheet
from hitpoint_panel.views.theme import DARK, Theme

#: A suggestion: the sentence, the record frame it is about (None for none), and its kind.
Suggestion = tuple[str, int | None, str]


class Suggestions(QWidget):
    """`suggestion_activated` (its place in the list) asks to apply one, `frame_chosen` to go where it is about.

    `applicable_kinds` are what the window can apply; None for all. Of the others (a cut that only the editor can
    move) there is only the way there.
    """

    suggestion_activated = pyqtSignal(int)
    frame_chosen = pyqtSignal(int)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        theme: Theme = DARK,
        applicable_kinds: Collection[str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._suggestions: tuple[Suggestion, ...] = ()
        self._applicable_kinds = applicable_kinds
        self._list = QListWidget()
        self._list.setWordWrap(True)
        self._list.setAlternatingRowColors(True)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setAccessibleName("Suggestions")
        self._empty = QLabel("No suggestions: the hits lie well.")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setStyleSheet(f"color: {theme.muted}")
        self._go = QPushButton("&Go there")
        self._apply = QPushButton("&Apply")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._go)
        buttons.addWidget(self._apply)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._list, 1)
        whole.addWidget(self._empty, 1)
        whole.addLayout(buttons)
        self.setFocusProxy(self._list)
        self._list.itemSelectionChanged.connect(self._show_possible)
        self._list.itemDoubleClicked.connect(self._go_there)
        self._go.clicked.connect(self._go_there)
        self._apply.clicked.connect(self._apply_it)
        self.setStyleSheet(style_sheet(theme))
        self.set_suggestions(())

    def set_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """Show these; the one that was chosen stays so if it is still among them."""
        row = self._list.currentRow()
        chosen = self._suggestions[row] if 0 <= row < len(self._suggestions) else None
        self._suggestions = tuple(suggestions)
        self._list.clear()
        for sentence, _, kind in self._suggestions:
            item = QListWidgetItem(sentence)
            item.setToolTip(kind)
            self._list.addItem(item)
        if self._suggestions:
            self._list.setCurrentRow(self._suggestions.index(chosen) if chosen in self._suggestions else 0)
        self._list.setVisible(bool(self._suggestions))
        self._empty.setVisible(not self._suggestions)
        self._show_possible()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Return goes there, Control and Return applies."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            button = self._apply if event.modifiers() & Qt.KeyboardModifier.ControlModifier else self._go
            button.click()
        else:
            super().keyPressEvent(event)

    def _chosen(self) -> Suggestion | None:
        row = self._list.currentRow()
        return self._suggestions[row] if 0 <= row < len(self._suggestions) else None

    def _show_possible(self) -> None:
        chosen = self._chosen()
        kinds = self._applicable_kinds
        self._go.setEnabled(chosen is not None and chosen[1] is not None)
        self._apply.setEnabled(chosen is not None and (kinds is None or chosen[2] in kinds))

    def _go_there(self, *_: object) -> None:
        chosen = self._chosen()
        if chosen is not None and chosen[1] is not None:
            self.frame_chosen.emit(chosen[1])

    def _apply_it(self, *_: object) -> None:
        if self._chosen() is not None:
            self.suggestion_activated.emit(self._list.currentRow())
