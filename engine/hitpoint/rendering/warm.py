"""Worker processes that stay: their fonts are loaded once, and the next window is rendered without a start-up."""

from __future__ import annotations

import json
import pickle
import queue
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from hitpoint.model import errors
from hitpoint.model.errors import Cancelled, HitpointError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.rendering.stem import StemJob
from hitpoint.rendering.stems import start_worker
from hitpoint.rendering.window import FontJob, WindowJob

_POLL_S = 0.02

_Job = TypeVar("_Job", StemJob, WindowJob)


class WarmRenderers:
    """A few renderers that share the jobs of one request after the other; close them when done.

    A request that fails or is cancelled ends them; the next one starts new ones.
    """

    def __init__(self, count: int) -> None:
        self._count = max(1, count)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start what is not running, without waiting for it."""
        if len(self._processes) != self._count or any(process.poll() is not None for process in self._processes):
            self.close()
            self._processes = [start_worker() for _ in range(self._count)]

    def load(self, job: FontJob) -> None:
        """Have fonts loaded by every renderer; a request that comes meanwhile waits for it."""
        with self._lock:
            self.start()
            threads = [threading.Thread(target=_load, args=(process, job), daemon=True) for process in self._processes]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def close(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what was never read by the dead process cannot be flushed
                        pipe.close()
        self._processes = []

    def render(
        self,
        jobs: Sequence[_Job],
        *,
        done: Callable[[_Job], None] = lambda job: None,
        progress: Progress = SILENT,
    ) -> None:
        """Render jobs, the dearest first, and return when all are done.

        `done` is called for each as soon as it is, from a thread of its own. Raises what a renderer says, `Cancelled`.
        """
        with self._lock:
            self._render(jobs, done, progress)

    def _render(
        self,
        jobs: Sequence[_Job],
        done: Callable[[_Job], None],
        progress: Progress,
    ) -> None:
        self.start()
        waiting: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        ordered: list[_Job] = sorted(jobs, key=lambda job: (-job.cost, job.name))
        for each in ordered:
            waiting.put(each)
        failed: list[Exception] = []
        left = len(jobs)

        def serve(process: subprocess.Popen[bytes]) -> None:
            nonlocal left
            while not failed:
                try:
                    job = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    _ask(process, job)
                    left -= 1
                    done(job)
                except HitpointError as error:
                    failed.append(error)
                except (OSError, EOFError, ValueError):
                    failed.append(
                        HitpointError(
                            f"the process that rendered the {job.stem} stem died (out of memory?); close other "
                            "programs and try again"
                        )
                    )

        threads = [threading.Thread(target=serve, args=(process,), daemon=True) for process in self._processes]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_POLL_S)
                    progress.update(1.0 - left / max(1, len(jobs)), "rendering what changed")
                    if failed:
                        break
        except Cancelled as cancelled:
            failed.append(cancelled)
        if failed:
            self.close()
            for thread in threads:
                thread.join()
            raise failed[0]


def _load(process: subprocess.Popen[bytes], job: FontJob) -> None:
    with suppress(HitpointError, OSError, EOFError, ValueError):  # what is wrong is told when something is rendered
        _ask(process, job)


def _ask(process: subprocess.Popen[bytes], job: StemJob | WindowJob | FontJob) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump(job, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
    process.stdin.flush()
    for line in process.stdout:
        answer = json.loads(line)
        if "error" in answer:
            raise getattr(errors, answer["error"], HitpointError)(answer["message"])
        if "done" in answer:
            return
    raise EOFError
