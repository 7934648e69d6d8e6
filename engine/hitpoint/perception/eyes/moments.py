"""Which pictures of the sources are looked at: some of every stretch between two cuts, as it is really seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from hitpoint.model.cut import Cut, Shot
from hitpoint.model.time import frames_to_seconds, round_half_up

#: A stretch is looked at this often at least, and every so many seconds.
_LEAST, _EVERY_S = 3, Fraction(4)
#: A shorter one is looked at once.
_GLIMPSE_S = Fraction(1, 2)
#: Moments lie on this grid of source time where it has a point there, so that a clip that is trimmed or moved is
#: mostly looked at where it was before.
_GRID_MS = 500
#: So near to a cut nothing is looked at: a decoder may give a frame that is a little later.
_EDGE_FRAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One picture of a source, and the record seconds that it stands for."""

    source_ms: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A shot, or the part of it between two cuts inside its source; record seconds."""

    shot: Shot
    path: Path
    start_s: float
    end_s: float
    moments: tuple[Moment, ...]


def stretches_of(cut: Cut, cuts_s: Sequence[float]) -> tuple[Stretch, ...]:
    """Return the stretches of a cut that have a picture, in order; `cuts_s` are record seconds of all cuts seen."""
    found = []
    for shot in cut.shots:
        media = shot.media
        if media is None or media.path is None or media.is_missing:
            continue
        start_s, end_s = (frames_to_seconds(f, cut.rate) for f in (shot.span.start_frame, shot.span.end_frame))
        edge_s = Fraction(1) / cut.rate.fps
        inner = sorted(
            {
                frames_to_seconds(round_half_up(Fraction(moment_s) * cut.rate.fps), cut.rate)
                for moment_s in map(float, cuts_s)
                if start_s + edge_s < moment_s < end_s - edge_s
            }
        )
        borders = [start_s, *inner, end_s]
        for first_s, last_s in pairwise(borders):
            found.append(_stretch(shot, media.path, cut, first_s, last_s, start_s))
    return tuple(found)


def _stretch(shot: Shot, path: Path, cut: Cut, first_s: Fraction, last_s: Fraction, shot_start_s: Fraction) -> Stretch:
    assert shot.media is not None
    speed, source_start_s = shot.media.speed, shot.media.source_start_s
    length_s = last_s - first_s
    count = 1 if length_s < _GLIMPSE_S or speed == 0 else max(_LEAST, math.ceil(length_s / _EVERY_S))
    edge_s = min(_EDGE_FRAMES / cut.rate.fps, length_s / 4)
    chosen: dict[int, Fraction] = {}  # source moment to record second
    for number in range(count):
        low_s, high_s = (first_s + length_s * Fraction(number + end, count) for end in (0, 1))
        middle_s = (low_s + high_s) / 2
        between_s = max(low_s, first_s + edge_s), min(high_s, last_s - edge_s)
        low, high = sorted(source_start_s + (record_s - shot_start_s) * speed for record_s in between_s)
        source_ms = _roundest_ms(low, high) if speed else None
        if source_ms is None:
            source_ms = max(0, round_half_up((source_start_s + (middle_s - shot_start_s) * speed) * 1000))
            chosen[source_ms] = middle_s
        else:
            chosen[source_ms] = shot_start_s + (Fraction(source_ms, 1000) - source_start_s) / speed
    ordered = sorted(chosen.items(), key=lambda row: row[1])
    borders = [first_s, *((a[1] + b[1]) / 2 for a, b in pairwise(ordered)), last_s]
    return Stretch(
        shot=shot,
        path=path,
        start_s=float(first_s),
        end_s=float(last_s),
        moments=tuple(
            Moment(source_ms=source_ms, start_s=float(borders[place]), end_s=float(borders[place + 1]))
            for place, (source_ms, _) in enumerate(ordered)
        ),
    )


def _roundest_ms(low_s: Fraction, high_s: Fraction) -> int | None:
    """Return the point of the grid inside a stretch of source time that can be halved most often; None without one.

    A stretch that is a little longer, shorter or elsewhere has the same roundest point, unless that is no longer in it.
    """
    first, last = math.ceil(low_s * 1000 / _GRID_MS), math.ceil(high_s * 1000 / _GRID_MS) - 1
    if first > last:
        return None
    middle = (first + last) / 2
    return _GRID_MS * max(range(first, last + 1), key=lambda n: (n & -n if n else math.inf, -abs(n - middle)))
