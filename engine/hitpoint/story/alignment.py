"""Which lines of dialogue are spoken in the cut, and when: the screenplay's words found among those of the subtitles.

Anchors first: runs of words that occur once in the script and once in the subtitles, the longest chain of them that is
in order in both. Between anchors, word by word (`word_chains`): the best chain of similar passages, so that short and
reworded lines are found by their neighbourhood. Then the same among what is left on both sides, for scenes that were
moved, and at last single lines without regard to order. A line that is found nowhere gets no time.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from hitpoint.model.cut import Subtitle
from hitpoint.story.screenplay import ScriptLine
from hitpoint.story.word_chains import chain_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: A line is found when this share of its words is, and as many words as this, or all of a shorter line.
_FOUND_SHARE, _FOUND_WORDS = 0.4, 2
#: Its words lie together: the subtitles have no more than this many times its words, and some, from its first to last.
_SPREAD_TIMES, _SPREAD_WORDS = 2.0, 4
#: A line that is found alone, far from other found lines, needs more: common phrases occur in every film.
_ALONE_LINES, _ALONE_SHARE, _ALONE_WORDS = 4, 0.6, 5
#: What is found out of order needs this share of its words, and as many words; fewer if they are a whole subtitle.
_MOVED_SHARE, _MOVED_WORDS = 0.7, 4
#: Words that occur more often than this among what is left tell nothing about where a moved line is.
_MANY = 60
#: Runs of words that are unique this long are anchors; shorter ones only with another one of the same shift near them.
_ANCHOR_WORDS = (5, 4, 3, 2)
_NEAR_WORDS, _NEAR_SHIFT = 30, 12
#: How often what is left is looked through for scenes that were moved.
_PASSES = 3
#: With less than this share of the shorter text in order, it is the script of another film; what else should be moved?
_OTHER_SHARE = 0.04
#: So many pairs of words are compared in a pass; the shortest stretches between anchors, the surest, come first.
_MAX_CELLS = 60_000_000

#: What subtitles for the deaf and scripts put into brackets is heard, not said.
_HEARD = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|♪[^♪]*♪?|[（【][^）】]*[）】]")
_SPEAKER = re.compile(
    r"^[ \t]*(?:[-–—‐>]+[ \t]*)?(?:[A-ZÄÖÜÀ-Þ][A-ZÄÖÜÀ-Þ0-9.'’#-]*[ \t]?){1,3}:[ \t\n]+(?=\S)", re.MULTILINE
)
_MARKUP = re.compile(r"<[^<>]{0,80}>|\{[^{}]{0,80}\}")
#: Scripts without spaces between words are compared sign by sign.
_WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+(?:'[^\W_]+)?"
)
_SAME = {"ok": "okay", "yeah": "yes", "yep": "yes", "mister": "mr", "gonna": "going", "cannot": "can't"}

#: A word and the line it stands in.
_Word = tuple[str, int]
#: Place of a word in the script's dialogue and of the one in the subtitles that it is.
_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line of dialogue that is spoken: when, how surely (share of its words), and whether it was moved."""

    start_s: float
    end_s: float
    confidence: float
    is_moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What of a script is spoken.

    Attributes
    ----------
    found : mapping of the line's index in the script to its time
    agreement : float, 0..1
        How much of the script's dialogue, or of the subtitles, was matched, single lines out of order apart.
    unexplained_s : record seconds at which something is said that was not matched, one per word, ascending
    """

    found: Mapping[int, FoundLine]
    agreement: float
    unexplained_s: tuple[float, ...] = ()


def align_dialogue(lines: Sequence[ScriptLine], subtitles: Sequence[Subtitle]) -> Alignment:
    """Find the dialogue of a script in the subtitles of a cut."""
    ordered = sorted(subtitles, key=lambda line: (line.start_s, line.end_s))
    written = [(w, i) for i, line in enumerate(lines) if line.kind == "dialogue" for w in said_words(line.text)]
    spoken = [(w, i) for i, line in enumerate(ordered) for w in said_words(_without_speakers(line.text))]
    moments = _moments(ordered, spoken)
    if not written or not spoken:
        return Alignment(found={}, agreement=0.0, unexplained_s=tuple(sorted(start for start, _ in moments)))
    lengths = Counter(index for _, index in written)
    ours, theirs = list(range(len(written))), list(range(len(spoken)))
    kept: dict[int, Mapping[int, int]] = {}  # line -> word of the script -> word of the subtitles
    in_order: set[int] = set()
    is_other = True
    for number in range(_PASSES):
        pairs = _aligned(written, spoken, ours, theirs)
        new = _lines_in(pairs, written, lengths, is_moved=number > 0)
        if number == 0:
            new = _supported(new, lengths)
            in_order = set(new)
        kept |= new
        heard = sum(len(words) for words in kept.values())
        is_other = len(in_order) < 2 or heard < _OTHER_SHARE * min(len(written), len(spoken))
        if not new or is_other:
            break
        used = {other for words in kept.values() for other in words.values()}
        ours = [word for word in ours if written[word][1] not in kept]
        theirs = [other for other in theirs if other not in used]
    passages = set(kept)
    if not is_other:
        kept |= _single_lines(written, spoken, lengths, set(kept), set(theirs))
    used = {other for words in kept.values() for other in words.values()}
    said = sum(len(kept[index]) for index in passages)
    heard = sum(len(set(kept[index].values())) for index in passages)
    return Alignment(
        found=_timed(kept, in_order, lengths, moments),
        agreement=min(1.0, max(said / len(written), heard / len(spoken))),
        unexplained_s=tuple(sorted(start_s for place, (start_s, _) in enumerate(moments) if place not in used)),
    )


def said_words(text: str) -> list[str]:
    """Return the words that are spoken in a line: none where it only describes a sound."""
    import unicodedata

    plain = unicodedata.normalize("NFKC", _HEARD.sub(" ", text)).casefold().replace("’", "'")
    return [_SAME.get(word, word) for word in _WORD.findall(plain)]


def _without_speakers(text: str) -> str:
    """Return a subtitle without markup and without "PROOG:" before what Proog says."""
    plain = _MARKUP.sub(" ", text)
    return _SPEAKER.sub(" ", plain) or plain


def _aligned(
    written: Sequence[_Word], spoken: Sequence[_Word], ours: Sequence[int], theirs: Sequence[int]
) -> list[_Pair]:
    """Return the pairs of words, ascending in both, among those places of the script and of the subtitles."""
    left, right = _with_breaks(written, ours), _with_breaks(spoken, theirs)
    words, others = [word for word, _ in left], [word for word, _ in right]
    anchors = _anchors(words, others, [written[place][1] for _, place in left])
    pairs = list(anchors)
    gaps = [(a, b, c, d) for (a, b), (c, d) in pairwise([(-1, -1), *anchors, (len(words), len(others))])]
    compared = 0
    for a, b, c, d in sorted(gaps, key=lambda gap: (gap[2] - gap[0]) * (gap[3] - gap[1])):
        cells = (c - a) * (d - b)
        if c - a > 1 and d - b > 1 and compared + cells <= _MAX_CELLS:
            compared += cells
            # The anchors on either side belong to the passages that begin and end there.
            first, last = int(a >= 0), int(c < len(words))
            rows, columns = range(a + 1 - first, c + last), range(b + 1 - first, d + last)
            chain = chain_words(
                [words[k] for k in rows],
                [others[k] for k in columns],
                lines=[written[left[k][1]][1] for k in rows],
                other_lines=[spoken[right[k][1]][1] for k in columns],
            )
            for word, other in chain:
                if a < rows[word] < c and b < columns[other] < d:
                    pairs.append((rows[word], columns[other]))
    return [(left[word][1], right[other][1]) for word, other in sorted(pairs)]


def _with_breaks(words: Sequence[_Word], places: Sequence[int]) -> list[tuple[str, int]]:
    """Return those words with their places, and a word that is like no other wherever some are left out."""
    kept: list[tuple[str, int]] = []
    before = places[0] - 1 if places else 0
    for place in places:
        if place != before + 1:
            kept += [("", -1)] * _FOUND_WORDS
        kept.append((words[place][0], place))
        before = place
    return kept


def _anchors(words: Sequence[str], others: Sequence[str], lines: Sequence[int]) -> list[_Pair]:
    """Return pairs of the same word, ascending in both: of runs of words that both have exactly once.

    They lie within one of the script's `lines`: what follows a line may have been moved.
    """
    import numpy as np

    numbers = {"": 0}
    ours, theirs = (
        np.array([numbers.setdefault(word, len(numbers)) for word in text], np.uint64) for text in (words, others)
    )
    matches: dict[_Pair, int] = {}
    for length in _ANCHOR_WORDS:
        keys, places = _once(ours, length)
        their_keys, their_places = _once(theirs, length)
        is_within = [lines[place] == lines[place + length - 1] for place in places.tolist()]
        keys, places = keys[is_within], places[is_within]
        _, first, second = np.intersect1d(keys, their_keys, assume_unique=True, return_indices=True)
        for pair in zip(places[first].tolist(), their_places[second].tolist(), strict=True):
            matches.setdefault(pair, length)
    runs = sorted((place, other, length) for (place, other), length in matches.items())
    trusted = []
    for number, (place, other, length) in enumerate(runs):
        near = runs[max(0, number - 3) : number] + runs[number + 1 : number + 4]
        if length >= _ANCHOR_WORDS[1] or any(
            abs(place - their) <= _NEAR_WORDS and abs((other - place) - (there - their)) <= _NEAR_SHIFT
            for their, there, _ in near
        ):
            trusted.append((place, other, length))
    chain = _ascending([(place, other) for place, other, _ in trusted])
    lengths = {(place, other): length for place, other, length in trusted}
    pairs: list[_Pair] = []
    for place, other in chain:
        for step in range(lengths[place, other]):
            if not pairs or (place + step > pairs[-1][0] and other + step > pairs[-1][1]):
                pairs.append((place + step, other + step))
    return pairs


def _once(words: NDArray[np.uint64], length: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return a number for each run of so many words that occurs once, and its place; 0 is a break between words."""
    import numpy as np

    size = max(0, len(words) - length + 1)
    keys, is_whole = np.zeros(size, np.uint64), np.ones(size, np.bool_)
    for step in range(length):
        part = words[step : step + size]
        keys = keys * np.uint64(0x9E3779B97F4A7C15) + part  # modulo 2**64: that two runs collide is out of the question
        is_whole &= part != 0
    places = np.flatnonzero(is_whole)
    unique, first, counts = np.unique(keys[places], return_index=True, return_counts=True)
    return unique[counts == 1], places[first[counts == 1]]


def _ascending(pairs: Sequence[_Pair]) -> list[_Pair]:
    """Return the longest part of the pairs, sorted by their first, whose second numbers ascend (patience sorting)."""
    ends: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for index, (_, second) in enumerate(pairs):
        height = bisect.bisect_left(ends, second)
        before.append(tops[height - 1] if height else -1)
        ends[height : height + 1] = [second]
        tops[height : height + 1] = [index]
    chain: list[_Pair] = []
    index = tops[-1] if tops else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _lines_in(
    pairs: Iterable[_Pair], written: Sequence[_Word], lengths: Mapping[int, int], *, is_moved: bool
) -> dict[int, Mapping[int, int]]:
    """Return the lines enough of whose words are among the pairs, and lie together."""
    heard: dict[int, dict[int, int]] = defaultdict(dict)
    for word, other in pairs:
        heard[written[word][1]][word] = other
    share, least = (_MOVED_SHARE, _MOVED_WORDS) if is_moved else (_FOUND_SHARE, _FOUND_WORDS)
    found: dict[int, Mapping[int, int]] = {}
    for index, words in heard.items():
        length = lengths[index]
        others = _together(sorted(words.items()), int(_SPREAD_TIMES * length + _SPREAD_WORDS))
        if len(others) >= max(min(_FOUND_WORDS, length), share * length) and (not is_moved or length >= 2):
            found[index] = others
    if is_moved:  # passages, not phrases: short lines count with a found neighbour
        spoken = sorted(lengths)
        places = {index: place for place, index in enumerate(spoken)}
        passages = Counter[int]()
        names: dict[int, int] = {}
        before = None
        for index in sorted(found):
            near = before is not None and places[index] - places[before] <= 2
            near = near and before is not None and 0 < min(found[index].values()) - max(found[before].values()) <= 20
            names[index] = names[before] if near and before is not None else index
            passages[names[index]] += len(found[index])
            before = index
        found = {index: words for index, words in found.items() if passages[names[index]] >= least}
    return found


def _together(words: Sequence[_Pair], spread: int) -> dict[int, int]:
    """Return the most of a line's pairs that lie within so many words of the subtitles."""
    best, first = (0, 0), 0
    for last in range(len(words)):
        while words[last][1] - words[first][1] > spread:
            first += 1
        best = max(best, (last + 1 - first, -first))
    return dict(words[-best[1] : -best[1] + best[0]])


def _supported(heard: Mapping[int, Mapping[int, int]], lengths: Mapping[int, int]) -> dict[int, Mapping[int, int]]:
    """Return the lines that have a found neighbour, or enough words to be believed alone."""
    places = {index: place for place, index in enumerate(sorted(lengths))}
    found = sorted(heard)
    kept = {}
    for at, index in enumerate(found):
        near = [other for other in found[max(0, at - 1) : at + 2] if other != index]
        has_neighbour = any(abs(places[other] - places[index]) <= _ALONE_LINES for other in near)
        share = len(heard[index]) / lengths[index]
        least = _ALONE_WORDS - (share == 1.0)
        if has_neighbour or (share >= _ALONE_SHARE and len(heard[index]) >= least):
            kept[index] = heard[index]
    return kept


def _single_lines(
    written: Sequence[_Word], spoken: Sequence[_Word], lengths: Mapping[int, int], found: set[int], free: set[int]
) -> dict[int, Mapping[int, int]]:
    """Return lines that stand somewhere else than the script says, alone: by what their words agree on."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in sorted(free):
        places[spoken[place][0]].append(place)
    lines: dict[int, list[int]] = defaultdict(list)
    for word, (_, index) in enumerate(written):
        if index not in found and lengths[index] >= 2:
            lines[index].append(word)
    sizes = Counter(index for _, index in spoken)
    candidates: list[tuple[float, int, dict[int, int]]] = []
    for index, words in lines.items():
        shifts = Counter(
            place - word
            for word in words
            if len(places.get(written[word][0], ())) <= _MANY
            for place in places.get(written[word][0], ())
        )
        for shift, votes in shifts.most_common(3):
            if votes < min(2, len(words)):
                continue
            pairs = dict(_run(words, written, spoken, free, shift))
            is_whole = bool(pairs) and len(pairs) == len(words) == sum(
                sizes[line] for line in {spoken[other][1] for other in pairs.values()}
            )
            if len(pairs) >= _MOVED_SHARE * len(words) and (len(pairs) >= _MOVED_WORDS or is_whole):
                candidates.append((len(pairs) / len(words) + 0.01 * len(pairs), index, pairs))
    taken: set[int] = set()
    moved: dict[int, Mapping[int, int]] = {}
    for _, index, pairs in sorted(candidates, key=lambda row: (-row[0], row[1])):
        if index not in moved and taken.isdisjoint(pairs.values()):
            taken |= set(pairs.values())
            moved[index] = pairs
    return moved


def _run(
    words: Sequence[int], written: Sequence[_Word], spoken: Sequence[_Word], free: set[int], shift: int
) -> list[_Pair]:
    """Return a line's pairs in the subtitles about so many words further on."""
    first = words[0] + shift
    places = [place for place in range(first - 3, words[-1] + shift + 4) if place in free]
    found = chain_words(
        [written[word][0] for word in words],
        [spoken[place][0] for place in places],
        other_lines=[spoken[place][1] for place in places],
    )
    return [(words[word], places[other]) for word, other in found]


def _timed(
    kept: Mapping[int, Mapping[int, int]],
    in_order: set[int],
    lengths: Mapping[int, int],
    moments: Sequence[tuple[float, float]],
) -> dict[int, FoundLine]:
    found: dict[int, FoundLine] = {}
    end_s = 0.0
    for index in sorted(kept):
        words = kept[index].values()
        start_s, last_s = moments[min(words)][0], moments[max(words)][1]
        share = min(1.0, len(words) / lengths[index])
        is_moved = index not in in_order
        if not is_moved:  # overlapping subtitles overlap; the lines of a script follow one another
            start_s = max(end_s, start_s)
            end_s = max(start_s, last_s)
        found[index] = FoundLine(
            start_s=start_s,
            end_s=max(start_s, last_s),
            confidence=round((0.4 if is_moved else 0.5) * (1 + share), 3),
            is_moved=is_moved,
        )
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
