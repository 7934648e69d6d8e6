"""What the tempo solver answers: a map, where each hit falls in it, and what it cost musically."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from hitpoint.model.spotting import HitPoint
from hitpoint.model.tempo import TempoMap


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHit:
    """Where the tempo map puts a hit.

    Attributes
    ----------
    beats : Fraction
        Quarter notes from the cue's first bar.
    bar, beat : int, Fraction
        Counted from 1, as musicians do; `beat` in beats of the bar's own unit (quarters; eighths in x/8).
    planned_error_s : Fraction
        Planned time minus wanted time; exactly 0 for kept hard hits.
    was_softened : bool
        The solver could not keep it exact; `reason` says why.
    """

    hit: HitPoint
    beats: Fraction
    bar: int
    beat: Fraction
    is_downbeat: bool
    planned_error_s: Fraction = field(default_factory=lambda: Fraction(0))
    was_softened: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoCost:
    """What the map asks of the music.

    Attributes
    ----------
    max_step_percent, p90_step_percent : float
        Change of tempo between neighbouring constant spans (ramps are not steps).
    ramps : int
        Spans written as ritardando or accelerando.
    odd_bars : int
        Bars of another length than the cue's own metre.
    new_sections : int
        Places where a step over 8 % is written as a new section (fermata, rest or double bar).
    cuts_on_beat : int
        Picture cuts within two frames of a beat.
    total : float
        The solver's own objective, for comparing alternatives.
    """

    max_step_percent: float
    p90_step_percent: float
    ramps: int
    odd_bars: int
    new_sections: int
    cuts_on_beat: int
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoPlan:
    """One solved map for one cue. `section_beats` are bar lines at which a new section (a tempo of its own) starts."""

    tempo_map: TempoMap
    hits: tuple[PlannedHit, ...]
    cost: TempoCost
    section_beats: tuple[Fraction, ...] = ()
