"""The menus: everything that the window can do, with its key, so that nothing needs a mouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

_Standard = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a menu; `hint` is a key that is not a shortcut of its own (see `keys`). An empty label is a line."""

    name: str = ""
    label: str = ""
    act: Callable[[], None] | None = None
    key: str | QKeySequence.StandardKey | None = None
    hint: str = ""
    is_checkable: bool = False


class Actions:
    """The actions of a window by name."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._by_name: dict[str, QAction] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def add_menu(self, title: str, entries: tuple[Entry, ...]) -> QMenu:
        """Add a menu to the window's menu bar."""
        bar = self._window.menuBar()
        assert bar is not None  # a QMainWindow always makes one
        menu = QMenu(title, self._window)
        bar.addMenu(menu)
        for entry in entries:
            if not entry.label:
                menu.addSeparator()
                continue
            label = f"{entry.label}\t{entry.hint}" if entry.hint else entry.label
            action = QAction(label, self._window)
            action.setCheckable(entry.is_checkable)
            if entry.key is not None:
                action.setShortcut(QKeySequence(entry.key))
            if entry.act is not None:
                action.triggered.connect(lambda _, act=entry.act: act())
            menu.addAction(action)
            self._by_name[entry.name] = action
        return menu

    def enable(self, names: tuple[str, ...], is_enabled: bool) -> None:
        """Enable or disable some."""
        for name in names:
            self._by_name[name].setEnabled(is_enabled)


STANDARD = _Standard
