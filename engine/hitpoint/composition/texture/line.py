"""Counter-line: a second voice that moves where the tune holds still, mostly against its direction, always below it.

Where the tune rests it may sing by itself.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.form import Bar
from hitpoint.composition.singing import Wish, sing
from hitpoint.composition.stage import Draft, Line, Stage, is_strong_place
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import add_doubled, lines_of

#: Rhythms of a bar in beats, plain ones first; a rest in front is negative. What does not fit is cut or held.
_RHYTHMS = (
    ("4",),
    ("-1", "3"),
    ("2", "2"),
    ("3", "1"),
    ("-1", "1", "2"),
    ("2", "1", "1"),
    ("-1/2", "3/2", "2"),
    ("3/2", "1/2", "2"),
    ("-1", "1/2", "1/2", "2"),
)
#: The contour of a counter-line swings this far around the middle of its register, over this many bars.
_SWING_SEMITONES, _SWING_BARS = 4.0, 3.5


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the line, phrase by phrase."""
    lines = lines_of(layer, stage)
    before: int | None = None
    for phrase in _runs(stage.form.bars, bars):
        notes = [note for bar in phrase for note in _bar(stage, bar, rng)]
        if not notes:
            continue
        wishes = [_wish(layer, stage, onset, duration) for onset, duration in notes]
        pitches = sing(wishes, *stage.register(layer, phrase[0].start_beats), rng=rng, before=before)
        for (onset, duration), pitch in zip(notes, pitches, strict=True):
            for begin, _, other in stage.chords_between(onset, onset + duration):
                if begin > onset and pitch % 12 not in other.slot.shape.pitch_classes:
                    duration = begin - onset
                    break
            velocity = stage.velocity(layer, onset, float(rng.uniform(-3.0, 3.0)))
            add_doubled(layer, stage, lines, Draft(onset, duration, pitch, velocity, layer.articulation))
        before = pitches[-1]
    return lines


def _runs(all_bars: tuple[Bar, ...], bars: frozenset[int]) -> list[list[Bar]]:
    runs: list[list[Bar]] = []
    for bar in all_bars:
        if bar.index in bars:
            if runs and runs[-1][-1].index == bar.index - 1 and runs[-1][-1].phrase == bar.phrase:
                runs[-1].append(bar)
            else:
                runs.append([bar])
    return runs


def _bar(stage: Stage, bar: Bar, rng: np.random.Generator) -> list[tuple[Fraction, Fraction]]:
    """Return (onset, duration) of a bar: of the rhythms one that speaks where the tune does not."""
    struck = {onset for onset, _, _ in stage.tune.between(bar.start_beats, bar.end_beats)}
    busy = len(struck) / max(1.0, float(bar.length_beats))
    best: list[tuple[Fraction, Fraction]] = []
    least = np.inf
    for rank, texts in enumerate(_RHYTHMS):
        notes = _fitted(texts, bar)
        together = sum(onset in struck for onset, _ in notes)
        # Much to say where the tune is still, little where it is busy; calm bars like the plain rhythms.
        wanted = 1.0 + 2.5 * max(0.0, 0.9 - busy) * (0.4 + bar.intensity)
        cost = together + 0.8 * abs(len(notes) - wanted) + 0.1 * rank + float(rng.uniform(0.0, 0.9))
        if cost < least:
            best, least = notes, cost
    return best


def _fitted(texts: tuple[str, ...], bar: Bar) -> list[tuple[Fraction, Fraction]]:
    notes = []
    at = bar.start_beats
    for text in texts:
        length = Fraction(text)
        if length > 0 and at < bar.end_beats:
            notes.append((at, min(length, bar.end_beats - at)))
        at += abs(length)
    if notes and at < bar.end_beats:
        notes[-1] = (notes[-1][0], bar.end_beats - notes[-1][0])
    return notes


def _wish(layer: Layer, stage: Stage, onset: Fraction, duration: Fraction) -> Wish:
    bar = stage.form.bar_at(onset)
    low, high = stage.register(layer, onset)
    swing = _SWING_SEMITONES * float(np.sin(2 * np.pi * (bar.in_phrase + 0.25) / _SWING_BARS))
    strength = 1.0 if is_strong_place(bar, onset) or duration >= 2 else 0.4
    chords = tuple(chord for _, _, chord in stage.chords_between(onset, onset + duration))
    height = low + 0.45 * (high - low) + swing + 4.0 * (stage.intensity_at(onset) - 0.5)
    return Wish(onset, duration, None, 0.0, strength, height, chords, against=stage.tune.at(onset))
