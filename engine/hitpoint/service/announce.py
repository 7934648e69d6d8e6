"""One service per user: the lock that says so, and `service.json`, which says where it is."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from hitpoint.client.address import ADDRESS_NAME, ServiceAddress, read_address
from hitpoint.files import output_error
from hitpoint.model.errors import HitpointError


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; a second one is told where the first is.

    The lock is SQLite's on a file of its own: the system frees it however the process ends, on every system.
    """
    path = folder / "service.lock"
    try:
        path.touch(mode=0o600, exist_ok=True)
        lock = sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False)
    except (sqlite3.Error, OSError) as error:
        raise HitpointError(
            f"{folder} cannot be used ({error}); set HITPOINT_STATE_DIR to a folder of yours"
        ) from error
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise HitpointError(
                    f"{folder} cannot be used ({error}); set HITPOINT_STATE_DIR to a folder of yours"
                ) from error
            first = read_address(folder)
            where = f" as process {first.pid} at {first.url}" if first is not None else ""
            raise HitpointError(f"a service of yours already runs{where}; use that one, or end it first") from error
        yield


@contextmanager
def announced(folder: Path, address: ServiceAddress) -> Iterator[None]:
    """Write `service.json`, whole from the beginning and for the user's eyes only; take it away at the end."""
    path = folder / ADDRESS_NAME
    unfinished = folder / f".{ADDRESS_NAME}-{secrets.token_hex(4)}.partial"
    try:
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(asdict(address), stream)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise output_error(path, error) from error
    try:
        yield
    finally:
        left = read_address(folder)
        if left is not None and left.token == address.token:
            with suppress(OSError):
                path.unlink()
