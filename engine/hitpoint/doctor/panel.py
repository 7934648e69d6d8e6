"""The window: PyQt6 and the system's libraries, the service behind it, and the folder where both remember."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from hitpoint import __version__
from hitpoint.doctor.finding import Finding
from hitpoint.installation.qt_libraries import debian_packages, probe_qt

_HEALTH_TIMEOUT_S = 2.0
#: A session keeps the WAVs of its versions: nine of 17 MB a minute each.
_ROOM_GB = 5.0


def examine_panel() -> tuple[Finding, ...]:
    """Look at what the panel needs."""
    folder = state_folder()
    return (
        qt(Path(sys.executable)),
        *display(os.environ, sys.platform),
        service(folder),
        *state(folder),
    )


def state_folder() -> Path:
    """Return where service and panel keep what they must remember: HITPOINT_STATE_DIR or the system's place."""
    import platformdirs

    override = os.environ.get("HITPOINT_STATE_DIR")
    return Path(override).absolute() if override else platformdirs.user_state_path("hitpoint", appauthor=False)


def qt(python: Path) -> Finding:
    """Say whether the window can be opened with this interpreter."""
    version, missing = probe_qt(python)
    cost = "hitpoint panel cannot open its window; the command line works"
    if not version and not missing:
        return Finding("PyQt6", "warn", "not installed", cost, "python3 installer/run.py panel (or pip install pyqt6)")
    if missing:
        packages = debian_packages(missing)
        mend = f"Debian, Ubuntu: apt install {' '.join(packages)}" if packages else "install the library that is named"
        return Finding("PyQt6", "warn", f"{version or 'broken'}; {', '.join(missing)} not found", cost, mend)
    return Finding("PyQt6", "ok", version)


def display(environment: Mapping[str, str], platform: str) -> tuple[Finding, ...]:
    """Say whether there is a screen; only Linux can be without."""
    if not platform.startswith("linux"):
        return ()
    found = [name for name in ("WAYLAND_DISPLAY", "DISPLAY") if environment.get(name)]
    if found:
        return (Finding("screen", "ok", f"{found[0]}={environment[found[0]]}"),)
    return (
        Finding(
            "screen",
            "warn",
            "no WAYLAND_DISPLAY and no DISPLAY here",
            "the window cannot be opened from this terminal",
            "start it from the desktop, or by ssh -X",
        ),
    )


def service(folder: Path) -> Finding:
    """Say whether the engine's service runs, where, and of which version."""
    try:
        told = json.loads((folder / "service.json").read_text(encoding="utf-8"))
        port, pid, version = int(told["port"]), int(told["pid"]), str(told["version"])
    except FileNotFoundError:
        return Finding("service", "ok", "not running; the panel starts it")
    except (OSError, ValueError, LookupError, TypeError) as error:
        return Finding(
            "service",
            "warn",
            f"{folder / 'service.json'} cannot be read ({type(error).__name__})",
            "the panel does not find a running service",
            "end `hitpoint serve`, delete that file, start the panel again",
        )
    if not _answers(port):
        return Finding("service", "ok", f"not running; the last one was process {pid} on port {port}")
    where = f"process {pid} on 127.0.0.1:{port}, version {version}"
    if version != __version__:
        return Finding(
            "service",
            "warn",
            f"{where}; this is {__version__}",
            "the panel may not understand it",
            f"end it (process {pid}); the panel starts the new one",
        )
    return Finding("service", "ok", where)


def state(folder: Path) -> tuple[Finding, ...]:
    """Say whether the state folder can be written, is private, and has room."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        cost = "the service cannot start: it keeps its queue there"
        mend = "make it writable, or set HITPOINT_STATE_DIR to a folder of yours"
        return (Finding("state folder", "missing", f"{folder} cannot be written", cost, mend),)
    findings = []
    secret = folder / "service.json"
    is_open = os.name == "posix" and secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077
    if is_open:
        cost = "others on this machine can read the service's token and use it"
        findings.append(Finding("state folder", "warn", f"others may read {secret}", cost, f"chmod 600 {secret}"))
    free_gb = shutil.disk_usage(existing).free / 1e9
    if free_gb < _ROOM_GB:
        cost = f"room for about {free_gb * 1000 / (9 * 17):.0f} minutes of new versions"
        mend = "make room, or set HITPOINT_STATE_DIR to a folder on another disk"
        findings.append(Finding("state folder", "warn", f"{folder}: {free_gb:.1f} GB free", cost, mend))
    return tuple(findings) or (Finding("state folder", "ok", f"{folder}, {free_gb:.0f} GB free"),)


def _answers(port: int) -> bool:
    """Return whether something of ours listens on a port; no proxy is asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/health", timeout=_HEALTH_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError, urllib.error.URLError):
        return False
