"""What a line tells outright: a threat, a death, a reunion, a reveal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from hitpoint.model.errors import SettingError
from hitpoint.perception.words.negation import is_negated
from hitpoint.perception.words.tokens import spoken_text
from hitpoint.resources import load_toml, resources_folder

NARRATIVE_KINDS = (
    "threat", "death", "reunion", "reveal", "chase", "fight", "love", "farewell", "victory", "discovery", "arrival",
    "joke",
)  # fmt: skip

#: Each further match leaves this share of the doubt.
_DOUBT_LEFT = 0.5
#: "nobody was killed", "we didn't win": words between a negation and what it turns off.
_REACH_WORDS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrativeCue:
    """`kind` is one of `NARRATIVE_KINDS`, `weight` lies in 0..1, `phrase` are the words that told it."""

    kind: str
    weight: float
    phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How one kind is told: by `strong` or `weak` words, those of `unless` left out; each with its weight in 0..1."""

    weight: float
    strong: re.Pattern[str]
    weak_weight: float
    weak: re.Pattern[str]
    unless: re.Pattern[str]


def narrative_cues(text: str) -> tuple[NarrativeCue, ...]:
    """Return what a line tells, each kind once, the heaviest first."""
    spoken = spoken_text(text)
    found = []
    for name, kind in _kinds().items():
        barred = [match.span() for match in kind.unless.finditer(spoken)]
        strong = _told(spoken, kind.strong, barred)
        told = strong + _told(spoken, kind.weak, [*barred, *(match.span() for match in strong)])
        if told:
            weight = kind.weight if strong else kind.weak_weight
            sureness = 1 - (1 - weight) * _DOUBT_LEFT ** (len(told) - 1)
            found.append(NarrativeCue(kind=name, weight=round(sureness, 3), phrase=told[0][0].strip(" \"'“”.,")))
    return tuple(sorted(found, key=lambda cue: (-cue.weight, NARRATIVE_KINDS.index(cue.kind))))


def _told(spoken: str, pattern: re.Pattern[str], barred: Sequence[tuple[int, int]]) -> list[re.Match[str]]:
    """Return the matches that share no letter with a barred span, and that no negation turns off."""
    return [
        match
        for match in pattern.finditer(spoken)
        if not any(start < match.end() and match.start() < end for start, end in barred)
        and not is_negated(spoken, match.start(), reach_words=_REACH_WORDS)
    ]


@cache
def _kinds() -> dict[str, _Kind]:
    path = resources_folder() / "affect" / "narrative.toml"
    table = load_toml(path)
    try:
        short = table["short"]
        return {
            name: _Kind(
                weight=float(table[name]["weight"]),
                strong=_any_of(table[name]["patterns"], short),
                weak_weight=float(table[name]["weak_weight"]),
                weak=_any_of(table[name]["weak"], short),
                unless=_any_of(table[name]["unless"], short),
            )
            for name in NARRATIVE_KINDS
        }
    except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
        raise SettingError(f"{path}: a section has the wrong form ({error}); mend it") from error


def _any_of(patterns: Sequence[str], short: Mapping[str, str]) -> re.Pattern[str]:
    """Return one pattern for any of these, at word borders, the capitals in them written out."""
    names = sorted(short, key=lambda name: (-len(name), name))
    written = re.sub("|".join(names), lambda name: short[name[0]], "|".join(f"(?:{pattern})" for pattern in patterns))
    return re.compile(rf"(?<![\w'])(?:{written})(?![\w'])")
