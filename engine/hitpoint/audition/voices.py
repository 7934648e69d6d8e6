"""What is wrong with who plays when: holes, crowded registers, silence that nobody asked for.

Conventions
-----------
* Moments are record samples at 48 kHz on a grid of `GRID_S`.
* `asked` are half-open spans of samples in which silence was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import Composition, Performance, PerformedNote
from hitpoint.model.time import SAMPLE_RATE_HZ

GRID_S = 0.05
_GRID_SAMPLES = round(GRID_S * SAMPLE_RATE_HZ)
#: A gap shorter than this is a breath (the one before a hit, say), not a hole.
SHORTEST_HOLE_S = 0.5
#: Below this (RMS of 0.1 s, dBFS) a mix at -23 LUFS is not heard in a room.
SILENT_DBFS = -60.0
#: More voices than this within an octave below middle C are mud (music.md §5: low interval limits).
MOST_LOW_VOICES, MIDDLE_C = 3, 60
#: A plan under this asks for silence.
_NO_INTENSITY = 0.02
_DRUM_BANK = 128

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of record seconds."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Its length."""
        return self.end_s - self.start_s


def asked_silences(composition: Composition, performance: Performance) -> Spans:
    """Return the spans in which silence was asked for: silence hits, and where the plan itself is nothing."""
    spans = list(performance.silences)
    first, hop = float(composition.tempo_map.start_s), composition.intensity_hop_s
    for row in np.flatnonzero(composition.intensity < _NO_INTENSITY):
        start_s = first + float(row) * hop
        spans.append((round(start_s * SAMPLE_RATE_HZ), round((start_s + hop) * SAMPLE_RATE_HZ)))
    return tuple(sorted(spans))


def holes(performance: Performance, start: int, end: int, asked: Spans) -> list[Stretch]:
    """Return where nobody plays for `SHORTEST_HOLE_S` or longer between two samples, though silence was not asked."""
    counts = np.zeros(_rows(start, end) + 1, dtype=np.int64)
    for part in performance.parts:
        for note in part.notes:
            first, last = _row(note.sounding_sample, start, end), _row(_end(note), start, end)
            counts[first] += 1
            counts[last] -= 1
    is_empty = (np.cumsum(counts[:-1]) == 0) & ~_inside(asked, start, end)
    return [s for s in _stretches(is_empty, start) if s.duration_s >= SHORTEST_HOLE_S - 1e-9]


def crowded(performance: Performance, start: int, end: int) -> tuple[float, list[Stretch]]:
    """Return the share of the time with too many low pitches within an octave, and where that is.

    Unisons and octave doublings by several players are one voice each; drums are none.
    """
    rows = _rows(start, end)
    sounding = np.zeros((rows + 1, MIDDLE_C), dtype=np.int64)
    for part in performance.parts:
        for note in part.notes:
            if note.bank != _DRUM_BANK and note.pitch_midi < MIDDLE_C:
                sounding[_row(note.sounding_sample, start, end), note.pitch_midi] += 1
                sounding[_row(_end(note), start, end), note.pitch_midi] -= 1
    is_on = np.cumsum(sounding[:-1], axis=0) > 0
    octaves = np.lib.stride_tricks.sliding_window_view(is_on, 12, axis=1).sum(axis=2).max(axis=1)
    is_crowded = octaves > MOST_LOW_VOICES
    return float(is_crowded.mean()) if rows else 0.0, list(_stretches(is_crowded, start))


def silent_share(audio: NDArray[np.float32], audio_start: int, start: int, end: int, asked: Spans) -> float:
    """Return the share of the time between two samples that is silent on the mix although silence was not asked."""
    hop = 2 * _GRID_SAMPLES
    inside = audio[max(0, start - audio_start) : max(0, end - audio_start)]
    hops = len(inside) // hop
    power = (inside[: hops * hop].reshape(hops, hop * inside.shape[1]).astype(np.float64) ** 2).mean(axis=1)
    wanted = ~_inside(asked, start, end)[::2][:hops]
    silent = (power[: len(wanted)] < 10 ** (SILENT_DBFS / 10)) & wanted
    return float(silent.sum() / max(1, wanted.sum()))


def _end(note: PerformedNote) -> int:
    return note.sounding_sample + note.duration_samples


def _rows(start: int, end: int) -> int:
    return max(0, -(-(end - start) // _GRID_SAMPLES))


def _row(sample: int, start: int, end: int) -> int:
    return min(max(0, round((sample - start) / _GRID_SAMPLES)), _rows(start, end))


def _inside(spans: Spans, start: int, end: int) -> NDArray[np.bool_]:
    """Return for each row of the grid whether any part of it lies in a span."""
    marked = np.zeros(_rows(start, end), dtype=np.bool_)
    for first, last in spans:
        a, b = (first - start) // _GRID_SAMPLES, -(-(last - start) // _GRID_SAMPLES)
        marked[max(0, a) : max(0, b)] = True
    return marked


def _stretches(rows: NDArray[np.bool_], start: int) -> Sequence[Stretch]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8)))
    first_s = start / SAMPLE_RATE_HZ
    return [
        Stretch(round(first_s + float(a) * GRID_S, 3), round(first_s + float(b) * GRID_S, 3))
        for a, b in edges.reshape(-1, 2)
    ]
