"""Which bars of a cue have to be written again, after its hits changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.composition.keep import choose_seams
from hitpoint.model.music import Composition
from hitpoint.model.revision import NO_END, Window, merge_windows, to_new_beats, to_old_beats
from hitpoint.model.spotting import Cue, HitPoint
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import seconds_to_samples
from hitpoint.session.take import CueTake

#: What a hit changes before and after it where nobody knows how it will be written, in bars: strong ones, weak ones.
_STRONG_BARS, _WEAK_BARS = (2, 2), (1, 1)
#: Music that moves by more than this against the picture no longer keeps out of the way of the words there.
_MOST_SHIFT_SAMPLES = seconds_to_samples(Fraction(15, 100))

Span = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Changed:
    """Beats of the new cue that have to be written again, and why (for people)."""

    start: Fraction
    end: Fraction
    reason: str


def changed_by_hits(before: CueTake, cue: Cue, plan: TempoPlan, tempo_windows: Sequence[Window]) -> list[Changed]:
    """Return what the hits that are new, gone or others ask for."""
    old_hits = {planned.hit.id: planned for planned in before.plan.hits}
    new_hits = {planned.hit.id: planned for planned in plan.hits}
    changed = []
    for hit_id, planned in new_hits.items():
        old = old_hits.get(hit_id)
        if old is None:
            changed.append(_around(planned.beats, planned.hit, plan, f"{_name(planned.hit)} is new"))
            continue
        if to_new_beats(tempo_windows, old.beats) != planned.beats:
            if to_new_beats(tempo_windows, old.beats) is not None:  # else its bars are counted again anyway
                changed.append(_around(planned.beats, planned.hit, plan, f"{_name(planned.hit)} moved"))
                changed += _where_it_was(before, hit_id, old.beats, tempo_windows, f"{_name(planned.hit)} moved")
        elif _nature(old.hit) != _nature(planned.hit):
            changed.append(_around(planned.beats, planned.hit, plan, f"{_name(planned.hit)} is another kind of hit"))
            changed += _where_it_was(before, hit_id, old.beats, tempo_windows, "")
    for hit_id, old in old_hits.items():
        if hit_id not in new_hits:
            changed += _where_it_was(before, hit_id, old.beats, tempo_windows, f"{_name(old.hit)} is gone")
    if cue.exit != before.cue.exit:
        changed.append(Changed(_bars_before(plan, before.composition.end_beats, 2), NO_END, "it ends in another way"))
    if cue.entry != before.cue.entry:
        line = plan.tempo_map.bar_lines()[min(2, len(plan.tempo_map.bar_lines()) - 1)]
        changed.append(Changed(Fraction(0), max(line, Fraction(1)), "it begins in another way"))
    return changed


def changed_by_speech(
    before: CueTake, plan: TempoPlan, tempo_windows: Sequence[Window], speech_s: Sequence[tuple[float, float]]
) -> list[Changed]:
    """Return the bars under words against which music at another tempo would move too far; others stand."""
    changed = []
    for window in tempo_windows:
        if not window.keeps_beats:
            continue
        now, was = plan.tempo_map, before.plan.tempo_map
        shift = window.start - window.old_start
        stop = min(window.end, now.end_beats)
        lines = [line for line in now.bar_lines() if window.start <= line <= stop]
        knots = [*lines, *(segment.start_beats for segment in now.segments)]
        for first_s, last_s in speech_s:
            first, last = (min(max(now.beats_at(Fraction(s)), window.start), stop) for s in (first_s, last_s))
            if first >= last:
                continue
            inside = [first, *(beats for beats in knots if first < beats < last), last]
            moved = max(abs(now.sample_at(beats) - was.sample_at(beats - shift)) for beats in inside)
            if moved > _MOST_SHIFT_SAMPLES:
                start = max((line for line in lines if line <= first), default=window.start)
                end = min((line for line in lines if line >= last), default=window.end)
                changed.append(Changed(start, end, "the music moved against the words"))
    return changed


def written_windows(
    composition: Composition,
    tempo_windows: Sequence[Window],
    changed: Iterable[Changed],
    *,
    locked: Sequence[Span] = (),
    exact: bool = False,
) -> tuple[Window, ...]:
    """Return the windows to write again, on good seams of the old composition (`exact`: on those bars, no others).

    `locked` are beats of the old composition; what lies in them is left out.
    """
    windows = [
        _seamed(composition, tempo_windows, window.old_start, window.old_end, locked)
        for window in tempo_windows
        if not window.keeps_beats
    ]
    for span in changed:
        old_start, old_end = _old_span(tempo_windows, span)
        if exact:
            start = to_new_beats(tempo_windows, old_start)
            end = NO_END if old_end == NO_END else to_new_beats(tempo_windows, old_end)
            assert start is not None
            assert end is not None
            windows.append(Window(old_start=old_start, old_end=old_end, start=start, end=end))
        else:
            windows.append(_seamed(composition, tempo_windows, old_start, old_end, locked))
    free: list[Window] = []
    for window in merge_windows(windows):
        free += _without(window, locked)
    return tuple(free)


def _seamed(
    composition: Composition, tempo_windows: Sequence[Window], start: Fraction, end: Fraction, locked: Sequence[Span]
) -> Window:
    lines = composition.tempo_map.bar_lines()
    start = max((line for line in lines if line <= start), default=Fraction(0))
    old_start, old_end = choose_seams(composition, start, end, locked=locked)
    for window in tempo_windows:  # a window that was counted again is taken whole
        if not window.keeps_beats and window.old_start < old_end and window.old_end > old_start:
            old_start, old_end = min(old_start, window.old_start), max(old_end, window.old_end)
    new_start = to_new_beats(tempo_windows, old_start)
    if new_start is None:
        new_start = next(w.start for w in tempo_windows if w.old_start == old_start)
    new_end = NO_END if old_end == NO_END else to_new_beats(tempo_windows, old_end)
    assert new_end is not None
    return Window(old_start=old_start, old_end=old_end, start=new_start, end=new_end)


def _old_span(tempo_windows: Sequence[Window], span: Changed) -> Span:
    start = to_old_beats(tempo_windows, span.start)
    if start is None:
        start = next(w.old_start for w in tempo_windows if w.start <= span.start < w.end)
    if span.end == NO_END:
        return start, NO_END
    end = to_old_beats(tempo_windows, span.end)
    if end is None:
        end = next(w.old_end for w in tempo_windows if w.start <= span.end < w.end)
    return start, max(end, start + Fraction(1, 2))


def _without(window: Window, locked: Sequence[Span]) -> list[Window]:
    """Return what is left of a window outside of locked stretches, which keep their beats."""
    pieces = [window]
    for first, last in locked:
        rest = []
        for piece in pieces:
            if last <= piece.old_start or first >= piece.old_end:
                rest.append(piece)
                continue
            if first > piece.old_start:
                end = piece.start + first - piece.old_start
                rest.append(Window(old_start=piece.old_start, old_end=first, start=piece.start, end=end))
            if last < piece.old_end:
                grown = NO_END if piece.is_open else piece.end
                shift = piece.start - piece.old_start if piece.is_open else piece.end - piece.old_end
                rest.append(Window(old_start=last, old_end=piece.old_end, start=last + shift, end=grown))
        pieces = rest
    return pieces


def _around(beats: Fraction, hit: HitPoint, plan: TempoPlan, reason: str) -> Changed:
    before, after = _STRONG_BARS if hit.is_strong else _WEAK_BARS
    tempo_map = plan.tempo_map
    bar, _ = tempo_map.bar_beat_at(max(Fraction(0), beats))
    last = tempo_map.bar_start_beats(bar + after)
    return Changed(_bars_before(plan, beats, before), last if last < tempo_map.end_beats - 4 else NO_END, reason)


def _bars_before(plan: TempoPlan, beats: Fraction, bars: int) -> Fraction:
    bar, _ = plan.tempo_map.bar_beat_at(max(Fraction(0), beats))
    return plan.tempo_map.bar_start_beats(max(1, bar - bars))


def _where_it_was(
    before: CueTake, hit_id: str, beats: Fraction, tempo_windows: Sequence[Window], reason: str
) -> list[Changed]:
    """Return the beats that a hit of the old cue shaped, where they lie now."""
    writing = next((row for row in before.composition.hit_writings if row.hit_id == hit_id), None)
    tempo_map = before.composition.tempo_map
    bar, _ = tempo_map.bar_beat_at(max(Fraction(0), beats))
    length = tempo_map.bar_start_beats(bar + 1) - tempo_map.bar_start_beats(bar)
    approach, aftermath = (writing.approach_beats, writing.aftermath_beats) if writing else (length, length)
    start = to_new_beats(tempo_windows, max(Fraction(0), beats - max(approach, Fraction(1))))
    end = to_new_beats(tempo_windows, beats + max(aftermath, length))
    if start is None or end is None:  # its bars are counted again anyway
        return []
    return [Changed(start, end, reason)]


def _nature(hit: HitPoint) -> tuple[object, ...]:
    return hit.kind, hit.weight, hit.is_hard


def _name(hit: HitPoint) -> str:
    return f"the hit {hit.label!r}" if hit.label else f"a hit ({hit.kind.value})"
