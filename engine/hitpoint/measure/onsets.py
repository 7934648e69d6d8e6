"""Where something starts to sound: an onset detector that knows nothing of any plan.

Conventions
-----------
* Audio is float32 [shape=(n,)] or [shape=(n, 2)] at one rate; onsets are int64 samples of it, rising.
* Strengths are the mean rise over all bands, in nepers of power over the loudest of the 30 ms before; 0.1 is a soft
  note in a texture, 1 a drum.
* Levels are of what is new at the onset, at its first peak, in dB with an arbitrary zero: two equal strokes have equal
  levels, though the second, which rises from the first one's decay, has the lesser strength.
* What is called the onset is the moment at which the new sound, averaged over its bands, reaches `ONSET_LEVEL` (-9 dB)
  of its first peak: listeners place it 6 to 15 dB under the maximum (Vos & Rasch 1981).

Method: two stages. Spectral flux every millisecond finds the onsets: log mel bands and positive differences, as
librosa's `onset_strength` does, but against the loudest value of the last 30 ms and of the neighbouring bands
(SuperFlux, Böck & Widmer 2013), so that beating strings, vibrato and noise stay under the threshold. librosa itself is
not used: its first call costs seconds of imports and compilation, more than the whole measurement may take
(benchmarks/onset_detector.py compares the two). Then each onset is timed on a finer grid, in the bands that have risen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

#: Flux: 512 samples at 48 kHz see 94 Hz apart and blur an onset by less than it takes to be timed again.
HOP_S = 0.001
FLUX_WINDOW_S = 512 / 48_000
FLUX_BANDS = 40
FLUX_LAG_HOPS = 5
FLUX_MEMORY_HOPS = 30
#: The flux is highest this long after the onset (median over rendered drums, piano and harp).
FLUX_DELAY_S = 0.002
LOWEST_HZ, HIGHEST_HZ = 60.0, 16_000.0
#: Rises are counted from this far under the loudest moment on (power ratio, 25 dB): what is softer is masked.
FLUX_FLOOR = 0.003
#: An onset is the strongest within this distance, and stands out by a rise that a held string chord (at most 0.06 in
#: FluidR3) and white noise (0.07) do not reach.
MIN_DISTANCE_S = 0.03
STANDS_OUT_RISE = 0.08

#: Timing: 2.7 ms windows every 0.25 ms; long enough for a band, short enough to resolve the attack of a drum.
TIMING_WINDOW_S = 128 / 48_000
TIMING_HOP_S = 0.00025
TIMING_BANDS = 16
#: Around the flux peak: what sounded before, from when on the onset is looked for, and how far its first peak may lie.
BEFORE_S = (0.030, 0.006)
EARLIEST_S = 0.006
FIRST_PEAK_S = 0.060
ONSET_LEVEL = 0.35
#: Bands count in proportion to their own peak, down to this share (-40 dB) of the strongest: the quiet high bands, in
#: which an attack is sharp and the accompaniment absent, time a hit better than the loud low ones.
BAND_FLOOR = 1e-4
#: A window of finite length sees a sound before it is there: a click by 0.9 ms, an attack of some milliseconds by less.
#: Between the two; benchmarks/onset_detector.py prints what is left of the error.
TIMING_BIAS_S = 0.0004


@dataclass(frozen=True, slots=True)
class Onsets:
    """Onsets in rising order: `samples` int64, `strengths` and `levels_db` float64, each [shape=(n,)]."""

    samples: NDArray[np.int64]
    strengths: NDArray[np.float64]
    levels_db: NDArray[np.float64]


def validate(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
    """Return the audio as float32 [shape=(n, channels)]; `ValueError` for anything that is not audio."""
    audio = np.asarray(samples, dtype=np.float32)
    if audio.ndim == 1:
        audio = audio[:, None]
    if audio.ndim != 2 or audio.shape[1] not in (1, 2):
        raise ValueError(f"audio of shape {np.shape(samples)} is neither (n,) nor (n, 2)")
    if sample_rate_hz < 2 * HIGHEST_HZ:
        raise ValueError(f"sample rate {sample_rate_hz} Hz is too low to hear up to {HIGHEST_HZ:g} Hz")
    if not np.isfinite(audio).all():
        raise ValueError("audio has samples that are not finite numbers")
    return audio


def detect_onsets(samples: NDArray[np.float32], sample_rate_hz: int) -> Onsets:
    """Return all onsets of a stretch of audio.

    Softer moments are judged against the loudest one of the stretch (`FLUX_FLOOR`), so give it a scene, not a film.
    """
    audio = validate(samples, sample_rate_hz)
    flux = onset_strength(audio, sample_rate_hz)
    peaks = _standing_out(flux)
    found = [_time_onset(audio, sample_rate_hz, flux_peak_s=peak * HOP_S - FLUX_DELAY_S) for peak in peaks]
    moments, levels_db = np.array(found, dtype=np.float64).reshape(-1, 2).T
    order = np.argsort(moments, kind="stable")
    samples_found = np.clip(np.rint(moments[order]), 0, max(0, len(audio) - 1)).astype(np.int64)
    return Onsets(samples_found, flux[peaks][order], levels_db[order])


def onset_strength(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the spectral flux, float64 [shape=(hops,)], one value per `HOP_S`; 0 for silence."""
    audio = validate(samples, sample_rate_hz)
    power = _band_power(audio, sample_rate_hz, FLUX_WINDOW_S, HOP_S, FLUX_BANDS)
    loudest = float(power.max(axis=0).mean())
    if loudest <= 0.0:
        return np.zeros(len(power))
    heard = np.log1p(power / (FLUX_FLOOR * loudest))
    rise = np.zeros_like(heard)
    rise[FLUX_LAG_HOPS:] = np.maximum(heard[FLUX_LAG_HOPS:] - _loudest_before(heard)[:-FLUX_LAG_HOPS], 0.0)
    return np.asarray(rise.mean(axis=1))


def _loudest_before(heard: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return for each hop and band the loudest of the last `FLUX_MEMORY_HOPS` hops and of the bands beside it."""
    loudest, covered = heard.copy(), 1
    while covered < FLUX_MEMORY_HOPS:
        step = min(covered, FLUX_MEMORY_HOPS - covered)
        loudest[step:] = np.maximum(loudest[step:], loudest[:-step])
        covered += step
    widened = loudest.copy()
    np.maximum(widened[:, 1:], loudest[:, :-1], out=widened[:, 1:])
    np.maximum(widened[:, :-1], loudest[:, 1:], out=widened[:, :-1])
    return widened


def mel_filters(sample_rate_hz: int, window_samples: int, bands: int) -> NDArray[np.float32]:
    """Return triangles of equal height on the HTK mel scale, float32 [shape=(bands, bins)].

    The same as librosa.filters.mel(htk=True, norm=None), whose import alone costs a second; bands too narrow to hold a
    bin stay empty.
    """
    edges_mel = np.linspace(_hz_to_mel(LOWEST_HZ), _hz_to_mel(HIGHEST_HZ), bands + 2)
    edges_hz = 700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0)
    bins_hz = np.fft.rfftfreq(window_samples, 1 / sample_rate_hz)
    rising = (bins_hz - edges_hz[:-2, None]) / np.diff(edges_hz)[:-1, None]
    falling = (edges_hz[2:, None] - bins_hz) / np.diff(edges_hz)[1:, None]
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def _hz_to_mel(hertz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))


@cache
def _window_and_bands(
    sample_rate_hz: int, window_samples: int, bands: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a Hann window, and mel filters of equal area as [shape=(bins, bands)] without the empty ones."""
    window = np.hanning(window_samples + 1)[:-1].astype(np.float32)
    filters = mel_filters(sample_rate_hz, window_samples, bands)
    filters = filters[filters.any(axis=1)]
    return window, (filters / filters.sum(axis=1, keepdims=True)).T.copy()


def _band_power(
    audio: NDArray[np.float32], sample_rate_hz: int, window_s: float, hop_s: float, bands: int
) -> NDArray[np.float32]:
    """Return power over both channels, float32 [shape=(hops, bands)]; window k is centred on hop k."""
    window_samples, hop_samples = round(window_s * sample_rate_hz), round(hop_s * sample_rate_hz)
    window, filters = _window_and_bands(sample_rate_hz, window_samples, bands)
    padded = np.pad(audio, ((window_samples // 2, window_samples // 2), (0, 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window_samples, axis=0)[::hop_samples]
    power = np.empty((len(frames), filters.shape[1]), dtype=np.float32)
    for start in range(0, len(frames), 2048):  # so that a long stretch does not multiply its memory
        spectra = np.fft.rfft(frames[start : start + 2048] * window, axis=-1)
        power[start : start + 2048] = (spectra.real**2 + spectra.imag**2).sum(axis=1) @ filters
    return power


def _standing_out(flux: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the hops that are onsets: high enough, and the strongest of their neighbourhood."""
    near = round(MIN_DISTANCE_S / HOP_S)
    candidates = (
        np.flatnonzero((flux[1:-1] > flux[:-2]) & (flux[1:-1] >= flux[2:]) & (flux[1:-1] > STANDS_OUT_RISE)) + 1
    )
    kept = [hop for hop in candidates if flux[hop] >= flux[max(0, hop - near) : hop + near + 1].max()]
    return np.asarray(kept, dtype=np.int64)


def _time_onset(audio: NDArray[np.float32], sample_rate_hz: int, *, flux_peak_s: float) -> tuple[float, float]:
    """Return the sample at which the new sound reaches `ONSET_LEVEL` of its first peak, and its level there in dB.

    Bands also count by how much of their energy is new (a Wiener weight, squared), so that a drum is timed by its own
    noise and not by the strings under it.
    """
    first = max(0, round((flux_peak_s - BEFORE_S[0] - TIMING_WINDOW_S) * sample_rate_hz))
    last = round((flux_peak_s + FIRST_PEAK_S + TIMING_WINDOW_S) * sample_rate_hz)
    power = _band_power(audio[first:last], sample_rate_hz, TIMING_WINDOW_S, TIMING_HOP_S, TIMING_BANDS)

    def hop_at(seconds: float) -> int:
        return min(max(round((seconds - first / sample_rate_hz) / TIMING_HOP_S), 0), len(power) - 1)

    quiet_from, quiet_to = hop_at(flux_peak_s - BEFORE_S[0]), hop_at(flux_peak_s - BEFORE_S[1])
    search_from, search_to = hop_at(flux_peak_s - EARLIEST_S), hop_at(flux_peak_s + FIRST_PEAK_S) + 1
    before = power[quiet_from : quiet_to + 1]
    peak = power[search_from:search_to].max(axis=0)
    tiny = float(np.finfo(np.float32).tiny)
    newness = np.maximum(peak - before.max(axis=0), 0.0) / np.maximum(peak, tiny)
    weight = newness**4 / np.maximum(peak + BAND_FLOOR * peak.max(), tiny)
    level = np.sqrt(np.maximum((power - before.mean(axis=0)) @ weight, 0.0))[search_from:search_to]
    heard = ONSET_LEVEL * level.max()
    crossing = int(np.argmax(level >= heard))
    within = (heard - level[crossing - 1]) / (level[crossing] - level[crossing - 1]) - 1 if crossing else 0.0
    onset_s = (search_from + crossing + within) * TIMING_HOP_S + TIMING_BIAS_S
    new_power = float(np.maximum(peak - before.mean(axis=0), 0.0).sum())
    return first + onset_s * sample_rate_hz, 10 * float(np.log10(max(new_power, tiny)))
