"""What is measured on a solved tempo, and what it is worth."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hitpoint.advice.ideas.values import Figures
from hitpoint.model.spotting import Cue, HitKind
from hitpoint.model.tempo import TempoMap
from hitpoint.model.tempo_plan import PlannedHit, TempoPlan
from hitpoint.model.time import FrameRate, frames_to_seconds

#: A hit from this weight on is meant to be heard.
WEIGHTY = 0.65
#: Below this a step of tempo passes unnoticed (`hitpoint.tempo.Costs.felt_from`).
UNNOTICED_PERCENT = 2.0
#: A tempo that was asked for this near to a hit is why it steps there.
_ASKED_NEAR_S = 1.6
#: What each figure is worth.
_EXACT, _DOWNBEAT, _STEP, _ODD_BAR, _CUT, _ON_CUT, _MASKED, _ENTRY = 1.5, 0.8, 0.6, 0.35, 0.3, 0.5, 1.2, 1.2
_MOST_STEPS_PERCENT = 6.0

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A change of tempo on an exact hit between two spans; seconds and beats of both, in percent."""

    planned: PlannedHit
    before: PlannedHit | None
    after: PlannedHit
    before_s: float
    after_s: float
    before_beats: float
    after_beats: float
    percent: float


def measure(cue: Cue, plan: TempoPlan, *, rate: FrameRate, cut_frames: Sequence[int], speech_s: Spans) -> Figures:
    """Return the figures of a cue with its tempo."""
    frame_s = float(rate.frame_s)
    frames = set(cut_frames)
    return Figures(
        hits_exact=sum(planned.planned_error_s == 0 for planned in plan.hits),
        hits_on_downbeats=sum(p.is_downbeat and abs(float(p.planned_error_s)) <= frame_s for p in plan.hits),
        largest_step_percent=round(max((step.percent for step in steps_of(cue, plan, rate)), default=0.0), 2),
        odd_bars=plan.cost.odd_bars,
        cuts_on_beats=sum(round(missed) == 0 for _, missed in cuts_missed(cue, plan, rate, cut_frames)),
        markers_on_cuts=sum(hit.frame in frames for hit in cue.hits if hit.marker_id),
        masked_hits=len(masked(cue, rate, speech_s)),
        enters_in_the_clear=spoken_over(cue.span.start_frame, rate, speech_s) is None,
        cost=plan.cost.total,
    )


def worth(figures: Figures) -> float:
    """Return what the figures are worth together: differences of it are gains."""
    step = min(_MOST_STEPS_PERCENT, max(0.0, figures.largest_step_percent - UNNOTICED_PERCENT / 2))
    return (
        _EXACT * figures.hits_exact
        + _DOWNBEAT * figures.hits_on_downbeats
        - _STEP * step
        - _ODD_BAR * figures.odd_bars
        + _CUT * figures.cuts_on_beats
        + _ON_CUT * figures.markers_on_cuts
        - _MASKED * figures.masked_hits
        + _ENTRY * figures.enters_in_the_clear
    )


def steps_of(cue: Cue, plan: TempoPlan, rate: FrameRate) -> list[Step]:
    """Return the changes of mean tempo on exact hits, in order; not those that somebody asked for."""
    exact: dict[float, PlannedHit] = {}
    for planned in plan.hits:
        if planned.planned_error_s == 0 and planned.hit.is_hard:
            exact.setdefault(float(planned.beats), planned)
    beats = sorted({0.0, *exact})
    frames = [exact[beat].hit.frame if beat in exact else cue.span.start_frame for beat in beats]
    seconds = [float(frames_to_seconds(frame, rate)) for frame in frames]
    asked_s = [
        float(frames_to_seconds(direction.frame, rate)) for direction in cue.directions if direction.kind == "tempo"
    ]
    steps = []
    for index in range(1, len(beats) - 1):
        if any(abs(seconds[index] - at_s) < _ASKED_NEAR_S for at_s in asked_s):
            continue
        before_s, after_s = seconds[index] - seconds[index - 1], seconds[index + 1] - seconds[index]
        before_beats, after_beats = beats[index] - beats[index - 1], beats[index + 1] - beats[index]
        ratio = math.log(before_beats / before_s * after_s / after_beats)
        steps.append(
            Step(
                planned=exact[beats[index]],
                before=exact.get(beats[index - 1]),
                after=exact[beats[index + 1]],
                before_s=before_s,
                after_s=after_s,
                before_beats=before_beats,
                after_beats=after_beats,
                percent=100 * (math.exp(abs(ratio)) - 1),
            )
        )
    return steps


def cuts_missed(cue: Cue, plan: TempoPlan, rate: FrameRate, cut_frames: Sequence[int]) -> list[tuple[int, float]]:
    """Return every cut inside the cue and how many frames later the nearest beat (quarter of its bar) is."""
    frames = [frame for frame in cut_frames if cue.span.start_frame < frame < cue.span.end_frame]
    if not frames:
        return []
    beats_s = np.array(_beat_seconds(plan.tempo_map, float(frames_to_seconds(cue.span.end_frame, rate)) + 1.0))
    cuts_s = np.array(frames) * float(rate.frame_s)
    right = np.clip(np.searchsorted(beats_s, cuts_s), 1, len(beats_s) - 1)
    later = np.where(
        beats_s[right] - cuts_s < cuts_s - beats_s[right - 1], beats_s[right] - cuts_s, beats_s[right - 1] - cuts_s
    )
    return [(frame, float(seconds) / float(rate.frame_s)) for frame, seconds in zip(frames, later, strict=True)]


def _beat_seconds(tempo_map: TempoMap, until_s: float) -> list[float]:
    """Return the record seconds of all quarters, counted anew in each metre; in floats, which is exact enough here."""
    ends = [*(float(meter.start_beats) for meter in tempo_map.meters[1:]), math.inf]
    segments = tempo_map.segments
    starts = [float(segment.start_beats) for segment in segments]
    found: list[float] = []
    for meter, end_beats in zip(tempo_map.meters, ends, strict=True):
        bar, line = float(meter.bar_beats), float(meter.start_beats)
        while line < end_beats - 1e-9:
            place = line
            while place < min(line + bar, end_beats) - 1e-9:
                segment = segments[max(0, bisect_right(starts, place + 1e-9) - 1)]
                into, length = place - float(segment.start_beats), float(segment.end_beats - segment.start_beats)
                slope = float(segment.spb_end - segment.spb_start) / length if length else 0.0
                seconds = float(segment.start_s) + into * (float(segment.spb_start) + slope * into / 2)
                found.append(seconds)
                if seconds > until_s:
                    return found
                place += 1.0
            line += bar
    return found


def masked(cue: Cue, rate: FrameRate, speech_s: Spans) -> list[tuple[int, tuple[float, float]]]:
    """Return (place among the hits, line) of the weighty hits that somebody speaks over."""
    found = []
    for place, hit in enumerate(cue.hits):
        if hit.weight < WEIGHTY or hit.kind in (HitKind.START, HitKind.OUT, HitKind.SILENCE):
            continue
        line = spoken_over(hit.frame, rate, speech_s)
        if line is not None:
            found.append((place, line))
    return found


def spoken_over(frame: int, rate: FrameRate, speech_s: Spans) -> tuple[float, float] | None:
    """Return the speech that goes on over a frame: it began before and ends more than two frames after."""
    at_s, least_s = float(frames_to_seconds(frame, rate)), 2 * float(rate.frame_s)
    return next((line for line in speech_s if line[0] < at_s and line[1] > at_s + least_s), None)
