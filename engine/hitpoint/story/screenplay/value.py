"""A screenplay as lines and scenes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hitpoint.story.screenplay.headings import interior_in, place_in, time_of_day_in

_EXTENSION = re.compile(r" ?\([^()]*\)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLine:
    """One element of a script.

    Attributes
    ----------
    kind : "heading", "action", "dialogue" or "transition"
    text : str
    speaker, parenthetical : str
        On dialogue; the parenthetical without its brackets.
    scene : int
        The index of its scene; a `Screenplay` sets it.
    """

    kind: str
    text: str
    speaker: str = ""
    parenthetical: str = ""
    scene: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What lies under one heading.

    Attributes
    ----------
    index : int
        From 0; what comes before the first heading is a scene without one.
    heading : str
        As written, without scene numbers.
    interior : str
        "INT", "EXT", "INT/EXT" or "".
    place : str
    time_of_day : str
        "day", "night", "dawn", "dusk", "continuous", "later" or "".
    characters : tuple of str
        Who speaks, in order of appearance, in capitals and without (V.O.) and its like.
    first_line, last_line : int
        Inclusive, of the screenplay's lines; the heading is the first.
    """

    index: int
    heading: str
    interior: str
    place: str
    time_of_day: str
    characters: tuple[str, ...]
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Screenplay:
    """All lines of a script in order, and its scenes."""

    path: Path
    lines: tuple[ScriptLine, ...]
    title: str = ""
    scenes: tuple[Scene, ...] = field(init=False)

    def __post_init__(self) -> None:
        scenes = _scenes(self.lines)
        numbers = [scene.index for scene in scenes for _ in range(scene.first_line, scene.last_line + 1)]
        lines = tuple(
            line if line.scene == number else replace(line, scene=number)
            for line, number in zip(self.lines, numbers, strict=True)
        )
        object.__setattr__(self, "lines", lines)
        object.__setattr__(self, "scenes", scenes)


def _scenes(lines: Sequence[ScriptLine]) -> tuple[Scene, ...]:
    starts = [index for index, line in enumerate(lines) if line.kind == "heading"]
    if lines and (not starts or starts[0] > 0):
        starts.insert(0, 0)
    scenes = []
    for number, (first, following) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True)):
        heading = lines[first].text if lines[first].kind == "heading" else ""
        speakers = (_EXTENSION.sub("", line.speaker).strip().upper() for line in lines[first:following] if line.speaker)
        scenes.append(
            Scene(
                index=number,
                heading=heading,
                interior=interior_in(heading),
                place=place_in(heading),
                time_of_day=time_of_day_in(heading),
                characters=tuple(dict.fromkeys(speaker for speaker in speakers if speaker)),
                first_line=first,
                last_line=following - 1,
            )
        )
    return tuple(scenes)
