"""Time stretching that obeys a warp to the sample and leaves attacks as they are.

Method: a phase vocoder that reads two frames for every one it writes, one analysis hop apart at the place that the warp
names, so that the phase advances by what the sound itself does in a hop, whatever the speed (no unwrapping, no rounding
that adds up); bins follow the nearest spectral peak (identity phase locking, Laroche & Dolson 1999); where energy rises
the phases of the original are taken again (Röbel 2003), and around an attack the warp is bent to speed 1, so that the
attack itself is a copy. Both channels turn by the same phases: the stereo picture stays.

Rubber Band (pedalboard.time_stretch) was tried first: through that interface it takes speeds, not a time map, and its
hops are rounded: attacks land up to 23 ms from where the speeds put them after ten seconds
(benchmarks/alignment_audio.py prints both).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.warp import Seconds, Warp
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

WINDOW_SAMPLES = 4096
HOP_SAMPLES = 512
_BLOCK_FRAMES = 256
#: A copy around an attack: before it, and after it, where its neighbours leave so much room (share of the gap).
_COPY_BEFORE_S, _COPY_AFTER_S, _COPY_SHARE = 0.015, 0.035, 0.3
#: A bin is part of an attack when its power has risen by this factor within a hop.
_RISE = 4.0


def stretch(audio: Audio, warp: Warp, *, length_samples: int, onsets_s: Seconds, progress: Progress = SILENT) -> Audio:
    """Return the audio as the warp places it, float32 [shape=(length_samples, 2)].

    Parameters
    ----------
    audio : float32 [shape=(n, 2)], 48 kHz
        Source; silence is read before and after it.
    warp : Warp
        Target second 0 is the first sample of the result.
    onsets_s : float64 [shape=(m,)], rising
        Source seconds of the attacks to keep.
    """
    placed = keep_attacks(warp, onsets_s)
    frames = -(-length_samples // HOP_SAMPLES) + WINDOW_SAMPLES // HOP_SAMPLES
    centres_s = (np.arange(frames) - WINDOW_SAMPLES // HOP_SAMPLES // 2) * HOP_SAMPLES / SAMPLE_RATE_HZ
    reading = np.rint(placed.source_at(centres_s) * SAMPLE_RATE_HZ).astype(np.int64)
    window = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)
    gain = np.float32(HOP_SAMPLES / float((window**2).sum()))
    result = np.zeros((frames * HOP_SAMPLES + WINDOW_SAMPLES, 2), dtype=np.float32)
    turner = _Turner()
    for first in range(0, frames, _BLOCK_FRAMES):
        progress.update(first / frames, "stretching")
        block = reading[first : first + _BLOCK_FRAMES]
        here, before = _spectra(audio, block, window), _spectra(audio, block - HOP_SAMPLES, window)
        turned = here * turner.turn(here.sum(axis=0), before.sum(axis=0))
        waves = np.fft.irfft(turned, n=WINDOW_SAMPLES, axis=-1).astype(np.float32) * (window * gain)
        for index in range(len(block)):
            start = (first + index) * HOP_SAMPLES
            result[start : start + WINDOW_SAMPLES] += waves[:, index].T
    head = WINDOW_SAMPLES  # the first frame is centred half a window before target 0, and begins a whole one before it
    return np.ascontiguousarray(result[head : head + length_samples])


def keep_attacks(warp: Warp, onsets_s: Seconds) -> Warp:
    """Return the warp with speed 1 in a small place around each attack; attacks stay where they were put."""
    onsets = np.unique(np.asarray(onsets_s, dtype=np.float64))
    if not len(onsets):
        return warp
    landed = warp.target_at(onsets)
    room = np.minimum(np.diff(onsets), np.diff(landed)) * _COPY_SHARE
    before = np.minimum(_COPY_BEFORE_S, np.concatenate([[np.inf], room]))
    after = np.minimum(_COPY_AFTER_S, np.concatenate([room, [np.inf]]))
    source = np.stack([onsets - before, onsets + after], axis=1).ravel()
    target = np.stack([landed - before, landed + after], axis=1).ravel()
    zones = np.searchsorted(source, warp.source_s)
    is_free = zones % 2 == 0  # knots inside a copied place are left out
    clear_s = 0.001
    near = np.abs(warp.source_s[:, None] - source[None, :]).min(axis=1) < clear_s
    near |= np.abs(warp.target_s[:, None] - target[None, :]).min(axis=1) < clear_s
    keep = is_free & ~near
    knots = np.concatenate([source, warp.source_s[keep]])
    images = np.concatenate([target, warp.target_s[keep]])
    order = np.argsort(knots, kind="stable")
    knots, images = knots[order], images[order]
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(images)) > 0])
    return Warp(images[rising], knots[rising])


def _spectra(audio: Audio, centres: NDArray[np.int64], window: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Return spectra [shape=(2, frames, bins)] of the windows around source samples."""
    starts = centres - WINDOW_SAMPLES // 2
    low, high = int(starts.min()), int(starts.max()) + WINDOW_SAMPLES
    piece = np.zeros((high - low, 2), dtype=np.float32)
    first, last = max(low, 0), min(high, len(audio))
    if last > first:
        piece[first - low : last - low] = audio[first:last]
    picked = (starts - low)[:, None] + np.arange(WINDOW_SAMPLES)
    return np.fft.rfft(piece.T[:, picked] * window, axis=-1).astype(np.complex64)


class _Turner:
    """By how much each bin of each frame is turned; remembers the last frame that was written."""

    def __init__(self) -> None:
        self._written: NDArray[np.complex64] | None = None
        self._power: NDArray[np.float32] | None = None

    def turn(self, here: NDArray[np.complex64], before: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Return unit factors [shape=(frames, bins)] for frames `here`, `before` being one hop before each."""
        power = (here.real**2 + here.imag**2).astype(np.float32)
        earlier = before.real**2 + before.imag**2
        rises = power > _RISE * earlier + 1e-12 * float(power.max(initial=0.0))
        is_peak = np.zeros(here.shape, dtype=bool)
        is_peak[:, 2:-2] = (
            (power[:, 2:-2] >= power[:, 1:-3])
            & (power[:, 2:-2] >= power[:, 3:-1])
            & (power[:, 2:-2] > power[:, :-4])
            & (power[:, 2:-2] > power[:, 4:])
        )
        factors = np.ones(here.shape, dtype=np.complex64)
        bins = np.arange(here.shape[1])
        for index in range(len(here)):
            peaks = np.flatnonzero(is_peak[index])
            if self._written is not None and len(peaks):
                wanted = self._written[peaks] * np.conj(before[index, peaks])
                size = np.abs(wanted)
                turns = np.where(size > 0, wanted / np.where(size > 0, size, 1.0), 1.0)
                turns[rises[index, peaks]] = 1.0
                nearest = np.searchsorted((peaks[1:] + peaks[:-1]) / 2.0, bins)
                factors[index] = turns[nearest]
            self._written = here[index] * factors[index]
        return factors
