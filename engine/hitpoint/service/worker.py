"""`python -m hitpoint.service.worker`: does jobs for the service, in a process that may die without harm.

JSON lines on standard input: first what the worker is for, then `{"do": "run", …}` and `{"do": "cancel", …}`; JSON
lines on standard output: `progress`, `preview`, `end`. When the input ends, however that comes about, the worker ends
at once with all that it started: a service that was killed leaves nobody behind.
"""

from __future__ import annotations

import errno
import faulthandler
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from hitpoint.files import output_error
from hitpoint.model.errors import Cancelled, HitpointError, OutputError
from hitpoint.model.progress import Progress
from hitpoint.service.job import Fault
from hitpoint.service.limits import hold_to
from hitpoint.service.process_tree import end_own_tree

#: Progress is told no more often than this, unless the sentence changes.
_TELL_EVERY_S = 0.1

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Worker:
    """Reads requests in one thread, does them in the main one."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests, self._answers = requests, answers
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._answering = threading.Lock()
        self._cancelled: set[str] = set()
        self._told_s, self._told_sentence = 0.0, ""

    def serve(self) -> None:
        """Work until the requests end."""
        start = json.loads(self._requests.readline() or b"{}")
        hold_to(memory_bytes=start.get("memory_bytes"), cpu_s=start.get("cpu_s"))
        threading.Thread(target=self._listen, daemon=True).start()
        from hitpoint.service.tasks import Tasks  # after the limits, which are to hold for all of it

        tasks: Tasks | None = None
        while True:
            request = self._waiting.get()
            try:
                if tasks is None:
                    tasks = Tasks(start.get("session"))
                told = tasks.run(
                    request["kind"],
                    request["payload"],
                    Path(request["folder"]),
                    progress=self._progress(request["id"]),
                    preview=partial(self._preview, request["id"]),
                )
            except Cancelled as stopped:
                self._answer(say="end", id=request["id"], state="cancelled", fault=Fault.of(stopped).to_plain())
            except Exception as error:
                self._answer(say="end", id=request["id"], state="failed", fault=_fault_of(error).to_plain())
            else:
                self._answer(say="end", id=request["id"], state="done", told=told)

    def _listen(self) -> None:
        try:
            for line in self._requests:
                request = json.loads(line)
                if request["do"] == "cancel":
                    self._cancelled.add(request["id"])
                else:
                    self._waiting.put(request)
        finally:
            end_own_tree()

    def _preview(self, job_id: str, name: str, data: object) -> None:
        self._answer(say="preview", id=job_id, name=name, data=data)

    def _progress(self, job_id: str) -> Progress:
        self._told_sentence = ""

        def report(share: float, sentence: str) -> None:
            moment_s = time.monotonic()
            if sentence != self._told_sentence or moment_s - self._told_s >= _TELL_EVERY_S or share >= 1.0:
                self._told_s, self._told_sentence = moment_s, sentence
                self._answer(say="progress", id=job_id, share=share, sentence=sentence)

        return Progress(report, lambda: job_id in self._cancelled)

    def _answer(self, **fields: object) -> None:
        with self._answering:
            self._answers.write(json.dumps(fields).encode() + b"\n")
            self._answers.flush()


def _fault_of(error: Exception) -> Fault:
    """Return any error as one sentence; what is our fault is written to the log as well."""
    if isinstance(error, HitpointError):
        return Fault.of(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return Fault.of(output_error(Path(str(error.filename or "the result")), error))
    if isinstance(error, MemoryError):
        return Fault.of(
            HitpointError("there is not enough memory for this; close other programs, or give a smaller film")
        )
    traceback.print_exc()
    if isinstance(error, OSError):
        return Fault.of(
            OutputError(f"{error.strerror or error}: {error.filename or 'a file'} cannot be used; look at it")
        )
    return Fault.of(HitpointError(f"the work failed because of a fault of ours ({error!r:.300}); please report it"))


def main() -> None:
    """Serve the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the service, which ends its workers
    faulthandler.enable()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    try:
        Worker(sys.stdin.buffer, answers).serve()
    except BrokenPipeError:  # the service is gone; nobody is left to tell
        end_own_tree()


if __name__ == "__main__":
    main()
