"""Harmonic languages (resources/harmony.toml): what may follow what, how tense it is, and how phrases close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hitpoint.composition.pitch import parse_numeral
from hitpoint.composition.table_reader import TableReader
from hitpoint.model.errors import SettingError
from hitpoint.model.key import SCALES, Key
from hitpoint.resources import load_toml, resources_folder

#: full rests on the tonic, half waits on the dominant, deceptive turns away from it, plagal rests softly, open does
#: not resolve.
CADENCES = ("full", "half", "deceptive", "plagal", "open")


@dataclass(frozen=True, slots=True)
class GrammarChord:
    """A chord of a language: the tension (0..1) at which it is at home, and what may follow it, likeliest first."""

    numeral: str
    tension: float
    followers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """One harmonic language in one mode; `scale` is one of `SCALES`, cadences are formulas by kind (`CADENCES`)."""

    id: str
    scale: str
    chords: tuple[GrammarChord, ...]
    cadences: Mapping[str, tuple[tuple[str, ...], ...]]
    arrival: tuple[str, ...]
    turn: tuple[str, ...]
    ending: tuple[str, ...]


@cache
def load_languages() -> dict[str, Language]:
    """Return all languages by id, checked; `SettingError` names a wrong line."""
    path = resources_folder() / "harmony.toml"
    return {name: _language(name, TableReader(f"{path.name} [{name}]", row)) for name, row in load_toml(path).items()}


def _language(name: str, reader: TableReader) -> Language:
    scale = reader.word("scale", tuple(SCALES))
    key = Key(0, scale)

    def checked(numerals: tuple[str, ...], line: str) -> tuple[str, ...]:
        for numeral in numerals:
            try:
                parse_numeral(numeral, key)
            except ValueError as error:
                raise reader.fail(line, f"has a wrong chord: {error}") from error
        if not numerals:
            raise reader.fail(line, "must not be empty")
        return numerals

    rows = reader.table("chords")
    chords = []
    known = checked(tuple(rows.rows), "chords")
    for numeral in known:
        row = rows.table(numeral)
        followers = row.words("to", known)
        if not followers:
            raise row.fail("to", "must not be empty: harmony would stop here")
        chords.append(GrammarChord(numeral, row.number("tension", 0, 1), followers))
        row.finish()
    formulas = reader.table("cadences")
    cadences = {
        kind: tuple(checked(tuple(text.split()), f"cadences {kind}") for text in formulas.texts(kind))
        for kind in CADENCES
    }
    if not all(cadences.values()):
        raise formulas.fail("one of them", "is empty")
    formulas.finish()
    language = Language(
        id=name,
        scale=scale,
        chords=tuple(chords),
        cadences=cadences,
        arrival=checked(reader.texts("arrival"), "arrival"),
        turn=checked(reader.texts("turn"), "turn"),
        ending=checked(reader.texts("ending"), "ending"),
    )
    reader.finish()
    return language


def language_named(name: str, reader: TableReader, line: str, *, is_minor: bool) -> Language:
    """Return a language that a palette names, of the right mode; `SettingError` says what is wrong with the line."""
    languages = load_languages()
    if name not in languages:
        raise reader.fail(line, f"= {name!r} is not in harmony.toml; it has: {', '.join(sorted(languages))}")
    language = languages[name]
    if Key(0, language.scale).is_minor != is_minor:
        raise SettingError(f"{reader.where}: {line} = {name!r} is not a {'minor' if is_minor else 'major'} language")
    return language
