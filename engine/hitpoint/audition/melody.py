"""Is there a tune? How much of the time somebody sings, and how long a line is before it breaks off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.music import Composition, Note

#: A rest longer than this ends a line (as in composition/figures.py).
LONGEST_REST_BEATS = Fraction(1)


@dataclass(frozen=True, slots=True)
class MelodyFigures:
    """Figures of the melody of a cue.

    Attributes
    ----------
    melody_share : float, 0..1
        Of the time in which nobody speaks: how much of it some melody sounds.
    longest_line_notes : int
        Most notes of one melody without a rest of more than a beat.
    """

    melody_share: float
    longest_line_notes: int


def melody_figures(
    composition: Composition, start_s: float, end_s: float, spoken_s: Sequence[tuple[float, float]]
) -> MelodyFigures:
    """Return the figures between two record seconds; `spoken_s` are spans in which somebody speaks."""
    melodies = [part.notes for part in composition.parts if part.role == "melody"]
    seconds_at = composition.tempo_map.seconds_at
    sung = [
        (float(seconds_at(note.onset_beats)), float(seconds_at(note.onset_beats + note.duration_beats)))
        for notes in melodies
        for note in notes
    ]
    spoken = _merged(spoken_s, start_s, end_s)
    free_s = end_s - start_s - sum(b - a for a, b in spoken)
    sung_s = sum(b - a for a, b in _merged(sung, start_s, end_s))
    both_s = sum(max(0.0, min(b, d) - max(a, c)) for a, b in _merged(sung, start_s, end_s) for c, d in spoken)
    share = (sung_s - both_s) / free_s if free_s > 1e-9 else 0.0
    return MelodyFigures(share, max((_longest_line(notes) for notes in melodies), default=0))


def _merged(spans: Sequence[tuple[float, float]], start_s: float, end_s: float) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for first, last in sorted(spans):
        first, last = max(first, start_s), min(last, end_s)
        if last <= first:
            continue
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def _longest_line(notes: Sequence[Note]) -> int:
    longest = count = 0
    sounds_until: Fraction | None = None
    previous: Fraction | None = None
    for note in sorted(notes, key=lambda n: n.onset_beats):
        if note.onset_beats == previous:
            continue  # a doubling in one part is the same note of the line
        is_joined = sounds_until is not None and note.onset_beats - sounds_until <= LONGEST_REST_BEATS
        count = count + 1 if is_joined else 1
        previous, sounds_until = note.onset_beats, note.onset_beats + note.duration_beats
        longest = max(longest, count)
    return longest
