"""Where Resolve, on each system, keeps its scripts, preferences and scripting library; and where our mailbox is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_MAC = Path("Library/Application Support/Blackmagic Design/DaVinci Resolve")
_APP_STORE = Path("Library/Containers/com.blackmagic-design.DaVinciResolveLite/Data/Library/Application Support")


def support_folders(
    *, platform: str = sys.platform, home: Path | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[Path, ...]:
    """Return the user's folders of Resolve, in which `Fusion/Scripts/Utility` and `Fusion/Profiles` lie.

    The first is the usual one; on a Mac the App Store build has others.
    """
    home = home or Path.home()
    if platform == "darwin":
        return (home / _MAC, home / _APP_STORE, home / _APP_STORE / "Blackmagic Design" / "DaVinci Resolve")
    if platform == "win32":
        roaming = Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
        return (roaming / "Blackmagic Design" / "DaVinci Resolve" / "Support",)
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    return tuple(dict.fromkeys((home / ".local" / "share" / "DaVinciResolve", data / "DaVinciResolve")))


def script_folders(**system: object) -> tuple[Path, ...]:
    """Return the folders whose scripts the user finds under Workspace > Scripts, the usual one first."""
    return tuple(folder / "Fusion" / "Scripts" / "Utility" for folder in support_folders(**system))  # type: ignore[arg-type]


def preference_files(**system: object) -> tuple[Path, ...]:
    """Return Fusion's preference files, the newest first."""
    found = [
        path
        for folder in support_folders(**system)  # type: ignore[arg-type]
        for path in (folder / "Fusion" / "Profiles").glob("*/Fusion.prefs")
    ]
    return tuple(sorted(found, key=_modified_s, reverse=True))


def _modified_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def scripting_modules() -> Path:
    """Return the folder of Blackmagic's Python module."""
    given = os.environ.get("RESOLVE_SCRIPT_API")
    if given:
        return Path(given) / "Modules"
    if sys.platform == "darwin":
        return Path("/", _MAC, "Developer/Scripting/Modules")
    if sys.platform == "win32":
        data = Path(os.environ.get("PROGRAMDATA") or r"C:\ProgramData")
        return data / "Blackmagic Design/DaVinci Resolve/Support/Developer/Scripting/Modules"
    return Path("/opt/resolve/Developer/Scripting/Modules")


def scripting_library() -> Path:
    """Return Blackmagic's scripting library."""
    if sys.platform == "darwin":
        return Path("/Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/Libraries/Fusion/fusionscript.so")
    if sys.platform == "win32":
        return Path(r"C:\Program Files\Blackmagic Design\DaVinci Resolve\fusionscript.dll")
    return Path("/opt/resolve/libs/Fusion/fusionscript.so")


def mailbox_folder(
    *, platform: str = sys.platform, home: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Path:
    """Return the folder of the Lua launcher's mailbox: the installer bakes this very path into the script.

    On Windows its short (8.3) form, where there is one: Resolve's `loadfile` takes the ANSI code page only.
    """
    given = environment.get("HITPOINT_MAILBOX")
    if given:
        return Path(given)
    home = home or Path.home()
    if platform == "darwin":
        return home / "Library" / "Application Support" / "hitpoint" / "resolve-mailbox"
    if platform == "win32":
        local = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return _short_path(local / "hitpoint" / "resolve-mailbox")
    state = Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state")
    return state / "hitpoint" / "resolve-mailbox"


def _short_path(folder: Path) -> Path:
    if sys.platform != "win32" or str(folder).isascii():
        return folder
    import ctypes

    folder.mkdir(parents=True, exist_ok=True)  # only what exists has a short name
    buffer = ctypes.create_unicode_buffer(1024)
    length = ctypes.windll.kernel32.GetShortPathNameW(str(folder), buffer, len(buffer))
    return Path(buffer.value) if length else folder
