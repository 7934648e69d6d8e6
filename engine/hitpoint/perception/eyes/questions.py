"""What the eyes are asked: classes and their wordings, resources/eyes.toml."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hitpoint.model.errors import SettingError
from hitpoint.resources import load_toml, resources_folder

#: Groups in which one class is true, and what of each the rest of the house counts on.
CHOICES = ("emotion", "setting", "light", "place", "scale", "people")
#: A group in which any number is true, and one of two ends.
CONTAINS, AESTHETICS = "contains", "aesthetics"
#: The class of `contains` that stands for "none of these"; the emotion that says nothing.
NOTHING, NEUTRAL = "nothing", "neutral"
_MEANINGS = ("exterior", "night", "closeness")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One class of a group.

    Attributes
    ----------
    prompts : tuple of str
        Sentences whose embeddings are averaged.
    meaning : mapping
        What it stands for: valence, arousal, tension -1..1 (emotions); exterior, night, closeness 0..1.
    """

    name: str
    prompts: tuple[str, ...]
    meaning: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """All groups by name, each with its classes in order."""

    groups: Mapping[str, tuple[Choice, ...]]

    @property
    def prompts(self) -> tuple[str, ...]:
        """All sentences, group by group, class by class."""
        return tuple(prompt for choices in self.groups.values() for choice in choices for prompt in choice.prompts)

    @property
    def key(self) -> str:
        """What tells these sentences from others."""
        named = [[name, [[c.name, c.prompts] for c in choices]] for name, choices in self.groups.items()]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()


@cache
def load_questions() -> Questions:
    """Return the questions of resources/eyes.toml."""
    path = resources_folder() / "eyes.toml"
    return questions_of(load_toml(path), path)


def questions_of(table: Mapping[str, Any], path: Path) -> Questions:
    """Check a table of questions; `SettingError` names what is wrong in it."""
    wanted = (*CHOICES, CONTAINS, AESTHETICS)
    if set(table) != set(wanted):
        raise SettingError(f"{path}: needs exactly the groups {', '.join(wanted)}")
    groups = {name: _group(name, table[name], path) for name in wanted}
    if NEUTRAL not in {choice.name for choice in groups["emotion"]}:
        raise SettingError(f"{path}: [emotion] needs a class {NEUTRAL!r}")
    if groups[CONTAINS][0].name != NOTHING:
        raise SettingError(f"{path}: the first class of [{CONTAINS}] must be {NOTHING!r}")
    if len(groups[AESTHETICS]) != 2:
        raise SettingError(f"{path}: [{AESTHETICS}] needs two classes, the good one first")
    return Questions(groups=groups)


def _group(name: str, row: Mapping[str, Any], path: Path) -> tuple[Choice, ...]:
    where = f"{path}: [{name}]"
    templates = row.get("templates")
    if not isinstance(templates, list) or not templates or not all(str(text).count("{}") == 1 for text in templates):
        raise SettingError(f"{where} templates: a list of sentences is needed, each with {{}} in it once")
    choices = []
    for class_name, asked in row.get("classes", {}).items():
        try:
            says = [str(text) for text in asked["says"]]
            meaning = _affect(asked) if name == "emotion" else {k: float(asked[k]) for k in _MEANINGS if k in asked}
        except (KeyError, TypeError, ValueError) as error:
            raise SettingError(f"{where} {class_name}: a line is missing or has the wrong form ({error})") from error
        if not says or not all(-1.0 <= value <= 1.0 for value in meaning.values()):
            raise SettingError(f"{where} {class_name}: needs wordings, and its numbers within their ranges")
        prompts = tuple(str(template).format(text) for template in templates for text in says)
        choices.append(Choice(name=class_name, prompts=prompts, meaning=meaning))
    if len(choices) < 2:
        raise SettingError(f"{where} needs two classes or more")
    return tuple(choices)


def _affect(asked: Mapping[str, Any]) -> dict[str, float]:
    """Return valence and arousal from an angle on the circumplex and a strength; tension as it stands."""
    angle, strength = math.radians(float(asked["degrees"])), float(asked["strength"])
    return {
        "valence": strength * math.cos(angle),
        "arousal": strength * math.sin(angle),
        "tension": float(asked["tension"]),
    }
