"""Melodies as steps: of a written cue, and as far as they can be followed in a recording.

The most salient pitch (sum over its harmonics) of the singing register is followed in the recording. librosa's pyin on
the harmonic part was tried: on a full mix it follows the bass, and takes a second per second of music.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import Composition
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

LOWEST_MIDI, HIGHEST_MIDI = 55, 90
#: Steps in a row that make a figure that can be recognised: five notes.
FIGURE_STEPS = 4
_WINDOW, _HOP = 8192, 1200
_HARMONICS, _DECAY = 5, 0.75
#: Shorter than this is a slip of the follower, not a note.
_SHORTEST_HOPS = 4

Figures = frozenset[tuple[int, ...]]


def figures_of(pitches: Sequence[int]) -> Figures:
    """Return all figures of a line: steps between its notes, repeated notes as one."""
    line = [pitch for index, pitch in enumerate(pitches) if index == 0 or pitch != pitches[index - 1]]
    steps = tuple(int(step) for step in np.diff(line)) if len(line) > 1 else ()
    return frozenset(steps[at : at + FIGURE_STEPS] for at in range(len(steps) - FIGURE_STEPS + 1))


def written_figures(compositions: Iterable[Composition]) -> Figures:
    """Return the figures of all melodies and counter-lines of cues."""
    found: set[tuple[int, ...]] = set()
    for composition in compositions:
        for part in composition.parts:
            if part.role in ("melody", "counter"):
                notes = sorted(part.notes, key=lambda note: (note.onset_beats, -note.pitch_midi))
                top = [n for i, n in enumerate(notes) if i == 0 or n.onset_beats != notes[i - 1].onset_beats]
                found |= figures_of([note.pitch_midi for note in top])
    return frozenset(found)


def heard_figures(audio: Audio) -> Figures:
    """Return the figures of the line that stands out in 48 kHz audio, float32 [shape=(n, 2)]."""
    return figures_of(heard_line(audio))


def heard_line(audio: Audio) -> list[int]:
    """Return the MIDI pitches of the line that stands out, one per note."""
    mono = audio.mean(axis=1)
    padded = np.pad(mono, _WINDOW // 2)
    if len(padded) < _WINDOW:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    shape = np.hanning(_WINDOW).astype(np.float32)
    pitches = np.arange(LOWEST_MIDI, HIGHEST_MIDI + 1)
    found = np.empty(len(windows), dtype=np.int64)
    bin_hz = SAMPLE_RATE_HZ / _WINDOW
    hertz = 440.0 * 2 ** ((pitches - 69) / 12)
    places = np.rint(np.outer(hertz, np.arange(1, _HARMONICS + 1)) / bin_hz).astype(np.int64)
    weights = _DECAY ** np.arange(_HARMONICS)
    for first in range(0, len(windows), 256):
        spectra = np.abs(np.fft.rfft(windows[first : first + 256] * shape, axis=1))
        widened = np.maximum(np.maximum(spectra[:, :-2], spectra[:, 2:]), spectra[:, 1:-1])
        salience = (np.sqrt(widened[:, places - 1]) * weights).sum(axis=2)
        found[first : first + 256] = pitches[salience.argmax(axis=1)]
    edges = np.flatnonzero(np.concatenate([[True], np.diff(found) != 0, [True]]))
    runs = zip(edges[:-1].tolist(), np.diff(edges).tolist(), strict=True)
    return [int(found[start]) for start, length in runs if length >= _SHORTEST_HOPS]


def shared_figures(written: Figures, reference: Figures) -> float:
    """Return the share 0..1 of the written figures that are in the reference; transposition does not matter."""
    return len(written & reference) / len(written) if written else 0.0
