"""A written cue that keeps its notes: moved onto another tempo map, and with windows of it written again.

Notes of what is kept are the old ones, with the same distance from their bar line. At the edges of a window

* a note of before that rings into it stays whole where it fits the first chord there or where it is locked, else it
  ends with the bar;
* a note of the window ends with the window;
* what was held across the end of the window is taken again there, where nobody of the part plays on;
* dynamic lines go from the old level to the new one, and back, over two beats.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

import numpy as np

from hitpoint.model.music import (
    Chord,
    Composition,
    DynamicPoint,
    HitWriting,
    Note,
    Part,
    Phrase,
    Section,
    ThemeUse,
)
from hitpoint.model.revision import NO_END, Stretch, Window, kept_stretches
from hitpoint.model.tempo_plan import TempoPlan

#: Over this long at a window's edges dynamic lines go from one level to the other.
_BLEND_BEATS = Fraction(2)
#: A held note that loses less than this is not taken again.
_SHORTEST_REST_BEATS = Fraction(1, 2)
_HELD_ROLES = frozenset({"ground", "pad", "counter", "melody"})
#: Seams are looked for this far outside of what has to be written again; a note that crosses one costs as much as so
#: many bars, and where a phrase begins there is this much to win.
_SEAM_REACH_BARS, _CROSSING_BARS, _PHRASE_BARS = 4, 0.5, 2.5

_Item = TypeVar("_Item")
_Span = TypeVar("_Span", Section, Phrase)


def choose_seams(
    composition: Composition, start: Fraction, end: Fraction, *, locked: Sequence[tuple[Fraction, Fraction]] = ()
) -> tuple[Fraction, Fraction]:
    """Return bar lines around beats [start, end) between which to write again: where little is held, phrases begin.

    `end` may be `NO_END`. Locked stretches (start, end) of beats are not entered.
    """
    tempo_map = composition.tempo_map
    lines = [line for line in tempo_map.bar_lines() if line < composition.end_beats]
    phrases = {phrase.start_beats for phrase in composition.phrases}
    notes = [note for part in composition.parts for note in part.notes]
    onsets = np.array([float(note.onset_beats) for note in notes])  # beats are far enough apart for floats
    stops = np.array([float(note.onset_beats + note.duration_beats) for note in notes])

    def price(line: Fraction, bars_away: int) -> float:
        crossing = int(np.count_nonzero((onsets < float(line)) & (float(line) < stops)))
        return bars_away + _CROSSING_BARS * crossing - (_PHRASE_BARS if line in phrases or line == 0 else 0.0)

    before = [line for line in lines if line <= start]
    after = [line for line in lines if line >= end]
    lowest = max((stop for _, stop in locked if stop <= start), default=Fraction(0))
    highest = min((first for first, _ in locked if first >= end), default=NO_END)
    left = [line for line in before[-1 - _SEAM_REACH_BARS :] if line >= lowest] or before[-1:]
    right = [line for line in after[: 1 + _SEAM_REACH_BARS] if line <= highest]
    first = min(left, key=lambda line: price(line, bisect.bisect(before, start) - bisect.bisect(before, line)))
    if end == NO_END or not right:
        return first, NO_END
    return first, min(right, key=lambda line: price(line, after.index(line)))


def retimed(old: Composition, plan: TempoPlan, windows: Sequence[Window]) -> Composition:
    """Return a composition with its notes on another tempo map; all windows keep their beats."""
    if not all(window.keeps_beats for window in windows):
        raise ValueError("beats inside these windows are others; write them again")
    return replace(old, tempo_map=plan.tempo_map, intensity=_intensity(old, None, plan, windows))


def rewritten(
    old: Composition,
    new: Composition,
    plan: TempoPlan,
    windows: Sequence[Window],
    *,
    stems: frozenset[str] | None = None,
    locked: Sequence[tuple[Fraction, Fraction]] = (),
) -> Composition:
    """Return the old music with that of `new`, which was composed for the same plan, in the windows.

    Parameters
    ----------
    windows : sequence of Window
        Sorted; what lies between stands.
    stems : frozenset of str or None
        Only parts of these stems are taken from `new`.
    locked : sequence of (start, end)
        Beats of the old cue whose notes stay as long as they are.
    """
    kept = list(kept_stretches(windows))
    old_parts, new_parts = ({part.id: part for part in side.parts} for side in (old, new))
    order = [part.id for part in old.parts] + [part.id for part in new.parts if part.id not in old_parts]
    parts = []
    for part_id in order:
        was, now = old_parts.get(part_id), new_parts.get(part_id)
        model = was or now
        assert model is not None
        if stems is not None and model.stem not in stems:
            now = was
        part = replace(
            model,
            notes=_notes(was, now, kept, windows, new.chords, locked),
            dynamics=_dynamics(was, now, kept, windows),
        )
        if part.notes:
            parts.append(part)
    end_beats = max((n.onset_beats + n.duration_beats for part in parts for n in part.notes), default=new.end_beats)
    hit_ids = {hit.hit.id for hit in plan.hits}
    is_whole = stems is None
    source = new if is_whole else old
    return replace(
        old,
        tempo_map=plan.tempo_map,
        parts=tuple(parts),
        chords=_spans(old.chords, source.chords, kept, windows, _moved_chord),
        sections=_spans(old.sections, source.sections, kept, windows, _moved_span),
        phrases=_numbered(_spans(old.phrases, source.phrases, kept, windows, _moved_span), plan),
        theme_uses=tuple(
            sorted(
                _points(old.theme_uses, new.theme_uses, kept, windows, lambda use: use.start_beats, _moved_use),
                key=lambda use: use.start_beats,
            )
        ),
        hit_writings=tuple(
            writing
            for writing in _points(
                old.hit_writings, new.hit_writings, kept, windows, lambda hit: hit.beats, _moved_writing
            )
            if writing.hit_id in hit_ids
        ),
        intensity=_intensity(old, new, plan, windows),
        end_beats=end_beats,
    )


def _notes(
    was: Part | None,
    now: Part | None,
    kept: Sequence[Stretch],
    windows: Sequence[Window],
    chords: Sequence[Chord],
    locked: Sequence[tuple[Fraction, Fraction]],
) -> tuple[Note, ...]:
    notes: list[Note] = []
    for stretch in kept:
        for note in was.notes if was else ():
            if not stretch.old_start <= note.onset_beats < stretch.old_end:
                continue
            over = note.onset_beats + note.duration_beats - stretch.old_end
            is_locked = any(start <= note.onset_beats < end for start, end in locked)
            if over > 0 and not is_locked and not _fits(note, chords, stretch.end):
                note = replace(note, duration_beats=stretch.old_end - note.onset_beats)
            notes.append(replace(note, onset_beats=note.onset_beats + stretch.shift) if stretch.shift else note)
    for window in windows:
        inside = [
            note if note.onset_beats + note.duration_beats <= window.end
            else replace(note, duration_beats=window.end - note.onset_beats)
            for note in (now.notes if now else ())
            if window.start <= note.onset_beats < window.end
        ]  # fmt: skip
        notes += inside
        if was is not None and was.role in _HELD_ROLES and not window.is_open:
            notes += _taken_again(was.notes, window)
    return _settled(notes)


def _fits(note: Note, chords: Sequence[Chord], beats: Fraction) -> bool:
    """Return whether a note belongs to the chord at a beat."""
    index = bisect.bisect_right(chords, beats, key=lambda chord: chord.onset_beats) - 1
    return index >= 0 and note.pitch_midi % 12 in chords[index].pitch_classes


def _taken_again(notes: Iterable[Note], window: Window) -> list[Note]:
    """Return what was held across the end of a window, from there on."""
    rest = []
    for note in notes:
        left = note.onset_beats + note.duration_beats - window.old_end
        if window.old_start <= note.onset_beats < window.old_end and left >= _SHORTEST_REST_BEATS:
            rest.append(replace(note, onset_beats=window.end, duration_beats=left, hit_id=""))
    return rest


def _settled(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return notes in order; one ends where its pitch is taken again, of two at once the longer stays."""
    settled: list[Note] = []
    sounding: dict[int, int] = {}
    for note in sorted(notes, key=lambda n: (n.onset_beats, n.pitch_midi, -n.duration_beats)):
        index = sounding.get(note.pitch_midi)
        before = settled[index] if index is not None else None
        if before is not None and index is not None:
            if before.onset_beats == note.onset_beats:
                continue
            if before.onset_beats + before.duration_beats > note.onset_beats:
                settled[index] = replace(before, duration_beats=note.onset_beats - before.onset_beats)
        sounding[note.pitch_midi] = len(settled)
        settled.append(note)
    return tuple(settled)


def _dynamics(
    was: Part | None, now: Part | None, kept: Sequence[Stretch], windows: Sequence[Window]
) -> tuple[DynamicPoint, ...]:
    before, after = (side.dynamics if side else () for side in (was, now))
    if not before and not after:
        return ()
    points: list[DynamicPoint] = []
    for stretch in kept:
        points += [
            replace(point, beats=point.beats + stretch.shift)
            for point in before
            if stretch.old_start <= point.beats < stretch.old_end
        ]
    for window in windows:
        first, last = window.start, window.end
        blend = min(_BLEND_BEATS, (last - first) / 3)
        if before and first > 0:
            points.append(DynamicPoint(beats=first, level=_level(before, window.old_start)))
            first += blend
        if before and not window.is_open:
            points.append(DynamicPoint(beats=last, level=_level(before, window.old_end)))
            last -= blend
        points += [point for point in after or before if first <= point.beats <= last]
    unique: dict[Fraction, DynamicPoint] = {}
    for point in sorted(points, key=lambda p: p.beats):
        unique.setdefault(point.beats, point)
    return tuple(unique.values())


def _level(points: Sequence[DynamicPoint], beats: Fraction) -> float:
    at = np.interp(float(beats), [float(p.beats) for p in points], [p.level for p in points])
    return round(float(at), 3)


def _spans(
    old: Sequence[_Item],
    new: Sequence[_Item],
    kept: Sequence[Stretch],
    windows: Sequence[Window],
    move: Callable[[_Item, Fraction, Fraction, Fraction], _Item | None],
) -> tuple[_Item, ...]:
    """Return adjacent things cut to where they stand; `move` shifts one and cuts it to [start, end)."""
    rows: list[tuple[Fraction, _Item]] = []
    for stretch in kept:
        rows += [
            (max(stretch.start, _onset(item) + stretch.shift), moved)
            for item in old
            if (moved := move(item, stretch.shift, stretch.start, stretch.end)) is not None
        ]
    for window in windows:
        rows += [
            (max(window.start, _onset(item)), moved)
            for item in new
            if (moved := move(item, Fraction(0), window.start, window.end)) is not None
        ]
    return tuple(item for _, item in sorted(rows, key=lambda row: row[0]))


def _onset(item: object) -> Fraction:
    if isinstance(item, Chord):
        return item.onset_beats
    assert isinstance(item, Section | Phrase)
    return item.start_beats


def _moved_chord(chord: Chord, shift: Fraction, start: Fraction, end: Fraction) -> Chord | None:
    onset, stop = chord.onset_beats + shift, chord.onset_beats + chord.duration_beats + shift
    onset, stop = max(onset, start), min(stop, end)
    return replace(chord, onset_beats=onset, duration_beats=stop - onset) if onset < stop else None


def _moved_span(span: _Span, shift: Fraction, start: Fraction, end: Fraction) -> _Span | None:
    first, last = max(span.start_beats + shift, start), min(span.end_beats + shift, end)
    return replace(span, start_beats=first, end_beats=last) if first < last else None


def _numbered(phrases: Sequence[Phrase], plan: TempoPlan) -> tuple[Phrase, ...]:
    """Return phrases that know their bars."""
    numbered = []
    for phrase in phrases:
        first, _ = plan.tempo_map.bar_beat_at(phrase.start_beats)
        last, beat = plan.tempo_map.bar_beat_at(phrase.end_beats)
        numbered.append(replace(phrase, first_bar=first, bars=max(1, last - first + (beat > 1))))
    return tuple(numbered)


def _points(
    old: Sequence[_Item],
    new: Sequence[_Item],
    kept: Sequence[Stretch],
    windows: Sequence[Window],
    place: Callable[[_Item], Fraction],
    move: Callable[[_Item, Fraction], _Item],
) -> list[_Item]:
    points = [
        move(item, stretch.shift)
        for stretch in kept
        for item in old
        if stretch.old_start <= place(item) < stretch.old_end
    ]
    return points + [item for window in windows for item in new if window.start <= place(item) < window.end]


def _moved_use(use: ThemeUse, shift: Fraction) -> ThemeUse:
    return replace(use, start_beats=use.start_beats + shift)


def _moved_writing(writing: HitWriting, shift: Fraction) -> HitWriting:
    return replace(writing, beats=writing.beats + shift)


def _intensity(
    old: Composition, new: Composition | None, plan: TempoPlan, windows: Sequence[Window]
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return the planned intensity: the old one where the music is, `new`'s in windows that were written again."""
    hop_s = old.intensity_hop_s
    start_s = float(plan.tempo_map.start_s)
    old_start_s = float(old.tempo_map.start_s)
    if new is not None:
        rows = len(new.intensity)
    else:
        last_beats = old.tempo_map.beats_at(old.tempo_map.start_s + Fraction(len(old.intensity) - 1) * Fraction(hop_s))
        rows = max(2, round((float(plan.tempo_map.seconds_at(last_beats)) - start_s) / hop_s) + 1)
    times = start_s + hop_s * np.arange(rows)
    curve = np.zeros(rows) if new is None else np.asarray(new.intensity, dtype=np.float64).copy()
    old_times = old_start_s + hop_s * np.arange(len(old.intensity))
    far = max(old.tempo_map.end_beats, plan.tempo_map.end_beats)
    pieces = [(s.old_start, min(s.old_end, far), s.shift) for s in kept_stretches(windows)]
    pieces += [
        (w.old_start, min(w.old_end, far), w.start - w.old_start) for w in windows if w.keeps_beats and new is None
    ]
    for first, last, shift in pieces:
        lines = [first, *(line for line in old.tempo_map.bar_lines() if first < line < last), last]
        then = [float(old.tempo_map.seconds_at(beats)) for beats in lines]
        now = [float(plan.tempo_map.seconds_at(beats + shift)) for beats in lines]
        inside = (times >= now[0] - 1e-9) & (times < now[-1])
        curve[inside] = np.interp(np.interp(times[inside], now, then), old_times, old.intensity)
    result = curve.astype(np.float32)
    result.setflags(write=False)
    return result
