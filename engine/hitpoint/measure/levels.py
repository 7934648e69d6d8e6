"""Whether the level follows the arc, and makes room for the voice.

Conventions
-----------
* Short-term loudness comes as in `MixResult`: one value per 0.1 s, at the end of its window of 3 s; -inf for silence.
* Spans are half-open record samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.audio import StemFile
from hitpoint.model.time import SAMPLE_RATE_HZ

SHORT_TERM_WINDOW_S = 3.0
SHORT_TERM_HOP_S = 0.1
#: The telephone band, which carries speech (music.md §6).
SPEECH_BAND_HZ = (300.0, 3400.0)
_FFT_SAMPLES = 4096
_HOPS_PER_READ = 256
#: Below this a hop is silence between cues, not music that made room.
_SILENT_DB = -90.0


def intensity_correlation(
    intensity: NDArray[np.float32],
    hop_s: float,
    start_s: float,
    short_term_lufs: Sequence[float],
    mix_start_s: float,
) -> float:
    """Return Pearson's correlation of planned intensity with the loudness that was measured; nan if undefined.

    The plan is averaged over the same 3 s as each loudness; only windows that lie inside the plan and are not silent
    count, so neither the first 3 s nor the tail after the last planned hop.

    Parameters
    ----------
    intensity : float [shape=(n,)], 0..1
        One value per `hop_s`, the first one at record second `start_s`.
    short_term_lufs : sequence of float
        Of the mix whose first sample is at record second `mix_start_s`.
    """
    if not hop_s > 0:
        raise ValueError(f"hop_s={hop_s} must be positive")
    planned = np.asarray(intensity, dtype=np.float64)
    loudness = np.asarray(short_term_lufs, dtype=np.float64)
    ends_s = mix_start_s + SHORT_TERM_HOP_S * np.arange(1, len(loudness) + 1)
    inside = (ends_s - SHORT_TERM_WINDOW_S >= start_s - 1e-9) & (ends_s <= start_s + len(planned) * hop_s + 1e-9)
    inside &= np.isfinite(loudness)
    edges_s = start_s + hop_s * np.arange(len(planned) + 1)
    integral = np.concatenate([[0.0], np.cumsum(planned) * hop_s])  # of the plan as a staircase
    upper = np.interp(ends_s[inside], edges_s, integral)
    lower = np.interp(ends_s[inside] - SHORT_TERM_WINDOW_S, edges_s, integral)
    averaged = (upper - lower) / SHORT_TERM_WINDOW_S
    if len(averaged) < 2 or np.ptp(averaged) < 1e-9 or np.ptp(loudness[inside]) < 1e-9:
        return math.nan
    return float(np.corrcoef(averaged, loudness[inside])[0, 1])


def speech_band_levels(mix: StemFile, speech: Sequence[tuple[int, int]]) -> dict[str, float | None]:
    """Return how loud the music is in the speech band while somebody speaks and while nobody does.

    Keys: under_speech_db, in_gaps_db (mean power of the hops that sound, dB relative to a full-scale square wave, both
    channels), room_db (gaps minus speech; positive is room for the voice). None where there is nothing to compare.
    """
    under: list[NDArray[np.float64]] = []
    gaps: list[NDArray[np.float64]] = []
    samples_per_read = _HOPS_PER_READ * _FFT_SAMPLES
    for first in range(0, mix.length_samples, samples_per_read):
        flat = np.fromfile(mix.path, dtype="<f4", count=2 * samples_per_read, offset=first * 8)
        power = _speech_band_power(flat.reshape(-1, 2))
        centres = mix.start_sample + first + _FFT_SAMPLES * np.arange(len(power)) + _FFT_SAMPLES // 2
        spoken = np.zeros(len(power), dtype=bool)
        for start, end in speech:
            spoken |= (centres >= start) & (centres < end)
        sounds = power > 10 ** (_SILENT_DB / 10)
        under.append(power[spoken & sounds])
        gaps.append(power[~spoken & sounds])
    under_db, gaps_db = _mean_db(under), _mean_db(gaps)
    room_db = gaps_db - under_db if under_db is not None and gaps_db is not None else None
    return {"under_speech_db": under_db, "in_gaps_db": gaps_db, "room_db": room_db}


def _speech_band_power(block: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return mean power within the speech band per hop of `_FFT_SAMPLES`; a last short hop is dropped."""
    hops = len(block) // _FFT_SAMPLES
    frames = block[: hops * _FFT_SAMPLES].reshape(hops, _FFT_SAMPLES, 2) * np.hanning(_FFT_SAMPLES)[:, None]
    spectrum = np.fft.rfft(frames, axis=1)
    hertz = np.fft.rfftfreq(_FFT_SAMPLES, 1 / SAMPLE_RATE_HZ)
    band = (hertz >= SPEECH_BAND_HZ[0]) & (hertz <= SPEECH_BAND_HZ[1])
    window_power = float((np.hanning(_FFT_SAMPLES) ** 2).sum())
    power = 2 * (np.abs(spectrum[:, band]) ** 2).sum(axis=(1, 2)) / (_FFT_SAMPLES * window_power)
    return np.asarray(power / 2)  # of the two channels


def _mean_db(powers: list[NDArray[np.float64]]) -> float | None:
    joined = np.concatenate(powers) if powers else np.zeros(0)
    return round(float(10 * np.log10(joined.mean())), 2) if len(joined) else None
