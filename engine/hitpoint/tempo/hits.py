"""Where each hit falls on a solved map, and what to say about those that are not met."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.spotting import Cue, HitPoint
from hitpoint.model.tempo import TempoMap
from hitpoint.model.tempo_plan import PlannedHit
from hitpoint.model.time import FrameRate, frames_to_seconds, round_half_up
from hitpoint.tempo.anchors import Anchor, nearest
from hitpoint.tempo.moments import CUT_TOLERANCE_FRAMES

#: Hits that are not met go to the nearest sixteenth.
_FINE_GRID_BEATS = Fraction(1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The anchors that the map meets: label by frame, beats by frame, frames sorted."""

    beats: Mapping[int, Fraction]
    labels: Mapping[int, str]
    frames: tuple[int, ...]


def describe_met(anchors: Sequence[Anchor], beats: Sequence[Fraction]) -> Met:
    """Return the anchors that are met, by frame."""
    frames = tuple(anchor.frame for anchor in anchors)
    return Met(
        beats=dict(zip(frames, beats, strict=True)),
        labels={anchor.frame: anchor.label for anchor in anchors},
        frames=frames,
    )


def plan_hit(hit: HitPoint, *, cue: Cue, tempo_map: TempoMap, met: Met, rate: FrameRate) -> PlannedHit:
    """Return where a hit falls: exactly on its beat, or near it with the error and the reason."""
    wanted_s = frames_to_seconds(hit.frame, rate)
    if hit.frame in met.beats:
        beats = met.beats[hit.frame]
    elif hit.is_hard:
        beats = _nearest_beats(tempo_map, wanted_s, _FINE_GRID_BEATS)
    else:
        beats = _soft_beats(hit, tempo_map, wanted_s, rate)
    error_s = tempo_map.seconds_at(beats) - wanted_s
    bar, beat = tempo_map.bar_beat_at(beats)
    was_softened = hit.is_hard and error_s != 0
    reason = ""
    at = f"at bar {bar}, beat {float(beat):g}"
    place = f"{abs(float(error_s)) * 1000:.0f} ms {'after' if error_s > 0 else 'before'} the frame, {at}"
    if was_softened:
        reason = f"played {place}: {_why_softened(hit, cue, met, rate)}"
    elif hit.is_hard and hit.is_strong and beat != 1:
        reason = f"exact, {at}: {_neighbour(hit, met, rate)} for a downbeat of its own"
    elif abs(error_s) > max(1, hit.tolerance_frames) * rate.frame_s:
        reason = f"played {place}: no beat within its tolerance of {hit.tolerance_frames} frames"
    return PlannedHit(
        hit=hit,
        beats=beats,
        bar=bar,
        beat=beat,
        is_downbeat=beat == 1,
        planned_error_s=error_s,
        was_softened=was_softened,
        reason=reason,
    )


def cuts_on_beat(tempo_map: TempoMap, *, cue: Cue, cut_frames: Sequence[int], rate: FrameRate) -> int:
    """Return how many cuts inside the cue lie within two frames of a quarter of their bar."""
    tolerance_s = CUT_TOLERANCE_FRAMES * rate.frame_s
    count = 0
    for frame in cut_frames:
        if cue.span.contains(frame):
            cut_s = frames_to_seconds(frame, rate)
            beats = _nearest_beats(tempo_map, cut_s, Fraction(1))
            count += abs(tempo_map.seconds_at(beats) - cut_s) <= tolerance_s
    return count


def _soft_beats(hit: HitPoint, tempo_map: TempoMap, wanted_s: Fraction, rate: FrameRate) -> Fraction:
    """Return the most musical place within a soft hit's tolerance, else the nearest sixteenth.

    A strong one prefers a downbeat, then a beat, then a half beat; a weak one is as glad of any beat. A place of less
    rank has to be nearer by a third of the tolerance.
    """
    line = _bar_start(tempo_map, tempo_map.beats_at(wanted_s))
    places = [(line, 0), (line + tempo_map.meter_at(line).bar_beats, 0)]
    beat_rank = 1 if hit.is_strong else 0
    places.append((_nearest_beats(tempo_map, wanted_s, Fraction(1)), beat_rank))
    places.append((_nearest_beats(tempo_map, wanted_s, Fraction(1, 2)), 2))
    tolerance_s = max(1, hit.tolerance_frames) * rate.frame_s

    def badness(place: tuple[Fraction, int]) -> Fraction:
        return abs(tempo_map.seconds_at(place[0]) - wanted_s) / tolerance_s + Fraction(place[1], 3)

    within = [p for p in places if abs(tempo_map.seconds_at(p[0]) - wanted_s) <= tolerance_s]
    if within:
        return min(within, key=badness)[0]
    return _nearest_beats(tempo_map, wanted_s, _FINE_GRID_BEATS)


def _bar_start(tempo_map: TempoMap, beats: Fraction) -> Fraction:
    meter = tempo_map.meter_at(beats)
    return meter.start_beats + math.floor((beats - meter.start_beats) / meter.bar_beats) * meter.bar_beats


def _nearest_beats(tempo_map: TempoMap, seconds: Fraction, grid_beats: Fraction) -> Fraction:
    """Return the place on a grid that is nearest in beats, not before beat 0; the grid starts anew in every bar."""
    beats = max(Fraction(0), tempo_map.beats_at(seconds))
    line = _bar_start(tempo_map, beats)
    place = line + round_half_up((beats - line) / grid_beats) * grid_beats
    return min(place, line + tempo_map.meter_at(line).bar_beats)


def _why_softened(hit: HitPoint, cue: Cue, met: Met, rate: FrameRate) -> str:
    if hit.frame < cue.span.start_frame:
        return "it lies before the cue's first beat"
    if hit.frame > cue.span.end_frame:
        return "it lies after the cue's end"
    return f"{_neighbour(hit, met, rate)} for one tempo to meet both"


def _neighbour(hit: HitPoint, met: Met, rate: FrameRate) -> str:
    """Return "too close to 'door', 0.10 s before it" about the nearest other anchor that is met."""
    index = bisect.bisect_left(met.frames, hit.frame)
    others = [frame for frame in met.frames[max(0, index - 1) : index + 2] if frame != hit.frame]
    frame = nearest(others, hit.frame)
    gap_s = float(frames_to_seconds(abs(frame - hit.frame), rate))
    return f"too close to {met.labels[frame]!r}, {gap_s:.2f} s {'before' if frame < hit.frame else 'after'} it,"
