"""Audio as an edit list: stretches of files on disk. A new version of a tape shares all that did not change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_BYTES_PER_SAMPLE = 8  # two channels of float32


@dataclass(frozen=True, slots=True)
class Extent:
    """Record samples [start, start + length) are those of a raw float32 stereo file from its sample `offset` on."""

    start: int
    length: int
    file: str  # relative to the session's folder
    offset: int

    @property
    def end(self) -> int:
        """The record sample after the last one."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Tape:
    """Extents in order, not overlapping; what none of them covers is silence."""

    extents: tuple[Extent, ...] = ()

    def read(self, folder: Path, start: int, count: int) -> NDArray[np.float32]:
        """Return float32 [shape=(count, 2)] from a record sample on."""
        block = np.zeros((count, 2), dtype=np.float32)
        for extent in self.extents:
            low, high = max(start, extent.start), min(start + count, extent.end)
            if low < high:
                with (folder / extent.file).open("rb") as file:
                    file.seek((extent.offset + low - extent.start) * _BYTES_PER_SAMPLE)
                    file.readinto(block[low - start : high - start].data.cast("B"))
        return block

    def between(self, start: int, end: int, *, shift: int = 0) -> list[Extent]:
        """Return the extents cut to [start, end), then moved by a number of samples."""
        cut = []
        for extent in self.extents:
            low, high = max(start, extent.start), min(end, extent.end)
            if low < high:
                offset = extent.offset + low - extent.start
                cut.append(Extent(low + shift, high - low, extent.file, offset))
        return cut

    def with_extents(self, new: Iterable[Extent]) -> Tape:
        """Return the tape with new extents over what stood there."""
        tape = self
        for extent in new:
            around = tape.without(extent.start, extent.end)
            tape = Tape(tuple(sorted((*around.extents, extent), key=lambda row: row.start)))
        return tape

    def without(self, start: int, end: int) -> Tape:
        """Return the tape with silence in record samples [start, end)."""
        far = 1 << 60
        return Tape((*self.between(-far, start), *self.between(end, far)))

    @property
    def files(self) -> set[str]:
        """Return the files that it is made of."""
        return {extent.file for extent in self.extents}


def joined(extents: Iterable[Extent]) -> Tape:
    """Return a tape of extents in any order, neighbours in the same file as one."""
    rows: list[Extent] = []
    for extent in sorted(extents, key=lambda e: e.start):
        last = rows[-1] if rows else None
        if (
            last is not None
            and last.file == extent.file
            and last.end == extent.start
            and last.offset + last.length == extent.offset
        ):
            rows[-1] = replace(last, length=last.length + extent.length)
        else:
            rows.append(extent)
    return Tape(tuple(rows))
