"""The table of marker words and colours: resources/markers.toml, and the user's own over it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.spotting import HitKind
from hitpoint.resources import load_toml, resources_folder, user_config_folder

_LETTER = r"[^\W\d_]"
#: "music-in", "MUSIC_IN" and "1m1-in" are words with a joint; "±2" and "0.9" are not.
_JOINT = re.compile(rf"(?<=\w)[-_/](?={_LETTER})|_")
_WEIGHT_NAMES_IN_FRAMES = frozenset({"soft_tolerance_frames"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorMeaning:
    """What a colour says where the words say nothing: kind and weight 0..1."""

    kind: HitKind
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruling:
    """What somebody said of one marker outside of its words; None leaves it to these. As in `HitPoint`."""

    kind: HitKind | None = None
    weight: float | None = None
    is_hard: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerTable:
    """What `load_marker_table` returns.

    Attributes
    ----------
    patterns : one regular expression per word list, for normalised texts; longest phrase first
    phrases : the same lists as sets of normalised phrases
    colors : by upper-case name
    weights : by name, 0..1 (`soft_tolerance_frames` in frames)
    overrulings : by marker id
    """

    patterns: Mapping[str, re.Pattern[str]]
    phrases: Mapping[str, frozenset[str]]
    colors: Mapping[str, ColorMeaning]
    weights: Mapping[str, float]
    overrulings: Mapping[str, Overruling] = field(default_factory=dict)

    def finds(self, meaning: str, text: str) -> bool:
        """Return whether a normalised text holds a phrase of a word list."""
        return self.patterns[meaning].search(text) is not None


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Return a text as the table is matched: lower case, no accents, single spaces, joints of words opened."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_JOINT.sub(" ", plain).split())


def load_marker_table(user_path: Path | None = None) -> MarkerTable:
    """Return our table with the user's over it: markers.toml of the configuration folder, then `user_path`.

    Raises `SettingError` for a missing `user_path`, an unknown list or a value of the wrong form.
    """
    path = resources_folder() / "markers.toml"
    table = load_toml(path)
    own = user_config_folder() / "markers.toml"
    try:
        for extra in (own if own.is_file() else None, user_path):
            if extra is not None:
                path = extra
                _merge(table, load_toml(path), path)
                _read(table)  # a wrong line is the fault of the file that brought it
        return _read(table)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, SettingError):
            raise
        raise SettingError(f"{path}: a line of the marker table has the wrong form ({error}); mend it") from error


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


def _read(table: dict[str, Any]) -> MarkerTable:
    phrases = {name: _phrases(name, words) for name, words in table["words"].items()}
    is_a_sentence = _pattern(phrases["sentence"]).pattern
    return MarkerTable(
        patterns={
            name: _pattern(words, not_before=is_a_sentence if name in ("music_in", "music_out") else "")
            for name, words in phrases.items()
        },
        phrases=phrases,
        colors={
            color.upper(): ColorMeaning(kind=HitKind(row.get("kind", "accent")), weight=_weight(color, row["weight"]))
            for color, row in table["colors"].items()
        },
        weights={name: _weight(name, value) for name, value in table["weights"].items()},
    )


def _phrases(name: str, words: Any) -> frozenset[str]:
    if not isinstance(words, list) or not all(isinstance(word, str) and normalise(word) for word in words):
        raise ValueError(f"{name} is not a list of words")
    return frozenset(normalise(word) for word in words)


def _pattern(phrases: Iterable[str], *, not_before: str = "") -> re.Pattern[str]:
    """Return a pattern for whole phrases; `not_before` is one for words that must not follow."""
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    any_of_them = "|".join(map(re.escape, ordered)) or r"(?!)"  # an emptied list finds nothing
    after = rf"(?!\s+{not_before})" if not_before else ""
    # a letter on either side would find "hit" in "white"; an apostrophe before, "m in" in "I'm in"
    return re.compile(rf"(?<![\w'])(?:{any_of_them})(?!\w){after}")


def _weight(name: str, value: Any) -> float:
    number = float(value)
    highest = 1000.0 if name in _WEIGHT_NAMES_IN_FRAMES else 1.0
    if not 0.0 <= number <= highest:
        raise ValueError(f"{name} = {value} must lie in 0..{highest:g}")
    return number
