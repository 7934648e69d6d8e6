"""Calls about sessions and their versions."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from hitpoint.service.answers import SessionAnswer, SessionDetails
from hitpoint.service.bodies import SessionBody
from hitpoint.service.engine import Engine
from hitpoint.service.failures import CallError, JsonAnswer


def session_routes(engine: Engine) -> APIRouter:
    """Return the calls."""
    router = APIRouter(tags=["sessions"])
    sessions = engine.sessions

    def known(session_id: str) -> str:
        if not sessions.is_known(session_id):
            raise CallError(404, "there is no session of that name; open the cut with POST /sessions")
        return session_id

    @router.post("/sessions", response_model=SessionAnswer)
    def open_session(body: SessionBody) -> Response:
        """Open a cut; the same cut is the same session."""
        session, is_changed = sessions.open(body.model_dump())
        engine.dispatcher.warm_up(session["session_id"], is_changed=is_changed)
        return JsonAnswer(session)

    @router.get("/sessions", response_model=list[SessionDetails])
    def list_sessions() -> Response:
        """What is open, the one used last first."""
        return JsonAnswer(sessions.all_open())

    @router.get("/sessions/{session_id}", response_model=SessionDetails)
    def get_session(session_id: str) -> Response:
        """An open cut and its newest versions."""
        session = sessions.plain(known(session_id))
        if session is None:
            raise CallError(409, "that session is closed; open the cut again with POST /sessions")
        return JsonAnswer(session)

    @router.delete("/sessions/{session_id}", status_code=204, response_class=Response)
    def close_session(session_id: str) -> Response:
        """Close a cut: its jobs are stopped, its worker ends, its versions are kept until they are too old."""
        sessions.close(known(session_id))
        engine.dispatcher.close_session(session_id)
        return Response(status_code=204)

    @router.get("/sessions/{session_id}/versions", response_model=list[dict[str, object]])
    def list_versions(session_id: str) -> Response:
        """All versions, newest first, without their reports and waveforms."""
        return JsonAnswer(sessions.versions(known(session_id)))

    @router.get("/sessions/{session_id}/versions/{version_id}", response_model=dict[str, object])
    def get_version(session_id: str, version_id: str) -> Response:
        """A version, whole."""
        path = sessions.version_path(known(session_id), version_id)
        if path is None:
            raise CallError(404, "the session has no version of that name; GET its versions for a list")
        return FileResponse(path, media_type="application/json")

    return router
