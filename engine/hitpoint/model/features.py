"""What is seen and heard over time, one row per hop: of a media file in its own time, or of a cut in record time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Seconds per row.
HOP_S = 0.5
#: Sectors of the colour circle, from red through yellow, green, cyan, blue and magenta.
HUES = 12
#: Pitch classes from C.
PITCH_CLASSES = 12

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFeatures:
    """The picture; row k is the mean over [k, k + 1) * `hop_s`. Rows that are not `known` are NaN.

    Attributes
    ----------
    known : bool [shape=(n,)]
        There is a picture, and it was looked at.
    motion : [shape=(n,)], >= 0
        Mean optical flow in picture widths per second (0.02 a still face, 0.2 a walk, over 1 a chase).
    pan, tilt : [shape=(n,)]
        Mean flow to the right and down, widths per second: the camera's, turned round.
    zoom : [shape=(n,)]
        Growth of the picture per second; positive where the camera moves in.
    shake : [shape=(n,)], >= 0
        Standard deviation of the mean flow from frame to frame: a hand-held camera.
    change : [shape=(n,)], 0..1
        Mean difference between neighbouring frames; below 0.004 the picture stands still.
    brightness, contrast, saturation : [shape=(n,)], 0..1
        Mean and standard deviation of luma; mean chroma of HSV weighted by value.
    warmth : [shape=(n,)], -1..1
        Red minus blue.
    hues : [shape=(n, 12)]
        Share of the colour (by saturation times value) in each sector of the circle; sums to 1, or 0 where all is grey.
    faces, people : [shape=(n,)], >= 0
        How many are seen (frontal faces; upright figures).
    face_share : [shape=(n,)], 0..1
        Height of the largest face over the picture's.
    flash : [shape=(n,)], 0..1
        Height of the greatest short jump of brightness.
    black : [shape=(n,)], 0..1
        Share of black frames.
    cuts_s : float64 [shape=(m,)]
        Where one shot follows another.
    """

    hop_s: float = HOP_S
    known: NDArray[np.bool_]
    motion: Rows
    pan: Rows
    tilt: Rows
    zoom: Rows
    shake: Rows
    change: Rows
    brightness: Rows
    contrast: Rows
    saturation: Rows
    warmth: Rows
    hues: Rows
    faces: Rows
    people: Rows
    face_share: Rows
    flash: Rows
    black: Rows
    cuts_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        _freeze(self, PICTURE_ROWS, ("cuts_s",))


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFeatures:
    """The sound; row k is over [k, k + 1) * `hop_s`. Rows that are not `known` are NaN.

    Attributes
    ----------
    known : bool [shape=(n,)]
        There is sound, and it was listened to (silence is known).
    loudness_db : [shape=(n,)]
        K-weighted level (ITU-R BS.1770), LUFS as one channel; -70 is the floor.
    speech, music : [shape=(n,)], 0..1
        How sure it is that somebody speaks, that music plays.
    onset : [shape=(n,)], >= 0
        Strongest onset of the hop, in dB that the spectrum rises within 30 ms.
    flatness : [shape=(n,)], 0..1
        1 is noise, 0 a tone.
    tempo_bpm : [shape=(n,)]
        Local tempo of what is heard; 0 where there is no pulse.
    chroma : [shape=(n, 12)]
        Energy by pitch class from C; sums to 1, or 0.
    impact_s, impact_db : float64 [shape=(m,)]
        Onsets that stand out (a door, a shot): when, and how far above what is around.
    """

    hop_s: float = HOP_S
    known: NDArray[np.bool_]
    loudness_db: Rows
    speech: Rows
    music: Rows
    onset: Rows
    flatness: Rows
    tempo_bpm: Rows
    chroma: Rows
    impact_s: NDArray[np.float64]
    impact_db: NDArray[np.float64]

    def __post_init__(self) -> None:
        _freeze(self, SOUND_ROWS, ("impact_s", "impact_db"))
        if len(self.impact_s) != len(self.impact_db):
            raise ValueError("impact_s and impact_db must be equally long")


#: The arrays that have a row per hop, `known` left out.
PICTURE_ROWS = (
    "motion", "pan", "tilt", "zoom", "shake", "change", "brightness", "contrast", "saturation", "warmth", "hues",
    "faces", "people", "face_share", "flash", "black",
)  # fmt: skip
SOUND_ROWS = ("loudness_db", "speech", "music", "onset", "flatness", "tempo_bpm", "chroma")


def _freeze(value: Any, rows: tuple[str, ...], others: tuple[str, ...]) -> None:
    """Check that all arrays with rows have as many, and make them read-only."""
    lengths = {len(getattr(value, name)) for name in (*rows, "known")}
    if len(lengths) != 1:
        raise ValueError(f"{type(value).__name__}: arrays of {sorted(lengths)} rows; all must be equally long")
    for name in (*rows, "known", *others):
        array = np.array(getattr(value, name))
        array.setflags(write=False)
        object.__setattr__(value, name, array)
