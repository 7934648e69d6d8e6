"""Written cues with parts left out. Whatever goes, every hit that was struck still is, by what speaks at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from hitpoint.model.music import Composition, Instrument, Note, Part, Performance

#: General MIDI's tuned percussion (glockenspiel, vibraphone, marimba, xylophone, bells, dulcimer, timpani) and its
#: family "percussive". A celesta and a music box are keys, though bars and tines sound in them.
_PERCUSSIVE_PROGRAMS = frozenset({9, 11, 12, 13, 14, 15, 47, *range(112, 120)})
_DRUM_BANK = 128

#: Who strikes a hit without the drums strikes it this much harder (3.9 dB): of the nine hits of a busy score six were
#: heard without that, all with it.
_TAKES_OVER = 1.25
_HARDEST = 124

#: How much softer "lighter" is written. Velocity is a square law in amplitude: 40·log10 of the ratio in dB.
LIGHTER_DB = -4.0
#: Roles that tell something; "lighter" keeps one of them, the first that the cue has.
_INFORMING_ROLES = ("melody", "pulse", "counter", "colour")
_HEAVY_STEMS = frozenset({"brass", "percussion"})
#: A line without brass carries its role alone if it has at least this share of the notes that its fullest line has.
_CARRIES = 0.6

Instruments = Mapping[str, Instrument]
LeaveOut = Callable[[Composition, Instruments], Composition]


def is_percussion(instrument: Instrument) -> bool:
    """Return whether an editor who wants no percussion wants this instrument out: drums, cymbals, timpani, mallets."""
    is_tuned = instrument.bank != _DRUM_BANK and instrument.program in _PERCUSSIVE_PROGRAMS
    return instrument.stem == "percussion" or instrument.bank == _DRUM_BANK or is_tuned


def no_melody(composition: Composition, instruments: Instruments) -> Composition:
    """Return a cue without its melody, for under a voice or another tune. Colour that doubles it stays."""
    del instruments
    return _with(composition, (part for part in composition.parts if part.role != "melody"))


def no_percussion(composition: Composition, instruments: Instruments) -> Composition:
    """Return a cue without drums and mallets; a drum that strikes a hit alone is kept for that hit.

    Where a drum is gone from a hit, the others strike it harder.
    """
    parts = [
        part
        for part in composition.parts
        if part.role == "impact" or not is_percussion(instruments[part.instrument_id])
    ]
    return _with(composition, _struck_without(parts, instruments, is_percussion, takes_over=_TAKES_OVER))


def lighter(composition: Composition, instruments: Instruments) -> Composition:
    """Return a cue thinned out to ground, pad and one informing line, written `LIGHTER_DB` softer.

    Brass and percussion are left out of it, but where they are that line, or strike a hit alone.
    """
    held = [
        part
        for part in composition.parts
        if part.role in ("ground", "pad") and instruments[part.instrument_id].stem not in _HEAVY_STEMS
    ]
    line = _informing_line(composition.parts, instruments)
    impacts = [part for part in composition.parts if part.role == "impact"]
    impacts = _struck_without(
        impacts, instruments, lambda i: is_percussion(i) or i.stem in _HEAVY_STEMS, in_their_place=("keys-harp",)
    )
    kept = {part.id: part for part in (*held, *line, *impacts)}
    return _with(composition, (_softer(kept[part.id]) for part in composition.parts if part.id in kept))


#: By name of the alternate.
LEAVE_OUT: Mapping[str, LeaveOut] = {"no-melody": no_melody, "no-percussion": no_percussion, "lighter": lighter}


def played_without(performance: Performance, kept: Composition) -> Performance:
    """Return a performance without what a thinned-out cue leaves out; every note that stays is played as it was.

    Of parts that strike hits, single hits may be gone.
    """
    parts = {part.id: part for part in kept.parts}
    played = []
    for line in performance.parts:
        part = parts.get(line.part_id)
        if part is None:
            continue
        if len(part.notes) < len(line.notes):
            struck = {note.hit_id for note in part.notes}
            line = replace(line, notes=tuple(note for note in line.notes if note.hit_id in struck))
        played.append(line)
    return replace(performance, parts=tuple(played))


def told_left_out(
    before: Iterable[Composition], after: Iterable[Composition], instruments: Instruments
) -> tuple[str, ...]:
    """Return what was left out, for people: "melody: French horns"."""
    told: dict[str, None] = {}
    for full, thin in zip(before, after, strict=True):
        kept = {part.id: len(part.notes) for part in thin.parts}
        for part in full.parts:
            words = f"{part.role}: {instruments[part.instrument_id].name}"
            if kept.get(part.id, 0) < len(part.notes):
                told[words if part.id not in kept else f"{words}, where another strikes the hit"] = None
    return tuple(told)


def _with(composition: Composition, parts: Iterable[Part]) -> Composition:
    return replace(composition, parts=tuple(part for part in parts if part.notes))


def _struck_without(
    parts: Iterable[Part],
    instruments: Instruments,
    is_unwanted: Callable[[Instrument], bool],
    *,
    in_their_place: tuple[str, ...] = ("keys-harp", "brass"),
    takes_over: float = 1.0,
) -> list[Part]:
    """Return parts with unwanted instruments left out of the hits that somebody else strikes.

    That has to be an instrument that speaks at once: a percussive one, or one of the stems `in_their_place`. Its
    velocity is multiplied by `takes_over` where somebody is gone.
    """

    def is_gone(part: Part) -> bool:
        return part.role == "impact" and is_unwanted(instruments[part.instrument_id])

    def is_fast(part: Part) -> bool:
        instrument = instruments[part.instrument_id]
        return part.role == "impact" and (instrument.is_percussive or instrument.stem in in_their_place)

    parts = list(parts)
    struck = {note.onset_beats for part in parts if is_fast(part) and not is_gone(part) for note in part.notes}
    freed = {note.onset_beats for part in parts if is_gone(part) for note in part.notes} & struck

    def harder(note: Note) -> Note:
        if note.onset_beats not in freed or takes_over == 1.0:
            return note
        return replace(note, velocity=max(note.velocity, min(_HARDEST, round(note.velocity * takes_over))))

    kept = []
    for part in parts:
        if is_gone(part):
            part = replace(part, notes=tuple(note for note in part.notes if note.onset_beats not in struck))
        elif is_fast(part):
            part = replace(part, notes=tuple(harder(note) for note in part.notes))
        kept.append(part)
    return kept


def _informing_line(parts: Iterable[Part], instruments: Instruments) -> list[Part]:
    """Return the one line that "lighter" keeps: the fullest of the first informing role, rather one without brass."""
    by_role: dict[str, list[Part]] = {}
    for part in parts:
        if not is_percussion(instruments[part.instrument_id]):
            by_role.setdefault(part.role, []).append(part)
    for role in _INFORMING_ROLES:
        lines = sorted(by_role.get(role, ()), key=lambda part: -len(part.notes))
        if lines:
            able = [
                line
                for line in lines
                if instruments[line.instrument_id].stem not in _HEAVY_STEMS
                and len(line.notes) >= _CARRIES * len(lines[0].notes)
            ]
            return [(able or lines)[0]]
    return []


def _softer(part: Part) -> Part:
    factor = 10 ** (LIGHTER_DB / 40)

    def soft(note: Note) -> Note:
        return replace(note, velocity=max(1, round(note.velocity * factor)))

    return replace(part, notes=tuple(soft(note) for note in part.notes))
