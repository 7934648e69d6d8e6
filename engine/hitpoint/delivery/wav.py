"""Broadcast WAV: 48 kHz, 24 bit, stereo, with the time reference of its record timecode.

RIFF/WAVE with a `bext` chunk (EBU Tech 3285 version 1); files over 4 GiB become RF64 (EBU Tech 3306). Samples are
rounded to 24 bits without dither: dither would be another noise in every stem, and the stems have to sum to the mix.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hitpoint import __version__
from hitpoint.files import write_beside
from hitpoint.model.audio import AudioFile, StemFile
from hitpoint.model.errors import MediaError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate, frames_to_seconds, seconds_to_samples

_CHANNELS, _BYTES_PER_SAMPLE = 2, 3
_BYTES_PER_HOP = _CHANNELS * _BYTES_PER_SAMPLE
_BLOCK_SAMPLES = 10 * SAMPLE_RATE_HZ
_BEXT_BYTES = 602
_FULL_SCALE = 1 << 23
_LARGEST_RIFF_BYTES = (1 << 32) - 1


def time_reference_samples(record_sample: int, rate: FrameRate, start_timecode_frame: int) -> int:
    """Return samples since midnight of the record timecode, >= 0: what `bext` calls the time reference.

    Timecode frames last as long as picture frames: at 23.976, 01:00:00:00 is 86400 x 2002 samples, not 3600 x 48000.
    A file that starts before midnight wraps to the end of the day, as the editors' timecode does.
    """
    start_s = frames_to_seconds(start_timecode_frame, rate)
    day_samples = seconds_to_samples(frames_to_seconds(rate.timecode_base * 86_400, rate))
    return seconds_to_samples(start_s + Fraction(record_sample, SAMPLE_RATE_HZ)) % day_samples


def write_bwf(
    source: StemFile | Iterable[NDArray[np.float32]],
    path: Path,
    *,
    start_sample: int,
    time_reference_samples: int,
    description: str = "",
    progress: Progress = SILENT,
) -> AudioFile:
    """Write a raw stem, or blocks of float32 [shape=(n, 2)], as BWF beside `path` and rename; streams.

    Raises `OutputError` for a full or read-only disk; samples beyond full scale are clipped.
    """
    blocks = _read_raw(source) if isinstance(source, StemFile) else iter(source)
    expected = source.length_samples if isinstance(source, StemFile) else 0
    length = 0
    with write_beside(path) as unfinished, unfinished.open("wb") as stream:
        stream.write(_header(0, time_reference_samples, description))
        for block in blocks:
            stream.write(_to_24_bit(block))
            length += len(block)
            if expected:
                progress.update(length / expected, f"writing {path.name}")
        data_bytes = length * _BYTES_PER_HOP
        if data_bytes % 2:
            stream.write(b"\0")
        stream.seek(0)
        stream.write(_header(data_bytes, time_reference_samples, description))
    return AudioFile(path=path, start_sample=start_sample, length_samples=length, audio_channels=_CHANNELS)


def _read_raw(stem: StemFile) -> Iterator[NDArray[np.float32]]:
    with stem.path.open("rb") as stream:
        left = stem.length_samples
        while left > 0:
            count = min(left, _BLOCK_SAMPLES)
            block = np.fromfile(stream, dtype="<f4", count=count * _CHANNELS)
            if block.size < count * _CHANNELS:
                raise MediaError(f"{stem.path} is shorter than it should be; score again")
            yield block.reshape(-1, _CHANNELS)
            left -= count


def _to_24_bit(block: NDArray[np.float32]) -> bytes:
    if not block.any():
        return bytes(len(block) * _BYTES_PER_HOP)
    whole = np.rint(block.astype(np.float64) * _FULL_SCALE).clip(-_FULL_SCALE, _FULL_SCALE - 1).astype("<i4")
    return np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _header(data_bytes: int, time_reference: int, description: str) -> bytes:
    """Return everything before the samples; a JUNK chunk keeps the place that RF64's sizes need."""
    bext = struct.pack(
        "<256s32s32s10s8sIIH",
        description.encode("ascii", "replace")[:255],
        b"Hitpoint",
        f"hitpoint {__version__}".encode(),
        b"",
        b"",
        time_reference & 0xFFFFFFFF,
        time_reference >> 32,
        1,
    ).ljust(_BEXT_BYTES, b"\0")
    fmt = struct.pack(
        "<HHIIHH",
        1,
        _CHANNELS,
        SAMPLE_RATE_HZ,
        SAMPLE_RATE_HZ * _BYTES_PER_HOP,
        _BYTES_PER_HOP,
        8 * _BYTES_PER_SAMPLE,
    )
    chunks = _chunk(b"bext", bext) + _chunk(b"fmt ", fmt)
    riff_bytes = 4 + 8 + 28 + len(chunks) + 8 + data_bytes + data_bytes % 2
    if riff_bytes <= _LARGEST_RIFF_BYTES:
        head = b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVE" + _chunk(b"JUNK", bytes(28))
        return head + chunks + b"data" + struct.pack("<I", data_bytes)
    sizes = struct.pack("<QQQI", riff_bytes, data_bytes, data_bytes // _BYTES_PER_HOP, 0)
    head = b"RF64" + struct.pack("<I", _LARGEST_RIFF_BYTES) + b"WAVE" + _chunk(b"ds64", sizes)
    return head + chunks + b"data" + struct.pack("<I", _LARGEST_RIFF_BYTES)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class BwfInfo:
    """What a WAV says of itself."""

    sample_rate_hz: int
    audio_channels: int
    bits: int
    length_samples: int
    time_reference_samples: int | None
    description: str


def read_bwf_info(path: Path) -> BwfInfo:
    """Return format and time reference of a RIFF or RF64 WAV; `MediaError` for a file that is not one."""
    try:
        with path.open("rb") as stream:
            return _read_info(stream)
    except (OSError, struct.error, KeyError, ValueError) as error:
        raise MediaError(f"{path} is not a WAV file ({error}); give a WAV") from error


def _read_info(stream: BinaryIO) -> BwfInfo:
    kind, _, wave = struct.unpack("<4sI4s", stream.read(12))
    if kind not in (b"RIFF", b"RF64") or wave != b"WAVE":
        raise ValueError("no RIFF/WAVE header")
    chunks: dict[bytes, bytes] = {}
    data_bytes = 0
    while len(head := stream.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            data_bytes = struct.unpack_from("<8xQ", chunks[b"ds64"])[0] if kind == b"RF64" else size
            break
        chunks[name] = stream.read(size + size % 2)
    _, channels, rate_hz, _, hop_bytes, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    bext = chunks.get(b"bext")
    low, high = struct.unpack_from("<II", bext, 338) if bext else (0, 0)
    return BwfInfo(
        sample_rate_hz=rate_hz,
        audio_channels=channels,
        bits=bits,
        length_samples=data_bytes // hop_bytes,
        time_reference_samples=(high << 32 | low) if bext else None,
        description=bext[:256].rstrip(b"\0").decode("ascii", "replace") if bext else "",
    )
