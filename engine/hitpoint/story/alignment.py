"""Which lines of dialogue are spoken in the cut, and when: the screenplay's words found among those of the subtitles.

Three passes. Anchors: pairs of neighbouring words that occur once in the script and once in the subtitles, the longest
chain of them that is in order in both. Between anchors: the longest common subsequence of words, so that short and
reworded lines are found by their neighbourhood. At last, what is left on both sides is compared without regard to
order: lines that were moved. A line that is found nowhere gets no time.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hitpoint.model.cut import Subtitle
from hitpoint.story.mood import words_of
from hitpoint.story.screenplay import ScriptLine

#: A line is found when this share of its words is, and as many words as this, or all of a shorter line.
_FOUND_SHARE, _FOUND_WORDS = 0.4, 2
#: A line that is found alone, far from other found lines, needs more: common phrases occur in every film.
_ALONE_LINES, _ALONE_SHARE, _ALONE_WORDS = 4, 0.6, 5
#: A moved line needs this likeness to a run of subtitle words, and as many words.
_MOVED_SHARE, _MOVED_WORDS = 0.75, 3
#: Longest stretch between anchors that is compared word by word (script words times subtitle words).
_MAX_CELLS = 40_000_000
#: So many different moved lines are looked for; a script of another film has none.
_MAX_MOVED_CELLS = 60_000_000

#: What subtitles for the deaf and scripts put into brackets is heard, not said.
_HEARD = re.compile(r"\([^)]*\)|\[[^\]]*\]|♪[^♪]*♪?")

#: A word and the line it stands in.
_Word = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line of dialogue that is spoken: when, how surely (share of its words), and whether it was moved."""

    start_s: float
    end_s: float
    confidence: float
    is_moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """`found` by the line's index in the script; `agreement` 0..1 is how much of script or subtitles was matched."""

    found: Mapping[int, FoundLine]
    agreement: float


def align_dialogue(lines: Sequence[ScriptLine], subtitles: Sequence[Subtitle]) -> Alignment:
    """Find the dialogue of a script in the subtitles of a cut."""
    ordered = sorted(subtitles, key=lambda line: (line.start_s, line.end_s))
    written = [(w, i) for i, line in enumerate(lines) if line.kind == "dialogue" for w in said_words(line.text)]
    spoken = [(w, i) for i, line in enumerate(ordered) for w in said_words(line.text)]
    if not written or not spoken:
        return Alignment(found={}, agreement=0.0)
    pairs = _filled(written, spoken, _ascending(_anchors(written, spoken)))
    lengths = Counter(index for _, index in written)
    heard: dict[int, dict[int, int]] = defaultdict(dict)  # line -> word of the script -> word of the subtitles
    for word, other in pairs:
        heard[written[word][1]][word] = other
    kept = _supported(
        {index: words for index, words in heard.items() if _is_found(len(words), lengths[index])}, lengths
    )
    moments = _moments(ordered, spoken)
    found = _in_order(kept, lengths, moments)
    used = {other for index in found for other in kept[index].values()}
    moved = _moved(written, spoken, lengths, set(found), used)
    for index, (first, last, share) in moved.items():
        start_s, end_s = moments[first][0], moments[last][1]
        found[index] = FoundLine(start_s=start_s, end_s=max(start_s, end_s), confidence=share, is_moved=True)
        used |= set(range(first, last + 1))
    said = sum(lengths[index] * line.confidence for index, line in found.items())
    return Alignment(found=found, agreement=min(1.0, max(said / len(written), len(used) / len(spoken))))


def said_words(text: str) -> list[str]:
    """Return the words that are spoken in a line: none where it only describes a sound."""
    return words_of(_HEARD.sub(" ", text))


def _is_found(matched: int, length: int) -> bool:
    return matched >= max(min(_FOUND_WORDS, length), _FOUND_SHARE * length)


def _supported(heard: Mapping[int, Mapping[int, int]], lengths: Mapping[int, int]) -> dict[int, Mapping[int, int]]:
    """Return the lines that have a found neighbour, or enough words to be believed alone."""
    indices = sorted(lengths)  # lines of dialogue
    places = {index: place for place, index in enumerate(indices)}
    found = sorted(heard)
    kept = {}
    for at, index in enumerate(found):
        near = [other for other in found[max(0, at - 1) : at + 2] if other != index]
        has_neighbour = any(abs(places[other] - places[index]) <= _ALONE_LINES for other in near)
        share = len(heard[index]) / lengths[index]
        if has_neighbour or (share >= _ALONE_SHARE and len(heard[index]) >= _ALONE_WORDS):
            kept[index] = heard[index]
    return kept


def _in_order(
    kept: Mapping[int, Mapping[int, int]], lengths: Mapping[int, int], moments: Sequence[tuple[float, float]]
) -> dict[int, FoundLine]:
    found: dict[int, FoundLine] = {}
    end_s = 0.0
    for index in sorted(kept):
        words = kept[index].values()
        start_s = max(end_s, moments[min(words)][0])
        end_s = max(start_s, moments[max(words)][1])
        share = min(1.0, len(words) / lengths[index])
        found[index] = FoundLine(start_s=start_s, end_s=end_s, confidence=round(0.5 + 0.5 * share, 3))
    return found


def _moments(subtitles: Sequence[Subtitle], spoken: Sequence[_Word]) -> list[tuple[float, float]]:
    """Return when each subtitle word is spoken: its share of its subtitle's time."""
    counts = Counter(index for _, index in spoken)
    moments, seen = [], Counter[int]()
    for _, index in spoken:
        line = subtitles[index]
        start_s, length_s = float(line.start_s), float(line.end_s - line.start_s)
        at = seen[index]
        seen[index] += 1
        moments.append((start_s + length_s * at / counts[index], start_s + length_s * (at + 1) / counts[index]))
    return moments


def _anchors(written: Sequence[_Word], spoken: Sequence[_Word]) -> list[tuple[int, int]]:
    """Return (index in written, index in spoken) of each pair of neighbouring words that both have exactly once."""

    def places(words: Sequence[_Word]) -> dict[tuple[str, str], int]:
        found = [(left[0], right[0]) for left, right in pairwise(words)]
        counts = Counter(found)
        return {pair: index for index, pair in enumerate(found) if counts[pair] == 1}

    theirs = places(spoken)
    matches = [(index, theirs[pair]) for pair, index in places(written).items() if pair in theirs]
    return sorted(matches)


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


def _filled(
    written: Sequence[_Word], spoken: Sequence[_Word], anchors: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return the anchors' words, and between them those of the longest common subsequence."""
    from rapidfuzz.distance import LCSseq

    numbers: dict[str, int] = {}
    ours = [numbers.setdefault(word, len(numbers)) for word, _ in written]
    theirs = [numbers.setdefault(word, len(numbers)) for word, _ in spoken]
    fixed = sorted({pair for word, other in anchors for pair in ((word, other), (word + 1, other + 1))})
    pairs: list[tuple[int, int]] = []
    for (a, b), (c, d) in pairwise([(-1, -1), *fixed, (len(ours), len(theirs))]):
        if a >= 0:
            pairs.append((a, b))
        left, right = ours[a + 1 : c], theirs[b + 1 : d]
        if left and right and len(left) * len(right) <= _MAX_CELLS:
            for code in LCSseq.opcodes(left, right):
                if code.tag == "equal":
                    run = range(code.src_end - code.src_start)
                    pairs += [(a + 1 + code.src_start + k, b + 1 + code.dest_start + k) for k in run]
    return pairs


def _moved(
    written: Sequence[_Word],
    spoken: Sequence[_Word],
    lengths: Mapping[int, int],
    found: set[int],
    used: set[int],
) -> dict[int, tuple[int, int, float]]:
    """Return (first, last spoken word, likeness) of lines that were not found in order but are there elsewhere."""
    from rapidfuzz.distance import LCSseq

    free = [place for place in range(len(spoken)) if place not in used]
    lines: dict[int, list[str]] = defaultdict(list)
    for word, index in written:
        if index not in found and lengths[index] >= _MOVED_WORDS:
            lines[index].append(word)
    runs = [run for run in _runs(free) if len(run) >= _MOVED_WORDS]
    if not runs or sum(map(len, lines.values())) * len(free) > _MAX_MOVED_CELLS:
        return {}
    words_of_run = [[spoken[place][0] for place in run] for run in runs]
    candidates = []
    for index, words in lines.items():
        wanted = set(words)
        for number, run in enumerate(words_of_run):
            if len(wanted.intersection(run)) < _MOVED_SHARE * len(wanted):
                continue
            codes = [code for code in LCSseq.opcodes(words, run) if code.tag == "equal"]
            matched = sum(code.src_end - code.src_start for code in codes)
            if codes and matched >= _MOVED_SHARE * len(words):
                first, last = codes[0].dest_start, codes[-1].dest_end - 1
                density = matched / (last - first + 1)
                if density >= _MOVED_SHARE * 0.8:
                    candidates.append((matched / len(words) * density, index, runs[number][first], runs[number][last]))
    taken: set[int] = set()
    moved: dict[int, tuple[int, int, float]] = {}
    for likeness, index, first, last in sorted(candidates, key=lambda row: (-row[0], row[1])):
        span = set(range(first, last + 1))
        if index not in moved and not span & taken:
            taken |= span
            moved[index] = first, last, round(0.8 * likeness, 3)
    return moved


def _runs(places: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs
