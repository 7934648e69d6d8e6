"""Named feelings in a text, and hints at its genre: by word lists, and by what the affect model says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from hitpoint.model.errors import SettingError
from hitpoint.perception.words.affect import read_affect
from hitpoint.perception.words.negation import is_negated
from hitpoint.perception.words.tokens import spoken_text
from hitpoint.resources import load_toml, resources_folder

EMOTIONS = ("joy", "sadness", "anger", "fear", "tension", "tenderness", "wonder", "triumph")

#: The last letter of such words is doubled: hug, hugged.
_SHORT_VOWEL = re.compile(r"^[^aeiou]*[aeiou][bdgmnprt]$")
#: "I am not at all happy": words between a negation and the feeling that it turns off.
_REACH_WORDS = 2
#: One word of a label makes it this sure; each further one adds half of what is missing.
_ONE_WORD = 0.45
#: Labels as directions of valence, arousal and dominance (our own reading of the circumplex, Russell 1980).
_DIRECTIONS = {
    "joy": (0.8, 0.5, 0.3), "sadness": (-0.8, -0.3, -0.4), "anger": (-0.6, 0.7, 0.4), "fear": (-0.6, 0.7, -0.6),
    "tension": (-0.3, 0.5, -0.1), "tenderness": (0.7, -0.3, 0.0), "wonder": (0.6, 0.3, -0.1),
    "triumph": (0.7, 0.7, 0.7),
}  # fmt: skip
#: How much the affect model alone can make of a label, and how far it doubts one that words name.
_AFFECT_SHARE, _DOUBT = 0.35, 0.5
_LEAST = 0.1


def label_emotions(text: str) -> dict[str, float]:
    """Return the feelings in a text, 0..1 by label of `EMOTIONS`, those above 0.1 only."""
    spoken = spoken_text(text)
    if not spoken:
        return {}
    affect = read_affect([text])[0]
    found = {}
    for label, pattern in _patterns().items():
        words = sum(
            not is_negated(spoken, match.start(), reach_words=_REACH_WORDS) for match in pattern.finditer(spoken)
        )
        named = 1 - (1 - _ONE_WORD) * 0.5 ** (words - 1) if words else 0.0
        direction = _DIRECTIONS[label]
        length = sum(value * value for value in direction) ** 0.5
        likeness = sum(float(a) * d for a, d in zip(affect, direction, strict=True)) / length
        sureness = named * (1 - _DOUBT * max(0.0, -likeness)) + _AFFECT_SHARE * max(0.0, likeness) * (1 - named)
        if sureness > _LEAST:
            found[label] = round(min(1.0, sureness), 3)
    return found


def genre_hints(texts: Sequence[str]) -> dict[str, float]:
    """Return the share of each genre's words among all genre words of the texts; sums to 1, or is empty."""
    counts: dict[str, float] = {}
    spoken = [spoken_text(text) for text in texts]
    for genre, pattern in _genre_patterns().items():
        distinct = {match[0] for text in spoken for match in pattern.finditer(text)}
        total = sum(len(pattern.findall(text)) for text in spoken)
        if total:
            counts[genre] = len(distinct) + total**0.5  # one word said a hundred times is no genre
    whole = sum(counts.values())
    return {genre: round(count / whole, 4) for genre, count in sorted(counts.items(), key=lambda row: -row[1])}


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    path = resources_folder() / "affect" / "emotions.toml"
    table = load_toml(path)
    if set(table) != set(EMOTIONS):
        raise SettingError(f"{path}: needs a section for each of {', '.join(EMOTIONS)}")
    return {label: _any_of(table[label]["words"]) for label in EMOTIONS}


@cache
def _genre_patterns() -> dict[str, re.Pattern[str]]:
    return {genre: _any_of(words) for genre, words in load_toml(resources_folder() / "affect" / "genres.toml").items()}


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{'|'.join(_forms(word) for word in words)})(?!\w)")


def _forms(word: str) -> str:
    """Return a pattern for a listed word with its English endings; "=" before it allows a plural only."""
    if " " in word:
        return re.escape(word)
    plain = re.escape(word.removeprefix("="))
    if word.startswith("="):
        return f"{plain}(?:'?s)?"
    forms = [f"{plain}(?:'?s|es|ed|ing|ly|ful|fully|ness)?"]
    if word.endswith("e"):
        forms += [f"{plain}d", f"{plain[:-1]}ing"]
    elif word.endswith("y"):
        forms.append(f"{plain[:-1]}(?:ies|ied|ier|ily|iness)")
    elif _SHORT_VOWEL.search(word):
        forms.append(f"{plain}{plain[-1]}(?:ed|ing|er)")
    return "|".join(forms)
