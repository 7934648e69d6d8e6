"""Words and what they feel like: a small hand-made lexicon, resources/mood_words.toml."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from hitpoint.model.errors import SettingError
from hitpoint.resources import load_toml, resources_folder

#: Tension of a text that says nothing about it.
NEUTRAL_TENSION = 0.3

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ENDINGS = ("s", "ed", "ing", "ly", "d", "er", "y")
_NEGATIONS = frozenset({"not", "no", "less", "without", "never", "nicht", "kein", "weniger", "pas", "moins", "menos"})
#: Words that may stand between a negation and what it negates: "not so sad".
_BETWEEN = frozenset({"so", "too", "that", "very", "as", "all", "more"})
#: A negated word counts this much the other way: "not sad" is not quite happy.
_NEGATED_SHARE = -0.4


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
        try:
            valence, arousal, tension = (float(value) for value in values)
        except (TypeError, ValueError) as error:
            raise SettingError(f"{path}: {word!r} needs three numbers: valence, arousal, tension") from error
        if not (abs(valence) <= 1 and abs(arousal) <= 1 and 0 <= tension <= 1):
            raise SettingError(f"{path}: {word!r} must lie in -1..1, -1..1, 0..1")
        moods[word] = Mood(valence, arousal, tension)
    return moods


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, Unicode-normalised."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("’", "'"))


@lru_cache(maxsize=8192)
def known_word(word: str) -> str:
    """Return a lower-case word as the lexicon writes it ("chases" is "chase"); "" where it does not know it."""
    moods = load_moods()
    if word in moods:
        return word
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            for candidate in (stem, stem + "e", stem[:-1] if stem[-1] == stem[-2] else stem):
                if candidate in moods:
                    return candidate
    return ""


def mood_words(text: str) -> list[str]:
    """Return the words of a text that the lexicon knows, as it writes them, without those that are negated."""
    return [word for word, is_negated in _found(text) if not is_negated]


def mood_of(text: str) -> Mood | None:
    """Return the mean mood of a text's known words; None where it has none. "Not sad" counts a little the other way."""
    moods = load_moods()
    found = []
    for word, is_negated in _found(text):
        mood, share = moods[word], _NEGATED_SHARE if is_negated else 1.0
        tension = NEUTRAL_TENSION + share * (mood.tension - NEUTRAL_TENSION)
        found.append((share * mood.valence, share * mood.arousal, tension))
    if not found:
        return None
    valence, arousal, tension = (sum(values) / len(found) for values in zip(*found, strict=True))
    return Mood(valence, arousal, min(1.0, max(0.0, tension)))


def _found(text: str) -> list[tuple[str, bool]]:
    """Return the known words of a text in order, each with whether it is negated."""
    found = []
    is_negated = False
    for word in words_of(text):
        known = known_word(word)
        if word in _NEGATIONS or word.endswith("n't"):
            is_negated = True
        elif known:
            found.append((known, is_negated))
            is_negated = False
        elif word not in _BETWEEN:
            is_negated = False
    return found
