"""The keys of the transport, as editors know them, wherever the focus is, but never where they would be typing.

Space, J K L, arrows, Home and End are no QShortcuts: those would take Space from a button and letters from a field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_TYPING = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox)
_USES_SPACE = (QAbstractButton, QComboBox)
_USES_ARROWS = (QAbstractItemView, QAbstractSlider, QComboBox, QTabBar)

_LETTERS = frozenset({Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_L, Qt.Key.Key_M, Qt.Key.Key_B, Qt.Key.Key_Slash})
_ARROWS = frozenset(
    {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
)

#: (key, modifiers) -> what to do
KeyTable = Mapping[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], None]]


class TransportKeys(QObject):
    """Filters the key presses of one window. `leave_to` are widgets that have their own use for the arrows."""

    def __init__(self, window: QWidget, table: KeyTable, *, leave_to: tuple[QWidget, ...] = ()) -> None:
        super().__init__(window)
        self._window, self._table, self._leave_to = window, table, leave_to
        if (application := QApplication.instance()) is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: D102
        if event is None or event.type() != QEvent.Type.KeyPress or not isinstance(watched, QWidget):
            return False
        if not isinstance(event, QKeyEvent) or watched.window() is not self._window:
            return False
        if watched is not QApplication.focusWidget() and QApplication.focusWidget() is not None:
            return False  # the same press on its way up from the widget that had it first
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = Qt.Key(event.key())
        if modifiers == _SHIFT and (key, modifiers) not in self._table and (key, _NONE) in self._table:
            modifiers = _NONE if key in _LETTERS else modifiers  # "/" is shifted on many keyboards
        act = self._table.get((key, modifiers))
        if act is None or not self._may_take(watched, key):
            return False
        act()
        return True

    def close(self) -> None:
        """Filter no more."""
        if (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)

    def _may_take(self, widget: QWidget, key: Qt.Key) -> bool:
        if isinstance(widget, (*_TYPING, QMenu, QMenuBar)):
            return False
        if isinstance(widget, QComboBox) and key in _LETTERS:
            return False
        if key == Qt.Key.Key_Space:
            return not isinstance(widget, _USES_SPACE)
        if isinstance(widget, QAbstractItemView) and key in (Qt.Key.Key_B, Qt.Key.Key_K):
            return not widget.property("has_letters")
        if key in _ARROWS:
            is_theirs = any(widget is other or other.isAncestorOf(widget) for other in self._leave_to)
            return not (isinstance(widget, _USES_ARROWS) or is_theirs)
        return True
