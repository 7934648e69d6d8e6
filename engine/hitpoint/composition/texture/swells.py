"""Swelling chords: voices enter one after the other, each louder, and stop together; a silence follows."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.form import Bar
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import add_doubled, lines_of
from hitpoint.composition.texture.sustain import voices_of

#: Share of a swell in which its voices enter, and by how much velocity grows from the first to the last.
_ENTRIES, _GROWTH = 0.6, 14.0
#: Share of a swell's time that is silent after it, at intensity 0 and 1.
_STILL_CALM, _STILL_INTENSE = 0.4, 0.08
_SHORTEST_BEATS = 2


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return one swell per two bars at most, never over a change of chord; the order of entries differs each time."""
    lines = lines_of(layer, stage)
    for start, end in _spans(stage, bars):
        chord = stage.chord_at(start)
        intensity = min(1.0, max(0.0, stage.intensity_at(start)))
        still = (end - start) * Fraction(_STILL_CALM + (_STILL_INTENSE - _STILL_CALM) * intensity).limit_denominator(8)
        stop = end - Fraction(int(still * 2), 2)
        pitches = voices_of(layer, stage, chord, start, stop)
        order = [pitches[int(index)] for index in rng.permutation(len(pitches))]
        apart = Fraction(int((stop - start) * Fraction(_ENTRIES).limit_denominator(10) / len(order) * 2), 2)
        for index, pitch in enumerate(order):
            onset = start + index * min(apart, Fraction(2))
            grown = _GROWTH * (index / max(1, len(order) - 1) - 0.5) + float(rng.uniform(-2.0, 2.0))
            velocity = stage.velocity(layer, onset, grown)
            add_doubled(layer, stage, lines, Draft(onset, stop - onset, pitch, velocity, layer.articulation))
    return lines


def _spans(stage: Stage, bars: frozenset[int]) -> list[tuple[Fraction, Fraction]]:
    """Return the (start, end) of all swells: pairs of bars where the chord stays, else bars or what a chord lasts."""
    spans: list[tuple[Fraction, Fraction]] = []
    before: Bar | None = None
    for bar in stage.form.bars:
        if bar.index not in bars:
            continue
        for begin, end, chord in stage.chords_between(bar.start_beats, bar.end_beats):
            goes_on = (
                bool(spans)
                and before is not None
                and before.index == bar.index - 1
                and bar.in_phrase % 2 == 1
                and spans[-1][1] == begin
                and chord.slot.start_beats < begin
            )
            if goes_on:
                spans[-1] = (spans[-1][0], end)
            elif end - begin >= _SHORTEST_BEATS:
                spans.append((begin, end))
        before = bar
    return spans
