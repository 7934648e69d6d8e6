"""Writes MusicXML in a process of its own, beside the rendering: partitura takes a second to import and one a minute.

Run as `python -m hitpoint.delivery.notation_process` it is that process: one pickled list of jobs comes in, one line of
JSON goes out.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hitpoint.delivery.musicxml import write_musicxml
from hitpoint.model import errors
from hitpoint.model.errors import HitpointError
from hitpoint.model.music import Composition, Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class NotationJob:
    """One cue to write."""

    path: Path
    composition: Composition
    instruments: dict[str, Instrument]
    title: str


class NotationProcess:
    """The running process; `finish` waits for it."""

    def __init__(self, jobs: Sequence[NotationJob]) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if jobs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hitpoint.delivery.notation_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert self._process.stdin is not None
            with self._process.stdin as stream:
                pickle.dump(list(jobs), stream)

    def finish(self) -> tuple[str, ...]:
        """Return what could not be notated as it was written; raise what the process raised."""
        if self._process is None:
            return ()
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            line = stream.readline()
        self._process.wait()
        if not line:
            raise HitpointError("the process that writes the MusicXML died (out of memory?); close programs, try again")
        answer = json.loads(line)
        if "error" in answer:
            raise getattr(errors, answer["error"], HitpointError)(answer["message"])
        return tuple(answer["told"])

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def notation_process(jobs: Sequence[NotationJob]) -> Iterator[NotationProcess]:
    """Start the process, and see to it that it is gone at the end."""
    process = NotationProcess(jobs)
    try:
        yield process
    finally:
        process.stop()


def main() -> None:
    """Serve one list of jobs."""
    jobs: list[NotationJob] = pickle.load(sys.stdin.buffer)
    told: list[str] = []
    try:
        for job in jobs:
            told += write_musicxml(job.path, composition=job.composition, instruments=job.instruments, title=job.title)
        answer: dict[str, object] = {"told": told}
    except HitpointError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    except KeyboardInterrupt:
        return
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
