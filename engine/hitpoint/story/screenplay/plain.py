"""Plain script text, as script sites show it: names far to the right, dialogue in the middle, action at the left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from hitpoint.story.screenplay.headings import is_heading, without_numbers
from hitpoint.story.screenplay.value import ScriptLine

_PRE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z!][^<>\n]{0,200}>")
#: What printing leaves between the lines: page numbers, (CONTINUED), (MORE), revision marks at the margin.
_PRINTED = re.compile(
    r"^\s*(?:\(?(?:continued|more)\)?:?(?:\s*\(\d+\))?|continued:.*|\d{1,3}\.?|page \d+.*|omitted)\s*\**\s*$",
    re.IGNORECASE,
)
_TRANSITION = re.compile(
    r"^(?:fade (?:in|out|to)|(?:smash |match |hard |jump )?cut to|dissolve to|the end)\b.*$", re.IGNORECASE
)
_NAME = re.compile(r"^[^a-zß]{2,40}$")
_EXTENSION = re.compile(r"\s*\([^)]*\)?\s*")
#: Names stand this many columns to the right of headings, dialogue at least this many.
_NAME_INDENT, _SPEECH_INDENT = 12, 5


def text_of_page(text: str) -> str:
    """Return the script inside a web page's <pre>, or the text itself; tags and entities are resolved."""
    found = _PRE.findall(text)
    if found:
        text = "\n".join(found)
    return unescape(_TAG.sub("", text)) if "<" in text else text


def is_indented(text: str) -> bool:
    """Return whether a text marks names and dialogue by columns."""
    base = _base_indent(text.splitlines())
    names = sum(
        1
        for line in text.splitlines()
        if _indent(line) >= base + _NAME_INDENT and _NAME.match(line.strip()) and not is_heading(line)
    )
    return names >= 3


def parse_indented(text: str) -> Iterator[ScriptLine]:
    """Yield the lines of a script whose columns say what they are."""
    rows = [row.expandtabs(8).rstrip() for row in text.splitlines()]
    base = _base_indent(rows)
    speaker, kind, parenthetical, words = "", "", "", [""][:0]

    def flush() -> Iterator[ScriptLine]:
        if words:
            own = kind == "dialogue"
            joined = " ".join(" ".join(words).split())
            yield ScriptLine(
                kind=kind, text=joined, speaker=speaker if own else "", parenthetical=parenthetical if own else ""
            )
        words.clear()

    for row in rows:
        line, indent = row.strip(" *"), _indent(row) - base
        if not line:
            yield from flush()
            if kind == "dialogue":
                kind = "after"  # a page break inside a speech leaves an empty line
            continue
        if _PRINTED.match(line) or (_TRANSITION.match(line) and line.upper() == line):
            continue
        if is_heading(line) and indent < _NAME_INDENT:
            yield from flush()
            yield ScriptLine(kind="heading", text=without_numbers(line))
            kind, speaker = "heading", ""
        elif indent >= _NAME_INDENT and _NAME.match(_EXTENSION.sub("", line)) and kind != "name":
            yield from flush()
            speaker, kind, parenthetical = _EXTENSION.sub(" ", line).strip(), "name", ""
        elif speaker and kind in ("name", "dialogue", "after") and indent >= _SPEECH_INDENT:
            if line.startswith("(") or (parenthetical and not parenthetical.endswith(")")):
                yield from flush()
                parenthetical = f"{parenthetical} {line}".strip() if not parenthetical.endswith(")") else line
                kind = "dialogue"
                continue
            kind = "dialogue"
            words.append(line)
        else:
            if kind != "action":
                yield from flush()
            kind, speaker = "action", ""
            words.append(line)
    yield from flush()


def _base_indent(rows: list[str]) -> int:
    """Return the column of headings; where there is none, that of the leftmost text."""
    headings = [_indent(row) for row in rows if is_heading(row)]
    if headings:
        return sorted(headings)[len(headings) // 2]
    return min((_indent(row) for row in rows if row.strip()), default=0)


def _indent(row: str) -> int:
    expanded = row.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())
