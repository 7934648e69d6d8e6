"""Dynamic lines as CC11: what composition wrote, and what players add to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import ControlChange, Part
from hitpoint.model.tempo import TempoMap
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.swells import Swells

CC_EXPRESSION = 11
#: While a dynamic line moves, it is written this often (the renderer is smooth in between).
_CONTROL_EVERY_SAMPLES = SAMPLE_RATE_HZ // 50
#: General MIDI level 2: amplitude is the square of the controller.
_DB_PER_DECADE = 40.0
_SOFTEST_LEVEL = 1e-3

Curve = NDArray[np.float64]


def expression(part: Part, tempo_map: TempoMap, swells: Swells) -> tuple[ControlChange, ...]:
    """Return a part's CC11: value 127 · level, at its points and every 20 ms while it moves.

    Expression is a square law in amplitude, so level 0.5 is 12 dB below level 1. Nothing is written for a part that
    has no dynamic line and does not swell.
    """
    samples, levels = _written(part, tempo_map, swells)
    swell_db = swells.db_at(samples)
    if not part.dynamics and not swell_db.any():
        return ()
    values = np.rint(127.0 * _swelling(levels, swell_db)).astype(int)
    changes = np.concatenate([[True], np.diff(values) != 0])
    return tuple(
        ControlChange(sample=int(sample), controller=CC_EXPRESSION, value=int(value))
        for sample, value in zip(samples[changes], values[changes], strict=True)
    )


def _written(part: Part, tempo_map: TempoMap, swells: Swells) -> tuple[Curve, Curve]:
    """Return record samples, rising, from the part's first point or note to the last one, and the levels 0..1 there."""
    knots = np.array([tempo_map.sample_at(point.beats) for point in part.dynamics])
    knots[:-1] -= np.diff(knots) == 0  # two points on one beat are a step
    levels = np.array([min(1.0, max(0.0, point.level)) for point in part.dynamics])
    edges = [*knots[:1], *knots[-1:], *(sample for span in swells.held for sample in (span.start, span.end))]
    if not edges:
        return np.zeros(0), np.zeros(0)
    grid = np.arange(min(edges), max(edges), _CONTROL_EVERY_SAMPLES)
    samples = np.unique(np.concatenate([grid, knots, [max(edges)]])).astype(np.float64)
    return samples, np.interp(samples, knots, levels) if part.dynamics else np.ones(len(samples))


def _swelling(levels: Curve, swell_db: Curve) -> Curve:
    """Return levels 0..1 with a swell, of which a player who is near full has less and less to give."""
    room_db = -_DB_PER_DECADE * np.log10(np.clip(levels, _SOFTEST_LEVEL, 1.0 - _SOFTEST_LEVEL))
    louder_db = np.where(swell_db > 0.0, room_db * -np.expm1(-np.maximum(swell_db, 0.0) / room_db), swell_db)
    return np.minimum(1.0, levels * 10.0 ** (louder_db / _DB_PER_DECADE))
