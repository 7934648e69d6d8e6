"""What was found out about media files, kept by their content: bounded, checked, safe for several processes.

One file per entry: a line with the SHA-256 of what follows, then NumPy's npz. Entries are written beside and renamed,
so that a reader sees a whole one or none; one whose sum does not fit is thrown away. The oldest unused ones go when the
folder grows too large.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.files import write_beside
from hitpoint.model.errors import OutputError
from hitpoint.resources import cache_folder

#: Two hours of film take about 2 MB.
MAX_STORE_BYTES = 256 * 1024 * 1024

_SAMPLES, _SAMPLE_BYTES = 64, 65_536
_SUM_LENGTH = 64


def fingerprint(path: Path) -> str:
    """Return what tells a media file from every other: its length, the time it was changed, and samples of its content.

    64 blocks of 64 KiB are read, since films are too large to be read whole for this.
    """
    status = path.stat()
    digest = hashlib.sha256(f"{status.st_size} {status.st_mtime_ns}".encode())
    step = max(_SAMPLE_BYTES, status.st_size // _SAMPLES)
    with path.open("rb") as stream:
        for start in range(0, status.st_size, step):
            stream.seek(start)
            digest.update(stream.read(_SAMPLE_BYTES))
    return digest.hexdigest()


class FeatureStore:
    """A folder of entries by key; never raises because of it: what cannot be read or written is done without."""

    def __init__(self, folder: Path | None = None, *, max_bytes: int = MAX_STORE_BYTES, is_packed: bool = True) -> None:
        self._folder = folder if folder is not None else cache_folder() / "media"
        self._max_bytes = max_bytes
        self._write = np.savez_compressed if is_packed else np.savez

    def load(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Return an entry; None where there is none that is whole."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        expected, payload = content[:_SUM_LENGTH], content[_SUM_LENGTH + 1 :]
        if hashlib.sha256(payload).hexdigest().encode() == expected:
            try:
                with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
                    found = {name: arrays[name] for name in arrays.files}
                with suppress(OSError):
                    os.utime(path)
                return found
            except (ValueError, OSError, KeyError, zipfile.BadZipFile):
                pass
        with suppress(OSError):
            path.unlink()
        return None

    def save(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep an entry, and drop the ones that were not used for longest where there are too many."""
        buffer = io.BytesIO()
        named: dict[str, Any] = dict(arrays)
        self._write(buffer, **named)
        payload = buffer.getvalue()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with write_beside(self._path(key)) as unfinished:
                unfinished.write_bytes(hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload)
        except (OSError, OutputError):
            return
        self._trim()

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.npz"

    def _trim(self) -> None:
        entries = []
        with suppress(OSError):
            for path in self._folder.iterdir():
                with suppress(OSError):  # another process was faster
                    status = path.stat()
                    entries.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._max_bytes:
                break
            with suppress(OSError):
                path.unlink()
            total -= size
