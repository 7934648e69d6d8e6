"""Calls about jobs: ask for work, follow it, fetch what came of it."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import FileResponse, Response, StreamingResponse

from hitpoint.client.edits_json import edits_to_plain
from hitpoint.service.answers import JobAnswer, JobFile
from hitpoint.service.bodies import ComposeBody, ExportBody, JobBody, LookBody, ScoreBody
from hitpoint.service.engine import Engine
from hitpoint.service.failures import CallError, JsonAnswer
from hitpoint.service.job import Job

_EVENT = {
    "type": "object",
    "description": "one event; its data is JSON",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string"},
        "event": {"enum": ["progress", "preview", "end"]},
        "data": {"type": "string"},
    },
}
_EVENT_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "progress, preview, end",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}


def job_routes(engine: Engine) -> APIRouter:
    """Return the calls."""
    router = APIRouter(tags=["jobs"])

    def known(job_id: str) -> Job:
        job = engine.book.get(job_id)
        if job is None or not job.is_listed:
            raise CallError(404, "there is no job of that name (any more); GET /jobs lists them")
        return job

    def finished(job_id: str) -> Job:
        job = known(job_id)
        if not job.is_ended:
            raise CallError(409, f"that job is {job.state}; wait for its end, which GET /jobs/{job_id}/events tells")
        if job.state != "done":
            raise CallError(409, f"that job has no result: {job.sentence}")
        return job

    @router.post("/jobs", status_code=202, response_model=JobAnswer)
    def submit(body: JobBody) -> Response:
        """Ask for work; it begins when those before it have ended."""
        if isinstance(body, ScoreBody):
            job = engine.dispatcher.submit("score", None, score_payload(engine, body.settings.model_dump()))
        else:
            job = engine.dispatcher.submit(body.kind, body.session_id, _session_payload(engine, body))
            engine.sessions.use(body.session_id)
        return JsonAnswer(job.to_plain(), status_code=202)

    @router.get("/jobs", response_model=list[JobAnswer])
    def list_jobs(
        session_id: Annotated[str | None, Query(max_length=64)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """The jobs, newest first, of one session or of all."""
        jobs = [job for job in engine.book.all() if job.is_listed and session_id in (None, job.session_id)]
        return JsonAnswer([job.to_plain() for job in reversed(jobs)][:limit])

    @router.get("/jobs/{job_id}", response_model=JobAnswer)
    def get_job(job_id: str) -> Response:
        """A job as it stands."""
        return JsonAnswer(known(job_id).to_plain())

    @router.get("/jobs/{job_id}/result", response_model=dict[str, object])
    def get_result(job_id: str) -> Response:
        """What came of a job."""
        job = finished(job_id)
        path = _result_path(engine, job)
        if path is None:
            raise CallError(409, "the result of that job is gone: it was too old; do the work again")
        return FileResponse(path, media_type="application/json")

    @router.post("/jobs/{job_id}/cancel", response_model=JobAnswer)
    def cancel(job_id: str) -> Response:
        """Stop a job; it ends within a second. One that has ended stays as it is."""
        known(job_id)
        engine.dispatcher.cancel(job_id)
        return JsonAnswer(known(job_id).to_plain())

    @router.delete("/jobs/{job_id}", status_code=204, response_class=Response)
    def delete(job_id: str) -> Response:
        """Forget a job and what of it lies in the service's own folder."""
        if not known(job_id).is_ended:
            raise CallError(409, "that job has not ended; cancel it first")
        engine.book.remove(job_id)
        return Response(status_code=204)

    @router.get("/jobs/{job_id}/events", responses=_EVENT_STREAM, response_class=StreamingResponse)
    async def events(job_id: str, last_event_id: Annotated[str | None, Header()] = None) -> Response:
        """A job's events from the beginning (after Last-Event-ID where that is given), until its end."""
        known(job_id)
        after = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 10 else 0
        stream = engine.streams.events(engine.book.log(job_id), after=after, heartbeat_s=engine.settings.heartbeat_s)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @router.get("/jobs/{job_id}/files", response_model=list[JobFile])
    def list_files(job_id: str) -> Response:
        """The files that a job wrote and that are still there."""
        files = _files(engine, finished(job_id))
        return JsonAnswer(
            [
                {"name": path.name, "kind": kind, "path": str(path), "size_bytes": path.stat().st_size}
                for kind, path in files.items()
            ]
        )

    @router.get(
        "/jobs/{job_id}/files/{name}",
        response_class=FileResponse,
        responses={200: {"description": "the file", "content": {"*/*": {}}}},
    )
    def get_file(job_id: str, name: str) -> Response:
        """A file of a job, by its name or its kind; parts of it with Range."""
        files = _files(engine, finished(job_id))
        path = files.get(name) or next((path for path in files.values() if path.name == name), None)
        if path is None:
            raise CallError(404, "that job has no file of that name; GET its files for a list")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return FileResponse(path, media_type=kind, filename=path.name)

    return router


def score_payload(engine: Engine, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what a whole score needs; that of an upload is held to limits."""
    filename = settings.pop("filename", None)
    if filename is None:
        if not Path(settings["cut_path"]).exists():
            raise CallError(404, f"{settings['cut_path']} does not exist; check the path")
        return {"settings": settings}
    media = engine.store.upload_media(filename)
    if media is None or not engine.layout.upload(filename).is_file():
        raise CallError(404, "there is no upload of that name (any more); send it with POST /upload")
    engine.store.use_upload(filename)
    path = str(engine.layout.upload(filename))
    return {"filename": filename, "settings": {**settings, "cut_path": path}, **engine.upload_limits(media)}


def _session_payload(engine: Engine, body: LookBody | ComposeBody | ExportBody) -> dict[str, Any]:
    """Return what a session's job needs; refuse what is closed or unknown."""
    if not engine.sessions.is_known(body.session_id):
        raise CallError(404, "there is no session of that name; open the cut with POST /sessions")
    if not engine.sessions.is_open(body.session_id):
        raise CallError(409, "that session is closed; open the cut again with POST /sessions")
    version_id = body.version_id if isinstance(body, ExportBody) else getattr(body, "parent_version_id", None)
    if version_id is not None and not engine.sessions.has_version(body.session_id, version_id):
        raise CallError(404, "the session has no version of that name; GET its versions for a list")
    payload = body.model_dump(exclude={"kind", "session_id", "edits"})
    if not isinstance(body, ExportBody):
        payload["edits"] = edits_to_plain(body.edits)
    return payload


def _result_path(engine: Engine, job: Job) -> Path | None:
    path = engine.layout.job(job.id) / "result.json"
    if not path.is_file():
        return None
    if job.kind == "compose" and job.session_id is not None:
        version_id = json.loads(path.read_text(encoding="utf-8"))["version_id"]
        return engine.sessions.version_path(job.session_id, version_id)
    return path


def _files(engine: Engine, job: Job) -> dict[str, Path]:
    """Return what a job wrote by kind, as far as it is still there."""
    try:
        told = json.loads((engine.layout.job(job.id) / "files.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {kind: Path(path) for kind, path in told.items() if Path(path).is_file()}
