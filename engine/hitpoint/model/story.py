"""What the scene feels like over record time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionArc:
    """Feeling over record time, one value per hop, first hop at record second 0.

    Attributes
    ----------
    hop_s : float
        0.5 by default.
    valence, arousal : float32 [shape=(n,)], -1..1
    tension : float32 [shape=(n,)], 0..1
    confidence : float32 [shape=(n,)], 0..1
        How much is known about the scene and how far its sources agree; 1 where a person drew the curve.
    """

    hop_s: float
    valence: NDArray[np.float32]
    arousal: NDArray[np.float32]
    tension: NDArray[np.float32]
    confidence: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if not self.hop_s > 0:
            raise ValueError(f"hop_s={self.hop_s} must be positive")
        lengths = {
            len(curve) for curve in (self.valence, self.arousal, self.tension, self.confidence) if curve is not None
        }
        if len(lengths) != 1 or 0 in lengths:
            raise ValueError("valence, arousal and tension must be equally long and not empty")
        if self.confidence is None:
            object.__setattr__(self, "confidence", np.ones(len(self.valence), np.float32))
        curves = ("valence", -1.0), ("arousal", -1.0), ("tension", 0.0), ("confidence", 0.0)
        for name, low in curves:
            values = np.asarray(getattr(self, name), dtype=np.float32)
            if not (np.isfinite(values).all() and values.min() >= low and values.max() <= 1.0):
                raise ValueError(f"{name} must lie in {low:g}..1")
            values = values.copy()
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    def at(self, curve: str, record_s: float) -> float:
        """Return "valence", "arousal" or "tension" at a record second, linear between hops, held at the ends."""
        values: NDArray[np.float32] = getattr(self, curve)
        return float(np.interp(record_s / self.hop_s, np.arange(len(values)), values))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryBeat:
    """A moment of the story. (A beat alone is a musical one.)

    Attributes
    ----------
    kind : str
        "establishing", "rising", "turn", "climax", "falling", "reveal", "entrance", "threat", "death", "reunion", …
    time_s : float
        Record second.
    weight : float, 0..1
    evidence : tuple of str
        Why, in words an editor understands: "the cut rate doubles", "'Get down!'", "marker 'bridge'".
    leads_to : tuple of int
        Which beats of the same story follow from it, by their place in it.
    """

    kind: str
    time_s: float
    weight: float
    evidence: tuple[str, ...] = ()
    leads_to: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.weight <= 1.0:
            raise ValueError(f"story beat {self.kind!r}: weight {self.weight} must lie in 0..1")
