"""The last look at the outer voices: layers fold, double and rest, and so may bring back what the search avoided.

Wherever the lowest and the highest voice that sound move in parallel fifths or octaves from one chord to the next, the
upper one takes another tone of the chord; where that is the tune, the bass takes the other octave, and where it cannot,
the tune bends to a neighbouring tone of the chord (music.md §5).
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from hitpoint.composition.dialogue import SPEECH_LOW_MIDI
from hitpoint.composition.pitch import pitches_in
from hitpoint.composition.stage import Draft, Line, Stage, is_strong_place

_PERFECT = (0, 7)
#: How far an upper voice may be moved, in semitones.
_FARTHEST = 9
#: Who may be asked for another tone of the chord.
_ACCOMPANYING = frozenset({"pad", "pulse", "colour"})
_HELD = frozenset({"ground", "pad"})
#: How far the tune may bend, and the widest step to and from its bent note, in semitones.
_FARTHEST_BEND, _WIDEST_STEP = 5, 9
_NOT_HARMONY = frozenset({"impact", "riser", "percussion"})

Sounding = list[tuple[Line, Draft]]


def mend_parallels(lines: Sequence[Line], stage: Stage) -> None:
    """Move outer notes, in place, where they run in parallel from chord to chord: of all that sounds, of the pads."""
    notes = _Notes([line for line in lines if line.role not in _NOT_HARMONY])
    places = [_Place.of(was, start, stage, notes) for was, start in pairwise(_strong_places(stage))]
    tune = [line for line in lines if line.role == "melody"]
    for is_held_alone in (False, True, False, True):  # mending one may mar the other
        for place in places:
            _mend_at(place, stage, tune, is_held_alone=is_held_alone)


@dataclass(frozen=True, slots=True)
class _Place:
    """A beat at which the outer voices are compared, what sounds there, and what sounded at moments before it."""

    start: Fraction
    here: Sounding
    before: tuple[Sounding, ...]

    @classmethod
    def of(cls, was: Fraction, start: Fraction, stage: Stage, notes: _Notes) -> _Place:
        """Collect: the strong place before, what was heard just before, the chord before, the bar before."""
        just_before = start - Fraction(1, 8)
        chord = stage.chord_at(just_before).slot.start_beats
        bar = stage.form.bar_at(just_before).start_beats
        return cls(start, notes.at(start), tuple(notes.at(beats) for beats in (was, just_before, chord, bar)))


def _mend_at(place: _Place, stage: Stage, tune: Sequence[Line], *, is_held_alone: bool) -> None:
    def those_of(sounding: Sounding) -> Sounding:
        return [row for row in sounding if row[1].duration and (not is_held_alone or row[0].role in _HELD)]

    right = those_of(place.here)
    before = [those for sounding in place.before if (those := those_of(sounding))]
    for earlier in before:
        if right and _is_parallel(earlier, right):
            if not _mend(earlier, right, stage, place.start):
                _bend(tune, before, right, stage, place.start)
            right = those_of(place.here)


def _strong_places(stage: Stage) -> list[Fraction]:
    """Return the beats at which outer voices are compared: the strong ones, and every change of chord."""
    places = {*stage.chord_starts, stage.end_beats}
    for bar in stage.form.bars:
        at = bar.start_beats
        while at < bar.end_beats:
            if is_strong_place(bar, at):
                places.add(at)
            at += 1
    return sorted(places)


def _mend(left: Sounding, right: Sounding, stage: Stage, start: Fraction) -> bool:
    """Move or leave out who accompanies, or the bass by an octave, in place; return whether that was possible."""
    chord = stage.chord_at(start)
    in_speech = stage.speech.contains(stage.clock.seconds_at(start))
    top, bass = max(_pitches(right)), min(_pitches(right))
    moved = [(line, draft) for line, draft in right if draft.pitch == top]
    others = [pitch for pitch in _pitches(right) if pitch != top]
    if all(line.role in _ACCOMPANYING and draft.onset == start for line, draft in moved):
        low = max(line.instrument.low_midi for line, _ in moved)
        high = min(line.instrument.high_midi for line, _ in moved)
        choices = [
            pitch
            for pitch in pitches_in(chord.slot.shape.pitch_classes, low, high)
            if 0 < abs(pitch - top) <= _FARTHEST
            and not _runs_along(left, bass, max([pitch, *others]))
            and pitch not in others
            and not (in_speech and pitch >= SPEECH_LOW_MIDI)
        ]
        if choices:
            best = min(choices, key=lambda pitch: (abs(pitch - top) + (pitch > top), pitch))
            for _, draft in moved:
                draft.pitch = best
            return True
        if others and not _runs_along(left, bass, max(others)):
            for line, draft in moved:  # the chord is complete enough without it
                draft.duration = Fraction(0)
                line.drafts.remove(draft)
            return True
    low_notes = [(line, draft) for line, draft in right if draft.pitch == bass]
    if all(line.role == "ground" and draft.onset == start for line, draft in low_notes):
        for octave in (12, -12):
            fits = all(
                line.instrument.comfort_low_midi <= bass + octave <= line.instrument.comfort_high_midi
                for line, _ in low_notes
            )
            if fits and not _runs_along(left, min([bass + octave, *(p for p in _pitches(right) if p != bass)]), top):
                for _, draft in low_notes:
                    draft.pitch += octave
                return True
    return False


def _bend(tune: Sequence[Line], before: Sequence[Sounding], right: Sounding, stage: Stage, start: Fraction) -> None:
    """Let the tune, and all who double it, take a neighbouring tone of the chord, in place, where that helps."""
    top = max(_pitches(right))
    singers = [(line, draft) for line, draft in right if line.role == "melody" and draft.onset == start]
    singers = [(line, draft) for line, draft in singers if (draft.pitch - top) % 12 == 0]
    others = [draft.pitch for line, draft in right if line not in tune]
    if not singers or max(draft.pitch for _, draft in singers) != top or not others or max(others) >= top:
        return
    tones = stage.chord_at(start).slot.shape.pitch_classes
    best: tuple[int, int] | None = None
    for shift in range(-_FARTHEST_BEND, _FARTHEST_BEND + 1):
        new_top = max(top + shift, *others)
        if (
            shift
            and (top + shift) % 12 in tones
            and all(_may_bend(line, draft, shift) for line, draft in singers)
            and not any(_runs_along(left, min(others), new_top) for left in before)
        ):
            best = min(best or (99, 0), (abs(shift), shift))
    if best is not None:
        for _, draft in singers:
            draft.pitch += best[1]


def _may_bend(line: Line, draft: Draft, shift: int) -> bool:
    """Return whether a note may move by so many semitones: in range, and neither a leap nor a repetition of three."""
    pitch = draft.pitch + shift
    if not line.instrument.low_midi <= pitch <= line.instrument.high_midi:
        return False
    at = line.drafts.index(draft)
    around = [other.pitch for other in line.drafts[max(0, at - 1) : at + 2] if other is not draft]
    return all(abs(pitch - other) <= _WIDEST_STEP for other in around) and around.count(pitch) < 2


def _pitches(notes: Sounding) -> list[int]:
    return [draft.pitch for _, draft in notes]


def _is_parallel(left: Sounding, right: Sounding) -> bool:
    return _runs_along(left, min(_pitches(right)), max(_pitches(right)))


def _runs_along(left: Sounding, next_bass: int, next_top: int) -> bool:
    """Return whether going to a bass and a top would make a parallel with what sounded before."""
    bass, top = min(_pitches(left)), max(_pitches(left))
    same = (top - bass) % 12 == (next_top - next_bass) % 12
    return same and (top - bass) % 12 in _PERFECT and (next_bass - bass) * (next_top - top) > 0


class _Notes:
    """Which notes of some lines sound at a beat."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = [(line, sorted(line.drafts, key=lambda draft: draft.onset)) for line in lines]
        self._onsets = [[float(draft.onset) for draft in drafts] for _, drafts in self._lines]
        self._ends = [[float(draft.end) for draft in drafts] for _, drafts in self._lines]
        self._longest = [max((float(d.duration) for d in drafts), default=0.0) for _, drafts in self._lines]

    def at(self, beats: Fraction) -> Sounding:
        found: Sounding = []
        moment = float(beats)
        for (line, drafts), onsets, ends, longest in zip(
            self._lines, self._onsets, self._ends, self._longest, strict=True
        ):
            first = bisect.bisect_left(onsets, moment - longest)
            last = bisect.bisect_right(onsets, moment)
            found += [(line, drafts[i]) for i in range(first, last) if ends[i] > moment and drafts[i].duration]
        return found
