"""What lies where in the service's folder, and which names may become a part of a path."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{16}")
_VERSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_UPLOAD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}-[0-9a-f]{8}\.[a-z0-9]{2,4}")
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_STEM = 40


@dataclass(frozen=True, slots=True)
class Layout:
    """The service's folder. Names are checked here before they become a part of a path."""

    folder: Path

    @property
    def database(self) -> Path:
        """Jobs, sessions, uploads."""
        return self.folder / "service.sqlite"

    @property
    def log(self) -> Path:
        """What went wrong, for us; never a token."""
        return self.folder / "service.log"

    @property
    def worker_log(self) -> Path:
        """What workers, and the libraries in them, said before they died."""
        return self.folder / "workers.log"

    @property
    def jobs(self) -> Path:
        """One folder per job: `result.json`, `events.jsonl`, `files`."""
        return self.folder / "jobs"

    @property
    def sessions(self) -> Path:
        """One folder per session: `versions`, `work`."""
        return self.folder / "sessions"

    @property
    def uploads(self) -> Path:
        """What was sent, under names of ours."""
        return self.folder / "uploads"

    def make(self) -> None:
        """Make what is not there, readable by the user alone; a folder that was there is left as it is."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (self.jobs, self.sessions, self.uploads):
            path.mkdir(mode=0o700, exist_ok=True)
        for path in (self.database, self.log, self.worker_log):
            path.touch(mode=0o600, exist_ok=True)

    def job(self, job_id: str) -> Path:
        """Return a job's folder."""
        return self.jobs / _checked(job_id, _ID)

    def session(self, session_id: str) -> Path:
        """Return a session's folder."""
        return self.sessions / _checked(session_id, _ID)

    def version(self, session_id: str, version_id: str) -> Path:
        """Return the file that holds a version."""
        return self.session(session_id) / "versions" / f"{_checked(version_id, _VERSION_ID)}.json"

    def upload(self, name: str) -> Path:
        """Return an upload's file."""
        return self.uploads / _checked(name, _UPLOAD_NAME)


def is_id(text: str) -> bool:
    """Return whether a name is one that `new_id` or `session_id_of` gives."""
    return _ID.fullmatch(text) is not None


def is_version_id(text: str) -> bool:
    """Return whether a session's name of a version can be the name of a file."""
    return _VERSION_ID.fullmatch(text) is not None


def is_upload_name(text: str) -> bool:
    """Return whether a name is one that `upload_name` gives."""
    return _UPLOAD_NAME.fullmatch(text) is not None


def new_id() -> str:
    """Return a name that no job has."""
    return secrets.token_hex(8)


def session_id_of(cut_path: Path) -> str:
    """Return a cut's session: the same path, the same session."""
    return hashlib.sha256(os.fsencode(os.path.normcase(cut_path.resolve()))).hexdigest()[:16]


def upload_name(given: str, suffix: str) -> str:
    """Return a harmless name for an upload: letters, digits and dashes of the given one, a number, our suffix."""
    stem = re.split(r"[/\\]", given)[-1].rpartition(".")[0] or given
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    safe = _UNSAFE.sub("-", plain).strip("-")[:_LONGEST_STEM].strip("-") or "film"
    return f"{safe}-{secrets.token_hex(4)}{suffix}"


def _checked(name: str, pattern: re.Pattern[str]) -> str:
    if pattern.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no name of ours")  # a fault of ours: callers look names up before
    return name
