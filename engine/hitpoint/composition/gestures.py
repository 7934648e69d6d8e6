"""Gestures that lead into a hit: rolls, runs, swells, sweeps and quickening strokes, as its idiom asks for them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.impacts import breath_beats, force_of
from hitpoint.composition.moments import Moment
from hitpoint.composition.pitch import fold_into, melodic_scale, pitches_in
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import PreparationRow
from hitpoint.model.spotting import HitKind

#: Strokes of a roll are at least this far apart.
ROLL_STROKE_S = 0.07
#: Lengths of the strokes of a quickening, in beats, latest last.
_QUICKENING = tuple(
    Fraction(text) for text in ("1", "1", "1/2", "1/2", "1/2", "1/4", "1/4", "1/4", "1/4", "1/4", "1/4")
)


def write_preparations(stage: Stage, rng: np.random.Generator) -> list[Line]:
    """Return rolls, runs and swells into strong hits, over the room that the moment before leaves."""
    lines: dict[str, Line] = {}
    free_from = Fraction(0)
    resumes = {silence.start_beats: silence.end_beats for silence in stage.silences}
    for moment in stage.moments:
        idiom = moment.idiom
        room = moment.beats - free_from - 1
        free_from = resumes.get(moment.beats, moment.beats)
        if idiom is None or not idiom.gestures or moment.in_speech or moment.kind is HitKind.START or room < 1:
            continue
        if not moment.is_strong and not idiom.hole_beats:  # what is marked in passing is not announced
            continue
        force = force_of(stage, moment)
        stop = moment.beats - breath_beats(stage, moment)
        for row in stage.style.preparations:
            if row.gesture not in idiom.gestures or not row.force[0] <= force <= row.force[1]:
                continue
            start = stop - min(row.beats, Fraction(int(room * 4 / 5 * 2), 2))
            if stop - start < Fraction(1, 2) or stage.speech.overlapping(
                stage.clock.seconds_at(start), stage.clock.seconds_at(stop)
            ):
                continue
            instrument = stage.instruments[row.instrument]
            line = lines.setdefault(
                row.instrument, Line(f"riser {row.instrument}", "riser", instrument, instrument.stem)
            )
            line.drafts += _GESTURES[row.gesture](stage, row, start, stop, moment, force, rng)
    return list(lines.values())


def _roll(
    stage: Stage,
    row: PreparationRow,
    start: Fraction,
    stop: Fraction,
    moment: Moment,
    force: float,
    rng: np.random.Generator,
) -> list[Draft]:
    """Return quick strokes that grow: on the drum's keys, or on the dominant of the chord to come."""
    beat_s = stage.clock.beat_s(start)
    grid = next(
        (g for g in (Fraction(1, 8), Fraction(1, 6), Fraction(1, 4)) if float(g) * beat_s >= ROLL_STROKE_S),
        Fraction(1, 3),
    )
    arrival = stage.chord_at(moment.beats).slot.shape.root
    pitches = row.keys or (fold_into(row.register[0] + (arrival + 7 - row.register[0]) % 12, *row.register),)
    drafts = []
    strokes = int((stop - start) / grid)
    for stroke in range(strokes):
        x = stroke / max(1, strokes - 1)
        velocity = row.velocity[0] + (row.velocity[1] * (0.6 + 0.4 * force) - row.velocity[0]) * x**1.6
        velocity += (-4.0 if stroke % 2 else 0.0) + float(rng.uniform(-3.0, 3.0))
        onset = stop - grid * (strokes - stroke)
        drafts.append(Draft(onset, grid, pitches[stroke % len(pitches)], velocity, "roll"))
    return drafts


def _run(
    stage: Stage,
    row: PreparationRow,
    start: Fraction,
    stop: Fraction,
    moment: Moment,
    force: float,
    rng: np.random.Generator,
) -> list[Draft]:
    """Return a rising scale whose next step would be the arrival's top note."""
    del rng
    chord, arrival = stage.chord_at(start), stage.chord_at(moment.beats)
    low, high = row.register
    goal = max(p for p in pitches_in(arrival.slot.shape.pitch_classes, low, high))
    scale = [p for p in pitches_in(melodic_scale(chord.slot.key, chord.slot.shape), low, high) if p < goal]
    grid = Fraction(1, 4) if stage.clock.beat_s(start) >= 0.36 else Fraction(1, 3)
    notes = scale[-int((stop - start) / grid) :] if stop - start >= grid else []
    drafts = []
    for index, pitch in enumerate(notes):
        x = (index + 1) / len(notes)
        velocity = row.velocity[0] + (row.velocity[1] * (0.6 + 0.4 * force) - row.velocity[0]) * x
        onset = stop - grid * (len(notes) - index)
        drafts.append(Draft(onset, grid, pitch, velocity, "short"))
    return drafts


def _swell(
    stage: Stage,
    row: PreparationRow,
    start: Fraction,
    stop: Fraction,
    moment: Moment,
    force: float,
    rng: np.random.Generator,
) -> list[Draft]:
    """Return two held notes, a chord tone and the one above it, the second joining half-way."""
    del moment
    low, high = row.register
    tones = pitches_in(stage.chord_at(start).slot.shape.pitch_classes, low, high)
    first = int(rng.integers(max(1, len(tones) - 2)))
    velocity = row.velocity[0] + (row.velocity[1] - row.velocity[0]) * force
    drafts = [Draft(start, stop - start, tones[first], velocity, "")]
    if first + 1 < len(tones) and stop - start >= 1:
        middle = start + (stop - start) / 2
        drafts.append(Draft(middle, stop - middle, tones[first + 1], velocity + 4.0, ""))
    return drafts


def _gliss(
    stage: Stage,
    row: PreparationRow,
    start: Fraction,
    stop: Fraction,
    moment: Moment,
    force: float,
    rng: np.random.Generator,
) -> list[Draft]:
    """Return a sweep upwards over the tones of the chord to come, quicker and louder towards its end."""
    ladder = pitches_in(stage.chord_at(moment.beats).slot.shape.pitch_classes, *row.register)
    beat_s = stage.clock.beat_s(start)
    grid = next(
        (g for g in (Fraction(1, 12), Fraction(1, 8)) if float(g) * beat_s >= ROLL_STROKE_S / 2), Fraction(1, 6)
    )
    notes = ladder[-int((stop - start) / grid) :] if stop - start >= grid else ()
    drafts = []
    for index, pitch in enumerate(notes):
        x = (index + 1) / len(notes)
        velocity = row.velocity[0] + (row.velocity[1] * (0.6 + 0.4 * force) - row.velocity[0]) * x
        onset = stop - grid * (len(notes) - index)
        drafts.append(Draft(onset, grid * 4, pitch, velocity + float(rng.uniform(-3.0, 3.0)), ""))
    return drafts


def _quicken(
    stage: Stage,
    row: PreparationRow,
    start: Fraction,
    stop: Fraction,
    moment: Moment,
    force: float,
    rng: np.random.Generator,
) -> list[Draft]:
    """Return one tone struck faster and faster: on the drum's keys, or on the dominant of the chord to come."""
    arrival = stage.chord_at(moment.beats).slot.shape.root
    pitches = row.keys or (fold_into(row.register[0] + (arrival + 7 - row.register[0]) % 12, *row.register),)
    onsets: list[tuple[Fraction, Fraction]] = []
    at = stop
    for length in reversed(_QUICKENING):
        if at - length < start:
            break
        at -= length
        onsets.append((at, length))
    drafts = []
    for index, (onset, length) in enumerate(reversed(onsets)):
        x = (index + 1) / len(onsets)
        velocity = row.velocity[0] + (row.velocity[1] * (0.6 + 0.4 * force) - row.velocity[0]) * x
        velocity += float(rng.uniform(-4.0, 2.0))
        drafts.append(Draft(onset, length * Fraction(3, 4), pitches[index % len(pitches)], velocity, "short"))
    return drafts


_GESTURES = {"roll": _roll, "run": _run, "swell": _swell, "gliss": _gliss, "quicken": _quicken}
