"""A cue that is longer than what a model makes at once: overlapping windows on downbeats, joined where nobody hears it.

Positions are record samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.seams import FADE_S, SeamFigures, join_windows, measure_seam
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

#: Two windows share so much, and no more than this share of a window: what a model goes on from, and room for a seam.
_OVERLAP_S, _OVERLAP_SHARE = 6.0, 1 / 3
#: Asked for beyond the end of a window, since what is played slower than the score would end before it.
_MARGIN_S, _MARGIN_SHARE = 1.5, 0.05
#: A seam that is heard is tried on so many downbeats, and then with a longer fade.
_MOST_DOWNBEATS = 3
_FADES_S = (FADE_S, 0.25)
#: So many downbeats are enough to compare one with.
_ENOUGH_DOWNBEATS = 24
#: What more than 99 of 100 other moments have, and by how much more than a window's own accent is more.
_UNHEARD_RANK, _AS_MUCH = 0.99, 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Record samples [start, end) of a cue, and how many samples are asked for from `start_sample` on."""

    start_sample: int
    end_sample: int
    asked_samples: int

    @property
    def length_samples(self) -> int:
        """Samples of the score in it."""
        return self.end_sample - self.start_sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """Where two windows were joined, how, and what is heard of it; `tries` are the seams that were measured.

    It is heard where more happens than at 99 of 100 other moments, and more than either window has there by itself.
    """

    sample: int
    fade_s: float
    gain_db: float
    figures: SeamFigures
    is_heard: bool
    tries: int


def plan_windows(
    *,
    start_sample: int,
    length_samples: int,
    downbeats: Sequence[int],
    longest_samples: int,
    noisy_end_samples: int = 0,
) -> tuple[Window, ...]:
    """Return windows that cover a cue, none longer than a model makes well with its noisy end left out.

    One where that is enough; else each but the last ends on the last downbeat that it reaches, and the next one begins
    on the last downbeat that leaves an overlap.
    """
    margin = min(round(_MARGIN_S * SAMPLE_RATE_HZ), round(_MARGIN_SHARE * longest_samples))
    if length_samples + noisy_end_samples <= longest_samples:
        asked = min(longest_samples, length_samples + noisy_end_samples + margin)
        return (Window(start_sample=start_sample, end_sample=start_sample + length_samples, asked_samples=asked),)
    usable = longest_samples - noisy_end_samples - margin
    if usable < 2 * SAMPLE_RATE_HZ:
        raise ValueError(f"windows of {longest_samples} samples, {noisy_end_samples} of them noise, are too short")
    overlap = min(round(_OVERLAP_S * SAMPLE_RATE_HZ), round(_OVERLAP_SHARE * usable))
    bars, end = sorted(downbeats), start_sample + length_samples
    spans = [(start_sample, end)]
    while spans[-1][1] - spans[-1][0] > usable:
        first = spans[-1][0]
        until = _last(bars, first + 2 * overlap, first + usable)
        spans[-1] = (first, until)
        following = _last(bars, first + 1, until - overlap)
        if end - following <= usable:  # the last one goes back as far as it can: more to go on from, and no scrap
            following = min(
                (bar for bar in bars if end - usable <= bar <= following and bar > first), default=following
            )
        spans.append((following, end))
    return tuple(
        Window(start_sample=first, end_sample=last, asked_samples=last - first + noisy_end_samples + margin)
        for first, last in spans
    )


def _last(bars: Sequence[int], first: int, last: int) -> int:
    """Return the last downbeat in first..last, both included; `last` itself where bars are too long for one."""
    return max((bar for bar in bars if first <= bar <= last), default=last)


def join(
    left: Audio, right: Audio, *, left_start: int, right_start: int, downbeats: Sequence[int], beats: Sequence[int]
) -> tuple[Audio, Seam]:
    """Return `left` and from a seam in their overlap on `right`, and the seam: the first that nobody hears.

    Both are aligned to record samples already, so nothing is moved. Where every seam is heard it is the one that is
    heard least.

    Parameters
    ----------
    left, right : float32 [shape=(n, 2)]
        The left one from record sample `left_start` on: the windows before, joined.
    downbeats, beats : sequence of int
        Record samples; a seam lies on a downbeat where the overlap has one, and is compared with what happens at the
        others (with all beats, where they are few).
    """
    first, last = right_start, left_start + len(left)
    moments = downbeats if len(downbeats) >= _ENOUGH_DOWNBEATS else beats
    best: tuple[float, Audio, Seam] | None = None
    tries = 0
    for fade_s in _FADES_S:
        fade = round(fade_s * SAMPLE_RATE_HZ)
        if first + fade >= last:
            continue
        for sample in _places(downbeats, first + fade, last):
            joined = join_windows(
                left,
                right,
                right_start_sample=right_start - left_start,
                seam_sample=sample - left_start,
                most_shift_ms=0.0,
                fade_s=fade_s,
            )
            tries += 1
            begin = max(0, sample - left_start - len(right))  # as much of the left as there is of the right
            figures = measure_seam(
                joined.audio[begin:],
                sample - left_start - begin,
                comparable=[at - left_start - begin for at in moments],
            )
            is_heard = figures.is_heard and not _is_music(
                figures,
                measure_seam(left[begin:], sample - left_start - begin),
                measure_seam(right, sample - right_start),
            )
            seam = Seam(
                sample=sample,
                fade_s=fade_s,
                gain_db=joined.gain_db,
                figures=figures,
                is_heard=is_heard,
                tries=tries,
            )
            rank = max(figures.onset_rank, figures.click_rank, figures.step_rank)
            if not is_heard:
                return joined.audio, seam
            if best is None or rank < best[0]:
                best = rank, joined.audio, seam
    if best is None:
        raise ValueError(f"windows that share {last - first} samples cannot be joined")
    return best[1], replace(best[2], tries=tries)


def _is_music(seam: SeamFigures, left: SeamFigures, right: SeamFigures) -> bool:
    """Return whether all that stands out at a seam is what one of the windows has there by itself: an accent."""
    pairs = (
        (seam.onset_rank, seam.onset, left.onset, right.onset),
        (seam.click_rank, seam.click, left.click, right.click),
        (seam.step_rank, seam.step_db, left.step_db, right.step_db),
    )
    return all(rank <= _UNHEARD_RANK or here <= _AS_MUCH * max(ours, theirs) for rank, here, ours, theirs in pairs)


def _places(downbeats: Sequence[int], first: int, last: int) -> list[int]:
    """Return the downbeats on which a seam may lie, those nearest to the middle first; the middle where there is none.

    Not in the last eighth: a window that was played slower than the score, or ends in noise, has run out there.
    """
    middle, end = (first + last) // 2, last - (last - first) // 8
    inside = sorted((beat for beat in downbeats if first <= beat <= end), key=lambda beat: abs(beat - middle))
    return inside[:_MOST_DOWNBEATS] or [middle]
