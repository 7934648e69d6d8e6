"""`hitpoint audition`: choose the takes, make those that are not there yet, and lay the page."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitpoint.audition.excerpts import missing_sentence, take_scene
from hitpoint.audition.page import write_page
from hitpoint.audition.scene import Scene
from hitpoint.audition.scenes import read_scenes, scenes_path
from hitpoint.audition.summary import FIGURES, medians
from hitpoint.audition.take_folder import kept_take, make_take
from hitpoint.audition.takes import Take, choose, choose_takes, take_hash
from hitpoint.files import output_error, write_beside
from hitpoint.model.errors import HitpointError, InputError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.rendering import find_soundfont
from hitpoint.resources import load_instruments, load_palettes

_POLL_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionSettings:
    """What is to be heard; () is all. `every` is each scene in each palette; `processes` None is one per core."""

    out_folder: Path
    scenes: tuple[str, ...] = ()
    palettes: tuple[str, ...] = ()
    seed: int = 1
    processes: int | None = None
    every: bool = False
    soundfont_path: Path | None = None
    scenes_path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    take: Take
    folder: Path
    known_by: str
    soundfont: Path
    seed: int


def audition(settings: AuditionSettings, *, progress: Progress = SILENT) -> dict[str, Any]:
    """Make the takes and the page in `out_folder`; return what audition.json tells.

    Keys: page, takes (as in their take.json), medians and targets by figure, notes (what is missing, and why), failed.
    """
    all_palettes = load_palettes()
    chosen = choose(settings.palettes, all_palettes, "style")
    palettes = {palette_id: all_palettes[palette_id] for palette_id in chosen}
    soundfont = find_soundfont(settings.soundfont_path)
    scenes, notes = _scenes(settings, tuple(all_palettes), progress.part(0.0, 0.1))
    takes = choose_takes(scenes, palettes, every=settings.every or bool(settings.scenes and settings.palettes))
    if not takes:
        raise InputError("there is nothing to hear: " + ("; ".join(notes) or "no scene was chosen"))
    jobs = [
        _Job(
            take=take,
            folder=settings.out_folder / "takes" / take.id,
            known_by=take_hash(take, seed=settings.seed, soundfont=soundfont),
            soundfont=soundfont,
            seed=settings.seed,
        )
        for take in takes
    ]
    try:
        (settings.out_folder / "takes").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(settings.out_folder, error) from error
    done: dict[str, dict[str, Any]] = {}
    failed: dict[str, str] = {}
    waiting = []
    for job in jobs:
        kept = kept_take(job.folder, job.known_by)
        if kept is None:
            waiting.append(job)
        else:
            done[job.take.id] = kept
    count = min(len(waiting), settings.processes or os.cpu_count() or 1)
    for number, (job, told, fault) in enumerate(_made(waiting, count, progress), 1):
        if told is not None:
            done[job.take.id] = told
        else:
            failed[job.take.id] = fault
        progress.update(0.1 + 0.88 * number / len(waiting), "playing the takes")
    heard = [done[job.take.id] for job in jobs if job.take.id in done]
    notes += [f"{take_id} failed: {fault}" for take_id, fault in failed.items()]
    page = settings.out_folder / "index.html"
    write_page(page, heard, notes=notes)
    told = {
        "page": str(page),
        "seed": settings.seed,
        "medians": medians(heard),
        "targets": {kind.path: kind.target for kind in FIGURES if kind.target},
        "kept": len(jobs) - len(waiting),
        "notes": notes,
        "failed": failed,
        "takes": heard,
    }
    with write_beside(settings.out_folder / "audition.json") as unfinished:
        unfinished.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    progress.update(1.0, "done")
    return told


def _scenes(settings: AuditionSettings, palettes: tuple[str, ...], progress: Progress) -> tuple[list[Scene], list[str]]:
    """Return the scenes that were chosen, those from cuts understood, and why some are left out."""
    rows = read_scenes(settings.scenes_path or scenes_path(), palettes=palettes)
    chosen = choose(settings.scenes, (row.id for row in rows), "scene")
    wanted = [row for row in rows if row.id in chosen]
    scenes, notes = [], []
    for number, row in enumerate(wanted):
        if isinstance(row, Scene):
            scenes.append(row)
        elif sentence := missing_sentence(row):
            notes.append(sentence)
        else:
            scenes.append(take_scene(row, progress=progress.part(number / len(wanted), (number + 1) / len(wanted))))
    return scenes, notes


_Made = tuple[_Job, dict[str, Any] | None, str]


def _make(job: _Job) -> tuple[dict[str, Any] | None, str]:
    """Make one take; a fault of one take is told and does not stop the others."""
    try:
        told = make_take(
            job.take,
            job.folder,
            known_by=job.known_by,
            instruments=load_instruments(),
            soundfont=job.soundfont,
            seed=job.seed,
        )
    except OSError:
        raise  # the disk is everybody's
    except (
        Exception
    ) as error:  # a composer that is being worked on fails in any way; the page shows which scene does it
        return None, f"{type(error).__name__}: {error}"
    return told, ""


def _made(jobs: Sequence[_Job], processes: int, progress: Progress) -> Iterator[_Made]:
    """Make takes, each on one core, and give them as they come."""
    if processes <= 1:
        for job in jobs:
            yield job, *_make(job)
        return
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with _one_thread_each(), ProcessPoolExecutor(processes, mp_context=context) as pool:
        try:
            running = {pool.submit(_make, job): job for job in jobs}
            while running:
                ready, _ = wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                progress.update(0.1 + 0.88 * (1 - len(running) / len(jobs)), "playing the takes")
                for future in ready:
                    yield running.pop(future), *future.result()
        except BaseException as error:  # Ctrl-C too: nobody goes on playing behind our back
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            if isinstance(error, BrokenProcessPool):
                raise HitpointError("a process that played a take died (out of memory?); try --processes 1") from error
            raise


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Keep numpy's linear algebra in the worker processes from starting a thread per core."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
