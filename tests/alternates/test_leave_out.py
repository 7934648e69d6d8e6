"""Parts left out: what goes, what stays as it was, and every hit still struck."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from hitpoint.alternates.leave_out import (
    LEAVE_OUT,
    LIGHTER_DB,
    is_percussion,
    lighter,
    no_melody,
    no_percussion,
    played_without,
    told_left_out,
)
from hitpoint.alternates.make import unchanged_layers
from hitpoint.model.music import Composition, Note, Part, Performance, PerformedNote, PerformedPart
from hitpoint.resources import load_instruments, load_palettes

INSTRUMENTS = load_instruments()
PALETTES = sorted(load_palettes())
assert PALETTES


def struck(composition: Composition) -> set[Fraction]:
    return {note.onset_beats for part in composition.parts if part.role == "impact" for note in part.notes}


def is_fast(part: Part) -> bool:
    instrument = INSTRUMENTS[part.instrument_id]
    return instrument.is_percussive or instrument.stem in ("brass", "keys-harp")


@pytest.mark.parametrize("palette_id", PALETTES)
@pytest.mark.parametrize("name", LEAVE_OUT)
def test_every_hit_is_still_struck_by_something_fast(write: Callable, palette_id: str, name: str) -> None:
    full = write(palette_id).composition
    thin = LEAVE_OUT[name](full, INSTRUMENTS)
    assert struck(full)
    assert struck(thin) == struck(full)
    fast_before = {n.onset_beats for p in full.parts if p.role == "impact" and is_fast(p) for n in p.notes}
    fast_after = {n.onset_beats for p in thin.parts if p.role == "impact" and is_fast(p) for n in p.notes}
    assert fast_after == fast_before
    ids = {n.hit_id for p in full.parts if p.role == "impact" for n in p.notes}
    assert {n.hit_id for p in thin.parts if p.role == "impact" for n in p.notes} == ids


@pytest.mark.parametrize("palette_id", PALETTES)
def test_no_melody_takes_the_melody_and_nothing_else(write: Callable, palette_id: str) -> None:
    full = write(palette_id).composition
    thin = no_melody(full, INSTRUMENTS)
    assert any(part.role == "melody" for part in full.parts)
    assert thin.parts == tuple(part for part in full.parts if part.role != "melody")
    assert (thin.tempo_map, thin.chords, thin.end_beats) == (full.tempo_map, full.chords, full.end_beats)


@pytest.mark.parametrize("palette_id", PALETTES)
def test_no_percussion_keeps_a_drum_only_where_it_strikes_alone(write: Callable, palette_id: str) -> None:
    full = write(palette_id).composition
    thin = no_percussion(full, INSTRUMENTS)
    others = {
        note.onset_beats
        for part in thin.parts
        if part.role == "impact" and is_fast(part) and not is_percussion(INSTRUMENTS[part.instrument_id])
        for note in part.notes
    }
    for part in thin.parts:
        if is_percussion(INSTRUMENTS[part.instrument_id]):
            assert part.role == "impact"
            assert not others & {note.onset_beats for note in part.notes}
    pitched = [p for p in full.parts if not is_percussion(INSTRUMENTS[p.instrument_id])]
    kept = [p for p in thin.parts if not is_percussion(INSTRUMENTS[p.instrument_id])]
    assert [p for p in kept if p.role != "impact"] == [p for p in pitched if p.role != "impact"]
    drummed = {
        n.onset_beats
        for p in full.parts
        if p.role == "impact" and is_percussion(INSTRUMENTS[p.instrument_id])
        for n in p.notes
    }
    for before, after in zip(pitched, kept, strict=True):  # who is left strikes harder where a drum is gone
        for was, now in zip(before.notes, after.notes, strict=True):
            assert replace(now, velocity=was.velocity) == was
            assert now.velocity >= was.velocity
            assert now.velocity == was.velocity or was.onset_beats in drummed


@pytest.mark.parametrize("palette_id", PALETTES)
def test_lighter_is_ground_pad_and_one_softer_line(write: Callable, palette_id: str) -> None:
    full = write(palette_id).composition
    thin = lighter(full, INSTRUMENTS)
    known = {part.id: part for part in full.parts}
    informing = [part for part in thin.parts if part.role not in ("ground", "pad", "impact")]
    assert len(informing) == 1
    for part in thin.parts:
        heavy = INSTRUMENTS[part.instrument_id].stem in ("brass", "percussion")
        assert not heavy or part in informing or part.role == "impact"
        written = {(n.onset_beats, n.pitch_midi): n for n in known[part.id].notes}
        for note in part.notes:
            loud = written[note.onset_beats, note.pitch_midi]
            assert replace(note, velocity=loud.velocity) == loud
            if loud.velocity >= 40:
                assert 40 * math.log10(note.velocity / loud.velocity) == pytest.approx(LIGHTER_DB, abs=0.25)
    assert told_left_out((full,), (thin,), INSTRUMENTS)


def note(beat: int, hit_id: str = "") -> Note:
    return Note(onset_beats=Fraction(beat), duration_beats=Fraction(1), pitch_midi=60, velocity=90, hit_id=hit_id)


def impact(instrument_id: str, *beats: int) -> Part:
    notes = tuple(note(beat, f"hit{beat}") for beat in beats)
    return Part(id=f"hit {instrument_id}", role="impact", instrument_id=instrument_id, stem="hits", notes=notes)


@pytest.mark.parametrize(
    ("others", "kept"),
    [
        ((impact("piano", 4),), (8,)),
        ((impact("brass", 4, 8),), ()),
        ((impact("slow-strings", 4, 8),), (4, 8)),  # too slow to carry a hit
        ((impact("glockenspiel", 4, 8),), None),  # mallets are out too: one of the two stays
        ((), (4, 8)),
    ],
)
def test_a_drum_that_strikes_alone_is_kept(
    write: Callable, others: tuple[Part, ...], kept: tuple[int, ...] | None
) -> None:
    full = replace(write().composition, parts=(impact("taiko", 4, 8), *others))
    thin = no_percussion(full, INSTRUMENTS)
    drums = next((part.notes for part in thin.parts if part.instrument_id == "taiko"), ())
    assert struck(thin) == {4, 8}
    if kept is not None:
        assert tuple(int(n.onset_beats) for n in drums) == kept


def played(part: Part) -> PerformedPart:
    notes = tuple(
        PerformedNote(
            onset_sample=int(n.onset_beats) * 100,
            sounding_sample=int(n.onset_beats) * 100,
            duration_samples=50,
            pitch_midi=60,
            velocity=90,
            bank=0,
            program=0,
            hit_id=n.hit_id,
        )
        for n in part.notes
    )
    return PerformedPart(part_id=part.id, instrument_id=part.instrument_id, stem=part.stem, notes=notes)


def test_what_stays_is_played_as_it_was_and_its_files_are_used_again(write: Callable) -> None:
    tune = Part(id="tune", role="melody", instrument_id="horns", stem="brass", notes=(note(0), note(1)))
    chords = Part(id="chords", role="pad", instrument_id="violas", stem="strings", notes=(note(0),))
    parts = (tune, chords, impact("taiko", 4, 8), impact("piano", 4))
    full = replace(write().composition, parts=parts)
    performance = Performance(
        cue_number="1m1", parts=tuple(map(played, parts)), start_sample=0, length_samples=9000, silences=((1, 2),)
    )
    without_tune = played_without(performance, no_melody(full, INSTRUMENTS))
    assert without_tune == replace(performance, parts=performance.parts[1:])
    same = unchanged_layers((performance,), (without_tune,), INSTRUMENTS)
    assert {stem for stem, _ in same} == {"strings", "hits"}
    assert all(same.values())

    thin = no_percussion(full, INSTRUMENTS)
    assert [n.velocity for p in thin.parts if p.instrument_id == "piano" for n in p.notes] == [112]
    without_drums = played_without(performance, thin)
    taiko = next(part for part in without_drums.parts if part.instrument_id == "taiko")
    assert [n.hit_id for n in taiko.notes] == ["hit8"]
    assert without_drums.parts[0] == performance.parts[0]
    same = unchanged_layers((performance,), (without_drums,), INSTRUMENTS)
    assert all(is_same for (stem, _), is_same in same.items() if stem != "hits")
    assert not all(is_same for (stem, _), is_same in same.items() if stem == "hits")
