"""Balance: the dynamics that make the score as loud, moment by moment, as the plan wants it.

A rough loudness of all lines is predicted from their notes; what is missing or too much becomes the dynamic line
(CC11) of those who can swell and the velocity of those who cannot. As a conductor would: by asking players for more
or less, within what they can give; the notes are not changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hitpoint.composition.intensity import HOP_S, LOUDNESS_RANGE_DB
from hitpoint.composition.stage import Line, Stage
from hitpoint.model.music import DynamicPoint

#: General MIDI: amplitude is the square of velocity/127 and of expression/127.
DB_PER_DECADE = 40.0
#: Struck strings and drums lose about this much per second.
DECAY_DB_PER_S = 14.0
#: What dynamics may ask of swelling players and of struck ones, dB below full or around the written velocity.
QUIETEST_LEVEL_DB = -22.0
STRUCK_SOFTER_DB, STRUCK_LOUDER_DB = -9.0, 5.0
#: Points closer together than this in level are left out.
SMALLEST_STEP = 0.012

Curve = NDArray[np.float64]


def balance(lines: Sequence[Line], stage: Stage) -> dict[str, tuple[DynamicPoint, ...]]:
    """Return the dynamic line of every part that can swell, by line id; velocities of struck lines change in place."""
    rows = len(stage.feeling.intensity)
    texture = [line for line in lines if line.role != "impact"]
    written_db = 10.0 * np.log10(sum((_power(line, stage, rows) for line in texture), np.zeros(rows)) + 1e-9)
    wanted_db = (np.asarray(stage.feeling.intensity) - 1.0) * LOUDNESS_RANGE_DB
    sounding = written_db > -60.0
    if not sounding.any():
        return {}
    lacking_db = np.interp(np.arange(rows), np.flatnonzero(sounding), (wanted_db - written_db)[sounding])
    lacking_db = _smoothed(lacking_db)
    full_db = float(np.percentile(lacking_db[sounding], 90))
    level_db = np.clip(lacking_db - full_db, QUIETEST_LEVEL_DB, 0.0)
    struck_db = np.clip(level_db - float(np.median(level_db[sounding])), STRUCK_SOFTER_DB, STRUCK_LOUDER_DB)
    dynamics = {}
    for line in texture:
        if line.instrument.is_percussive:
            _restrike(line, stage, struck_db)
        else:
            dynamics[line.id] = _points(line, stage, level_db)
    return dynamics


def _power(line: Line, stage: Stage, rows: int) -> Curve:
    """Return the predicted power of a line per hop, 1 for one held note at velocity 127."""
    power = np.zeros(rows + 1)
    start_s = stage.feeling.start_s
    for draft in line.drafts:
        begin = (stage.clock.seconds_at(draft.onset) - start_s) / HOP_S
        end = (stage.clock.seconds_at(draft.end) - start_s) / HOP_S
        strength = (max(1.0, draft.velocity) / 127.0) ** (DB_PER_DECADE / 10.0)
        if line.instrument.is_percussive:
            end = min(end, begin + 4.0)
        row = max(0, int(begin))
        while row < end and row < rows:
            share = min(end, row + 1.0) - max(begin, float(row))
            lost_db = DECAY_DB_PER_S * HOP_S * max(0.0, row + 0.5 - begin) if line.instrument.is_percussive else 0.0
            power[row] += strength * share * 10.0 ** (-lost_db / 10.0)
            row += 1
    return power[:rows]


def _smoothed(curve: Curve) -> Curve:
    kernel = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
    return np.convolve(np.pad(curve, 2, mode="edge"), kernel, mode="valid")


def _restrike(line: Line, stage: Stage, struck_db: Curve) -> None:
    for draft in line.drafts:
        row = min(
            len(struck_db) - 1, max(0, int((stage.clock.seconds_at(draft.onset) - stage.feeling.start_s) / HOP_S))
        )
        draft.velocity *= 10.0 ** (float(struck_db[row]) / DB_PER_DECADE)


def _points(line: Line, stage: Stage, level_db: Curve) -> tuple[DynamicPoint, ...]:
    """Return the dynamic line where the part plays: at most a point per hop, fewer where little changes."""
    points: list[DynamicPoint] = []
    reached = -math.inf  # seconds up to which points are written
    for draft in line.drafts:
        begin_s, end_s = stage.clock.seconds_at(draft.onset), stage.clock.seconds_at(draft.end)
        row = max(0, int((max(begin_s, reached) - stage.feeling.start_s) / HOP_S))
        while row < len(level_db) and (at_s := stage.feeling.start_s + row * HOP_S) <= end_s + HOP_S:
            if at_s > reached:
                level = 10.0 ** (float(level_db[row]) / DB_PER_DECADE)
                beats = Fraction(max(0, round(stage.clock.beats_at(at_s) * 24)), 24)
                is_new = not points or beats > points[-1].beats
                if is_new and (not points or abs(level - points[-1].level) >= SMALLEST_STEP):
                    points.append(DynamicPoint(beats=beats, level=round(level, 3)))
                reached = at_s
            row += 1
    return tuple(points)
