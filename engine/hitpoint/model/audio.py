"""What was rendered, and what was measured on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFile:
    """A finished 48 kHz file on disk; `start_sample` is its first sample in record time (may be negative)."""

    path: Path
    start_sample: int
    length_samples: int
    audio_channels: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StemFile:
    """A dry or placed stem as raw float32 little-endian stereo, interleaved: what rendering hands to mixing.

    `depth` is how far back its players sit, 0 (front) .. 1 (back). Dry files of one stem at different depths add up to
    it. None where the renderer does not know, and for what is mixed already.
    """

    stem: str
    path: Path
    start_sample: int
    length_samples: int
    depth: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCurve:
    """How the mix moved the level of one stem: fades, silences and ducking, without the static gain and the limiter.

    Attributes
    ----------
    points : tuple of (record sample, gain_db)
        In order of time, straight in dB between two of them; 0 dB before the first and after the last.
    """

    stem: str
    points: tuple[tuple[int, float], ...] = ()

    def gain_db_at(self, sample: int) -> float:
        """Return the gain at a record sample, <= 0 dB."""
        if not self.points:
            return 0.0
        samples, gains_db = zip(*self.points, strict=True)
        return float(np.interp(sample, samples, gains_db, left=0.0, right=0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class MixResult:
    """The mix and its stems at mix gain, as raw float32 stereo files, and how loud they are.

    Attributes
    ----------
    loudness_lufs : float
        Integrated, ITU-R BS.1770-4; -inf for silence.
    short_term_lufs : tuple of float
        One value per 0.1 s, EBU Tech 3341 3 s window, time of the window's end.
    true_peak_dbtp : float
    stem_residual_dbfs : float
        Peak of mix minus the sum of stems.
    limiter_max_reduction_db : float
        How hard the limiter worked, >= 0.
    gain_db : float
        The one static gain that was applied.
    automation : tuple of LevelCurve
        One per stem, in the order of the stems.
    warnings : tuple of str
        Sentences for the user: a loudness that was not reached, a fade that was moved.
    """

    mix: StemFile
    stems: tuple[StemFile, ...]
    loudness_lufs: float
    short_term_lufs: tuple[float, ...]
    true_peak_dbtp: float
    stem_residual_dbfs: float
    limiter_max_reduction_db: float
    gain_db: float
    loudness_target: str
    automation: tuple[LevelCurve, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternate:
    """Another version of a score, written beside its mix.

    Attributes
    ----------
    name : str
        "no-melody", "30s" …
    audio : AudioFile
        Of a short version, sample 0 of its own timeline is no moment of the cut.
    midi_path : Path or None
        The written music of a short version.
    cue_number : str
        The cue that a short version is made of; "" for all cues.
    made_from : tuple of (label, start_s, end_s)
        Record seconds of that cue: opening, climax, ending.
    left_out : tuple of str
        For people: "melody: French horns".
    reused_stems, rendered_stems : tuple of str
        A stem is in both where only some rows of its players were rendered again.
    loudness_lufs, true_peak_dbtp, gain_db
        As in `MixResult`.
    hits, heard : int
        How many hits should be heard as onsets, and how many are; `worst_error_ms` is of those (None of none).
    """

    name: str
    audio: AudioFile
    midi_path: Path | None = None
    cue_number: str = ""
    made_from: tuple[tuple[str, float, float], ...] = ()
    left_out: tuple[str, ...] = ()
    reused_stems: tuple[str, ...] = ()
    rendered_stems: tuple[str, ...] = ()
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    hits: int = 0
    heard: int = 0
    worst_error_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HitMeasurement:
    """What an onset detector that knows nothing of the plan heard near a hit.

    `error_ms` is heard minus wanted: positive is late. `heard_sample` is None where no onset stood out within
    the search window; then `error_ms` is None too.
    """

    hit_id: str
    wanted_sample: int
    heard_sample: int | None
    error_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFiles:
    """Everything that delivery wrote."""

    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
