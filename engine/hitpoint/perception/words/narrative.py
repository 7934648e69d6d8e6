"""What a line tells outright: a threat, a death, a reunion, a reveal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from hitpoint.model.errors import SettingError
from hitpoint.perception.words.tokens import spoken_text
from hitpoint.resources import load_toml, resources_folder

NARRATIVE_KINDS = (
    "threat", "death", "reunion", "reveal", "chase", "fight", "love", "farewell", "victory", "discovery", "arrival",
    "joke",
)  # fmt: skip

#: "nobody was killed", "he is not dead"
_NEGATED = re.compile(r"(?:\bnot|\bno|\bnobody|\bnever|\bwithout|n't)(?:\s+\w+)?\s*$")
#: These begin with a negation of their own.
_EACH_FURTHER = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrativeCue:
    """`kind` is one of `NARRATIVE_KINDS`, `weight` lies in 0..1, `phrase` are the words that told it."""

    kind: str
    weight: float
    phrase: str


def narrative_cues(text: str) -> tuple[NarrativeCue, ...]:
    """Return what a line tells, each kind once, the heaviest first."""
    spoken = spoken_text(text)
    found = []
    for kind, (weight, pattern) in _patterns().items():
        matches = [m for m in pattern.finditer(spoken) if not _is_negated(spoken, m)]
        if matches:
            sureness = 1 - (1 - weight) * _EACH_FURTHER ** (len(matches) - 1)
            found.append(NarrativeCue(kind=kind, weight=round(sureness, 3), phrase=matches[0][0]))
    return tuple(sorted(found, key=lambda cue: (-cue.weight, NARRATIVE_KINDS.index(cue.kind))))


def _is_negated(spoken: str, match: re.Match[str]) -> bool:
    if _NEGATED.search(spoken[: match.start()]):
        return True
    return " not " in match[0] and match[0].startswith(("is ", "are ", "was ", "were "))


@cache
def _patterns() -> dict[str, tuple[float, re.Pattern[str]]]:
    path = resources_folder() / "affect" / "narrative.toml"
    table = load_toml(path)
    try:
        return {
            kind: (
                float(table[kind]["weight"]),
                re.compile(rf"(?<![\w'])(?:{'|'.join(table[kind]['patterns'])})(?![\w'])"),
            )
            for kind in NARRATIVE_KINDS
        }
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise SettingError(f"{path}: a section has the wrong form ({error}); mend it") from error
