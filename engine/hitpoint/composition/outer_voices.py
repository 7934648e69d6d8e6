"""The last look at the outer voices: layers fold, double and leave out, and so may bring back what the search avoided.

Wherever the lowest and the highest held voice move in parallel fifths or octaves from one chord to the next, the upper
one takes another tone of the chord (music.md §5).
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from hitpoint.composition.pitch import pitches_in
from hitpoint.composition.stage import Draft, Line, Stage

_PERFECT = (0, 7)
#: How far the upper voice may be moved, in semitones.
_FARTHEST = 9


def mend_parallels(lines: Sequence[Line], stage: Stage) -> None:
    """Move upper notes of held harmony, in place, where they run in parallel with the bass."""
    grounds = _Sounding([line for line in lines if line.role == "ground"])
    pads = _Sounding([line for line in lines if line.role == "pad"])
    for before, chord in pairwise(stage.chords):
        start, was = chord.slot.start_beats, before.slot.start_beats
        lows, next_lows = grounds.at(was), grounds.at(start)
        highs, next_highs = pads.at(was), pads.at(start)
        if not (lows and next_lows and highs and next_highs):
            continue
        bass, next_bass = min(_pitches(lows)), min(_pitches(next_lows))
        top, next_top = max(_pitches(highs)), max(_pitches(next_highs))
        if not _is_parallel(bass, top, next_bass, next_top):
            continue
        moved = [(line, draft) for line, draft in next_highs if draft.pitch == next_top and draft.onset == start]
        others = [pitch for pitch in _pitches(next_highs) if pitch != next_top]
        low = max(line.instrument.low_midi for line, _ in moved) if moved else 0
        high = min(line.instrument.high_midi for line, _ in moved) if moved else 127
        choices = [
            pitch
            for pitch in pitches_in(chord.slot.shape.pitch_classes, low, high)
            if 0 < abs(pitch - next_top) <= _FARTHEST
            and not _is_parallel(bass, top, next_bass, max([pitch, *others]))
            and pitch not in others
        ]
        if moved and choices:
            best = min(choices, key=lambda pitch: (abs(pitch - next_top) + (pitch > next_top), pitch))
            for _, draft in moved:
                draft.pitch = best
        elif others and not _is_parallel(bass, top, next_bass, max(others)):
            for line, draft in moved:  # the chord is complete enough without it
                line.drafts.remove(draft)


def _pitches(notes: Sequence[tuple[Line, Draft]]) -> list[int]:
    return [draft.pitch for _, draft in notes]


def _is_parallel(bass: int, top: int, next_bass: int, next_top: int) -> bool:
    same = (top - bass) % 12 == (next_top - next_bass) % 12
    return same and (top - bass) % 12 in _PERFECT and (next_bass - bass) * (next_top - top) > 0


class _Sounding:
    """Which notes of some lines sound at a beat."""

    #: No held note is longer.
    _LONGEST_BEATS = 16

    def __init__(self, lines: Sequence[Line]) -> None:
        self._notes = [(line, sorted(line.drafts, key=lambda draft: draft.onset)) for line in lines]

    def at(self, beats: Fraction) -> list[tuple[Line, Draft]]:
        found = []
        for line, drafts in self._notes:
            first = bisect.bisect_left(drafts, beats - self._LONGEST_BEATS, key=lambda draft: draft.onset)
            for draft in drafts[first:]:
                if draft.onset > beats:
                    break
                if draft.end > beats:
                    found.append((line, draft))
        return found
