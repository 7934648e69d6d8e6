"""Raw interleaved float32 stereo on disk, read and written by blocks, so that length costs no memory."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.audio import StemFile
from hitpoint.model.errors import MediaError, OutputError

#: float32 [shape=(n, 2)]: left and right interleaved as they lie in the file, the working form of every block.
Stereo = NDArray[np.float32]

_BYTES_PER_SAMPLE = 8  # two channels of float32


def check_length(stem: StemFile) -> None:
    """Raise `MediaError` if the file is not as long as it says: a render that was cut short."""
    expected = stem.length_samples * _BYTES_PER_SAMPLE
    found = stem.path.stat().st_size if stem.path.is_file() else 0
    if found != expected:
        raise MediaError(
            f"the rendered stem {stem.stem!r} ({stem.path}) has {found} bytes instead of {expected}; render it again"
        )


def read_block(path: Path, first_sample: int, count: int) -> Stereo:
    """Return float32 [shape=(n, 2)] from a file's sample on; n < count only at its end."""
    interleaved = np.fromfile(path, dtype="<f4", count=2 * count, offset=first_sample * _BYTES_PER_SAMPLE)
    return interleaved.reshape(-1, 2).astype(np.float32, copy=False)


class RawWriter:
    """Writes `path` beside its final place; `commit` renames it, leaving the block without it removes it.

    Silent blocks become holes where the file system knows holes: a film is silent for most of its length. Blocks that
    were written may be read back (`read`) and replaced in place (`rewrite`) before `commit`.
    """

    def __init__(self, path: Path, length_samples: int) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._length_samples = length_samples
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("w+b")
        except OSError as error:
            raise OutputError(f"cannot write {self._part}: {error.strerror}; choose another folder") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)  # after commit there is none

    def write(self, first_sample: int, block: Stereo) -> None:
        """Write a block that was not written before; silence is skipped."""
        if block.any():
            self.rewrite(first_sample, block)

    def rewrite(self, first_sample: int, block: Stereo) -> None:
        """Write a block whatever stood there."""
        interleaved = np.ascontiguousarray(block, dtype="<f4")
        try:
            self._file.seek(first_sample * _BYTES_PER_SAMPLE)
            self._file.write(interleaved.data)
        except OSError as error:
            raise OutputError(f"cannot write {self._part}: {error.strerror}; free some space") from error

    def read(self, first_sample: int, count: int) -> Stereo:
        """Return float32 [shape=(count, 2)]; silence where nothing was written."""
        self._file.seek(first_sample * _BYTES_PER_SAMPLE)
        block = np.zeros((count, 2), dtype="<f4")
        self._file.readinto(block.data.cast("B") if count else bytearray())
        return block.astype(np.float32, copy=False)

    def commit(self) -> Path:
        """Give the file its full length and its name."""
        try:
            self._file.truncate(self._length_samples * _BYTES_PER_SAMPLE)
            self._file.close()
            self._part.replace(self.path)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}; free some space") from error
        return self.path
