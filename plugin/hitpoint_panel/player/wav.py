"""A WAV (RIFF, or RF64 over 4 GiB) as stereo float samples, read where it is needed and never as a whole."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import MediaError
from hitpoint.model.time import SAMPLE_RATE_HZ

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True, slots=True, kw_only=True)
class WavReader:
    """A mapped WAV: `read` gives float32 stereo, zeros outside of the file. `length_samples` counts per channel."""

    path: Path
    length_samples: int
    channels: int
    bytes_per_sample: int
    is_float: bool
    _data: NDArray[np.uint8]

    def read(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """Return (count, 2) samples from a sample of the file on; outside of it there is silence."""
        block = np.zeros((count, 2), np.float32)
        first, last = max(0, start_sample), min(self.length_samples, start_sample + count)
        if first >= last:
            return block
        step = self.channels * self.bytes_per_sample
        raw = np.array(self._data[first * step : last * step])
        samples = self._decode(raw).reshape(last - first, self.channels)
        block[first - start_sample : last - start_sample] = samples[:, [0, min(1, self.channels - 1)]]
        return block

    def _decode(self, raw: NDArray[np.uint8]) -> NDArray[np.float32]:
        if self.is_float:
            return raw.view("<f4").astype(np.float32)
        if self.bytes_per_sample == 2:
            return raw.view("<i2").astype(np.float32) / np.float32(1 << 15)
        wide = np.zeros((raw.size // 3, 4), np.uint8)  # 24 bit into the upper bytes of 32
        wide[:, 1:] = raw.reshape(-1, 3)
        return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(1 << 31)


def open_wav(path: Path) -> WavReader:
    """Open a WAV of 48 kHz, 16 or 24 bit PCM or 32 bit float.

    Raises
    ------
    MediaError
        It is missing, broken or of another kind: said in one sentence.
    """
    try:
        form, start_byte, size_bytes = _find_chunks(path)
    except FileNotFoundError as error:
        raise MediaError(f"{path} is gone; write the music again") from error
    except (OSError, struct.error, ValueError) as error:
        raise MediaError(f"{path} is no WAV that can be played ({error}); write the music again") from error
    kind, channels, rate_hz, bits = form
    is_float = kind == _FLOAT
    if (
        rate_hz != SAMPLE_RATE_HZ
        or channels < 1
        or (is_float and bits != 32)
        or (not is_float and bits not in (16, 24))
    ):
        raise MediaError(f"{path}: {rate_hz} Hz, {channels} channels, {bits} bit cannot be played; 48 kHz is needed")
    step = channels * bits // 8
    length = size_bytes // step
    data: Any = (
        np.memmap(path, np.uint8, mode="r", offset=start_byte, shape=(length * step,))
        if length
        else np.zeros(0, np.uint8)
    )
    return WavReader(
        path=path, length_samples=length, channels=channels, bytes_per_sample=bits // 8, is_float=is_float, _data=data
    )


def _find_chunks(path: Path) -> tuple[tuple[int, int, int, int], int, int]:
    """Return (format, channels, Hz, bits), the first byte of the samples and how many bytes there are."""
    form: tuple[int, int, int, int] | None = None
    data_bytes_64: int | None = None
    total_bytes = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(12)
        if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
            raise ValueError("no RIFF/WAVE")
        while len(header := stream.read(8)) == 8:
            name, size = struct.unpack("<4sI", header)
            here = stream.tell()
            if name == b"ds64":
                data_bytes_64 = struct.unpack("<8xQ", stream.read(16))[0]
            elif name == b"fmt ":
                content = stream.read(size)
                kind, channels, rate_hz, _, _, bits = struct.unpack("<HHIIHH", content[:16])
                if kind == _EXTENSIBLE:
                    kind = struct.unpack("<H", content[24:26])[0]
                if kind not in (_PCM, _FLOAT):
                    raise ValueError(f"coding {kind}")
                form = (kind, channels, rate_hz, bits)
            elif name == b"data":
                if form is None:
                    raise ValueError("samples before their format")
                if size == 0xFFFFFFFF and data_bytes_64 is not None:
                    size = data_bytes_64
                return form, here, min(size, total_bytes - here)
            stream.seek(here + size + size % 2)
    raise ValueError("no samples in it")
