"""Spectra of minimum-phase filters, to be folded into a kernel: they change the tone and delay nothing.

Bilinear transforms of analogue prototypes. A minimum-phase filter answers an impulse from its very sample on, with as
much of its energy as early as any filter of its magnitude can, so an attack stays where it was.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.time import SAMPLE_RATE_HZ

Spectrum = NDArray[np.complex128]

#: Slope of the shelves (1 is the steepest without a bump): half as steep, so that one hears a tone and no filter.
_SHELF_SLOPE = 0.5


def high_pass(fft_samples: int, cutoff_hz: float) -> Spectrum:
    """Return the spectrum [shape=(fft_samples // 2 + 1,)] of a second-order Butterworth high-pass."""
    warped = np.tan(np.pi * cutoff_hz / SAMPLE_RATE_HZ)
    z1 = _one_sample(fft_samples)
    numerator = (1 - z1) ** 2
    denominator = numerator + np.sqrt(2) * warped * (1 - z1) * (1 + z1) + warped**2 * (1 + z1) ** 2
    return np.asarray(numerator / denominator)


def low_shelf(fft_samples: int, centre_hz: float, gain_db: float) -> Spectrum:
    """Return the spectrum of a shelf: `gain_db` far below `centre_hz`, half of it there, 0 dB far above."""
    root, alpha, cosine = _shelf_terms(centre_hz, gain_db)
    bend = 2 * math.sqrt(root) * alpha
    return _biquad(
        fft_samples,
        (root * (root + 1 - (root - 1) * cosine + bend),
         2 * root * (root - 1 - (root + 1) * cosine),
         root * (root + 1 - (root - 1) * cosine - bend)),
        (root + 1 + (root - 1) * cosine + bend,
         -2 * (root - 1 + (root + 1) * cosine),
         root + 1 + (root - 1) * cosine - bend),
    )  # fmt: skip


def high_shelf(fft_samples: int, centre_hz: float, gain_db: float) -> Spectrum:
    """Return the spectrum of a shelf: `gain_db` far above `centre_hz`, half of it there, 0 dB far below."""
    root, alpha, cosine = _shelf_terms(centre_hz, gain_db)
    bend = 2 * math.sqrt(root) * alpha
    return _biquad(
        fft_samples,
        (root * (root + 1 + (root - 1) * cosine + bend),
         -2 * root * (root - 1 + (root + 1) * cosine),
         root * (root + 1 + (root - 1) * cosine - bend)),
        (root + 1 - (root - 1) * cosine + bend,
         2 * (root - 1 - (root + 1) * cosine),
         root + 1 - (root - 1) * cosine - bend),
    )  # fmt: skip


def _shelf_terms(centre_hz: float, gain_db: float) -> tuple[float, float, float]:
    """Return A, alpha and cos(w0) of R. Bristow-Johnson's Audio EQ Cookbook."""
    root = 10 ** (gain_db / 40)
    omega = 2 * math.pi * centre_hz / SAMPLE_RATE_HZ
    alpha = math.sin(omega) / 2 * math.sqrt((root + 1 / root) * (1 / _SHELF_SLOPE - 1) + 2)
    return root, alpha, math.cos(omega)


def _biquad(fft_samples: int, b: tuple[float, float, float], a: tuple[float, float, float]) -> Spectrum:
    z1 = _one_sample(fft_samples)
    return np.asarray((b[0] + b[1] * z1 + b[2] * z1**2) / (a[0] + a[1] * z1 + a[2] * z1**2))


def _one_sample(fft_samples: int) -> Spectrum:
    return np.asarray(np.exp(-2j * np.pi * np.arange(fft_samples // 2 + 1) / fft_samples))
