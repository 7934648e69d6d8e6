"""The panel as a child of the Python launcher: questions on standard output, answers on standard input."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.transport import CALL_LIMIT_S, decode_line, encode_line, request, result_of


class StdioTransport:
    """JSON-RPC over a pair of byte streams.

    Parameters
    ----------
    on_closed : callable, optional
        Called once, from a thread, when the other end has gone: the panel then ends as well.
    """

    rows_per_call = 1000

    def __init__(
        self,
        reader: BinaryIO,
        writer: BinaryIO,
        *,
        limit_s: float = CALL_LIMIT_S,
        on_closed: Callable[[], None] | None = None,
    ) -> None:
        self._writer = writer
        self._limit_s = limit_s
        self._on_closed = on_closed
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._one_at_a_time = threading.Lock()
        self._number = 0
        self._is_open = True
        self._thread = threading.Thread(target=self._read, args=(reader,), name="resolve-answers", daemon=True)
        self._thread.start()

    @classmethod
    def from_standard_streams(cls, *, on_closed: Callable[[], None] | None = None) -> StdioTransport:
        """Take this process's own standard streams over, before anything else reads or prints.

        Both are moved to descriptors that children do not inherit. Whatever prints to standard output afterwards, C
        libraries too, prints to standard error (the launcher's log); whatever reads standard input finds it empty.
        """
        sys.stdout.flush()
        reader, writer = os.dup(0), os.dup(1)  # not inheritable (PEP 446)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        return cls(os.fdopen(reader, "rb"), os.fdopen(writer, "wb", buffering=0), on_closed=on_closed)

    @property
    def is_open(self) -> bool:
        """Whether the launcher still listens."""
        return self._is_open

    def call(self, method: str, **params: Any) -> Any:
        """Ask and wait for the answer; after the time limit a late answer is thrown away."""
        with self._one_at_a_time:
            if not self._is_open:
                raise ResolveError("gone")
            self._number += 1
            try:
                self._writer.write(encode_line(request(self._number, method, params)))
                self._writer.flush()
            except (OSError, ValueError) as error:
                self._end()
                raise ResolveError("gone") from error
            return result_of(self._answer(self._number))

    def _answer(self, number: int) -> dict[str, Any]:
        while True:
            try:
                answer = self._answers.get(timeout=self._limit_s)
            except queue.Empty:
                raise ResolveError("timeout", f"for {self._limit_s:g} seconds") from None
            if answer is None:
                raise ResolveError("gone")
            if answer.get("id") == number:
                return answer

    def _read(self, reader: BinaryIO) -> None:
        with suppress(OSError, ValueError):
            for line in iter(reader.readline, b""):
                answer = decode_line(line)
                if answer is not None:
                    self._answers.put(answer)
        self._end()

    def _end(self) -> None:
        was_open, self._is_open = self._is_open, False
        self._answers.put(None)
        if was_open and self._on_closed is not None:
            self._on_closed()

    def close(self) -> None:
        """Close our end; the launcher then ends."""
        self._on_closed = None
        self._is_open = False
        with suppress(OSError, ValueError):
            self._writer.close()
