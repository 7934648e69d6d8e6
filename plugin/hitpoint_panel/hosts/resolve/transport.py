"""The way to Resolve, behind one interface; and what a call, an answer and an error are on each of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any, Protocol

from hitpoint_panel.hosts.resolve.errors import ResolveError

#: What the launchers must speak; `PROTOCOL` in plugin/resolve/ is the other side.
PROTOCOL = 1
#: How long a call may take: Resolve blocks while it shows a dialogue or renders (editors.md §1.6, no. 25).
CALL_LIMIT_S = 180.0

_MARK = b"HITPOINT/1 "


class Transport(Protocol):
    """One way to a launcher. One request at a time; calls block, from any thread."""

    @property
    def rows_per_call(self) -> int:
        """How many items one answer should describe at most."""

    @property
    def is_open(self) -> bool:
        """Whether somebody is still there."""

    def call(self, method: str, **params: Any) -> Any:
        """Run a method (docs/resolve.md); answers are plain JSON values. Raises `ResolveError`."""

    def close(self) -> None:
        """Let go; the launcher's loop ends where it was ours to end."""


def encode_line(message: Mapping[str, Any]) -> bytes:
    """Return a message as one line: mark, checksum, JSON in ASCII."""
    body = json.dumps(message).encode("ascii")
    return _MARK + b"%08x " % zlib.crc32(body) + body + b"\n"


def decode_line(line: bytes) -> dict[str, Any] | None:
    """Return the message in a line; None where it is none or was disturbed by a stray print."""
    _, mark, rest = line.rpartition(_MARK)
    checksum, _, body = rest.rstrip(b"\r\n").partition(b" ")
    if not mark or checksum != b"%08x" % zlib.crc32(body):
        return None
    try:
        message = json.loads(body)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def request(number: int | str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON-RPC request."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": dict(params)}


def result_of(answer: Mapping[str, Any]) -> Any:
    """Return what a JSON-RPC answer holds; raise its error as a `ResolveError`."""
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    data = error.get("data") or {}
    raise ResolveError(
        str(data.get("error") or "raised"), str(data.get("detail") or error.get("message")), str(data.get("func") or "")
    )
