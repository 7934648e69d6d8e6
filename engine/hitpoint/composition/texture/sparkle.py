"""Colour: a few quick chord tones where a phrase ends or a new section opens, never the same way twice running."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.pitch import pitches_in
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import add_doubled, lines_of


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return arpeggios of four to seven notes in the second half of phrase ends, or at the opening of sections."""
    lines = lines_of(layer, stage)
    shape = 0
    for bar in stage.form.bars:
        opens = bar.in_phrase == 0 and bar.index > 0 and stage.form.bars[bar.index - 1].section != bar.section
        if bar.index not in bars or not (bar.is_phrase_end or opens) or bar.length_beats < 2:
            continue
        start = bar.start_beats + (layer.grid if opens else Fraction(int(bar.length_beats / 2)))
        shape = (shape + 1 + int(rng.integers(2))) % 3
        low, high = stage.register(layer, start)
        ladder = pitches_in(stage.chord_at(start).slot.shape.pitch_classes, low, high)
        count = min(len(ladder), 4 + int(rng.integers(4)))
        first = int(rng.integers(len(ladder) - count + 1))
        figure = list(ladder[first : first + count])
        if shape == 1:
            figure.reverse()
        elif shape == 2:
            figure = figure[::2] + figure[1::2][::-1]
        for index, pitch in enumerate(figure):
            onset = start + index * layer.grid
            if onset >= bar.end_beats:
                break
            velocity = stage.velocity(layer, onset, 6.0 * index / count + float(rng.uniform(-3.0, 3.0)))
            add_doubled(layer, stage, lines, Draft(onset, layer.grid * 2, pitch, velocity, layer.articulation))
    return lines
