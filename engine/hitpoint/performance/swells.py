"""What players add to the dynamic line on their own: phrases that swell, long notes that live (music.md §7).

A curve in dB per part, multiplied with the part's dynamic line (`expression`). It is 0 in the breath before every hit
and on notes that carry one, so that what is heard at the hits is what composition wrote.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.phrases import PEAK_SHARE
from hitpoint.performance.timing import BREATH_SAMPLES

#: Lines that sing (solo lines are melody or counter too), and those that are held beneath them. A pulse is even, risers
#: and impacts have their shape from composition.
SINGING_ROLES = frozenset({"melody", "counter"})
_HELD_ROLES = frozenset({"pad", "ground", "colour"})
#: A phrase of a singing line, at its ends and at its highest point.
_PHRASE_LOW_DB, _PHRASE_HIGH_DB = -2.0, 1.0
#: A shorter phrase rises by less.
_FULL_PHRASE_S = 4.0
#: Notes held longer swell: of singing lines and, gently, of held ones.
LONG_NOTE_S = 2.0
_LONG_SINGING_DB, _LONG_HELD_DB = 3.0, 2.0
#: Where a long note can have its highest point, as a share of its length: it never ends at its loudest, which would
#: be an accent on what follows.
_LONG_PEAK_SHARES = (0.2, 0.85)
#: The curve goes to 0 before a hit, and comes back after one, over this long: far too slow to be heard as an onset.
_TO_HIT_SAMPLES = 6 * SAMPLE_RATE_HZ // 10

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldSpan:
    """A stretch of a part in which no note begins, in record samples: all that sounds in it is held."""

    start: int
    end: int
    carries_hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Swells:
    """The curve of one part.

    Attributes
    ----------
    role : str
    phrases : sequence of (int, int)
        Record samples of the first note's start and the last note's end of each phrase; sorted, not overlapping.
    held : sequence of HeldSpan
        From each onset of the part to the next one or to where its notes end; sorted.
    hit_samples : sequence of int
        Of all hits, sorted record samples.
    humanise : float, >= 0
        Share of the full depth.
    """

    role: str
    phrases: Sequence[tuple[int, int]]
    held: Sequence[HeldSpan]
    hit_samples: Sequence[int]
    humanise: float

    def db_at(self, samples: Curve) -> Curve:
        """Return the curve at record samples [shape=(n,), rising]."""
        curve = np.zeros(len(samples))
        if self.role in SINGING_ROLES:
            curve += self._phrase_db(samples) + self._long_notes_db(samples, _LONG_SINGING_DB)
        elif self.role in _HELD_ROLES:
            curve += self._long_notes_db(samples, _LONG_HELD_DB)
        return curve * self.humanise * self._freedom(samples)

    def _phrase_db(self, samples: Curve) -> Curve:
        curve = np.full(len(samples), _PHRASE_LOW_DB)
        for start, end in self.phrases:
            first, stop = np.searchsorted(samples, [start, end])
            peak_db = (_PHRASE_HIGH_DB - _PHRASE_LOW_DB) * min(1.0, (end - start) / (_FULL_PHRASE_S * SAMPLE_RATE_HZ))
            curve[first:stop] += peak_db * _hump(samples[first:stop], start, _peak_of(start, end), end)
        return curve

    def _long_notes_db(self, samples: Curve, depth_db: float) -> Curve:
        """Return crescendo before a phrase's highest point, diminuendo after it, messa di voce where it lies inside."""
        curve = np.zeros(len(samples))
        for span in self.held:
            length = span.end - span.start
            if length > LONG_NOTE_S * SAMPLE_RATE_HZ and not span.carries_hit:
                low, high = (span.start + round(share * length) for share in _LONG_PEAK_SHARES)
                peak = min(high, max(low, self._phrase_peak(span.start)))
                first, stop = np.searchsorted(samples, [span.start, span.end])
                curve[first:stop] += depth_db * _hump(samples[first:stop], span.start, peak, span.end)
        return curve

    def _phrase_peak(self, sample: int) -> int:
        """Return the record sample of the highest point of the phrase that a sample belongs to."""
        following = bisect.bisect_right(self.phrases, sample, key=lambda phrase: phrase[0])
        return _peak_of(*self.phrases[following - 1])

    def _freedom(self, samples: Curve) -> Curve:
        """Return 0 in the breath before each hit and on notes that carry one, 1 where no hit is near."""
        ends = {hit: hit for hit in self.hit_samples} | {span.start: span.end for span in self.held if span.carries_hit}
        if not ends:
            return np.ones(len(samples))
        hits = np.array(sorted(ends))
        begins = np.concatenate([hits - BREATH_SAMPLES, [np.inf]])
        stops = np.concatenate([[-np.inf], np.maximum.accumulate([ends[hit] for hit in hits])])
        following = np.searchsorted(begins, samples, side="right")
        away = np.minimum(begins[following] - samples, samples - stops[following])
        return _smooth(np.clip(away / _TO_HIT_SAMPLES, 0.0, 1.0))


def _peak_of(start: int, end: int) -> int:
    return start + round(PEAK_SHARE * (end - start))


def _hump(samples: Curve, start: int, peak: int, end: int) -> Curve:
    """Return 0 at start and end, 1 at the peak, smooth in between."""
    return _smooth(np.interp(samples, [start, peak, end], [0.0, 1.0, 0.0]))


def _smooth(share: Curve) -> Curve:
    return share * share * (3.0 - 2.0 * share)
