"""Hits: who strikes them, and the breath before them. Who plays is the palette's data, how is the idiom's."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from hitpoint.composition.moments import Moment
from hitpoint.composition.pitch import fold_into
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import HitRow
from hitpoint.composition.voicing import VoicedChord
from hitpoint.model.spotting import HitKind

#: Nothing may start this long before a hit: an onset detector, and an ear, should hear one thing.
CLEAR_S = 0.12
#: Longest hole before a strong accent (at most half a beat as well).
LONGEST_BREATH_S = 0.35
#: How much lighter a hit is struck while somebody speaks, and how long it may ring.
SPEECH_SOFTENING = 0.78
SPEECH_RING_S = 0.8


def is_struck(moment: Moment) -> bool:
    """Return whether anything sounds on the moment itself: not on a silence, nor where music fades or is cut."""
    return moment.kind is not HitKind.SILENCE and (moment.idiom is None or moment.idiom.force > 0)


def breath_beats(stage: Stage, moment: Moment) -> Fraction:
    """Return how long before a moment nothing may start: longer before strong accents, as long as its idiom asks."""
    if moment.beats == 0 or not is_struck(moment):
        return Fraction(0)
    hole = moment.idiom.hole_beats if moment.idiom is not None else Fraction(0)
    beat_s = stage.clock.beat_s(max(Fraction(0), moment.beats - Fraction(1, 2)))
    longest = min(LONGEST_BREATH_S, beat_s / 2) if moment.is_strong else CLEAR_S
    reach = max(CLEAR_S, longest * min(1.0, 0.4 + 0.6 * moment.weight))
    return max(hole, stage.clock.beats_in(reach, max(Fraction(0), moment.beats - Fraction(1, 2))))


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


def write_hits(stage: Stage, *, entry: str, rng: np.random.Generator) -> list[Line]:
    """Return the lines that carry the hits, one per instrument; every note starts on its hit and names it."""
    lines: dict[str, Line] = {}
    for moment in stage.moments:
        idiom = moment.idiom
        if idiom is None or idiom.force == 0:
            continue
        force = min(1.0, force_of(stage, moment) * idiom.force)
        if moment.kind is HitKind.START and entry == "sneak":
            force *= 0.5
        chord = stage.chord_at(moment.beats)
        for row in _rows(stage.style.hits, moment, force):
            instrument = stage.instruments[row.instrument]
            line = lines.setdefault(row.instrument, Line(f"hit {row.instrument}", "impact", instrument, "hits"))
            ring_s = row.duration_s * idiom.ring
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
