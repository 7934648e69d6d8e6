"""Broken chords that travel: up and down over the register, turning where the tune or the bar asks for it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.form import Bar
from hitpoint.composition.low_register import LOWEST_THIRD_MIDI
from hitpoint.composition.orchestration import density
from hitpoint.composition.pitch import pitches_in
from hitpoint.composition.stage import Draft, Line, Stage, metric_accent
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import RepetitionGuard, Thinning, add_doubled, lines_of, scale_neighbour

#: Ways to travel: a wave of single steps, one that skips every other tone going up, sweeps that start anew on strong
#: beats, and a rocking one (two up, one back).
_SHAPES = ("wave", "skips", "sweeps", "rocks")
#: Share of the ladder of chord tones that is used at intensity 0; all of it from intensity `_WIDE_FROM` on.
_LEAST_SHARE, _WIDE_FROM = 0.5, 0.75
_FEWEST_RUNGS = 4
#: Notes of this length and longer are halved where the music is driven.
_HALVED_FROM = Fraction(1, 2)
#: Broken chords keep this far below the tune where there is room below it.
_BELOW_TUNE = 2
#: How often a weak note is the scale's next one above its chord tone: broken chords of nothing but chord tones are a
#: purer harmony than people write (benchmarks/human_music.py, chord_fit).
_NEIGHBOURS = 0.2


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the figure: calm bars go at half the pace and leave their last quarter still, driven ones at double."""
    lines = lines_of(layer, stage)
    guard, thinning = RepetitionGuard(rng), Thinning(rng)
    shape = ""
    for bar in stage.form.bars:
        if bar.index not in bars:
            continue
        if not shape or bar.in_phrase % 2 == 0:
            shape = _SHAPES[int(rng.integers(len(_SHAPES)))]
        drafts = _bar(layer, stage, bar, shape, thinning, rng)
        for draft in guard.pass_bar(drafts, bar.start_beats, *layer.register):
            add_doubled(layer, stage, lines, draft)
    return lines


def _bar(layer: Layer, stage: Stage, bar: Bar, shape: str, thinning: Thinning, rng: np.random.Generator) -> list[Draft]:
    pace = density(bar)
    grid = layer.grid * 2 if pace == 0 else layer.grid / 2 if pace == 2 and layer.grid >= _HALVED_FROM else layer.grid
    still_from = bar.end_beats - bar.length_beats / 4 if pace == 0 else bar.end_beats
    drafts: list[Draft] = []
    onset = bar.start_beats
    rungs: tuple[int, ...] = ()
    step = 0
    while onset < still_from:
        now = ladder(layer, stage, onset)
        if now != rungs or (shape == "sweeps" and (onset - bar.start_beats) % 2 == 0):
            rungs, step = now, 0
        if not thinning.leaves(stage, bar, onset):
            onset += grid
            step += 1
            continue
        pitch = rungs[_rung(shape, step, len(rungs))]
        if (onset - bar.start_beats).denominator > 1 and pitch >= LOWEST_THIRD_MIDI + 7 and rng.random() < _NEIGHBOURS:
            pitch = scale_neighbour(stage, layer.register, onset, pitch)
        accent = metric_accent(bar, onset) / 2 + float(rng.uniform(-3.0, 3.0))
        room = grid if onset + grid < still_from else bar.end_beats - onset  # the last note rings into the stillness
        held = min(room, Fraction(2)) * Fraction(layer.length).limit_denominator(16)
        drafts.append(Draft(onset, held, pitch, stage.velocity(layer, onset, accent), layer.articulation))
        onset += grid
        step += 1
    return drafts


def ladder(layer: Layer, stage: Stage, onset: Fraction) -> tuple[int, ...]:
    """Return the chord tones to climb at a beat: from the lowest root up, more of them when it is intense.

    Below C3 only roots and fifths are clear; above the tune nothing is, unless there is no room below it.
    """
    low, high = layer.register
    shape = stage.chord_at(onset).slot.shape
    tones = [
        pitch
        for pitch in pitches_in(shape.pitch_classes, low, high)
        if pitch >= LOWEST_THIRD_MIDI + 4 or (pitch - shape.root) % 12 in (0, 7)
    ]
    tune = stage.tune.at(onset)
    if tune is not None:
        below = [pitch for pitch in tones if pitch <= tune - _BELOW_TUNE]
        tones = below if len(below) >= _FEWEST_RUNGS else tones
    first = next((index for index, pitch in enumerate(tones) if pitch % 12 == shape.root), 0)
    tones = tones[first:] if len(tones) - first >= _FEWEST_RUNGS else tones
    share = _LEAST_SHARE + (1.0 - _LEAST_SHARE) * min(1.0, stage.intensity_at(onset) / _WIDE_FROM)
    return tuple(tones[: max(_FEWEST_RUNGS, round(share * len(tones)))])


def _rung(shape: str, step: int, rungs: int) -> int:
    """Return which rung of a ladder a step of a shape stands on."""
    if rungs == 1:
        return 0
    if shape == "rocks":  # 0 2 1 3 2 4 …, and back down
        step = step // 2 + (2 if step % 2 else 0)
    elif shape == "skips":  # up by twos, down by ones
        up = (rungs + 1) // 2
        place = step % (up + rungs - 2)
        return min(rungs - 1, 2 * place) if place < up else rungs - 1 - (place - up + 1)
    turn = step % (2 * rungs - 2)
    return turn if turn < rungs else 2 * rungs - 2 - turn
