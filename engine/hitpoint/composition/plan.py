"""The plan of the form as values that can be read: what every phrase does, with whom, and towards what."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

from hitpoint.composition.form import Bar
from hitpoint.composition.harmony import Slot
from hitpoint.composition.stage import Line, Stage
from hitpoint.composition.style import ROLES
from hitpoint.model.music import Phrase
from hitpoint.model.spotting import HitKind

_SCALE_DEGREES = {0: "tonic", 7: "dominant"}


def plan_phrases(stage: Stage, lines: Sequence[Line]) -> tuple[Phrase, ...]:
    """Return every phrase of a written cue, in order and without gaps up to the end of the last bar."""
    phrases = []
    for _, group in groupby(stage.form.bars, key=lambda bar: bar.phrase):
        bars = list(group)
        start, end = bars[0].start_beats, bars[-1].end_beats
        phrases.append(
            Phrase(
                start_beats=start,
                end_beats=end,
                first_bar=bars[0].index + 1,
                bars=len(bars),
                label=bars[0].label,
                harmony=_harmony(stage, start, end),
                texture=_texture(lines, start, end),
                theme=_theme(lines, start, end),
                towards_hit_id=_towards(stage, bars),
            )
        )
    return tuple(phrases)


def _harmony(stage: Stage, start: Fraction, end: Fraction) -> str:
    """Return key, chords, pedal and cadence of a phrase in words."""
    slots = [chord.slot for _, _, chord in stage.chords_between(start, end)]
    slots = slots or [stage.chord_at(start).slot]  # a cue shorter than a chord
    numerals = [numeral for numeral, _ in groupby(slot.numeral for slot in slots)]
    words = f"{slots[0].key}: {' '.join(numerals)}"
    pedals = [slot for slot in slots if slot.pedal is not None]
    if pedals:
        words += f", {_pedal_name(pedals[0])} pedal"
    if slots[-1].cadence:
        words += f", {slots[-1].cadence} close"
    return words


def _pedal_name(slot: Slot) -> str:
    degree = ((slot.pedal or 0) - slot.key.tonic) % 12
    return _SCALE_DEGREES.get(degree, slot.key.name_of((slot.key.tonic + degree) % 12))


def _texture(lines: Sequence[Line], start: Fraction, end: Fraction) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return who plays in a phrase, by role in the order of the score."""
    playing: dict[str, list[str]] = {}
    for line in lines:
        first = bisect.bisect_left(line.drafts, start, key=lambda draft: draft.onset)
        if line.role in ROLES and first < len(line.drafts) and line.drafts[first].onset < end:
            names = playing.setdefault(line.role, [])
            if line.instrument.id not in names:
                names.append(line.instrument.id)
    return tuple((role, tuple(playing[role])) for role in ROLES if role in playing)


def _theme(lines: Sequence[Line], start: Fraction, end: Fraction) -> str:
    """Return which theme is sung in which forms."""
    uses = sorted(
        (use for line in lines for use in line.uses if start <= use.start_beats < end), key=lambda use: use.start_beats
    )
    return "; ".join(f"{use.theme or 'main theme'}, {use.form}" for use in uses)


def _towards(stage: Stage, bars: Sequence[Bar]) -> str:
    """Return the strong hit that a phrase leads to: the first one after its start, up to its end."""
    for moment in stage.moments:
        is_goal = moment.is_strong and moment.kind is not HitKind.START
        if is_goal and bars[0].start_beats < moment.beats <= bars[-1].end_beats:
            return moment.hit_ids[0]
    return ""
