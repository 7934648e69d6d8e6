"""Walking bass: a note on every beat, the root where the chord changes, and a step into the next root before it.

Calm bars are in two: half notes, root and fifth. What lies between is chord tones and scale steps in one direction;
the note before a change comes from a semitone or a step away, and a ghost of it may be struck just before.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.form import Bar
from hitpoint.composition.orchestration import density
from hitpoint.composition.pitch import fold_into, melodic_scale, nearest_pitch, pitches_in
from hitpoint.composition.stage import Draft, Line, Stage, metric_accent
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import RepetitionGuard, add_doubled, lines_of

#: Swing: the off-beat lies at two thirds of a beat.
_SWUNG_BEATS = Fraction(2, 3)
#: How often a ghost note is struck before a beat, in moving and driving bars.
_GHOSTS = (0.0, 0.12, 0.25)
_HELD = Fraction(9, 10)


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the bass line."""
    lines = lines_of(layer, stage)
    guard = RepetitionGuard(rng)
    before: int | None = None
    for bar in stage.form.bars:
        if bar.index not in bars:
            continue
        drafts = _bar(layer, stage, bar, before, rng)
        before = drafts[-1].pitch if drafts else before
        for draft in guard.pass_bar(drafts, bar.start_beats, *layer.register):
            add_doubled(layer, stage, lines, draft)
    return lines


def _bar(layer: Layer, stage: Stage, bar: Bar, before: int | None, rng: np.random.Generator) -> list[Draft]:
    """Return one bar of the walk."""
    low, high = layer.register
    busy = density(bar)
    step = Fraction(2) if busy == 0 else Fraction(1)
    drafts: list[Draft] = []
    onset = bar.start_beats
    while onset < bar.end_beats:
        chord, length = stage.chord_at(onset), min(step, bar.end_beats - onset)
        is_new = before is None or chord.slot.start_beats == onset or onset == bar.start_beats
        following = stage.chord_at(onset + length)
        if is_new:
            root = chord.bass % 12
            near = before if before is not None else (low + high) // 2
            pitch = nearest_pitch(pitches_in((root,), low, high), near)
        elif busy and following.slot.start_beats == onset + length:
            goal = nearest_pitch(pitches_in((following.bass % 12,), low, high), before or low)
            pitch = fold_into(goal + int(rng.choice([-1, 1, -1, 2])), low, high)
        else:
            pitch = _between(stage, layer, onset, before or low, rng)
        velocity = stage.velocity(layer, onset, metric_accent(bar, onset) / 2 + float(rng.uniform(-4.0, 4.0)))
        drafts.append(Draft(onset, length * _HELD, pitch, velocity, layer.articulation))
        if rng.random() < _GHOSTS[busy] and length == 1:
            ghost = onset + _SWUNG_BEATS
            drafts[-1].duration = _SWUNG_BEATS * _HELD
            drafts.append(Draft(ghost, (1 - _SWUNG_BEATS) * _HELD, pitch, velocity - 18.0, layer.articulation))
        before = pitch
        onset += step
    return drafts


def _between(stage: Stage, layer: Layer, onset: Fraction, before: int, rng: np.random.Generator) -> int:
    """Return a note on the way: a chord tone or a step of the scale, rather onwards than back."""
    slot = stage.chord_at(onset).slot
    scale = pitches_in(melodic_scale(slot.key, slot.shape), *layer.register)
    tones = pitches_in(slot.shape.pitch_classes, *layer.register)
    up = before < (layer.register[0] + layer.register[1]) / 2 or rng.random() < 0.4
    near = [pitch for pitch in (*scale, *tones) if 0 < (pitch - before if up else before - pitch) <= 5]
    return near[int(rng.integers(len(near)))] if near else nearest_pitch(tones, before)
