"""Fetching a model: into a folder beside its place, checked file by file, renamed when all of it is there.

An interrupted fetch leaves `ID.partial`; the next one goes on from there. A part carries the checksum of its file in
its name, so that what a newer state of the model replaced is never mixed in.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hitpoint.files import output_error
from hitpoint.model.errors import MissingWeightsError, OutputError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.weights.cards import ModelCard
from hitpoint.weights.find import model_folder, unfinished_folder
from hitpoint.weights.hub import Hub, Offer, OfferedFile
from hitpoint.weights.manifest import Manifest, StoredFile, write_manifest
from hitpoint.weights.transfer import Told, is_as_announced, transfer

if TYPE_CHECKING:
    import httpx

#: So much of a disk stays free: a full one harms more than this program.
_SPARE_BYTES = 500_000_000
_TIMEOUT_S = 30.0
_REPORT_EVERY_S = 0.2


def fetch_model(card: ModelCard, hub: Hub, *, progress: Progress = SILENT, pause_s: float = 1.0) -> Manifest:
    """Bring a model's files to this machine; what is there and right already is not fetched again.

    `pause_s` is the first wait after a broken connection.

    Raises
    ------
    MissingWeightsError
        The publisher, or the network, does not give them, or gives others than announced.
    OutputError
        There is no room, or the disk cannot be written. What came so far stays for the next try.
    Cancelled
        The user stopped it; likewise.
    """
    import httpx

    offer = hub.offer(card)
    folder = unfinished_folder(card)
    check_room(card, offer.size_bytes - _bytes_there(card, offer))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    with _alone(card), httpx.Client(follow_redirects=True, timeout=_TIMEOUT_S) as client:
        gathering = _Gathering(card, hub, offer, client, folder, progress, pause_s)
        stored = tuple(gathering.gather(file) for file in offer.files)
        return _finish(card, offer, stored, folder)


def check_room(card: ModelCard, needed_bytes: int) -> None:
    """Raise `OutputError` where a model does not fit on the disk that it goes to."""
    folder = model_folder(card)
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free_bytes = shutil.disk_usage(existing).free
    if free_bytes < needed_bytes + _SPARE_BYTES:
        raise OutputError(
            f"{card.title} needs {needed_bytes / 1e9:.1f} GB, and {max(0, free_bytes - _SPARE_BYTES) / 1e9:.1f} GB are "
            f"free for it in {existing}; make room, or set HITPOINT_MODELS to a folder on another disk"
        )


@dataclass(slots=True)
class _Gathering:
    """Gathers the files of one model in its unfinished folder."""

    card: ModelCard
    hub: Hub
    offer: Offer
    client: httpx.Client
    folder: Path
    progress: Progress
    pause_s: float
    done_bytes: int = 0
    _reported_s: float = field(default=-1.0)

    def gather(self, file: OfferedFile) -> StoredFile:
        """Bring one file to its place in the folder, and check it as it lies there."""
        place = self.folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        checking = self._told(f"checking {file.path}")
        sha256 = is_as_announced(place, file, told=checking) if place.is_file() else None
        if sha256 is None:
            sha256 = self._taken_over(file, place, checking) or self._fetched(file, place, checking)
        self.done_bytes += file.size_bytes
        return StoredFile(path=file.path, size_bytes=file.size_bytes, sha256=sha256)

    def _taken_over(self, file: OfferedFile, place: Path, checking: Told) -> str | None:
        """Take a file that an earlier, finished fetch brought."""
        old = model_folder(self.card) / file.path
        if not old.is_file():
            return None
        sha256 = is_as_announced(old, file, told=checking)
        if sha256 is None:
            return None
        place.unlink(missing_ok=True)
        try:
            os.link(old, place)
        except OSError:  # a disk without links
            try:
                shutil.copyfile(old, place)
            except OSError as error:
                raise output_error(place, error) from error
        return sha256

    def _fetched(self, file: OfferedFile, place: Path, checking: Told) -> str:
        part = _part(place, file)
        had_beginning = part.is_file()
        for _ in range(2 if had_beginning else 1):
            transfer(
                self.client,
                self.hub.address(self.card, self.offer, file),
                file,
                part,
                headers=self.hub.headers,
                told=self._told(f"fetching {file.path}"),
                pause_s=self.pause_s,
            )
            sha256 = is_as_announced(part, file, told=checking)
            if sha256 is not None:
                part.replace(place)
                return sha256
            part.unlink()  # the beginning may have been spoilt: once more, all of it
        raise MissingWeightsError(
            f"{file.path} of {self.card.title} is not what its publisher announced (another checksum), and was thrown "
            "away; try again later"
        )

    def _told(self, sentence: str) -> Told:
        def told(have_bytes: int) -> None:
            now_s = time.monotonic()
            if now_s - self._reported_s >= _REPORT_EVERY_S:
                self._reported_s = now_s
                share = (self.done_bytes + have_bytes) / max(1, self.offer.size_bytes)
                self.progress.update(share, f"{self.card.id}: {sentence}")

        return told


def _finish(card: ModelCard, offer: Offer, stored: tuple[StoredFile, ...], folder: Path) -> Manifest:
    """Throw away what does not belong, write what is there, and give the folder its name."""
    wanted = {folder / file.path for file in stored}
    for path in [path for path in folder.rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()
    manifest = Manifest(
        model=card.id,
        repository=card.repository,
        commit=offer.commit,
        fetched_on=date.today().isoformat(),
        licence=card.licence,
        licence_url=card.licence_url,
        files=stored,
    )
    write_manifest(folder, manifest)
    place = model_folder(card)
    old = place.with_name(f".{place.name}.old")
    try:
        shutil.rmtree(old, ignore_errors=True)
        with suppress(FileNotFoundError):
            place.rename(old)
        folder.rename(place)
    except OSError as error:
        raise output_error(place, error) from error
    shutil.rmtree(old, ignore_errors=True)
    return manifest


def _bytes_there(card: ModelCard, offer: Offer) -> int:
    """Return how much of what is offered need not come: what lies there, as far as sizes say."""
    there = 0
    for file in offer.files:
        place = unfinished_folder(card) / file.path
        paths = (place, _part(place, file), model_folder(card) / file.path)
        sizes = [path.stat().st_size for path in paths if path.is_file()]
        there += min(file.size_bytes, max(sizes, default=0))
    return there


def _part(place: Path, file: OfferedFile) -> Path:
    """Return where a file grows until it is whole."""
    return place.with_name(f"{place.name}.{(file.sha256 or file.git_sha1 or '')[:16]}.part")


@contextmanager
def _alone(card: ModelCard) -> Iterator[None]:
    """Keep a second fetch of the same model out; a killed one holds nothing."""
    from filelock import FileLock, Timeout  # of huggingface_hub

    lock = FileLock(unfinished_folder(card).with_name(f".{card.id}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise OutputError(f"{card.title} is being fetched by another process; wait for it, or end it") from error
    try:
        yield
    finally:
        lock.release()
