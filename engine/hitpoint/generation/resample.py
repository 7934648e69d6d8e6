"""From a model's sample rate to ours and back, to exact lengths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]


def resample(audio: Audio, from_hz: int, to_hz: int, length_samples: int) -> Audio:
    """Return audio at another sample rate, exactly `length_samples` long: cut, or filled with silence.

    Parameters
    ----------
    audio : float32 [shape=(n,) or (n, channels)]
    length_samples : int
        At `to_hz`.

    Sample k of the result lies at the moment k / to_hz, as it did before: soxr's filters (quality "VHQ") have linear
    phase and their delay is taken off.
    """
    moved = np.asarray(audio, dtype=np.float32)
    if from_hz != to_hz and len(moved):
        import soxr

        moved = soxr.resample(np.ascontiguousarray(moved), from_hz, to_hz, quality="VHQ")
    result = np.zeros((length_samples, *moved.shape[1:]), dtype=np.float32)
    kept = min(length_samples, len(moved))
    result[:kept] = moved[:kept]
    return result
