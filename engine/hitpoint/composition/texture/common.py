"""What several figures share: the lines of a layer, doubling, and the guard against literal repetition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hitpoint.composition.pitch import fold_into
from hitpoint.composition.stage import Draft, Line, Stage
from hitpoint.composition.style import Layer

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
    if len(lines) == 1 or stage.intensity_at(draft.onset) < layer.double_from:
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


class RepetitionGuard:
    """Sees to it that a bar that equals both bars before it is changed (music.md §3: never literal more than twice)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._last: list[Signature] = []

    def pass_bar(self, drafts: list[Draft], start: Fraction, low_midi: int, high_midi: int) -> list[Draft]:
        """Return the bar's drafts; if it would be a third literal one, one note is moved by an octave or left out."""
        if drafts and self._last[-2:] == [self._signature(drafts, start)] * 2:
            index = len(drafts) - 1 - int(self._rng.integers(max(1, len(drafts) // 2)))
            changed = drafts[index]
            higher, lower = changed.pitch + 12, changed.pitch - 12
            if len(drafts) > 1 and self._rng.random() < 0.4:
                drafts = drafts[:index] + drafts[index + 1 :]
            elif higher <= high_midi or lower >= low_midi:
                changed.pitch = higher if higher <= high_midi else lower
            elif len(drafts) > 1:
                drafts = drafts[:index] + drafts[index + 1 :]
            else:
                changed.onset += changed.duration / 2
                changed.duration /= 2
        if drafts:
            self._last = [*self._last[-1:], self._signature(drafts, start)]
        return drafts

    @staticmethod
    def _signature(drafts: list[Draft], start: Fraction) -> Signature:
        return tuple((draft.onset - start, draft.pitch) for draft in drafts)
