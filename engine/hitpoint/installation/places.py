"""Where each system keeps what belongs to one user."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from hitpoint.model.errors import SettingError, did_you_mean

System = Literal["linux", "macos", "windows"]
SYSTEMS: tuple[str, ...] = get_args(System)


def this_system() -> System:
    """Return the system that is running; whatever is neither macOS nor Windows is arranged like Linux."""
    return "macos" if sys.platform == "darwin" else "windows" if sys.platform == "win32" else "linux"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folders of one user on one system.

    Attributes
    ----------
    home : Path
        The user's own folder.
    environment : mapping
        Variables that may move a folder (XDG_DATA_HOME, APPDATA, LOCALAPPDATA, PROGRAMFILES).
    root : Path
        The disk's root, in which system-wide programs are looked for.
    """

    system: System
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    root: Path = Path("/")

    @classmethod
    def here(cls) -> Places:
        """Return the places of the user who runs this."""
        return cls(system=this_system(), home=Path.home(), environment=os.environ)

    @classmethod
    def below(cls, home: Path, *, system: str | None = None) -> Places:
        """Return the places of a user whose home is another folder; nothing outside it is looked at.

        Raises `SettingError` for a system that does not exist.
        """
        chosen = system or this_system()
        if chosen not in SYSTEMS:
            raise SettingError(f"there is no system {chosen!r}: {did_you_mean(chosen, SYSTEMS)}")
        return cls(system=chosen, home=home.absolute(), root=home.absolute())  # type: ignore[arg-type]

    @property
    def data(self) -> Path:
        """Where our record lies."""
        if self.system == "macos":
            return self._support / "hitpoint"
        if self.system == "windows":
            return self._local / "hitpoint"
        return self._xdg_data / "hitpoint"

    @property
    def mailbox(self) -> Path:
        """The folder through which the Lua launcher talks to the panel (docs/resolve.md)."""
        given = self.environment.get("HITPOINT_MAILBOX")
        if given:
            return Path(given)
        if self.system == "macos":
            return self._support / "hitpoint" / "resolve-mailbox"
        if self.system == "windows":
            return short_path(self._local / "hitpoint" / "resolve-mailbox")
        state = Path(self.environment.get("XDG_STATE_HOME") or self.home / ".local" / "state")
        return state / "hitpoint" / "resolve-mailbox"

    @property
    def programs(self) -> Path:
        """Where the user's own entries of the menu of programs lie."""
        if self.system == "macos":
            return self.home / "Applications"
        if self.system == "windows":
            return self.roaming / "Microsoft" / "Windows" / "Start Menu" / "Programs"
        return self._xdg_data / "applications"

    @property
    def icons(self) -> Path:
        """Where Linux desktops look for the user's icons (icon-theme specification)."""
        return self._xdg_data / "icons" / "hicolor"

    @property
    def roaming(self) -> Path:
        """%APPDATA%."""
        return Path(self.environment.get("APPDATA") or self.home / "AppData" / "Roaming")

    @property
    def program_files(self) -> Path:
        """%PROGRAMFILES%."""
        return Path(self.environment.get("PROGRAMFILES") or self.root / "Program Files")

    @property
    def _local(self) -> Path:
        return Path(self.environment.get("LOCALAPPDATA") or self.home / "AppData" / "Local")

    @property
    def _support(self) -> Path:
        return self.home / "Library" / "Application Support"

    @property
    def _xdg_data(self) -> Path:
        return Path(self.environment.get("XDG_DATA_HOME") or self.home / ".local" / "share")


def short_path(folder: Path) -> Path:
    """Return a Windows folder's short (8.3) form where its name needs one: Resolve's `loadfile` takes ANSI paths only.

    The folder is made, since only what exists has a short form. Elsewhere the folder as it is.
    """
    if os.name != "nt" or str(folder).isascii():
        return folder
    import ctypes

    folder.mkdir(parents=True, exist_ok=True)
    buffer = ctypes.create_unicode_buffer(1024)
    windll: Any = vars(ctypes)["windll"]  # there on Windows only
    length = windll.kernel32.GetShortPathNameW(str(folder), buffer, len(buffer))
    return Path(buffer.value) if length else folder
