"""What the panel remembers for the user, in a place of its own (HITPOINT_PANEL_SETTINGS names another file)."""

from __future__ import annotations

import os
from pathlib import Path

from PyQt6.QtCore import QByteArray, QSettings

_RECENT_KEPT = 10


class Settings:
    """Typed access to QSettings; a value that cannot be read counts as not set."""

    def __init__(self) -> None:
        given = os.environ.get("HITPOINT_PANEL_SETTINGS")
        if given:
            self._store = QSettings(given, QSettings.Format.IniFormat)
        else:
            self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "hitpoint", "panel")

    def recent_cuts(self) -> list[Path]:
        """Return the cuts that were open, the newest first, without those that are gone."""
        value = self._store.value("recent_cuts", [])
        names = value if isinstance(value, list) else [value] if isinstance(value, str) and value else []
        return [path for path in (Path(str(name)) for name in names) if path.exists()]

    def add_recent_cut(self, path: Path) -> None:
        """Remember a cut as the newest."""
        kept = [str(old) for old in self.recent_cuts() if old != path]
        self._store.setValue("recent_cuts", [str(path), *kept][:_RECENT_KEPT])

    def flag(self, name: str, otherwise: bool) -> bool:
        """Return a yes or no."""
        return str(self._store.value(name, otherwise)).lower() in ("true", "1")

    def set_flag(self, name: str, value: bool) -> None:
        """Remember a yes or no."""
        self._store.setValue(name, value)

    def number(self, name: str, otherwise: float) -> float:
        """Return a number."""
        try:
            return float(self._store.value(name, otherwise))
        except (TypeError, ValueError):
            return otherwise

    def set_number(self, name: str, value: float) -> None:
        """Remember a number."""
        self._store.setValue(name, value)

    def text(self, name: str, otherwise: str = "") -> str:
        """Return a text."""
        value = self._store.value(name, otherwise)
        return value if isinstance(value, str) else otherwise

    def set_text(self, name: str, value: str) -> None:
        """Remember a text."""
        self._store.setValue(name, value)

    def layout(self, name: str) -> QByteArray | None:
        """Return how something was laid out."""
        value = self._store.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def set_layout(self, name: str, value: QByteArray) -> None:
        """Remember how something is laid out."""
        self._store.setValue(f"layout/{name}", value)

    def sync(self) -> None:
        """Write it now."""
        self._store.sync()
