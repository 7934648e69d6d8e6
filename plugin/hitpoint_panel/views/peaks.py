"""The waveform at every zoom: peaks at halving resolutions, so that a picture of two hours costs what one bar costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class PeakPyramid:
    """Peaks of one row of values at 1, 1/2, 1/4 … of its resolution.

    Parameters
    ----------
    peaks : array of shape (n,), float32, 0..1
        One value per hop; NaN counts as silence.
    """

    def __init__(self, peaks: NDArray[np.float32]) -> None:
        level = np.nan_to_num(np.asarray(peaks, dtype=np.float32), nan=0.0)
        self._levels = [level]
        while len(level) > 1:
            if len(level) % 2:
                level = np.append(level, level[-1:])
            level = np.maximum(level[0::2], level[1::2])
            self._levels.append(level)

    @property
    def hops(self) -> int:
        """Number of values at full resolution."""
        return len(self._levels[0])

    def columns(self, first_hop: float, hops_per_column: float, count: int) -> NDArray[np.float32]:
        """Return the largest peak under each of `count` columns of a screen.

        Column i covers the hops from `first_hop + i * hops_per_column`; outside of the waveform it is 0. A level is
        taken at which a column covers one to two values, so the cost is that of the columns, not of the waveform.
        """
        out = np.zeros(count, dtype=np.float32)
        if not self.hops or count <= 0:
            return out
        depth = min(max(int(np.floor(np.log2(max(hops_per_column, 1.0)))), 0), len(self._levels) - 1)
        level, scale = self._levels[depth], float(2**depth)
        edges = (first_hop + np.arange(count + 1) * hops_per_column) / scale
        starts = np.floor(edges[:-1]).astype(np.int64)
        ends = np.maximum(np.ceil(edges[1:]).astype(np.int64), starts + 1)
        for offset in range(int(np.max(ends - starts))):
            index = starts + offset
            is_in = (index >= 0) & (index < len(level)) & (index < ends)
            out[is_in] = np.maximum(out[is_in], level[index[is_in]])
        return out
