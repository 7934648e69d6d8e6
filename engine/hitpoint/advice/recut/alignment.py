"""Which stretches of the old pieces are in the new cut, in the same order; the rest may have moved elsewhere.

Every overlap in source of an old and a new piece is a candidate. The best chain is the one with the most frames among
those that go forward in both cuts (sparse chaining with a Fenwick tree: n log n in the candidates).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hitpoint.advice.recut.pieces import Piece

#: An overlap smaller than this share of the shorter piece is another stretch of the same source, not a trim.
_LEAST_SHARE = 0.25
#: What counts beside the frames, in frames: that nothing was trimmed, the same name; a gap is no picture.
_WHOLE, _SAME_NAME, _GAP_SHARE = 0.5, 0.25, 0.1
#: So many candidates at most for one source (a logo, black, a still used all over), those of nearest rank first.
_MOST_CANDIDATES, _LEAST_RANKS = 40_000, 4


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of the old piece `old` that are frames of the new piece `new` (indices into the pieces)."""

    old: int
    new: int
    old_start: int
    new_start: int
    length: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """`chain` are the stretches that kept their order; `moved` (old, new) pieces that are elsewhere now."""

    old: Sequence[Piece]
    new: Sequence[Piece]
    chain: tuple[Stretch, ...]
    moved: tuple[tuple[int, int], ...]


def align(old: Sequence[Piece], new: Sequence[Piece]) -> Alignment:
    """Return how two lists of pieces go together."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle = range(head, len(old) - tail), range(head, len(new) - tail)
    chain = [_whole(old, new, index, index) for index in range(head)]
    chain += _best_chain(_candidates(old, new, *middle), old, new)
    chain += [_whole(old, new, len(old) - back, len(new) - back) for back in range(tail, 0, -1)]
    taken_old, taken_new = {stretch.old for stretch in chain}, {stretch.new for stretch in chain}
    moved = _moved(
        old,
        new,
        [index for index in middle[0] if index not in taken_old and old[index].shot],
        [index for index in middle[1] if index not in taken_new and new[index].shot],
    )
    return Alignment(old, new, tuple(chain), tuple(moved))


def overlap(old: Piece, new: Piece) -> tuple[int, int]:
    """Return (first frame, frames) of an old piece that a new one of the same source shows; 0 frames for none."""
    later = round(new.place - old.place)
    first, last = max(0, later), min(old.length, later + new.length)
    return first, max(0, last - first)


def _common(old: Sequence[Piece], new: Sequence[Piece]) -> int:
    """Return how many pieces at the start are the same."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if not one.is_like(other):
            break
        count += 1
    return count


def _whole(old: Sequence[Piece], new: Sequence[Piece], index: int, other: int) -> Stretch:
    return Stretch(index, other, old[index].start_frame, new[other].start_frame, old[index].length)


def _candidates(
    old: Sequence[Piece], new: Sequence[Piece], old_range: Iterable[int], new_range: Iterable[int]
) -> list[Stretch]:
    """Return every stretch that two pieces of the same source have in common."""
    by_source: dict[tuple[object, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, pieces, indices in ((0, old, old_range), (1, new, new_range)):
        for index in indices:
            by_source[pieces[index].source][side].append(index)
    found: list[Stretch] = []
    for mine, theirs in by_source.values():
        if len(mine) * len(theirs) <= _MOST_CANDIDATES:
            pairs: Iterable[tuple[int, int]] = _overlapping(old, new, mine, theirs)
        else:
            pairs = _near_in_rank(mine, theirs)
        for index, other in pairs:
            first, length = overlap(old[index], new[other])
            if length and length >= _LEAST_SHARE * min(old[index].length, new[other].length):
                new_first = first - round(new[other].place - old[index].place)
                found.append(
                    Stretch(index, other, old[index].start_frame + first, new[other].start_frame + new_first, length)
                )
    return found


def _overlapping(
    old: Sequence[Piece], new: Sequence[Piece], mine: Sequence[int], theirs: Sequence[int]
) -> Iterable[tuple[int, int]]:
    by_place = sorted(theirs, key=lambda index: new[index].place)
    places = [new[index].place for index in by_place]
    longest = max((new[index].length for index in theirs), default=0)
    for index in mine:
        piece = old[index]
        for at in range(bisect_left(places, piece.place - longest), len(places)):
            if places[at] > piece.place + piece.length:
                break
            yield index, by_place[at]


def _near_in_rank(mine: Sequence[int], theirs: Sequence[int]) -> Iterable[tuple[int, int]]:
    reach = max(_LEAST_RANKS, _MOST_CANDIDATES // (2 * len(mine)), abs(len(mine) - len(theirs)) + _LEAST_RANKS)
    reach = min(reach, max(_LEAST_RANKS, 4 * _MOST_CANDIDATES // len(mine)))
    for rank, index in enumerate(mine):
        for other in theirs[max(0, rank - reach) : rank + reach + 1]:
            yield index, other


def _best_chain(found: Sequence[Stretch], old: Sequence[Piece], new: Sequence[Piece]) -> list[Stretch]:
    """Return the stretches, in order and apart from each other in both cuts, that hold the most frames together."""
    if not found:
        return []
    ends = sorted({stretch.new_start + stretch.length for stretch in found})
    tree: list[tuple[float, int]] = [(0.0, -1)] * (len(ends) + 1)

    def best_until(new_frame: int) -> tuple[float, int]:
        """Return (frames, last stretch) of the best chain that ends at a new frame at the latest."""
        at, best = bisect_left(ends, new_frame + 1), (0.0, -1)
        while at > 0:
            best = max(best, tree[at], key=lambda entry: entry[0])
            at -= at & -at
        return best

    before = [-1] * len(found)
    totals = [0.0] * len(found)
    events = [(stretch.old_start, 1, index) for index, stretch in enumerate(found)]
    events += [(stretch.old_start + stretch.length, 0, index) for index, stretch in enumerate(found)]
    for _, is_start, index in sorted(events):  # what ends on a frame is known to what starts there
        stretch = found[index]
        if is_start:
            total, before[index] = best_until(stretch.new_start)
            totals[index] = total + _worth(stretch, old, new)
            continue
        at = bisect_left(ends, stretch.new_start + stretch.length) + 1
        while at < len(tree):
            if totals[index] > tree[at][0]:
                tree[at] = (totals[index], index)
            at += at & -at
    chain = []
    index = max(range(len(found)), key=totals.__getitem__)
    while index >= 0:
        chain.append(found[index])
        index = before[index]
    return chain[::-1]


def _worth(stretch: Stretch, old: Sequence[Piece], new: Sequence[Piece]) -> float:
    one, other = old[stretch.old], new[stretch.new]
    worth = stretch.length * (1.0 if one.shot else _GAP_SHARE)
    return worth + _WHOLE * (one.length == other.length == stretch.length) + _SAME_NAME * (one.name == other.name)


def _moved(
    old: Sequence[Piece], new: Sequence[Piece], mine: Sequence[int], theirs: Sequence[int]
) -> list[tuple[int, int]]:
    """Return the pieces that are in the new cut at another place, those first that are whole."""
    if not mine or not theirs:
        return []
    rated = []
    by_source: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index in theirs:
        by_source[new[index].source].append(index)
    for index in mine:
        for other in by_source.get(old[index].source, ())[:64]:
            length = overlap(old[index], new[other])[1]
            if length and 2 * length >= min(old[index].length, new[other].length):
                rated.append((-length / max(old[index].length, new[other].length), abs(index - other), index, other))
    pairs: list[tuple[int, int]] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for _, _, index, other in sorted(rated):
        if index not in taken[0] and other not in taken[1]:
            pairs.append((index, other))
            taken[0].add(index)
            taken[1].add(other)
    return sorted(pairs)
