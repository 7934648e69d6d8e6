"""Which preset plays a note, and how long the player holds it (music.md §7)."""

from __future__ import annotations

from hitpoint.model.music import Instrument, Note, Part

#: Held notes of the accompaniment this long are bowed slowly where the instrument has such a sound.
_SLOW_FROM_S = 1.5
_ACCOMPANIMENT = frozenset({"pad", "ground"})
#: What may stand in for an articulation that the instrument lacks; after these, the plain preset.
_STAND_INS = {
    "short": ("staccato", "spiccato", "marcato"),
    "staccato": ("short", "spiccato"),
    "spiccato": ("short", "staccato"),
    "marcato": ("short",),
    "long": ("slow", "sustained"),
}
#: Share of the written length for which short articulations are held, and the least that still speaks.
_HELD_SHARE = {"short": 0.6, "staccato": 0.5, "spiccato": 0.45, "marcato": 0.8}
_SHORTEST_S = 0.06


def choose_preset(instrument: Instrument, part: Part, note: Note, duration_s: float) -> tuple[int, int]:
    """Return (bank, program) for a note, from its articulation, its part's role and its length.

    What the note asks for counts first. Otherwise long held notes of pads and basses are played with slow bows, except
    on a hit, which has to speak; everything else is the instrument's plain sound.
    """
    wanted = note.articulation
    if not wanted and part.role in _ACCOMPANIMENT and duration_s >= _SLOW_FROM_S and not note.hit_id:
        wanted = "slow"
    for name in (wanted, *_STAND_INS.get(wanted, ())):
        if name in instrument.articulations:
            return instrument.articulations[name]
    return instrument.bank, instrument.program


def held_s(note: Note, duration_s: float) -> float:
    """Return for how many seconds of its written length a note is held."""
    share = _HELD_SHARE.get(note.articulation, 1.0)
    return min(duration_s, max(_SHORTEST_S, share * duration_s))


def is_detached(note: Note) -> bool:
    """Return whether a note asks to be separated from the next one."""
    return note.articulation in _HELD_SHARE
