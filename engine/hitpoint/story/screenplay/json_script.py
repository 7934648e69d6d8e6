"""Screenplays as JSON with scenes, in the shapes in which programs and language models write them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hitpoint.model.errors import ScriptError
from hitpoint.story.screenplay.value import ScriptLine

_SCENE_LISTS = ("scenes", "screenplay", "script")
_HEADINGS = ("heading", "slugline", "scene_heading", "slug", "header", "title", "name", "location")
_ACTIONS = ("action", "actions", "description", "descriptions", "action_lines", "summary")
_SPEECHES = ("dialogue", "dialogues", "dialog", "lines", "speeches")
_ELEMENTS = ("elements", "content", "contents", "paragraphs", "beats")
_SPEAKERS = ("character", "speaker", "name", "who")
_WORDS = ("text", "line", "dialogue", "dialog", "content", "value", "words")
_KINDS = {
    "heading": "heading", "slugline": "heading", "scene_heading": "heading", "scene heading": "heading",
    "action": "action", "description": "action", "general": "action",
    "dialogue": "dialogue", "dialog": "dialogue", "speech": "dialogue", "transition": "transition",
}  # fmt: skip


def parse_json(text: str) -> tuple[str, Iterator[ScriptLine]]:
    """Return the title and the lines of a script; `ScriptError` says where in the JSON something has another form."""
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ScriptError(f"it is not valid JSON ({error})") from error
    scenes, where = document, ""
    while isinstance(scenes, Mapping) and not _first(scenes, _ELEMENTS + _ACTIONS + _SPEECHES):
        name = next((key for key in _SCENE_LISTS if key in scenes), None)
        if name is None:
            raise ScriptError(f"{where or 'it'} has no list of scenes; name it 'scenes'")
        scenes, where = scenes[name], name
    if isinstance(scenes, Mapping):
        scenes = [scenes]
    if not isinstance(scenes, list):
        raise ScriptError(f"{where or 'it'} is not a list of scenes")
    title = document.get("title") if isinstance(document, Mapping) else ""
    return title if isinstance(title, str) else "", _lines(scenes, where)


def _lines(scenes: list[Any], where: str) -> Iterator[ScriptLine]:
    for number, scene in enumerate(scenes):
        place = f"{where}[{number}]"
        if not isinstance(scene, Mapping):
            raise ScriptError(f"{place} is not a scene with a heading, action and dialogue")
        yield from _scene(scene, place)


def _scene(scene: Mapping[str, Any], place: str) -> Iterator[ScriptLine]:
    heading = _heading(scene)
    if heading:
        yield ScriptLine(kind="heading", text=heading)
    elements = _first(scene, _ELEMENTS)
    if elements is not None:
        if not isinstance(elements, list):
            raise ScriptError(f"{place}: its elements are not a list")
        name = _first(scene, _ELEMENTS, is_key=True)
        speaker = aside = ""
        for number, element in enumerate(elements):
            # Some programs write name and words as two elements.
            kind = str(element.get("type", "")).lower() if isinstance(element, Mapping) else ""
            if kind in ("character", "parenthetical"):
                words = next(_texts(_first(element, (*_WORDS, *_SPEAKERS)), f"{place}.{name}[{number}]"), "")
                speaker, aside = (words, "") if kind == "character" else (speaker, words.strip("()"))
                continue
            for line in _element(element, f"{place}.{name}[{number}]"):
                is_bare = line.kind == "dialogue" and not line.speaker
                yield replace(line, speaker=speaker, parenthetical=line.parenthetical or aside) if is_bare else line
        return
    for text in _texts(_first(scene, _ACTIONS), f"{place}.action"):
        yield ScriptLine(kind="action", text=text)
    speeches = _first(scene, _SPEECHES)
    if isinstance(speeches, Mapping):
        speeches = [{"character": name, "text": words} for name, words in speeches.items()]
    if speeches is not None and not isinstance(speeches, list):
        raise ScriptError(f"{place}: its dialogue is not a list")
    for number, speech in enumerate(speeches or ()):
        yield from _speech(speech, f"{place}.dialogue[{number}]")


def _heading(scene: Mapping[str, Any]) -> str:
    value = _first(scene, _HEADINGS)
    if isinstance(value, Mapping):
        parts = [value.get("int_ext") or value.get("interior"), value.get("place") or value.get("location")]
        value = " ".join(str(part) for part in parts if part)
        time = scene.get("time") or scene.get("time_of_day") or ""
        return f"{value} - {time}" if time else value
    if not isinstance(value, str):
        return ""
    sign, time = scene.get("int_ext") or scene.get("interior"), scene.get("time_of_day") or scene.get("time")
    heading = f"{sign}. {value}" if isinstance(sign, str) and sign.upper() not in value.upper() else value
    return " ".join(
        (f"{heading} - {time}" if isinstance(time, str) and time.upper() not in heading.upper() else heading).split()
    )


def _element(element: Any, place: str) -> Iterator[ScriptLine]:
    if isinstance(element, str):
        yield ScriptLine(kind="action", text=" ".join(element.split()))
        return
    if not isinstance(element, Mapping):
        raise ScriptError(f"{place} is neither a text nor an element with a type")
    kind = _KINDS.get(str(element.get("type", "")).lower())
    if kind == "dialogue" or (kind is None and _first(element, _SPEAKERS)):
        yield from _speech(element, place)
    elif kind is not None:
        for text in _texts(_first(element, (*_WORDS, *_ACTIONS)), place):
            yield ScriptLine(kind=kind, text=text)


def _speech(speech: Any, place: str) -> Iterator[ScriptLine]:
    if isinstance(speech, str):
        speaker, colon, words = speech.partition(":")
        if not colon:
            speaker, words = "", speech
        speech = {"character": speaker, "text": words}
    if not isinstance(speech, Mapping):
        raise ScriptError(f"{place} is not a line with a character and a text")
    speaker = str(_first(speech, _SPEAKERS) or "").split("(")[0].strip()
    aside = speech.get("parenthetical")
    for text in _texts(_first(speech, _WORDS), place):
        yield ScriptLine(
            kind="dialogue",
            text=text,
            speaker=speaker,
            parenthetical=aside.strip("()") if isinstance(aside, str) else "",
        )


def _texts(value: Any, place: str) -> Iterator[str]:
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, Mapping):
            text = _first(text, _WORDS)
        if text is not None and not isinstance(text, str):
            raise ScriptError(f"{place} is not a text")
        if text and text.strip():
            yield " ".join(text.split())


def _first(values: Mapping[str, Any], names: tuple[str, ...], *, is_key: bool = False) -> Any:
    """Return the first value there is of several names, or its name."""
    return next((name if is_key else values[name] for name in names if values.get(name) not in (None, "", [])), None)
