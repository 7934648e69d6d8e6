"""A job of the engine, followed to its end in the background; progress and result come in the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from hitpoint.model.errors import Cancelled, HitpointError
from hitpoint_panel.background import Background
from hitpoint_panel.engine import Engine, EngineGone


class Job(QObject):
    """One job. Exactly one of `done(result)` and `failed(error)` comes, unless it is dropped.

    `progressed(share, sentence, seconds left or None)` and `previewed(values)` come in between.
    """

    progressed = pyqtSignal(float, str, object)
    previewed = pyqtSignal(object)
    done = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(
        self,
        engine: Engine,
        background: Background,
        kind: str,
        fields: Mapping[str, Any],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self._engine, self._background, self._fields = engine, background, dict(fields)
        self._job_id: str | None = None
        self._lock = threading.Lock()
        self._is_cancelled = self._is_dropped = False

    def start(self) -> None:
        """Queue it."""
        self._background.run(self._follow, self._end_well, self._end_badly)

    def cancel(self) -> None:
        """Ask it to stop; `failed(Cancelled)` comes when it has."""
        with self._lock:
            self._is_cancelled = True
            job_id = self._job_id
        if job_id is not None:
            self._background.run(lambda: self._engine.cancel(job_id))

    def drop(self) -> None:
        """Cancel it, and hear no more of it."""
        self._is_dropped = True
        self.cancel()

    def _follow(self) -> dict[str, Any]:
        if self._name(None):
            raise Cancelled("stopped on request; nothing was changed")
        job = self._engine.start_job(self.kind, self._fields)
        job_id = str(job["id"])
        if self._name(job_id):  # cancelled while it was queued
            self._engine.cancel(job_id)
        for kind, values in self._engine.events(job_id):
            if kind == "end":
                job = values
            elif kind == "progress" and not self._is_dropped:
                share = float(values.get("share") or 0.0)
                self.progressed.emit(share, str(values.get("sentence") or ""), values.get("seconds_left"))
            elif kind == "preview" and not self._is_dropped:
                self.previewed.emit(values)
        state = job.get("state")
        if state == "done":
            return self._engine.result(job_id)
        if state == "cancelled":
            raise Cancelled("stopped on request; nothing was changed")
        if state == "interrupted":
            raise EngineGone("the engine was ended while it worked; ask it again")
        raise HitpointError(_sentence(job.get("error")) or f"the work ended ({state}) without a reason; ask again")

    def _name(self, job_id: str | None) -> bool:
        """Take the engine's name of the job; return whether it was cancelled before."""
        with self._lock:
            self._job_id = job_id
            return self._is_cancelled

    def _end_well(self, result: dict[str, Any]) -> None:
        if not self._is_dropped:
            self.done.emit(result)
        self.deleteLater()

    def _end_badly(self, error: Exception) -> None:
        if not self._is_dropped:
            self.failed.emit(error)
        self.deleteLater()


def _sentence(error: Any) -> str:
    """Return the sentence of a job's error, which may be a text or an object of docs/service.md."""
    if isinstance(error, Mapping):
        return str(error.get("error") or "")
    return str(error or "")
