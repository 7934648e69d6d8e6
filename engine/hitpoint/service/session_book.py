"""Which cuts are open, and which versions of their scores there are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hitpoint.model.errors import InputError
from hitpoint.service.failures import CallError
from hitpoint.service.job import Job, now
from hitpoint.service.layout import Layout, is_id, is_version_id, session_id_of
from hitpoint.service.store import Store

#: Versions that a session tells about itself; all of them are in a list of their own.
_NEWEST = 5


class SessionBook:
    """Sessions and versions, as calls ask for them. Any thread may call."""

    def __init__(self, store: Store, layout: Layout) -> None:
        self._store, self._layout = store, layout

    def open(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """Open a cut; return the session, and whether it was told anything else than before."""
        cut_path = Path(request["cut_path"])
        for key, value in request.items():
            if key.endswith("_path") and value is not None and not _exists(Path(value)):
                raise CallError(404, f"{value} does not exist; check the path")
        session_id = session_id_of(cut_path)
        before = self._row(session_id)
        is_changed = before is not None and json.loads(before["request"]) != dict(request)
        self._store.save_session(session_id, cut_path=str(cut_path), request=dict(request), opened=now())
        return {"session_id": session_id, "cut_path": str(cut_path), "name": cut_path.stem}, is_changed

    def close(self, session_id: str) -> None:
        """Note that nobody has it open."""
        self._store.close_session(session_id)

    def use(self, session_id: str) -> None:
        """Note that it is in use, so that it is not cleaned up."""
        self._store.use_session(session_id)

    def is_known(self, session_id: str) -> bool:
        """Return whether there is such a session, open or closed."""
        return self._row(session_id) is not None

    def is_open(self, session_id: str) -> bool:
        """Return whether jobs of it may run."""
        row = self._row(session_id)
        return row is not None and bool(row["is_open"])

    def request(self, session_id: str) -> dict[str, Any]:
        """Return what the cut was opened with."""
        row = self._row(session_id)
        if row is None:
            raise InputError("the session is gone; open the cut again")
        return dict(json.loads(row["request"]))

    def all_open(self) -> list[dict[str, Any]]:
        """Return the open sessions, the one used last first."""
        return [self._plain(row) for row in self._store.sessions() if row["is_open"]]

    def plain(self, session_id: str) -> dict[str, Any] | None:
        """Return an open session; None where there is none."""
        row = self._row(session_id)
        return self._plain(row) if row is not None and row["is_open"] else None

    def versions(self, session_id: str) -> list[dict[str, Any]]:
        """Return the versions, newest first, without their reports and waveforms."""
        return self._store.versions(session_id)

    def version_path(self, session_id: str, version_id: str) -> Path | None:
        """Return the file that holds a version whole; None where there is none."""
        if not (is_id(session_id) and is_version_id(version_id)):
            return None
        path = self._layout.version(session_id, version_id)
        return path if path.is_file() else None

    def has_version(self, session_id: str, version_id: str) -> bool:
        """Return whether a session has that version."""
        return self._store.has_version(session_id, version_id) or self.version_path(session_id, version_id) is not None

    def note_result(self, job: Job, told: Mapping[str, Any]) -> None:
        """Take in what a job made."""
        version = told.get("version")
        if job.kind == "compose" and job.session_id is not None and version is not None:
            self._store.save_version(job.session_id, str(version["version_id"]), dict(version))
            self._forget_all_but(job.session_id, {str(version["version_id"]), *told.get("kept", ())})

    def _forget_all_but(self, session_id: str, kept: set[str]) -> None:
        """Follow a session that keeps so many versions only."""
        for version in self._store.versions(session_id):
            version_id = str(version["version_id"])
            if version_id not in kept:
                self._store.remove_version(session_id, version_id)
                self._layout.version(session_id, version_id).unlink(missing_ok=True)

    def recover_version(self, job: Job) -> None:
        """Take in what a job made just before its service was killed."""
        if job.kind != "compose" or job.session_id is None:
            return
        from hitpoint.service.tasks import summary_of

        with suppress(OSError, ValueError, KeyError):
            result = json.loads((self._layout.job(job.id) / "result.json").read_text(encoding="utf-8"))
            path = self.version_path(job.session_id, str(result["version_id"]))
            if path is not None:
                version = json.loads(path.read_text(encoding="utf-8"))
                self._store.save_version(job.session_id, str(version["version_id"]), summary_of(version))

    def _row(self, session_id: str) -> sqlite3.Row | None:
        return next((row for row in self._store.sessions() if row["id"] == session_id), None)

    def _plain(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            "session_id": row["id"],
            "cut_path": row["cut_path"],
            "name": Path(row["cut_path"]).stem,
            "request": json.loads(row["request"]),
            "versions": self._store.versions(row["id"], limit=_NEWEST),
        }


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
