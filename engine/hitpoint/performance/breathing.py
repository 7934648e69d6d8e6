"""Tempo breathing: all players together come a little late towards the end of a phrase and are back for the next one.

The tempo map stays what it is. Breathing is a displacement of what is played against it, one smooth function of beats
for all parts, so that chords stay together; it is nothing at the hits and near them.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hitpoint.model.music import Composition
from hitpoint.model.tempo import TempoMap
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.phrases import PhraseSpan, phrase_spans
from hitpoint.performance.timing import Chance

#: Latest that a phrase becomes, and in beats: a fast tempo has less to give (music.md §1: a change of the tempo under
#: 2 % passes unnoticed; 4 % of a beat, gained over three, stays near that).
LONGEST_S = 0.025
_LONGEST_BEATS = 0.04
#: It becomes so over at most this long, until one beat before its end; over that beat it is made up for.
_RISE_BEATS = 3.0
_RETURN_BEATS = 1.0
#: A phrase of fewer beats does not breathe.
_SHORTEST_PHRASE_BEATS = Fraction(4)
#: Phrases differ by up to this share, so that no two breaths are the same.
_VARIETY = 0.25
#: Planned intensity (mean of the phrase, 0..1) up to which music breathes fully, and from which on it drives.
_CALM, _DRIVING = 0.35, 0.75
#: Around a hit nothing is displaced, and beyond that it fades in.
_STILL_BEFORE_HIT_S, _STILL_AFTER_HIT_S, _FADE_S = 0.5, 0.25, 1.0


@dataclass(frozen=True, slots=True)
class _Breath:
    """One phrase end: late by `depth_s` at `peak_beats`, by nothing at `start_beats` and `end_beats`."""

    start_beats: float
    peak_beats: float
    end_beats: float
    depth_s: float

    def late_s(self, beats: float) -> float:
        """Return the displacement at a beat."""
        if not self.start_beats < beats < self.end_beats:
            return 0.0
        if beats <= self.peak_beats:
            share = (beats - self.start_beats) / (self.peak_beats - self.start_beats)
        else:
            share = (self.end_beats - beats) / (self.end_beats - self.peak_beats)
        return self.depth_s * _smooth(share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breathing:
    """The displacement that all parts share. `breaths` are in order, `hits_s` sorted record seconds."""

    tempo_map: TempoMap
    breaths: tuple[_Breath, ...]
    hits_s: tuple[float, ...]

    def late_samples(self, beats: Fraction) -> int:
        """Return by how many samples what is written at a beat sounds late, >= 0."""
        at = float(beats)
        index = bisect.bisect_right(self.breaths, at, key=lambda breath: breath.start_beats) - 1
        late_s = self.breaths[index].late_s(at) if index >= 0 else 0.0
        if late_s == 0.0:
            return 0
        return round(late_s * self._freedom(float(self.tempo_map.seconds_at(beats))) * SAMPLE_RATE_HZ)

    def _freedom(self, at_s: float) -> float:
        """Return 0 at a hit and near it, rising to 1 farther away."""
        following = bisect.bisect_left(self.hits_s, at_s)
        away_s = math.inf
        if following < len(self.hits_s):
            away_s = self.hits_s[following] - _STILL_BEFORE_HIT_S - at_s
        if following > 0:
            away_s = min(away_s, at_s - self.hits_s[following - 1] - _STILL_AFTER_HIT_S)
        return _smooth(away_s / _FADE_S)


def plan_breathing(composition: Composition, *, hit_beats: Sequence[Fraction], seed: int, humanise: float) -> Breathing:
    """Return where a cue breathes and how far.

    Parameters
    ----------
    hit_beats : sequence of Fraction
        Of all hits, the soft ones too.
    humanise : float, >= 0
        Share of the full depth; 0 does not breathe, more than 1 is taken as 1.
    """
    chance = Chance(seed, "breathing")
    breaths = (
        _breath(span, composition, chance, min(1.0, humanise))
        for span in phrase_spans(composition)
        if not span.leads_to_hit and span.end_beats - span.start_beats >= _SHORTEST_PHRASE_BEATS
    )
    return Breathing(
        tempo_map=composition.tempo_map,
        breaths=tuple(breath for breath in breaths if breath.depth_s > 0.0),
        hits_s=tuple(sorted(float(composition.tempo_map.seconds_at(beats)) for beats in hit_beats)),
    )


def _breath(span: PhraseSpan, composition: Composition, chance: Chance, humanise: float) -> _Breath:
    end = float(span.end_beats)
    peak = end - _RETURN_BEATS
    seconds_per_beat = float(composition.tempo_map.seconds_per_beat_at(span.end_beats - 1))
    calm = float(np.interp(_intensity(span, composition), [_CALM, _DRIVING], [1.0, 0.0]))
    varied = 1.0 - _VARIETY * (chance.signed(span.end_beats) + 1.0) / 2.0
    return _Breath(
        start_beats=peak - min(_RISE_BEATS, (peak - float(span.start_beats)) / 2.0),
        peak_beats=peak,
        end_beats=end,
        depth_s=humanise * calm * varied * min(LONGEST_S, _LONGEST_BEATS * seconds_per_beat),
    )


def _intensity(span: PhraseSpan, composition: Composition) -> float:
    """Return the mean planned intensity 0..1 of a phrase."""
    tempo_map, rows = composition.tempo_map, len(composition.intensity)
    first, last = (
        int((tempo_map.seconds_at(beats) - tempo_map.start_s) / composition.intensity_hop_s)
        for beats in (span.start_beats, span.end_beats)
    )
    first = min(max(0, first), rows - 1)
    return float(composition.intensity[first : max(last, first + 1)].mean())


def _smooth(share: float) -> float:
    """Return 0..1 with level ends for 0..1 (held outside)."""
    share = min(1.0, max(0.0, share))
    return share * share * (3.0 - 2.0 * share)
