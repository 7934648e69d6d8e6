"""Everything that moves a level, as gain over record samples: applied to all stems alike, so that they sum to the mix.

* A sneaking cue fades in, a cue that fades leaves; both act on dry sound and hall together.
* A silence stops the music dead: the dry sound is off at its first sample, the hall that still rings is gone
  `HALL_RELEASE_S` later; at its last sample everything is open again.
* While somebody speaks everything steps back by a few dB, slowly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import Performance
from hitpoint.model.time import SAMPLE_RATE_HZ

#: Closing time of the gate, ending on the silence's first sample: short enough to be "dead", too long to click.
GATE_CLOSE_S = 0.012
#: Opening time, ending on the sample where the music is back; attacks that lead up to it are kept short.
GATE_OPEN_S = 0.005
HALL_RELEASE_S = 0.3
#: What still rings of the cue before makes way within this time when the next one sneaks in.
MAKE_WAY_S = 0.25
#: From the sampled stems to the generated one and back; inside what `hitpoint.alignment` patches before a hit.
STAND_IN_S = 0.08
DUCK_DOWN_S = 0.4
DUCK_UP_S = 0.8
#: Between lines closer than this the level stays down; a fader that pumps is worse than one that waits.
DUCK_GAP_S = 1.5


@dataclass(frozen=True, slots=True)
class GainCurve:
    """A gain over record samples: raised cosines between knots, 1 before the first and after the last.

    `samples` are not decreasing; `gains` lie in 0..1 and begin and end with 1 (two knots on one sample make a step).
    """

    samples: tuple[int, ...]
    gains: tuple[float, ...]

    def apply(self, gain: NDArray[np.float32], first_sample: int) -> None:
        """Multiply `gain`, float32 [shape=(n,)] from a record sample on, by this curve, in place."""
        last_sample = first_sample + len(gain)
        if last_sample <= self.samples[0] or first_sample >= self.samples[-1]:
            return
        for (start, start_gain), (end, end_gain) in pairwise(zip(self.samples, self.gains, strict=True)):
            low, high = max(start, first_sample), min(end, last_sample)
            if low >= high:
                continue
            if start_gain == end_gain:
                gain[low - first_sample : high - first_sample] *= np.float32(start_gain)
            else:
                phase = (np.arange(low, high) - start) * (np.pi / (end - start))
                shape = start_gain + (end_gain - start_gain) * (0.5 - 0.5 * np.cos(phase))
                gain[low - first_sample : high - first_sample] *= shape.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Automation:
    """`dry` acts before the hall, `wet` after it, on dry sound and hall together."""

    dry: tuple[GainCurve, ...]
    wet: tuple[GainCurve, ...]


def gain_over(curves: Iterable[GainCurve], first_sample: int, count: int) -> NDArray[np.float32] | None:
    """Return float32 [shape=(count,)] from a record sample on, or None where nothing moves."""
    end = first_sample + count
    touching = [curve for curve in curves if curve.samples[0] < end and curve.samples[-1] > first_sample]
    if not touching:
        return None
    gain = np.ones(count, dtype=np.float32)
    for curve in touching:
        curve.apply(gain, first_sample)
    return gain


def automation_of(
    performances: tuple[Performance, ...],
    *,
    speech: tuple[tuple[int, int], ...],
    duck_db: float,
) -> tuple[Automation, tuple[str, ...]]:
    """Return all gain curves of a score, and sentences about what could not be done as asked.

    Parameters
    ----------
    performances : tuple of Performance
        All cues, whose fades and silences are obeyed.
    speech : tuple of (start_sample, end_sample)
        Where somebody speaks, in record samples; may overlap.
    duck_db : float, >= 0
    """
    dry: list[GainCurve] = []
    wet: list[GainCurve] = []
    warnings: list[str] = []
    ordered = sorted(performances, key=lambda performance: performance.start_sample)
    for index, performance in enumerate(ordered):
        next_start = ordered[index + 1].start_sample if index + 1 < len(ordered) else None
        if performance.fade_in_samples > 0:
            wet.append(_fade_in(performance))
        if performance.fade_out_samples > 0:
            curve, warning = _fade_out(performance, next_start)
            wet.append(curve)
            warnings += [warning] if warning else []
        for start, end in performance.silences:
            if next_start is not None:
                end = min(end, next_start)  # the next cue has right of way
                if end <= start:
                    continue
            gate, release = _silence(start, end)
            dry.append(gate)
            wet.append(release)
    if duck_db > 0:
        wet += [_duck(start, end, 10 ** (-duck_db / 20)) for start, end in _joined(speech)]
    return Automation(tuple(dry), tuple(wet)), tuple(warnings)


def stand_in(start_sample: int, end_sample: int, kept: Iterable[tuple[int, int]]) -> GainCurve:
    """Return the gain of the sampled stems of a cue while another stem stands instead of them.

    They are closed between two record samples but for the spans in `kept`, inside which they open and close again.
    The stem that stands there sounds at `stood_in`.
    """
    fade = _samples(STAND_IN_S)
    points = [(start_sample - fade, 1.0), (start_sample, 0.0)]
    for first, end in sorted(kept):
        if first <= start_sample:  # open already: nothing of an attack at the start is lost
            points = [(start_sample - fade, 1.0)]
        else:
            points += [(max(first, points[-1][0]), 0.0), (max(first, points[-1][0]) + fade, 1.0)]
        if end >= end_sample:
            points.append((end_sample, 1.0))
            break
        points += [(max(end - fade, points[-1][0]), 1.0), (max(end, points[-1][0] + fade), 0.0)]
    if points[-1][1] == 0.0:
        points += [(end_sample, 0.0), (end_sample + fade, 1.0)]
    return GainCurve(tuple(at for at, _ in points), tuple(gain for _, gain in points))


def stood_in(curve: GainCurve, first_sample: int, count: int) -> NDArray[np.float32]:
    """Return the gain of what stands instead, float32 [shape=(count,)]: what `curve` leaves of the power."""
    gain = np.ones(count, dtype=np.float32)
    curve.apply(gain, first_sample)
    return np.asarray(np.sqrt(np.maximum(1.0 - gain**2, 0.0)), dtype=np.float32)


def _samples(seconds: float) -> int:
    return int(seconds * SAMPLE_RATE_HZ)


def _fade_in(performance: Performance) -> GainCurve:
    start = performance.start_sample
    return GainCurve((start - _samples(MAKE_WAY_S), start, start + performance.fade_in_samples), (1.0, 0.0, 1.0))


def _fade_out(performance: Performance, next_start: int | None) -> tuple[GainCurve, str]:
    """Fade to the wanted end and stay silent until the cue's audio ends; the next cue has right of way."""
    opened = _samples(GATE_OPEN_S)
    end, warning = performance.fade_out_end_sample, ""
    quiet_until = max(end + opened, performance.start_sample + performance.length_samples)
    if next_start is not None and end + opened > next_start:
        end = next_start - opened
        warning = (
            f"cue {performance.cue_number} was to fade out after the next cue begins; it fades "
            f"{(performance.fade_out_end_sample - end) / SAMPLE_RATE_HZ:.1f} s earlier so that the next entry is whole"
        )
    if next_start is not None:
        quiet_until = min(quiet_until, next_start)
    start = end - performance.fade_out_samples
    return GainCurve((start, end, quiet_until - opened, quiet_until), (1.0, 0.0, 0.0, 1.0)), warning


def _silence(start: int, end: int) -> tuple[GainCurve, GainCurve]:
    """Return the gate for the dry sound and the release for what rings in the hall."""
    opens = max(start, end - _samples(GATE_OPEN_S))
    gate = GainCurve((start - _samples(GATE_CLOSE_S), start, opens, end), (1.0, 0.0, 0.0, 1.0))
    gone = min(start + _samples(HALL_RELEASE_S), opens)
    return gate, GainCurve((start, gone, opens, end), (1.0, 0.0, 0.0, 1.0))


def _duck(start: int, end: int, gain: float) -> GainCurve:
    return GainCurve((start - _samples(DUCK_DOWN_S), start, end, end + _samples(DUCK_UP_S)), (1.0, gain, gain, 1.0))


def _joined(spans: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Return spans sorted, those closer than a duck's gap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start - joined[-1][1] < _samples(DUCK_GAP_S):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
