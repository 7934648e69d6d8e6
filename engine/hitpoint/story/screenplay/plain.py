"""Plain script text, as script sites show it: names far to the right, dialogue in the middle, action at the left."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from html import unescape

from hitpoint.story.screenplay.headings import is_heading, is_transition, without_numbers
from hitpoint.story.screenplay.value import ScriptLine

_PRE = re.compile(r"<(/?)pre\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!][^<>\n]{0,200}>")
#: What printing leaves between the lines: page numbers, (CONTINUED), (MORE), revision marks at the margin.
_PRINTED = re.compile(
    r"^\s*(?:\(?(?:continued|more)\)?:?(?:\s*\(\d+\))?|continued:.*|\d{1,3}\.?|page \d+.*|omitted)\s*\**\s*$",
    re.IGNORECASE,
)
_NAME = re.compile(r"^[^a-zß]{2,40}$")
_EXTENSION = re.compile(r" ?\([^()]*\)?")
_DIGITS = re.compile(r"\d+")
#: Longer lines are text, whatever they look like.
_LONGEST_SIGN = 120
#: A line with a number that goes up stands at the head or foot of the pages if it comes back this often.
_PAGES = 4
#: Names stand this many columns to the right of headings, dialogue at least this many.
_NAME_INDENT, _SPEECH_INDENT = 12, 5
_FEWEST_NAMES = 3


def text_of_page(text: str) -> str:
    """Return the script inside a web page's <pre>, or the text itself; tags and entities are resolved."""
    found, start = [], -1
    for mark in _PRE.finditer(text):
        if mark[1] and start >= 0:
            found.append(text[start : mark.start()])
            start = -1
        elif not mark[1] and start < 0:
            start = mark.end()
    if start >= 0:
        found.append(text[start:])
    if found:
        text = "\n".join(found)
    return unescape(_TAG.sub("", text)) if "<" in text or "&" in text else text


def is_indented(text: str) -> bool:
    """Return whether a text marks names and dialogue by columns."""
    rows = text.expandtabs(8).splitlines()
    base = _base_indent(rows)
    names = speeches = name_indent = 0
    was_name = False
    for row in rows:
        line = row.strip()
        if not line or len(line) > _LONGEST_SIGN:
            was_name = False
            continue
        # Where names stand alone or over lines in the same column, the columns do not say what is what.
        speeches += was_name and base + _SPEECH_INDENT <= _indent(row) < name_indent
        name_indent = _indent(row)
        was_name = name_indent >= base + _NAME_INDENT and bool(_NAME.match(_EXTENSION.sub("", line)))
        was_name = was_name and not is_heading(line) and not is_transition(line)
        names += was_name
    return names >= _FEWEST_NAMES and 2 * speeches >= names


def parse_indented(text: str) -> Iterator[ScriptLine]:
    """Yield the lines of a script whose columns say what they are."""
    rows = text.expandtabs(8).splitlines()
    base = _base_indent(rows)
    printed = _page_marks(rows)
    speaker, kind, parenthetical = "", "", ""
    words: list[str] = []

    def flush() -> Iterator[ScriptLine]:
        if words:
            own = kind == "dialogue"
            joined, aside = " ".join(words), parenthetical.strip("()")
            yield ScriptLine(kind=kind, text=joined, speaker=speaker if own else "", parenthetical=aside if own else "")
        words.clear()

    for row in rows:
        line, indent = " ".join(row.strip(" *").split()), _indent(row) - base
        if not line:
            yield from flush()
            if kind == "dialogue":
                kind = "after"  # a page break inside a speech leaves an empty line
            continue
        is_short = len(line) <= _LONGEST_SIGN
        if is_short and (_PRINTED.match(line) or _DIGITS.sub("#", line) in printed):
            continue
        if is_short and is_transition(line):
            yield from flush()
            yield ScriptLine(kind="transition", text=line)
            kind, speaker = "transition", ""
        elif is_heading(line) and (indent < _NAME_INDENT or is_heading(line.lstrip("0123456789. "))):
            yield from flush()
            yield ScriptLine(kind="heading", text=without_numbers(line))
            kind, speaker = "heading", ""
        elif is_short and indent >= _NAME_INDENT and _is_name(line) and kind != "name":
            yield from flush()
            speaker, kind, parenthetical = _EXTENSION.sub("", line).strip(" :"), "name", ""
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


def _is_name(line: str) -> bool:
    return bool(_NAME.match(_EXTENSION.sub("", line))) and any(map(str.isalpha, line))


def _page_marks(rows: list[str]) -> frozenset[str]:
    """Return the heads and feet of the pages, with # for their numbers: "MARA'S CAR   Rev. 3/4   12."."""
    numbers: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        line = " ".join(row.split())
        if len(line) <= _LONGEST_SIGN and line[-2:].strip(".")[-1:].isdigit() and not is_heading(line):
            numbers[_DIGITS.sub("#", line)].add(line)
    return frozenset(pattern for pattern, lines in numbers.items() if len(lines) >= _PAGES)


def _base_indent(rows: list[str]) -> int:
    """Return the column of headings; where there is none, that of the leftmost text."""
    headings = [_indent(row) for row in rows if is_heading(row)]
    if headings:
        return sorted(headings)[len(headings) // 2]
    return min((_indent(row) for row in rows if row.strip()), default=0)


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())
