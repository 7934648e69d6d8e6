"""Harmony: which chord sounds when, phrase by phrase, walked through a language towards its cadence (music.md §5).

The way of a phrase is the cheapest path (dynamic programming) over the chords of its language: likely successions are
cheap, chords far from the tension that the moment asks for are dear, and the cadence at its end is fixed. A phrase that
answers another begins like it and closes otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise

import numpy as np

from hitpoint.composition.form import Bar, Form
from hitpoint.composition.grammar import Language
from hitpoint.composition.keys import KeyPlan
from hitpoint.composition.moments import Moment
from hitpoint.composition.pitch import ChordShape, parse_numeral
from hitpoint.composition.style import HarmonyStyle
from hitpoint.model.key import Key
from hitpoint.model.spotting import HitKind

#: From this tension on a phrase does not come to rest.
UNREST_TENSION = 0.55
#: What a step through the language costs: per place in the list of followers, off the list, per unit of tension that
#: a chord is away from what is asked, and the spread of chance, which gives every seed its own way.
_PER_PLACE, _OFF_LIST, _PER_TENSION, _CHANCE = 0.3, 3.0, 3.5, 1.3
#: How far tension rises over the second half of a phrase that leads to a strong hit.
_APPROACH_TENSION = 0.3
#: How often the second phrase of a pair begins with the harmony of the first.
_ANSWERS = 0.6


@dataclass(frozen=True, slots=True)
class Slot:
    """One chord in time. `is_arrival` where a strong hit or a section lands on it; `pedal` holds the bass."""

    start_beats: Fraction
    end_beats: Fraction
    shape: ChordShape
    key: Key
    pedal: int | None
    is_arrival: bool
    numeral: str = ""
    cadence: str = ""  # on the last chord of a phrase: which kind closes it


@dataclass(slots=True)
class _Place:
    """A slot that is still to be filled."""

    start: Fraction
    end: Fraction
    bar: Bar
    numeral: str = ""  # fixed by a hit, a cadence or a model
    is_arrival: bool = False


def plan_harmony(
    form: Form, *, style: HarmonyStyle, keys: KeyPlan, moments: Sequence[Moment], rng: np.random.Generator
) -> tuple[Slot, ...]:
    """Return the chords of a cue: adjacent slots from beat 0 to the end, changing on bar lines and on turning hits."""
    borders, restrikes = _slot_borders(form, style, moments)
    strong = {m.beats for m in moments if m.is_strong and m.kind not in (HitKind.START, HitKind.SILENCE)}
    turns = {m.beats for m in moments if m.kind is HitKind.TURN}
    section_starts = {section.start_beats for section in form.sections}
    end = form.bars[-1].end_beats

    places = [_Place(begin, finish, form.bar_at(begin)) for begin, finish in pairwise(borders)]
    struck_again = [place for place in places if place.start in restrikes]
    walked = [place for place in places if place.start not in restrikes]
    phrases = [list(group) for _, group in groupby(walked, key=lambda place: place.bar.phrase)]
    slots: list[Slot] = []
    model: list[str] = []
    for index, phrase in enumerate(phrases):
        key, mood_tension = keys.at(phrase[0].start)
        language = style.for_key(key)
        after = phrases[index + 1][0].start if index + 1 < len(phrases) else end
        tension = float(np.mean([place.bar.tension for place in phrase])) + mood_tension
        for place in phrase:
            place.is_arrival = place.start in strong | turns | section_starts
            if place.start in turns:
                place.numeral = _pick(language.turn, rng)
            elif place.start in strong or (place.start in section_starts and place.start > 0):
                place.numeral = _pick(language.arrival, rng)
        leads = after in strong or after in turns
        is_last = index == len(phrases) - 1
        cadence = _cadence(phrase, leads=leads, is_last=is_last, tension=tension, after=after, sections=section_starts)
        _close(phrase, language, cadence, rng)
        answers = phrase[0].bar.in_phrase == 0 and index % 2 == 1 and rng.random() < _ANSWERS
        if answers and phrases[index - 1][0].bar.section == phrase[0].bar.section:
            for place, numeral in zip(phrase[: len(phrase) // 2], model, strict=False):
                place.numeral = place.numeral or numeral
        before = slots[-1].numeral if slots and slots[-1].key == key else ""
        numerals = _walk(phrase, language, mood_tension, leads=leads, before=before, rng=rng)
        pedal = _pedal(style, key, phrase[0].bar, tension, leads=after in strong)
        model = numerals
        for place, numeral in zip(phrase, numerals, strict=True):
            own_key, _ = keys.at(place.start)
            shape = parse_numeral(numeral, own_key)
            is_home = is_last and place is phrase[-1] and shape.root == own_key.tonic and len(walked) > 1
            if is_home or (slots and slots[-1].shape == shape and place.start in turns | strong):
                numeral, shape = _another(language, own_key, shape, rng)
            held = None if place.start in strong else pedal
            closes = cadence if place is phrase[-1] else ""
            slots.append(Slot(place.start, place.end, shape, own_key, held, place.is_arrival, numeral, closes))
    slots = _with_restrikes(slots, struck_again)
    key, _ = keys.at(end)
    numeral = _pick(style.for_key(key).ending, rng)
    slots.append(Slot(end, end + 4, parse_numeral(numeral, key), key, None, True, numeral))
    return tuple(slots)


def _cadence(
    phrase: list[_Place], *, leads: bool, is_last: bool, tension: float, after: Fraction, sections: set[Fraction]
) -> str:
    """Return how a phrase closes: it waits where a hit or the end follows; tension keeps it open."""
    if leads or is_last:
        return "half"
    if after in sections:
        return "open" if tension >= UNREST_TENSION else "plagal" if phrase[0].bar.label == "aftermath" else "full"
    if tension >= UNREST_TENSION:
        return "deceptive" if phrase[0].bar.phrase % 2 else "open"
    return "full" if phrase[0].bar.phrase % 2 else "half"


def _close(phrase: list[_Place], language: Language, cadence: str, rng: np.random.Generator) -> None:
    """Fix the last chords of a phrase, in place, by a formula that fits into it; hits keep the chords they have."""
    formulas = language.cadences[cadence]
    formula = formulas[int(rng.integers(len(formulas)))]
    room = max(1, len(phrase) - 1) if len(phrase) > 1 else 1
    formula = formula[-room:]
    for place, numeral in zip(phrase[-len(formula) :], formula, strict=True):
        place.numeral = place.numeral or numeral


def _walk(
    phrase: list[_Place],
    language: Language,
    mood_tension: float,
    *,
    leads: bool,
    before: str,
    rng: np.random.Generator,
) -> list[str]:
    """Return the chord of every place: the cheapest way through the language that keeps what is fixed."""
    known = {chord.numeral: chord for chord in language.chords}
    names = list(dict.fromkeys([*known, *(place.numeral for place in phrase if place.numeral)]))
    places = {name: place for place, name in enumerate(names)}
    steps = np.full((len(names), len(names)), _OFF_LIST)
    for chord in language.chords:
        for rank, follower in enumerate(chord.followers):
            steps[places[chord.numeral], places[follower]] = _PER_PLACE * rank
    for name in names:
        if name not in known:  # a chord of a formula or a turn goes where it likes
            steps[places[name]] = 1.0
    np.fill_diagonal(steps, _OFF_LIST)
    tensions = np.array([known[name].tension if name in known else 0.5 for name in names])

    costs = np.zeros(len(names))
    if before in places:
        costs = steps[places[before]].copy()
    elif not before:  # a cue opens at home
        home = phrase[0].bar.start_beats == 0
        costs = np.array(
            [0.0 if name in language.arrival[:1] or (not home and name in language.arrival) else 6.0 for name in names]
        )
    back: list[np.ndarray] = []
    for index, place in enumerate(phrase):
        wanted = place.bar.tension + mood_tension
        if leads:
            wanted += _APPROACH_TENSION * max(0.0, 2.0 * (index + 1) / len(phrase) - 1.0)
        here = _PER_TENSION * np.abs(tensions - min(0.9, max(0.05, wanted))) + rng.uniform(0.0, _CHANCE, len(names))
        if place.numeral:
            here = np.where(np.arange(len(names)) == places[place.numeral], 0.0, 1e6)
        elif index or before:
            here = np.where([name in known for name in names], here, 1e6)
        if index == 0:
            costs = costs + here
            continue
        total = costs[:, None] + steps
        back.append(total.argmin(axis=0))
        costs = total.min(axis=0) + here
    best = int(costs.argmin())
    way = [best]
    for origin in reversed(back):
        way.append(int(origin[way[-1]]))
    return [names[place] for place in reversed(way)]


def _pedal(style: HarmonyStyle, key: Key, bar: Bar, tension: float, *, leads: bool) -> int | None:
    """Return the pitch class that the bass holds: the dominant on the way to a strong hit, else the tonic; or None."""
    if tension < style.pedal_tension or bar.label not in ("establish", "build", "turn"):
        return None
    return (key.tonic + 7) % 12 if leads else key.tonic


def _another(language: Language, key: Key, shape: ChordShape, rng: np.random.Generator) -> tuple[str, ChordShape]:
    """Return a chord that is not the one before: a turn or an arrival that changes nothing is none."""
    others = [
        numeral
        for numeral in (*language.turn, *language.arrival, *(chord.numeral for chord in language.chords))
        if parse_numeral(numeral, key).root != shape.root
    ][: len(language.turn) + 1]
    numeral = _pick(tuple(others), rng)
    return numeral, parse_numeral(numeral, key)


def _with_restrikes(slots: list[Slot], places: Sequence[_Place]) -> list[Slot]:
    """Return the slots, split where a weak hit only strikes the chord again."""
    result = list(slots)
    for place in places:
        index = max(i for i, slot in enumerate(result) if slot.start_beats < place.start)
        whole = result[index]
        first = Slot(
            whole.start_beats, place.start, whole.shape, whole.key, whole.pedal, whole.is_arrival, whole.numeral
        )
        end = max(place.end, whole.end_beats) if index + 1 == len(result) else result[index + 1].start_beats
        again = Slot(place.start, end, whole.shape, whole.key, whole.pedal, True, whole.numeral, whole.cadence)
        result[index : index + 1] = [first, again]
    return result


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
