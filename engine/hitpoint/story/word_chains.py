"""The best chain of similar passages of two texts, word by word: dynamic programming over all pairs of words.

A passage is a local alignment (Smith and Waterman, 1981): words that are alike count, words that are not, or are in one
text only, cost. A chain is passages that follow one another in both texts; beginning one costs too, so that common
words do not match here and there, while a short line between two found ones does, and what is in one text only is
passed over at no cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    Scores = NDArray[np.float32]

_ALIKE, _SIMILAR = 1.0, 0.6
#: Another word in place of one, a word too many or too few, another passage.
_OTHER, _EXTRA, _BEGIN = -0.45, -0.35, -1.2
#: Words of at least this length are similar from this likeness on (of 100): "phenominal", "phenomenal".
_SIMILAR_LETTERS, _SIMILAR_SCORE = 4, 75.0
#: More pairs of words than this are not compared: two texts of this size without an anchor have nothing in common.
MAX_CELLS = 20_000_000
_MAX_SIMILAR_CELLS = 4_000_000
#: A passage that begins within a line, and not with it, costs more; lines that begin and end together count.
_BEGIN_WITHIN, _SAME_EDGE = -0.3, 0.15
_APART = np.float32(-1e9)


def chain_words(
    words: Sequence[str],
    others: Sequence[str],
    *,
    lines: Sequence[int] | None = None,
    other_lines: Sequence[int] | None = None,
) -> list[tuple[int, int]]:
    """Return the places of words that are alike, ascending in both texts. "" is like no word.

    `lines` and `other_lines` say which line each word stands in; None is one line.
    """
    n, m = len(words), len(others)
    if not n or not m or n * m > MAX_CELLS:
        return []
    if n > m:  # rows are stepped through, columns are computed together
        return [(a, b) for b, a in chain_words(others, words, lines=other_lines, other_lines=lines)]
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    table = _likeness(list(numbers), others)
    rows = [numbers[word] for word in words]
    opens, closes = _edges(lines, n)
    other_opens, other_closes = _edges(other_lines, m)
    begin = _BEGIN + np.where(other_opens, 0.0, _BEGIN_WITHIN / 2).astype(np.float32)
    steps = np.arange(m, dtype=np.float32) * np.float32(-_EXTRA)
    # state "between passages" and state "in a passage" that has come to this pair of words
    between = np.zeros(m + 1, np.float32)
    inside = np.full(m + 1, _APART, np.float32)
    moves = np.zeros((n, m), np.uint8)  # bits: 1-2 how the passage came here, 4 it ends here, 8 no word of the row
    for row, number in enumerate(rows):
        score = table[number]
        if opens[row] or closes[row]:
            is_edge = (other_opens & opens[row]) | (other_closes & closes[row])
            score = np.where(is_edge & (score > 0), score + np.float32(_SAME_EDGE), score)
        began = between[:-1] + (begin if opens[row] else begin + np.float32(_BEGIN_WITHIN))
        went_on = inside[:-1]
        is_first = began > went_on
        diagonal = np.where(is_first, began, went_on) + score
        down = inside[1:] + np.float32(_EXTRA)
        is_down = down > diagonal
        here = np.where(is_down, down, diagonal)
        along = np.maximum.accumulate(here + steps) - steps
        is_along = along > here + 1e-4
        passage = np.where(is_along, along, here)
        move = np.where(is_along, 3, np.where(is_down, 2, np.where(is_first, 1, 0))).astype(np.uint8)
        above = between[1:]
        is_end = passage > above
        reached = np.where(is_end, passage, above)
        furthest = np.maximum.accumulate(np.maximum(reached, np.float32(0)))
        moves[row] = move | (is_end << 2).astype(np.uint8) | ((furthest > reached) << 3).astype(np.uint8)
        between = np.concatenate((np.zeros(1, np.float32), furthest))
        inside = np.concatenate((np.full(1, _APART, np.float32), passage))
    return _traced(moves, table, rows)


def _edges(lines: Sequence[int] | None, length: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which words are the first, and which the last, of their line."""
    numbers = np.zeros(length, np.int64) if lines is None else np.asarray(lines, np.int64)
    is_other = np.concatenate(([True], numbers[1:] != numbers[:-1], [True]))
    return is_other[:-1], is_other[1:]


def _traced(moves: NDArray[np.uint8], table: Scores, rows: Sequence[int]) -> list[tuple[int, int]]:
    pairs = []
    row, column = len(rows) - 1, moves.shape[1] - 1
    is_inside = False
    while row >= 0 and column >= 0:
        move = int(moves[row, column])
        if not is_inside:
            if move & 8:
                column -= 1
            elif move & 4:
                is_inside = True
            else:
                row -= 1
            continue
        way = move & 3
        if way == 3:
            column -= 1
        elif way == 2:
            row -= 1
        else:
            if table[rows[row], column] > 0:
                pairs.append((row, column))
            is_inside = way == 0
            row, column = row - 1, column - 1
    return pairs[::-1]


def _likeness(words: Sequence[str], others: Sequence[str]) -> Scores:
    """Return what each pair of words counts, shape (words, others)."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(others))}
    table = np.full((len(words), len(numbers)), _OTHER, np.float32)
    long_words = [k for k, word in enumerate(words) if len(word) >= _SIMILAR_LETTERS]
    long_others = [k for word, k in numbers.items() if len(word) >= _SIMILAR_LETTERS]
    if long_words and long_others and len(long_words) * len(long_others) <= _MAX_SIMILAR_CELLS:
        from rapidfuzz.fuzz import ratio
        from rapidfuzz.process import cdist

        named = list(numbers)
        likeness = cdist(
            [words[k] for k in long_words], [named[k] for k in long_others], scorer=ratio, score_cutoff=_SIMILAR_SCORE
        )
        table[np.ix_(long_words, long_others)] = np.where(likeness > 0, _SIMILAR, _OTHER)
    for k, word in enumerate(words):
        if word and word in numbers:
            table[k, numbers[word]] = _ALIKE
    columns = [numbers[word] for word in others]
    table[:, [numbers[""]] if "" in numbers else []] = 2 * _OTHER
    return np.ascontiguousarray(table[:, columns])
