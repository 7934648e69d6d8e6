"""A job: what was asked for, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from hitpoint.model.errors import HitpointError

JobKind = Literal["look", "compose", "export", "score", "generate", "probe"]
JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]

#: States that a job never leaves.
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled", "interrupted"})

#: Kinds that run in their session's own worker.
SESSION_KINDS: frozenset[JobKind] = frozenset({"look", "compose", "export"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why something failed: `kind` is the name of an error of `hitpoint.model.errors`."""

    error: str
    kind: str = "HitpointError"
    exit_code: int = 1

    @classmethod
    def of(cls, error: HitpointError) -> Fault:
        """Return an error as it is told."""
        return cls(error=str(error), kind=type(error).__name__, exit_code=error.exit_code)

    def to_plain(self) -> dict[str, Any]:
        """Return the JSON of docs/service.md."""
        return {"error": self.error, "kind": self.kind, "exit_code": self.exit_code}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. Times are UTC, ISO 8601; `share` 0..1; `payload` is what the call said besides kind and session.

    `seconds_left` is an estimate, None where there is none. `is_listed` False is work of the service's own, that
    nobody asked for by name (a look at an upload). `tries` counts the services that ended while it ran.
    """

    id: str
    kind: JobKind
    session_id: str | None
    payload: Mapping[str, Any] = field(default_factory=dict)
    state: JobState = "queued"
    share: float = 0.0
    sentence: str = "waiting"
    seconds_left: float | None = None
    fault: Fault | None = None
    created: str = ""
    started: str | None = None
    ended: str | None = None
    tries: int = 0

    @property
    def is_ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in ENDED

    @property
    def is_listed(self) -> bool:
        """Whether a list of jobs shows it."""
        return self.kind != "probe"

    def to_plain(self) -> dict[str, Any]:
        """Return the JSON of docs/service.md."""
        return {
            "id": self.id,
            "kind": self.kind,
            "session_id": self.session_id,
            "state": self.state,
            "share": round(self.share, 4),
            "sentence": self.sentence,
            "seconds_left": 0.0 if self.state == "done" else self.seconds_left,
            "error": None if self.fault is None else self.fault.to_plain(),
            "created": self.created,
            "started": self.started,
            "ended": self.ended,
        }


def now() -> str:
    """Return the time, UTC, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
