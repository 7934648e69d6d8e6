"""The table of marker words and colours: resources/markers.toml, and the user's own over it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.spotting import HitKind
from hitpoint.resources import load_toml, resources_folder, user_config_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorMeaning:
    """What a colour says where the words say nothing: kind and weight 0..1."""

    kind: HitKind
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerTable:
    """`patterns`: one regular expression per word list, longest phrase first; `filler` are words that say nothing."""

    patterns: Mapping[str, re.Pattern[str]]
    filler: frozenset[str]
    colors: Mapping[str, ColorMeaning]
    weights: Mapping[str, float]

    def finds(self, meaning: str, text: str) -> bool:
        """Return whether a normalised text holds a phrase of a word list."""
        return self.patterns[meaning].search(text) is not None


def normalise(text: str) -> str:
    """Return a text as the table is matched: Unicode-normalised, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())


def load_marker_table(path: Path | None = None) -> MarkerTable:
    """Return our table with the user's over it: markers.toml of the configuration folder, then `path`.

    Raises `SettingError` for a missing `path`, an unknown list or a value of the wrong form.
    """
    ours = resources_folder() / "markers.toml"
    table = load_toml(ours)
    own = user_config_folder() / "markers.toml"
    for extra in (own if own.is_file() else None, path):
        if extra is not None:
            _merge(table, load_toml(extra), extra)
    try:
        return MarkerTable(
            patterns={name: _pattern(phrases) for name, phrases in table["words"].items()},
            filler=frozenset(normalise(word) for word in table["words"]["filler"]),
            colors={
                color.upper(): ColorMeaning(kind=HitKind(row.get("kind", "accent")), weight=_weight(row["weight"]))
                for color, row in table["colors"].items()
            },
            weights={name: float(value) for name, value in table["weights"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingError(f"{path or own}: a line of the marker table has the wrong form ({error})") from error


def _merge(table: dict[str, Any], extra: dict[str, Any], path: Path) -> None:
    for section, rows in extra.items():
        if section not in table:
            raise SettingError(f"{path}: no section [{section}] in a marker table; {did_you_mean(section, table)}")
        for name, value in rows.items():
            if section != "colors" and name not in table[section]:
                raise SettingError(
                    f"{path}: nothing called {name!r} in [{section}]; {did_you_mean(name, table[section])}"
                )
            table[section][name] = value


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    ordered = sorted((normalise(phrase) for phrase in phrases), key=len, reverse=True)
    # \w on either side would make "hit" match in "white"; digits and signs may touch ("hit!!", "1m1 in")
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, ordered)) + r")(?!\w)")


def _weight(value: float) -> float:
    weight = float(value)
    if not 0.0 <= weight <= 1.0:
        raise ValueError(f"weight {weight} must lie in 0..1")
    return weight
