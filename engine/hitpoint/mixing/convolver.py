"""Streaming convolution with a long response, without delay.

Uniformly partitioned overlap-save: blocks of `BLOCK_SAMPLES`, each transformed once, multiplied with the partitions of
the response. What comes out block by block is the convolution of the whole, as tests/mixing checks by the plain sum.

pedalboard's Convolution was tried (zero delay, 180 times real time): it scales the response by a factor of its own,
loads it in the background, and takes a mono or stereo response only, so that a source on the left would be reflected to
the left alone. This one runs at some 1000 times real time on the same core, true stereo, and its output is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing.raw import Stereo

#: 0.68 s: a transform of twice that (512 KiB of float32) still lives in a core's cache.
BLOCK_SAMPLES = 32_768
#: -130 dB.
_NO_ENERGY = 1e-13


@dataclass(frozen=True, slots=True)
class Kernel:
    """A stereo response: `near` true stereo within the first block, `far` fed by the sum of both channels.

    Attributes
    ----------
    near : float32 [shape=(2, 2, n <= BLOCK_SAMPLES)]
        Output channel, input channel, samples.
    far : float32 [shape=(2, n)]
        Output channel, samples; starts at delay 0 like `near` and adds to it.
    """

    near: NDArray[np.float32]
    far: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spectra:
    """A kernel as it is multiplied with: complex64 spectra of twice a block.

    Attributes
    ----------
    near : complex64 [shape=(2, 2, BLOCK_SAMPLES + 1)]
        Output channel, input channel, bins; the first block of `far` is in it.
    far : complex64 [shape=(2, partitions, BLOCK_SAMPLES + 1)]
        The blocks after the first.
    far_bins : tuple of int
        Per partition of `far`: above so many bins there is less than -130 dB of what goes in, as treble dies first.
    """

    near: NDArray[np.complex64]
    far: NDArray[np.complex64]
    far_bins: tuple[int, ...]

    @classmethod
    def of(cls, kernel: Kernel) -> Spectra:
        """Return the spectra of a kernel."""
        from scipy import fft

        if kernel.near.shape[-1] > BLOCK_SAMPLES:
            raise ValueError(f"near part of {kernel.near.shape[-1]} samples is longer than a block of {BLOCK_SAMPLES}")
        partitions = -(-kernel.far.shape[-1] // BLOCK_SAMPLES)
        far = np.zeros((2, partitions * BLOCK_SAMPLES), dtype=np.float32)
        far[:, : kernel.far.shape[-1]] = kernel.far
        far = far.reshape(2, partitions, BLOCK_SAMPLES)
        near = np.zeros((2, 2, BLOCK_SAMPLES), dtype=np.float32)
        near[..., : kernel.near.shape[-1]] = kernel.near
        near += far[:, None, 0]
        spectra = fft.rfft(far[:, 1:], 2 * BLOCK_SAMPLES)
        energy = (np.abs(spectra).astype(np.float64) ** 2).sum(axis=0) / BLOCK_SAMPLES
        above = np.cumsum(energy[:, ::-1], axis=1)[:, ::-1]  # of all bins from this one on
        far_bins = tuple(int(count) for count in (above > _NO_ENERGY).sum(axis=1))
        return cls(near=fft.rfft(near, 2 * BLOCK_SAMPLES), far=spectra, far_bins=far_bins)


class Convolver:
    """Convolves a stereo stream with a kernel, keeping what rings on between calls."""

    def __init__(self, kernel: Kernel | Spectra) -> None:
        from scipy import fft

        self._fft = fft
        spectra = Spectra.of(kernel) if isinstance(kernel, Kernel) else kernel
        self._near, self._far = spectra.near, spectra.far
        self._last_block = np.zeros((BLOCK_SAMPLES, 2), dtype=np.float32)
        self._past_sums = np.zeros((self._far.shape[1], BLOCK_SAMPLES + 1), dtype=np.complex64)  # newest first

    @property
    def is_silent(self) -> bool:
        """Whether nothing rings on: silence in would give silence out."""
        return not (self._last_block.any() or self._past_sums.any())

    @property
    def memory_blocks(self) -> int:
        """How many blocks before the next one still matter."""
        return 1 + len(self._past_sums)

    def restart(self, past: Stereo) -> None:
        """Go on as after any stream that ended with `past` [shape=(memory_blocks * BLOCK_SAMPLES, 2)]."""
        blocks = past.reshape(-1, BLOCK_SAMPLES, 2)
        self._past_sums[:] = 0.0
        for index in range(1, len(blocks)):  # the first is only what the second stands behind
            if len(self._past_sums):
                self._past_sums[1:] = self._past_sums[:-1].copy()
                frames = np.concatenate([blocks[index - 1], blocks[index]]).T
                spectra = self._fft.rfft(np.ascontiguousarray(frames))
                np.add(spectra[0], spectra[1], out=self._past_sums[0])
        self._last_block = blocks[-1].copy()

    def process(self, samples: Stereo) -> Stereo:
        """Return float32 [shape=(n, 2)] for the next n samples, n a multiple of `BLOCK_SAMPLES`."""
        blocks, rest = divmod(len(samples), BLOCK_SAMPLES)
        if rest:
            raise ValueError(f"{len(samples)} samples are not whole blocks of {BLOCK_SAMPLES}")
        if self.is_silent and not samples.any():
            return np.zeros_like(samples)
        framed = np.concatenate([self._last_block, samples]).T.reshape(2, blocks + 1, BLOCK_SAMPLES)
        frames = np.concatenate([framed[:, :-1], framed[:, 1:]], axis=2)  # each block behind its predecessor
        spectra = self._fft.rfft(frames)  # (in, block, bins)
        answer = np.empty_like(spectra)
        product = np.empty_like(spectra[0, 0])
        for block in range(blocks):
            for out in range(2):
                np.multiply(self._near[out, 0], spectra[0, block], out=answer[out, block])
                np.multiply(self._near[out, 1], spectra[1, block], out=product)
                answer[out, block] += product
                for partition, past in enumerate(self._past_sums):
                    np.multiply(self._far[out, partition], past, out=product)
                    answer[out, block] += product
            if len(self._past_sums):
                self._past_sums[1:] = self._past_sums[:-1].copy()
                np.add(spectra[0, block], spectra[1, block], out=self._past_sums[0])
        self._last_block = samples[-BLOCK_SAMPLES:].copy()
        result: Stereo = self._fft.irfft(answer)[..., BLOCK_SAMPLES:].reshape(2, -1).T
        return result
