"""The screenplay as scene headings, action and dialogue: Fountain, Final Draft FDX, plain text."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hitpoint.model.errors import ScriptError

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
_FDX_KINDS = {"Scene Heading": "heading", "Shot": "heading", "Action": "action", "General": "action"}
_FOUNTAIN_KINDS = {"HEADING": "heading", "ACTION": "action", "DIALOGUE": "dialogue"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLine:
    """One element: `kind` is "heading", "action" or "dialogue"; `speaker` on dialogue."""

    kind: str
    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screenplay:
    """All lines of a script in order."""

    path: Path
    lines: tuple[ScriptLine, ...]


def read_screenplay(path: Path) -> Screenplay:
    """Read Fountain, Final Draft FDX or plain text; `ScriptError` in one sentence for what cannot be read.

    Plain script text is read as Fountain once its indentation is gone: upper-case names over lines, INT. and EXT.
    headings. Fountain is parsed by screenplay-tools; FDX here, since that library (0.0.10) keeps only the first run
    of a paragraph whose words differ in style.
    """
    text = _read_text(path)
    try:
        is_fdx = path.suffix.lower() == ".fdx" or "<FinalDraft" in text[:2000]
        lines = tuple(_parse_fdx(text) if is_fdx else _parse_fountain(text))
    except Exception as error:  # the parsers raise whatever a damaged file makes them raise
        raise ScriptError(
            f"{path} cannot be read as a screenplay ({error}); save it again as Fountain or FDX"
        ) from error
    if not lines:
        raise ScriptError(f"{path} holds no scene, action or dialogue; give a .fountain, .fdx or .txt screenplay")
    return Screenplay(path=path, lines=lines)


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
    return text.lstrip("\ufeff")


def _parse_fdx(text: str) -> Iterator[ScriptLine]:
    import xml.etree.ElementTree as ElementTree

    if "<!ENTITY" in text:
        raise ScriptError("it declares XML entities, which no screenplay needs")
    decoded = ElementTree.XMLParser(encoding="utf-8")  # whatever encoding the file declares: the text is decoded
    root = ElementTree.fromstring(text[text.index("<") :].encode("utf-8"), parser=decoded)
    content = root.find("Content")
    speaker = ""
    for paragraph in content.iter("Paragraph") if content is not None else ():
        words = " ".join("".join(run.text or "" for run in paragraph.findall("Text")).split())
        kind = paragraph.get("Type", "Action")
        if kind == "Character":
            speaker = _name(words)
        elif words and kind == "Dialogue":
            yield ScriptLine(kind="dialogue", text=words, speaker=speaker)
        elif words and kind in _FDX_KINDS:
            yield ScriptLine(kind=_FDX_KINDS[kind], text=words)


def _parse_fountain(text: str) -> Iterator[ScriptLine]:
    from screenplay_tools.fountain.parser import Parser

    parser = Parser()
    parser.add_text("\n".join(line.strip() for line in text.splitlines()))
    parser.finalize()
    speaker = ""
    for element in parser.script.elements:
        kind = element.type.value
        words = " ".join((element.text or "").split())
        if kind == "CHARACTER":
            speaker = _name(element.name)
        elif words and kind in _FOUNTAIN_KINDS:
            line_kind = _FOUNTAIN_KINDS[kind]
            yield ScriptLine(kind=line_kind, text=words, speaker=speaker if line_kind == "dialogue" else "")


def _name(text: str) -> str:
    return text.split("(")[0].strip()
