"""Ending a worker with everything that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import psutil

#: A process that started this much apart from what was noted is another one with the same number.
_SAME_START_S = 2.0


def start_options() -> dict[str, Any]:
    """Return what `subprocess.Popen` needs so that `end_tree` can find the whole tree."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def end_tree(pid: int) -> None:
    """Kill a process that was started with `start_options`, and all that it started; silent where it is gone."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    else:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            for child in (*process.children(recursive=True), process):
                with suppress(psutil.Error):
                    child.kill()


def end_own_tree() -> None:
    """End this worker and all that it started, at once."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    with suppress(psutil.Error):
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
    os._exit(1)


def end_left_over(pid: int, started_s: float) -> bool:
    """End a worker of a service that was killed, if that number still is that worker; return whether it was."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started_s) > _SAME_START_S:
            return False
    except psutil.Error:
        return False
    end_tree(pid)
    with suppress(psutil.Error):
        process.wait(timeout=5.0)
    return True


def start_time_s(pid: int) -> float:
    """Return when a process started, in seconds of the epoch."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return time.time()
