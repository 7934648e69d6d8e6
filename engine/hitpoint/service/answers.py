"""What calls answer, as OpenAPI tells it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from hitpoint.service.failures import ErrorBody

#: Errors that any call may meet.
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": description}
    for status, description in {
        400: "something that was given cannot be used",
        401: "no token, or the wrong one",
        403: "called from a web page, or under a foreign name",
        404: "there is nothing of that name",
        409: "not now: not finished, in use, closed, or gone",
        413: "too large",
        415: "not of a kind that can be read",
        422: "the call is malformed",
        500: "a fault of ours",
        507: "the disk is full",
    }.items()
}


class Health(BaseModel):
    """That a service is here."""

    name: Literal["hitpoint"]
    version: str
    api: str
    pid: int


class SessionAnswer(BaseModel):
    """A cut that was opened."""

    session_id: str
    cut_path: str
    name: str


class SessionDetails(SessionAnswer):
    """An open cut, what it was opened with, and its newest versions."""

    request: dict[str, Any]
    versions: list[dict[str, Any]]


class JobAnswer(BaseModel):
    """A job; times are UTC, ISO 8601."""

    id: str
    kind: Literal["look", "compose", "export", "score", "generate"]
    session_id: str | None
    state: Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
    share: float
    sentence: str
    seconds_left: float | None
    error: ErrorBody | None
    created: str
    started: str | None
    ended: str | None


class JobFile(BaseModel):
    """A file that a job wrote; `name` is also what it is fetched by."""

    name: str
    kind: str
    path: str
    size_bytes: int


class UploadAnswer(BaseModel):
    """A film that was taken in."""

    filename: str
    size_bytes: int
    duration_s: float
    width: int
    height: int
    codec: str
    frame_rate: str
    has_sound: bool
