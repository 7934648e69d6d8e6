"""When a note starts: the spread of human timing, and the time its sound takes to speak.

Early is worse than late (music.md §2): near hits nothing is moved, and slow sounds are never heard before one.
"""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from hitpoint.model.music import AttackTable
from hitpoint.model.time import SAMPLE_RATE_HZ

#: Each player has a spread of his own between these (± ms; music.md §7).
SPREAD_MS = (5.0, 12.0)
#: Those who keep the pulse together keep closer together.
_TIGHT_ROLES = frozenset({"pulse", "percussion", "impact", "riser"})
_TIGHT_SHARE = 0.5
#: How much of a departure all notes of one chord share; the rest is each note's own.
_SHARED = 0.7
#: The breath before a hit: what was written outside it stays outside.
BREATH_SAMPLES = 120 * SAMPLE_RATE_HZ // 1000

#: Longest head start: of a held chord; of a moving line, in beats; of a note on a hit (the breath that composition
#: keeps free, so that even a slow pad starts into silence and has reached its audible part at the hit).
_LONGEST_HELD_S = 0.25
_LONGEST_MOVING_BEATS = 0.5
_LONGEST_AT_HIT_S = BREATH_SAMPLES / SAMPLE_RATE_HZ
_HELD_ROLES = frozenset({"pad", "ground"})
#: A note never starts before this share of the time of the note before it has passed.
_LEFT_TO_PREVIOUS = 0.5


class Chance:
    """Random numbers that belong to a note, not to its turn: adding a note elsewhere changes none of the others."""

    def __init__(self, seed: int, part_id: str) -> None:
        self._key = hashlib.blake2b(f"{seed}/{part_id}".encode(), digest_size=32).digest()

    def signed(self, *about: object) -> float:
        """Return a number in -1..1 that depends on the seed, the part and what it is about, evenly spread."""
        text = "/".join(str(item) for item in about).encode()
        digest = hashlib.blake2b(text, key=self._key, digest_size=8)
        return int.from_bytes(digest.digest(), "big") / (1 << 63) - 1.0


def departure_samples(chance: Chance, role: str, onset_beats: Fraction, pitch_midi: int, humanise: float) -> int:
    """Return by how many samples a player is early (-) or late (+) on a note."""
    low_ms, high_ms = SPREAD_MS
    spread_ms = low_ms + (high_ms - low_ms) * (chance.signed("player") + 1.0) / 2.0
    if role in _TIGHT_ROLES:
        spread_ms *= _TIGHT_SHARE
    together, own = chance.signed("chord", onset_beats), chance.signed("note", onset_beats, pitch_midi)
    departure_ms = humanise * spread_ms * (_SHARED * together + (1.0 - _SHARED) * own)
    return round(departure_ms * SAMPLE_RATE_HZ / 1000)


def keep_off_hits(sounding_sample: int, written_sample: int, hit_samples: Sequence[int]) -> int:
    """Return the moment moved back so that it neither crosses a hit nor enters the breath before one.

    `hit_samples` are sorted. What composition itself wrote into the breath stays exactly where it was written.
    """
    index = bisect.bisect_left(hit_samples, written_sample)
    if index < len(hit_samples):
        breath_start = hit_samples[index] - BREATH_SAMPLES
        if written_sample > breath_start:
            return written_sample
        sounding_sample = min(sounding_sample, breath_start)
    if index > 0:
        sounding_sample = max(sounding_sample, min(written_sample, hit_samples[index - 1] + BREATH_SAMPLES))
    return sounding_sample


class Attacks:
    """An attack table that is quick to ask."""

    def __init__(self, table: AttackTable) -> None:
        by_preset: dict[tuple[int, int], dict[tuple[int, int, int, int], float]] = {}
        for sound, seconds in table.attack_s.items():
            by_preset.setdefault(sound[:2], {})[sound] = seconds
        tables = {
            preset: AttackTable(soundfont=table.soundfont, attack_s=sounds) for preset, sounds in by_preset.items()
        }
        unknown = AttackTable(soundfont=table.soundfont, attack_s={})

        @cache
        def at(bank: int, program: int, pitch_midi: int, velocity: int) -> float:
            return tables.get((bank, program), unknown).at(bank, program, pitch_midi, velocity)

        self.seconds = at


def head_start_samples(attack_s: float, role: str, seconds_per_beat: float, *, is_on_hit: bool) -> int:
    """Return how much earlier a note has to start in order to sound on time, within what its role allows."""
    if is_on_hit:
        longest_s = _LONGEST_AT_HIT_S
    elif role in _HELD_ROLES:
        longest_s = _LONGEST_HELD_S
    else:
        longest_s = min(_LONGEST_HELD_S, _LONGEST_MOVING_BEATS * seconds_per_beat)
    return round(min(attack_s, longest_s) * SAMPLE_RATE_HZ)


def earliest_start(previous_start: int, previous_end: int) -> int:
    """Return the sample before which a note may not start: the middle of the note before it in the same line.

    Where there is a gap, a head start rarely fills it. In a legato line the note begins under the end of the one
    before it: a slow attack is not heard yet, and a fast one needs only a few milliseconds; asking the one before to
    end first would tear the line or leave every string chord late.
    """
    return previous_start + round(_LEFT_TO_PREVIOUS * (previous_end - previous_start))
