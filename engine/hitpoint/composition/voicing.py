"""Voice leading: a bass and four upper voices for every chord, found by beam search over all sensible voicings.

Costs: total movement, parallel fifths and octaves (dearest with the bass), low interval limits, doubled
thirds, inversions, and distance from the register that the intensity asks for (music.md §5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from hitpoint.composition.harmony import Slot
from hitpoint.composition.pitch import ChordShape, pitches_in

#: The bass lies where every ground layer can play it; double basses sound an octave below.
BASS_LOW_MIDI, BASS_HIGH_MIDI = 36, 52
UPPER_LOW_MIDI, UPPER_HIGH_MIDI = 48, 79
BEAM_WIDTH = 4

#: Any upper voice may turn out to be the highest that is played, so the bass avoids parallels with all of them.
_PARALLEL_BASS, _PARALLEL_INNER = 40.0, 12.0
_PAIRS = tuple(combinations(range(5), 2))

Voices = tuple[int, int, int, int, int]
Matrix = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VoicedChord:
    """A slot with its pitches: bass first, then four rising upper voices (MIDI)."""

    slot: Slot
    voices: Voices

    @property
    def bass(self) -> int:
        """The lowest voice."""
        return self.voices[0]

    @property
    def upper(self) -> tuple[int, int, int, int]:
        """The four voices above the bass."""
        return self.voices[1:]


def lead_voices(
    slots: Sequence[Slot], intensities: Sequence[float], *, rng: np.random.Generator
) -> tuple[VoicedChord, ...]:
    """Return every slot voiced; linear in the number of slots.

    `intensities` (0..1, one per slot) lift the register; `rng` breaks ties, so that a progression that comes again is
    not voiced the same way.
    """
    beams: list[tuple[Matrix, NDArray[np.float64], NDArray[np.int64]]] = []
    previous: Matrix | None = None
    totals = np.zeros(1)
    for slot, intensity in zip(slots, intensities, strict=True):
        candidates, static = _candidates(slot.shape, slot.pedal)
        centre = 57.0 + 9.0 * intensity
        cost = static + 0.6 * np.abs(candidates[:, 1:].mean(axis=1) - centre) + rng.uniform(0.0, 2.0, len(candidates))
        if previous is None:
            combined = cost[None, :]
        else:
            freedom = 0.4 if slot.is_arrival else 1.0
            combined = totals[:, None] + cost[None, :] + _transition(previous, candidates, freedom)
        best_from = combined.argmin(axis=0)
        best = combined[best_from, np.arange(len(candidates))]
        kept = np.argsort(best, kind="stable")[:BEAM_WIDTH]
        beams.append((candidates[kept], best[kept], best_from[kept]))
        previous, totals = candidates[kept], best[kept] - best[kept].min()
    index = 0
    voiced: list[VoicedChord] = []
    for slot, (candidates, _, best_from) in zip(reversed(slots), reversed(beams), strict=True):
        bass, a, b, c, d = (int(pitch) for pitch in candidates[index])
        voiced.append(VoicedChord(slot, (bass, a, b, c, d)))
        index = int(best_from[index])
    return tuple(reversed(voiced))


def _transition(previous: Matrix, candidates: Matrix, freedom: float) -> NDArray[np.float64]:
    """Return the cost of going from each of B voicings to each of C, shape (B, C)."""
    step = candidates[None, :, :] - previous[:, None, :]
    movement = np.abs(step)
    cost = freedom * (
        movement[:, :, 1:].sum(axis=2) + 0.35 * movement[:, :, 0] + 1.5 * np.maximum(0, movement[:, :, 4] - 5)
    )
    for low, high in _PAIRS:
        before = ((previous[:, high] - previous[:, low]) % 12)[:, None]
        after = ((candidates[:, high] - candidates[:, low]) % 12)[None, :]
        # In contrary motion too: layers fold voices into their registers, and an octave turns contrary into parallel.
        parallel = (
            (before == after) & ((before == 0) | (before == 7)) & (step[:, :, low] != 0) & (step[:, :, high] != 0)
        )
        cost += np.where(parallel, _PARALLEL_BASS if low == 0 else _PARALLEL_INNER, 0.0)
    return np.asarray(cost, dtype=np.float64)


@lru_cache(maxsize=512)
def _candidates(shape: ChordShape, pedal: int | None) -> tuple[Matrix, NDArray[np.float64]]:
    """Return all voicings of a chord, shape (C, 5), and what each costs on its own, shape (C,)."""
    tones = shape.pitch_classes
    needed = set(tones if len(tones) <= 3 else (tones[0], *(t for t in tones[1:] if (t - tones[0]) % 12 != 7)))
    basses = [(pitch, 0.0) for pitch in pitches_in((tones[0],), BASS_LOW_MIDI, BASS_HIGH_MIDI)]
    if shape.third is not None:
        basses += [(pitch, 4.0) for pitch in pitches_in((shape.third,), BASS_LOW_MIDI, BASS_HIGH_MIDI)]
    if pedal is not None:
        basses = [(pitch, 0.0) for pitch in pitches_in((pedal,), BASS_LOW_MIDI, BASS_HIGH_MIDI)]
    rows: list[Voices] = []
    costs: list[float] = []
    for upper in combinations(pitches_in(tones, UPPER_LOW_MIDI, UPPER_HIGH_MIDI), 4):
        gaps = [upper[1] - upper[0], upper[2] - upper[1], upper[3] - upper[2]]
        if max(gaps) > 12 or upper[3] - upper[0] > 24:
            continue
        sounding = [pitch % 12 for pitch in upper]
        missing = needed - set(sounding)
        if missing - {tones[0]}:
            continue
        cost = 2.0 * len(missing) + 0.25 * (upper[3] - upper[0] - 12 if upper[3] - upper[0] > 12 else 0)
        if shape.third is not None and sounding.count(shape.third) > 1:
            cost += 5.0
        cost += sum(3.0 for gap, low in zip(gaps, upper, strict=False) if gap < 3 and len(tones) == 3)
        cost += sum(6.0 for gap, low in zip(gaps, upper, strict=False) if low < 52 and gap < 4)
        for bass, inversion in basses:
            rows.append((bass, *upper))
            doubled = 3.0 if inversion and shape.third in sounding else 0.0
            costs.append(
                cost + inversion + doubled + (12.0 if upper[0] - bass < 3 else 4.0 if upper[0] - bass < 5 else 0.0)
            )
    return np.array(rows, dtype=np.int64), np.array(costs)
