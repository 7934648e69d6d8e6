"""Harmony: which chord sounds when. Progressions by mode and tension are the palette's data (music.md §5)."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from hitpoint.composition.form import Bar, Form
from hitpoint.composition.moments import Moment
from hitpoint.composition.pitch import ChordShape, Key, parse_key, parse_numeral
from hitpoint.composition.style import HarmonyStyle, Mood
from hitpoint.model.spotting import Direction, HitKind

CALM_TENSION = 0.36
EXTREME_TENSION = 0.7


@dataclass(frozen=True, slots=True)
class Slot:
    """One chord in time. `is_arrival` where a strong hit or a section lands on it; `pedal` holds the bass."""

    start_beats: Fraction
    end_beats: Fraction
    shape: ChordShape
    key: Key
    pedal: int | None
    is_arrival: bool


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """The key from each of some beats on, and the editor's mood there."""

    starts: tuple[Fraction, ...]
    keys: tuple[Key, ...]
    tension_shifts: tuple[float, ...]

    def at(self, beats: Fraction) -> tuple[Key, float]:
        """Return the key and what the mood adds to the tension."""
        index = max(0, bisect.bisect_right(self.starts, beats) - 1)
        return self.keys[index], self.tension_shifts[index]


def plan_keys(
    home: Key,
    *,
    style: HarmonyStyle,
    moods: dict[str, Mood],
    form: Form,
    moments: Sequence[Moment],
    directions: Sequence[tuple[Fraction, Direction]],
    rng: np.random.Generator,
) -> KeyPlan:
    """Return the keys of a cue.

    `directions` come with the bar line on which they take effect; an editor's key stays until the next one; without
    one, strong turns move the key by the palette's `turn_shifts`.
    """

    def coloured(tonic: int, is_minor: bool) -> Key:
        return Key(tonic, style.minor_scale if is_minor else style.major_scale)

    key, shift, is_fixed = coloured(home.tonic, home.is_minor), 0.0, False
    events: list[tuple[Fraction, int, Direction | Moment]] = [(beats, 1, word) for beats, word in directions]
    line = set(form.starts)
    events += [(m.beats, 0, m) for m in moments if m.kind is HitKind.TURN and m.is_strong and m.beats in line]
    starts, keys, shifts = [Fraction(0)], [key], [0.0]
    for beats, _, event in sorted(events, key=lambda e: (e[0], e[1])):
        if isinstance(event, Moment):
            if not is_fixed and style.turn_shifts:
                key = key.moved(int(rng.choice(style.turn_shifts)))
        elif event.kind == "key":
            asked = parse_key(event.value)
            if asked is not None:
                key, is_fixed = coloured(asked.tonic, asked.is_minor), True
        elif event.kind == "mood":
            mood = next((moods[word] for word in event.value.lower().replace(",", " ").split() if word in moods), None)
            if mood is not None:
                shift = mood.tension
                if mood.mode:
                    to_minor = mood.mode == "minor"
                    key = coloured(_relative_tonic(key, to_minor), to_minor)
        else:
            continue
        starts.append(beats)
        keys.append(key)
        shifts.append(shift)
    return KeyPlan(tuple(starts), tuple(keys), tuple(shifts))


def _relative_tonic(key: Key, to_minor: bool) -> int:
    """Return the tonic of the relative key: it shares the scale, so the change is of light, not of place."""
    if key.is_minor == to_minor:
        return key.tonic
    return (key.tonic + (9 if to_minor else 3)) % 12


def plan_harmony(
    form: Form, *, style: HarmonyStyle, keys: KeyPlan, moments: Sequence[Moment], rng: np.random.Generator
) -> tuple[Slot, ...]:
    """Return the chords of a cue: adjacent slots from beat 0 to the end, changing on bar lines and on turning hits."""
    borders, restrikes = _slot_borders(form, style, moments)
    strong = {m.beats for m in moments if m.is_strong and m.kind not in (HitKind.START, HitKind.SILENCE)}
    turns = {m.beats for m in moments if m.kind is HitKind.TURN}
    section_starts = {section.start_beats for section in form.sections}
    end = form.bars[-1].end_beats

    slots: list[Slot] = []
    row: tuple[str, ...] = ()
    step = 0
    section = -1
    used: tuple[str, ...] = ()
    for begin, finish in pairwise(borders):
        bar = form.bar_at(begin)
        key, mood_tension = keys.at(begin)
        table = style.for_key(key)
        tension = bar.tension + mood_tension
        if bar.section != section or (step and step % (2 * max(1, len(row))) == 0):
            pool = (
                table.calm if tension < CALM_TENSION else table.uneasy if tension < EXTREME_TENSION else table.extreme
            )
            fresh = [choice for choice in pool if choice != used] or list(pool)
            row = fresh[int(rng.integers(len(fresh)))]
            used, step, section = row, 0, bar.section
        is_arrival = begin in strong or begin in turns or begin in section_starts
        leads_into_arrival = (finish in strong or finish == end) and begin not in strong and bar.index > 0
        if begin in turns:
            numeral, step = _pick(table.turn, rng), 0
        elif begin in strong:
            numeral, step = _pick(table.arrival, rng), 1
        elif begin in restrikes and slots:
            slots.append(Slot(begin, finish, slots[-1].shape, slots[-1].key, slots[-1].pedal, True))
            continue
        elif leads_into_arrival:
            numeral = _pick(table.dominant, rng)
        else:
            numeral, step = row[step % len(row)], step + 1
        shape = parse_numeral(numeral, key)
        if slots and slots[-1].shape == shape and begin in turns | strong:
            others = [n for n in (*table.turn, *row) if parse_numeral(n, key) != shape]
            shape = parse_numeral(_pick(tuple(others), rng), key) if others else shape
        pedal = key.tonic if tension >= style.pedal_tension and bar.label in ("establish", "build", "turn") else None
        slots.append(Slot(begin, finish, shape, key, pedal, is_arrival))
    key, _ = keys.at(end)
    ending = parse_numeral(_pick(style.for_key(key).ending, rng), key)
    slots.append(Slot(end, end + 4, ending, key, None, True))
    return tuple(slots)


def _pick(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _slot_borders(
    form: Form, style: HarmonyStyle, moments: Sequence[Moment]
) -> tuple[list[Fraction], frozenset[Fraction]]:
    """Return the beats at which a slot starts, the end included, and which of them only strike the chord again."""
    borders: set[Fraction] = {form.bars[-1].end_beats}
    held = Fraction(0)  # bars since the last change
    for bar in form.bars:
        length = _bars_per_chord(bar, style)
        if bar.in_phrase == 0 or held >= length:
            borders.add(bar.start_beats)
            held = Fraction(0)
        parts = int(1 / length) if length < 1 else 1
        if parts > 1 and bar.length_beats >= 3:
            for part in range(1, parts):
                middle = bar.length_beats * part / parts
                borders.add(bar.start_beats + Fraction(round(middle)))
        held += 1
    ends = form.bars[-1].end_beats
    for moment in moments:
        turning = moment.kind in (HitKind.TURN, HitKind.PEAK) or (moment.kind is HitKind.ACCENT and moment.is_strong)
        if turning and 0 < moment.beats < ends:
            borders.add(moment.beats)
    changes = _without_slivers(sorted(borders), {m.beats for m in moments})
    weak = {m.beats for m in moments if m.kind is HitKind.ACCENT and not m.is_strong and 0 < m.beats < ends}
    restrikes = frozenset(weak - set(changes))
    return sorted({*changes, *restrikes}), restrikes


def _bars_per_chord(bar: Bar, style: HarmonyStyle) -> Fraction:
    agitation = 0.5 * bar.arousal + 0.5 * bar.intensity
    calm, moving, agitated = style.bars_per_chord
    return calm if agitation < 0.4 else moving if agitation < 0.72 else agitated


def _without_slivers(borders: list[Fraction], kept: set[Fraction]) -> list[Fraction]:
    """Return borders without changes less than a beat after or before a hit's change (the hit's own stays)."""
    result: list[Fraction] = []
    for beats in borders:
        if result and beats - result[-1] < 1:
            if beats in kept and result[-1] not in kept and len(result) > 1:
                result[-1] = beats
                continue
            if beats != borders[-1]:
                continue
            if len(result) > 1:
                result.pop()
        result.append(beats)
    return result
