"""Who may call: the user alone. Stands before everything else, and counts what comes in.

A web page that the user looks at can reach 127.0.0.1 too. It does not know the token; its browser names its origin; and
a name of its own that it lets point to 127.0.0.1 (DNS rebinding) shows as a foreign Host.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hitpoint.service.failures import answer

#: What anybody on this machine may ask: whether a service is here, and how it is called. Nothing in it is the user's.
OPEN_PATHS = frozenset({"/health", "/docs", "/openapi.json"})

UPLOAD_PATH = "/upload"
#: What a form may hold besides its film.
_FORM_BYTES = 65_536


class Activity:
    """When somebody last called, and how many are being answered."""

    def __init__(self) -> None:
        self.called_s = time.monotonic()
        self.answering = 0

    @property
    def idle_s(self) -> float:
        """For how long nobody has called; 0 while somebody is being answered."""
        return 0.0 if self.answering else time.monotonic() - self.called_s


class Guard:
    """ASGI middleware: Host, Origin, token, size of the body."""

    def __init__(
        self, app: ASGIApp, *, port: int, token: str, activity: Activity, json_bytes: int, upload_bytes: int
    ) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}
        self._origins = {b"http://" + host for host in self._hosts}
        self._token = b"Bearer " + token.encode()
        self._activity = activity
        self._json_bytes, self._upload_bytes = json_bytes, upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, or answer why not."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        refusal = self._refusal(scope)
        if refusal is not None:
            return await answer(*refusal)(scope, receive, send)
        most_bytes = self._upload_bytes + _FORM_BYTES if scope["path"] == UPLOAD_PATH else self._json_bytes
        if _length(scope) > most_bytes:
            return await answer(413, _too_large(most_bytes))(scope, receive, send)
        if scope["path"] in OPEN_PATHS:
            return await self._app(scope, receive, send)
        self._activity.answering += 1
        try:
            await self._app(scope, _counted(receive, most_bytes), send)
        finally:
            self._activity.answering -= 1
            self._activity.called_s = time.monotonic()

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        hosts = _all(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 403, "this service answers under 127.0.0.1 and localhost only; call it there"
        if any(origin.lower() not in self._origins for origin in _all(scope, b"origin")):
            return 403, "web pages may not call this service; use the panel, or a program of yours"
        if any(site not in (b"same-origin", b"none") for site in _all(scope, b"sec-fetch-site")):
            return 403, "web pages may not call this service; use the panel, or a program of yours"
        if scope["path"] in OPEN_PATHS:
            return None
        given = _all(scope, b"authorization")
        if len(given) != 1 or not hmac.compare_digest(given[0], self._token):
            return 401, "this call needs the header 'Authorization: Bearer TOKEN' with the token of service.json"
        return None


def _all(scope: Scope, name: bytes) -> list[bytes]:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return [value for key, value in headers if key == name]


def _length(scope: Scope) -> int:
    try:
        return int((_all(scope, b"content-length") or [b"0"])[0])
    except ValueError:
        return 0  # the server refuses it, or counts what comes


def _counted(receive: Receive, most_bytes: int) -> Receive:
    """Count the body as it comes, whatever its header says."""
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > most_bytes:
            raise HTTPException(413, _too_large(most_bytes))
        return message

    return counted


def _too_large(most_bytes: int) -> str:
    return f"this call's body may have {most_bytes / 1e6:.1f} MB; send less"
