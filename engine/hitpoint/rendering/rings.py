"""For how long a note can sound after it is let go: what has to be rendered again around a changed note.

Read from the font's tables (SoundFont 2.04 §8.1.3): the release of the volume envelope, generator 38 in timecents,
instrument and preset added up; a sample that is not looped is over with its last sample at the latest. TinySoundFont
takes the whole release time whatever the level it starts from, so this is a bound, as tests/rendering checks.
"""

from __future__ import annotations

from functools import cache

from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.rendering.soundfont import Preset, SoundFontFile, Table

_GEN_RELEASE, _GEN_INSTRUMENT, _GEN_KEY_RANGE, _GEN_SAMPLE, _GEN_MODES, _GEN_ROOT = 38, 41, 43, 53, 54, 58
_GEN_COARSE = 51
_DEFAULT_TIMECENTS = -12_000
_LONGEST_S = 60.0
#: The synthesiser moves envelopes in blocks; a few of them are left over.
_MARGIN_SAMPLES = SAMPLE_RATE_HZ // 50

_Zone = dict[int, int]


class Rings:
    """Answers for one font; every answer is worked out once."""

    def __init__(self, font: SoundFontFile) -> None:
        self._font = font
        self._preset_at = {
            (int(row["bank"]), int(row["program"])): index for index, row in enumerate(font.tables["phdr"][:-1])
        }
        self.samples = cache(self._samples)

    def _samples(self, preset: Preset, pitch_midi: int) -> int:
        """Return for how many samples a key of a preset may ring on after its note's end."""
        longest_s = 0.0
        tables = self._font.tables
        for zone in _zones(tables, "p", "phdr", self._preset_at[preset]):
            if _GEN_INSTRUMENT not in zone or not _reaches(zone, pitch_midi):
                continue
            for inner in _zones(tables, "i", "inst", zone[_GEN_INSTRUMENT]):
                if _GEN_SAMPLE in inner and _reaches(inner, pitch_midi):
                    longest_s = max(longest_s, self._zone_s(zone, inner, pitch_midi))
        return round(longest_s * SAMPLE_RATE_HZ) + _MARGIN_SAMPLES

    def _zone_s(self, zone: _Zone, inner: _Zone, pitch_midi: int) -> float:
        timecents = _signed(inner.get(_GEN_RELEASE, _DEFAULT_TIMECENTS)) + _signed(zone.get(_GEN_RELEASE, 0))
        release_s = float(min(_LONGEST_S, max(0.01, 2.0 ** (timecents / 1200.0))))
        if inner.get(_GEN_MODES, 0) & 1:
            return release_s
        header = self._font.tables["shdr"][inner[_GEN_SAMPLE]]
        if int(header["type"]) & 0x10:  # Vorbis: its length is not known here
            return release_s
        root = _signed(inner.get(_GEN_ROOT, 0xFFFF))
        root = int(header["pitch"]) if root < 0 else root
        coarse = _signed(inner.get(_GEN_COARSE, 0)) + _signed(zone.get(_GEN_COARSE, 0))
        slower = float(2.0 ** ((root - pitch_midi - coarse + 1) / 12.0))  # a semitone for all finer tuning
        length_s = (int(header["end"]) - int(header["start"])) / max(1, int(header["rate"]))
        return min(release_s, length_s * max(1.0, slower))


def _zones(tables: dict[str, Table], side: str, owner_table: str, owner: int) -> list[_Zone]:
    """Return the generators of an owner's zones, what its global zone says filled in."""
    owners, bags, gens = tables[owner_table], tables[side + "bag"], tables[side + "gen"]
    target = _GEN_INSTRUMENT if side == "p" else _GEN_SAMPLE
    common: _Zone = {}
    zones = []
    for bag in range(int(owners["bag"][owner]), int(owners["bag"][owner + 1])):
        rows = gens[int(bags["gen"][bag]) : int(bags["gen"][bag + 1])]
        zone = {int(row["oper"]): int(row["amount"]) for row in rows}
        if target in zone:
            zones.append({**common, **zone})
        elif not zones:
            common = zone
    return zones


def _reaches(zone: _Zone, pitch_midi: int) -> bool:
    keys = zone.get(_GEN_KEY_RANGE)
    return keys is None or (keys & 0xFF) <= pitch_midi <= (keys >> 8)


def _signed(amount: int) -> int:
    return amount - 0x10000 if amount >= 0x8000 else amount
