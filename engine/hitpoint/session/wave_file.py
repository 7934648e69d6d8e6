"""WAV files of a version: float32 stereo at 48 kHz, made from the file before with only the new samples written.

Float, because the samples of a mix are floats: what did not change stays the same to the bit, and nothing is rounded
between versions. The file that is delivered in the end is another one (24-bit BWF, `hitpoint.delivery.wav`).
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hitpoint.files import output_error
from hitpoint.model.time import SAMPLE_RATE_HZ

#: RIFF, fmt (with an empty extension), fact and data headers: a round size, so that samples lie on whole pages' words.
HEADER_BYTES = 80
_BYTES_PER_SAMPLE = 8
_COPY_BYTES = 1 << 22

Stereo = NDArray[np.float32]


def header(length_samples: int) -> bytes:
    """Return the 80 bytes before the samples."""
    data_bytes = length_samples * _BYTES_PER_SAMPLE
    form = struct.pack("<HHIIHHH", 3, 2, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * _BYTES_PER_SAMPLE, _BYTES_PER_SAMPLE, 32, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"fact" + struct.pack("<II", 4, length_samples)
    filler_bytes = HEADER_BYTES - 12 - len(chunks) - 8 - 8
    chunks += b"JUNK" + struct.pack("<I", filler_bytes) + bytes(filler_bytes)
    chunks += b"data" + struct.pack("<I", min(data_bytes, 0xFFFFFFFF))
    return b"RIFF" + struct.pack("<I", min(4 + len(chunks) + data_bytes, 0xFFFFFFFF)) + b"WAVE" + chunks


def wrap_raw(raw: Path, target: Path, length_samples: int) -> None:
    """Write a raw float32 file as WAV."""
    with target.open("wb") as file, raw.open("rb") as source:
        file.write(header(length_samples))
        shutil.copyfileobj(source, file, _COPY_BYTES)


def unwrap_to_raw(source: Path, raw: Path) -> None:
    """Write the samples of a WAV of ours as a raw file."""
    with source.open("rb") as file, raw.open("wb") as target:
        file.seek(HEADER_BYTES)
        shutil.copyfileobj(file, target, _COPY_BYTES)


def read_samples(path: Path, first: int, count: int) -> Stereo:
    """Return float32 [shape=(count, 2)]; silence beyond the end."""
    block = np.zeros((count, 2), dtype=np.float32)
    found = np.fromfile(path, dtype="<f4", count=2 * count, offset=HEADER_BYTES + first * _BYTES_PER_SAMPLE)
    block.reshape(-1)[: len(found)] = found
    return block


def write_next(
    target: Path,
    length_samples: int,
    *,
    before: Path | None,
    copies: Sequence[tuple[int, int, int]],
    patches: Sequence[tuple[int, Stereo]],
) -> None:
    """Write a WAV from the one before.

    Parameters
    ----------
    before : Path or None
        None where there was none: what no patch covers is silent.
    copies : sequence of (first sample, count, first sample in `before`)
    patches : sequence of (first sample, float32 [shape=(n, 2)])
        Over what was copied.
    """
    part = target.with_name(target.name + ".part")
    is_same = tuple(copies) == ((0, length_samples, 0),)
    try:
        if before is not None and is_same and not patches:
            os.link(before, part)  # files of a version are never written again
        elif before is not None and is_same:
            shutil.copyfile(before, part)
            with part.open("r+b") as file:
                _patch(file, patches)
        else:
            with part.open("w+b") as file:
                file.write(header(length_samples))
                file.truncate(HEADER_BYTES + length_samples * _BYTES_PER_SAMPLE)
                if before is not None:
                    _copy(before, file, copies)
                _patch(file, patches)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise output_error(target, error) from error


def _patch(file: BinaryIO, patches: Sequence[tuple[int, Stereo]]) -> None:
    for first, block in patches:
        file.seek(HEADER_BYTES + first * _BYTES_PER_SAMPLE)
        file.write(np.ascontiguousarray(block, dtype="<f4").data)


def _copy(before: Path, file: BinaryIO, copies: Sequence[tuple[int, int, int]]) -> None:
    with before.open("rb") as source:
        for first, count, first_before in copies:
            source.seek(HEADER_BYTES + first_before * _BYTES_PER_SAMPLE)
            file.seek(HEADER_BYTES + first * _BYTES_PER_SAMPLE)
            left = count * _BYTES_PER_SAMPLE
            while left > 0 and (block := source.read(min(left, _COPY_BYTES))):
                file.write(block)
                left -= len(block)
