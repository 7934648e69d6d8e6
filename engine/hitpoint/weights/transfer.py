"""One file from an address onto the disk: goes on where an earlier try stopped, and is checked as it lies there."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hitpoint.files import output_error
from hitpoint.model.errors import MissingWeightsError
from hitpoint.weights.hub import OfferedFile

if TYPE_CHECKING:
    import httpx

#: So often in a row nothing may come before the transfer is given up; between them 1, 2, 4 … seconds pass.
_TRIES = 5
_READ_BYTES = 8 << 20
_BUSY = (408, 425, 429, 500, 502, 503, 504)

#: Called with how many bytes of the file are there, again and again while something comes; may raise `Cancelled`.
Told = Callable[[int], None]


def transfer(
    client: httpx.Client,
    url: str,
    file: OfferedFile,
    part: Path,
    *,
    headers: dict[str, str],
    told: Told,
    pause_s: float = 1.0,
) -> None:
    """Bring a file to `part`, which may hold its beginning already; what it holds afterwards is not checked here.

    Raises
    ------
    MissingWeightsError
        The connection broke too often, or the server refuses.
    OutputError
        The disk is full, or cannot be written. What came so far stays.
    """
    import httpx

    failures = 0
    while True:
        have = _size(part)
        if have == file.size_bytes and part.exists():
            return
        if have > file.size_bytes:
            part.unlink()
            have = 0
        try:
            _go_on(client, url, file, part, have, headers=headers, told=told)
            trouble = "the connection ended early"
        except httpx.TransportError as error:
            trouble = str(error) or type(error).__name__
        except _Busy as error:
            trouble = str(error)
        if _size(part) == file.size_bytes:
            return
        # something came, and not too much: a connection that breaks often still gets there
        failures = 1 if have < _size(part) < file.size_bytes else failures + 1
        if failures >= _TRIES:
            raise MissingWeightsError(
                f"{file.path} stopped at {_size(part):,} of {file.size_bytes:,} bytes ({trouble}); run the same "
                "command again, it goes on from there"
            )
        _wait(pause_s * 2 ** (failures - 1), told, _size(part))


class _Busy(Exception):
    """The server asks for patience."""


def _go_on(
    client: httpx.Client,
    url: str,
    file: OfferedFile,
    part: Path,
    have: int,
    *,
    headers: dict[str, str],
    told: Told,
) -> None:
    # as it is stored, so that bytes can be counted
    asked = {**headers, "Accept-Encoding": "identity"}
    if have:
        asked["Range"] = f"bytes={have}-"
    with client.stream("GET", url, headers=asked) as answer:
        status = answer.status_code
        if status == 416:  # our beginning is none of this file
            part.unlink(missing_ok=True)
            return
        if status in _BUSY:
            raise _Busy(f"the server answered {status}")
        if status not in (200, 206):
            raise MissingWeightsError(f"{file.path} was answered with {status}; {_meaning(status)}")
        if status == 200:
            have = 0  # all of it comes again
        try:
            with part.open("ab" if have else "wb") as stream:
                for chunk in answer.iter_bytes():
                    stream.write(chunk)
                    have += len(chunk)
                    if have > file.size_bytes:
                        break  # the size is wrong already
                    told(have)
                stream.flush()
                os.fsync(stream.fileno())  # on the disk before anything says that it is there
        except OSError as error:
            raise output_error(part, error) from error


def _meaning(status: int) -> str:
    if status in (401, 403):
        return "the licence was not accepted with this token's account, or there is no token (--token-from FILE)"
    if status == 404:
        return "its publisher removed it; run the same command again"
    return "try again later"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _wait(seconds: float, told: Told, have: int) -> None:
    """Wait, but let a wish to stop be heard."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        told(have)
        time.sleep(min(0.5, left))


def digest(path: Path, *, told: Told) -> tuple[str, str]:
    """Return SHA-256 of a file's content, and the SHA-1 that Git gives to it; both as hexadecimal digits."""
    plain, git = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    git.update(b"blob %d\0" % path.stat().st_size)
    seen = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_READ_BYTES):
            plain.update(chunk)
            git.update(chunk)
            seen += len(chunk)
            told(seen)
    return plain.hexdigest(), git.hexdigest()


def is_as_announced(path: Path, file: OfferedFile, *, told: Told) -> str | None:
    """Return the SHA-256 of a file that is what its publisher announced, None of one that is not."""
    if _size(path) != file.size_bytes:
        return None
    sha256, git_sha1 = digest(path, told=told)
    fits = sha256 == file.sha256 if file.sha256 is not None else git_sha1 == file.git_sha1
    return sha256 if fits else None
