"""What a track is like, without its notes: tempo, key, loudness over time, density, brightness, weight.

The six `features` are those in which our palettes differ most; `resources/reference/palettes.toml` holds their means
and spreads per palette, measured on our own renders (`resources/reference/measure_palettes.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.features import HOP_S, Listened, listen
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.perception.heard_music import key_of
from hitpoint.resources import load_toml, resources_folder

Audio = NDArray[np.float32]

#: Names of the features, in order; see `TrackStyle`.
FEATURES = ("brightness", "weight", "attack", "density", "range_db", "tonality")
#: Dynamics are told in so many points.
_POINTS = 10
_WINDOW = 4096
_FASTEST_BPM, _SLOWEST_BPM = 180.0, 45.0
_ONSET = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackStyle:
    """What a track is like.

    Attributes
    ----------
    tempo_bpm : float
        0 where no pulse is clear.
    key : str
        "D minor"; "" where unclear, or where the music moves to another.
    dynamics : tuple of (share, level)
        Points of a line, share 0..1 of the length, level 0..1 within the track's own range (24 dB at least).
    features : tuple of float
        brightness: centroid, octaves over 1 kHz; weight: share of power under 150 Hz, dB; attack: median strength of
        onsets; density: onsets per second; range_db: 10th to 95th percentile of level; tonality: how steady the
        chroma is, 0..1.
    duration_s : float
    """

    tempo_bpm: float
    key: str
    dynamics: tuple[tuple[float, float], ...]
    features: tuple[float, ...]
    duration_s: float

    def feature(self, name: str) -> float:
        """Return one of `FEATURES`."""
        return self.features[FEATURES.index(name)]


def style_of(audio: Audio, listened: Listened | None = None) -> TrackStyle:
    """Return the style of 48 kHz audio, float32 [shape=(n, 2)]."""
    heard = listened or listen(audio)
    power = _power(audio)
    hertz = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE_HZ)
    loud = power.sum(axis=1)
    sounds = loud > loud.max(initial=0.0) * 1e-5
    spectrum = power[sounds].sum(axis=0) if sounds.any() else power.sum(axis=0)
    centroid = float((spectrum * hertz).sum() / max(float(spectrum.sum()), 1e-12))
    low = float(spectrum[hertz < 150].sum() / max(float(spectrum.sum()), 1e-12))
    peaks = _peaks(heard.flux)
    levels_db = 10 * np.log10(_smooth(loud, 12) + 1e-9)
    quiet, top = np.percentile(levels_db[sounds], [10, 95]) if sounds.any() else (0.0, 0.0)
    chroma = heard.features.chroma
    steady = float((chroma[50:] * chroma[:-50]).sum(axis=1).mean()) if len(chroma) > 50 else 0.0
    seconds = len(audio) / SAMPLE_RATE_HZ
    return TrackStyle(
        tempo_bpm=_tempo(heard.flux),
        key=_kept_key(chroma),
        dynamics=_dynamics(levels_db),
        features=(
            float(np.log2(max(centroid, 20.0) / 1000.0)),
            float(10 * np.log10(max(low, 1e-4))),
            float(np.median(heard.flux[peaks])) if len(peaks) else 0.0,
            len(peaks) / max(seconds, 1e-9),
            float(top - quiet),
            steady,
        ),
        duration_s=seconds,
    )


def _kept_key(chroma: NDArray[np.float32]) -> str:
    """Return the key of the whole where its first half is in it, too; "" for a piece that moves on."""
    tones = np.maximum(chroma, 0.0)
    whole, opening = key_of(tones.sum(axis=0)), key_of(tones[: len(tones) // 2].sum(axis=0))
    return whole if whole == opening else ""


def _power(audio: Audio) -> NDArray[np.float64]:
    """Return power spectra, [shape=(hops, bins)], of windows side by side, 12 a second."""
    mono, hop = audio.mean(axis=1), _WINDOW
    count = max(1, len(mono) // hop)
    frames = np.pad(mono, (0, max(0, count * hop - len(mono))))[: count * hop].reshape(count, hop)
    return np.asarray(np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1)) ** 2, dtype=np.float64)


def _peaks(flux: NDArray[np.float64]) -> NDArray[np.int64]:
    from scipy.signal import find_peaks

    return np.asarray(find_peaks(flux, height=_ONSET, distance=50)[0], dtype=np.int64)


def _tempo(flux: NDArray[np.float64]) -> float:
    from librosa.feature import tempo

    step = round(HOP_S * 1000)
    curve = flux[: len(flux) // step * step].reshape(-1, step).max(axis=1)
    if len(curve) < 400 or not curve.max() > _ONSET:
        return 0.0
    found = float(tempo(onset_envelope=curve, sr=SAMPLE_RATE_HZ, hop_length=round(HOP_S * SAMPLE_RATE_HZ))[0])
    while found > _FASTEST_BPM:
        found /= 2
    while 0 < found < _SLOWEST_BPM:
        found *= 2
    return round(found, 1)


def _smooth(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.convolve(values, np.ones(size) / size, mode="same")[: len(values)]


def _dynamics(levels_db: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    pieces = np.array_split(levels_db, _POINTS)
    means = np.array([float(np.median(piece)) for piece in pieces if len(piece)])
    span = max(24.0, float(np.ptp(means)))
    levels = np.clip(1.0 + (means - means.max()) / span, 0.0, 1.0)
    shares = (np.arange(len(levels)) + 0.5) / len(levels)
    return tuple((round(float(share), 3), round(float(level), 3)) for share, level in zip(shares, levels, strict=True))


def palette_table() -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return (means, spreads) of the features of each palette that was measured."""
    table = load_toml(resources_folder() / "reference" / "palettes.toml")
    return {
        name: (
            np.array([row[feature][0] for feature in FEATURES], dtype=np.float64),
            np.array([row[feature][1] for feature in FEATURES], dtype=np.float64),
        )
        for name, row in table.items()
    }


def nearest_palettes(style: TrackStyle) -> tuple[tuple[str, float], ...]:
    """Return (palette id, distance) of all measured palettes, the nearest first; 1 is the usual spread of one."""
    table = palette_table()
    spread = np.sqrt(np.mean([spreads**2 for _, spreads in table.values()], axis=0)) + 1e-6
    found = np.array(style.features)
    distances = {name: float(np.sqrt(np.mean(((found - means) / spread) ** 2))) for name, (means, _) in table.items()}
    return tuple(sorted(distances.items(), key=lambda item: (item[1], item[0])))


def style_distance(one: TrackStyle, other: TrackStyle) -> float:
    """Return how far two tracks are from each other in the features; 1 is the usual spread within a palette."""
    table = palette_table()
    spread = np.sqrt(np.mean([spreads**2 for _, spreads in table.values()], axis=0)) + 1e-6
    return float(np.sqrt(np.mean(((np.array(one.features) - np.array(other.features)) / spread) ** 2)))
