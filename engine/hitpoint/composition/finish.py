"""The last pass over all lines: breaths before hits, silences, the ending, no overlaps, nothing out of range."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from fractions import Fraction

from hitpoint.composition.form import Bar
from hitpoint.composition.impacts import is_struck
from hitpoint.composition.pitch import fold_into
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.model.music import Instrument, Note
from hitpoint.model.spotting import HitKind

SHORTEST_NOTE_BEATS = Fraction(1, 16)
#: Held notes are lifted at most this long before a hit, so that it falls into a hole: strong hits, weak ones.
LIFT_S, WEAK_LIFT_S = 0.2, 0.12
#: From this length on the breath before a hit is a hole that everybody keeps.
HOLE_BEATS = Fraction(1, 4)
#: A weak hit is heard alone for this long.
CROWDED_S = 0.16
BUTTON_S = 0.6
RING_OUT_S = 5.0


def write_ending(lines: Sequence[Line], stage: Stage, exit_manner: str) -> None:
    """Let the held lines that play at the end join its last chord, in place: short for a button, long to ring out."""
    if exit_manner in ("fade", "cut"):
        return
    end = stage.end_beats
    last_bar = stage.form.bars[-1]
    chord = stage.chords[-1]
    length = stage.clock.beats_in(BUTTON_S if exit_manner == "button" else RING_OUT_S, end)
    has_pads = any(line.role == "pad" and _near_the_end(line, last_bar) for line in lines)
    roles = ("ground", "pad") if has_pads else ("ground", "pulse")  # where nobody holds, those who move come to rest
    for line in lines:
        near = _near_the_end(line, last_bar)
        if line.role not in roles or not near:
            continue
        velocity = max(draft.velocity for draft in near) * (1.0 if exit_manner == "button" else 0.8)
        low, high = min(d.pitch for d in near), max(d.pitch for d in near)
        wanted = (chord.bass,) if line.role == "ground" else chord.upper
        span = (max(line.instrument.low_midi, low - 7), min(line.instrument.high_midi, max(high + 7, low + 11)))
        for pitch in sorted({fold_into(pitch, *span) for pitch in wanted}):
            line.drafts.append(Draft(end, length, pitch, velocity))


def _near_the_end(line: Line, last_bar: Bar) -> list[Draft]:
    return [draft for draft in line.drafts if draft.end > last_bar.start_beats - 2]


def clear_the_way(line: Line, stage: Stage, breaths: Sequence[Fraction]) -> None:
    """Clear a line, in place, before every hit and inside every silence. `breaths` has one length per moment.

    Notes that start on a hit take its id, so that nobody moves them; nothing starts after the end.
    """
    beats = [moment.beats for moment in stage.moments]
    silence_starts = [silence.start_beats for silence in stage.silences]
    lifts = [_lift(stage, index, breaths[index]) for index in range(len(beats))]
    kept = []
    for draft in line.drafts:
        at = bisect.bisect_left(beats, draft.onset)
        is_on_hit = at < len(beats) and beats[at] == draft.onset
        if is_on_hit and stage.moments[at].kind is not HitKind.SILENCE:
            draft.hit_id = draft.hit_id or stage.moments[at].hit_ids[0]
        following = at + 1 if is_on_hit else at
        if draft.onset > stage.end_beats or (
            draft.onset == stage.end_beats and not (is_on_hit or line.role in ("ground", "pad", "pulse"))
        ):
            continue
        if not is_on_hit and following < len(beats) and draft.onset > beats[following] - breaths[following]:
            continue
        if not is_on_hit and at > 0 and _crowds(draft, stage, at - 1):
            continue
        _end_in_time(draft, stage, beats, lifts, following)
        inside = bisect.bisect_right(silence_starts, draft.onset) - 1
        if inside >= 0 and draft.onset < stage.silences[inside].end_beats:
            continue
        if inside + 1 < len(stage.silences):
            draft.duration = min(draft.duration, stage.silences[inside + 1].start_beats - draft.onset)
        if draft.duration >= SHORTEST_NOTE_BEATS:
            kept.append(draft)
    line.drafts = kept


def _crowds(draft: Draft, stage: Stage, index: int) -> bool:
    """Return whether a note starts so soon after a weak hit that the two would be heard as one blur."""
    moment = stage.moments[index]
    is_weak = moment.kind is HitKind.ACCENT and not moment.is_strong
    return is_weak and stage.clock.seconds_at(draft.onset) - moment.seconds < CROWDED_S


def _lift(stage: Stage, index: int, breath: Fraction) -> Fraction:
    """Return how long before a moment held notes end: 0 where nothing is struck."""
    moment = stage.moments[index]
    if moment.kind is HitKind.START or moment.beats == 0 or not is_struck(moment):
        return Fraction(0)
    if moment.idiom is not None and moment.idiom.hole_beats >= HOLE_BEATS:
        return breath  # a hole is a hole in what is held, too
    before = max(Fraction(0), moment.beats - Fraction(1, 2))
    return min(breath, stage.clock.beats_in(LIFT_S if moment.is_strong else WEAK_LIFT_S, before))


def _end_in_time(draft: Draft, stage: Stage, beats: list[Fraction], lifts: list[Fraction], first: int) -> None:
    """Shorten a draft, in place, so that it ends before the next hit and before the last chord."""
    end = draft.end
    for index in range(first, len(beats)):
        if beats[index] - lifts[index] >= end:
            break
        if lifts[index] > 0 or beats[index] == stage.end_beats:
            room = beats[index] - draft.onset
            least = room / 2 if draft.hit_id else Fraction(0)  # hits in quick succession are both struck
            draft.duration = max(least, room - lifts[index])
            break
    if draft.onset < stage.end_beats:
        draft.duration = min(draft.duration, stage.end_beats - draft.onset)


def settle(line: Line) -> None:
    """Sort a line, and end a note, in place, where the same pitch is taken again; of two at once the louder stays."""
    line.drafts.sort(key=lambda draft: (draft.onset, draft.pitch, -draft.velocity))
    sounding: dict[int, Draft] = {}
    kept = []
    for draft in line.drafts:
        before = sounding.get(draft.pitch)
        if before is not None and before.onset == draft.onset:
            before.duration = max(before.duration, draft.duration)
            continue
        if before is not None and before.end > draft.onset:
            before.duration = draft.onset - before.onset
        sounding[draft.pitch] = draft
        kept.append(draft)
    line.drafts = kept


def to_notes(line: Line) -> tuple[Note, ...]:
    """Return the drafts as notes; a pitch outside the instrument's range is a fault of ours, not of the user."""
    return tuple(
        Note(
            onset_beats=draft.onset,
            duration_beats=draft.duration,
            pitch_midi=_checked(draft.pitch, line.instrument, line.id),
            velocity=min(124, max(12, round(draft.velocity))),
            articulation=draft.articulation,
            hit_id=draft.hit_id,
        )
        for draft in line.drafts
    )


def _checked(pitch_midi: int, instrument: Instrument, line_id: str) -> int:
    if not instrument.low_midi <= pitch_midi <= instrument.high_midi:
        raise AssertionError(
            f"{line_id}: pitch {pitch_midi} is outside {instrument.low_midi}..{instrument.high_midi} of {instrument.id}"
        )
    return pitch_midi
