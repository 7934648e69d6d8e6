"""A look-ahead limiter that hardly works: one gain curve, computed on the mix, applied to every stem.

It sees the true peak (the signal interpolated eight times, ITU-R BS.1770-4 annex 2 asks for four), is down in time for
each peak and lets go slowly. Most of a score never comes near the ceiling: those windows are passed over, by a bound on
how far an interpolated peak can rise above its samples.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing.raw import Stereo
from hitpoint.model.time import SAMPLE_RATE_HZ

#: Samples per window of `window_peaks`.
WINDOW_SAMPLES = 1024
#: The gain falls over 5 ms before a peak, and comes back by 40 dB a second after it.
LOOKAHEAD_SAMPLES = SAMPLE_RATE_HZ // 200
RELEASE_DB_PER_SAMPLE = 40.0 / SAMPLE_RATE_HZ
#: Kept free under the ceiling: another meter's interpolation filter may read a peak higher than ours. 0.5 dB is what
#: FFmpeg's reads more on the worst signal tried, a 12 kHz tone switched on and off; on music they agree to 0.1 dB.
MARGIN_DB = 0.6
#: A stem that is louder than the mix (others cancel it) may reach full scale, not more: 24-bit files clip there.
STEM_CEILING_DBFS = -0.1

_OVERSAMPLING = 8
_HALF_TAPS = 24


def window_peaks(block: Stereo) -> NDArray[np.float32]:
    """Return the highest sample, float32 [shape=(windows,)], of each window of a block; a last short one counts."""
    whole = len(block) // WINDOW_SAMPLES
    windows = block[: whole * WINDOW_SAMPLES].reshape(whole, 2 * WINDOW_SAMPLES)
    peaks = np.maximum(windows.max(axis=1), -windows.min(axis=1))
    rest = block[whole * WINDOW_SAMPLES :]
    return np.append(peaks, np.abs(rest).max()) if len(rest) else peaks


@cache
def overshoot() -> float:
    """Return how far the interpolated signal can exceed its highest sample, as a factor: no signal does worse."""
    return float(np.abs(_interpolator()).sum(axis=0).max())


def true_peak_envelope(block: Stereo) -> NDArray[np.float32]:
    """Return float32 [shape=(n,)]: per sample the true peak within one sample of it, over both channels.

    The first and last `_HALF_TAPS` samples see silence beyond the block.
    """
    envelope = np.zeros(len(block), dtype=np.float32)
    taps = _interpolator()
    for channel in block.T:
        padded = np.pad(channel, (_HALF_TAPS - 1, _HALF_TAPS))
        frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * _HALF_TAPS)
        between = np.abs(frames @ taps).max(axis=1)  # from this sample up to, not including, the next
        np.maximum(envelope, between, out=envelope)
        np.maximum(envelope[1:], between[:-1], out=envelope[1:])
    return envelope


class Limiter:
    """Gives the gain curve of one pass over the mix, block after block.

    Parameters
    ----------
    gain : float
        The static gain (a factor) that comes before the limiter.
    ceiling_dbtp : float
        What the limited true peak stays under.
    mix_peaks, stem_peaks : float32 [shape=(windows,)]
        `window_peaks` of the mix and, highest of all, of the stems, before the gain.
    """

    def __init__(
        self, *, gain: float, ceiling_dbtp: float, mix_peaks: NDArray[np.float32], stem_peaks: NDArray[np.float32]
    ) -> None:
        self._gain = gain
        self._ceiling = 10 ** ((ceiling_dbtp - MARGIN_DB) / 20)
        hot = mix_peaks * gain * overshoot() > self._ceiling
        self._hot = hot | np.append(hot[1:], False) | np.append(False, hot[:-1])  # the filter looks into neighbours
        stem_ceiling = 10 ** (STEM_CEILING_DBFS / 20)
        self._stem_db = 20 * np.log10(np.maximum(stem_peaks * gain / stem_ceiling, 1.0))
        self._held_db = 0.0
        self._before = np.zeros(LOOKAHEAD_SAMPLES)
        self.max_reduction_db = 0.0
        #: bool [shape=(windows,)]: in which windows the gain was lowered so far.
        self.limited = np.zeros(len(mix_peaks), dtype=np.bool_)

    @property
    def is_needed(self) -> bool:
        """Whether any window may need it; if not, `advance` gives None throughout."""
        return bool(self._hot.any() or self._stem_db.any())

    def advance(self, mix: Stereo, first_sample: int, count: int) -> NDArray[np.float32] | None:
        """Return the gain, float32 [shape=(count,)], of the next samples, or None where it stays 1.

        Parameters
        ----------
        mix : float32 [shape=(n, 2)]
            The mix before the gain from `first_sample` on (a whole window), and `lookahead_samples()` beyond `count`
            unless it ends before.
        """
        first, last = first_sample // WINDOW_SAMPLES, -(-(first_sample + len(mix)) // WINDOW_SAMPLES)
        is_quiet = not (self._hot[first:last].any() or self._stem_db[first:last].any())
        if is_quiet and self._held_db == 0.0 and not self._before.any():
            return None
        wanted_db = self._wanted_db(mix, first, count + LOOKAHEAD_SAMPLES)
        ahead = _highest_within(wanted_db, LOOKAHEAD_SAMPLES + 1)[:count]
        ramp = np.arange(1, count + 1) * RELEASE_DB_PER_SAMPLE
        held = np.maximum(np.maximum.accumulate(ahead + ramp) - ramp, self._held_db - ramp)
        held = np.maximum(held, 0.0)
        self._held_db = float(held[-1])
        if first_sample == 0:  # a mix that begins with a peak begins with the gain down
            self._before = np.full(LOOKAHEAD_SAMPLES, held[0])
        joined = np.concatenate([self._before, held])
        self._before = joined[-LOOKAHEAD_SAMPLES:]
        sums = np.concatenate([[0.0], np.cumsum(joined, dtype=np.float64)])
        reduction_db = (sums[LOOKAHEAD_SAMPLES + 1 :] - sums[: -LOOKAHEAD_SAMPLES - 1]) / (LOOKAHEAD_SAMPLES + 1)
        self.max_reduction_db = max(self.max_reduction_db, float(reduction_db.max()))
        curve = np.asarray(10 ** (-np.maximum(reduction_db, 0.0) / 20), dtype=np.float32)
        self.limited[(first_sample + np.flatnonzero(curve < 1.0)) // WINDOW_SAMPLES] = True
        return curve

    def _wanted_db(self, mix: Stereo, first_window: int, count: int) -> NDArray[np.float64]:
        """Return the reduction that each sample asks for, float64 [shape=(count,)], 0 beyond the end of the mix."""
        length = len(mix)
        wanted = np.zeros(max(count, length))
        for start in range(0, length, WINDOW_SAMPLES):
            end = min(start + WINDOW_SAMPLES, length)
            window = first_window + start // WINDOW_SAMPLES
            if self._hot[window]:
                low, high = max(0, start - _HALF_TAPS), min(length, end + _HALF_TAPS)
                peaks = true_peak_envelope(mix[low:high])[start - low : end - low] * self._gain
                wanted[start:end] = 20 * np.log10(np.maximum(peaks / self._ceiling, 1.0))
            if self._stem_db[window]:
                wanted[start:end] = np.maximum(wanted[start:end], self._stem_db[window])
        return wanted[:count]


def lookahead_samples() -> int:
    """Return how much of the mix beyond a block the limiter wants to see."""
    return LOOKAHEAD_SAMPLES + _HALF_TAPS


def _highest_within(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return for each place the highest of the next `width` values (itself included), by doubling."""
    highest, covered = values.copy(), 1
    while covered < width:
        step = min(covered, width - covered)
        highest[:-step] = np.maximum(highest[:-step], highest[step:])
        covered += step
    return highest


@cache
def _interpolator() -> NDArray[np.float32]:
    """Return a Kaiser-windowed sinc, float32 [shape=(2 * _HALF_TAPS, _OVERSAMPLING)]: one column per phase 0..7/8."""
    taps = np.arange(2 * _HALF_TAPS)[:, None] - (_HALF_TAPS - 1)
    distance = taps - np.arange(_OVERSAMPLING)[None, :] / _OVERSAMPLING
    window = np.i0(8.0 * np.sqrt(np.maximum(0.0, 1 - (distance / _HALF_TAPS) ** 2))) / np.i0(8.0)
    return np.asarray(np.sinc(distance) * window, dtype=np.float32)
