"""What a span should please on its way: soft hits within their tolerance, cuts near a beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.spotting import Cue
from hitpoint.model.time import FrameRate, frames_to_seconds

#: A cut within this many frames of a beat counts as on it (music.md §1).
CUT_TOLERANCE_FRAMES = 2
_BAR_EIGHTHS = 8


@dataclass(frozen=True, slots=True)
class Moments:
    """Seconds from the cue's first frame, sorted; soft hits also with tolerance, weight and strength."""

    soft_s: NDArray[np.float64]
    soft_tolerance_s: NDArray[np.float64]
    soft_weight: NDArray[np.float64]
    soft_is_strong: NDArray[np.bool_]
    cut_s: NDArray[np.float64]
    cut_tolerance_s: float

    def missed(
        self, start_s: float, duration_s: float, counts: NDArray[np.int64], soft_price: float, cut_price: float
    ) -> NDArray[np.float64]:
        """Return the price of what a span misses [shape=(counts, 8)], per count and rest at its start.

        Bars are taken for 4/4 from the last downbeat on, which holds up to the odd bar just before the next one. A
        strong soft hit on a beat that is no downbeat costs half.
        """
        price = np.zeros((len(counts), _BAR_EIGHTHS))
        first, last = np.searchsorted(self.soft_s, [start_s, start_s + duration_s])
        if last > first:
            eighths = self._eighths(self.soft_s[first:last], start_s, duration_s, counts)
            tolerance = self.soft_tolerance_s[first:last, None, None] * (counts / duration_s)[None, :, None]
            weight = soft_price * self.soft_weight[first:last, None, None]
            on_beat = _distance(eighths, 2) <= tolerance
            on_downbeat = _distance(eighths, _BAR_EIGHTHS) <= tolerance
            good = on_downbeat | (on_beat & ~self.soft_is_strong[first:last, None, None])
            price += (weight * np.where(good, 0.0, np.where(on_beat, 0.5, 1.0))).sum(axis=0)
        first, last = np.searchsorted(self.cut_s, [start_s, start_s + duration_s])
        if last > first:
            eighths = self._eighths(self.cut_s[first:last], start_s, duration_s, counts)[:, :, :2]
            off = _distance(eighths, 2) > self.cut_tolerance_s * (counts / duration_s)[None, :, None]
            price += np.tile(cut_price * off.sum(axis=0), _BAR_EIGHTHS // 2)
        return price

    @staticmethod
    def _eighths(
        seconds: NDArray[np.float64], start_s: float, duration_s: float, counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return eighths since the last downbeat [shape=(moments, counts, 8)]."""
        inside = (seconds - start_s)[:, None, None] * (counts / duration_s)[None, :, None]
        return inside + np.arange(_BAR_EIGHTHS)[None, None, :]


def read_moments(cue: Cue, *, rate: FrameRate, cut_frames: Sequence[int]) -> Moments:
    """Return the soft hits and the cuts that lie inside a cue."""
    start, end = cue.span.start_frame, cue.span.end_frame
    soft = sorted((hit for hit in cue.hits if not hit.is_hard and start < hit.frame < end), key=lambda hit: hit.frame)

    def seconds(frames: Sequence[int]) -> NDArray[np.float64]:
        return np.array([float(frames_to_seconds(frame, rate)) for frame in frames], dtype=np.float64)

    return Moments(
        soft_s=seconds([hit.frame - start for hit in soft]),
        soft_tolerance_s=seconds([max(1, hit.tolerance_frames) for hit in soft]),
        soft_weight=np.array([hit.weight for hit in soft], dtype=np.float64),
        soft_is_strong=np.array([hit.is_strong for hit in soft], dtype=np.bool_),
        cut_s=seconds(sorted({frame - start for frame in cut_frames if start < frame < end})),
        cut_tolerance_s=float(CUT_TOLERANCE_FRAMES * rate.frame_s),
    )


def _distance(eighths: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """Return the distance to the nearest multiple of a period."""
    return np.abs(eighths - period * np.round(eighths / period))
