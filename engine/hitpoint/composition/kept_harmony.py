"""Harmonies that stand already, put into a plan of harmony: the rest is voiced and written towards them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from hitpoint.composition.harmony import Slot
from hitpoint.composition.pitch import ChordShape
from hitpoint.model.music import Chord


def with_kept_chords(slots: Sequence[Slot], kept: Sequence[Chord]) -> tuple[Slot, ...]:
    """Return slots with the kept chords (sorted, not overlapping) in their places; the last slot, the end, stays."""
    if not kept:
        return tuple(slots)
    *inside, last = slots
    pieces: list[Slot] = []
    begin = Fraction(0)
    for chord in kept:
        chord_end = min(chord.onset_beats + chord.duration_beats, last.start_beats)
        if chord_end <= max(chord.onset_beats, begin):
            continue
        pieces += _cut(inside, begin, chord.onset_beats)
        here = next(slot for slot in reversed(inside) if slot.start_beats <= chord.onset_beats)
        shape = ChordShape(root=chord.root, pitch_classes=chord.pitch_classes, symbol=chord.symbol)
        is_same = here.shape == shape
        pieces.append(
            replace(
                here,
                start_beats=max(chord.onset_beats, begin),
                end_beats=chord_end,
                shape=shape,
                pedal=here.pedal if is_same else None,
                numeral=here.numeral if is_same else chord.symbol,
                is_arrival=here.is_arrival and here.start_beats == chord.onset_beats,
            )
        )
        begin = chord_end
    pieces += _cut(inside, begin, last.start_beats)
    return (*pieces, last)


def _cut(slots: Sequence[Slot], start: Fraction, end: Fraction) -> list[Slot]:
    """Return the slots between two beats, cut there."""
    return [
        replace(slot, start_beats=max(start, slot.start_beats), end_beats=min(end, slot.end_beats))
        for slot in slots
        if max(start, slot.start_beats) < min(end, slot.end_beats)
    ]
