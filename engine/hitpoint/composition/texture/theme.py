"""Melody: the theme stated, sequenced, broken up and answered, with contour and breath (music.md §4).

A phrase is laid out in bars: units of the theme fill all but its close, each beginning on a bar line, every second one
answering the one before; the last bar is a long note and a breath. The pitches of the whole phrase are then found
together (`singing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hitpoint.composition.form import Bar
from hitpoint.composition.motif import Motif
from hitpoint.composition.orchestration import density
from hitpoint.composition.pitch import melodic_scale, pitches_in
from hitpoint.composition.singing import Wish, sing
from hitpoint.composition.stage import Draft, Line, Stage, is_strong_place, metric_accent
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import add_doubled, lines_of
from hitpoint.model.music import ThemeUse

#: The one highest point of a phrase lies at about two thirds.
PEAK_PLACE = 0.66
#: The theme is stated fully this often in a cue; elsewhere it is quoted and developed.
FULL_STATEMENTS = 2
SHORTEST_PHRASE_BEATS = 3
PASSING_BEATS = Fraction(1, 2)
#: How much of the motif's intervals is kept: by a statement, by an answer.
_STATED, _ANSWERED = 1.0, 0.45
#: How often a phrase is led into by an upbeat, where there is room for one.
_UPBEATS = 0.4
#: A melody moves in a span of about this much within one phrase, whatever the instrument could do.
_SPAN_SEMITONES = 17
#: How far the close of a phrase may be slackened by a breath, in beats.
_LONGEST_BREATH_BEATS = Fraction(1)


@dataclass(frozen=True, slots=True)
class _Sung:
    """A note of a phrase without its pitch yet."""

    onset: Fraction
    duration: Fraction
    step: int | None
    fidelity: float


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the melody. Phrases are handed from one instrument to the next; every use of a theme is noted."""
    lines = lines_of(layer, stage)
    statements: dict[str, int] = {}
    last: Draft | None = None
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
        notes, units = _laid_out(stage, phrase, motif, full, rng)
        notes = _with_upbeat(stage, notes, phrase, last, rng)
        drafts = _sung(layer, stage, phrase, notes, _span(layer, stage, lines[first], phrase), last, rng)
        for draft in _with_passing_notes(stage, drafts, notes):
            add_doubled(layer, stage, lines, draft, first)
        last = drafts[-1] if drafts else last
        for onset, variant in units:
            lines[first].uses.append(_use(stage, onset, variant, lines[first]))
    return lines


def _use(stage: Stage, onset: Fraction, variant: Motif, line: Line) -> ThemeUse:
    return ThemeUse(
        theme=variant.name,
        start_beats=onset,
        form=", ".join(variant.form) or "whole",
        instrument_id=line.instrument.id,
        key=str(stage.chord_at(onset).slot.key),
    )


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


def _laid_out(
    stage: Stage, phrase: list[Bar], motif: Motif, full: bool, rng: np.random.Generator
) -> tuple[list[_Sung], list[tuple[Fraction, Motif]]]:
    """Return the notes of a phrase in time, and which form of the theme begins where."""
    start, end = phrase[0].start_beats, phrase[-1].end_beats
    closing = phrase[-1].start_beats if len(phrase) > 1 else start + max(Fraction(1), Fraction(int((end - start) / 2)))
    lines = [bar.start_beats for bar in phrase if bar.start_beats < closing]
    notes: list[_Sung] = []
    units: list[tuple[Fraction, Motif]] = []
    variants: list[Motif] = []
    onset = start
    while onset < closing:
        unit = len(units)
        variant = motif if full and unit == 0 else _variant(motif, phrase[0], unit, variants, rng)
        variants.append(variant)
        stop = next((line for line in lines if line >= onset + variant.length_beats), closing)
        if stop - onset - variant.length_beats >= 2:  # short for its bar: the next unit may start on the third beat
            stop = min(stop, onset + -(-variant.length_beats // 2) * 2)
        fidelity = _STATED if unit % 2 == 0 else _ANSWERED
        notes += _unit(variant, onset, min(stop, closing), fidelity, is_calm=density(phrase[0]) < 2)
        units.append((onset, variant))
        onset = stop
    breath = min(_LONGEST_BREATH_BEATS, (end - closing) / 3)
    notes.append(_Sung(closing, end - closing - breath, None, 0.0))
    return notes, units


def _unit(motif: Motif, onset: Fraction, stop: Fraction, fidelity: float, *, is_calm: bool) -> list[_Sung]:
    """Return the notes of one unit, the last one held towards `stop` or cut there, with room to breathe."""
    notes: list[_Sung] = []
    at = onset
    for index, duration in enumerate(motif.durations):
        if at >= stop:
            break
        step = motif.steps[index] - motif.steps[index - 1] if index else None
        notes.append(_Sung(at, min(duration, stop - at), step, fidelity))
        at += duration
    room = stop - notes[-1].onset
    if room > notes[-1].duration:
        breath = Fraction(1, 2) if is_calm and room >= 2 else Fraction(0)
        notes[-1] = replace(notes[-1], duration=min(room - breath, notes[-1].duration * 2))
    return notes


def _with_upbeat(
    stage: Stage, notes: list[_Sung], phrase: list[Bar], last: Draft | None, rng: np.random.Generator
) -> list[_Sung]:
    """Return the phrase with a short note or two that lead into it, where the line rests before and nothing is hit."""
    start = phrase[0].start_beats
    chance, many = rng.random(), rng.random()
    room = start - (last.end if last is not None else Fraction(0))
    if chance > _UPBEATS or room < 1 or phrase[0].index == 0 or stage.speech.contains(phrase[0].start_s - 0.5):
        return notes
    if any(start - 1 <= moment.beats <= start for moment in stage.moments):
        return notes
    beats = (Fraction(1, 2), Fraction(1, 2)) if many < 0.4 and room > 1 else (Fraction(1, 2),)
    at = start - sum(beats)
    upbeat = []
    for duration in beats:
        upbeat.append(_Sung(at, duration, None, 0.0))
        at += duration
    return [*upbeat, *notes]


def _variant(motif: Motif, bar: Bar, unit: int, before: Sequence[Motif], rng: np.random.Generator) -> Motif:
    """Return what becomes of the theme in a unit of a phrase, by section; every other one answers the one before."""
    double, half = Fraction(2), Fraction(1, 2)
    if unit % 2:
        model = before[-1]
        answers = {
            "establish": (model.smoothed(), model),
            "build": (model, model.tail(3), model.smoothed().stretched(half)),
            "turn": (model.smoothed(), model.tail(3)),
            "climax": (model, model.head(4), model.tail(4)),
            "aftermath": (model.smoothed(), model.tail(3)),
            "tail": (model.smoothed(), model.head(3)),
        }[bar.label]
        answer = answers[int(rng.integers(len(answers)))]
        return replace(answer, form=("sequence",) if answer is model else answer.form)
    statements = {
        "establish": (motif.head(3), motif, motif.head(3).stretched(double)),
        "build": (motif, motif.inverted(), motif.head(4)),
        "turn": (motif.inverted(), motif.retrograde(), motif.head(3)),
        "climax": (motif, motif.head(4), motif.inverted(), motif),
        "aftermath": (motif.head(3).stretched(double), motif.inverted().head(3), motif.tail(3).stretched(double)),
        "tail": (motif.head(3).stretched(double), motif.head(3), motif.tail(3)),
    }[bar.label]
    return statements[(unit // 2 + int(rng.integers(len(statements)))) % len(statements)]


def _span(layer: Layer, stage: Stage, line: Line, phrase: list[Bar]) -> tuple[int, int]:
    """Return the register of a phrase: where the layer and the player's ease meet, higher when it is intense."""
    wanted = stage.register(layer, phrase[0].start_beats)
    low = max(wanted[0], line.instrument.comfort_low_midi)
    high = min(wanted[1], line.instrument.comfort_high_midi)
    if high - low < 12:
        low, high = line.instrument.comfort_low_midi, line.instrument.comfort_high_midi
    spare = high - low - _SPAN_SEMITONES
    if spare <= 0:
        return low, high
    intensity = max(bar.intensity for bar in phrase)
    lift = round(spare * min(1.0, 0.15 + 0.9 * intensity))
    return low + lift, low + lift + _SPAN_SEMITONES


def _sung(
    layer: Layer,
    stage: Stage,
    phrase: list[Bar],
    notes: list[_Sung],
    span: tuple[int, int],
    last: Draft | None,
    rng: np.random.Generator,
) -> list[Draft]:
    """Return the notes with their pitches and velocities."""
    start, end = phrase[0].start_beats, phrase[-1].end_beats
    wishes = []
    for note in notes:
        bar = stage.form.bar_at(note.onset)
        chords = tuple(chord for _, _, chord in stage.chords_between(note.onset, note.onset + note.duration))
        weight = 1.0 if is_strong_place(bar, note.onset) or note.duration >= 2 else 0.35 if note.duration >= 1 else 0.1
        height = _height(span, max(0.0, float((note.onset - start) / (end - start))), stage.intensity_at(start))
        wishes.append(Wish(note.onset, note.duration, note.step, note.fidelity, weight, height, chords))
    closing = stage.chord_at(notes[-1].onset).slot
    finals = frozenset(closing.shape.pitch_classes[:2] if closing.cadence in ("full", "plagal") else ())
    near = last is not None and start - last.end <= 4
    pitches = sing(wishes, *span, rng=rng, before=last.pitch if last is not None and near else None, finals=finals)
    drafts = []
    for note, wish, pitch in zip(notes, wishes, pitches, strict=True):
        duration = note.duration
        for begin, _, other in stage.chords_between(note.onset, note.onset + duration):
            if begin > note.onset and pitch % 12 not in other.slot.shape.pitch_classes:
                duration = begin - note.onset  # rather a rest than a note that the harmony has left behind
                break
        swell = 8.0 * (1.0 - abs(pitch - wish.height_midi) / 12.0)
        accent = metric_accent(stage.form.bar_at(note.onset), note.onset) + max(-4.0, swell)
        velocity = stage.velocity(layer, note.onset, accent + float(rng.uniform(-2.0, 2.0)))
        drafts.append(Draft(note.onset, duration, pitch, velocity, layer.articulation))
    return drafts


def _height(span: tuple[int, int], x: float, intensity: float) -> float:
    """Return the pitch that the contour asks for at a place 0..1: an arch with its peak at `PEAK_PLACE`."""
    arch = x / PEAK_PLACE if x < PEAK_PLACE else 1.0 - 0.75 * (x - PEAK_PLACE) / (1.0 - PEAK_PLACE)
    low, high = span
    return low + (high - low) * (0.12 + 0.15 * intensity + 0.6 * arch)


def _with_passing_notes(stage: Stage, drafts: list[Draft], notes: Sequence[_Sung]) -> list[Draft]:
    """Return the phrase with thirds filled in where the note before is long enough to give half of its end away."""
    filled = drafts[:1]
    for (before, draft), note in zip(pairwise(drafts), notes[1:], strict=False):
        if note.fidelity < _STATED and before.end == draft.onset and before.duration >= 1:
            chord = stage.chord_at(before.end - PASSING_BEATS)
            low, high = sorted((before.pitch, draft.pitch))
            between = pitches_in(melodic_scale(chord.slot.key, chord.slot.shape), low + 1, high - 1)
            if len(between) == 1:
                before.duration -= PASSING_BEATS
                velocity = (before.velocity + draft.velocity) / 2 - 4.0
                filled.append(Draft(before.end, PASSING_BEATS, between[0], velocity, before.articulation))
        filled.append(draft)
    return filled
