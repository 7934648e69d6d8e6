"""All stems of a cut, in parallel worker processes."""

from __future__ import annotations

import functools
import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from hitpoint.model import errors
from hitpoint.model.audio import StemFile
from hitpoint.model.errors import HitpointError, OutputError
from hitpoint.model.music import STEM_NAMES, Instrument, Performance, PerformedNote
from hitpoint.model.progress import SILENT, Progress
from hitpoint.rendering.soundfont import Preset, SoundFontFile, read_soundfont
from hitpoint.rendering.stem import StemJob
from hitpoint.rendering.synth import Line

_POLL_S = 0.1

#: Lines of a stem whose seats lie nearer together than this share a file: 0, 0.25, 0.5, 0.75, 1. It is half a row of
#: the stage or 2.5 dB of hall, and keeps it at one to three files a stem.
_DEPTH_STEP = 0.25


def render_stems(
    performances: tuple[Performance, ...],
    *,
    soundfont: Path,
    instruments: Mapping[str, Instrument],
    work_folder: Path,
    start_sample: int,
    length_samples: int,
    processes: int | None = None,
    progress: Progress = SILENT,
) -> tuple[StemFile, ...]:
    """Render all cues into dry files, one per stem and depth that have notes, each covering the same record range.

    Parameters
    ----------
    performances : tuple of Performance
        All cues of the cut.
    work_folder : Path
        Gets `STEM-DEPTH.f32` (depth in hundredths): raw interleaved stereo float32, little-endian, 48 kHz; silence is
        a hole in the file.
    start_sample, length_samples : int
        The record range; notes before it start at its first sample, sound after it is dropped.
    processes : int | None
        Worker processes; None is one per core. More than there are files are never started.

    Raises
    ------
    SoundFontError, OutputError, Cancelled
    """
    jobs = _jobs(performances, soundfont, instruments, work_folder, start_sample, length_samples)
    try:
        work_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write in {work_folder} ({error.strerror}); choose another folder") from error
    progress.update(0.0, "rendering the stems")
    _Workers(jobs, min(len(jobs), processes or os.cpu_count() or 1)).run(progress)
    return tuple(
        StemFile(
            stem=job.stem, path=job.path, start_sample=start_sample, length_samples=length_samples, depth=job.depth
        )
        for job in sorted(jobs, key=lambda job: (STEM_NAMES.index(job.stem), job.depth))
    )


def layer_depth(instrument: Instrument) -> float:
    """Return the depth 0 (front) .. 1 (back) of the file that an instrument is rendered into."""
    return _DEPTH_STEP * round(instrument.depth / _DEPTH_STEP)


def _jobs(
    performances: tuple[Performance, ...],
    soundfont: Path,
    instruments: Mapping[str, Instrument],
    work_folder: Path,
    start_sample: int,
    length_samples: int,
) -> list[StemJob]:
    """Return one job per stem and depth that have notes, the dearest first (so that the last ones fill the gaps)."""
    lines = layer_lines(performances, read_soundfont(soundfont), instruments)  # a bad font is found here
    jobs = [
        StemJob(
            stem=stem,
            depth=depth,
            soundfont=soundfont,
            lines=tuple(layer),
            path=work_folder / f"{stem}-{100 * depth:03.0f}.f32",
            start_sample=start_sample,
            length_samples=length_samples,
        )
        for (stem, depth), layer in lines.items()
    ]
    return sorted(jobs, key=lambda job: (-job.cost, job.name))


def layer_lines(
    performances: tuple[Performance, ...], soundfont: SoundFontFile, instruments: Mapping[str, Instrument]
) -> dict[tuple[str, float], list[Line]]:
    """Return the lines of every stem and depth that have notes, on presets that the font has."""
    nearest_preset = functools.cache(soundfont.nearest_preset)
    lines: dict[tuple[str, float], list[Line]] = {}
    for performance in performances:
        for part in performance.parts:
            if part.notes:
                instrument = instruments[part.instrument_id]
                notes = part.notes
                if any(nearest_preset(preset) != preset for preset in {(note.bank, note.program) for note in notes}):
                    notes = tuple(_on_preset(note, nearest_preset((note.bank, note.program))) for note in notes)
                line = Line(notes, part.controls, pan=instrument.seat, gain_db=instrument.gain_db)
                lines.setdefault((part.stem, layer_depth(instrument)), []).append(line)
    return lines


def _on_preset(note: PerformedNote, preset: Preset) -> PerformedNote:
    return note if preset == (note.bank, note.program) else replace(note, bank=preset[0], program=preset[1])


class _Workers:
    """A few worker processes that share a list of jobs; one thread per worker talks to it."""

    def __init__(self, jobs: list[StemJob], count: int) -> None:
        self._waiting: queue.SimpleQueue[StemJob] = queue.SimpleQueue()
        for job in jobs:
            self._waiting.put(job)
        self._costs = {job.name: max(1, job.cost) for job in jobs}
        self._fractions = dict.fromkeys(self._costs, 0.0)
        self._errors: list[HitpointError] = []
        self._count = count

    def run(self, progress: Progress) -> None:
        """Wait for all jobs; on an error or a stop, end all workers before raising."""
        total = sum(self._costs.values())
        processes: list[subprocess.Popen[bytes]] = []
        threads: list[threading.Thread] = []
        try:
            for _ in range(self._count):
                processes.append(start_worker())
                threads.append(threading.Thread(target=self._serve, args=(processes[-1],), daemon=True))
                threads[-1].start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(_POLL_S)
                    done = sum(cost * self._fractions[name] for name, cost in self._costs.items())
                    progress.update(done / total if total else 1.0, "rendering the stems")
                    if self._errors:
                        raise self._errors[0]
        finally:
            for process in processes:
                process.kill()
            for process in processes:
                process.wait()
            for thread in threads:
                thread.join()
        if self._errors:
            raise self._errors[0]
        progress.update(1.0, "rendering the stems")

    def _serve(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError), process.stdin, process.stdout:  # a dead worker's pipe cannot be flushed either
            while not self._errors:
                try:
                    job = self._waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    pickle.dump(job, process.stdin)
                    process.stdin.flush()
                    self._follow(job, process)
                except HitpointError as error:  # first: OutputError is an OSError too
                    self._errors.append(error)
                except (OSError, EOFError, ValueError):
                    self._errors.append(
                        HitpointError(
                            f"the process that rendered the {job.stem} stem died (out of memory?); "
                            f"close other programs and try again"
                        )
                    )

    def _follow(self, job: StemJob, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            answer = json.loads(line)
            if "error" in answer:
                raise getattr(errors, answer["error"], HitpointError)(answer["message"])
            if "done" in answer:
                self._fractions[job.name] = 1.0
                return
            self._fractions[job.name] = answer["fraction"]
        raise EOFError


def start_worker() -> subprocess.Popen[bytes]:
    """Start a renderer; it ends with its standard input, and with this process."""
    # numpy's linear algebra would reserve memory for a thread per core; the workers need none of it
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "hitpoint.rendering.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
