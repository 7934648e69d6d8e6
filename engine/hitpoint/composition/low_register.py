"""Clear lows: below C3 no thirds, below E3 no seconds, whoever plays them (music.md §5, low interval limits).

Each layer is clear by itself; doublings, counter-lines and ostinati of other layers may still meet down there. The bass
stays; what rubs against it goes up an octave where its player can, or is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from hitpoint.composition.stage import Draft, Line

#: The lowest lower notes of a third and of a second: C3, E3.
LOWEST_THIRD_MIDI, LOWEST_SECOND_MIDI = 48, 52
#: Notes from here up meet nobody that low.
_CLEAR_FROM_MIDI = LOWEST_SECOND_MIDI + 3
_STAY = frozenset({"ground"})
_UNPITCHED = frozenset({"percussion", "impact", "riser"})
#: Shorter than this together is a passing rub.
_BRIEF_BEATS = 0.25


def is_muddy(low_midi: int, high_midi: int) -> bool:
    """Return whether two notes that sound together are too low for their distance."""
    apart = high_midi - low_midi
    return (apart in (3, 4) and low_midi < LOWEST_THIRD_MIDI) or (apart in (1, 2) and low_midi < LOWEST_SECOND_MIDI)


def clear_lows(lines: Sequence[Line]) -> None:
    """Move or leave out low notes, in place, that rub against lower or higher low ones."""
    low = [
        (float(draft.onset), float(draft.end), draft, line)
        for line in lines
        if line.role not in _UNPITCHED
        for draft in line.drafts
        if draft.pitch < _CLEAR_FROM_MIDI
    ]
    low.sort(key=lambda row: (row[0], row[2].pitch))
    sounding: list[tuple[float, Draft, Line]] = []
    dropped: set[int] = set()
    for onset, end, draft, line in low:
        sounding = [row for row in sounding if row[0] > onset + _BRIEF_BEATS and id(row[1]) not in dropped]
        for _, other, other_line in list(sounding):
            if not is_muddy(*sorted((draft.pitch, other.pitch))):
                continue
            moved, moved_line = _who_moves((draft, line), (other, other_line))
            if moved_line.role in _STAY:
                continue
            if moved.pitch + 12 <= moved_line.instrument.high_midi:
                moved.pitch += 12
            else:
                dropped.add(id(moved))
        if draft.pitch < _CLEAR_FROM_MIDI and id(draft) not in dropped:
            sounding.append((end, draft, line))
    if dropped:
        for line in lines:
            line.drafts = [draft for draft in line.drafts if id(draft) not in dropped]


def _who_moves(first: tuple[Draft, Line], second: tuple[Draft, Line]) -> tuple[Draft, Line]:
    """Return which of two gives way: never the bass; of two others the higher one."""
    if first[1].role in _STAY:
        return second
    if second[1].role in _STAY:
        return first
    return max(first, second, key=lambda row: row[0].pitch)
