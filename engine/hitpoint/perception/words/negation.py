"""What "not", "never" and "nobody" do to the words after them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

#: So many words after a negation may still be negated: "I don't think he is happy".
_REACH_WORDS = 4

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[!?]|--|[,.;:…—–()\"“”]")
_NEGATIONS = frozenset(
    ("not", "no", "never", "nobody", "nothing", "neither", "nor", "without", "cannot", "none", "hardly")
)
_MAY_NEGATE = re.compile(r"n't\b|\b(?:" + "|".join(sorted(_NEGATIONS)) + r")\b")
#: What is left of a negated verb: "won't be" is "will be". Others lose their n't.
_AFFIRMED = {"can't": "can", "cannot": "can", "won't": "will", "shan't": "shall", "ain't": "is", "without": "with"}
#: After these a negation is none: "isn't it lovely", "no, I love you".
_PRONOUNS = frozenset(("i", "you", "he", "she", "it", "we", "they", "this", "that", "there"))
_TAKES_PRONOUNS = frozenset(("without", "nothing"))
#: A new thought begins here: "I don't know why I'm so sad".
_BORDERS = frozenset(
    ("but", "because", "if", "why", "how", "when", "who", "what", "until", "unless", "although", "though", "while")
)
_IDIOMS = frozenset(
    (first, second)
    for first, seconds in {
        "not": ("only", "just"),
        "no": ("doubt", "wonder", "matter"),
        "can't": ("wait", "believe", "help"),
        "cannot": ("wait", "believe", "help"),
        "couldn't": ("help", "wait", "believe"),
    }.items()
    for second in seconds
)
#: "I have never been so happy", "I couldn't be happier": more of it, not less.
_SUPERLATIVE = frozenset(("never", "couldn't", "can't", "nothing"))
_MORE = frozenset(("so", "such", "more", "this", "as", "better", "happier", "worse", "prouder", "sadder"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Negated:
    """A text with negated words, as lists of words: what it would say affirmed, and without the negated words."""

    affirmed: tuple[str, ...]
    without: tuple[str, ...]


def negated(spoken: str, *, is_strong: Callable[[str], bool]) -> Negated | None:
    """Return what a text of `spoken_text` negates; None where it negates no word that `is_strong`."""
    if not _MAY_NEGATE.search(spoken):
        return None
    tokens = _TOKEN.findall(spoken)
    targets: dict[int, int] = {}
    for place, token in enumerate(tokens):
        target = _target(tokens, place, is_strong) if _is_negation(token) else None
        if target is not None:
            targets[place] = target
    if not targets:
        return None
    affirmed = [(n, _affirmed(token) if n in targets else token) for n, token in enumerate(tokens)]
    kept = [(n, word) for n, word in affirmed if word and (word[0].isalpha() or word in "!?")]
    dropped = {*targets, *targets.values()}
    return Negated(
        affirmed=tuple(word for _, word in kept), without=tuple(word for n, word in kept if n not in dropped)
    )


def is_negated(spoken: str, start: int, *, reach_words: int) -> bool:
    """Return whether a negation stands up to `reach_words` words before the character `start` of a `spoken_text`."""
    tokens = _TOKEN.findall(spoken[max(0, start - 80) : start])  # 80 characters hold more words than any reach
    for place in range(len(tokens) - 1, max(-1, len(tokens) - 2 - reach_words), -1):
        token = tokens[place]
        if not token[0].isalpha() or token in _BORDERS:
            return False
        if _is_negation(token):
            between = tokens[place + 1 :]
            after = between or _TOKEN.findall(spoken[start : start + 20])
            return not (_is_idle(token, after) or (token in _SUPERLATIVE and not _MORE.isdisjoint(between)))
    return False


def _is_negation(token: str) -> bool:
    return token in _NEGATIONS or token.endswith("n't")


def _is_idle(token: str, after: list[str]) -> bool:
    """Return whether a negation negates nothing: a question's, an idiom's, or a plain "no"."""
    if not after:
        return False
    return (token, after[0]) in _IDIOMS or (after[0] in _PRONOUNS and token not in _TAKES_PRONOUNS)


def _target(tokens: list[str], place: int, is_strong: Callable[[str], bool]) -> int | None:
    token = tokens[place]
    if _is_idle(token, tokens[place + 1 : place + 2]):
        return None
    for at in range(place + 1, min(len(tokens), place + 1 + _REACH_WORDS)):
        word = tokens[at]
        if not word[0].isalpha() or word in _BORDERS or _is_negation(word):
            return None
        if word in _MORE and token in _SUPERLATIVE:
            return None
        if is_strong(word):
            return at
    return None


def _affirmed(token: str) -> str:
    return _AFFIRMED.get(token, token.removesuffix("n't") if token.endswith("n't") else "")
