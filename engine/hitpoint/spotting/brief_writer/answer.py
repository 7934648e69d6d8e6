"""What a language model answers, checked: it can change the values of one brief, and nothing else."""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hitpoint.model.spotting import BRIEF_SHAPES, CUE_FUNCTIONS, Brief
from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.request import BriefRequest
from hitpoint.spotting.briefs_reader import read_key
from hitpoint.spotting.instrument_names import instrument_named
from hitpoint.story.marker_table import normalise
from hitpoint.story.shape import brief_shape
from hitpoint.story.words import TEMPO_RANGE_BPM, key_in, tempo_in

_TEXTS = ("style", "function", "mood", "key", "shape", "notes")
_LISTS = ("instruments", "avoid", "intensity")
_LINES = (*_TEXTS, "tempo_bpm", *_LISTS)
_LONGEST_MOOD, _LONGEST_NOTES, _MOST_NAMES, _MOST_POINTS = 160, 400, 24, 32
#: How alike an unknown style must be to be taken for a known one, 0..1.
_ALIKE = 0.6
#: A tempo outside the range of its style widens the range by this.
_TEMPO_ROOM = 0.06
#: So many braces are tried as the start of an object.
_MOST_BRACES = 50


class AnswerError(Exception):
    """The answer is no brief; `str(error)` goes on "the language model …"."""


def read_answer(content: str, request: BriefRequest) -> tuple[Brief, tuple[str, ...]]:
    """Return the brief in an answer, and sentence parts about what was not taken from it.

    What the editor has said himself (a style, a key, a tempo, a shape) stays as he said it. A line that is missing is
    the built-in writer's; one of the wrong type makes the whole answer worthless: `AnswerError`.
    """
    answer = _checked(_first_object(content))
    notes: list[str] = []
    brief = BuiltinWriter().write(replace(request, style=request.style or _style(answer, request, notes)))
    said = {direction.kind: direction.value for direction in request.opening}
    values: dict[str, Any] = {}
    if not (said.get("key") or key_in(request.brief_text)) and "key" in answer:
        key = read_key(answer["key"], request.palettes)
        if key:
            values["key"], values["is_key_open"] = key, False
        else:
            notes.append(f"asked for a key {_shown(answer['key'])}, which is none")
    if not (said.get("tempo") or tempo_in(normalise(request.brief_text))).endswith("bpm") and "tempo_bpm" in answer:
        values |= _tempo(answer["tempo_bpm"], brief, notes)
    if not (brief_shape(request.brief_text) or request.reaches_its_goal):
        values |= _choice(answer, "shape", BRIEF_SHAPES, notes)
    values |= _choice(answer, "function", CUE_FUNCTIONS, notes)
    for line, longest in (("mood", _LONGEST_MOOD), ("notes", _LONGEST_NOTES)):
        if _plain(answer.get(line, ""), longest):
            values[line] = _plain(answer[line], longest)
    avoid = _instruments(answer.get("avoid", ()), notes)
    wanted = [name for name in _instruments(answer.get("instruments", ()), notes) if name not in avoid]
    values |= {"avoid": tuple(avoid), "instruments": tuple(wanted)}
    points = _intensity(answer.get("intensity", ()))
    if points:
        values["intensity"] = points
    return replace(brief, **values), tuple(notes)


def _first_object(content: str) -> dict[str, Any]:
    """Return the first JSON object that says anything of a brief, wherever it stands in the text."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    start = content.find("{")
    for _ in range(_MOST_BRACES):
        if start < 0:
            break
        try:
            found, end = decoder.raw_decode(content, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if isinstance(found, dict) and found.keys() & set(_LINES):
                return found
        start = content.find("{", end)
    raise AnswerError("answered with something that is not a brief in JSON")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the known lines that say something, each of its type."""
    given = {line: answer[line] for line in _LINES if answer.get(line) is not None}
    for line, value in given.items():
        if line in _TEXTS:
            is_right = isinstance(value, str)
        elif line == "tempo_bpm":
            is_right = _is_number(value)
        elif line == "intensity":
            is_right = isinstance(value, list) and all(
                isinstance(point, dict) and _is_number(point.get("percent")) and _is_number(point.get("level"))
                for point in value
            )
        else:
            is_right = isinstance(value, list) and all(isinstance(name, str) for name in value)
        if not is_right:
            raise AnswerError(f"answered with a wrong {line}")
    return given


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _style(answer: dict[str, Any], request: BriefRequest, notes: list[str]) -> str | None:
    """Return the style that an answer means, None for the built-in writer's."""
    asked = answer.get("style", "")
    if asked in request.palettes or not asked.strip():
        return asked.strip() or None
    names = {name.casefold(): name for name in request.palettes}
    names |= {palette.name.casefold(): name for name, palette in request.palettes.items()}
    near = difflib.get_close_matches(asked[:100].strip().casefold(), names, n=1, cutoff=_ALIKE)
    taken = names[near[0]] if near else None
    instead = f"so {taken} was taken" if taken else "so the scene's own was taken"
    notes.append(f"asked for a style {_shown(asked)}, which does not exist, {instead}")
    return taken


def _tempo(asked: float, brief: Brief, notes: list[str]) -> dict[str, Any]:
    lowest, highest = TEMPO_RANGE_BPM
    if not lowest <= asked <= highest:
        notes.append(f"asked for a tempo of {_shown(asked)} bpm, which is not between {lowest:g} and {highest:g}")
        return {}
    tempo_bpm = round(float(asked), 2)
    low, high = brief.tempo_range_bpm
    if not low <= tempo_bpm <= high:
        low, high = min(low, tempo_bpm * (1 - _TEMPO_ROOM)), max(high, tempo_bpm * (1 + _TEMPO_ROOM))
    return {"tempo_bpm": tempo_bpm, "tempo_range_bpm": (low, high)}


def _choice(answer: dict[str, Any], line: str, choices: Sequence[str], notes: list[str]) -> dict[str, str]:
    asked = answer.get(line, "").strip().casefold()
    if asked in choices:
        return {line: asked}
    if asked:
        notes.append(f"asked for a {line} {_shown(asked)}, which does not exist")
    return {}


def _instruments(asked: Sequence[str], notes: list[str]) -> list[str]:
    """Return the instruments that exist, each once; the others are told."""
    named = {word: instrument_named(word[:100]) for word in dict.fromkeys(asked[:_MOST_NAMES])}
    unknown = [_shown(word) for word, name in named.items() if not name]
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        notes.append(f"named {', '.join(unknown[:3])}{more}, which we do not have")
    return list(dict.fromkeys(name for name in named.values() if name))


def _intensity(asked: Sequence[dict[str, Any]]) -> tuple[tuple[float, float], ...]:
    """Return the points of a line, rising in time, everything brought into 0..1; a second point at once is dropped."""
    points: dict[float, float] = {}
    for point in asked[:_MOST_POINTS]:
        share = round(min(100.0, max(0.0, point["percent"])) / 100, 4)
        points.setdefault(share, round(float(min(1.0, max(0.0, point["level"]))), 4))
    return tuple(sorted(points.items()))


def _plain(text: str, longest: int) -> str:
    """Return a text on one line, without control and direction signs."""
    letters = (" " if letter.isspace() else letter for letter in text[: 10 * longest])
    plain = " ".join("".join(x for x in letters if x == " " or unicodedata.category(x)[0] != "C").split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _shown(value: Any) -> str:
    """Return what was asked for, for a sentence: short, and without signs that could change the sentence."""
    return repr(_plain(value, 40)) if isinstance(value, str) else f"{str(value)[:12]}"
