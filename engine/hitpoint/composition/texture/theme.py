"""Melody: the motif stated, sequenced, broken up and answered, with contour and breath (music.md §4)."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hitpoint.composition.form import Bar
from hitpoint.composition.motif import Motif
from hitpoint.composition.orchestration import density
from hitpoint.composition.pitch import melodic_scale, pitches_in
from hitpoint.composition.stage import Draft, Line, Stage, is_strong_place, metric_accent
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import add_doubled, lines_of

#: The one highest point of a phrase lies at about two thirds.
PEAK_PLACE = 0.66
#: The theme is stated fully this often in a cue; elsewhere it is quoted and developed.
FULL_STATEMENTS = 2
SHORTEST_PHRASE_BEATS = 3
PASSING_BEATS = Fraction(1, 2)
#: From this width on a leap is answered by a step the other way; wider than the second one it is not sung willingly.
LEAP_SEMITONES, LARGEST_LEAP_SEMITONES = 5, 7
#: What speaks against a pitch, in semitones away from the one that the line asks for: per semitone from the contour,
#: a repeated note, per semitone of a leap too wide, per chord that comes while it is held and does not contain it.
CONTOUR_PULL, REPEAT_COST, LEAP_COST, SUSPENSION_COST = 0.12, 3.0, 3.0, 2.5


@dataclass(slots=True)
class _Singer:
    """Where the melody is: the last pitch, how it got there (semitones), and the span it may use."""

    low_midi: int
    high_midi: int
    pitch: int | None = None
    came_by: int = 0


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the melody. Phrases are handed from one instrument to the next."""
    lines = lines_of(layer, stage)
    statements: dict[str, int] = {}
    for number, phrase in enumerate(_phrases(stage.form.bars, bars)):
        if phrase[-1].end_beats - phrase[0].start_beats < SHORTEST_PHRASE_BEATS:
            continue
        motif = stage.motif_at(phrase[0].start_beats)
        full = statements.get(motif.name, 0) < FULL_STATEMENTS and not stage.style.form.head_only
        full = full and (phrase[0].label == "climax" or statements.get(motif.name, 0) == 0)
        if full:
            statements[motif.name] = statements.get(motif.name, 0) + 1
        first = number % len(lines)
        if phrase[0].label == "climax":  # on top of everything
            first = max(range(len(lines)), key=lambda index: lines[index].instrument.comfort_high_midi)
        instrument = lines[first].instrument
        low = max(layer.register[0], instrument.comfort_low_midi)
        high = min(layer.register[1], instrument.comfort_high_midi)
        singer = (
            _Singer(low, high)
            if high - low >= 10
            else _Singer(instrument.comfort_low_midi, instrument.comfort_high_midi)
        )
        for draft in _phrase(layer, stage, phrase, motif, singer, full, rng):
            add_doubled(layer, stage, lines, draft, first)
    return lines


def _phrases(all_bars: tuple[Bar, ...], bars: frozenset[int]) -> list[list[Bar]]:
    """Return the runs of active bars inside each phrase, in order."""
    phrases: list[list[Bar]] = []
    for bar in all_bars:
        if bar.index not in bars:
            continue
        if phrases and phrases[-1][-1].phrase == bar.phrase and phrases[-1][-1].index == bar.index - 1:
            phrases[-1].append(bar)
        else:
            phrases.append([bar])
    return phrases


def _phrase(
    layer: Layer, stage: Stage, phrase: list[Bar], motif: Motif, singer: _Singer, full: bool, rng: np.random.Generator
) -> list[Draft]:
    """Return one phrase: units of the motif that climb to the peak, then a long note and a breath."""
    start, end = phrase[0].start_beats, phrase[-1].end_beats
    closing = phrase[-1].start_beats if len(phrase) > 1 else start + max(Fraction(1), Fraction(int((end - start) / 2)))
    drafts: list[Draft] = []
    free: set[int] = set()  # notes that may be led to by a passing note without hurting the motif
    onset = start + (Fraction(0) if full else Fraction(int(rng.integers(2))))
    unit = 0
    while onset < closing:
        variant = motif if full and unit == 0 else _variant(motif, phrase[0], unit, rng)
        for place, duration, step in _notes(variant):
            at = onset + place
            if at >= closing:
                break
            if step is None or unit % 2:
                free.add(len(drafts))
            drafts.append(_note(layer, stage, phrase, singer, at, min(duration, closing - at), step, rng))
        onset += Fraction(math.ceil(variant.length_beats))
        if len(phrase) > 2 and unit % 2 == 1 and density(phrase[0]) < 2:
            onset += 1  # a short breath between pairs of units
        unit += 1
        singer.pitch = drafts[-1].pitch if drafts else None
    breath = Fraction(1) if end - closing > 2 else Fraction(1, 2)
    free.add(len(drafts))
    drafts.append(_note(layer, stage, phrase, singer, closing, end - closing - breath, None, rng))
    return _with_passing_notes(stage, drafts, free)


def _with_passing_notes(stage: Stage, drafts: list[Draft], free: set[int]) -> list[Draft]:
    """Return the phrase with thirds filled in where the note before is long enough to give half of its end away."""
    filled = drafts[:1]
    for index, (before, draft) in enumerate(pairwise(drafts), start=1):
        if index in free and before.end == draft.onset and before.duration >= 1:
            chord = stage.chord_at(before.end - PASSING_BEATS)
            low, high = sorted((before.pitch, draft.pitch))
            between = pitches_in(melodic_scale(chord.slot.key, chord.slot.shape), low + 1, high - 1)
            if len(between) == 1:
                before.duration -= PASSING_BEATS
                velocity = (before.velocity + draft.velocity) / 2 - 4.0
                filled.append(Draft(before.end, PASSING_BEATS, between[0], velocity, before.articulation))
        filled.append(draft)
    return filled


def _notes(motif: Motif) -> list[tuple[Fraction, Fraction, int | None]]:
    """Return (place, duration, steps from the note before) of a motif; None for its first note."""
    notes: list[tuple[Fraction, Fraction, int | None]] = []
    place = Fraction(0)
    for index, duration in enumerate(motif.durations):
        notes.append((place, duration, motif.steps[index] - motif.steps[index - 1] if index else None))
        place += duration
    return notes


def _variant(motif: Motif, bar: Bar, unit: int, rng: np.random.Generator) -> Motif:
    """Return what becomes of the motif in a unit of a phrase: by section; every other one answers it in plain steps."""
    head, plain = motif.head(3), motif.smoothed()
    statements, answers = {
        "establish": ((head, motif, motif.head(3).stretched(Fraction(2))), (plain, plain.head(3))),
        "build": ((motif, motif.inverted(), head), (plain, plain.inverted(), plain.stretched(Fraction(1, 2)))),
        "turn": ((motif.inverted(), motif.retrograde(), head), (plain.inverted(), plain)),
        "climax": ((motif, motif.head(4), motif.inverted()), (plain, plain.head(4), plain.inverted())),
        "aftermath": ((head.stretched(Fraction(2)), motif.inverted().head(3)), (plain.inverted(), plain)),
        "tail": ((head.stretched(Fraction(2)), head), (plain.inverted().stretched(Fraction(2)), plain.head(3))),
    }[bar.label]
    options = answers if unit % 2 else statements
    return options[(unit // 2 + int(rng.integers(len(options)))) % len(options)]


def _height(stage: Stage, phrase: list[Bar], singer: _Singer, at: Fraction) -> float:
    """Return the pitch that the contour asks for: an arch with its peak at `PEAK_PLACE`, higher when intense."""
    start, end = phrase[0].start_beats, phrase[-1].end_beats
    x = float((at - start) / (end - start))
    arch = x / PEAK_PLACE if x < PEAK_PLACE else 1.0 - 0.75 * (x - PEAK_PLACE) / (1.0 - PEAK_PLACE)
    span = singer.high_midi - singer.low_midi
    return singer.low_midi + span * (0.15 + 0.3 * stage.intensity_at(start) + 0.5 * arch)


def _note(
    layer: Layer,
    stage: Stage,
    phrase: list[Bar],
    singer: _Singer,
    at: Fraction,
    duration: Fraction,
    step: int | None,
    rng: np.random.Generator,
) -> Draft:
    """Return one note: `step` scale steps from the last, or (None) one near the contour that joins on well."""
    bar, chord = stage.form.bar_at(at), stage.chord_at(at)
    target = _height(stage, phrase, singer, at)
    tones = pitches_in(chord.slot.shape.pitch_classes, singer.low_midi, singer.high_midi)
    scale = pitches_in(melodic_scale(chord.slot.key, chord.slot.shape), singer.low_midi, singer.high_midi)
    is_strong = is_strong_place(bar, at) or duration >= 2 or singer.pitch is None
    wanted = _wanted(singer, scale, step, target)
    held = [other.slot.shape.pitch_classes for _, _, other in stage.chords_between(at, at + duration)][1:]

    def cost(pitch: int) -> float:
        total = abs(pitch - wanted) + CONTOUR_PULL * abs(pitch - target)
        total += SUSPENSION_COST * sum(pitch % 12 not in classes for classes in held)
        if singer.pitch is not None:
            leap = abs(pitch - singer.pitch)
            total += REPEAT_COST * (leap == 0) + LEAP_COST * max(0, leap - LARGEST_LEAP_SEMITONES)
        return total

    pitch = min(tones if is_strong else scale, key=lambda p: (cost(p), p))
    for begin, _, other in stage.chords_between(at, at + duration):
        if begin > at and pitch % 12 not in other.slot.shape.pitch_classes:
            duration = begin - at  # rather a rest than a note that the harmony has left behind
            break
    singer.came_by = pitch - singer.pitch if singer.pitch is not None else 0
    singer.pitch = pitch
    swell = 8.0 * (1.0 - abs((pitch - target) / 12.0))
    accent = metric_accent(bar, at) + max(-4.0, swell) + float(rng.uniform(-2.0, 2.0))
    return Draft(at, duration, pitch, stage.velocity(layer, at, accent), layer.articulation)


def _wanted(singer: _Singer, scale: tuple[int, ...], step: int | None, target: float) -> float:
    """Return the pitch that the line itself asks for, before harmony and contour have their say."""
    if singer.pitch is None:
        return target
    if abs(singer.came_by) >= LEAP_SEMITONES:  # a leap is recovered by a step the other way
        return _stepped(scale, singer.pitch, -1 if singer.came_by > 0 else 1)
    if step is None:  # the next unit starts next door, in the direction of the contour
        return _stepped(scale, singer.pitch, 1 if target > singer.pitch else -1)
    return _stepped(scale, singer.pitch, step)


def _stepped(scale: tuple[int, ...], pitch: int, step: int) -> int:
    """Return the pitch some scale steps away, turned back where the register ends."""
    index = min(range(max(0, bisect.bisect_left(scale, pitch) - 1), len(scale)), key=lambda i: abs(scale[i] - pitch))
    moved = index + step
    if not 0 <= moved < len(scale):
        moved = index - step
    return scale[min(max(moved, 0), len(scale) - 1)]
