"""Resolve's external scripting (Studio): the launcher's own `Bridge`, called in this process."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from types import ModuleType
from typing import Any

from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.launcher_files import load_launcher
from hitpoint_panel.hosts.resolve.places import scripting_library, scripting_modules
from hitpoint_panel.hosts.resolve.transport import CALL_LIMIT_S, result_of

_ADVICE = (
    "DaVinci Resolve is not reachable from outside; it must be Studio and running, with Preferences > System > "
    "General > External scripting set to Local"
)


class DirectTransport:
    """Calls on one `resolve` object, all from one thread of its own, since Resolve's objects know no threads."""

    rows_per_call = 1000

    def __init__(self, resolve: object, *, limit_s: float = CALL_LIMIT_S) -> None:
        self._launcher = load_launcher()
        self._bridge = self._launcher.Bridge(resolve)
        self._limit_s = limit_s
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="resolve")
        self._one_at_a_time = threading.Lock()
        self._late: Future[Any] | None = None
        self.is_open = True

    def call(self, method: str, **params: Any) -> Any:
        """Run a method on Resolve's thread; while a call that ran out of time still runs, all others are refused."""
        with self._one_at_a_time:
            if not self.is_open:
                raise ResolveError("gone")
            if self._late is not None and not self._late.done():
                raise ResolveError("busy")
            message = {"id": 0, "method": method, "params": params}
            self._late = self._worker.submit(self._launcher.answer_to, self._bridge, message)
            try:
                return result_of(self._late.result(timeout=self._limit_s))
            except FutureTimeoutError:
                raise ResolveError("timeout", f"for {self._limit_s:g} seconds") from None

    def close(self) -> None:
        """Let go of Resolve; a call that hangs is left behind."""
        self.is_open = False
        self._worker.shutdown(wait=False, cancel_futures=True)


def external_resolve() -> object:
    """Return the `resolve` object of a running Resolve Studio.

    Raises `ResolveError` where Resolve's scripting modules are not installed, or nobody answers.
    """
    module = _scripting_module()
    resolve = module.scriptapp("Resolve")
    if resolve is None:
        raise ResolveError("no_launcher", sentence=_ADVICE)
    return resolve


def _scripting_module() -> ModuleType:
    folder = scripting_modules()
    os.environ.setdefault("RESOLVE_SCRIPT_API", str(folder.parent))
    os.environ.setdefault("RESOLVE_SCRIPT_LIB", str(scripting_library()))
    sys.path.append(str(folder))
    try:
        return importlib.import_module("DaVinciResolveScript")
    except (ImportError, SystemExit) as error:  # Blackmagic's module leaves the process where its library is missing
        where = "" if Path(folder).is_dir() else f" (there is no {folder})"
        raise ResolveError("no_launcher", sentence=_ADVICE + where) from error
    finally:
        sys.path.remove(str(folder))
