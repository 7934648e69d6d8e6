"""Bending an intensity curve by its points: pure functions from points to points.

Points are (share 0..1 of the cue, level 0..1), rising in share; between them the curve is straight, beyond
them flat.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from hitpoint_panel.views.values import IntensityLine

Points = tuple[tuple[float, float], ...]

#: Two points keep this far apart, in shares.
LEAST_GAP = 0.002

#: The planned curve is offered with so many points, evenly apart.
_HANDLES = 9


def handles(line: IntensityLine) -> Points:
    """Return the points to take hold of: the editor's, else some that lie along the plan, else a flat line."""
    if line.points:
        return line.points
    if len(line.planned) < 2:
        return ((0.0, 0.5), (1.0, 0.5))
    shares, levels = (np.array(column) for column in zip(*line.planned, strict=True))
    knots = np.linspace(0.0, 1.0, min(_HANDLES, len(shares)))
    hats = np.array([np.interp(shares, knots, row) for row in np.eye(len(knots))]).T
    # the straight pieces that lie nearest to the plan (least squares); a touch of the plan itself keeps it determined
    eased = np.vstack([hats, 0.05 * np.eye(len(knots))])
    aims = np.concatenate([levels, 0.05 * np.interp(knots, shares, levels)])
    fitted = np.clip(np.linalg.lstsq(eased, aims, rcond=None)[0], 0.0, 1.0)
    return tuple((float(share), round(float(level), 4)) for share, level in zip(knots, fitted, strict=True))


def level_at(points: Points, share: float) -> float:
    """Return the level of the curve at a share of the cue."""
    return float(np.interp(share, [p[0] for p in points], [p[1] for p in points]))


def moved(points: Points, index: int, share: float, level: float) -> Points:
    """Return the points with one of them elsewhere, between its neighbours and within 0..1."""
    least = points[index - 1][0] + LEAST_GAP if index > 0 else 0.0
    most = points[index + 1][0] - LEAST_GAP if index + 1 < len(points) else 1.0
    share = min(max(share, least), most) if least <= most else points[index][0]
    return (*points[:index], (share, min(max(level, 0.0), 1.0)), *points[index + 1 :])


def added(points: Points, share: float, level: float) -> tuple[Points, int]:
    """Return the points with one more, and its place; where one stands already, that one is moved."""
    share, level = min(max(share, 0.0), 1.0), min(max(level, 0.0), 1.0)
    at = bisect_left([p[0] for p in points], share)
    for near in (at - 1, at):
        if 0 <= near < len(points) and abs(points[near][0] - share) < LEAST_GAP:
            return moved(points, near, points[near][0], level), near
    return (*points[:at], (share, level), *points[at:]), at


def removed(points: Points, index: int) -> Points:
    """Return the points without one; without the last one the curve is left to the scene: ()."""
    return points[:index] + points[index + 1 :]
