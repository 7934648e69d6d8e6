"""The ways of playing and when they are chosen: reads and checks resources/articulations.toml."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hitpoint.composition.style import ROLES as WRITTEN_ROLES
from hitpoint.composition.table_reader import TableReader
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.resources import load_toml, resources_folder

#: Of a part (see `hitpoint.model.music.Part`): those of the texture, and those of the hits.
ROLES = (*WRITTEN_ROLES, "riser", "impact")
_MOST_DB = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Articulation:
    """One way of playing.

    Attributes
    ----------
    held_share : float, 0.1..1
        Share of the written length for which a note is held.
    accent_db : float, -12..12
        Struck harder or softer than written.
    is_slow : bool
        Speaks too late for a hit.
    stand_ins : tuple of str
        What takes its place where an instrument lacks it, best first.
    """

    held_share: float = 1.0
    accent_db: float = 0.0
    is_slow: bool = False
    stand_ins: tuple[str, ...] = ()


#: What a name that the table does not know is played like.
PLAIN = Articulation()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticulationRule:
    """Chooses `articulation` for notes of these roles whose written length lies in from_s <= length < below_s."""

    roles: tuple[str, ...]
    from_s: float
    below_s: float
    carries_hit: bool
    articulation: str

    def fits(self, role: str, written_s: float, *, carries_hit: bool) -> bool:
        """Return whether the rule speaks of a note."""
        return role in self.roles and self.from_s <= written_s < self.below_s and carries_hit == self.carries_hit


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticulationTable:
    """All ways of playing by name, the rules in the order in which they are asked, and how loud presets are.

    `level_db` holds (bank, program) -> dB beside the other presets of the same players; 0 for one that it lacks.
    """

    articulations: dict[str, Articulation]
    rules: tuple[ArticulationRule, ...]
    level_db: dict[tuple[int, int], float]

    def is_slow(self, name: str) -> bool:
        """Return whether an articulation speaks too late for a hit."""
        return self.articulations.get(name, PLAIN).is_slow

    def wanted(self, role: str, written_s: float, *, carries_hit: bool) -> str:
        """Return the name of what the first rule that fits asks for; "" for the plain sound."""
        for rule in self.rules:
            if rule.fits(role, written_s, carries_hit=carries_hit):
                return rule.articulation
        return ""


@cache
def load_articulations(path: Path | None = None) -> ArticulationTable:
    """Return the table of a file, ours without one; a wrong line is a `SettingError` that names it."""
    path = path or resources_folder() / "articulations.toml"
    table = TableReader(str(path), load_toml(path))
    ways = table.rows.pop("articulation", {})
    if not isinstance(ways, dict):
        raise table.fail("articulation", "must be written as [articulation.NAME] tables")
    articulations = {name: _articulation(TableReader(f"{path} [articulation.{name}]", ways[name])) for name in ways}
    for name, articulation in articulations.items():
        for other in articulation.stand_ins:
            if other not in articulations:
                raise SettingError(
                    f"{path} [articulation.{name}]: stand_ins has {other!r}, which is not an articulation; "
                    f"{did_you_mean(other, articulations)}"
                )
    rules = tuple(_rule(reader, articulations) for reader in table.tables("rule"))
    level_db = dict(_level(reader) for reader in table.tables("preset"))
    table.finish()
    return ArticulationTable(articulations=articulations, rules=rules, level_db=level_db)


def _articulation(reader: TableReader) -> Articulation:
    articulation = Articulation(
        held_share=reader.number("held", 0.1, 1.0, 1.0),
        accent_db=reader.number("accent_db", -_MOST_DB, _MOST_DB, 0.0),
        is_slow=reader.flag("is_slow"),
        stand_ins=reader.texts("stand_ins", ()),
    )
    reader.finish()
    return articulation


def _rule(reader: TableReader, articulations: dict[str, Articulation]) -> ArticulationRule:
    rule = ArticulationRule(
        roles=reader.words("roles", ROLES, ROLES),
        from_s=reader.number("from_s", 0.0, math.inf, 0.0),
        below_s=reader.number("below_s", 0.0, math.inf, math.inf),
        carries_hit=reader.flag("carries_hit"),
        articulation=reader.word("articulation", tuple(articulations)),
    )
    if rule.below_s <= rule.from_s:
        raise reader.fail("below_s", f"= {rule.below_s:g} must be greater than from_s = {rule.from_s:g}")
    if rule.carries_hit and articulations[rule.articulation].is_slow:
        raise reader.fail("articulation", f"= {rule.articulation!r} is a slow one and cannot carry a hit")
    reader.finish()
    return rule


def _level(reader: TableReader) -> tuple[tuple[int, int], float]:
    preset = int(reader.number("bank", 0, 128)), int(reader.number("program", 0, 127))
    level_db = reader.number("level_db", -_MOST_DB, _MOST_DB)
    reader.finish()
    return preset, level_db
