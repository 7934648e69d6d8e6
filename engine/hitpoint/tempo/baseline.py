"""The best constant tempo: what the find-tempo dialogues of Digital Performer and Dorico can offer (field.md (d))."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hitpoint.model.time import FrameRate, frames_to_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantTempo:
    """A tempo and how far it misses the hits, in frames (signed, grid minus hit)."""

    tempo_bpm: float
    errors_frames: tuple[float, ...]

    @property
    def share_within_a_frame(self) -> float:
        """Share of hits at most one frame away."""
        return float(np.mean(np.abs(self.errors_frames) <= 1.0)) if self.errors_frames else 1.0


def best_constant_tempo(
    hit_frames: tuple[int, ...],
    *,
    rate: FrameRate,
    grid_beats: int = 1,
    low_bpm: float = 60.0,
    high_bpm: float = 140.0,
    step_bpm: float = 0.25,
) -> ConstantTempo:
    """Return the tempo with the least mean miss; the cue's start (frame 0) is fixed on the grid.

    `grid_beats` is 1 for any beat, 4 for downbeats of 4/4 only.
    """
    hits_s = np.array([float(frames_to_seconds(frame, rate)) for frame in hit_frames])
    tempi = np.arange(low_bpm, high_bpm + step_bpm / 2, step_bpm)
    periods_s = (60.0 * grid_beats / tempi)[:, None]
    misses = np.round(hits_s / periods_s) * periods_s - hits_s
    best = int(np.argmin(np.abs(misses).mean(axis=1)))
    fps = float(Fraction(rate.fps))
    return ConstantTempo(tempo_bpm=float(tempi[best]), errors_frames=tuple(float(m) * fps for m in misses[best]))
