"""What the alignment may do, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.warp import Warp
from hitpoint.model.audio import HitMeasurement

Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentSettings:
    """Musical limits.

    Attributes
    ----------
    slowest, fastest : float
        Limits of the speed at which generated audio is played, 1 as it is.
    max_offset_s : float
        How much of the generated audio may come before the score begins, and how late it may begin itself.
    tolerance_ms : float
        A hit that is heard no further from its sample is in order: half a frame, 20.8 ms at 24 fps.
    smoothness : float
        What a change of speed costs, in units of agreement (1: one hop that agrees fully).
    least_confidence : float, 0..1
        Under it the audio does not follow the score, and is refused; see `hitpoint.alignment.path`.
    """

    slowest: float = 0.8
    fastest: float = 1.25
    max_offset_s: float = 4.0
    tolerance_ms: float = 20.0
    smoothness: float = 10.0
    least_confidence: float = 0.32

    def __post_init__(self) -> None:
        if not 0.5 <= self.slowest < 1.0 < self.fastest <= 2.0:
            raise ValueError(f"speeds {self.slowest:g}..{self.fastest:g} must lie around 1, in 0.5..2")
        if not 0.0 <= self.max_offset_s <= 30.0:
            raise ValueError(f"max_offset_s {self.max_offset_s:g} must lie in 0..30")
        if not 1.0 <= self.tolerance_ms <= 100.0:
            raise ValueError(f"tolerance_ms {self.tolerance_ms:g} must lie in 1..100")
        if not 0.0 <= self.least_confidence <= 1.0:
            raise ValueError(f"least_confidence {self.least_confidence:g} must lie in 0..1")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSpan:
    """Record samples from `start_sample` up to, not including, `end_sample`, and why."""

    start_sample: int
    end_sample: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedHit:
    """One hit: heard in the audio as it was generated, and in what is handed on.

    `how` is "aligned", "replaced" (the sketch's own accent), "masked" (faded: the sketch has no accent there either),
    or "unheard" (soft: neither the sketch nor the audio has an onset there).
    """

    hit_id: str
    wanted_sample: int
    before: HitMeasurement
    after: HitMeasurement
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far generated audio follows a score.

    Attributes
    ----------
    confidence : float, 0..1
        Agreement along the path, above that of the same music backwards, over that of the sketch with itself.
    chroma, onsets : float, -1..1
        Mean agreement of pitch classes and of onsets along the path.
    speed_median, speed_min, speed_max : float
        Of the path, source over target seconds.
    at_limit_share : float, 0..1
        Share of the path that is as slow or as fast as the limits allow.
    """

    confidence: float
    chroma: float
    onsets: float
    speed_median: float
    speed_min: float
    speed_max: float
    at_limit_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """Generated audio on the samples of the score.

    Attributes
    ----------
    audio : float32 [shape=(n, 2)]
        As long as the sketch; its first sample is record sample `start_sample`.
    warp : Warp
        Target seconds from `start_sample` on.
    masked, replaced : tuple of SampleSpan
        Where the generated audio is faded out, and where the sketch is heard instead of it.
    unpatched : float32 [shape=(n, 2)] or None
        The same without the sketch in it and without fades; None where nothing was patched.
    sentences : tuple of str
        For people.
    """

    audio: Audio
    start_sample: int
    warp: Warp
    agreement: Agreement
    hits: tuple[AlignedHit, ...]
    masked: tuple[SampleSpan, ...] = ()
    replaced: tuple[SampleSpan, ...] = ()
    unpatched: Audio | None = None
    sentences: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Unaligned:
    """The audio does not follow the score: use the sketch. `reason` names the figure; `kind` is what failed.

    `kind` is "silence", "short", "tempo", "chroma" or "onsets".
    """

    kind: str
    reason: str
    agreement: Agreement | None = None
