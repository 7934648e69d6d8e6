"""Jobs, sessions, versions, uploads and workers in SQLite: what a service must know again after `kill -9`.

Everything is written as it happens (WAL); what SQLite says is committed survives the end of the process.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hitpoint.model.errors import OutputError
from hitpoint.service.job import Fault, Job

_LOG = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, session_id TEXT,
    payload TEXT NOT NULL, state TEXT NOT NULL, share REAL NOT NULL, sentence TEXT NOT NULL, fault TEXT,
    created TEXT NOT NULL, started TEXT, ended TEXT, tries INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, cut_path TEXT NOT NULL, request TEXT NOT NULL, opened TEXT NOT NULL, used_s REAL NOT NULL,
    is_open INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS versions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, version_id TEXT NOT NULL, summary TEXT NOT NULL,
    UNIQUE (session_id, version_id));
CREATE TABLE IF NOT EXISTS uploads (
    name TEXT PRIMARY KEY, media TEXT NOT NULL, created TEXT NOT NULL, used_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS workers (pid INTEGER PRIMARY KEY, started_s REAL NOT NULL);
"""


class Store:
    """The database. Safe to call from any thread; every method raises `OutputError` where the disk does not let it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = _opened(path)

    def close(self) -> None:
        """Close it; nothing can be called any more."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with self._connection:
                    yield self._connection
            except sqlite3.Error as error:
                raise OutputError(
                    f"the service's own folder cannot be written ({error}); make room on that disk and try again"
                ) from error

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise OutputError(f"the service's own folder cannot be read ({error}); look at that disk") from error

    # jobs

    def save_job(self, job: Job) -> None:
        """Write a job, new or changed."""
        row = (
            job.id,
            job.kind,
            job.session_id,
            json.dumps(dict(job.payload)),
            job.state,
            job.share,
            job.sentence,
            None if job.fault is None else json.dumps(job.fault.to_plain()),
            job.created,
            job.started,
            job.ended,
            job.tries,
        )
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO jobs (id, kind, session_id, payload, state, share, sentence, fault, created, started, "
                "ended, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "state = excluded.state, share = excluded.share, sentence = excluded.sentence, fault = excluded.fault, "
                "started = excluded.started, ended = excluded.ended, tries = excluded.tries",
                row,
            )

    def remove_job(self, job_id: str) -> None:
        """Forget a job."""
        with self._writing() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def jobs(self) -> list[Job]:
        """Return all jobs, oldest first."""
        return [
            Job(
                id=row["id"],
                kind=row["kind"],
                session_id=row["session_id"],
                payload=json.loads(row["payload"]),
                state=row["state"],
                share=row["share"],
                sentence=row["sentence"],
                fault=None if row["fault"] is None else Fault(**json.loads(row["fault"])),
                created=row["created"],
                started=row["started"],
                ended=row["ended"],
                tries=row["tries"],
            )
            for row in self._rows("SELECT * FROM jobs ORDER BY number")
        ]

    # sessions and their versions

    def save_session(self, session_id: str, *, cut_path: str, request: dict[str, Any], opened: str) -> None:
        """Write an open session, new or opened again."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET "
                "cut_path = excluded.cut_path, request = excluded.request, used_s = excluded.used_s, is_open = 1",
                (session_id, cut_path, json.dumps(request), opened, time.time()),
            )

    def use_session(self, session_id: str) -> None:
        """Note that a session is in use now."""
        with self._writing() as connection:
            connection.execute("UPDATE sessions SET used_s = ? WHERE id = ?", (time.time(), session_id))

    def close_session(self, session_id: str) -> None:
        """Note that a session is closed; its versions are kept."""
        with self._writing() as connection:
            connection.execute("UPDATE sessions SET is_open = 0 WHERE id = ?", (session_id,))

    def remove_session(self, session_id: str) -> None:
        """Forget a session and its versions."""
        with self._writing() as connection:
            connection.execute("DELETE FROM versions WHERE session_id = ?", (session_id,))
            connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def sessions(self) -> list[sqlite3.Row]:
        """Return all sessions: id, cut_path, request (JSON), opened, used_s (seconds of the epoch), is_open."""
        return self._rows("SELECT * FROM sessions ORDER BY used_s DESC")

    def save_version(self, session_id: str, version_id: str, summary: dict[str, Any]) -> None:
        """Write a version without its report."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO versions (session_id, version_id, summary) VALUES (?, ?, ?) "
                "ON CONFLICT (session_id, version_id) DO UPDATE SET summary = excluded.summary",
                (session_id, version_id, json.dumps(summary)),
            )

    def remove_version(self, session_id: str, version_id: str) -> None:
        """Forget a version."""
        with self._writing() as connection:
            connection.execute("DELETE FROM versions WHERE session_id = ? AND version_id = ?", (session_id, version_id))

    def versions(self, session_id: str, *, limit: int = -1) -> list[dict[str, Any]]:
        """Return a session's versions, newest first."""
        query = "SELECT summary FROM versions WHERE session_id = ? ORDER BY number DESC LIMIT ?"
        return [json.loads(row["summary"]) for row in self._rows(query, session_id, limit)]

    def has_version(self, session_id: str, version_id: str) -> bool:
        """Return whether a session has a version of that name."""
        query = "SELECT 1 FROM versions WHERE session_id = ? AND version_id = ?"
        return bool(self._rows(query, session_id, version_id))

    # uploads

    def save_upload(self, name: str, *, media: dict[str, Any], created: str) -> None:
        """Write an upload that can be scored."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)", (name, json.dumps(media), created, time.time())
            )

    def use_upload(self, name: str) -> None:
        """Note that an upload is in use now."""
        with self._writing() as connection:
            connection.execute("UPDATE uploads SET used_s = ? WHERE name = ?", (time.time(), name))

    def remove_upload(self, name: str) -> None:
        """Forget an upload."""
        with self._writing() as connection:
            connection.execute("DELETE FROM uploads WHERE name = ?", (name,))

    def uploads(self) -> list[sqlite3.Row]:
        """Return all uploads: name, media (JSON), created, used_s (seconds of the epoch)."""
        return self._rows("SELECT * FROM uploads ORDER BY used_s")

    def upload_media(self, name: str) -> dict[str, Any] | None:
        """Return what is known of an upload; None where there is none of that name."""
        rows = self._rows("SELECT media FROM uploads WHERE name = ?", name)
        return json.loads(rows[0]["media"]) if rows else None

    # workers

    def add_worker(self, pid: int, started_s: float) -> None:
        """Note a process of ours, so that the next service can end it should this one be killed."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO workers VALUES (?, ?)", (pid, started_s))

    def remove_worker(self, pid: int) -> None:
        """Forget a process that has ended."""
        with self._writing() as connection:
            connection.execute("DELETE FROM workers WHERE pid = ?", (pid,))

    def workers(self) -> list[tuple[int, float]]:
        """Return (process id, start in seconds of the epoch) of every process that may still run."""
        return [(row["pid"], row["started_s"]) for row in self._rows("SELECT * FROM workers")]


def _opened(path: Path) -> sqlite3.Connection:
    """Open the database; one that is damaged is laid aside, since a service that cannot start helps nobody."""
    try:
        return _connected(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # full, read-only, locked: nothing is wrong with the file
            raise OutputError(f"{path} cannot be opened ({error}); make room, or set HITPOINT_STATE_DIR") from error
        aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
        _LOG.error("%s is damaged (%s): laid aside as %s", path, error, aside.name)
        path.replace(aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10.0, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("its own check fails")
        connection.executescript(_SCHEMA)
        if "tries" not in {row["name"] for row in connection.execute("PRAGMA table_info(jobs)")}:
            connection.execute("ALTER TABLE jobs ADD COLUMN tries INTEGER NOT NULL DEFAULT 0")  # of an older service
    except BaseException:
        connection.close()
        raise
    return connection
