"""The book of jobs: all of them in memory, every change written to the store, every event passed on.

Memory is what counts while the service runs, the store what counts after it: when the disk is full, jobs go on, and
what could not be written is written as soon as there is room.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from dataclasses import replace
from typing import Any

from hitpoint.model.errors import OutputError
from hitpoint.service.estimate import SecondsLeft
from hitpoint.service.events import EventLog
from hitpoint.service.job import Fault, Job, JobKind, JobState, now
from hitpoint.service.layout import Layout, new_id
from hitpoint.service.resume import INTERRUPTED
from hitpoint.service.store import Store

_LOG = logging.getLogger(__name__)

#: How often a job's share goes to the disk; listeners hear it at once.
_SAVE_EVERY_S = 1.0
#: Listeners hear of a new sentence, of this much more of the work, or of the time that is left.
_TELL_SHARE, _TELL_EVERY_S = 0.005, 1.0

_SENTENCES: dict[JobState, str] = {
    "done": "done",
    "cancelled": "stopped on request; nothing was changed",
    "interrupted": INTERRUPTED,
}


class JobBook:
    """All jobs, oldest first. Any thread may call."""

    def __init__(self, store: Store, layout: Layout) -> None:
        self._store, self._layout = store, layout
        self._lock = threading.RLock()
        self._jobs = {job.id: job for job in store.jobs()}
        self._logs: dict[str, EventLog] = {}
        self._estimates: dict[str, SecondsLeft] = {}
        self._saved_s: dict[str, float] = {}
        self._told: dict[str, tuple[str, float, float]] = {}
        self._unsaved: set[str] = set()

    def add(self, kind: JobKind, session_id: str | None, payload: dict[str, Any]) -> Job:
        """Write a new job down as queued; `OutputError` where it cannot be, since it would be lost."""
        job = Job(id=new_id(), kind=kind, session_id=session_id, payload=payload, created=now())
        self._store.save_job(job)
        with self._lock:
            self._jobs[job.id] = job
        return job

    def get(self, job_id: str) -> Job | None:
        """Return a job; None where there is none of that name."""
        with self._lock:
            return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """Return all jobs, oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def start(self, job_id: str) -> Job:
        """Note that a job runs now."""
        with self._lock:
            job = replace(self._jobs[job_id], state="running", started=now(), sentence="starting")
            self._estimates[job_id] = SecondsLeft()
            self._keep(job)
        self._tell_progress(job)
        return job

    def begin_again(self, job_id: str, sentence: str) -> Job:
        """Queue a job that ran once more; `sentence` says why, in its events too. Its bar begins anew."""
        with self._lock:
            job = self._jobs[job_id]
            job = replace(
                job, state="queued", share=0.0, sentence=sentence, seconds_left=None, started=None, tries=job.tries + 1
            )
            self._keep(job)
        self._tell_progress(job)
        return job

    def progress(self, job_id: str, share: float, sentence: str) -> None:
        """Note how far a running job is."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != "running":
                return
            share = max(job.share, min(1.0, share))  # a bar that goes back unsettles
            left = self._estimates.setdefault(job_id, SecondsLeft()).at(share)
            job = replace(job, share=share, sentence=sentence, seconds_left=left)
            self._keep(job, is_urgent=False)
            told, told_share, told_s = self._told.get(job_id, ("", 0.0, 0.0))
            is_news = sentence != told or share - told_share >= _TELL_SHARE
        if is_news or time.monotonic() - told_s >= _TELL_EVERY_S:
            self._tell_progress(job)

    def preview(self, job_id: str, name: str, data: Any) -> None:
        """Pass on a part of a result that is ready early."""
        self.log(job_id).add("preview", {"name": name, "data": data})

    def end(self, job_id: str, state: JobState, *, fault: Fault | None = None, sentence: str = "") -> Job:
        """Note how a job ended; the first end counts."""
        with self._lock:
            job = self._jobs[job_id]
            if job.is_ended:
                return job
            job = replace(
                job,
                state=state,
                share=1.0 if state == "done" else job.share,
                sentence=sentence or (fault.error if fault is not None else _SENTENCES.get(state, state)),
                seconds_left=None,
                fault=fault,
                ended=now(),
            )
            self._keep(job)
            self._estimates.pop(job_id, None)
            self._saved_s.pop(job_id, None)
            self._told.pop(job_id, None)
        log = self.log(job_id)
        log.add("end", job.to_plain())
        with self._lock:
            self._logs.pop(job_id, None)
        return job

    def remove(self, job_id: str) -> None:
        """Forget an ended job and remove its folder."""
        with self._lock:
            shutil.rmtree(self._layout.job(job_id), ignore_errors=True)
            self._jobs.pop(job_id, None)
            self._unsaved.discard(job_id)
            self._store.remove_job(job_id)

    def log(self, job_id: str) -> EventLog:
        """Return the events of a job."""
        with self._lock:
            log = self._logs.get(job_id)
            if log is None:
                log = EventLog(self._layout.job(job_id) / "events.jsonl")
                job = self._jobs.get(job_id)
                if job is not None and job.is_ended:
                    if not log.is_ended:  # the file was lost, or the service died before it wrote the end
                        log.add("end", job.to_plain())
                else:
                    self._logs[job_id] = log
            return log

    def save_rest(self) -> None:
        """Write what a full disk did not take."""
        with self._lock:
            for job_id in tuple(self._unsaved):
                self._keep(self._jobs[job_id])

    def _tell_progress(self, job: Job) -> None:
        with self._lock:
            self._told[job.id] = (job.sentence, job.share, time.monotonic())
        self.log(job.id).add(
            "progress", {"share": round(job.share, 4), "sentence": job.sentence, "seconds_left": job.seconds_left}
        )

    def _keep(self, job: Job, *, is_urgent: bool = True) -> None:
        self._jobs[job.id] = job
        moment_s = time.monotonic()
        if not is_urgent and moment_s - self._saved_s.get(job.id, 0.0) < _SAVE_EVERY_S:
            return
        self._saved_s[job.id] = moment_s
        try:
            self._store.save_job(job)
            self._unsaved.discard(job.id)
        except OutputError as error:
            if is_urgent:
                _LOG.error("job %s: %s", job.id, error)
                self._unsaved.add(job.id)
