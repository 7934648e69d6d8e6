"""Where the screenplay's lines lie in record time: its dialogue is found in the subtitles."""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hitpoint.model.cut import Subtitle
from hitpoint.story.mood import words_of
from hitpoint.story.screenplay import Screenplay, ScriptLine

#: A line of dialogue is found when this share of its words, or this many, lie in pairs that match.
_FOUND_SHARE, _FOUND_WORDS = 0.4, 4
#: Where no subtitle bounds them, lines last as long as on the page: about 180 words, a minute of film.
_WORDS_PER_S = 3.0
#: Every line of action takes this many words' time beside its own.
_LINE_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """A script line with the record seconds it covers (none, for a heading between two lines that touch)."""

    line: ScriptLine
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """`lines` in order of record time; `missing` is the dialogue that no subtitle speaks."""

    lines: tuple[PlacedLine, ...]
    missing: tuple[ScriptLine, ...]


def place_screenplay(screenplay: Screenplay, subtitles: Sequence[Subtitle], *, duration_s: float) -> Placement:
    """Place a script on a cut of `duration_s` seconds by its dialogue.

    Pairs of words that occur once in the dialogue and once in the subtitles are matched, and the longest run of
    matches that is in order in both is kept: this survives lines that are split over subtitles, left out or reworded,
    and takes n log n steps. What lies between two found lines shares the time between them by length; what lies before
    the first or after the last is placed by reading speed as far as the cut goes. Without subtitles nothing is placed.
    """
    found = _find_dialogue(screenplay.lines, subtitles)
    if not found:
        return Placement(lines=(), missing=tuple(line for line in screenplay.lines if line.kind == "dialogue"))
    indices = sorted(found)
    placed = _before_the_first(screenplay.lines[: indices[0]], found[indices[0]].start_s)
    for index, following in pairwise([*indices, len(screenplay.lines)]):
        placed.append(found[index])
        between = screenplay.lines[index + 1 : following]
        if following in found:
            placed += _share(between, found[index].end_s, found[following].start_s)
        else:
            placed += _after_the_last(between, found[index].end_s, duration_s)
    spoken = {id(line.line) for line in found.values()}
    missing = tuple(line for line in screenplay.lines if line.kind == "dialogue" and id(line) not in spoken)
    return Placement(lines=tuple(placed), missing=missing)


def _find_dialogue(lines: Sequence[ScriptLine], subtitles: Sequence[Subtitle]) -> dict[int, PlacedLine]:
    """Return the lines of dialogue that subtitles speak, by index."""
    written = [(w, i) for i, line in enumerate(lines) if line.kind == "dialogue" for w in words_of(line.text)]
    spoken = [(w, i) for i, subtitle in enumerate(subtitles) for w in words_of(subtitle.text)]
    heard: dict[int, dict[int, int]] = defaultdict(dict)  # line -> word in it -> subtitle
    for word, other in _ascending(_matches(written, spoken)):
        for step in (0, 1):
            heard[written[word + step][1]][word + step] = spoken[other + step][1]
    lengths = Counter(index for _, index in written)
    found: dict[int, PlacedLine] = {}
    end_s = 0.0
    for index in sorted(heard):
        if len(heard[index]) < min(_FOUND_WORDS, _FOUND_SHARE * lengths[index]):
            continue
        first, last = min(heard[index].values()), max(heard[index].values())
        start_s = max(end_s, float(subtitles[first].start_s))
        end_s = max(start_s, float(subtitles[last].end_s))
        found[index] = PlacedLine(line=lines[index], start_s=start_s, end_s=end_s)
    return found


def _matches(written: Sequence[tuple[str, int]], spoken: Sequence[tuple[str, int]]) -> list[tuple[int, int]]:
    """Return (index in written, index in spoken) of each pair of neighbouring words that both have exactly once."""

    def places(words: Sequence[tuple[str, int]]) -> dict[tuple[str, str], int]:
        pairs = [(left[0], right[0]) for left, right in pairwise(words)]
        counts = Counter(pairs)
        return {pair: index for index, pair in enumerate(pairs) if counts[pair] == 1}

    theirs = places(spoken)
    return [(index, theirs[pair]) for pair, index in places(written).items() if pair in theirs]


def _ascending(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part of the pairs, sorted by their first, whose second numbers ascend (patience sorting)."""
    ends: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for index, (_, second) in enumerate(pairs):
        height = bisect.bisect_left(ends, second)
        before.append(tops[height - 1] if height else -1)
        ends[height : height + 1] = [second]
        tops[height : height + 1] = [index]
    chain: list[tuple[int, int]] = []
    index = tops[-1] if tops else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _weight(line: ScriptLine) -> float:
    return 0.0 if line.kind == "heading" else len(words_of(line.text)) + _LINE_WORDS


def _share(lines: Sequence[ScriptLine], start_s: float, end_s: float) -> list[PlacedLine]:
    """Return lines one after the other in start_s..end_s, each as long as its words ask for."""
    weights = [_weight(line) for line in lines]
    scale = max(0.0, end_s - start_s) / (sum(weights) or 1.0)
    placed: list[PlacedLine] = []
    for line, weight in zip(lines, weights, strict=True):
        first_s = placed[-1].end_s if placed else start_s
        placed.append(PlacedLine(line=line, start_s=first_s, end_s=first_s + weight * scale))
    return placed


def _before_the_first(lines: Sequence[ScriptLine], end_s: float) -> list[PlacedLine]:
    """Return the lines that fit before `end_s` at reading speed."""
    placed: list[PlacedLine] = []
    last_s = end_s
    for line in reversed(lines):
        first_s = last_s - _weight(line) / _WORDS_PER_S
        if last_s <= 0 and first_s < last_s:
            break
        placed.append(PlacedLine(line=line, start_s=max(0.0, first_s), end_s=max(0.0, last_s)))
        last_s = max(0.0, first_s)
    return placed[::-1]


def _after_the_last(lines: Sequence[ScriptLine], start_s: float, duration_s: float) -> list[PlacedLine]:
    """Return the lines that fit between `start_s` and the end of the cut at reading speed."""
    placed: list[PlacedLine] = []
    first_s = start_s
    for line in lines:
        if first_s >= duration_s:
            break
        last_s = min(duration_s, first_s + _weight(line) / _WORDS_PER_S)
        placed.append(PlacedLine(line=line, start_s=first_s, end_s=last_s))
        first_s = last_s
    return placed
