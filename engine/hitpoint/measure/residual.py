"""Whether the stems sum to the mix, on the files that are delivered.

Conventions: dBFS of the highest sample of mix minus stems, either channel; -inf where they are equal to the bit. Files
are read block by block, sound files (24-bit WAV, BWF) as well as the raw float stems of a work folder.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.audio import AudioFile, StemFile
from hitpoint.model.errors import MediaError

_BLOCK_SAMPLES = 1 << 18


def validate(mix: StemFile | AudioFile, stems: Sequence[StemFile | AudioFile]) -> None:
    """Raise `ValueError` if there are no stems or they do not cover the mix's record range."""
    if not stems:
        raise ValueError("a residual needs at least one stem")
    for stem in stems:
        if (stem.start_sample, stem.length_samples) != (mix.start_sample, mix.length_samples):
            raise ValueError(f"{stem.path.name} does not cover the same record samples as {mix.path.name}")


def stem_residual_dbfs(mix: StemFile | AudioFile, stems: Sequence[StemFile | AudioFile]) -> float:
    """Return the peak of mix minus the sum of stems in dBFS; `MediaError` if a file cannot be read or is short."""
    validate(mix, stems)
    highest = 0.0
    with ExitStack() as stack:
        readers = [stack.enter_context(_Reader(file)) for file in (mix, *stems)]
        for first in range(0, mix.length_samples, _BLOCK_SAMPLES):
            count = min(_BLOCK_SAMPLES, mix.length_samples - first)
            difference = readers[0].read(count).astype(np.float64)
            for reader in readers[1:]:
                difference -= reader.read(count)
            highest = max(highest, float(np.abs(difference).max()))
    return 20 * math.log10(highest) if highest > 0 else -math.inf


class _Reader:
    """Reads any of our audio files forwards, as float32 [shape=(n, 2)]; 24 bits fit into float32 exactly."""

    def __init__(self, file: StemFile | AudioFile) -> None:
        self._path: Path = file.path
        self._is_raw = isinstance(file, StemFile)
        self._file: Any = None

    def __enter__(self) -> _Reader:
        try:
            if self._is_raw:
                self._file = self._path.open("rb")
            else:
                from pedalboard.io import AudioFile as SoundFile

                self._file = SoundFile(str(self._path))
        except (OSError, ValueError) as error:
            raise MediaError(f"{self._path} cannot be read as audio ({error}); write it again") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, count: int) -> NDArray[np.float32]:
        """Return the next `count` samples; a file that ends before is an error, not silence."""
        if self._is_raw:
            block = np.fromfile(self._file, dtype="<f4", count=2 * count).reshape(-1, 2)
        else:
            block = self._file.read(count).T
        if len(block) < count:
            raise MediaError(f"{self._path} ends {count - len(block)} samples too soon; write it again")
        return np.asarray(block, dtype=np.float32)
