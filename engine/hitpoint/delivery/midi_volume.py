"""What the mix did to the level of a bus, as channel volume (CC7): a fader that the composer can take over.

CC7 and not CC11: expression belongs to the written dynamics. 0 dB is 100, General MIDI's own default, so that faders
stand where a DAW has them anyway; a value v is 40·log10(v / 100) dB (the square law of General MIDI level 2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from hitpoint.delivery.midi_tempo import Timeline
from hitpoint.model.audio import LevelCurve
from hitpoint.model.time import SAMPLE_RATE_HZ, samples_to_seconds, seconds_to_samples

CC_VOLUME = 7
FULL_VALUE = 100
#: No closer: a fader that moves is written value by value, a gate in the few steps that its 12 ms have room for.
_CLOSEST_SAMPLES = SAMPLE_RATE_HZ // 200


def volume_value(gain_db: float) -> int:
    """Return the CC7 value 0..127 of a gain; 0 dB is `FULL_VALUE`."""
    return min(127, max(0, round(FULL_VALUE * 10 ** (gain_db / 40))))


def volume_events(curve: LevelCurve, timeline: Timeline) -> tuple[tuple[int, int], ...]:
    """Return (tick, CC7 value) of one channel: at the file's start, at every cue's start, and wherever it moves."""
    cue_ticks = {span.start_tick: seconds_to_samples(span.tempo_map.start_s) for span in timeline.spans}
    asked = {0: seconds_to_samples(timeline.tempo.start_s), **cue_ticks}
    values = {}
    for sample, value in _steps(curve.points):
        values[timeline.tempo.tick_at(samples_to_seconds(sample))] = value  # of two on one tick the later one counts
    values |= {tick: volume_value(curve.gain_db_at(sample)) for tick, sample in asked.items()}
    events: list[tuple[int, int]] = []
    for tick, value in sorted(values.items()):
        if tick in asked or value != events[-1][1]:
            events.append((tick, value))
    return tuple(events)


def _steps(points: Sequence[tuple[int, float]]) -> Iterator[tuple[int, int]]:
    """Yield (record sample, value) along straight lines in dB: every value when the line reaches it."""
    for (start, start_db), (end, end_db) in pairwise(points):
        first, last = volume_value(start_db), volume_value(end_db)
        written = start
        yield start, first
        for value in range(first, last, 1 if last > first else -1):
            if 0 < value != first:
                at = start + (end - start) * (_decibels(value) - start_db) / (end_db - start_db)
                if at >= written + _CLOSEST_SAMPLES:
                    written = round(at)
                    yield written, value
    if points:
        yield points[-1][0], volume_value(points[-1][1])


def _decibels(value: int) -> float:
    return 40 * math.log10(value / FULL_VALUE)
