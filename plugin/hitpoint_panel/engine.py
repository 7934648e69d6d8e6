"""The engine as the panel knows it: a Protocol of blocking calls, and the one behind `hitpoint.client`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hitpoint.model.edits import BarSpan
from hitpoint.model.errors import HitpointError

if TYPE_CHECKING:
    from hitpoint.client import Client

T = TypeVar("T")


class EngineGone(HitpointError):
    """The engine does not answer, or was ended while it worked; a new connection may help."""


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
        """Queue a look, compose or export (docs/service.md); returns the job."""

    def events(self, job_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (kind, values) from the beginning to the job's end: progress, preview, end."""

    def result(self, job_id: str) -> dict[str, Any]:
        """Return what a finished job made."""

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop."""

    def close(self) -> None:
        """Let go; streams that are open end."""


class ClientEngine:
    """The user's service, through its client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def open_session(self, cut_path: Path, *, inputs: Mapping[str, str]) -> dict[str, Any]:
        """Open a cut."""
        paths: dict[str, Any] = {name: Path(path) for name, path in inputs.items()}
        return _mended(lambda: self._client.open_session(cut_path, **paths))

    def versions(self, session_id: str) -> list[dict[str, Any]]:
        """Return the versions of a session, newest first."""
        return _mended(lambda: self._client.versions(session_id))

    def version(self, session_id: str, version_id: str) -> dict[str, Any]:
        """Return a version, whole."""
        return _mended(lambda: self._client.version(session_id, version_id))

    def start_job(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Queue a job."""
        given = dict(fields)
        session_id = given.pop("session_id")
        if kind == "look":
            return _mended(lambda: self._client.look(session_id, **given))
        if kind == "compose":
            given["redo_bars"] = tuple(_bar_span(span) for span in given.get("redo_bars", ()))
            return _mended(lambda: self._client.compose(session_id, **given))
        given["folder"] = Path(given["folder"])
        version_id = given.pop("version_id")
        return _mended(lambda: self._client.export(session_id, version_id, **given))

    def events(self, job_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the job's events."""
        stream = self._client.events(job_id)
        while (event := _mended(lambda: next(stream, None))) is not None:
            yield event.name, event.data

    def result(self, job_id: str) -> dict[str, Any]:
        """Return what a finished job made."""
        return _mended(lambda: self._client.result(job_id))

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop."""
        _mended(lambda: self._client.cancel(job_id))

    def close(self) -> None:
        """Let go; the service goes on."""
        self._client.close()


def connect() -> Engine:
    """Connect to the user's service, or start one; blocks until it answers."""
    from hitpoint.client import connect_or_start

    return _mended(lambda: ClientEngine(connect_or_start()))


def _mended(call: Callable[[], T]) -> T:
    """Do a call; what a new connection may mend is `EngineGone`."""
    from hitpoint.client import ServiceGone

    try:
        return call()
    except ServiceGone as error:
        raise EngineGone(str(error)) from error
    except RuntimeError as error:  # the client was closed meanwhile
        raise EngineGone(f"the engine was let go ({error}); ask again") from error


def _bar_span(span: Mapping[str, Any]) -> Any:
    return BarSpan(cue=span["cue"], first_bar=span["first_bar"], last_bar=span["last_bar"])
