"""Writing around dialogue (music.md §6): what a line leaves out while somebody speaks. Hits are not touched here."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hitpoint.composition.stage import Draft, Line, Stage, is_strong_place

#: The band in which speech is understood, as pitches of fundamentals: 300 Hz (E♭4) to 3.4 kHz (A♭7).
SPEECH_LOW_MIDI, SPEECH_HIGH_MIDI = 62, 104
#: Pieces of held notes shorter than this are not worth playing.
SHORTEST_PIECE_BEATS = Fraction(1, 2)
_SOFTER = 0.85
_STRUCK_SOFTER = 0.6
#: Bass notes under this leave most of the band of speech alone.
_DEEP_MIDI = 43
#: Stems whose low notes, too, have their strength where speech is understood.
_PIERCING_STEMS = frozenset({"brass", "choir"})
_SUSTAINING = ("ground", "pad")


def write_around(line: Line, stage: Stage) -> None:
    """Thin a line out, in place, wherever its notes share time with speech."""
    if not stage.speech.spans or line.role == "impact":
        return
    kept: list[Draft] = []
    for draft in line.drafts:
        start_s, end_s = stage.clock.seconds_at(draft.onset), stage.clock.seconds_at(draft.end)
        spans = stage.speech.overlapping(start_s, end_s)
        if not spans or draft.hit_id:
            kept.append(draft)
        elif line.role in _SUSTAINING and line.instrument.is_percussive:
            kept += _struck(draft, stage, spans)
        elif line.role in _SUSTAINING:
            kept += _held(draft, line.stem, stage, spans)
        elif start_s < spans[0][0] and draft.pitch < SPEECH_HIGH_MIDI:
            kept += _shortened(draft, stage, spans[0][0])
        elif line.role == "pulse" and draft.pitch < SPEECH_LOW_MIDI and _is_sparse(draft, stage, kept):
            draft.velocity *= _SOFTER
            kept.append(draft)
    line.drafts = kept


def _is_sparse(draft: Draft, stage: Stage, kept: Sequence[Draft]) -> bool:
    """Return whether a pulse note is a downbeat with something to say: all that is left of a pulse under speech."""
    is_worn = [before.pitch for before in kept[-2:]] == [draft.pitch] * 2
    return draft.onset == stage.form.bar_at(draft.onset).start_beats and not is_worn


def _shortened(draft: Draft, stage: Stage, speech_s: float) -> list[Draft]:
    """Return a note ended where somebody starts to speak, if anything is left of it."""
    end = Fraction(int(stage.clock.beats_at(speech_s) * 8), 8)
    if end - draft.onset < Fraction(1, 4):
        return []
    draft.duration = min(draft.duration, end - draft.onset)
    return [draft]


def _struck(draft: Draft, stage: Stage, spans: Sequence[tuple[float, float]]) -> list[Draft]:
    """Return a struck note of the accompaniment: in speech only low downbeats and deep strong beats stay, softly."""
    if stage.clock.seconds_at(draft.onset) < spans[0][0]:
        return [draft] if draft.pitch < SPEECH_LOW_MIDI else _shortened(draft, stage, spans[0][0])
    bar = stage.form.bar_at(draft.onset)
    is_low = draft.pitch < _DEEP_MIDI and is_strong_place(bar, draft.onset)
    if draft.pitch >= SPEECH_LOW_MIDI or not (is_low or draft.onset == bar.start_beats):
        return []
    draft.velocity *= _STRUCK_SOFTER
    return [draft]


def _held(draft: Draft, stem: str, stage: Stage, spans: Sequence[tuple[float, float]]) -> list[Draft]:
    """Return a held note under speech: low soft ones stay, softer; those in the band, and brass, sound in the gaps."""
    if not SPEECH_LOW_MIDI <= draft.pitch < SPEECH_HIGH_MIDI and stem not in _PIERCING_STEMS:
        if stage.speech.contains(stage.clock.seconds_at(draft.onset)):
            draft.velocity *= _SOFTER
        return [draft]
    pieces = []
    begin = draft.onset
    for start_s, end_s in spans:
        stop = Fraction(int(stage.clock.beats_at(start_s) * 4), 4)
        if stop - begin >= SHORTEST_PIECE_BEATS:
            pieces.append(Draft(begin, stop - begin, draft.pitch, draft.velocity, draft.articulation))
        begin = max(begin, Fraction(-int(-stage.clock.beats_at(end_s) * 2 // 1), 2))
    if draft.end - begin >= SHORTEST_PIECE_BEATS:
        pieces.append(Draft(begin, draft.end - begin, draft.pitch, draft.velocity, draft.articulation))
    return pieces
