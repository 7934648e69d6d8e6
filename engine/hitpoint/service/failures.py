"""Every error that a call meets, as one sentence of JSON with a fitting status."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from hitpoint.model.errors import HitpointError, InputError, OutputError
from hitpoint.service.bodies import first_mistake

_LOG = logging.getLogger(__name__)

_SENTENCES = {
    404: "there is nothing of that name here; the calls are listed under /docs",
    405: "that call is not made with this method; the calls are listed under /docs",
}


class CallError(Exception):
    """A call that is answered with an error; the sentence says what, where, what to do."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class ErrorBody(BaseModel):
    """What every error looks like."""

    error: str
    kind: str
    exit_code: int


class JsonAnswer(Response):
    """JSON in plain ASCII: nothing that a call said can make an answer that cannot be sent."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def answer(status: int, sentence: str, *, error: HitpointError | None = None) -> JsonAnswer:
    """Return an error's answer; its kind follows from the status where no error of ours is behind it."""
    kind: type[HitpointError] = HitpointError
    if error is not None:
        kind = type(error)
    elif status == HTTPStatus.INSUFFICIENT_STORAGE:
        kind = OutputError
    elif status in (400, 404, 409, 413, 415, 422):
        kind = InputError
    body = {"error": sentence, "kind": kind.__name__, "exit_code": kind.exit_code}
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JsonAnswer(body, status_code=status, headers=headers)


def install(app: FastAPI) -> None:
    """Have all errors answered so."""

    @app.exception_handler(CallError)
    def _call(request: Request, error: CallError) -> Response:
        return answer(error.status, error.sentence)

    @app.exception_handler(HitpointError)
    def _own(request: Request, error: HitpointError) -> Response:
        status = 400 if isinstance(error, InputError) else 507 if isinstance(error, OutputError) else 500
        return answer(status, str(error), error=error)

    @app.exception_handler(RequestValidationError)
    def _malformed(request: Request, error: RequestValidationError) -> Response:
        return answer(422, f"the call cannot be used: {first_mistake(error.errors())}; see /docs")

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        told = answer(error.status_code, _SENTENCES.get(error.status_code, str(error.detail)))
        for name, value in (error.headers or {}).items():
            told.headers[name] = value
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            told.headers["Allow"] = ", ".join(sorted(_methods(app, request.scope["path"])))
        return told

    @app.exception_handler(Exception)
    def _fault(request: Request, error: Exception) -> Response:
        _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
        return answer(500, f"the service made a mistake ({type(error).__name__}); please report it with service.log")


def _methods(app: FastAPI, path: str) -> set[str]:
    """Return how a path may be called; the framework itself names the methods of the first call on it only."""
    return {
        method.upper()
        for template, calls in app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
        for method in calls
    }
