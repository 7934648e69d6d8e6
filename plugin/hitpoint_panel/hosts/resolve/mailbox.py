"""The Lua launcher's mailbox: questions as a Lua file, answers from Fusion's preferences.

The launcher's sandbox can open no file, start nothing and listen nowhere; it can run `loadfile`, and it can save
Fusion's preferences (editors.md §2.3). One panel at a time has the mailbox.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.launcher_files import LUA_MENU_ENTRY
from hitpoint_panel.hosts.resolve.transport import CALL_LIMIT_S, request, result_of

#: The launcher gives a sign of life within this time; it looks into the mailbox four times a second at least.
ACKNOWLEDGED_S = 2.0
_SECTION = re.compile(r"HitpointBridge\s*=\s*\{([^{}]*)\}")
_ENTRY = re.compile(r'(Ack|Response|Canary)\s*=\s*"([^"]*)"')


class MailboxTransport:
    """One question at a time; the launcher's loop ends when this is closed.

    Parameters
    ----------
    folder : Path
        The mailbox, only the user's to write: what lies in it is run (with nothing in reach) inside Resolve.
    preferences : callable
        Gives Fusion's preference files, the newest first.
    """

    #: An answer is a line in a preference file, which Fusion reads and writes whole.
    rows_per_call = 200

    def __init__(
        self,
        folder: Path,
        preferences: Callable[[], Iterable[Path]],
        *,
        acknowledged_s: float = ACKNOWLEDGED_S,
        limit_s: float = CALL_LIMIT_S,
        pause_s: float = 0.02,
    ) -> None:
        self._folder = folder
        self._preferences = preferences
        self._acknowledged_s = acknowledged_s
        self._limit_s = limit_s
        self._pause_s = pause_s
        self._one_at_a_time = threading.Lock()
        self._is_closed = False
        self._is_answered = False
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._claim()

    @property
    def is_open(self) -> bool:
        """Whether the last question was answered."""
        return self._is_answered and not self._is_closed

    @property
    def request_path(self) -> Path:
        """The file with the question."""
        return self._folder / "request.lua"

    def call(self, method: str, **params: Any) -> Any:
        """Ask and wait; "no_launcher" where nobody gives a sign of life, and then the question is taken back."""
        with self._one_at_a_time:
            if self._is_closed:
                raise ResolveError("gone")
            number = secrets.token_hex(8)
            self._put(number, request(number, method, params))
            try:
                answer = self._wait(number)
                self._is_answered = True
                return result_of(answer)
            except ResolveError as error:
                self._is_answered = self._is_answered and not error.is_lost
                raise
            finally:
                with suppress(OSError):
                    self.request_path.unlink(missing_ok=True)

    def _put(self, number: str, message: dict[str, Any]) -> None:
        body = base64.b64encode(json.dumps(message).encode("ascii")).decode("ascii")
        text = f'return {{ id = "{number}", time = {int(time.time())}, body = "{body}" }}\n'
        unfinished = self.request_path.with_suffix(".tmp")
        try:
            unfinished.write_text(text, encoding="ascii")
            for attempt in range(20):
                try:
                    unfinished.replace(self.request_path)
                    break
                except PermissionError:  # on Windows, while the launcher has the question before open
                    if attempt == 19:
                        raise
                    time.sleep(self._pause_s)
        except OSError as error:
            raise ResolveError(
                "refused", sentence=f"cannot write {self.request_path} ({error.strerror}); make room, then try again"
            ) from error

    def _wait(self, number: str) -> dict[str, Any]:
        asked_s = time.monotonic()
        is_acknowledged = False
        while True:
            for entries in self._entries():
                response = entries.get("Response", "")
                if response.startswith(number + ":"):
                    answer = decode_response(response)
                    if answer is not None:
                        return answer
                is_acknowledged = is_acknowledged or entries.get("Ack") == number or response.startswith(number)
            waited_s = time.monotonic() - asked_s
            if not is_acknowledged and waited_s > self._acknowledged_s:
                raise ResolveError("no_launcher", LUA_MENU_ENTRY)
            if waited_s > self._limit_s:
                raise ResolveError("timeout", f"for {self._limit_s:g} seconds")
            time.sleep(self._pause_s if waited_s < 2.0 else 5 * self._pause_s)

    def _entries(self) -> Iterable[dict[str, str]]:
        for path in list(self._preferences())[:3]:
            try:
                yield bridge_entries(path.read_text(encoding="latin-1"))
            except OSError:
                continue  # being written, or of a profile that was deleted

    def _claim(self) -> None:
        """Take the mailbox, unless another panel that still runs has it."""
        lock = self._folder / "panel.lock"
        ours = f"{os.getpid()} {psutil.Process().create_time():.2f}"
        for _ in range(2):
            try:
                with lock.open("x", encoding="ascii") as stream:
                    stream.write(ours)
                return
            except FileExistsError:
                if _is_running(lock):
                    raise ResolveError(
                        "busy", sentence="another window of Hitpoint talks with DaVinci Resolve; close that one first"
                    ) from None
                with suppress(OSError):
                    lock.unlink()
        raise ResolveError("refused", sentence=f"{lock} cannot be taken; delete it and try again")

    def close(self) -> None:
        """End the launcher's loop where there is one, and leave the mailbox empty."""
        if self._is_closed:
            return
        if self._is_answered:
            self._acknowledged_s = min(self._acknowledged_s, 0.5)
            with suppress(ResolveError):
                self.call("stop")
        self._is_closed = True
        for name in ("panel.lock", "request.lua", "request.tmp"):
            with suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)


def bridge_entries(text: str) -> dict[str, str]:
    """Return our entries in the text of a preference file; the file may be half-written."""
    section = _SECTION.search(text)
    return dict(_ENTRY.findall(section[1])) if section else {}


def decode_response(response: str) -> dict[str, Any] | None:
    """Return the answer in "id:length:base64", or None where it is not whole."""
    _, length, body = response.split(":", 2)
    if not length.isdecimal() or len(body) != int(length):
        return None
    answer = json.loads(base64.b64decode(body).decode("utf-8", "replace"))
    return answer if isinstance(answer, dict) else None


def _is_running(lock: Path) -> bool:
    """Return whether the panel that a lock names still runs; numbers of processes are given again."""
    try:
        pid, created = lock.read_text(encoding="ascii").split()
        if int(pid) == os.getpid():
            return True
        return bool(abs(psutil.Process(int(pid)).create_time() - float(created)) < 1.0)
    except (OSError, ValueError, psutil.Error):
        return False
