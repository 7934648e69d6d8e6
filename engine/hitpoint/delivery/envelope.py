"""The outline of a mix: peaks and level per column of a picture, read as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hitpoint.delivery.video_sound import decode_from
from hitpoint.model.audio import AudioFile, StemFile
from hitpoint.model.time import SAMPLE_RATE_HZ

_BLOCK_SAMPLES = SAMPLE_RATE_HZ * 4

_Curve = NDArray[np.float64]


def peaks(
    mix: AudioFile | StemFile, *, duration_s: float, columns: int = 1600
) -> tuple[_Curve, _Curve, _Curve, _Curve]:
    """Return (record seconds, lowest, highest, RMS) per column over 0..`duration_s`, of the mean of both channels."""
    column_samples = duration_s * SAMPLE_RATE_HZ / columns
    low, high = np.zeros(columns), np.zeros(columns)
    energy, count = np.zeros(columns), np.zeros(columns)
    sample = mix.start_sample
    for block in _blocks(mix):
        mono = block.mean(axis=1)
        column = ((sample + np.arange(len(mono))) / column_samples).astype(np.int64)
        inside = (sample + np.arange(len(mono)) >= 0) & (column < columns)
        column, mono = column[inside], mono[inside]
        np.minimum.at(low, column, mono)
        np.maximum.at(high, column, mono)
        energy += np.bincount(column, weights=mono**2, minlength=columns)
        count += np.bincount(column, minlength=columns)
        sample += len(block)
    moments_s = (np.arange(columns) + 0.5) * duration_s / columns
    return moments_s, low, high, np.sqrt(energy / np.maximum(count, 1))


def _blocks(mix: AudioFile | StemFile) -> Iterator[NDArray[np.float32]]:
    if isinstance(mix, AudioFile):
        yield from decode_from(mix.path, Fraction(0))
        return
    with mix.path.open("rb") as file:
        while raw := file.read(_BLOCK_SAMPLES * 8):
            yield np.frombuffer(raw, dtype="<f4").reshape(-1, 2)
