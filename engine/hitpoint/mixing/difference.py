"""A mix made from the mix before by what changed in the dry sound: the hall is linear, so the rest need not be known.

What is added is `gain * wet * (difference + hall(difference))`. Nothing rings into a region from before its first
changed sample, layers that are the same cost nothing, and all layers share one inverse transform. That holds while
gain, fades and ducking are the same and the limiter rests in both mixes; else `mixing.again` makes the region anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing.again import Hall, Layer
from hitpoint.mixing.automation import Automation, GainCurve, gain_over
from hitpoint.mixing.convolver import BLOCK_SAMPLES, Spectra
from hitpoint.mixing.hall import TAIL_SAMPLES
from hitpoint.mixing.limiter import WINDOW_SAMPLES, Limiter, lookahead_samples, window_peaks
from hitpoint.mixing.raw import Stereo

#: The limiter lets go within this time of anything that it does in a mix, and looks ahead less far.
_LIMITER_SAMPLES = 12_000
#: So much is worked on in memory (two minutes, 250 MB of differences); more is mixed anew.
_MOST_BLOCKS = 192
_MOST_LAYER_BLOCKS = 1024
#: Of two channels each: four transforms at a time let the library use the processor's wide registers.
_FRAMES_AT_ONCE = 2

_Blocks = NDArray[np.float32]  # [shape=(blocks, 2, BLOCK_SAMPLES)]
#: Gives record samples [start, start + count) of what is known as float32 [shape=(count, 2)].
Read = Callable[[int, int], Stereo]


@dataclass(frozen=True, slots=True)
class Difference:
    """New dry sound minus old, float32 [shape=(n, 2)], from a record sample on."""

    start_sample: int
    samples: Stereo

    @property
    def span(self) -> tuple[int, int]:
        """First record sample, and the one after the last."""
        return self.start_sample, self.start_sample + len(self.samples)


class DifferenceMixer:
    """The region of a mix in which dry sound differs, and its hall.

    Parameters
    ----------
    differences : mapping of (stem, depth) to differences
        All of them that lie in the region.
    automations : mapping of stem to Automation
        The same before and after.
    origin_sample, length_samples : int
        The record range of the whole mix.
    changed : (start, end)
        Record samples that hold all the differences.
    """

    def __init__(
        self,
        differences: Mapping[Layer, Sequence[Difference]],
        *,
        hall: Hall,
        gain_db: float,
        ceiling_dbtp: float,
        automations: Mapping[str, Automation],
        origin_sample: int,
        length_samples: int,
        changed: tuple[int, int],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._differences, self._hall, self._automations = differences, hall, automations
        self._gain, self._ceiling_dbtp = 10 ** (gain_db / 20), ceiling_dbtp
        self._pool = pool
        self._layers: dict[str, list[Layer]] = {}
        for layer in differences:
            self._layers.setdefault(layer[0], []).append(layer)
        self._halls: dict[str, tuple[int, NDArray[np.complex64]]] = {}  # `_hall_of` stems, kept from mix to stems
        first = max(0, changed[0] - origin_sample) // BLOCK_SAMPLES
        last = -(-(changed[1] - origin_sample + TAIL_SAMPLES) // BLOCK_SAMPLES)
        self._first = first * BLOCK_SAMPLES
        self._end = min(last * BLOCK_SAMPLES, length_samples)
        self._blocks = -(-(self._end - self._first) // BLOCK_SAMPLES)
        self.start_sample, self.end_sample = origin_sample + self._first, origin_sample + self._end

    @property
    def count(self) -> int:
        """How many samples the region has."""
        return self._end - self._first

    @property
    def windows(self) -> slice:
        """The windows of `limiter.window_peaks` that the region covers."""
        return slice(self._first // WINDOW_SAMPLES, -(-self._end // WINDOW_SAMPLES))

    def may_be_used(self, limited: NDArray[np.bool_]) -> bool:
        """Return whether the region is short enough and the limiter rested in and around it in the mix before."""
        first, last = self._first - _LIMITER_SAMPLES, self._end + _LIMITER_SAMPLES
        is_short = self._blocks <= _MOST_BLOCKS and self._blocks * len(self._differences) <= _MOST_LAYER_BLOCKS
        return is_short and not limited[max(0, first) // WINDOW_SAMPLES : -(-last // WINDOW_SAMPLES)].any()

    def mix(
        self, old: Stereo, mix_peaks: NDArray[np.float32], stem_peaks: NDArray[np.float32]
    ) -> tuple[Stereo, NDArray[np.float32]] | None:
        """Return the region of the mix, float32 [shape=(n, 2)], and the peaks of the whole mix before the gain.

        `old` is the region as it was, the peaks are those of the mix before. None where the limiter has to work now.
        """
        new = self._added(self._layers, old)
        peaks = mix_peaks.copy()
        peaks[self.windows] = window_peaks(new) / np.float32(self._gain)
        return None if self._is_too_loud(new, peaks[self.windows], stem_peaks[self.windows]) else (new, peaks)

    def _is_too_loud(self, new: Stereo, mix_peaks: NDArray[np.float32], stem_peaks: NDArray[np.float32]) -> bool:
        gain = np.float32(self._gain)  # `new` has it already
        limiter = Limiter(
            gain=1.0, ceiling_dbtp=self._ceiling_dbtp, mix_peaks=mix_peaks * gain, stem_peaks=stem_peaks * gain
        )
        if not limiter.is_needed:
            return False
        for first in range(0, len(new), BLOCK_SAMPLES):
            count = min(BLOCK_SAMPLES, len(new) - first)
            limiter.advance(new[first : first + count + lookahead_samples()], first, count)
        return limiter.max_reduction_db > 0.0

    def stems(self, read: Mapping[str, Read]) -> tuple[dict[str, Stereo], NDArray[np.float32]] | None:
        """Return the region of each stem that is another one, and the highest peak of them by window, before the gain.

        `read` gives the stems as they were. None where a stem would be louder than the limiter lets it be.
        """
        stems: dict[str, Stereo] = {}
        peaks = np.zeros(-(-self.count // WINDOW_SAMPLES), dtype=np.float32)
        for name, reader in read.items():
            old = reader(self.start_sample, self.count)
            new = self._added([name], old) if name in self._layers else old
            np.maximum(peaks, window_peaks(new) / np.float32(self._gain), out=peaks)
            if name in self._layers:
                stems[name] = new
        limiter = Limiter(
            gain=self._gain, ceiling_dbtp=self._ceiling_dbtp, mix_peaks=np.zeros_like(peaks), stem_peaks=peaks
        )
        return None if limiter.is_needed else (stems, peaks)

    def _added(self, names: Iterable[str], old: Stereo) -> Stereo:
        """Return the old region with the differences of some stems and their hall, at the mix's gain."""
        new = old.copy()
        together: dict[tuple[GainCurve, ...], list[str]] = {}
        for name in names:  # what is faded alike goes through one inverse transform
            curves = self._automations[name].wet
            end, start = self.end_sample, self.start_sample
            touching = tuple(c for c in curves if c.samples[0] < end and c.samples[-1] > start)
            together.setdefault(touching, []).append(name)
        self._put_into_the_hall([name for alike in together.values() for name in alike])
        for curves, alike in together.items():
            self._add(alike, curves, new)
        return new

    def _put_into_the_hall(self, names: Sequence[str]) -> None:
        """Work out what the hall makes of stems that were not asked for yet, the dearest first."""
        missing = [name for name in names if name not in self._halls]
        missing.sort(key=lambda name: -sum(len(self._framed(layer)) for layer in self._layers[name]))
        for name, made in zip(missing, self._pool.map(self._hall_of, missing), strict=True):
            self._halls[name] = made

    def _add(self, names: Sequence[str], curves: Sequence[GainCurve], new: Stereo) -> None:
        from scipy import fft

        def finish(first: int) -> None:
            last = min(first + _FRAMES_AT_ONCE, self._blocks)
            total = np.zeros((last - first, 2, BLOCK_SAMPLES + 1), dtype=np.complex64)
            for name in names:
                begin, wet = self._halls[name]
                low, high = max(first, begin), min(last, begin + len(wet))
                if low < high:
                    total[low - first : high - first] += wet[low - begin : high - begin]
            begin, end = first * BLOCK_SAMPLES, min(last * BLOCK_SAMPLES, self.count)
            block = fft.irfft(total)[..., BLOCK_SAMPLES:].transpose(1, 0, 2).reshape(2, -1)[:, : end - begin]
            for name in names:
                for layer in self._layers[name]:
                    self._read(layer, begin, block)
            gain = gain_over(curves, self.start_sample + begin, end - begin)
            block *= np.float32(self._gain) if gain is None else np.float32(self._gain) * gain
            new[begin:end] += block.T

        list(self._pool.map(finish, range(0, self._blocks, _FRAMES_AT_ONCE)))

    def _framed(self, layer: Layer) -> list[int]:
        """Return the blocks in which a layer differs, and those that stand behind them."""
        found: set[int] = set()
        for difference in self._differences[layer]:
            start, end = (sample - self.start_sample for sample in difference.span)
            found.update(range(max(0, start // BLOCK_SAMPLES), min(self._blocks, (end - 1) // BLOCK_SAMPLES + 2)))
        return sorted(found)

    def _read(self, layer: Layer, first: int, into: NDArray[np.float32]) -> None:
        """Add the difference of a layer, gated, from a sample of the region on to float32 [shape=(2, n)]."""
        for difference in self._differences[layer]:
            at = difference.start_sample - self.start_sample
            low, high = max(first, at), min(first + into.shape[1], at + len(difference.samples))
            if low >= high:
                continue
            samples = difference.samples[low - at : high - at]
            gain = gain_over(self._automations[layer[0]].dry, self.start_sample + low, high - low)
            into[:, low - first : high - first] += samples.T if gain is None else samples.T * gain

    def _hall_of(self, name: str) -> tuple[int, NDArray[np.complex64]]:
        """Return what the hall adds to a stem: its first block, and spectra, complex64 [shape=(blocks, 2, bins)]."""
        from scipy import fft

        rows = [(self._hall.spectra(layer), self._framed(layer)) for layer in self._layers[name]]
        begin = min((framed[0] for _, framed in rows if framed), default=0)
        last = max((framed[-1] + 1 + len(spectra.far_bins) for spectra, framed in rows if framed), default=0)
        total = np.zeros((min(last, self._blocks) - begin, 2, BLOCK_SAMPLES + 1), dtype=np.complex64)
        product = np.empty(BLOCK_SAMPLES + 1, dtype=np.complex64)
        for layer, (spectra, framed) in zip(self._layers[name], rows, strict=True):
            for group in range(0, len(framed), _FRAMES_AT_ONCE):
                blocks = framed[group : group + _FRAMES_AT_ONCE]
                frames = np.zeros((len(blocks), 2, 2 * BLOCK_SAMPLES), dtype=np.float32)
                for frame, block in zip(frames, blocks, strict=True):
                    self._read(layer, (block - 1) * BLOCK_SAMPLES, frame)
                for block, spectrum in zip(blocks, fft.rfft(frames), strict=True):
                    _add_hall(total[block - begin :], spectrum, spectra, product)
        return begin, total


def _add_hall(
    total: NDArray[np.complex64], spectrum: NDArray[np.complex64], hall: Spectra, product: NDArray[np.complex64]
) -> None:
    """Add what the hall makes of one frame, complex64 [shape=(2, bins)], to this block and to those after it."""
    both = spectrum[0] + spectrum[1]
    for out in range(2):
        for channel in range(2):
            np.multiply(hall.near[out, channel], spectrum[channel], out=product)
            np.add(total[0, out], product, out=total[0, out])
        for partition, bins in enumerate(hall.far_bins[: len(total) - 1]):
            np.multiply(hall.far[out, partition, :bins], both[:bins], out=product[:bins])
            later = total[1 + partition, out, :bins]
            np.add(later, product[:bins], out=later)
