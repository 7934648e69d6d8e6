"""The engine as the panel knows it: a Protocol of blocking calls, and the one that speaks HTTP (docs/service.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hitpoint.model.errors import HitpointError, InputError, MissingToolError, OutputError

if TYPE_CHECKING:
    import httpx


class EngineGone(HitpointError):
    """The engine does not answer: it crashed, was ended, or never started."""


class Engine(Protocol):
    """What the panel asks of an engine. Every call may block and is made from a background thread.

    Failures are `HitpointError` with one sentence; `EngineGone` where a new connection may help.
    """

    def open_session(self, cut_path: Path, *, inputs: Mapping[str, str]) -> dict[str, Any]:
        """Open a cut; `inputs` are `subtitles_path`, `script_path` … Returns the session."""

    def versions(self, session_id: str) -> list[dict[str, Any]]:
        """Return the versions of a session, newest first, without their reports."""

    def version(self, session_id: str, version_id: str) -> dict[str, Any]:
        """Return a version, whole."""

    def start_job(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Queue a job; returns it."""

    def events(self, job_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (kind, values) from the beginning to the job's end: progress, preview, end."""

    def result(self, job_id: str) -> dict[str, Any]:
        """Return what a finished job made."""

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop."""

    def close(self) -> None:
        """Let go; streams that are open end."""


_KINDS: dict[str, type[HitpointError]] = {
    "OutputError": OutputError,
    "MissingToolError": MissingToolError,
    "InputError": InputError,
}


class HttpEngine:
    """An engine behind HTTP on this machine; `url` such as http://127.0.0.1:4711, `token` from service.json."""

    def __init__(self, *, url: str, token: str) -> None:
        import httpx

        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(30.0, connect=5.0),
            trust_env=False,  # a proxy of the surroundings is not asked about this machine
        )

    def open_session(self, cut_path: Path, *, inputs: Mapping[str, str]) -> dict[str, Any]:
        """Open a cut."""
        return self._object("POST", "/sessions", {"cut_path": str(cut_path), **inputs})

    def versions(self, session_id: str) -> list[dict[str, Any]]:
        """Return the versions of a session, newest first."""
        told = self._call("GET", f"/sessions/{session_id}/versions")
        return list(told["versions"] if isinstance(told, dict) else told)

    def version(self, session_id: str, version_id: str) -> dict[str, Any]:
        """Return a version, whole."""
        return self._object("GET", f"/sessions/{session_id}/versions/{version_id}")

    def start_job(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Queue a job."""
        return self._object("POST", "/jobs", {"kind": kind, **fields})

    def result(self, job_id: str) -> dict[str, Any]:
        """Return what a finished job made."""
        return self._object("GET", f"/jobs/{job_id}/result")

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop."""
        self._call("POST", f"/jobs/{job_id}/cancel")

    def events(self, job_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the job's server-sent events."""
        import httpx

        timeout = httpx.Timeout(30.0, connect=5.0, read=60.0)
        try:
            with self._client.stream("GET", f"/jobs/{job_id}/events", timeout=timeout) as response:
                if response.status_code >= 400:
                    response.read()
                    raise _error(response)
                yield from read_events(response.iter_lines())
        except (httpx.HTTPError, RuntimeError) as error:
            raise _gone(error) from error

    def close(self) -> None:
        """Let go."""
        self._client.close()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        import httpx

        try:
            response = self._client.request(method, path, json=body)
        except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: the client was closed
            raise _gone(error) from error
        if response.status_code >= 400:
            raise _error(response)
        return response.json() if response.content else {}

    def _object(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        told = self._call(method, path, body)
        if not isinstance(told, dict):
            raise HitpointError(f"the engine answered {path} with something unknown; restart it, or update Hitpoint")
        return told


def read_events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (kind, values) of a stream of server-sent events (HTML standard §9.2.6); ends after `end`."""
    kind = ""
    data: list[str] = []
    for line in lines:
        if line == "":
            if data:
                values = json.loads("\n".join(data))
                yield kind or "message", values
                if kind == "end":
                    return
            kind, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "data":
            data.append(value)


def _error(response: httpx.Response) -> HitpointError:
    try:
        told = response.json()
        sentence, kind = str(told["error"]), str(told.get("kind", ""))
    except (ValueError, KeyError, TypeError):
        sentence, kind = f"the engine answered {response.status_code}; look into its log (`hitpoint doctor`)", ""
    made = _KINDS.get(kind)
    if made is None:
        made = InputError if 400 <= response.status_code < 500 else HitpointError
    return made(sentence)


def _gone(error: Exception) -> EngineGone:
    return EngineGone(f"the engine does not answer ({type(error).__name__}); it is started again when you go on")


def connect() -> Engine:
    """Connect to the running engine, or start one; blocks until it answers."""
    from hitpoint.client import connect_or_start

    client = connect_or_start()
    return HttpEngine(url=client.address.url, token=client.address.token)
