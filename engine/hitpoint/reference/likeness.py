"""How long two pieces run parallel in their harmony, in whatever key and at nearly whatever tempo.

Cross-similarity of chroma, and the longest path through it that allows a disagreement now and then (Qmax: Serrà,
Serra & Andrzejak 2009, as librosa.sequence.rqa does it), over the twelve transpositions.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.features import HOP_S, Features
from hitpoint.model.music import Composition

#: Chroma is compared every half second, each time with the two seconds from there on.
STEP_S, _STACKED = 0.5, 4
#: Chords that agree less than this are not the same.
_SAME = 0.6


def harmony_of_audio(features: Features) -> NDArray[np.float32]:
    """Return chroma per half second, [shape=(n, 12)], each of length 1."""
    return features.coarse(round(STEP_S / HOP_S)).chroma


def harmony_of_scores(compositions: Iterable[Composition]) -> NDArray[np.float32]:
    """Return the same for written cues, one after the other."""
    found = [_written(composition) for composition in compositions]
    return np.concatenate(found) if found else np.zeros((0, 12), dtype=np.float32)


def _written(composition: Composition) -> NDArray[np.float32]:
    seconds_at = composition.tempo_map.seconds_at
    start_s = float(composition.tempo_map.start_s)
    count = int((float(seconds_at(composition.end_beats)) - start_s) / STEP_S) + 1
    level = np.zeros((count, 12))
    for part in composition.parts:
        if part.stem == "percussion":
            continue
        for note in part.notes:
            first = (float(seconds_at(note.onset_beats)) - start_s) / STEP_S
            last = (float(seconds_at(note.onset_beats + note.duration_beats)) - start_s) / STEP_S
            for step in range(max(0, int(first)), min(count, int(last) + 1)):
                share = min(last, step + 1) - max(first, step)
                if share > 0:
                    loud = share * (note.velocity / 127) ** 2
                    level[step, note.pitch_midi % 12] += loud
                    level[step, (note.pitch_midi + 7) % 12] += 0.3 * loud
    level = np.sqrt(level)
    centred = level - level.mean(axis=1, keepdims=True)
    size = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(np.where(size > 1e-6, centred / np.maximum(size, 1e-6), 0.0), dtype=np.float32)


def parallel_share(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return 0..1: how much of the shorter piece runs parallel to the other without a break.

    1 is the same piece; two pieces over the same loop of chords can reach a half.
    """
    from librosa.sequence import rqa

    first, second = _stacked(one), _stacked(other)
    if not len(first) or not len(second):
        return 0.0
    best = 0.0
    for shift in range(12):
        alike = first @ _stacked(np.roll(other, shift, axis=1)).T / _STACKED
        path, _ = rqa(
            np.clip((alike - _SAME) / (1 - _SAME), 0.0, 1.0), gap_onset=1.0, gap_extend=1.0, knight_moves=True
        )
        best = max(best, float(path.max(initial=0.0)))
    return min(1.0, best / min(len(first), len(second)))


def _stacked(chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    count = len(chroma) - _STACKED + 1
    if count < 1:
        return np.zeros((0, 12 * _STACKED), dtype=np.float32)
    return np.concatenate([chroma[at : at + count] for at in range(_STACKED)], axis=1)
