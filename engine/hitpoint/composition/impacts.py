"""Hits: who strikes them, how they are prepared, and the breath before them. Recipes are the palette's data."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from hitpoint.composition.moments import Moment
from hitpoint.composition.pitch import fold_into, melodic_scale, pitches_in
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import HitRow, PreparationRow
from hitpoint.composition.voicing import VoicedChord
from hitpoint.model.spotting import HitKind

#: Nothing may start this long before a hit: an onset detector, and an ear, should hear one thing.
CLEAR_S = 0.12
#: Longest hole before a strong accent (at most half a beat as well).
LONGEST_BREATH_S = 0.35
#: Strokes of a roll are at least this far apart.
ROLL_STROKE_S = 0.07
#: How much lighter a hit is struck while somebody speaks, and how long it may ring.
SPEECH_SOFTENING = 0.78
SPEECH_RING_S = 0.8


def breath_beats(stage: Stage, moment: Moment) -> Fraction:
    """Return how long before a moment nothing may start: longer before strong accents, up to half a beat."""
    if moment.beats == 0 or moment.kind is HitKind.SILENCE:
        return Fraction(0)
    beat_s = stage.clock.beat_s(max(Fraction(0), moment.beats - Fraction(1, 2)))
    longest = min(LONGEST_BREATH_S, beat_s / 2) if moment.is_strong else CLEAR_S
    reach = max(CLEAR_S, longest * min(1.0, 0.4 + 0.6 * moment.weight))
    return stage.clock.beats_in(reach, max(Fraction(0), moment.beats - Fraction(1, 2)))


def force_of(stage: Stage, moment: Moment) -> float:
    """Return how hard (0..1) a moment is struck: its weight, and the intensity it lands in."""
    # The music steps back just before a line; what it rang with until then still has to be topped.
    since_s = SPEECH_RING_S if moment.in_speech else 0.25
    here = max(
        stage.feeling.at(stage.feeling.intensity, moment.seconds - since_s),
        stage.feeling.at(stage.feeling.intensity, moment.seconds + 0.5),
    )
    force = 0.04 + 0.3 * moment.weight + 0.75 * here
    if moment.kind is HitKind.START:
        force *= 0.5
    return min(1.0, force * (SPEECH_SOFTENING if moment.in_speech else 1.0))


def write_hits(stage: Stage, *, exit_manner: str, entry: str, rng: np.random.Generator) -> list[Line]:
    """Return the lines that carry the hits, one per instrument; every note starts on its hit and names it."""
    lines: dict[str, Line] = {}
    for moment in stage.moments:
        if moment.kind is HitKind.SILENCE or (moment.kind is HitKind.OUT and exit_manner == "fade"):
            continue
        force = force_of(stage, moment)
        if moment.kind is HitKind.START and entry == "sneak":
            force *= 0.5
        if moment.kind is HitKind.OUT and exit_manner == "ring-out":
            force *= 0.7
        chord = stage.chord_at(moment.beats)
        for row in _rows(stage.style.hits, moment, force):
            instrument = stage.instruments[row.instrument]
            line = lines.setdefault(row.instrument, Line(f"hit {row.instrument}", "impact", instrument, "hits"))
            rings_on = moment.kind is HitKind.OUT and exit_manner == "ring-out"
            ring_s = row.duration_s * (2.0 if rings_on else 1.0)
            if moment.in_speech:
                ring_s = min(ring_s, SPEECH_RING_S)
            length = max(Fraction(1, 8), stage.clock.beats_in(ring_s, moment.beats))
            velocity = row.velocity[0] + (row.velocity[1] - row.velocity[0]) * force
            for index, pitch in enumerate(_pitches(row, chord)):
                hit_id = moment.hit_ids[index % len(moment.hit_ids)]
                spread = float(rng.uniform(-3.0, 3.0))
                line.drafts.append(Draft(moment.beats, length, pitch, velocity + spread, "", hit_id))
    return list(lines.values())


def _rows(rows: Sequence[HitRow], moment: Moment, force: float) -> list[HitRow]:
    """Return the rows that take part; where the force fits none, the gentlest row of the kind."""
    of_kind = [row for row in rows if moment.kind.value in row.kinds]
    return [row for row in of_kind if row.force[0] <= force <= row.force[1]] or of_kind[:1]


def _pitches(row: HitRow, chord: VoicedChord) -> list[int]:
    """Return what a row plays on a chord, inside its register."""
    if row.keys:
        return list(row.keys)
    low, high = row.register
    root = fold_into(low + (chord.slot.shape.root - low) % 12, low, high)
    pitches: set[int] = set()
    for tone in row.tones:
        if tone == "root":
            pitches.add(root)
        elif tone == "octaves":
            pitches |= {pitch for pitch in (root, root + 12) if pitch <= high}
        elif tone == "fifth":
            fifth = next(
                (p for p in chord.slot.shape.pitch_classes if (p - chord.slot.shape.root) % 12 == 7), root % 12
            )
            pitches |= {root, fold_into(root + (fifth - root) % 12, low, high)}
        else:
            pitches |= {fold_into(pitch, low, high) for pitch in chord.upper}
    return sorted(pitches)


def write_preparations(stage: Stage, rng: np.random.Generator) -> list[Line]:
    """Return rolls, runs and swells into strong hits, over the room that the moment before leaves."""
    lines: dict[str, Line] = {}
    free_from = Fraction(0)
    resumes = {silence.start_beats: silence.end_beats for silence in stage.silences}
    for moment in stage.moments:
        room = moment.beats - free_from - 1
        free_from = resumes.get(moment.beats, moment.beats)
        if not moment.is_strong or moment.in_speech or moment.kind in (HitKind.START, HitKind.SILENCE) or room < 1:
            continue
        force = force_of(stage, moment)
        stop = moment.beats - breath_beats(stage, moment)
        for row in stage.style.preparations:
            if moment.kind.value not in row.kinds or not row.force[0] <= force <= row.force[1]:
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


_GESTURES = {"roll": _roll, "run": _run, "swell": _swell}
