"""Pulses: cells of chord tones that drive with the intensity and thin out with it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.orchestration import density
from hitpoint.composition.pitch import fold_into, pitches_in
from hitpoint.composition.stage import Draft, Line, Stage, metric_accent
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import (
    RepetitionGuard,
    Thinning,
    add_doubled,
    cell_onsets,
    lines_of,
    scale_neighbour,
)
from hitpoint.composition.voicing import VoicedChord

#: How far staccato shortens, and legato lengthens, the notes of a pulse.
SHORTEN = 0.5


def chord_tone(layer: Layer, register: tuple[int, int], chord: VoicedChord, degree: int) -> int:
    """Return the pitch of a cell's digit: 0 is the root (a ground's is the bass), each further one a chord tone up.

    Down in the bass only fifths and octaves are clear (music.md §5).
    """
    low, high = register
    first = chord.bass % 12 if layer.role == "ground" else chord.slot.shape.root
    classes = {*chord.slot.shape.pitch_classes, first}
    if layer.role == "ground":
        classes = {pitch_class for pitch_class in classes if (pitch_class - first) % 12 in (0, 7)}
    ladder = pitches_in(tuple(sorted(classes)), low, min(127, high + 24))
    base = next(index for index, pitch in enumerate(ladder) if pitch % 12 == first)
    return fold_into(ladder[min(base + degree, len(ladder) - 1)], low, high)


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the pulse: a cell is kept for two bars at most, then another, a rotation or a mirror of it comes."""
    lines = lines_of(layer, stage)
    guard, thinning = RepetitionGuard(rng), Thinning(rng)
    cell, turn = "", 0
    for bar in stage.form.bars:
        if bar.index not in bars:
            continue
        choices = layer.cells[density(bar)]
        if not cell or bar.in_phrase % 2 == 0 or cell not in choices:
            cell = choices[int(rng.integers(len(choices)))]
            turn = int(rng.integers(3)) if layer.role == "pulse" else 0
        drafts: list[Draft] = []
        register = stage.register(layer, bar.start_beats)
        length = layer.length * (1.0 + SHORTEN * (0.5 - bar.means.staccato))
        for place, room, symbol in cell_onsets(cell, layer.grid, bar.length_beats):
            onset = bar.start_beats + place
            if not thinning.leaves(stage, bar, onset):
                continue
            chord = stage.chord_at(onset)
            if symbol == "n":  # the scale's next note above the one before
                pitch = scale_neighbour(
                    stage, register, onset, drafts[-1].pitch if drafts else chord_tone(layer, register, chord, 0)
                )
                accent = metric_accent(bar, onset) - 3.0
                held = min(room, Fraction(2)) * Fraction(min(1.0, length)).limit_denominator(16)
                drafts.append(Draft(onset, held, pitch, stage.velocity(layer, onset, accent), layer.articulation))
                continue
            degree = int(symbol)
            if turn == 1 and degree:  # the moving notes one chord tone higher
                degree += 1
            elif turn == 2 and degree > 1:  # and one lower
                degree -= 1
            accent = metric_accent(bar, onset) + float(rng.uniform(-3.0, 3.0))
            if bar.is_phrase_end:
                accent += 6.0 * float(place / bar.length_beats)  # lean into the next phrase
            longest = room if layer.length >= 1 else min(room, Fraction(2))  # a layer of full length is pedalled
            if layer.role == "ground":  # a bass that hangs over the change of chord is mud
                longest = min(longest, chord.slot.end_beats - onset)
            held = longest * Fraction(min(1.0, length)).limit_denominator(16)
            pitch = chord_tone(layer, register, chord, degree)
            drafts.append(Draft(onset, held, pitch, stage.velocity(layer, onset, accent), layer.articulation))
        for draft in guard.pass_bar(drafts, bar.start_beats, *register):
            add_doubled(layer, stage, lines, draft)
    return lines
