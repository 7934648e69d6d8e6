"""Cue numbers that survive a recut: a known cue keeps its number, an inserted one gets a letter, none is used again.

1m1 is reel 1, music 1; a cue inserted between 1m04 and 1m05 is 1m04a (the film music convention, field.md §4).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.cut import Cut, Shot
from hitpoint.model.time import FrameSpan, frames_to_seconds

#: A cue is recognised when the pictures it shares with a known one are this much of the shorter of the two.
_SAME_CUE = 0.4
#: What a marker's own name at the start of both counts, beside the shared pictures (0..1, Jaccard index).
_SAME_NAME = 0.5
_NUMBER = re.compile(r"^(?P<reel>\d+)m(?P<count>\d+)(?P<letters>[a-z]*)$")
_PICTURE = re.compile(r"^(?P<name>.*) (?P<start>-?\d+\.\d+)-(?P<end>-?\d+\.\d+)$", re.DOTALL)
_MARKER_SIGN = "marker: "

_Ranges = dict[str, list[tuple[float, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCue:
    """A cue of an earlier scoring; `identity` is what `identity_of` returned then."""

    number: str
    title: str
    identity: tuple[str, ...]


def identity_of(cut: Cut, span: FrameSpan) -> tuple[str, ...]:
    """Return what a cue covers in words that a recut does not change.

    "NAME 12.000-15.500" for each stretch of source seconds under it, joined where they touch, and "marker: NAME" for
    each marker on its first frame.
    """
    names = [f"{_MARKER_SIGN}{marker.name}" for marker in cut.markers if marker.frame == span.start_frame]
    ranges: _Ranges = defaultdict(list)
    for shot in cut.shots:
        first, last = max(shot.span.start_frame, span.start_frame), min(shot.span.end_frame, span.end_frame)
        if first < last:
            name, start_s, end_s = _source(shot, first, last, cut)
            ranges[name].append((start_s, end_s))
    pictures = [
        f"{name} {start_s:.3f}-{end_s:.3f}" for name, pieces in ranges.items() for start_s, end_s in _joined(pieces)
    ]
    return (*dict.fromkeys(names), *pictures)


def number_cues(
    identities: Sequence[tuple[str, ...]],
    known: Sequence[KnownCue],
    *,
    reel_number: int,
    asked: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return a number for each new cue, in order, all different.

    `asked` are the numbers that the editor wrote on the markers, "" for none: they come first, each once; then the
    numbers of known cues that are recognised by their pictures; then new ones, which no known cue ever had.
    """
    numbers: list[str] = ["" for _ in identities]
    taken: set[str] = set()
    for index, number in enumerate(asked):
        if number and number not in taken:
            numbers[index] = number
            taken.add(number)
    for index, number in _recognised(identities, known):
        if not numbers[index] and number not in taken:
            numbers[index] = number
            taken.add(number)
    taken |= {cue.number for cue in known}
    width = max((len(m["count"]) for n in taken if (m := _NUMBER.match(n)) and m["count"].startswith("0")), default=1)
    highest = max((int(m["count"]) for n in taken if (m := _NUMBER.match(n))), default=0)
    for index, number in enumerate(numbers):
        if number:
            continue
        before = numbers[index - 1] if index else ""
        if any(numbers[index + 1 :]):
            number = _inserted(before or f"{reel_number}m{0:0{width}d}", taken, is_first=not before)
        else:
            highest += 1
            match = _NUMBER.match(before)
            reel = max(reel_number, int(match["reel"])) if match else reel_number
            number = f"{reel}m{highest:0{width}d}"
        numbers[index] = number
        taken.add(number)
    return tuple(numbers)


def _inserted(before: str, taken: set[str], *, is_first: bool) -> str:
    """Return the number of a cue inserted after `before`; the first of all takes `before` itself where it is free."""
    if is_first and before not in taken:
        return before
    match = _NUMBER.match(before)
    base = f"{match['reel']}m{match['count']}" if match else before
    return next(base + letters for letters in _letters() if base + letters not in taken)


def _letters() -> Iterator[str]:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    yield from alphabet
    for first in _letters():
        yield from (first + last for last in alphabet)


def _source(shot: Shot, first: int, last: int, cut: Cut) -> tuple[str, float, float]:
    """Return the name of a shot's source and the source seconds that record frames first..last show, low first."""
    head_s = frames_to_seconds(first - shot.span.start_frame, cut.rate)
    length_s = frames_to_seconds(last - first, cut.rate)
    media = shot.media
    if media is None:
        return shot.name or "picture", float(head_s), float(head_s + length_s)
    name = media.path.name if media.path else shot.reel_name or shot.name or "picture"
    start_s = media.source_start_s + head_s * media.speed
    shown_s = length_s * media.speed or Fraction(1, 1000)  # a freeze frame shows one moment
    return name, float(min(start_s, start_s + shown_s)), float(max(start_s, start_s + shown_s))


def _joined(pieces: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start_s, end_s in sorted(pieces):
        if joined and start_s <= joined[-1][1] + 1e-6:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end_s))
        else:
            joined.append((start_s, end_s))
    return joined


def _recognised(identities: Sequence[tuple[str, ...]], known: Sequence[KnownCue]) -> list[tuple[int, str]]:
    """Return (index of a new cue, known number) where they show the same, the most alike first."""
    mine, theirs = [_read(identity) for identity in identities], [_read(cue.identity) for cue in known]
    shared = _shared_s([ranges for _, ranges in mine], [ranges for _, ranges in theirs])
    mine_s, theirs_s = [_length_s(ranges) for _, ranges in mine], [_length_s(ranges) for _, ranges in theirs]
    rated: dict[tuple[int, int], float] = {}
    for (index, other), seconds in shared.items():
        if seconds >= _SAME_CUE * min(mine_s[index], theirs_s[other]):
            rated[index, other] = seconds / (mine_s[index] + theirs_s[other] - seconds)
    for index, other in _same_names([names for names, _ in mine], [names for names, _ in theirs]):
        if (index, other) in rated or not (mine_s[index] and theirs_s[other]):
            rated[index, other] = rated.get((index, other), 0.0) + _SAME_NAME
    best_first = sorted(rated.items(), key=lambda item: (-item[1], item[0]))
    return [(index, known[other].number) for (index, other), _ in best_first]


def _read(identity: tuple[str, ...]) -> tuple[frozenset[str], _Ranges]:
    ranges: _Ranges = defaultdict(list)
    for item in identity:
        match = _PICTURE.match(item)
        if match and not item.startswith(_MARKER_SIGN):
            ranges[match["name"]].append((float(match["start"]), float(match["end"])))
    return frozenset(item for item in identity if item.startswith(_MARKER_SIGN)), ranges


def _length_s(ranges: _Ranges) -> float:
    return sum(end_s - start_s for pieces in ranges.values() for start_s, end_s in pieces)


def _shared_s(mine: Sequence[_Ranges], theirs: Sequence[_Ranges]) -> dict[tuple[int, int], float]:
    """Return the source seconds that each new cue shares with each known one."""
    by_name: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for other, ranges in enumerate(theirs):
        for name, pieces in ranges.items():
            by_name[name] += [(end_s, start_s, other) for start_s, end_s in pieces]
    for known_pieces in by_name.values():
        known_pieces.sort()
    longest = {name: max(end_s - start_s for end_s, start_s, _ in pieces) for name, pieces in by_name.items()}
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for index, ranges in enumerate(mine):
        for name, pieces in ranges.items():
            for start_s, end_s in pieces:
                others = by_name.get(name, [])
                for other_end_s, other_start_s, other in others[bisect_left(others, (start_s,)) :]:
                    if other_end_s - longest[name] >= end_s:
                        break
                    shared[index, other] += max(0.0, min(end_s, other_end_s) - max(start_s, other_start_s))
    return {pair: seconds for pair, seconds in shared.items() if seconds > 0}


def _same_names(mine: Sequence[frozenset[str]], theirs: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """Return the pairs that start on markers of the same name, where no other cue starts on one ("MUSIC IN")."""
    counts = [Counter(name for names in side for name in names) for side in (mine, theirs)]
    return [
        (index, other)
        for index, names in enumerate(mine)
        for other, known_names in enumerate(theirs)
        if any(counts[0][name] == counts[1][name] == 1 for name in names & known_names)
    ]
