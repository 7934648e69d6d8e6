"""The tempo track of a Standard MIDI File, built so that its whole microseconds never add up to an error.

An SMF tempo is a whole number of microseconds per quarter note, so one event alone can be half a microsecond a
quarter wrong: 0.1 ms after 200 quarters. Here every stretch is closed at an anchor (a hit, a change of tempo, at
most `MAX_STRETCH_BEATS` on), and each tempo is rounded from where the file's own clock stands, not from where it
should stand: the error of a stretch is paid back in the next one.

Ramps (seconds per beat, linear in beats) become steps, short enough that the straight pieces stay within
`RAMP_ERROR_S` of the curve. Several cues share one file: the gap between two of them is bridged with whole bars
at a tempo of their own, so that the later cue starts on a bar line and at its exact record time.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from hitpoint.model.tempo import Meter, TempoMap
from hitpoint.model.time import round_half_up

#: Ticks per quarter note: divides by 3, 5 and 64, so triplets, quintuplets and 1/256 notes are exact.
TICKS_PER_BEAT = 960

#: A stretch of 32 quarters is at most 16 µs wrong at its end.
MAX_STRETCH_BEATS = 32

#: How far a ramp's steps may stray from the curve between two steps.
RAMP_ERROR_S = 25e-6

#: The largest tempo value an SMF event can hold (24 bits).
_MAX_US_PER_BEAT = (1 << 24) - 1

#: Tempi (quarters per minute) that a bridge between two cues may take.
_BRIDGE_BPM = (20.0, 300.0)


def ticks(beats: Fraction) -> int:
    """Return the nearest tick of a beat (halves up)."""
    return round_half_up(beats * TICKS_PER_BEAT)


@dataclass(frozen=True, slots=True)
class SmfTempo:
    """A finished tempo track: `events` are (tick, microseconds per quarter), the first at tick 0 = `start_s`."""

    start_s: Fraction
    events: tuple[tuple[int, int], ...]
    event_s: tuple[Fraction, ...]

    def seconds_at(self, tick: int) -> Fraction:
        """Return the record second at which a player of the file reaches a tick."""
        index = max(0, bisect.bisect_right(self.events, tick, key=lambda event: event[0]) - 1)
        at_tick, us_per_beat = self.events[index]
        return self.event_s[index] + Fraction((tick - at_tick) * us_per_beat, TICKS_PER_BEAT * 1_000_000)

    def tick_at(self, seconds: Fraction) -> int:
        """Return the tick nearest to a record second, not before tick 0."""
        index = max(0, bisect.bisect_right(self.event_s, seconds) - 1)
        at_tick, us_per_beat = self.events[index]
        passed = (seconds - self.event_s[index]) * TICKS_PER_BEAT * 1_000_000 / us_per_beat
        return max(0, at_tick + round_half_up(passed))


@dataclass(frozen=True, slots=True, kw_only=True)
class CueSpan:
    """Where one cue lies in the file: its beat 0 at `start_tick`, its own map in force start_beats..end_beats."""

    tempo_map: TempoMap
    start_tick: int
    start_beats: Fraction  # 0, or negative where the file leads in with whole bars
    end_beats: Fraction

    def tick_at(self, beats: Fraction, tempo: SmfTempo) -> int:
        """Return the tick of one of the cue's beats: exact inside the span, by its time outside."""
        if self.start_beats <= beats <= self.end_beats:
            return self.start_tick + ticks(beats)
        return tempo.tick_at(self.tempo_map.seconds_at(beats))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All cues of a cut on one tick axis: tempo events, metre changes (tick, numerator, denominator), cue spans."""

    tempo: SmfTempo
    meters: tuple[tuple[int, int, int], ...]
    spans: tuple[CueSpan, ...]


def build_timeline(
    tempo_maps: Sequence[TempoMap],
    *,
    end_beats: Sequence[Fraction],
    anchor_beats: Sequence[Iterable[Fraction]],
    lead_in_beats: Fraction = Fraction(0),
) -> Timeline:
    """Lay the maps of all cues on one tick axis.

    Parameters
    ----------
    tempo_maps : sequence of TempoMap
        One per cue, in record order.
    end_beats : sequence of Fraction
        Up to where each cue's own beats matter (its last note and last hit).
    anchor_beats : sequence of iterables
        Beats per cue at which the file's clock is set right: the hits.
    lead_in_beats : Fraction, >= 0
        Whole bars before the first cue's beat 0, for notes that start before it; 0 puts beat 0 on tick 0.
    """
    anchors: dict[int, Fraction] = {}
    meters: list[tuple[int, int, int]] = []
    spans: list[CueSpan] = []
    first = tempo_maps[0]
    start_tick = ticks(lead_in_beats)
    if start_tick:
        anchors[0] = first.seconds_at(-lead_in_beats)
        meters.append((0, first.meters[0].numerator, first.meters[0].denominator))
    for index, tempo_map in enumerate(tempo_maps):
        wanted_end = max(end_beats[index], Fraction(1))
        is_last = index + 1 == len(tempo_maps)
        next_s = None if is_last else tempo_maps[index + 1].start_s
        end, bridge_beats = _end_and_bridge(tempo_map, wanted_end, next_s)
        start_beats = -lead_in_beats if index == 0 else Fraction(0)
        spans.append(CueSpan(tempo_map=tempo_map, start_tick=start_tick, start_beats=start_beats, end_beats=end))
        inside = (b for b in anchor_beats[index] if 0 <= b <= end)
        for beats in {*_anchor_beats(tempo_map, end), *inside}:
            anchors[start_tick + ticks(beats)] = tempo_map.seconds_at(beats)
        meters += [(start_tick + ticks(m.start_beats), m.numerator, m.denominator) for m in _meters(tempo_map, end)]
        end_tick = start_tick + ticks(end)
        start_tick = end_tick + ticks(bridge_beats)
        if next_s is not None and bridge_beats:
            anchors |= _bridge_anchors(end_tick, tempo_map.seconds_at(end), start_tick, next_s)
            meters.append((end_tick, 4 if bridge_beats % 4 == 0 else int(bridge_beats), 4))
    return Timeline(tempo=_fit(anchors), meters=tuple(_without_repeats(meters)), spans=tuple(spans))


def _end_and_bridge(tempo_map: TempoMap, wanted_end: Fraction, next_s: Fraction | None) -> tuple[Fraction, Fraction]:
    """Return the bar line on which a cue's own map stops, and how many quarters lead from there to the next cue."""
    lines = tempo_map.bar_lines(max(wanted_end, tempo_map.end_beats) + tempo_map.meter_at(wanted_end).bar_beats + 1)
    end = next((line for line in lines if line >= wanted_end), lines[-1])
    if next_s is None:
        return end, Fraction(0)
    if tempo_map.seconds_at(end) == next_s:
        return end, Fraction(0)
    shortest_s = 60 / Fraction(_BRIDGE_BPM[1])
    end = max(
        (line for line in lines if line <= end and next_s - tempo_map.seconds_at(line) >= shortest_s), default=end
    )
    gap_s = next_s - tempo_map.seconds_at(end)
    if gap_s <= 0:
        raise ValueError("two cues start at the same moment; a MIDI file has room for one tempo at a time")
    bpm = min(max(tempo_map.tempo_bpm_at(end), _BRIDGE_BPM[0]), _BRIDGE_BPM[1])
    quarters = max(1, round(float(gap_s) * bpm / 60))
    if quarters > 4:
        quarters = round(quarters / 4) * 4  # whole bars of 4/4
    return end, Fraction(quarters)


def _bridge_anchors(start_tick: int, start_s: Fraction, end_tick: int, end_s: Fraction) -> dict[int, Fraction]:
    """Return anchors on the straight line between two cues, so that hours of nothing do not drift either."""
    spt = (end_s - start_s) / (end_tick - start_tick)
    stretch = MAX_STRETCH_BEATS * TICKS_PER_BEAT
    return {tick: start_s + (tick - start_tick) * spt for tick in range(start_tick, end_tick, stretch)}


def _meters(tempo_map: TempoMap, end: Fraction) -> Iterable[Meter]:
    return (m for m in tempo_map.meters if m.start_beats < end)


def _without_repeats(meters: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    kept = meters[:1]
    for meter in meters[1:]:
        if meter[1:] != kept[-1][1:]:
            kept.append(meter)
    return kept


def _anchor_beats(tempo_map: TempoMap, end: Fraction) -> set[Fraction]:
    """Return the beats between which one tempo may hold: segment borders, ramp steps, `MAX_STRETCH_BEATS` apart."""
    anchors = {Fraction(0), end}
    for index, segment in enumerate(tempo_map.segments):
        is_last = index + 1 == len(tempo_map.segments)
        stop = end if is_last and not segment.is_ramp else min(segment.end_beats, end)
        if segment.start_beats >= end:
            break
        step = _ramp_step_beats(segment.spb_start, segment.spb_end, segment.duration_beats)
        beats = segment.start_beats
        while beats < stop:
            anchors.add(beats)
            beats += step
        anchors.add(stop)
    return anchors


def _ramp_step_beats(spb_start: Fraction, spb_end: Fraction, duration_beats: Fraction) -> Fraction:
    """Return the step of a segment: a chord of a parabola strays slope·step²/8 from it."""
    slope = abs(float((spb_end - spb_start) / duration_beats))
    if slope == 0.0:
        return Fraction(MAX_STRETCH_BEATS)
    step = Fraction(1, 2)
    while slope * float(step) ** 2 / 8 > RAMP_ERROR_S and step > Fraction(1, 64):
        step /= 2
    return step


def _fit(anchors: dict[int, Fraction]) -> SmfTempo:
    """Choose a tempo for each stretch between anchors, rounded from where the file's own clock stands."""
    points = sorted(anchors.items())
    start_s = points[0][1]
    events: list[tuple[int, int]] = []
    event_s: list[Fraction] = []
    clock_s = start_s
    for (tick, _), (next_tick, next_s) in pairwise(points):
        exact = (next_s - clock_s) * 1_000_000 * TICKS_PER_BEAT / (next_tick - tick)
        us_per_beat = min(max(1, round_half_up(exact)), _MAX_US_PER_BEAT)
        if not events or events[-1][1] != us_per_beat:
            events.append((tick, us_per_beat))
            event_s.append(clock_s)
        clock_s += Fraction((next_tick - tick) * us_per_beat, 1_000_000 * TICKS_PER_BEAT)
    return SmfTempo(start_s=start_s, events=tuple(events), event_s=tuple(event_s))
