"""A screenplay as lines and scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hitpoint.story.screenplay.headings import interior_in, place_in, time_of_day_in


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLine:
    """One element: `kind` is "heading", "action" or "dialogue"; `speaker` and `parenthetical` on dialogue."""

    kind: str
    text: str
    speaker: str = ""
    parenthetical: str = ""


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
        Who speaks, in order of appearance.
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
        object.__setattr__(self, "scenes", _scenes(self.lines))


def _scenes(lines: Sequence[ScriptLine]) -> tuple[Scene, ...]:
    starts = [index for index, line in enumerate(lines) if line.kind == "heading"]
    if lines and (not starts or starts[0] > 0):
        starts.insert(0, 0)
    scenes = []
    for number, (first, following) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True)):
        heading = lines[first].text if lines[first].kind == "heading" else ""
        speakers = (line.speaker for line in lines[first:following] if line.speaker)
        scenes.append(
            Scene(
                index=number,
                heading=heading,
                interior=interior_in(heading),
                place=place_in(heading),
                time_of_day=time_of_day_in(heading),
                characters=tuple(dict.fromkeys(speakers)),
                first_line=first,
                last_line=following - 1,
            )
        )
    return tuple(scenes)
