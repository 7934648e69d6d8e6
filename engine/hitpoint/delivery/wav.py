"""Broadcast WAV: 48 kHz, 24 bit, stereo, with the time reference of its record timecode.

RIFF/WAVE with a `bext` chunk (EBU Tech 3285); files over 4 GiB become RF64 (EBU Tech 3306). Samples are rounded to
24 bits without dither: the stems have to sum to the mix, and dither would add another noise to each of them (nine
plain roundings stay under -125 dBFS). Origination date and time are left empty, so that the same score gives the same
bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hitpoint import __version__
from hitpoint.files import write_beside
from hitpoint.model.audio import AudioFile, StemFile
from hitpoint.model.errors import MediaError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import (
    SAMPLE_RATE_HZ,
    FrameRate,
    frames_to_seconds,
    seconds_to_samples,
    timecode_to_frames,
)

#: What the `bext` chunk names as the maker; `timeline.previous_score` knows our files by it.
ORIGINATOR = "Hitpoint"

_CHANNELS, _BYTES_PER_SAMPLE = 2, 3
_BYTES_PER_HOP = _CHANNELS * _BYTES_PER_SAMPLE
_BLOCK_SAMPLES = 10 * SAMPLE_RATE_HZ
_BEXT_FIXED_BYTES = 602
_FULL_SCALE = 1 << 23
_LARGEST_RIFF_BYTES = (1 << 32) - 1
_CODING_HISTORY = b"A=PCM,F=48000,W=24,M=stereo,T=Hitpoint\r\n"
_UNKNOWN_LOUDNESS = 0x7FFF  # EBU Tech 3285 v2: a value that readers must ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class BextLoudness:
    """The loudness fields of `bext` version 2; None where it was not measured."""

    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    max_momentary_lufs: float | None = None
    max_short_term_lufs: float | None = None


def time_reference_samples(record_sample: int, rate: FrameRate, start_timecode_frame: int) -> int:
    """Return samples since midnight of the record timecode, >= 0: what `bext` calls the time reference.

    Timecode frames last as long as picture frames: at 23.976, 01:00:00:00 is 86400 x 2002 samples, not 3600 x 48000.
    A moment before midnight wraps to the end of the day, as the editors' timecode does.
    """
    day_frames = timecode_to_frames(f"23:59:59:{rate.timecode_base - 1:02d}", rate) + 1
    day_samples = seconds_to_samples(frames_to_seconds(day_frames, rate))
    start_s = frames_to_seconds(start_timecode_frame, rate)
    return seconds_to_samples(start_s + Fraction(record_sample, SAMPLE_RATE_HZ)) % day_samples


def write_bwf(
    source: StemFile | Iterable[NDArray[np.float32]],
    path: Path,
    *,
    start_sample: int,
    time_reference_samples: int,
    description: str = "",
    originator: str = ORIGINATOR,
    originator_reference: str = f"hitpoint {__version__}",
    loudness: BextLoudness | None = None,
    progress: Progress = SILENT,
) -> AudioFile:
    """Write a raw stem, or blocks of float32 [shape=(n, 2)], as BWF beside `path` and rename; streams.

    Parameters
    ----------
    start_sample : int
        First record sample of the file. A raw stem that starts earlier is trimmed to it.
    time_reference_samples : int
        That moment in samples since midnight; see the function of that name.
    description, originator, originator_reference : str
        At most 256, 32 and 32 characters; what is not ASCII becomes "?".
    loudness : BextLoudness | None
        Makes the chunk a version 2.

    Raises
    ------
    OutputError
        The disk is full, read-only, and so on.
    MediaError
        The raw stem cannot be read, or holds something that is not a number.
    ValueError
        The raw stem starts after `start_sample`.

    Samples beyond full scale are clipped.
    """
    bext = _bext(time_reference_samples, description, originator, originator_reference, loudness)
    blocks: Iterable[NDArray[np.float32]]
    if isinstance(source, StemFile):
        skipped = start_sample - source.start_sample
        if not 0 <= skipped <= source.length_samples:
            raise ValueError(f"{source.path.name} does not hold record sample {start_sample}")
        expected = source.length_samples - skipped
        blocks = _read_raw(source.path, skipped, expected)
    else:
        expected, blocks = 0, source
    length = 0
    with write_beside(path) as unfinished, unfinished.open("wb") as stream:
        stream.write(_header(0, bext))
        for block in blocks:
            stream.write(_to_24_bit(block, path))
            length += len(block)
            if expected:
                progress.update(length / expected, f"writing {path.name}")
        stream.seek(0)
        stream.write(_header(length * _BYTES_PER_HOP, bext))
    return AudioFile(path=path, start_sample=start_sample, length_samples=length, audio_channels=_CHANNELS)


def _read_raw(path: Path, skipped: int, left: int) -> Iterator[NDArray[np.float32]]:
    try:
        with path.open("rb") as stream:
            stream.seek(skipped * _CHANNELS * 4)
            while left > 0:
                count = min(left, _BLOCK_SAMPLES)
                block = np.fromfile(stream, dtype="<f4", count=count * _CHANNELS)
                if block.size < count * _CHANNELS:
                    raise MediaError(f"{path} is shorter than it should be; score again")
                yield block.reshape(-1, _CHANNELS)
                left -= count
    except FileNotFoundError as error:
        raise MediaError(f"{path} has gone while it was needed; score again") from error


def _to_24_bit(block: NDArray[np.float32], path: Path) -> bytes:
    if not block.any():
        return bytes(len(block) * _BYTES_PER_HOP)
    if not np.isfinite(block).all():
        raise MediaError(f"the audio for {path.name} holds something that is not a number; score again, and report it")
    whole = np.rint(block.astype(np.float64) * _FULL_SCALE).clip(-_FULL_SCALE, _FULL_SCALE - 1).astype("<i4")
    return np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _bext(
    time_reference: int, description: str, originator: str, reference: str, loudness: BextLoudness | None
) -> bytes:
    """Return the chunk's content: EBU Tech 3285, version 1, or 2 where a loudness is given."""
    fixed = struct.pack(
        "<256s32s32s10s8sIIH64x",
        description.encode("ascii", "replace"),
        originator.encode("ascii", "replace"),
        reference.encode("ascii", "replace"),
        b"",
        b"",
        time_reference & 0xFFFFFFFF,
        time_reference >> 32,
        1 if loudness is None else 2,
    )
    if loudness is not None:
        fixed += struct.pack(
            "<5h",
            _hundredths(loudness.integrated_lufs),
            _hundredths(loudness.range_lu),
            _hundredths(loudness.true_peak_dbtp),
            _hundredths(loudness.max_momentary_lufs),
            _hundredths(loudness.max_short_term_lufs),
        )
    return fixed.ljust(_BEXT_FIXED_BYTES, b"\0") + _CODING_HISTORY


def _hundredths(value: float | None) -> int:
    """Return a loudness as `bext` holds it: hundredths, within +-99.99, otherwise "ignore me" (silence, say)."""
    if value is None or not abs(value) < 99.995:
        return _UNKNOWN_LOUDNESS
    return round(value * 100)


def _header(data_bytes: int, bext: bytes) -> bytes:
    """Return everything before the samples; a JUNK chunk keeps the place that RF64's sizes need."""
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
    riff_bytes = 4 + 8 + 28 + len(chunks) + 8 + data_bytes
    if riff_bytes <= _LARGEST_RIFF_BYTES:
        head = b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVE" + _chunk(b"JUNK", bytes(28))
        return head + chunks + b"data" + struct.pack("<I", data_bytes)
    sizes = struct.pack("<QQQI", riff_bytes, data_bytes, data_bytes // _BYTES_PER_HOP, 0)
    head = b"RF64" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + _chunk(b"ds64", sizes)
    return head + chunks + b"data" + struct.pack("<I", 0xFFFFFFFF)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class BwfInfo:
    """What a WAV says of itself; the `bext` fields are None or "" where it has none."""

    sample_rate_hz: int
    audio_channels: int
    bits: int
    length_samples: int
    time_reference_samples: int | None
    description: str = ""
    originator: str = ""
    originator_reference: str = ""
    bext_version: int | None = None
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None


def read_bwf_info(path: Path) -> BwfInfo:
    """Return format and `bext` fields of a RIFF or RF64 WAV; `MediaError` for a file that is not one, or is cut off."""
    try:
        with path.open("rb") as stream:
            return _read_info(stream, path.stat().st_size)
    except (OSError, struct.error, ValueError, ZeroDivisionError) as error:
        raise MediaError(f"{path} is not a whole WAV file ({error}); give a WAV") from error


def _read_info(stream: BinaryIO, file_bytes: int) -> BwfInfo:
    kind, _, wave = struct.unpack("<4sI4s", stream.read(12))
    if kind not in (b"RIFF", b"RF64") or wave != b"WAVE":
        raise ValueError("no RIFF/WAVE header")
    chunks: dict[bytes, bytes] = {}
    data_bytes: int | None = None
    while data_bytes is None and len(head := stream.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            data_bytes = struct.unpack_from("<8xQ", chunks.get(b"ds64", b""))[0] if kind == b"RF64" else size
        else:
            chunks[name] = stream.read(size + size % 2)
    if data_bytes is None or b"fmt " not in chunks:
        raise ValueError("no format or no samples")
    if stream.tell() + data_bytes > file_bytes:
        raise ValueError("it is cut off")
    _, channels, rate_hz, _, hop_bytes, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    return BwfInfo(
        sample_rate_hz=rate_hz,
        audio_channels=channels,
        bits=bits,
        length_samples=data_bytes // hop_bytes,
        **_read_bext(chunks.get(b"bext")),
    )


def _read_bext(bext: bytes | None) -> dict[str, Any]:
    if bext is None or len(bext) < _BEXT_FIXED_BYTES:
        return {"time_reference_samples": None}
    description, originator, reference, low, high, version = struct.unpack_from("<256s32s32s18xIIH", bext)
    integrated, true_peak = struct.unpack_from("<h2xh", bext, 412)
    is_measured = version >= 2
    return {
        "time_reference_samples": high << 32 | low,
        "description": _text(description),
        "originator": _text(originator),
        "originator_reference": _text(reference),
        "bext_version": version,
        "integrated_lufs": integrated / 100 if is_measured and integrated != _UNKNOWN_LOUDNESS else None,
        "true_peak_dbtp": true_peak / 100 if is_measured and true_peak != _UNKNOWN_LOUDNESS else None,
    }


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("ascii", "replace")
