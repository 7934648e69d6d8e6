"""What several figures share: the lines of a layer, doubling, and the guard against literal repetition."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from fractions import Fraction

import numpy as np

from hitpoint.composition.form import Bar
from hitpoint.composition.orchestration import fullness
from hitpoint.composition.pitch import fold_into, melodic_scale, pitches_in
from hitpoint.composition.stage import Draft, Line, Stage, is_strong_place
from hitpoint.composition.style import Layer

#: For how many bars a part remembers what it has played: two to three minutes.
MEMORY_BARS = 64
#: How likely a weak note is left out where the music is only just full enough for its rhythm.
THINNING = 0.35
#: How often a bar is varied again before it is played as it is.
MOST_VARIATIONS = 6
#: A bright scene doubles from a lower intensity on, a gentle one from a higher: per unit of brightness; 0.6 is neutral.
BRIGHT_DOUBLES, NEUTRAL_BRIGHTNESS = 0.3, 0.6
SHORTEST_TO_SPLIT_BEATS = Fraction(1, 2)

Signature = tuple[tuple[Fraction, int], ...]


def lines_of(layer: Layer, stage: Stage) -> list[Line]:
    """Return one empty line per instrument of a layer."""
    lines = []
    for name in layer.instruments:
        instrument = stage.instruments[name]
        lines.append(Line(f"{layer.id} {name}", layer.role, instrument, instrument.stem))
    return lines


def add_doubled(layer: Layer, stage: Stage, lines: list[Line], draft: Draft, first: int = 0) -> None:
    """Write a draft for the leading line, and for the others where the intensity calls for more players."""
    lines[first].drafts.append(draft)
    if len(lines) == 1:
        return
    brightness = stage.form.bar_at(draft.onset).means.brightness - NEUTRAL_BRIGHTNESS
    if stage.intensity_at(draft.onset) < layer.double_from - BRIGHT_DOUBLES * brightness:
        return
    for other in (line for index, line in enumerate(lines) if index != first):
        low, high = other.instrument.low_midi, other.instrument.high_midi
        pitch = fold_into(draft.pitch + layer.double_shift, low, high)
        other.drafts.append(Draft(draft.onset, draft.duration, pitch, draft.velocity - 3.0, draft.articulation))


def cell_onsets(cell: str, grid: Fraction, length_beats: Fraction) -> list[tuple[Fraction, Fraction, str]]:
    """Return (onset, room until the next onset, symbol) of a rhythm, repeated and cut to the length of a bar."""
    onsets: list[tuple[Fraction, str]] = []
    steps = int(length_beats / grid)
    for step in range(steps):
        symbol = cell[step % len(cell)]
        if symbol != ".":
            onsets.append((step * grid, symbol))
    ends = [*(onset for onset, _ in onsets[1:]), length_beats]
    return [(onset, end - onset, symbol) for (onset, symbol), end in zip(onsets, ends, strict=False)]


def scale_neighbour(stage: Stage, register: tuple[int, int], onset: Fraction, pitch: int) -> int:
    """Return the next note of the scale above a pitch; the one below at the top of the register."""
    slot = stage.chord_at(onset).slot
    scale = pitches_in(melodic_scale(slot.key, slot.shape), *register)
    above = [other for other in scale if other > pitch]
    below = [other for other in scale if other < pitch]
    return above[0] if above else below[-1] if below else pitch


class Thinning:
    """Which notes of a rhythm are played: the less full the music is, the more weak places stay empty.

    A place of the bar keeps its chance for a whole phrase: thinned out, a rhythm is another rhythm, not a torn one.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._chance: dict[Fraction, float] = {}
        self._phrase = -1

    def leaves(self, stage: Stage, bar: Bar, onset: Fraction) -> bool:
        """Return whether the note of a rhythm that starts at a beat is left standing."""
        if bar.phrase != self._phrase:
            self._chance, self._phrase = {}, bar.phrase
        place = onset - bar.start_beats
        if place == 0:
            return True
        chance = self._chance.setdefault(place, float(self._rng.random()))
        weakness = 0.35 if is_strong_place(bar, onset) else 0.65 if place.denominator == 1 else 1.0
        return chance >= THINNING * weakness * (1.0 - fullness(bar, stage.intensity_at(onset)))


class RepetitionGuard:
    """Sees to it that no bar comes three times running, no two bars more than twice in `MEMORY_BARS` (music.md §3)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._recent: deque[Signature] = deque(maxlen=MEMORY_BARS)
        self._blocks: Counter[tuple[Signature, Signature]] = Counter()

    def pass_bar(self, drafts: list[Draft], start: Fraction, low_midi: int, high_midi: int) -> list[Draft]:
        """Return the bar's drafts, varied by a note or a few where they would be one literal repetition too many."""
        if not drafts:
            return drafts
        versions = [drafts]
        while self._is_worn(self._signature(versions[-1], start)) and len(versions) <= MOST_VARIATIONS:
            versions.append(self._varied(versions[-1], low_midi, high_midi))
        if self._is_worn(self._signature(versions[-1], start)):  # simple bars run out of variants: only no third one
            versions = [v for v in versions if not self._is_third(self._signature(v, start))][:1] or versions
        self._remember(self._signature(versions[-1], start))
        return versions[-1]

    def _is_third(self, bar: Signature) -> bool:
        return len(self._recent) > 1 and self._recent[-1] == self._recent[-2] == bar

    def _is_worn(self, bar: Signature) -> bool:
        return self._is_third(bar) or (bool(self._recent) and self._blocks[self._recent[-1], bar] >= 2)

    def _remember(self, bar: Signature) -> None:
        if len(self._recent) == MEMORY_BARS:
            self._blocks[self._recent[0], self._recent[1]] -= 1
        if self._recent:
            self._blocks[self._recent[-1], bar] += 1
        self._recent.append(bar)

    def _varied(self, drafts: list[Draft], low_midi: int, high_midi: int) -> list[Draft]:
        """Return the bar with one note of its later half in another octave, left out, or struck twice."""
        index = len(drafts) - 1 - int(self._rng.integers(max(1, len(drafts) // 2)))
        before, note, after = drafts[:index], drafts[index], drafts[index + 1 :]
        octaves = [pitch for pitch in (note.pitch + 12, note.pitch - 12) if low_midi <= pitch <= high_midi]
        chance = self._rng.random()
        if octaves and chance < 0.5:
            return [*before, replace(note, pitch=octaves[0]), *after]
        if len(drafts) > 2 and chance < 0.75:
            return [*before, *after]
        if note.duration >= SHORTEST_TO_SPLIT_BEATS:
            half = note.duration / 2
            echo = replace(note, onset=note.onset + half, duration=half, velocity=note.velocity - 10.0)
            return [*before, replace(note, duration=half), echo, *after]
        return drafts

    @staticmethod
    def _signature(drafts: list[Draft], start: Fraction) -> Signature:
        return tuple((draft.onset - start, draft.pitch) for draft in drafts)
