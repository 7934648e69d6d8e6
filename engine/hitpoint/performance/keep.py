"""A cue played again where it was written again; all else is played as it was, to the sample."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from hitpoint.model.music import (
    AttackTable,
    Composition,
    ControlChange,
    DynamicPoint,
    Instrument,
    Note,
    Part,
    Performance,
    PerformedNote,
    PerformedPart,
)
from hitpoint.model.revision import NO_END, Stretch, Window, kept_stretches, merge_windows
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate
from hitpoint.performance.articulation_table import ArticulationTable
from hitpoint.performance.perform import framed, perform, silences_of

#: Notes this near to a window are played along, so that players know what they come from and where they go.
_CONTEXT_BEATS = Fraction(8)


@dataclass(frozen=True, slots=True)
class Shift:
    """Record samples [start, end) of the new audio that are those of the old one, so many samples earlier there."""

    start: int
    end: int
    samples: int


@dataclass(frozen=True, slots=True)
class PlayedAgain:
    """A performance, and which stretches of record time the kept notes lie in, in order."""

    performance: Performance
    shifts: tuple[Shift, ...]


def audible_windows(old: Composition, new: Composition, windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return windows, wider where kept music moved by no whole number of samples: it has to be played again, too."""
    found = list(windows)
    for stretch in kept_stretches(windows):
        if _shift_samples(old, new, stretch).denominator != 1:
            found.append(
                Window(
                    old_start=stretch.old_start,
                    old_end=stretch.old_end,
                    start=stretch.start,
                    end=stretch.end,
                    keeps_beats=True,
                )
            )
    return merge_windows(found)


def perform_again(
    composition: Composition,
    windows: Sequence[Window],
    *,
    rewritten: Sequence[Window] = (),
    near: Composition,
    old: Composition,
    played: Performance,
    cue: Cue,
    plan: TempoPlan,
    instruments: Mapping[str, Instrument],
    articulations: ArticulationTable,
    attack_table: AttackTable,
    rate: FrameRate,
    rng: np.random.Generator,
) -> PlayedAgain:
    """Play the windows of a composition, in which time is another; outside, take `played`, which played `old`.

    Parameters
    ----------
    windows : sequence of Window
        Of `audible_windows`: all in them is played again.
    rewritten : sequence of Window
        In which other notes may stand at the same time: those that are the old ones are played as they were.
    near : Composition
        `what_to_play` of it; `attack_table` is for its sounds.

    The other arguments are those of `perform`.
    """
    kept = list(kept_stretches(windows))
    shifts = [int(_shift_samples(old, composition, stretch)) for stretch in kept]
    again = perform(
        near,
        cue=cue,
        plan=plan,
        instruments=instruments,
        articulations=articulations,
        attack_table=attack_table,
        rate=rate,
        rng=rng,
    )
    old_parts, new_parts = ({part.part_id: part for part in side.parts} for side in (played, again))
    spans = [_samples(composition, window) for window in windows]
    wider = [_samples(composition, window) for window in merge_windows([*windows, *rewritten])]
    is_still = not any(shifts) and not any(stretch.shift for stretch in kept)
    parts = []
    for part in composition.parts:
        was, now = old_parts.get(part.id), new_parts.get(part.id)
        stands = _standing(old, part, kept)
        if is_still:  # what stands lies in a stretch that is kept, and is where it was
            notes = [n for n in (was.notes if was else ()) if _key(_beats(n), n.pitch_midi) in stands]
        else:
            notes = [
                replace(
                    note,
                    onset_sample=note.onset_sample + samples,
                    sounding_sample=note.sounding_sample + samples,
                    written_beats=_beats(note) + stretch.shift,
                )
                if samples or stretch.shift
                else note
                for stretch, samples in zip(kept, shifts, strict=True)
                for note in (was.notes if was else ())
                if stretch.old_start <= _beats(note) < stretch.old_end
                and _key(_beats(note) + stretch.shift, note.pitch_midi) in stands
            ]
        written = {_key(note.onset_beats, note.pitch_midi) for note in part.notes}
        notes += [
            note
            for note in (now.notes if now else ())
            if (key := _key(_beats(note), note.pitch_midi)) in written and key not in stands
        ]
        if notes:
            parts.append(
                PerformedPart(
                    part_id=part.id,
                    instrument_id=part.instrument_id,
                    stem=part.stem,
                    notes=tuple(sorted(notes, key=lambda n: (n.onset_sample, n.pitch_midi))),
                    controls=_controls(
                        was,
                        now,
                        list(zip(kept, shifts, strict=True)),
                        spans if _is_same(old, part, kept, stands) else wider,
                        old,
                        composition,
                    ),
                )
            )
    performance = framed(tuple(parts), cue, rate, silences_of(plan, composition.tempo_map, rate))
    return PlayedAgain(
        performance,
        tuple(
            Shift(_sample(composition, stretch.start), _sample(composition, stretch.end), samples)
            for stretch, samples in zip(kept, shifts, strict=True)
        ),
    )


def _shift_samples(old: Composition, new: Composition, stretch: Stretch) -> Fraction:
    before = old.tempo_map.seconds_at(stretch.old_start)
    return (new.tempo_map.seconds_at(stretch.start) - before) * SAMPLE_RATE_HZ


def _beats(note: PerformedNote) -> Fraction:
    if note.written_beats is None:
        raise ValueError("this performance does not know where its notes are written; play the cue as a whole")
    return note.written_beats


def what_to_play(
    old: Composition, new: Composition, windows: Sequence[Window], rewritten: Sequence[Window] = ()
) -> Composition:
    """Return a composition with what of `new` has to be played again, and what stands near to it."""
    kept = list(kept_stretches(windows))
    spans = [(window.start - _CONTEXT_BEATS, window.end + _CONTEXT_BEATS) for window in (*windows, *rewritten)]
    for part in new.parts:
        stands = _standing(old, part, kept)
        for note in part.notes if len(stands) < len(part.notes) else ():
            is_new = _key(note.onset_beats, note.pitch_midi) not in stands
            if is_new and not any(start <= note.onset_beats < end for start, end in spans):
                spans.append((note.onset_beats - _CONTEXT_BEATS, note.onset_beats + _CONTEXT_BEATS))
    return replace(
        new,
        parts=tuple(
            replace(part, notes=_notes_in(part.notes, spans), dynamics=_dynamics_near(part.dynamics, spans))
            for part in new.parts
        ),
    )


def _notes_in(notes: Sequence[Note], spans: Sequence[tuple[Fraction, Fraction]]) -> tuple[Note, ...]:
    """Return the notes (sorted by onset) that begin in any of some spans of beats."""
    wanted: set[int] = set()
    for span in spans:
        wanted.update(range(*(bisect.bisect_left(notes, beats, key=lambda note: note.onset_beats) for beats in span)))
    return tuple(notes[index] for index in sorted(wanted))


def _dynamics_near(
    points: Sequence[DynamicPoint], spans: Sequence[tuple[Fraction, Fraction]]
) -> tuple[DynamicPoint, ...]:
    """Return the points of a dynamic line that matter in some spans: those inside, and one on either side of each."""
    wanted: set[int] = set()
    for start, end in spans:
        first = bisect.bisect_left(points, start, key=lambda point: point.beats)
        last = bisect.bisect_right(points, end, key=lambda point: point.beats)
        wanted.update(range(max(0, first - 1), min(len(points), last + 1)))
    return tuple(points[index] for index in sorted(wanted))


#: (numerator, denominator of the onset in beats, pitch): whole numbers are hashed in a tenth of a fraction's time.
_Key = tuple[int, int, int]


def _key(onset_beats: Fraction, pitch_midi: int) -> _Key:
    return onset_beats.numerator, onset_beats.denominator, pitch_midi


def _standing(old: Composition, part: Part, kept: Sequence[Stretch]) -> set[_Key]:
    """Return which notes of a new part are the old ones, as long and as loud as they were."""
    was = next((other for other in old.parts if other.id == part.id), None)
    if was is not None and was.notes is part.notes and not any(stretch.shift for stretch in kept):
        known: set[_Key] = set()
        for stretch in kept:  # notes are sorted by onset; the same notes stand wherever time is kept
            first, last = (
                bisect.bisect_left(part.notes, beats, key=lambda note: note.onset_beats)
                for beats in (stretch.start, stretch.end)
            )
            known.update(_key(note.onset_beats, note.pitch_midi) for note in part.notes[first:last])
        return known
    before = {_key(n.onset_beats, n.pitch_midi): n for n in (was.notes if was else ())}
    stands = set()
    for note in part.notes:
        index = bisect.bisect_right(kept, note.onset_beats, key=lambda stretch: stretch.start) - 1
        if index < 0 or note.onset_beats >= kept[index].end:
            continue
        shift = kept[index].shift
        same = before.get(_key(note.onset_beats - shift if shift else note.onset_beats, note.pitch_midi))
        if same is not None and (same.duration_beats, same.velocity, same.articulation, same.hit_id) == (
            note.duration_beats,
            note.velocity,
            note.articulation,
            note.hit_id,
        ):
            stands.add(_key(note.onset_beats, note.pitch_midi))
    return stands


#: Far after the end of any cue.
_NO_END_SAMPLE = 1 << 50


def _sample(composition: Composition, beats: Fraction) -> int:
    return _NO_END_SAMPLE if beats == NO_END else composition.tempo_map.sample_at(beats)


def _samples(composition: Composition, window: Window) -> tuple[int, int]:
    return _sample(composition, window.start), _sample(composition, window.end)


def _is_same(old: Composition, part: Part, kept: Sequence[Stretch], stands: set[_Key]) -> bool:
    """Return whether a part is the old one wherever time is the same: notes and dynamic line."""
    was = next((other for other in old.parts if other.id == part.id), None)
    if was is None:
        return False
    if was is part or (was.notes == part.notes and was.dynamics == part.dynamics):
        return True

    def moved(line: Sequence[DynamicPoint], stretch: Stretch, start: Fraction, shift: Fraction) -> list[object]:
        end = NO_END if stretch.old_end == NO_END else start + stretch.old_end - stretch.old_start
        first = bisect.bisect_left(line, start, key=lambda point: point.beats)
        last = bisect.bisect_left(line, end, key=lambda point: point.beats)
        return [(point.beats + shift, point.level) for point in line[first:last]]

    count = {
        is_old: sum(
            bisect.bisect_left(side.notes, last, key=lambda note: note.onset_beats)
            - bisect.bisect_left(side.notes, first, key=lambda note: note.onset_beats)
            for first, last in ((s.old_start, s.old_end) if is_old else (s.start, s.end) for s in kept)
        )
        for is_old, side in ((True, was), (False, part))
    }
    return count[True] == count[False] == len(stands) and all(
        moved(was.dynamics, stretch, stretch.old_start, stretch.shift)
        == moved(part.dynamics, stretch, stretch.start, Fraction(0))
        for stretch in kept
    )


def _controls(
    was: PerformedPart | None,
    now: PerformedPart | None,
    kept: Sequence[tuple[Stretch, int]],
    spans: Sequence[tuple[int, int]],
    old: Composition,
    new: Composition,
) -> tuple[ControlChange, ...]:
    """Return the new controls in some spans of samples and the old ones elsewhere; each border says what holds."""
    before, after = was.controls if was else (), now.controls if now else ()
    first_sample = new.tempo_map.sample_at(Fraction(0))
    rows: list[ControlChange] = []
    moved: list[ControlChange] = []
    for stretch, samples in kept:
        start = -_NO_END_SAMPLE if stretch.old_start == 0 else old.tempo_map.sample_at(stretch.old_start)
        moved += _between(before, start, _sample(old, stretch.old_end), shift=samples)
    edge = -_NO_END_SAMPLE
    for start, end in sorted(spans):
        start = -_NO_END_SAMPLE if start <= first_sample else start
        if start > edge:
            rows += _between(moved, edge, start, shift=0)
        rows += _between(after, start, end, shift=0)
        edge = end
    if edge < _NO_END_SAMPLE:
        rows += _between(moved, edge, _NO_END_SAMPLE, shift=0)
    changes: list[ControlChange] = []
    for change in sorted(rows, key=lambda change: change.sample):
        if not changes or changes[-1].value != change.value:
            changes.append(change)
    return tuple(changes)


def _between(controls: Sequence[ControlChange], start: int, end: int, *, shift: int) -> list[ControlChange]:
    """Return the changes from a sample on, the first one with what is in force there, up to another sample."""
    first = bisect.bisect_left(controls, start, key=lambda change: change.sample)
    last = bisect.bisect_left(controls, end, key=lambda change: change.sample)
    found = list(controls[first:last])
    if first > 0 and (not found or found[0].sample > start):
        found.insert(0, replace(controls[first - 1], sample=start))
    return [replace(change, sample=change.sample + shift) for change in found] if shift else found
