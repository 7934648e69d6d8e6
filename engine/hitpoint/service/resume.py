"""Which work that a killed service left is done once more by the next one, and why the rest is not.

Only what harms nothing when it is done twice: a version (its folder counts once it is whole) and whole scores, which
are published in one step. And only once: work that ended two services may be what ended them.
"""

from __future__ import annotations

from pathlib import Path

from hitpoint.service.job import Job, JobKind
from hitpoint.service.session_book import SessionBook

RESUMED_KINDS: frozenset[JobKind] = frozenset({"compose", "score", "generate"})
#: How often a job may be begun again.
MOST_TRIES = 1

INTERRUPTED = "the service ended while this ran; start it again"
RESUMED = "the service ended while this ran; it is done once more"


def why_not_resumed(job: Job, sessions: SessionBook) -> str:
    """Return a sentence about a job that ran when its service ended and stays so; "" where it is to be done again."""
    if job.kind not in RESUMED_KINDS:
        return INTERRUPTED
    if job.tries >= MOST_TRIES:
        return "the service ended twice while this ran; start it again, and see service.log if it happens once more"
    if job.kind == "compose":
        missing = _missing_of_session(job, sessions)
    else:
        missing = _missing_files(job.payload.get("settings", {}))
    if missing:
        return f"the service ended while this ran, and {missing}; start it again with what is there now"
    return ""


def _missing_of_session(job: Job, sessions: SessionBook) -> str:
    session_id = job.session_id or ""
    if not sessions.is_open(session_id):
        return "its session is closed"
    parent = job.payload.get("parent_version_id")
    if parent is not None and not sessions.has_version(session_id, parent):
        return f"version {parent}, on which it built, is gone"
    return _missing_files(sessions.request(session_id))


def _missing_files(settings: dict[str, object]) -> str:
    """Return which input is not there any more; `out_folder` is made, the others are read."""
    for key, value in settings.items():
        if key.endswith("_path") and key != "themes_path" and isinstance(value, str):
            try:
                is_there = Path(value).exists()
            except (OSError, ValueError):
                is_there = False
            if not is_there:
                return f"{value} is gone"
    return ""
