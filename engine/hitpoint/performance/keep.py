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
    Instrument,
    Note,
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
    """Play the windows (`audible_windows`) of a composition; outside, take `played`, which played `old`.

    The other arguments are those of `perform`.
    """
    kept = list(kept_stretches(windows))
    shifts = [int(_shift_samples(old, composition, stretch)) for stretch in kept]
    near = replace(composition, parts=tuple(replace(p, notes=_near(p.notes, windows)) for p in composition.parts))
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
    parts = []
    for part in composition.parts:
        was, now = old_parts.get(part.id), new_parts.get(part.id)
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
        ]
        notes += [
            note
            for window in windows
            for note in (now.notes if now else ())
            if window.start <= _beats(note) < window.end
        ]
        if notes:
            parts.append(
                PerformedPart(
                    part_id=part.id,
                    instrument_id=part.instrument_id,
                    stem=part.stem,
                    notes=tuple(sorted(notes, key=lambda n: (n.onset_sample, n.pitch_midi))),
                    controls=_controls(was, now, kept, shifts, spans, old, composition),
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


def _near(notes: Sequence[Note], windows: Sequence[Window]) -> tuple[Note, ...]:
    return tuple(
        note
        for note in notes
        if any(w.start - _CONTEXT_BEATS <= note.onset_beats < w.end + _CONTEXT_BEATS for w in windows)
    )


#: Far after the end of any cue.
_NO_END_SAMPLE = 1 << 50


def _sample(composition: Composition, beats: Fraction) -> int:
    return _NO_END_SAMPLE if beats == NO_END else composition.tempo_map.sample_at(beats)


def _samples(composition: Composition, window: Window) -> tuple[int, int]:
    return _sample(composition, window.start), _sample(composition, window.end)


def _controls(
    was: PerformedPart | None,
    now: PerformedPart | None,
    kept: Sequence[Stretch],
    shifts: Sequence[int],
    spans: Sequence[tuple[int, int]],
    old: Composition,
    new: Composition,
) -> tuple[ControlChange, ...]:
    """Return what of the old controls lies in kept stretches and of the new ones in windows; each border says both."""
    before, after = was.controls if was else (), now.controls if now else ()
    rows: list[ControlChange] = []
    for stretch, samples in zip(kept, shifts, strict=True):
        start, end = old.tempo_map.sample_at(stretch.old_start), _sample(old, stretch.old_end)
        start = -_NO_END_SAMPLE if stretch.old_start == 0 else start
        rows += _between(before, start, end, shift=samples)
    for start, end in spans:
        first = -_NO_END_SAMPLE if start <= new.tempo_map.sample_at(Fraction(0)) else start
        rows += _between(after, first, end, shift=0)
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
