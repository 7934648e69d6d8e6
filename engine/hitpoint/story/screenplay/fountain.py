"""Fountain, the plain text in which scripts are typed (fountain.io/syntax), and scripts without columns that look so.

Read in one pass, line by line: the time is proportional to the text whatever is in it. The library screenplay-tools
(0.0.10) needs a minute for 5 MB with open comments, and takes title pages whose columns were lost for action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hitpoint.story.screenplay.headings import is_heading, is_transition, without_numbers
from hitpoint.story.screenplay.value import ScriptLine

_TITLE_KEYS = frozenset({
    "title", "credit", "author", "authors", "source", "notes", "contact", "copyright", "date", "draft", "format",
    "language", "revision", "info", "subtitle", "episode", "series", "version",
})  # fmt: skip
_TITLE_ENTRY = re.compile(r"([A-Za-z][A-Za-z ]{1,30})[:：](.*)")
_EMPHASIS = re.compile(r"\\([*_])|\*+|(?<!\w)_+|_+(?!\w)")
_TAGS_AND_NUMBER = re.compile(r"(?: #[^\s#]+)*(?: #[^#]{1,20}#)?(?: #[^\s#]+)*$")
_RULE = re.compile(r"[-_*=]{3,}")
_EXTENSION = re.compile(r" ?[(（][^()（）]*[)）]")
#: Longer lines are text, whatever they begin with.
_LONGEST_SIGN = 300
#: A name in a script that knows no capitals, such as Japanese, is this short.
_CASELESS_NAME = 12


def parse_fountain(text: str) -> tuple[str, Iterator[ScriptLine]]:
    """Return the title ("" where there is none) and the lines of a script."""
    rows = _without_notes(_without_comments(text)).splitlines()
    title, first = _title_page(rows)
    return title, _elements(rows[first:])


def _without_comments(text: str) -> str:
    """Cut out what stands between /* and */; these may lie in each other."""
    kept, start, depth = [], 0, 0
    for mark in re.finditer(r"/\*|\*/", text):
        if mark[0] == "/*":
            if depth == 0:
                kept.append(text[start : mark.start()])
                start = mark.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                start = mark.end()
    if depth and (last := text.rfind("*/", start)) >= 0:
        start = last + 2  # opened more often than closed
    kept.append(text[start:])
    return "".join(kept)


def _without_notes(text: str) -> str:
    """Cut out [[notes]]; those with an empty line in them are none."""
    kept, start, end = [], 0, -1
    while (first := text.find("[[", start)) >= 0:
        if end < first:
            end = text.find("]]", first)  # found once for all that are open before it
            if end < 0:
                break
        if text.find("\n\n", first, end) >= 0:
            kept.append(text[start : first + 2])
            start = first + 2
        else:
            kept.append(text[start:first])
            start = end + 2
    kept.append(text[start:])
    return "".join(kept)


def _title_page(rows: list[str]) -> tuple[str, int]:
    """Return the title and the first row after the title page."""
    first = next((number for number, row in enumerate(rows) if row.strip()), 0)
    entry = _TITLE_ENTRY.fullmatch(rows[first].strip()) if rows else None
    if not entry or entry[1].lower().split()[0] not in _TITLE_KEYS:
        return "", 0
    key = ""
    title: list[str] = []
    for number in range(first, len(rows)):
        row = rows[number].strip()
        if not row or _RULE.fullmatch(row):
            return _plain(" ".join(title)), number
        entry = _TITLE_ENTRY.fullmatch(row)
        if entry and entry[1].lower().split()[0] in _TITLE_KEYS:
            key, row = entry[1].lower(), entry[2]
        if key == "title":
            title.append(row)
    return _plain(" ".join(title)), len(rows)


def _elements(rows: list[str]) -> Iterator[ScriptLine]:
    stripped = [" ".join(row.split()) for row in rows]
    speaker, aside, kind = "", "", ""  # kind of the paragraph that is open: "", "action" or "dialogue"
    words: list[str] = []

    def flush() -> Iterator[ScriptLine]:
        text = _plain(" ".join(words))
        words.clear()
        if text:
            is_said = kind == "dialogue"
            yield ScriptLine(
                kind=kind, text=text, speaker=speaker if is_said else "", parenthetical=aside if is_said else ""
            )

    for number, line in enumerate(stripped):
        if not line:
            if not (kind == "dialogue" and len(rows[number]) >= 2):  # two spaces go on with a speech
                yield from flush()
                kind = ""
            continue
        is_first = kind == ""
        is_last = number + 1 == len(stripped) or not stripped[number + 1]
        sign = _sign(line, is_first=is_first, is_last=is_last)
        if sign == "text" and kind == "dialogue":
            if line[0] in "(（" and line[-1] in ")）":
                yield from flush()
                aside = line.strip("()（）")
            else:
                words.append(line.lstrip("~ "))
        elif sign == "text":
            kind = "action"
            words.append(_bare(line))
        else:
            yield from flush()
            kind = ""
            if sign == "name":
                speaker, aside, kind = _name(line), "", "dialogue"
            elif sign == "lyric":
                yield ScriptLine(kind="dialogue", text=_plain(line.lstrip("~ ")))
            elif sign == "heading":
                heading = _plain(without_numbers(_TAGS_AND_NUMBER.sub("", line.lstrip("."))))
                yield ScriptLine(kind="heading", text=heading)
            elif sign == "transition":
                yield ScriptLine(kind="transition", text=_plain(line.lstrip("> ")))
    yield from flush()


def _sign(line: str, *, is_first: bool, is_last: bool) -> str:
    """Return what a line is: "heading", "transition", "name", "lyric", "nothing" or "text"."""
    if len(line) > _LONGEST_SIGN:
        return "text"
    if line[0] == "#" or _RULE.fullmatch(line) or (line[0] == "=" and is_first):
        return "nothing"
    if line[0] == "!" or (line[0] == ">" and line[-1] == "<"):
        return "text"
    if line[0] == ">":
        return "transition"
    if not is_first:
        return "text"
    if line[0] == "~":
        return "lyric"
    if (line[0] == "." and line[1:2].isalnum()) or is_heading(line):
        return "heading"
    if is_transition(line) and is_last:
        return "transition"
    return "name" if not is_last and _is_name(line) else "text"


def _is_name(line: str) -> bool:
    name = _EXTENSION.sub("", line).rstrip("^ ")
    if line[0] == "@":
        return True
    name = name.split(" #")[0]
    if not name or name[-1] in "!?:,;" or name != name.upper() or not any(map(str.isalpha, name)):
        return False
    return name != name.lower() or len(name) <= _CASELESS_NAME


def _name(line: str) -> str:
    return _EXTENSION.sub("", line.lstrip("@")).split(" #")[0].rstrip("^ ").strip()


def _bare(line: str) -> str:
    """Return an action line without the signs that force it to be one or put it in the middle."""
    return line[1:].strip("<>") if line[0] == "!" else line.strip("<>") if line[0] == ">" else line


def _plain(text: str) -> str:
    return " ".join(_EMPHASIS.sub(r"\1", text).split())
