"""Finding the user's running service, or starting one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import psutil

from hitpoint.client.address import API_VERSION, ServiceAddress, read_address, state_folder
from hitpoint.client.faults import ServiceGone

#: A service that the panel started ends when nobody needed it for this long.
IDLE_EXIT_S = 1800.0

#: A cold start imports for some seconds on a slow disk.
START_LIMIT_S = 60.0

_HEALTH_LIMIT_S = 3.0
_POLL_S = 0.05

#: What a host program (Resolve, a debugger, a frozen application) sets for itself and would break another Python.
_FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV")
_FOREIGN_STARTS = ("LD_", "DYLD_", "QT_", "QML", "RESOLVE_", "FUSION_", "_MEIPASS")


def find_service(folder: Path | None = None) -> ServiceAddress | None:
    """Return the service that runs and answers as the one that its file tells of; None where there is none."""
    address = read_address(folder or state_folder())
    if address is None or address.api != API_VERSION or not psutil.pid_exists(address.pid):
        return None
    try:
        told = httpx.get(f"{address.url}/health", timeout=_HEALTH_LIMIT_S, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return None
    is_it = isinstance(told, dict) and told.get("name") == "hitpoint" and told.get("pid") == address.pid
    return address if is_it else None


def find_or_start(
    folder: Path | None = None, *, idle_exit_s: float | None = IDLE_EXIT_S, limit_s: float = START_LIMIT_S
) -> ServiceAddress:
    """Return the user's service, started in a process of its own where none runs.

    Two panels that start one at once get the same: the second process ends, since there is one service per user.
    Raises `ServiceGone` when none answers within `limit_s`.
    """
    place = folder or state_folder()
    found = find_service(place)
    if found is not None:
        return found
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    process = _started(place, idle_exit_s)
    latest_s = time.monotonic() + limit_s
    while time.monotonic() < latest_s:
        found = find_service(place)
        if found is not None:
            return found
        if process.poll() not in (None, 0, 1):  # 1: another one was faster, and will answer
            break
        time.sleep(_POLL_S)
    told = _last_line(place / "start.log")
    raise ServiceGone(f"the engine could not be started{told}; run `hitpoint serve` by hand to see why")


def clean_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment without what the program around us set for itself."""
    return {
        name: value
        for name, value in environment.items()
        if name not in _FOREIGN and not name.startswith(_FOREIGN_STARTS)
    }


def _started(folder: Path, idle_exit_s: float | None) -> subprocess.Popen[bytes]:
    """Start a service that outlives us, and whose output does not fill a pipe that nobody reads."""
    command = [sys.executable, "-m", "hitpoint.cli", "serve"]
    if idle_exit_s is not None:
        command += ["--idle-exit", str(idle_exit_s)]
    environment = {**clean_environment(), "HITPOINT_STATE_DIR": str(folder)}
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((folder / "start.log").open("wb"))
        common = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "cwd": str(folder), "env": environment}
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
            return subprocess.Popen(command, creationflags=flags, **common)
        return subprocess.Popen(command, start_new_session=True, **common)  # type: ignore[call-overload, no-any-return]


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    told = next((line for line in reversed(lines) if line.strip()), "")
    return f" ({told.strip()[:300]})" if told else ""
