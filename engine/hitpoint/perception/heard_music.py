"""Music that is in the cut's sound already: a temp track, or a song in the scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.features import SoundFeatures

#: Music is heard where it is surer than this, for so long; shorter holes in it are bridged.
_SURE, _SHORTEST_S, _BRIDGED_S = 0.5, 8.0, 4.0
#: Krumhansl and Kessler's probe-tone ratings (Psychological Review 89, 1982), C major and C minor.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_NAMES = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
#: Correlation below which no key is told.
_CLEAR_KEY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardMusic:
    """A stretch of music in the cut's own sound.

    Attributes
    ----------
    start_s, end_s : float
        Record seconds, to half a second.
    tempo_bpm : float
        0 where there is no clear pulse.
    key : str
        "D minor"; "" where unclear.
    loudness_db : float
        Mean level, LUFS.
    """

    start_s: float
    end_s: float
    tempo_bpm: float
    key: str
    loudness_db: float


def find_music(sound: SoundFeatures) -> tuple[HeardMusic, ...]:
    """Return the stretches in which music plays."""
    sure = np.nan_to_num(sound.music) > _SURE
    found = []
    for start, end in _runs(sure, int(_BRIDGED_S / sound.hop_s), int(_SHORTEST_S / sound.hop_s)):
        rows = slice(start, end)
        tempi = sound.tempo_bpm[rows]
        tempi = tempi[tempi > 0]
        found.append(
            HeardMusic(
                start_s=start * sound.hop_s,
                end_s=end * sound.hop_s,
                tempo_bpm=round(float(np.median(tempi)), 1) if len(tempi) > (end - start) / 4 else 0.0,
                key=key_of(np.nan_to_num(sound.chroma[rows]).sum(axis=0)),
                loudness_db=round(float(10 * np.log10(np.mean(10 ** (sound.loudness_db[rows] / 10)))), 1),
            )
        )
    return tuple(found)


def key_of(chroma: NDArray[np.floating]) -> str:
    """Return the key whose tones a chroma [shape=(12,)] resembles most, by correlation; "" where none clearly."""
    if chroma.std() < 1e-9:
        return ""
    best, name = _CLEAR_KEY, ""
    for mode, profile in (("major", _MAJOR), ("minor", _MINOR)):
        for tonic in range(12):
            likeness = float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1])
            if likeness > best:
                best, name = likeness, f"{_NAMES[tonic]} {mode}"
    return name


def _runs(mask: NDArray[np.bool_], bridged: int, shortest: int) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] <= bridged:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return [(start, end) for start, end in runs if end - start >= shortest]
