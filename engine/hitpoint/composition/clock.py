"""Fast beats <-> seconds for musical decisions: a table of the exact tempo map, in floats.

Note onsets stay exact Fractions of beats; only decisions (is this during speech, how intense is it here) use
these floats, which are good to well under a millisecond.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.tempo import TempoMap

#: Beats per row of the table.
STEP_BEATS = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Clock:
    """Record seconds at every half beat from beat 0 past the cue's end, linear in between."""

    seconds: tuple[float, ...]

    @classmethod
    def of(cls, tempo_map: TempoMap, end_beats: Fraction) -> Clock:
        """Return the clock of a tempo map up to four bars or so past `end_beats`."""
        rows = int(end_beats / STEP_BEATS) + 40
        return cls(tuple(float(tempo_map.seconds_at(row * STEP_BEATS)) for row in range(rows)))

    def seconds_at(self, beats: Fraction | float) -> float:
        """Return record seconds at a beat; extrapolates outside the table."""
        x = float(beats) * 2.0
        row = min(max(int(x), 0), len(self.seconds) - 2)
        left = self.seconds[row]
        return left + (self.seconds[row + 1] - left) * (x - row)

    def beats_at(self, record_s: float) -> float:
        """Return the beat at a record second; extrapolates outside the table."""
        row = min(max(bisect.bisect_right(self.seconds, record_s) - 1, 0), len(self.seconds) - 2)
        left = self.seconds[row]
        return (row + (record_s - left) / (self.seconds[row + 1] - left)) / 2.0

    def beat_s(self, beats: Fraction | float) -> float:
        """Return seconds per quarter note around a beat."""
        row = min(max(int(float(beats) * 2.0), 0), len(self.seconds) - 2)
        return 2.0 * (self.seconds[row + 1] - self.seconds[row])

    def beats_in(self, duration_s: float, at_beats: Fraction | float, grid: int = 24) -> Fraction:
        """Return a duration in beats at the tempo of a place, rounded up to 1/grid of a beat."""
        return Fraction(math.ceil(duration_s / self.beat_s(at_beats) * grid), grid)
