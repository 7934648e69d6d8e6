"""The two calls that web clients of this field know: send a film, get it back with its score. And who is here."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from hitpoint import __version__
from hitpoint.client.address import API_VERSION
from hitpoint.files import output_error
from hitpoint.model import errors
from hitpoint.model.errors import HitpointError, OutputError
from hitpoint.service.answers import Health, JobAnswer, UploadAnswer
from hitpoint.service.bodies import GenerateBody
from hitpoint.service.engine import Engine
from hitpoint.service.failures import CallError, JsonAnswer
from hitpoint.service.guard import UPLOAD_PATH
from hitpoint.service.job import Fault, Job, now
from hitpoint.service.routes_jobs import score_payload
from hitpoint.service.uploads import Received, receive

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "additionalProperties": False,
                }
            }
        },
    }
}
_MP4: dict[int | str, dict[str, Any]] = {
    200: {"description": "the film with its score", "content": {"video/mp4": {}}},
    202: {"description": "the job, where `wait` is false", "model": JobAnswer},
}


def simple_routes(engine: Engine) -> APIRouter:
    """Return the calls."""
    router = APIRouter(tags=["simple"])
    asking = threading.Lock()

    @router.get("/health", response_model=Health)
    def health() -> Response:
        """Say that a service is here; needs no token."""
        return JsonAnswer({"name": "hitpoint", "version": __version__, "api": API_VERSION, "pid": os.getpid()})

    @router.post(UPLOAD_PATH, response_model=UploadAnswer, openapi_extra=_FORM)
    async def upload(request: Request) -> Response:
        """Send a film, as the field `file`; what comes back is the name that `generate` takes."""
        length = request.headers.get("content-length", "")
        if length.isdecimal() and not await run_sync(_has_room, int(length)):
            raise OutputError(f"there is no room for a film of {int(length) / 1e9:.1f} GB; make room on that disk")
        received = await receive(
            request.stream(),
            request.headers.get("content-type", ""),
            engine.layout,
            most_bytes=engine.settings.upload_bytes,
        )
        try:
            media = await _probed(received)
            await run_sync(_take_in, received, media)
        except BaseException:
            received.unfinished.unlink(missing_ok=True)
            raise
        return JsonAnswer({"filename": received.name, "size_bytes": received.size_bytes, **media})

    def _has_room(length_bytes: int) -> bool:
        """Return whether a film fits, after a cleanup where it did not."""
        if length_bytes > shutil.disk_usage(engine.layout.uploads).free:
            engine.dispatcher.make_room(length_bytes)
        return length_bytes <= shutil.disk_usage(engine.layout.uploads).free

    async def _probed(received: Received) -> dict[str, Any]:
        """Look at a film in a worker with limits."""
        settings = engine.settings
        payload = {
            "path": str(received.unfinished),
            "name": received.name,
            "memory_bytes": settings.probe_memory_bytes,
            "cpu_s": settings.probe_cpu_s,
            "wall_s": settings.probe_wall_s,
        }
        job = await run_sync(engine.dispatcher.submit, "probe", None, payload)
        try:
            await engine.streams.until_end(engine.book.log(job.id), every_s=settings.heartbeat_s)
            job = engine.book.get(job.id) or job
            if job.state != "done":
                raise _as_error(job)
            return dict(await run_sync(_read_probe, job.id))
        finally:
            engine.dispatcher.cancel(job.id)
            if job.is_ended:  # nobody asks for it again
                engine.book.remove(job.id)

    def _read_probe(job_id: str) -> dict[str, Any]:
        import json

        return dict(json.loads((engine.layout.job(job_id) / "result.json").read_text(encoding="utf-8")))

    def _take_in(received: Received, media: dict[str, Any]) -> None:
        path = engine.layout.upload(received.name)
        try:
            received.unfinished.replace(path)
        except OSError as error:
            raise output_error(path, error) from error
        try:
            engine.store.save_upload(received.name, media=media, created=now())
        except OutputError:
            path.unlink(missing_ok=True)
            raise

    @router.post("/generate", responses=_MP4, response_class=FileResponse)
    async def generate(body: GenerateBody) -> Response:
        """Score an upload, and return it as MP4 with its score, however long it is.

        The work is a job as any other: it can be watched and cancelled, goes on when the caller hangs up, and the same
        call again gets the same job. With `wait` false the job is answered at once, and the film is its file `video`.
        """
        settings = {
            "filename": body.filename,
            "style": body.style,
            "brief_text": body.brief,
            "seed": body.seed,
            "sound": body.sound,
            "model": body.model,
            "candidates": body.candidates,
            "device": body.device,
            "wants_video": True,
        }
        payload = await run_sync(score_payload, engine, settings)
        job = await run_sync(_same_or_new, payload)
        if not body.wait:
            return JsonAnswer(job.to_plain(), status_code=202)
        await engine.streams.until_end(engine.book.log(job.id), every_s=engine.settings.heartbeat_s)
        job = engine.book.get(job.id) or job
        if job.state != "done":
            raise _as_error(job)
        path = await run_sync(_video, job)
        if path is None:
            raise CallError(409, "the film is gone already: it was too old; do the work again")
        return FileResponse(path, media_type="video/mp4", filename=path.name)

    def _same_or_new(payload: dict[str, Any]) -> Job:
        with asking:
            for job in reversed(engine.book.all()):
                is_same = job.kind == "generate" and job.payload == payload
                if is_same and (not job.is_ended or (job.state == "done" and _video(job) is not None)):
                    return job
            return engine.dispatcher.submit("generate", None, payload)

    def _video(job: Job) -> Path | None:
        folder = engine.layout.job(job.id) / "files"
        return next((path for path in folder.glob("*.mp4") if path.is_file()), None)

    return router


def _as_error(job: Job) -> Exception:
    """Return what a job that brought nothing means for the call that waited for it."""
    if not job.is_ended:
        return CallError(409, "the service is ending; start it again and ask once more")
    if job.fault is None:
        return CallError(409, f"the work was ended ({job.state}): {job.sentence}")
    if job.kind == "probe":
        return CallError(415, _named(job, job.fault))
    kind = getattr(errors, job.fault.kind, HitpointError)
    if isinstance(kind, type) and issubclass(kind, HitpointError):
        return kind(job.fault.error)
    return HitpointError(job.fault.error)


def _named(job: Job, fault: Fault) -> str:
    """Return a fault with the name that the film has for its sender, in place of ours."""
    return fault.error.replace(Path(str(job.payload["path"])).name, str(job.payload["name"]))
