"""What a hit does to the music after it (resources/idioms.toml): it goes on, thins, trembles, stands still, stops."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.composition.idioms import share_of_aftermath
from hitpoint.composition.moments import Moment
from hitpoint.composition.pitch import pitches_in
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.model.spotting import HitKind

_HELD_ROLES = frozenset({"ground", "pad"})
#: The tremolo enters this long after the blow, which is heard alone, and is this much softer.
_TREMOLO_AFTER_BEATS, _TREMOLO_SOFTER = Fraction(1, 4), 0.72
#: Something starts again this long before the next hit at the latest: it needs its approach.
_LEFT_TO_NEXT = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class _Window:
    """Beats [start, end) after a moment in which its idiom rules."""

    moment: Moment
    start: Fraction
    end: Fraction
    texture: str


def write_aftermaths(lines: Sequence[Line], stage: Stage) -> list[Line]:
    """Thin out, hold or stop the lines, in place, after the hits whose idioms ask for it; return lines to be added."""
    windows = _windows(stage)
    starts = [float(window.start) for window in windows]
    for line in lines:
        if line.role != "impact":
            line.drafts = [draft for draft in line.drafts if _stays(draft, line, windows, starts)]
    added: dict[str, Line] = {}
    for window in windows:
        if window.texture == "tremolo":
            _tremolo(stage, window, added)
    return list(added.values())


def _windows(stage: Stage) -> list[_Window]:
    windows = []
    for index, moment in enumerate(stage.moments):
        idiom = moment.idiom
        if idiom is None or idiom.texture == "goes on" or not idiom.aftermath_bars or moment.kind is HitKind.OUT:
            continue
        bar = stage.form.bar_at(moment.beats)
        reach = bar.length_beats * Fraction(idiom.aftermath_bars).limit_denominator(4)
        reach *= share_of_aftermath(stage.intensity_at(moment.beats + reach))
        later = stage.moments[index + 1].beats if index + 1 < len(stage.moments) else stage.end_beats
        end = min(moment.beats + reach, moment.beats + (later - moment.beats) * _LEFT_TO_NEXT)
        end = Fraction(int(end * 2), 2)
        if end - moment.beats >= 1:
            windows.append(_Window(moment, moment.beats, end, idiom.texture))
    return windows


def _stays(draft: Draft, line: Line, windows: Sequence[_Window], starts: Sequence[float]) -> bool:
    """Return whether a note survives the aftermath in which it begins; one that is held through it is made as long."""
    at = bisect.bisect_right(starts, float(draft.onset)) - 1
    if at < 0 or draft.onset >= windows[at].end:
        return True
    window = windows[at]
    is_held = line.role in _HELD_ROLES
    if window.texture == "held" and is_held and draft.onset == window.start:
        draft.duration = max(draft.duration, window.end - draft.onset)
        return True
    if window.texture in ("thins", "tremolo") and is_held and draft.duration >= 1:
        return True
    # the tune may speak into the quiet
    return line.role == "melody" and window.texture == "thins" and draft.onset > window.start


def _tremolo(stage: Stage, window: _Window, added: dict[str, Line]) -> None:
    """Add two trembling voices, by whoever the palette lets swell."""
    row = next((row for row in stage.style.preparations if row.gesture == "swell"), None)
    if row is None:
        return
    instrument = stage.instruments[row.instrument]
    line = added.setdefault(row.instrument, Line(f"tremolo {row.instrument}", "pad", instrument, instrument.stem))
    start = window.start + _TREMOLO_AFTER_BEATS
    middle = sum(row.register) // 2
    tones = pitches_in(stage.chord_at(start).slot.shape.pitch_classes, middle - 6, min(row.register[1], middle + 8))
    velocity = (row.velocity[0] + row.velocity[1]) / 2 * _TREMOLO_SOFTER
    for pitch in tones[:2]:
        line.drafts.append(Draft(start, window.end - start, pitch, velocity, "tremolo"))
