"""The mix as an array, and as a small file that every browser plays."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hitpoint.files import write_beside
from hitpoint.model.audio import StemFile
from hitpoint.model.errors import MissingToolError
from hitpoint.model.time import SAMPLE_RATE_HZ

_BIT_RATE = 160_000
#: The mix is delivered at -23 LUFS with peaks far over it; a listener in a browser wants it louder, peaks kept whole.
_PEAK_DBFS = -1.0
_BLOCK_SAMPLES = 1024


def read_mix(file: StemFile) -> NDArray[np.float32]:
    """Return a raw file as float32 [shape=(n, 2)]."""
    return np.fromfile(file.path, dtype="<f4").reshape(-1, 2).astype(np.float32, copy=False)


def write_listening_copy(path: Path, audio: NDArray[np.float32]) -> None:
    """Write AAC (.m4a), brought up by one gain until its highest sample lies at `_PEAK_DBFS`."""
    import av

    peak = float(np.abs(audio).max(initial=0.0))
    gain = 10 ** (_PEAK_DBFS / 20) / peak if peak > 0 else 1.0
    planes = np.ascontiguousarray((audio * np.float32(gain)).T)
    try:
        with write_beside(path) as unfinished, av.open(str(unfinished), "w") as output:
            stream = output.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
            stream.bit_rate = _BIT_RATE
            for first in range(0, planes.shape[1], _BLOCK_SAMPLES):
                block = np.ascontiguousarray(planes[:, first : first + _BLOCK_SAMPLES])
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, first, Fraction(1, SAMPLE_RATE_HZ)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise MissingToolError(f"this build of PyAV cannot write AAC ({error}); install the wheel of `av`") from error
