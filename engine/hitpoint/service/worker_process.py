"""A worker as the service sees it: a process that takes a job, tells how far it is, can be stopped, and may die."""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from hitpoint.model.errors import HitpointError
from hitpoint.service.job import Fault, JobState
from hitpoint.service.process_tree import end_tree, start_options

_LOG = logging.getLogger(__name__)

_POLL_S = 0.05
#: No answer of a worker is longer; one that is comes from a worker that is not ours any more.
_LONGEST_ANSWER_BYTES = 64 << 20
_LONGEST_LOG_BYTES = 1 << 20
_JOIN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStart:
    """What a worker is for. `session` is what it keeps warm (JSON); the limits are those of each of its processes."""

    session: Mapping[str, Any] | None = None
    memory_bytes: int | None = None
    cpu_s: float | None = None

    def to_line(self) -> bytes:
        """Return the first line that the worker reads."""
        told = {"session": self.session, "memory_bytes": self.memory_bytes, "cpu_s": self.cpu_s}
        return json.dumps(told).encode() + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job ended in its worker; `told` is what `hitpoint.service.tasks` returned.

    `has_died` says that the process ended before the job did.
    """

    state: JobState
    fault: Fault | None = None
    told: Mapping[str, Any] | None = None
    has_died: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Whom a worker tells about a job, and how it is stopped.

    `cancelled` is set by whoever wants it stopped; after `grace_s` it is killed. `wall_s` limits the job as a whole.
    """

    progress: Callable[[float, str], None]
    preview: Callable[[str, Any], None]
    cancelled: threading.Event
    grace_s: float
    wall_s: float | None = None


class WorkerProcess:
    """A running worker; one thread at a time gives it jobs."""

    def __init__(self, start: WorkerStart, *, log: Path) -> None:
        self._start = start
        with _log_stream(log) as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hitpoint.service.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                **start_options(),
            )
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.used_s = time.monotonic()
        self._send(start.to_line())

    @property
    def pid(self) -> int:
        """The process's number, which is also its group's."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can take a job."""
        return self._process.poll() is None

    def run(self, job_id: str, kind: str, payload: Mapping[str, Any], folder: Path, watch: Watch) -> Outcome:
        """Have a job done and wait for its end; a worker that had to be killed is not alive after it."""
        request = {"do": "run", "id": job_id, "kind": kind, "payload": dict(payload), "folder": str(folder)}
        self._send(json.dumps(request).encode() + b"\n")
        latest_s = None if watch.wall_s is None else time.monotonic() + watch.wall_s
        asked_s: float | None = None
        while True:
            self.used_s = time.monotonic()
            if asked_s is None and watch.cancelled.is_set():
                asked_s = self.used_s
                self._send(json.dumps({"do": "cancel", "id": job_id}).encode() + b"\n")
            if asked_s is not None and self.used_s - asked_s > watch.grace_s:
                self.kill()
                return Outcome(state="cancelled")
            if latest_s is not None and self.used_s > latest_s:
                self.kill()
                return _failed(f"the work took longer than {watch.wall_s:.0f} s and was ended; give a smaller film")
            try:
                answer = self._answers.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if answer is None:
                self.kill()
                if asked_s is not None:
                    return Outcome(state="cancelled")
                return replace(_failed(self._last_words()), has_died=True)
            if answer.get("id") != job_id:
                continue
            if answer["say"] == "progress":
                watch.progress(answer["share"], answer["sentence"])
            elif answer["say"] == "preview":
                watch.preview(answer["name"], answer["data"])
            else:
                fault = Fault(**answer["fault"]) if answer["state"] == "failed" else None
                return Outcome(state=answer["state"], fault=fault, told=answer.get("told"))

    def kill(self) -> None:
        """End it at once, with all that it started."""
        end_tree(self._process.pid)
        self._process.wait()
        with suppress(OSError):
            _stream(self._process.stdin).close()
        self._reader.join(_JOIN_S)

    def _send(self, line: bytes) -> None:
        with suppress(OSError, ValueError):  # it died: `run` learns that from the end of its answers
            stream = _stream(self._process.stdin)
            stream.write(line)
            stream.flush()

    def _read(self) -> None:
        stream = _stream(self._process.stdout)
        with suppress(OSError, ValueError), stream:
            while (line := stream.readline(_LONGEST_ANSWER_BYTES)).endswith(b"\n"):
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def _last_words(self) -> str:
        """Return why a dead worker died, as one sentence."""
        code = self._process.returncode
        if sys.platform != "win32" and code is not None and code < 0:
            if -code == signal.SIGXCPU:
                return f"the work took more than {self._start.cpu_s or 0:.0f} s of processor time; give a smaller film"
            if -code == signal.SIGKILL:
                return "the process that did this was killed (out of memory?); close other programs and try again"
            return (
                f"the process that did this crashed ({signal.Signals(-code).name}: a codec or a library); try again, "
                "and if it comes back, convert the media"
            )
        return f"the process that did this ended unexpectedly (code {code}); try again, and report it if it comes back"


def _failed(sentence: str) -> Outcome:
    return Outcome(state="failed", fault=Fault.of(HitpointError(sentence)))


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _log_stream(path: Path) -> IO[bytes]:
    """Return where a worker's own words go; the log begins anew when it is long."""
    try:
        stream = path.open("ab")
        if stream.tell() > _LONGEST_LOG_BYTES:
            stream.truncate(0)
        return stream
    except OSError:
        return open(os.devnull, "ab")
