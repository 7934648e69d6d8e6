"""Reads a screenplay: Fountain, Final Draft FDX, plain text, JSON."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hitpoint.model.errors import ScriptError
from hitpoint.story.screenplay.fountain import parse_fountain
from hitpoint.story.screenplay.headings import without_numbers
from hitpoint.story.screenplay.json_script import parse_json
from hitpoint.story.screenplay.plain import is_indented, parse_indented, text_of_page
from hitpoint.story.screenplay.value import Screenplay, ScriptLine

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_KNOWN_BINARIES = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a packed document (Word, Fade In, Highland)",
    b"\xd0\xcf\x11\xe0": "an old Word document",
    b"{\\rtf": "an RTF document",
}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MANY_EMPTY_LINES = re.compile(r"\n{4,}")
_LOOKS_LIKE_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*\{)')  # a note in Fountain begins with [[
_FDX_KINDS = {
    "Scene Heading": "heading",
    "Action": "action",
    "General": "action",
    "Shot": "action",  # a shot lies within a scene
    "Transition": "transition",
}


def read_screenplay(path: Path) -> Screenplay:
    """Read a script; `ScriptError` in one sentence for what cannot be read.

    Plain text is read by its columns where it has them (`plain`), else as Fountain: upper-case names over lines, INT.
    and EXT. headings. JSON is read in its usual shapes (`json_script`). The time grows as the text does.
    """
    text = _read_text(path)
    try:
        title, found = _parse(text, path.suffix.lower())
        lines = tuple(found)
    except ScriptError as error:
        raise ScriptError(f"{path} cannot be read as a screenplay: {error}") from error
    except Exception as error:  # the parsers raise whatever a damaged file makes them raise
        raise ScriptError(
            f"{path} cannot be read as a screenplay ({error}); save it again as Fountain or FDX"
        ) from error
    if not lines:
        raise ScriptError(
            f"{path} holds no scene, action or dialogue; give a .fountain, .fdx, .txt or .json screenplay"
        )
    return Screenplay(path=path, lines=lines, title=title)


def _parse(text: str, suffix: str) -> tuple[str, Iterator[ScriptLine]]:
    """Return the title and the lines."""
    if suffix == ".fdx" or "<FinalDraft" in text[:2000]:
        return _parse_fdx(text)
    if suffix == ".json" or _LOOKS_LIKE_JSON.match(text):
        return parse_json(text)
    if suffix != ".fountain":
        text = text_of_page(text)
        if is_indented(text):
            return "", parse_indented(text)
        text = "\n".join(map(str.rstrip, text.splitlines()))  # spaces on an empty line mean something in Fountain only
    return parse_fountain(text)


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScriptError(f"cannot read the screenplay {path} ({error.strerror}); check the path") from error
    for sign, what in _KNOWN_BINARIES.items():
        if content.startswith(sign):
            raise ScriptError(f"{path} is {what}; export the screenplay as .fountain, .fdx or .txt")
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        text = str(from_bytes(content).best() or "\x00")
    if "\x00" in text:
        raise ScriptError(f"{path} is not a text; give the screenplay as .fountain, .fdx or .txt")
    return _MANY_EMPTY_LINES.sub("\n\n\n", text.lstrip("\ufeff"))


def _parse_fdx(text: str) -> tuple[str, Iterator[ScriptLine]]:
    import xml.etree.ElementTree as ElementTree

    if "<!ENTITY" in text:
        raise ScriptError("it declares XML entities, which no screenplay needs")
    decoded = ElementTree.XMLParser(encoding="utf-8")  # whatever encoding the file declares: the text is decoded
    root = ElementTree.fromstring(text[text.index("<") :].encode("utf-8"), parser=decoded)
    if root.tag != "FinalDraft" or root.find("Content") is None:
        raise ScriptError("it is XML, but not a Final Draft document")
    page = (_text_in(paragraph) for paragraph in root.iterfind("TitlePage/Content/Paragraph"))
    return next((words for words in page if words), ""), _fdx_lines(root)


def _fdx_lines(root: Element) -> Iterator[ScriptLine]:
    speaker = aside = ""
    for paragraph in root.iterfind("Content//Paragraph"):
        words = _text_in(paragraph)
        kind = paragraph.get("Type", "Action")
        if kind == "Character":
            speaker, aside = _name(words), ""
        elif kind == "Parenthetical":
            aside = words.strip("()")
        elif words and kind in ("Dialogue", "Singing", "Lyrics"):
            yield ScriptLine(kind="dialogue", text=words, speaker=speaker, parenthetical=aside)
        elif words and kind in _FDX_KINDS:
            line_kind = _FDX_KINDS[kind]
            yield ScriptLine(kind=line_kind, text=without_numbers(words) if line_kind == "heading" else words)


def _text_in(paragraph: Element) -> str:
    return " ".join("".join(run.text or "" for run in paragraph.findall("Text")).split())


def _name(text: str) -> str:
    return text.split("(")[0].strip()
