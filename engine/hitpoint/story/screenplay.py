"""The screenplay: read, and placed in record time by matching its dialogue to the subtitles."""

from __future__ import annotations

import bisect
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from hitpoint.model.cut import Subtitle
from hitpoint.model.errors import ScriptError
from hitpoint.story.mood import words_of

#: Two lines count as the same when they share this much of their words (Jaccard index, 0..1).
_SAME_LINE = 0.5
#: Words in more lines than this say nothing about which line it is; leaving them out keeps the search linear.
_COMMON_WORD_LINES = 60


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """A script line with the record seconds it covers."""

    line: ScriptLine
    start_s: float
    end_s: float


def read_screenplay(path: Path) -> Screenplay:
    """Read Fountain, Final Draft FDX or plain text; `ScriptError` in one sentence for what cannot be read."""
    from charset_normalizer import from_bytes

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScriptError(f"cannot read the screenplay {path} ({error.strerror}); check the path") from error
    best = from_bytes(content).best() if content.strip() else None
    if best is None or "\x00" in str(best):
        raise ScriptError(f"{path} is not a text; give the screenplay as .fountain, .fdx or .txt")
    text = str(best).lstrip("\ufeff")
    try:
        elements = _parse_fdx(text) if path.suffix.lower() == ".fdx" else _parse_text(text)
    except Exception as error:  # the parsers raise whatever their file made them raise
        raise ScriptError(
            f"{path} cannot be read as a screenplay ({error}); save it again as Fountain or FDX"
        ) from error
    lines = tuple(_lines(elements))
    if not lines:
        raise ScriptError(f"{path} holds no scene, action or dialogue; give a .fountain, .fdx or .txt screenplay")
    return Screenplay(path=path, lines=lines)


def _parse_fdx(text: str) -> list[object]:
    from screenplay_tools.fdx.parser import Parser

    if "<!ENTITY" in text:
        raise ScriptError("it declares XML entities, which no screenplay needs")
    return list(Parser().parse(text).elements)


def _parse_text(text: str) -> list[object]:
    """Parse Fountain; plain script text becomes Fountain once its indentation is gone."""
    from screenplay_tools.fountain.parser import Parser

    parser = Parser()
    parser.add_text("\n".join(line.strip() for line in text.splitlines()))
    parser.finalize()
    return list(parser.script.elements)


def _lines(elements: list[object]) -> list[ScriptLine]:
    kinds = {"HEADING": "heading", "ACTION": "action", "DIALOGUE": "dialogue"}
    lines: list[ScriptLine] = []
    speaker = ""
    for element in elements:
        kind = element.type.value  # type: ignore[attr-defined]
        if kind == "CHARACTER":
            speaker = element.name  # type: ignore[attr-defined]
        elif kind in kinds and element.text.strip():  # type: ignore[attr-defined]
            text = " ".join(element.text.split())  # type: ignore[attr-defined]
            lines.append(ScriptLine(kind=kinds[kind], text=text, speaker=speaker if kind == "DIALOGUE" else ""))
    return lines


def place_screenplay(screenplay: Screenplay, subtitles: tuple[Subtitle, ...]) -> tuple[PlacedLine, ...]:
    """Return the script lines whose record time is known.

    Dialogue is matched to subtitles by shared words; of all matches the longest run that is in order in both is
    kept. Action and headings between two placed lines of dialogue share the time between them; nothing before the
    first or after the last placed line gets a time, and nothing is placed without subtitles.
    """
    matches = _in_order(_matches(screenplay, subtitles))
    placed: list[PlacedLine] = []
    for (script_index, subtitle_index), following in zip(matches, [*matches[1:], None], strict=False):
        spoken = subtitles[subtitle_index]
        line = screenplay.lines[script_index]
        placed.append(PlacedLine(line=line, start_s=float(spoken.start_s), end_s=float(spoken.end_s)))
        if following is None:
            break
        between = [other for other in screenplay.lines[script_index + 1 : following[0]] if other.kind != "dialogue"]
        start_s, end_s = float(spoken.end_s), float(subtitles[following[1]].start_s)
        if between and end_s > start_s:
            share_s = (end_s - start_s) / len(between)
            for number, other in enumerate(between):
                first_s = start_s + number * share_s
                placed.append(PlacedLine(line=other, start_s=first_s, end_s=first_s + share_s))
    return tuple(placed)


def _matches(screenplay: Screenplay, subtitles: tuple[Subtitle, ...]) -> list[tuple[int, int]]:
    """Return (script line, subtitle) pairs that share enough words, the best subtitle of each line."""
    spoken = [frozenset(words_of(subtitle.text)) for subtitle in subtitles]
    places: dict[str, list[int]] = defaultdict(list)
    for index, words in enumerate(spoken):
        for word in words:
            places[word].append(index)
    pairs: list[tuple[int, int]] = []
    for script_index, line in enumerate(screenplay.lines):
        words = frozenset(words_of(line.text))
        if line.kind != "dialogue" or not words:
            continue
        candidates = {i for word in words if len(places[word]) <= _COMMON_WORD_LINES for i in places[word]}
        rated = [(len(words & spoken[i]) / len(words | spoken[i]), -i) for i in candidates]
        best = max(rated, default=(0.0, 0))
        if best[0] >= _SAME_LINE:
            pairs.append((script_index, -best[1]))
    return pairs


def _in_order(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of the pairs whose subtitles strictly ascend (patience sorting)."""
    ends: list[int] = []
    tails: list[int] = []
    previous: list[int] = []
    for index, (_, subtitle_index) in enumerate(pairs):
        height = bisect.bisect_left(ends, subtitle_index)
        previous.append(tails[height - 1] if height else -1)
        if height == len(ends):
            ends.append(subtitle_index)
            tails.append(index)
        else:
            ends[height], tails[height] = subtitle_index, index
    chain: list[tuple[int, int]] = []
    index = tails[-1] if tails else -1
    while index >= 0:
        chain.append(pairs[index])
        index = previous[index]
    return chain[::-1]
