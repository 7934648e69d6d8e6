"""Held sound: the ground (bass, pedal) and pads, whose number of voices follows the intensity."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.low_register import LOWEST_SECOND_MIDI, LOWEST_THIRD_MIDI
from hitpoint.composition.orchestration import density
from hitpoint.composition.pitch import fold_into
from hitpoint.composition.stage import Draft, Line, Stage, metric_accent
from hitpoint.composition.style import Layer
from hitpoint.composition.texture.common import RepetitionGuard, add_doubled, cell_onsets, lines_of
from hitpoint.composition.voicing import VoicedChord

#: A held note is taken anew after this many beats (a bow is not endless).
LONGEST_NOTE_BEATS = 8


#: How often a voice that could be suspended over a change of chord is.
SUSPENSIONS = 0.85
#: A pad keeps this far below the tune, and where it lies above, this far above.
_BELOW_TUNE, _ABOVE_TUNE = 2, 9


def voices_of(layer: Layer, stage: Stage, chord: VoicedChord, start: Fraction, end: Fraction) -> list[int]:
    """Return the pitches of a chord that a layer plays: the bass for a ground, else more voices when it is intense.

    Voices that would cover the tune go below it, or are left out.
    """
    low, high = stage.register(layer, start)
    if layer.role == "ground":
        return [fold_into(chord.bass, low, high)]
    intensity = stage.intensity_at(start)
    count = 1 + round((len(layer.voices) - 1) * min(1.0, max(0.0, (intensity - 0.05) / 0.6)))
    pitches = _clear_below({fold_into(chord.upper[voice], low, high) for voice in layer.voices[:count]}, chord, high)
    tune = [pitch for _, _, pitch in stage.tune.between(start, end)]
    if not tune:
        return pitches
    floor, ceiling = min(tune) - _BELOW_TUNE, max(tune) + _ABOVE_TUNE
    clear = {_out_of_the_way(pitch, floor, ceiling) for pitch in pitches}
    return _clear_below({pitch for pitch in clear if low <= pitch <= high}, chord, floor) or pitches[:1]


def _clear_below(pitches: set[int], chord: VoicedChord, high: int) -> list[int]:
    """Return pitches without mud: thirds below C3 and seconds below E3 go up an octave, or are left out."""
    kept: list[int] = []
    below = [chord.bass, chord.bass - 12]
    for pitch in sorted(pitches):
        gaps = [abs(pitch - other) for other in (*below, *kept) if other != pitch]
        least = 5 if pitch < LOWEST_THIRD_MIDI + 4 else 3 if pitch < LOWEST_SECOND_MIDI + 2 else 0
        if min(gaps) < least:
            pitch += 12
        if pitch <= high and pitch not in kept:
            kept.append(pitch)
    return sorted(kept)


def _out_of_the_way(pitch: int, floor: int, ceiling: int) -> int:
    """Return a pitch moved below the tune by octaves, unless it lies well above it."""
    while floor < pitch < ceiling:
        pitch -= 12
    return pitch


def write(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return held notes: one per voice and chord, common tones tied over."""
    lines = lines_of(layer, stage)
    sounding: dict[int, Draft] = {}
    spans = [
        (begin, end, chord)
        for bar in stage.form.bars
        if bar.index in bars
        for begin, end, chord in stage.chords_between(bar.start_beats, bar.end_beats)
    ]
    written: list[Draft] = []
    for begin, end, chord in spans:
        pitches = voices_of(layer, stage, chord, begin, end)
        earlier = {pitch: draft for pitch, draft in sounding.items() if draft.end == begin and pitch not in pitches}
        still = {pitch: draft for pitch, draft in sounding.items() if draft.end == begin and pitch in pitches}
        sounding = {}
        for pitch in pitches:
            draft = still.get(pitch)
            is_new_chord = chord.slot.start_beats == begin and chord.slot.is_arrival
            if draft is None or is_new_chord or end - draft.onset > LONGEST_NOTE_BEATS:
                accent = metric_accent(stage.form.bar_at(begin), begin) / 2 + float(rng.uniform(-2.0, 2.0))
                late = _suspended(stage, earlier, pitch, begin, end, rng) if layer.role == "pad" else Fraction(0)
                onset = begin + late
                draft = Draft(onset, end - onset, pitch, stage.velocity(layer, onset, accent), layer.articulation)
                written.append(draft)
            else:
                draft.duration = end - draft.onset
            sounding[pitch] = draft
    for draft in written:
        add_doubled(layer, stage, lines, draft)
    return lines


def _suspended(
    stage: Stage, earlier: dict[int, Draft], pitch: int, begin: Fraction, end: Fraction, rng: np.random.Generator
) -> Fraction:
    """Hold a note of the chord before, in place, over a change of chord, where it falls by step; return for how long.

    A suspension: the old note rubs against the new chord and gives way (music.md §5).
    """
    above = next((earlier[p] for p in (pitch + 2, pitch + 1) if p in earlier), None)
    is_hit = any(moment.beats == begin for moment in stage.moments)
    if above is None or is_hit or end - begin < 2 or rng.random() > SUSPENSIONS:
        return Fraction(0)
    late = Fraction(1) if end - begin >= 3 else Fraction(1, 2)
    above.duration += late
    return late


def write_chords(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return chords struck in a rhythm that is chosen anew every other bar."""
    lines = lines_of(layer, stage)
    guard = RepetitionGuard(rng)
    cell = ""
    for bar in stage.form.bars:
        if bar.index not in bars:
            continue
        choices = layer.cells[density(bar)]
        if not cell or bar.in_phrase % 2 == 0 or cell not in choices:
            cell = choices[int(rng.integers(len(choices)))]
        drafts = []
        for place, room, _ in cell_onsets(cell, layer.grid, bar.length_beats):
            onset = bar.start_beats + place
            chord = stage.chord_at(onset)
            held = min(room, chord.slot.end_beats - onset) * Fraction(layer.length).limit_denominator(16)
            for pitch in voices_of(layer, stage, chord, onset, onset + held):
                accent = metric_accent(bar, onset) + float(rng.uniform(-3.0, 3.0))
                drafts.append(Draft(onset, held, pitch, stage.velocity(layer, onset, accent), layer.articulation))
        for draft in guard.pass_bar(drafts, bar.start_beats, *layer.register):
            add_doubled(layer, stage, lines, draft)
    return lines
