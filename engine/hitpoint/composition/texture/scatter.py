"""Scattered notes: irregular handfuls in wide leaps, with holes between them. No pulse is to be felt."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.form import Bar
from hitpoint.composition.pitch import pitches_in
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import add_doubled, lines_of

#: Notes in a handful, and how likely the next note of one stands one, two or three places of the grid on.
_FEWEST, _MOST = 1, 5
_STRIDES, _STRIDE_ODDS = (1, 2, 3), (0.55, 0.3, 0.15)
#: Beats of silence between handfuls, at intensity 0 and 1, each give or take half.
_LONGEST_HOLE_BEATS, _SHORTEST_HOLE_BEATS = 5.0, 0.9
#: A leap of at least this much, where the register has one.
_LEAST_LEAP = 5


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return handfuls of chord tones over the active bars; more notes and shorter holes where it is intense."""
    lines = lines_of(layer, stage)
    before: int | None = None
    free_from = Fraction(0)
    for bar in stage.form.bars:
        if bar.index not in bars:
            continue
        onset = max(bar.start_beats, free_from)
        while onset < bar.end_beats:
            for draft in _handful(layer, stage, bar, onset, before, rng):
                add_doubled(layer, stage, lines, draft)
                before, onset = draft.pitch, draft.onset
            onset += _hole(layer, stage, onset, rng)
        free_from = onset
    return lines


def _handful(
    layer: Layer, stage: Stage, bar: Bar, onset: Fraction, before: int | None, rng: np.random.Generator
) -> list[Draft]:
    low, high = layer.register
    intensity = stage.intensity_at(onset)
    count = _FEWEST + int(rng.integers(1 + round((_MOST - _FEWEST) * min(1.0, 0.3 + intensity))))
    drafts: list[Draft] = []
    for index in range(count):
        if onset >= bar.end_beats:
            break
        tones = pitches_in(stage.chord_at(onset).slot.shape.pitch_classes, low, high)
        far = [pitch for pitch in tones if before is None or abs(pitch - before) >= _LEAST_LEAP]
        choices = far or list(tones)
        pitch = choices[int(rng.integers(len(choices)))]
        # Every handful has one loud note, now here, now there.
        accent = float(rng.uniform(-12.0, 4.0)) + (10.0 if index == int(rng.integers(count)) else 0.0)
        held = layer.grid * Fraction(layer.length).limit_denominator(16)
        drafts.append(Draft(onset, held, pitch, stage.velocity(layer, onset, accent), layer.articulation))
        before = pitch
        onset += layer.grid * int(rng.choice(_STRIDES, p=_STRIDE_ODDS))
    return drafts


def _hole(layer: Layer, stage: Stage, onset: Fraction, rng: np.random.Generator) -> Fraction:
    """Return how long it is silent after a handful: whole places of the grid, never the same twice for long."""
    intensity = min(1.0, max(0.0, stage.intensity_at(onset)))
    beats = _LONGEST_HOLE_BEATS + (_SHORTEST_HOLE_BEATS - _LONGEST_HOLE_BEATS) * intensity
    return layer.grid * max(2, round(beats * float(rng.uniform(0.5, 1.5)) / float(layer.grid)))
