"""Who works on what, and when: jobs wait in lanes, each lane runs so many at once, a thread watches each running job.

A session is a lane of its own with one worker that is kept; whole scores share one lane, looks at uploads another, both
with a fresh worker for each job. Scores with a neural model are done one after the other by a worker that is kept, so
that the model is loaded once (`hitpoint.accelerator.shelf` puts it away when it is idle).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hitpoint.model.errors import HitpointError, InputError, OutputError
from hitpoint.service.book import JobBook
from hitpoint.service.cleanup import make_room
from hitpoint.service.job import SESSION_KINDS, Fault, Job, JobKind
from hitpoint.service.layout import Layout
from hitpoint.service.process_tree import end_left_over, start_time_s
from hitpoint.service.resume import RESUMED, RESUMED_KINDS, why_not_resumed
from hitpoint.service.session_book import SessionBook
from hitpoint.service.settings import ServiceSettings
from hitpoint.service.store import Store
from hitpoint.service.worker_process import Outcome, Watch, WorkerProcess, WorkerStart

_LOG = logging.getLogger(__name__)

_PROBES_AT_ONCE = 2
_MODELS = "models"
_MODEL_DIED = (
    "the process that ran the neural model died (out of memory?); the score is made of the samples alone. Close other "
    "programs, or choose a smaller model"
)
_STOP_S = 5.0


class Dispatcher:
    """Runs the jobs of a book. Any thread may call."""

    def __init__(
        self, book: JobBook, sessions: SessionBook, store: Store, layout: Layout, settings: ServiceSettings
    ) -> None:
        self._book, self._sessions, self._store = book, sessions, store
        self._layout, self._settings = layout, settings
        self._lock = threading.RLock()
        self._running: Counter[str] = Counter()
        self._cancels: dict[str, threading.Event] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._warm: dict[str, WorkerProcess] = {}
        self._with_models: WorkerProcess | None = None
        self._to_close: set[str] = set()
        self._is_stopping = False

    def recover(self) -> None:
        """Take up what a service before this one left.

        Its workers end, what it finished counts, what it was at is done once more where that is safe (`resume`), and
        the queue goes on.
        """
        for pid, started_s in self._store.workers():
            if end_left_over(pid, started_s):
                _LOG.warning("ended worker %d of a service that was killed", pid)
            self._store.remove_worker(pid)
        for job in self._book.all():
            if job.state == "running":
                if (self._layout.job(job.id) / "result.json").is_file():
                    self._sessions.recover_version(job)
                    self._book.end(job.id, "done")
                elif why_not := why_not_resumed(job, self._sessions):
                    self._book.end(job.id, "interrupted", sentence=why_not)
                else:
                    _LOG.warning("job %s (%s) is done once more", job.id, job.kind)
                    self._book.begin_again(job.id, RESUMED)
            elif job.state == "queued" and job.kind == "probe":
                self._book.end(job.id, "interrupted")  # whoever sent the film is gone
        self._pump()

    def submit(self, kind: JobKind, session_id: str | None, payload: dict[str, Any]) -> Job:
        """Queue a job. A newer compose of a session takes the place of those that have not begun.

        Whoever asks for what is being done once more after a service's end, and panels do, gets that very job.
        """
        with self._lock:
            for job in self._book.all():
                is_alike = job.tries and not job.is_ended and (job.kind, job.session_id) == (kind, session_id)
                if is_alike and job.payload == json.loads(json.dumps(payload)):
                    return job
            waiting = [job for job in self._book.all() if job.state == "queued"]
            if len(waiting) >= self._settings.queued_jobs:
                raise InputError(f"{len(waiting)} jobs are waiting already; cancel some, or try again later")
            job = self._added(kind, session_id, payload)
            if kind == "compose":
                for older in waiting:
                    if older.kind == "compose" and older.session_id == session_id:
                        self._book.end(older.id, "cancelled", sentence="a newer request took its place")
            self._pump()
        return self._book.get(job.id) or job

    def _added(self, kind: JobKind, session_id: str | None, payload: dict[str, Any]) -> Job:
        try:
            return self._book.add(kind, session_id, payload)
        except OutputError:
            if not self.make_room():
                raise
            return self._book.add(kind, session_id, payload)

    def make_room(self, needed_bytes: int = 0) -> int:
        """Clean up what is oldest where the service's disk is full; return how many bytes that freed."""
        return make_room(self._store, self._book, self._layout, self._settings, needed_bytes=needed_bytes)

    def cancel(self, job_id: str) -> None:
        """Stop a job, whether it waits or runs; nothing happens to one that has ended."""
        with self._lock:
            job = self._book.get(job_id)
            if job is not None and job.state == "queued":
                self._book.end(job_id, "cancelled")
            elif job_id in self._cancels:
                self._cancels[job_id].set()

    def warm_up(self, session_id: str, *, is_changed: bool) -> None:
        """Start a session's worker before it is needed; where its request changed, the old one is not used again."""
        with self._lock:
            if is_changed and session_id in self._warm:
                self._retire(session_id)
            if session_id not in self._warm:
                self._session_worker(session_id)

    def close_session(self, session_id: str) -> None:
        """Stop a session's jobs and end its worker."""
        with self._lock:
            for job in self._book.all():
                if job.session_id == session_id and not job.is_ended:
                    self.cancel(job.id)
            self._retire(session_id)

    def tidy(self) -> None:
        """End workers that were not needed for long."""
        with self._lock:
            oldest_s = time.monotonic() - self._settings.warm_s
            for session_id, worker in tuple(self._warm.items()):
                if worker.used_s < oldest_s and not self._running[_lane_of_session(session_id)]:
                    self._retire(session_id)
            if self._with_models is not None and self._with_models.used_s < oldest_s and not self._running[_MODELS]:
                self._end_models()

    @property
    def is_busy(self) -> bool:
        """Whether any job waits or runs."""
        with self._lock:
            return any(not job.is_ended for job in self._book.all())

    def stop(self) -> None:
        """End all work: what runs counts as interrupted, what waits goes on with the next service."""
        with self._lock:
            self._is_stopping = True
            for cancelled in self._cancels.values():
                cancelled.set()
            threads = tuple(self._threads.values())
        for thread in threads:
            thread.join(_STOP_S)
        with self._lock:
            for session_id in tuple(self._warm):
                self._retire(session_id)
            self._end_models()

    def _pump(self) -> None:
        """Begin what can begin."""
        with self._lock:
            if self._is_stopping:
                return
            for job in self._book.all():
                if job.state != "queued":
                    continue
                lane = _lane(job)
                if self._running[lane] >= self._room(lane):
                    continue
                self._running[lane] += 1
                self._cancels[job.id] = threading.Event()
                self._book.start(job.id)
                thread = threading.Thread(target=self._work, args=(job, lane), name=f"job {job.id}", daemon=True)
                self._threads[job.id] = thread
                thread.start()

    def _room(self, lane: str) -> int:
        return {"score": self._settings.short_workers, "probe": _PROBES_AT_ONCE}.get(lane, 1)

    def _work(self, job: Job, lane: str) -> None:
        """Do one job, whatever happens, and begin the next."""
        try:
            outcome = self._outcome(job)
            is_unwritten = outcome.fault is not None and outcome.fault.kind == OutputError.__name__
            if is_unwritten and job.kind in RESUMED_KINDS and self.make_room():
                self._book.progress(job.id, 0.0, "the disk was full; old work was cleaned away, and this begins again")
                outcome = self._outcome(job)
            if outcome.has_died and lane == _MODELS and not self._cancels[job.id].is_set():
                # whatever a model does to its process, the score is written
                self._book.progress(job.id, 0.0, _MODEL_DIED)
                outcome = self._outcome(replace(job, payload=_without_model(job.payload)))
        except HitpointError as error:
            outcome = Outcome(state="failed", fault=Fault.of(error))
        except Exception as error:
            _LOG.exception("job %s", job.id)
            sentence = f"the work failed because of a fault of ours ({error!r:.300}); please report it"
            outcome = Outcome(state="failed", fault=Fault.of(HitpointError(sentence)))
        with self._lock:
            if self._is_stopping and outcome.state == "cancelled":
                outcome = Outcome(state="interrupted")
            try:
                if outcome.state == "done":
                    self._sessions.note_result(job, outcome.told or {})
            except OutputError as error:
                outcome = Outcome(state="failed", fault=Fault.of(error))
            self._running[lane] -= 1
            del self._cancels[job.id]
            del self._threads[job.id]
            if job.session_id in self._to_close:
                self._retire(job.session_id)
        self._book.end(job.id, outcome.state, fault=outcome.fault)
        self._pump()

    def _outcome(self, job: Job) -> Outcome:
        watch = Watch(
            progress=lambda share, sentence: self._book.progress(job.id, share, sentence),
            preview=lambda name, data: self._book.preview(job.id, name, data),
            cancelled=self._cancels[job.id],
            grace_s=self._settings.cancel_grace_s,
            wall_s=job.payload.get("wall_s"),
        )
        if job.kind in SESSION_KINDS:
            assert job.session_id is not None
            with self._lock:
                worker = self._session_worker(job.session_id)
        elif _lane(job) == _MODELS:
            with self._lock:
                worker = self._worker_with_models()
        else:
            limits = WorkerStart(memory_bytes=job.payload.get("memory_bytes"), cpu_s=job.payload.get("cpu_s"))
            worker = self._started(limits)
        try:
            return worker.run(job.id, job.kind, job.payload, self._layout.job(job.id), watch)
        finally:
            if job.kind not in SESSION_KINDS and _lane(job) != _MODELS:
                self._end(worker)

    def _session_worker(self, session_id: str) -> WorkerProcess:
        """Return a session's living worker, started where there is none; the one unused for longest makes room."""
        worker = self._warm.get(session_id)
        if worker is not None and worker.is_alive:
            return worker
        if worker is not None:
            self._retire(session_id)
        idle = sorted(
            (other.used_s, name) for name, other in self._warm.items() if not self._running[_lane_of_session(name)]
        )
        for _, name in idle[: max(0, len(self._warm) + 1 - self._settings.warm_sessions)]:
            self._retire(name)
        self._warm[session_id] = self._started(WorkerStart(session=self._session_start(session_id)))
        return self._warm[session_id]

    def _worker_with_models(self) -> WorkerProcess:
        """Return the living worker that keeps models, started where there is none."""
        if self._with_models is None or not self._with_models.is_alive:
            self._end_models()
            self._with_models = self._started(WorkerStart())
        return self._with_models

    def _end_models(self) -> None:
        if self._with_models is not None:
            self._end(self._with_models)
            self._with_models = None

    def _session_start(self, session_id: str) -> Mapping[str, Any]:
        return {
            "factory": self._settings.session_factory,
            "folder": str(self._layout.session(session_id)),
            "request": self._sessions.request(session_id),
        }

    def _started(self, start: WorkerStart) -> WorkerProcess:
        worker = WorkerProcess(start, log=self._layout.worker_log)
        try:
            self._store.add_worker(worker.pid, start_time_s(worker.pid))
        except OutputError:
            _LOG.warning("worker %d could not be noted", worker.pid)
        return worker

    def _retire(self, session_id: str) -> None:
        """End a session's worker, now or when its job has ended."""
        if self._running[_lane_of_session(session_id)]:
            self._to_close.add(session_id)
            return
        self._to_close.discard(session_id)
        worker = self._warm.pop(session_id, None)
        if worker is not None:
            self._end(worker)

    def _end(self, worker: WorkerProcess) -> None:
        worker.kill()
        try:
            self._store.remove_worker(worker.pid)
        except OutputError:
            _LOG.warning("worker %d could not be struck off", worker.pid)


def _without_model(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to do for a score whose model's process died: the samples alone, and the report says why."""
    settings = {**payload["settings"], "sound": "sampled", "model": None, "told": [_MODEL_DIED]}
    return {**payload, "settings": settings}


def _lane(job: Job) -> str:
    if job.kind in SESSION_KINDS:
        return _lane_of_session(job.session_id or "")
    if job.kind == "probe":
        return "probe"
    # an upload's score has limits of its own on memory and time, and a process that can be thrown away
    is_ours = job.kind == "score" and job.payload.get("memory_bytes") is None
    with_model = job.payload.get("settings", {}).get("sound", "sampled") != "sampled"
    return _MODELS if is_ours and with_model else "score"


def _lane_of_session(session_id: str) -> str:
    return f"session {session_id}"
