"""The service's calls as methods. Blocking: in a window, call them from a worker thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from hitpoint.client.address import ServiceAddress
from hitpoint.client.edits_json import edits_to_plain
from hitpoint.client.faults import JobEnded, ServiceGone, error_of, raise_for
from hitpoint.client.sse import ServerEvent, read_events
from hitpoint.client.start import find_or_start
from hitpoint.files import write_beside
from hitpoint.model.edits import BarSpan, Edits

#: Calls are answered at once; only opening a connection to a busy machine takes longer.
_CALL_LIMIT_S = 30.0
#: The service sends a sign of life every ten seconds.
_SILENCE_LIMIT_S = 45.0
#: How often, and after how long, a broken stream is taken up again.
_RETRIES, _RETRY_S = 6, 0.25
#: The answer to an old token: another service has taken the port since.
_NOT_OURS = 401

Plain = dict[str, Any]


def connect_or_start(folder: Path | None = None) -> Client:
    """Return a client of the user's service, started where none runs; `ServiceGone` where that does not work."""
    return Client(find_or_start(folder), find_again=lambda: find_or_start(folder))


class Client:
    """Calls a service. Any number of threads may use one client at once.

    Every method raises the `HitpointError` that the service tells of, and `ServiceGone` when it does not answer. With
    `find_again` a service that has ended (it does when idle) is replaced once per call: sessions, versions and ended
    jobs are the same in the new one.
    """

    def __init__(self, address: ServiceAddress, *, find_again: Callable[[], ServiceAddress] | None = None) -> None:
        self._find_again = find_again
        self._http = httpx.Client(timeout=_CALL_LIMIT_S, trust_env=False, limits=httpx.Limits(max_connections=32))
        self._address = address

    @property
    def address(self) -> ServiceAddress:
        """The service that is called now."""
        return self._address

    def close(self) -> None:
        """Close the connections; the service goes on."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *told: object) -> None:
        self.close()

    # sessions

    def open_session(
        self,
        cut_path: Path,
        *,
        subtitles_path: Path | None = None,
        script_path: Path | None = None,
        marker_table_path: Path | None = None,
        rate: str | None = None,
        soundfont_path: Path | None = None,
    ) -> Plain:
        """Open a cut; return `{"session_id", "cut_path", "name"}`. The same cut is the same session."""
        body = {
            "cut_path": _text(cut_path),
            "subtitles_path": _text(subtitles_path),
            "script_path": _text(script_path),
            "marker_table_path": _text(marker_table_path),
            "rate": rate,
            "soundfont_path": _text(soundfont_path),
        }
        return dict(self._json("POST", "/sessions", body))

    def sessions(self) -> list[Plain]:
        """Return what is open, the one used last first."""
        return list(self._json("GET", "/sessions"))

    def session(self, session_id: str) -> Plain:
        """Return an open session with its newest versions."""
        return dict(self._json("GET", f"/sessions/{session_id}"))

    def close_session(self, session_id: str) -> None:
        """Close a session; its versions are kept for when the cut is opened again."""
        self._json("DELETE", f"/sessions/{session_id}")

    def versions(self, session_id: str) -> list[Plain]:
        """Return a session's versions, newest first, without their reports and waveforms."""
        return list(self._json("GET", f"/sessions/{session_id}/versions"))

    def version(self, session_id: str, version_id: str) -> Plain:
        """Return a version, whole."""
        return dict(self._json("GET", f"/sessions/{session_id}/versions/{version_id}"))

    # asking for work; all return the job

    def look(self, session_id: str, edits: Edits | Mapping[str, Any] | None = None) -> Plain:
        """Ask what is in the cut."""
        return self._submit({"kind": "look", "session_id": session_id, "edits": _edits(edits)})

    def compose(
        self,
        session_id: str,
        edits: Edits | Mapping[str, Any] | None = None,
        *,
        parent_version_id: str | None = None,
        redo_bars: Sequence[BarSpan] = (),
        new_take_of_stem: str | None = None,
    ) -> Plain:
        """Ask for a version of the score."""
        bars = [{"cue": span.cue, "first_bar": span.first_bar, "last_bar": span.last_bar} for span in redo_bars]
        return self._submit(
            {
                "kind": "compose",
                "session_id": session_id,
                "edits": _edits(edits),
                "parent_version_id": parent_version_id,
                "redo_bars": bars,
                "new_take_of_stem": new_take_of_stem,
            }
        )

    def export(
        self,
        session_id: str,
        version_id: str,
        *,
        folder: Path,
        what: Sequence[str],
        profile: str = "generic",
        sound: str = "sampled",
        model: str | None = None,
        candidates: int = 2,
        device: str | None = None,
    ) -> Plain:
        """Ask for a version's files: `what` are some of otio, stems, midi, cue_sheet, mp4, report.

        `sound` "hybrid" or "generated" asks for a layer by a neural `model` (docs/neural-hybrid.md).
        """
        return self._submit(
            {
                "kind": "export",
                "session_id": session_id,
                "version_id": version_id,
                "folder": _text(folder),
                "what": list(what),
                "profile": profile,
                "sound": sound,
                "model": model,
                "candidates": candidates,
                "device": device,
            }
        )

    def score(self, **settings: Any) -> Plain:
        """Ask for a whole score; the settings are those of `hitpoint score` (docs/service.md), paths as `Path`."""
        plain = {key: _text(value) if isinstance(value, Path) else value for key, value in settings.items()}
        return self._submit({"kind": "score", "settings": plain})

    # jobs

    def jobs(self, *, session_id: str | None = None, limit: int = 100) -> list[Plain]:
        """Return jobs, newest first."""
        query = {"limit": str(limit)} | ({"session_id": session_id} if session_id is not None else {})
        return list(self._json("GET", "/jobs", query=query))

    def job(self, job_id: str) -> Plain:
        """Return a job as it stands."""
        return dict(self._json("GET", f"/jobs/{job_id}"))

    def result(self, job_id: str) -> Plain:
        """Return what came of a job that is done."""
        return dict(self._json("GET", f"/jobs/{job_id}/result"))

    def cancel(self, job_id: str) -> Plain:
        """Stop a job; its `end` event comes within a second."""
        return dict(self._json("POST", f"/jobs/{job_id}/cancel"))

    def delete(self, job_id: str) -> None:
        """Forget a job that has ended."""
        self._json("DELETE", f"/jobs/{job_id}")

    def files(self, job_id: str) -> list[Plain]:
        """Return a job's files: name, kind, path, size_bytes."""
        return list(self._json("GET", f"/jobs/{job_id}/files"))

    def fetch(self, job_id: str, name: str, target: Path) -> None:
        """Copy a file of a job to `target`, which is replaced when the copy is whole."""
        with self._connected(), write_beside(target) as unfinished, unfinished.open("wb") as stream:
            request = self._request("GET", f"/jobs/{job_id}/files/{name}")
            response = self._http.send(request, stream=True)
            try:
                if not response.is_success:
                    response.read()
                raise_for(response)
                for chunk in response.iter_bytes(1 << 20):
                    stream.write(chunk)
            finally:
                response.close()

    def events(self, job_id: str, *, after: int = 0) -> Iterator[ServerEvent]:
        """Give a job's events from the beginning, or those after one, until its end; each once.

        A stream that breaks is taken up where it broke; a service that ended is found again, and then tells the end of
        what it had to leave (`interrupted`). Raises `ServiceGone` when it stays away.
        """
        failures = 0
        while True:
            try:
                for event in self._stream(job_id, after):
                    failures, after = 0, event.number
                    yield event
                    if event.name == "end":
                        return
                failures += 1  # it ended politely and too early: the service is ending
            except httpx.TransportError as error:
                failures += 1
                if failures > _RETRIES:
                    raise ServiceGone(f"the engine does not answer any more ({error}); start it again") from error
                if isinstance(error, httpx.ConnectError) and self._find_again is not None:
                    self._address = self._find_again()
            if failures > _RETRIES:
                raise ServiceGone("the engine ends each time before the job does; look at its service.log")
            time.sleep(_RETRY_S * failures)

    def wait(self, job_id: str, *, on_progress: Callable[[float, str], None] | None = None) -> Plain:
        """Wait for a job's end and return its result; raise what it failed with, `JobEnded` where it was stopped."""
        for event in self.events(job_id):
            if event.name == "progress" and on_progress is not None:
                on_progress(event.data["share"], event.data["sentence"])
            elif event.name == "end":
                return self._result_of(event.data)
        raise ServiceGone("the engine ended before the job did; start it again")

    # the simple calls

    def upload(self, film: Path) -> Plain:
        """Send a film; return `{"filename", …}`."""
        with film.open("rb") as stream, self._connected():
            response = self._http.post(
                f"{self._address.url}/upload",
                headers=self._headers(),
                files={"file": (film.name, stream)},
                timeout=None,
            )
        raise_for(response)
        return dict(response.json())

    def generate(self, filename: str, *, style: str | None = None, brief: str = "", seed: int | None = None) -> Plain:
        """Ask for an upload's score; return the job, whose file `video` is the film with it."""
        body = {"filename": filename, "style": style, "brief": brief, "seed": seed, "wait": False}
        return dict(self._json("POST", "/generate", body))

    def _submit(self, body: Plain) -> Plain:
        return dict(self._json("POST", "/jobs", body))

    def _result_of(self, job: Plain) -> Plain:
        if job["state"] == "done":
            return self.result(job["id"])
        if job["error"] is not None:
            raise error_of(job["error"]["kind"], job["error"]["error"])
        raise JobEnded(f"the work was ended ({job['state']}): {job['sentence']}")

    def _stream(self, job_id: str, after: int) -> Iterator[ServerEvent]:
        request = self._request("GET", f"/jobs/{job_id}/events")
        request.headers["Last-Event-ID"] = str(after)
        request.extensions["timeout"] = httpx.Timeout(_CALL_LIMIT_S, read=_SILENCE_LIMIT_S).as_dict()
        response = self._http.send(request, stream=True)
        try:
            if not response.is_success:
                response.read()
            raise_for(response)
            yield from read_events(response.iter_lines())
        finally:
            response.close()

    def _json(
        self, method: str, path: str, body: Plain | None = None, *, query: Mapping[str, str] | None = None
    ) -> Any:
        with self._connected():
            try:
                response = self._http.send(self._request(method, path, body, query))
            except httpx.ConnectError:
                if self._find_again is None:
                    raise
                response = None
            if self._find_again is not None and (response is None or response.status_code == _NOT_OURS):
                self._address = self._find_again()
                response = self._http.send(self._request(method, path, body, query))
        assert response is not None
        raise_for(response)
        return response.json() if response.content else None

    def _request(
        self, method: str, path: str, body: Plain | None = None, query: Mapping[str, str] | None = None
    ) -> httpx.Request:
        return self._http.build_request(
            method, f"{self._address.url}{path}", headers=self._headers(), json=body, params=query
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._address.token}"}

    @contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise ServiceGone(
                f"the engine does not answer ({error or type(error).__name__}); start it again"
            ) from error


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _edits(edits: Edits | Mapping[str, Any] | None) -> Plain:
    if edits is None:
        return {}
    return edits_to_plain(edits) if isinstance(edits, Edits) else dict(edits)
