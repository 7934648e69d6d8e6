"""Bounded disk use: what is too old goes, and the oldest goes while there is too much.

Only what lies in the service's own folder under names of ours, and nothing that somebody has open: not the versions of
an open session, no unfinished job, no upload that a job still needs.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from hitpoint.model.errors import OutputError
from hitpoint.service.book import JobBook
from hitpoint.service.layout import Layout, is_id
from hitpoint.service.settings import ServiceSettings
from hitpoint.service.store import Store

_LOG = logging.getLogger(__name__)

#: What no row of the store knows is left alone for this long: somebody may be about to write the row.
_ORPHAN_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Item:
    used_s: float
    size_bytes: int
    name: str
    is_job: bool
    remove: Callable[[], None]


def clean(store: Store, book: JobBook, layout: Layout, settings: ServiceSettings) -> int:
    """Remove what must go; return how many bytes that freed."""
    moment_s = time.time()
    for row in store.sessions():
        if row["is_open"] and row["used_s"] < moment_s - settings.stale_session_s and not _has_work(book, row["id"]):
            store.close_session(row["id"])
    items = _oldest_first(store, book, layout)
    kept_bytes = folder_bytes(layout.jobs, layout.sessions, layout.uploads)
    kept_jobs = sum(item.is_job for item in items)
    freed = 0
    for item in items:
        is_old = item.used_s < moment_s - settings.kept_s
        if not (is_old or kept_bytes > settings.kept_bytes or (item.is_job and kept_jobs > settings.kept_jobs)):
            continue
        item.remove()
        _LOG.info("cleaned up %s (%d bytes)", item.name, item.size_bytes)
        kept_bytes -= item.size_bytes
        kept_jobs -= item.is_job
        freed += item.size_bytes
    _remove_orphans(store, book, layout, moment_s)
    return freed


def make_room(store: Store, book: JobBook, layout: Layout, settings: ServiceSettings, *, needed_bytes: int = 0) -> int:
    """Remove the oldest until the service's disk has room, `room_bytes` or what is needed; return the bytes freed.

    For the moment at which something could not be written, not for every day: what is younger than `spared_s` stays,
    as does everything that `clean` would not touch. Nothing is removed where there is room: then another disk is full.
    """
    wanted_bytes = max(settings.room_bytes, needed_bytes)
    freed = 0
    for item in _oldest_first(store, book, layout):
        if item.used_s > time.time() - settings.spared_s or _free_bytes(layout) >= wanted_bytes:
            break
        with suppress(OutputError):  # its files are gone; where not even its row can be struck off, that comes later
            item.remove()
        _LOG.warning("the disk is full: removed %s (%d bytes)", item.name, item.size_bytes)
        freed += item.size_bytes
    return freed


def _free_bytes(layout: Layout) -> int:
    return shutil.disk_usage(layout.folder).free


def folder_bytes(*paths: Path) -> int:
    """Return how much disk files and folders take; links are not followed, a file with two names counts once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for path in paths:
        places = [path] if path.is_file() else [Path(at) / name for at, _, names in os.walk(path) for name in names]
        for place in places:
            with suppress(OSError):
                status = place.lstat()
                if (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    total += status.st_size
    return total


def _oldest_first(store: Store, book: JobBook, layout: Layout) -> list[_Item]:
    found = (*_jobs(book, layout), *_sessions(store, book, layout), *_uploads(store, book, layout))
    return sorted(found, key=lambda item: item.used_s)


def _has_work(book: JobBook, session_id: str) -> bool:
    return any(job.session_id == session_id and not job.is_ended for job in book.all())


def _jobs(book: JobBook, layout: Layout) -> Iterator[_Item]:
    for job in book.all():
        if job.is_ended:
            size_bytes = folder_bytes(layout.job(job.id))
            yield _Item(_epoch_s(job.ended), size_bytes, job.id, True, partial(book.remove, job.id))


def _sessions(store: Store, book: JobBook, layout: Layout) -> Iterator[_Item]:
    def remove(session_id: str) -> None:
        shutil.rmtree(layout.session(session_id), ignore_errors=True)
        store.remove_session(session_id)

    for row in store.sessions():
        if not row["is_open"] and not _has_work(book, row["id"]):
            name = str(row["id"])
            yield _Item(row["used_s"], folder_bytes(layout.session(name)), name, False, partial(remove, name))


def _uploads(store: Store, book: JobBook, layout: Layout) -> Iterator[_Item]:
    def remove(name: str) -> None:
        layout.upload(name).unlink(missing_ok=True)
        store.remove_upload(name)

    needed = {job.payload.get("filename") for job in book.all() if not job.is_ended}
    for row in store.uploads():
        if row["name"] not in needed:
            name = str(row["name"])
            yield _Item(row["used_s"], folder_bytes(layout.upload(name)), name, False, partial(remove, name))


def _remove_orphans(store: Store, book: JobBook, layout: Layout, moment_s: float) -> None:
    """Remove what has our names and no row: left by a database that was lost, or an upload that was broken off."""
    known = {job.id for job in book.all()} | {row["id"] for row in store.sessions()}
    known |= {row["name"] for row in store.uploads()}
    for folder in (layout.jobs, layout.sessions, layout.uploads):
        with suppress(OSError):
            for path in folder.iterdir():
                is_ours = is_id(path.name) if folder != layout.uploads else path.is_file() and not path.is_symlink()
                with suppress(OSError):
                    if is_ours and path.name not in known and path.lstat().st_mtime < moment_s - _ORPHAN_S:
                        if path.is_dir() and not path.is_symlink():
                            shutil.rmtree(path, ignore_errors=True)
                        else:
                            path.unlink()


def _epoch_s(moment: str | None) -> float:
    try:
        return datetime.fromisoformat(moment or "").timestamp()
    except ValueError:
        return 0.0
