"""Does the music do what was planned? Planned intensity against what is heard, window by window.

Conventions
-----------
* Windows are `WINDOW_S` long, one every `WINDOW_HOP_S`, wholly inside the cue; each has one value of either.
* Correlations are Pearson's; None where one of the two does not move.
* Audio is float32 [shape=(n, 2)] at 48 kHz.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import Composition
from hitpoint.model.time import SAMPLE_RATE_HZ

WINDOW_S, WINDOW_HOP_S = 2.0, 0.5
#: Attacks nearer to each other than this are one event: two players on one note, a chord.
SAME_ATTACK_S = 0.05
_FFT_SAMPLES, _FFT_HOP_SAMPLES = 2048, 1024
_LOWEST_HZ, _HIGHEST_HZ = 40.0, 16_000.0
#: Hops under this (RMS, dBFS) are silence and have no colour.
_SILENT_DBFS = -70.0

Curve = NDArray[np.float64]


def window_starts(start_s: float, end_s: float) -> Curve:
    """Return the record seconds at which windows begin."""
    count = math.floor((end_s - start_s - WINDOW_S) / WINDOW_HOP_S + 1e-9) + 1
    return start_s + WINDOW_HOP_S * np.arange(max(0, count), dtype=np.float64)


def planned_in_windows(composition: Composition, starts_s: Curve) -> Curve:
    """Return the mean planned intensity of each window."""
    hop_s = composition.intensity_hop_s
    first_s = float(composition.tempo_map.start_s)
    fine_s = np.arange(0, WINDOW_S, 0.05) + 0.025
    hops_s = first_s + hop_s * np.arange(len(composition.intensity))
    values = np.interp(starts_s[:, None] + fine_s[None, :], hops_s, composition.intensity)
    return np.asarray(values.mean(axis=1))


def density_in_windows(attacks_s: Sequence[float] | Curve, starts_s: Curve) -> Curve:
    """Return attacks per second of each window; attacks within `SAME_ATTACK_S` of the one before count once."""
    merged: list[float] = []
    for at_s in sorted(float(value) for value in attacks_s):
        if not merged or at_s - merged[-1] > SAME_ATTACK_S:
            merged.append(at_s)
    moments = np.array(merged)
    counts = np.searchsorted(moments, starts_s + WINDOW_S) - np.searchsorted(moments, starts_s)
    return np.asarray(counts / WINDOW_S, dtype=np.float64)


def centroid_in_windows(audio: NDArray[np.float32], audio_start_s: float, starts_s: Curve) -> Curve:
    """Return the spectral centroid of each window in octaves over 40 Hz, weighted by energy; nan in silence.

    The centroid of a hop is that of its magnitudes (both channels' mean); a window's is the mean of its hops, each
    counting by its energy. In octaves, since brightness is heard so.
    """
    octaves, energy = _hop_centroids(audio.mean(axis=1))
    middles_s = audio_start_s + (np.arange(len(octaves)) * _FFT_HOP_SAMPLES + _FFT_SAMPLES / 2) / SAMPLE_RATE_HZ
    result = np.full(len(starts_s), np.nan)
    for row, start_s in enumerate(starts_s):
        inside = (middles_s >= start_s) & (middles_s < start_s + WINDOW_S) & (energy > 10 ** (_SILENT_DBFS / 10))
        if inside.any():
            result[row] = np.average(octaves[inside], weights=energy[inside])
    return result


def _hop_centroids(mono: NDArray[np.float32]) -> tuple[Curve, Curve]:
    if len(mono) < _FFT_SAMPLES:
        return np.zeros(0), np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(mono, _FFT_SAMPLES)[::_FFT_HOP_SAMPLES]
    hertz = np.fft.rfftfreq(_FFT_SAMPLES, 1 / SAMPLE_RATE_HZ)
    band = (hertz >= _LOWEST_HZ) & (hertz <= _HIGHEST_HZ)
    window = np.hanning(_FFT_SAMPLES).astype(np.float32)
    magnitude = np.abs(np.fft.rfft(frames * window, axis=1)[:, band])
    total = magnitude.sum(axis=1)
    centroid = (magnitude @ hertz[band]) / np.maximum(total, 1e-12)
    octaves = np.log2(np.maximum(centroid, _LOWEST_HZ) / _LOWEST_HZ)
    return octaves, np.asarray((frames.astype(np.float64) ** 2).mean(axis=1))


def correlation(planned: Curve, measured: Curve) -> float | None:
    """Return Pearson's correlation over the windows that have both; None where it is not defined."""
    both = np.isfinite(planned) & np.isfinite(measured)
    x, y = planned[both], measured[both]
    if len(x) < 4 or np.ptp(x) < 1e-9 or np.ptp(y) < 1e-9:
        return None
    return float(np.corrcoef(x, y)[0, 1])
