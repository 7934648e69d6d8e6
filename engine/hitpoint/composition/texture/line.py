"""Counter-line: an inner voice of the harmony made to walk, with passing notes, entering after the bar has begun."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.pitch import fold_into, melodic_scale, nearest_pitch, pitches_in
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import add_doubled, lines_of


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the line: one chord tone per chord, joined by a passing note where the next one is a third away."""
    lines = lines_of(layer, stage)
    low, high = layer.register
    voice = layer.voices[0]
    spans = [
        (begin, end, chord)
        for bar in stage.form.bars
        if bar.index in bars
        for begin, end, chord in stage.chords_between(bar.start_beats, bar.end_beats)
    ]
    previous: int | None = None
    for index, (begin, end, chord) in enumerate(spans):
        tones = pitches_in(chord.slot.shape.pitch_classes, low, high)
        target = fold_into(chord.upper[voice], low, high) if previous is None else previous
        pitch = nearest_pitch(tuple(p for p in tones if p != previous or len(tones) == 1) or tones, target)
        length = end - begin
        entry = begin + (Fraction(1) if length >= 3 and rng.random() < 0.6 else Fraction(0))
        following = spans[index + 1] if index + 1 < len(spans) and spans[index + 1][0] == end else None
        last = end
        if following is not None and length >= 2:
            scale = pitches_in(melodic_scale(chord.slot.key, chord.slot.shape), low, high)
            goal = nearest_pitch(
                pitches_in(following[2].slot.shape.pitch_classes, low, high),
                pitch + (3 if pitch < (low + high) / 2 else -3),
            )
            between = [p for p in scale if min(pitch, goal) < p < max(pitch, goal)]
            if between:
                last = end - (Fraction(1) if length >= 3 else Fraction(1, 2))
                passing = between[len(between) // 2]
                accent = float(rng.uniform(-6.0, -2.0))
                draft = Draft(last, end - last, passing, stage.velocity(layer, last, accent), layer.articulation)
                add_doubled(layer, stage, lines, draft)
        accent = float(rng.uniform(-2.0, 3.0))
        draft = Draft(entry, last - entry, pitch, stage.velocity(layer, entry, accent), layer.articulation)
        add_doubled(layer, stage, lines, draft)
        previous = pitch
    return lines
