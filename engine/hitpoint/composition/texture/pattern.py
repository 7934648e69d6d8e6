"""Percussion: strokes that shape the phrase (lean in, breathe, lead over), not a drum loop."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.orchestration import density
from hitpoint.composition.pitch import fold_into
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import RepetitionGuard, Thinning, add_doubled, cell_onsets, lines_of

_STROKES = {"o": -16.0, "x": 0.0, "X": 12.0}


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the strokes; a register of at least an octave means tuned drums, which follow the bass."""
    lines = lines_of(layer, stage)
    guard, thinning = RepetitionGuard(rng), Thinning(rng)
    low, high = layer.register
    cell = ""
    for bar in stage.form.bars:
        if bar.index not in bars:
            continue
        choices = layer.cells[density(bar)]
        if not cell or bar.in_phrase % 2 == 0 or cell not in choices:
            cell = choices[int(rng.integers(len(choices)))]
        drafts = []
        onsets = cell_onsets(cell, layer.grid, bar.length_beats)
        for place, room, symbol in onsets:
            onset = bar.start_beats + place
            if not thinning.leaves(stage, bar, onset):
                continue
            late = place >= bar.length_beats / 2
            if bar.in_phrase % 4 == 1 and late and symbol == "o" and rng.random() < 0.6:
                continue  # the second bar of four breathes
            velocity = stage.velocity(layer, onset, _STROKES[symbol] + float(rng.uniform(-4.0, 4.0)))
            if bar.is_phrase_end and late:
                velocity += 8.0 * float(place / bar.length_beats)
            pitch = fold_into(stage.chord_at(onset).bass, low, high) if high - low >= 11 else low
            drafts.append(Draft(onset, min(room, Fraction(1)), pitch, velocity, layer.articulation))
        if bar.is_phrase_end and density(bar) > 0 and onsets and rng.random() < 0.5:
            drafts += _lead_over(drafts[-1], bar.end_beats, layer.grid) if drafts else []
        for draft in guard.pass_bar(drafts, bar.start_beats, low, high):
            add_doubled(layer, stage, lines, draft)
    return lines


def _lead_over(last: Draft, end: Fraction, grid: Fraction) -> list[Draft]:
    """Return two or three strokes that fill the rest of the phrase, rising."""
    strokes = []
    onset = end - 3 * grid
    step = 0
    while onset < end:
        if onset > last.onset:
            strokes.append(Draft(onset, grid, last.pitch, last.velocity - 12.0 + 6.0 * step, last.articulation))
        onset += grid
        step += 1
    if strokes:
        last.duration = min(last.duration, strokes[0].onset - last.onset)
    return strokes
