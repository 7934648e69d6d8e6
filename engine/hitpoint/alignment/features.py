"""What two renderings of the same notes have in common: pitch classes and onsets, every 10 ms.

Conventions
-----------
* `chroma` is float32 [shape=(hops, 12)], pitch class 0 is C; each hop is centred and of length 1 (so that a product of
  two is their correlation), or 0 where nothing sounds.
* `rises` is float32 [shape=(hops, 12)]: how much each pitch class begins at the hop (chroma onsets; Ewert, Müller &
  Grosche 2009), of length about 1 where notes begin, 0 between: says which onset it is, where a rhythm repeats.
* `onsets` is float32 [shape=(hops,)]: spectral flux (`hitpoint.measure.onsets`) against its surroundings, mean 0, so
  that a product of two is positive where both have an onset or both have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hitpoint.measure.onsets import HOP_S as FLUX_HOP_S
from hitpoint.measure.onsets import onset_strength
from hitpoint.model.music import Performance
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

HOP_S = 0.01
_FLUX_HOPS = round(HOP_S / FLUX_HOP_S)
#: Chroma: 4096 samples at 24 kHz, 5.9 Hz apart: semitones from about 100 Hz on.
_CHROMA_RATE_HZ, _CHROMA_WINDOW = 24_000, 4096
#: Partials are heard from this far under the loudest moment (amplitude; 50 dB).
_CHROMA_FLOOR = 0.003
#: A rise is a difference over so many hops on both sides.
_RISE_HOPS = 4
_SURROUNDINGS_S = 1.5
_LONGEST_FLUX = 3.0
#: The flux is measured in pieces, so that a soft scene is judged by itself, and memory does not grow.
_PIECE_S, _PIECE_OVERLAP_S = 20.0, 0.5


@dataclass(frozen=True, slots=True)
class Features:
    """Chroma, its rises, and onsets; see the module."""

    chroma: NDArray[np.float32]
    rises: NDArray[np.float32]
    onsets: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.chroma.shape != (len(self.onsets), 12) or self.rises.shape != self.chroma.shape:
            raise ValueError(f"chroma of shape {self.chroma.shape} does not go with {len(self.onsets)} hops of onsets")

    def __len__(self) -> int:
        return len(self.onsets)

    def backwards(self) -> Features:
        """Return the same music in the wrong order."""
        return Features(self.chroma[::-1].copy(), self.rises[::-1].copy(), self.onsets[::-1].copy())

    def coarse(self, hops: int) -> Features:
        """Return the mean of every `hops` hops."""
        count = len(self) // hops
        chroma = self.chroma[: count * hops].reshape(count, hops, 12).mean(axis=1)
        onsets = self.onsets[: count * hops].reshape(count, hops).mean(axis=1)
        spread = float(onsets.std()) or 1.0
        rises = self.rises[: count * hops].reshape(count, hops, 12).mean(axis=1)
        return Features(
            _unit(chroma), _by_surroundings(rises, HOP_S * hops), np.asarray(onsets / spread, dtype=np.float32)
        )


@dataclass(frozen=True, slots=True)
class Listened:
    """Features, and the onset curve at 1 ms that they were made of, float64 [shape=(hops,)]."""

    features: Features
    flux: NDArray[np.float64]


def listen(audio: Audio, *, progress: Progress = SILENT) -> Listened:
    """Return what is heard in 48 kHz audio, float32 [shape=(n, 2)]; hop k of the features is centred on sample 480 k.

    A sketch that several takes are compared with is listened to once.
    """
    flux = flux_of(audio, progress=progress)
    return Listened(_features(audio, flux), flux)


def features_of_audio(audio: Audio) -> Features:
    """Return the features of `listen`."""
    return listen(audio).features


def _features(audio: Audio, curve: NDArray[np.float64]) -> Features:
    hops = len(audio) // round(HOP_S * SAMPLE_RATE_HZ)
    flux = curve[: hops * _FLUX_HOPS]
    flux = np.pad(flux, (0, hops * _FLUX_HOPS - len(flux)))
    smooth = np.convolve(flux, np.hanning(2 * _FLUX_HOPS + 1)[:-1] / _FLUX_HOPS, mode="same")[::_FLUX_HOPS]
    level = _chroma(audio, hops)
    return Features(_unit(level), _rises(level), _stood_out(smooth))


def flux_of(audio: Audio, *, progress: Progress = SILENT) -> NDArray[np.float64]:
    """Return `onset_strength` of long audio, one value per ms, each stretch of 20 s judged by itself."""
    piece, overlap = round(_PIECE_S * SAMPLE_RATE_HZ), round(_PIECE_OVERLAP_S * SAMPLE_RATE_HZ)
    skip, wanted = round(_PIECE_OVERLAP_S / FLUX_HOP_S), round(_PIECE_S / FLUX_HOP_S)
    found: list[NDArray[np.float64]] = []
    for start in range(0, max(len(audio), 1), piece):
        progress.update(start / max(len(audio), 1), "listening")
        lead = skip if start else 0
        stretch = audio[max(0, start - overlap) : start + piece]
        if len(stretch) > SAMPLE_RATE_HZ // 50:
            found.append(onset_strength(stretch, SAMPLE_RATE_HZ)[lead : lead + wanted])
    return np.concatenate(found) if found else np.zeros(0)


def features_of_notes(performance: Performance, *, start_sample: int, length_samples: int) -> Features:
    """Return the features that a performance promises, where there is no sketch to listen to; record samples."""
    hop = HOP_S * SAMPLE_RATE_HZ
    hops = int(length_samples // hop)
    chroma, flux = np.zeros((hops, 12)), np.zeros(hops + 1)
    for part in performance.parts:
        for note in part.notes:
            first = (note.sounding_sample - start_sample) / hop
            last = (note.onset_sample + note.duration_samples - start_sample) / hop
            loud = (note.velocity / 127.0) ** 2
            if 0 <= first < hops:
                flux[round(first)] += loud
            if note.bank != 128:
                for harmonic, share in ((0, 1.0), (7, 0.3), (4, 0.1)):
                    span = slice(max(0, round(first)), max(0, min(hops, round(last))))
                    chroma[span, (note.pitch_midi + harmonic) % 12] += loud * share
    spread = np.convolve(np.sqrt(flux[:hops]), [0.25, 0.5, 0.25], mode="same") if hops else flux[:hops]
    level = np.asarray(np.sqrt(chroma), dtype=np.float32)
    return Features(_unit(level), _rises(level), _stood_out(spread))


def _rises(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what begins at each hop, of chroma levels [shape=(hops, 12)]."""
    rises = np.zeros_like(level)
    lag = _RISE_HOPS
    if len(level) > 2 * lag:
        rises[lag:-lag] = np.maximum(level[2 * lag :] - level[: -2 * lag], 0.0)
    return _by_surroundings(rises, HOP_S)


def _by_surroundings(rises: NDArray[np.float32], hop_s: float) -> NDArray[np.float32]:
    """Return rises over the greatest length around them."""
    from scipy.ndimage import maximum_filter1d

    if not len(rises):
        return rises
    size = np.linalg.norm(rises, axis=1)
    around = maximum_filter1d(size, 2 * round(_SURROUNDINGS_S / hop_s) + 1)
    return np.asarray(rises / (around + 0.05 * float(size.max()) + 1e-9)[:, None], dtype=np.float32)


def _stood_out(flux: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the flux over its surroundings: mean 0, spread about 1, no value above `_LONGEST_FLUX`."""
    if not len(flux):
        return np.zeros(0, dtype=np.float32)
    reach = round(_SURROUNDINGS_S / HOP_S)
    kernel = np.ones(2 * reach + 1)
    count = np.convolve(np.ones(len(flux)), kernel, mode="same")[: len(flux)]
    mean = np.convolve(flux, kernel, mode="same")[: len(flux)] / count
    power = np.convolve(flux**2, kernel, mode="same")[: len(flux)] / count
    spread = np.sqrt(np.maximum(power - mean**2, 0.0)) + 0.1 * float(flux.std()) + 1e-9
    return np.asarray(np.clip((flux - mean) / spread, -_LONGEST_FLUX, _LONGEST_FLUX), dtype=np.float32)


def _chroma(audio: Audio, hops: int) -> NDArray[np.float32]:
    from scipy.signal import resample_poly

    if not hops:
        return np.zeros((0, 12), dtype=np.float32)
    half = resample_poly(audio.mean(axis=1), 1, SAMPLE_RATE_HZ // _CHROMA_RATE_HZ).astype(np.float32)
    hop = round(HOP_S * _CHROMA_RATE_HZ)
    padded = np.pad(half, (_CHROMA_WINDOW // 2, _CHROMA_WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _CHROMA_WINDOW)[::hop][:hops]
    shape, filters = np.hanning(_CHROMA_WINDOW).astype(np.float32), _chroma_filters()
    heard = np.empty((hops, 12), dtype=np.float32)
    loudest = float(np.abs(half).max(initial=0.0)) * _CHROMA_WINDOW / 8
    for first in range(0, hops, 512):
        spectra = np.abs(np.fft.rfft(windows[first : first + 512] * shape, axis=-1)).astype(np.float32)
        partials = np.log1p(spectra / (_CHROMA_FLOOR * loudest + 1e-9))
        heard[first : first + 512] = partials @ filters
    return heard


@cache
def _chroma_filters() -> NDArray[np.float32]:
    from librosa.filters import chroma

    filters = chroma(sr=_CHROMA_RATE_HZ, n_fft=_CHROMA_WINDOW, tuning=0.0, norm=None, base_c=True)
    return np.asarray(filters.T, dtype=np.float32)


def _unit(chroma: NDArray[np.floating]) -> NDArray[np.float32]:
    centred = chroma - chroma.mean(axis=1, keepdims=True)
    size = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(np.where(size > 1e-6, centred / np.maximum(size, 1e-6), 0.0), dtype=np.float32)
