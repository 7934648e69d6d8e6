"""Words and what they feel like: a small hand-made lexicon, resources/mood_words.toml."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from hitpoint.model.errors import SettingError
from hitpoint.resources import load_toml, resources_folder

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ENDINGS = ("s", "ed", "ing", "ly", "d", "er")


@dataclass(frozen=True, slots=True)
class Mood:
    """Valence and arousal in -1..1, tension in 0..1."""

    valence: float
    arousal: float
    tension: float


@cache
def load_moods() -> dict[str, Mood]:
    """Return the lexicon: lower-case word to `Mood`; `SettingError` for a line of the wrong form."""
    path = resources_folder() / "mood_words.toml"
    moods: dict[str, Mood] = {}
    for word, values in load_toml(path).get("words", {}).items():
        if not (isinstance(values, list) and len(values) == 3):
            raise SettingError(f"{path}: {word!r} needs three numbers: valence, arousal, tension")
        moods[word] = Mood(*(float(value) for value in values))
    return moods


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, Unicode-normalised."""
    return [word.replace("’", "'") for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())]


def mood_words(text: str) -> list[str]:
    """Return the words of a text that the lexicon knows, as the lexicon writes them."""
    moods = load_moods()
    return [known for word in words_of(text) if (known := _known(word, moods))]


def _known(word: str, moods: dict[str, Mood]) -> str:
    if word in moods:
        return word
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            for candidate in (stem, stem + "e", stem[:-1] if stem[-1:] == stem[-2:-1] else stem):
                if candidate in moods:
                    return candidate
    return ""


def mood_of(text: str) -> Mood | None:
    """Return the mean mood of a text's known words; None where it has none."""
    moods = load_moods()
    found = [moods[word] for word in mood_words(text)]
    if not found:
        return None
    count = len(found)
    return Mood(
        sum(mood.valence for mood in found) / count,
        sum(mood.arousal for mood in found) / count,
        sum(mood.tension for mood in found) / count,
    )
