"""Where phrases begin and end: as composition planned them, else between the rests of the melody."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.music import Composition, Note

#: The highest point of a phrase (music.md §4).
PEAK_SHARE = 2 / 3
#: A rest this long ends a phrase where none are planned.
_PHRASE_REST_BEATS = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseSpan:
    """A phrase that all parts share; the next one starts at its end or, after a rest, later."""

    start_beats: Fraction
    end_beats: Fraction
    leads_to_hit: bool = False


def phrase_spans(composition: Composition) -> tuple[PhraseSpan, ...]:
    """Return the phrases in order: the planned ones, else those of the melody, else none."""
    if composition.phrases:
        return tuple(
            PhraseSpan(
                start_beats=phrase.start_beats,
                end_beats=phrase.end_beats,
                leads_to_hit=bool(phrase.towards_hit_id),
            )
            for phrase in composition.phrases
        )
    melody = _by_onset(note for part in composition.parts if part.role == "melody" for note in part.notes)
    return tuple(
        PhraseSpan(start_beats=melody[first].onset_beats, end_beats=_end_beats(melody[first:stop]))
        for first, stop in _between_rests(melody)
    )


def phrases_of_line(notes: Sequence[Note], spans: Sequence[PhraseSpan]) -> list[tuple[int, int]]:
    """Return which notes (sorted by onset) make a phrase: [first, stop) of each, without gaps.

    A note belongs to the shared phrase that began last before it; a line that shares none breathes at its own rests.
    """
    if not spans:
        return _between_rests(notes)
    starts = [span.start_beats for span in spans]
    phrase_of = [max(0, bisect.bisect_right(starts, note.onset_beats) - 1) for note in notes]
    firsts = [index for index, phrase in enumerate(phrase_of) if index == 0 or phrase != phrase_of[index - 1]]
    return list(zip(firsts, [*firsts[1:], len(notes)], strict=True)) if firsts else []


def _by_onset(notes: Iterable[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: (note.onset_beats, note.pitch_midi))


def _end_beats(notes: Iterable[Note]) -> Fraction:
    return max(note.onset_beats + note.duration_beats for note in notes)


def _between_rests(notes: Sequence[Note]) -> list[tuple[int, int]]:
    phrases = []
    first, end = 0, Fraction(0)
    for index, note in enumerate(notes):
        end = max(end, note.onset_beats + note.duration_beats)
        if index + 1 == len(notes) or notes[index + 1].onset_beats - end >= _PHRASE_REST_BEATS:
            phrases.append((first, index + 1))
            first = index + 1
    return phrases
