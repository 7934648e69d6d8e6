"""What the views show: plain frozen values, filled by the window from a look and a version (docs/service.md).

Frames are record frames, spans are half-open, `_s` are real seconds in record time. An array is made read-only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import InputError
from hitpoint.model.time import FrameRate

#: What a marker's music does, in the order of menus; "" is a marker that is a direction, not a moment to hit.
KINDS = ("accent", "turn", "peak", "start", "out", "silence")

#: How a hit was judged (docs/report.md); None where nothing has been scored yet.
VERDICTS = ("hit", "near", "refused", "direction")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripCut:
    """The cut as the strip shows it.

    Attributes
    ----------
    rate : FrameRate
        Frames per second; `start_timecode_frame` is the label of record frame 0 (86400 for 01:00:00:00 at 24).
    duration_frames : int > 0
    cut_frames : tuple of int
        Rising record frames at which the picture changes.
    shots : tuple of (start_frame, end_frame, name)
        In record order.
    subtitles : tuple of (start_s, end_s, text)
        In record order.
    thumbnails : tuple of (frame, path)
        In record order; images of about 160 x 90 pixels, read by the strip when they come into sight.
    """

    name: str
    rate: FrameRate
    duration_frames: int
    start_timecode_frame: int = 0
    cut_frames: tuple[int, ...] = ()
    shots: tuple[tuple[int, int, str], ...] = ()
    subtitles: tuple[tuple[float, float, str], ...] = ()
    thumbnails: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        if self.duration_frames <= 0:
            raise InputError(f"the cut {self.name!r} has {self.duration_frames} frames; a strip needs at least one")
        _must_rise(f"the cut {self.name!r}: its cuts", self.cut_frames)
        _must_rise(f"the cut {self.name!r}: its shots", [shot[0] for shot in self.shots])
        _must_rise(f"the cut {self.name!r}: its subtitles", [line[0] for line in self.subtitles])
        _must_rise(f"the cut {self.name!r}: its thumbnails", [picture[0] for picture in self.thumbnails])


@dataclass(frozen=True, slots=True, kw_only=True)
class StripMarker:
    """A hit point (or a direction) on the strip.

    `kind` is one of `KINDS`, or "" for a direction; `weight` lies in 0..1; `verdict` is one of `VERDICTS` or None;
    `error_ms` is what was heard minus what was wanted (positive is late). `color` is the editor's name of a colour or
    "#rrggbb". `is_ours` marks what the editor did not set himself.
    """

    id: str
    frame: int
    name: str = ""
    color: str = ""
    kind: str = "accent"
    weight: float = 0.5
    verdict: str | None = None
    error_ms: float | None = None
    is_ours: bool = False

    def __post_init__(self) -> None:
        _must_be_known(f"marker {self.id!r}", self.kind, self.verdict, self.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class StripCue:
    """A piece of music: `bars` are the record frames of its bar lines (bar 1 first), whole or with a fraction."""

    number: str
    title: str
    start_frame: int
    end_frame: int
    bars: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.end_frame <= self.start_frame:
            raise InputError(f"cue {self.number}: it ends at frame {self.end_frame}, before it begins")
        _must_rise(f"cue {self.number}: its bar lines", self.bars)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StripVersion:
    """A version of the score: its cues and the peaks of its mix.

    `peaks` is float32, 0..1, one value per `hop_s` seconds from record second `start_s`. `locked_bars` are
    (cue number, first bar, last bar), counted from 1, both ends included.
    """

    cues: tuple[StripCue, ...] = ()
    peaks: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    hop_s: float = 0.01
    start_s: float = 0.0
    locked_bars: tuple[tuple[str, int, int], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "peaks", _curve("the waveform", self.peaks))
        if not self.hop_s > 0:
            raise InputError(f"the waveform's hop of {self.hop_s} s must be positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRow:
    """One line of the hit table; fields as in `StripMarker` and docs/report.md."""

    marker_id: str
    hit_id: str = ""
    timecode: str = ""
    frame: int = 0
    name: str = ""
    kind: str = "accent"
    weight: float = 0.5
    verdict: str | None = None
    error_ms: float | None = None
    error_frames: float | None = None
    bar: int | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        _must_be_known(f"marker {self.marker_id!r}", self.kind, self.verdict, self.weight)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArcCurves:
    """What the scene feels like: one value per `hop_s` from record second 0.

    `valence` and `arousal` lie in -1..1, `tension` in 0..1; float32, NaN where nothing is known.
    """

    hop_s: float
    valence: NDArray[np.float32]
    arousal: NDArray[np.float32]
    tension: NDArray[np.float32]

    def __post_init__(self) -> None:
        if not self.hop_s > 0:
            raise InputError(f"the arc's hop of {self.hop_s} s must be positive")
        for name in ("valence", "arousal", "tension"):
            object.__setattr__(self, name, _curve(f"the arc's {name}", getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class IntensityLine:
    """How loud a cue is meant to be.

    `points` are the editor's (share 0..1 of the cue, level 0..1), rising in share; () leaves it to the scene. `planned`
    is what the engine planned, in the same terms; () where nothing was planned yet.
    """

    cue: str
    start_frame: int
    end_frame: int
    points: tuple[tuple[float, float], ...] = ()
    planned: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if self.end_frame <= self.start_frame:
            raise InputError(f"cue {self.cue}: it ends at frame {self.end_frame}, before it begins")
        for share, level in (*self.points, *self.planned):
            if not (0.0 <= share <= 1.0 and 0.0 <= level <= 1.0):
                raise InputError(f"cue {self.cue}: the intensity point ({share}, {level}) must lie in 0..1")
        _must_rise(f"cue {self.cue}: its intensity", [share for share, _ in self.points])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoudnessCurve:
    """Short-term loudness of the mix: value i belongs to record second `start_s + (i + 1) * hop_s`; NaN is silence."""

    start_s: float
    hop_s: float
    lufs: NDArray[np.float32]

    def __post_init__(self) -> None:
        if not self.hop_s > 0:
            raise InputError(f"the loudness' hop of {self.hop_s} s must be positive")
        object.__setattr__(self, "lufs", _curve("the loudness", self.lufs))


def _must_rise(what: str, frames: Sequence[float]) -> None:
    for earlier, later in pairwise(frames):
        if later < earlier:
            raise InputError(f"{what} must come in record order; {later} stands after {earlier}")


def _must_be_known(what: str, kind: str, verdict: str | None, weight: float) -> None:
    if kind and kind not in KINDS:
        raise InputError(f"{what}: there is no kind {kind!r}; give one of {', '.join(KINDS)}")
    if verdict is not None and verdict not in VERDICTS:
        raise InputError(f"{what}: there is no verdict {verdict!r}; give one of {', '.join(VERDICTS)}")
    if not 0.0 <= weight <= 1.0:
        raise InputError(f"{what}: weight {weight} must lie in 0..1")


def _curve(what: str, values: Any) -> NDArray[np.float32]:
    """Return float32, one-dimensional, read-only; None among the values becomes NaN."""
    given = np.asarray(values, dtype=np.float32)
    if given.ndim != 1:
        raise InputError(f"{what} must be one row of numbers, not an array of shape {given.shape}")
    if given.flags.writeable:
        given = given.copy()
        given.flags.writeable = False
    return given
