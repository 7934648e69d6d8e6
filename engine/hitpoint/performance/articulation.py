"""Which preset plays a note, how hard, and how long the player holds it (music.md §7)."""

from __future__ import annotations

from dataclasses import dataclass

from hitpoint.model.music import Instrument, Note, Part
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.articulation_table import PLAIN, ArticulationTable

#: Velocity is a square law in amplitude (General MIDI level 2).
_DB_PER_DECADE = 40.0
#: However short a note is to be held, for this long it is, or it would not speak.
_SHORTEST_S = 0.06


@dataclass(frozen=True, slots=True)
class Manner:
    """How one note is played.

    `held_share` is the share of its written length for which it is held; `gain_db` is played by velocity.
    """

    bank: int
    program: int
    held_share: float = 1.0
    gain_db: float = 0.0

    @property
    def is_detached(self) -> bool:
        """Whether the note is separated from the next one."""
        return self.held_share < 1.0

    def velocity(self, written: int) -> float:
        """Return the written velocity with the articulation's gain; may leave 1..127."""
        return float(written * 10.0 ** (self.gain_db / _DB_PER_DECADE))

    def held_s(self, length_s: float) -> float:
        """Return for how many seconds a note of that written length is held."""
        return min(length_s, max(_SHORTEST_S, self.held_share * length_s))


def written_s(start_sample: int, end_sample: int) -> float:
    """Return the length in seconds by which an articulation is chosen: between the samples of the tempo map."""
    return (end_sample - start_sample) / SAMPLE_RATE_HZ


def choose_manner(table: ArticulationTable, instrument: Instrument, part: Part, note: Note, length_s: float) -> Manner:
    """Return how a note is played: what its page asks for, else what the table's rules do for role and length.

    A slow sound never plays a note that carries a hit; the instrument's plain one does.
    """
    wanted = note.articulation
    if not wanted and not instrument.is_percussive:
        wanted = table.wanted(part.role, length_s, carries_hit=bool(note.hit_id))
    asked = table.articulations.get(wanted, PLAIN)
    plain = chosen = instrument.bank, instrument.program
    for name in (wanted, *asked.stand_ins):
        if name in instrument.articulations and not (table.is_slow(name) and note.hit_id):
            chosen = instrument.articulations[name]
            break
    louder_db = table.level_db.get(chosen, 0.0) - table.level_db.get(plain, 0.0)
    return Manner(*chosen, held_share=asked.held_share, gain_db=asked.accent_db - louder_db)
