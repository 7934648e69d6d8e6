"""Whether a written melody is heard in a recording: its notes are laid over the pitches that begin there.

Following the loudest line of a full mix and comparing figures was tried: under an orchestra the line found is hardly
ever the tune, and a cue's own figures were not found in its own render. Knowing what to look for is easier: a passage
of the written melody is laid everywhere over the recording, in every key and at nearly every tempo, and what matters is
whether pitches begin where it has notes. The square root of the number of notes makes passages comparable: what
another music reaches by luck is then nearly the same for ten notes and for twenty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import Composition, Part
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]
#: One note: start in seconds, MIDI pitch.
Note = tuple[float, int]

LOWEST_MIDI, HIGHEST_MIDI = 48, 96
#: A passage is so many notes, and begins again after half of them; fewer than `FEWEST_NOTES` prove nothing.
PASSAGE_NOTES, FEWEST_NOTES = 20, 10
#: From here on a passage is heard. `benchmarks/originality.py` prints what copies and other music reach.
HEARD = 14.5
_WINDOW, _HOP_S = 8192, 0.05
_HARMONICS, _DECAY = 5, 0.75
#: Each pitch is looked for within a twenty-fourth of an octave.
_NEAR = 2 ** (1 / 48)
#: Levels are compared within four seconds, and nothing counts more than a tenth of the loud passages' level lifts it.
_NEAR_HOPS, _FLOOR = 81, 0.1
#: Tempos of the recording against ours.
_STRETCHES = (0.84, 0.88, 0.92, 0.96, 1.0, 1.04, 1.08, 1.13, 1.18)


def written_passages(compositions: Iterable[Composition]) -> tuple[tuple[Note, ...], ...]:
    """Return the passages of all melodies and counter-lines of cues; lines in unison once."""
    found: dict[tuple[Note, ...], list[Note]] = {}
    for composition in compositions:
        for part in composition.parts:
            if part.role in ("melody", "counter"):
                line = _top_line(part, composition)
                for start in range(0, max(1, len(line) - PASSAGE_NOTES + 1), PASSAGE_NOTES // 2):
                    passage = line[start : start + PASSAGE_NOTES]
                    if len(passage) >= FEWEST_NOTES and len({pitch for _, pitch in passage}) > 2:
                        lowest = min(pitch for _, pitch in passage)  # in octaves is unison too
                        found.setdefault(tuple((onset_s, pitch - lowest) for onset_s, pitch in passage), passage)
    return tuple(tuple(passage) for passage in found.values())


def _top_line(part: Part, composition: Composition) -> list[Note]:
    seconds_at = composition.tempo_map.seconds_at
    notes = sorted(part.notes, key=lambda note: (note.onset_beats, -note.pitch_midi))
    top = [note for at, note in enumerate(notes) if not at or note.onset_beats != notes[at - 1].onset_beats]
    return [(float(seconds_at(note.onset_beats)), note.pitch_midi) for note in top]


def beginning_pitches(audio: Audio) -> NDArray[np.float32]:
    """Return how much each pitch begins every 50 ms of 48 kHz audio, float32 [shape=(n, 49)], MIDI 48 to 96.

    Mean 0 and spread 1; what all pitches do together (a drum) is 0. Input is float32 [shape=(n, 2)].
    """
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    salience = _salience(audio)
    if not len(salience):
        return np.zeros((0, HIGHEST_MIDI - LOWEST_MIDI + 1), np.float32)
    neighbours = np.pad(salience, ((0, 0), (1, 1)), mode="edge")
    peaks = np.maximum(0.0, salience - 0.5 * (neighbours[:, :-2] + neighbours[:, 2:]))
    begin = peaks.copy()
    begin[2:] -= peaks[:-2]
    begin = np.maximum(0.0, begin)
    level = np.sqrt(uniform_filter1d((begin**2).max(axis=1), _NEAR_HOPS))
    level = np.maximum(level, max(1e-9, _FLOOR * float(np.percentile(level, 90))))
    begin = np.minimum(begin / level[:, None], 1.0)
    begin -= begin.mean(axis=1, keepdims=True)
    begin /= max(float(begin.std()), 1e-9)
    return np.asarray(maximum_filter1d(begin, 3, axis=0), np.float32)  # a note may begin 50 ms off


def _salience(audio: Audio) -> NDArray[np.float64]:
    """Return how strong each pitch is with its harmonics, [shape=(hops, pitches)]."""
    padded = np.pad(audio.mean(axis=1), _WINDOW // 2)
    if len(padded) < _WINDOW:
        return np.zeros((0, HIGHEST_MIDI - LOWEST_MIDI + 1))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[:: round(_HOP_S * SAMPLE_RATE_HZ)]
    shape = np.hanning(_WINDOW).astype(np.float32)
    pitches = np.arange(LOWEST_MIDI, HIGHEST_MIDI + 1)
    bins = np.outer(440.0 * 2 ** ((pitches - 69) / 12), np.arange(1, _HARMONICS + 1)) / (SAMPLE_RATE_HZ / _WINDOW)
    first, last = np.floor(bins / _NEAR).astype(int), np.ceil(bins * _NEAR).astype(int)
    found = np.zeros((len(windows), len(pitches)))
    for block in range(0, len(windows), 256):
        spectra = np.sqrt(np.abs(np.fft.rfft(windows[block : block + 256] * shape, axis=1)))
        for harmonic in range(_HARMONICS):
            for pitch in range(len(pitches)):
                near = spectra[:, first[pitch, harmonic] : last[pitch, harmonic] + 1]
                found[block : block + 256, pitch] += _DECAY**harmonic * near.max(axis=1)
    return found


def heard_share(passages: Sequence[Sequence[Note]], begin: NDArray[np.float32]) -> float:
    """Return the share 0..1 of written passages that are heard in a recording; see `beginning_pitches`."""
    heard = [likeness(passage, begin) >= HEARD for passage in passages]
    return float(np.mean(heard)) if heard else 0.0


def likeness(passage: Sequence[Note], begin: NDArray[np.float32]) -> float:
    """Return how well a passage fits its best place in a recording, in any key: luck reaches 10 to 14, a copy 13 to 18.

    0 where no part of it can be laid over the recording.
    """
    from scipy.signal import fftconvolve

    pitches = [pitch for _, pitch in passage]
    lowest, span = min(pitches), max(pitches) - min(pitches) + 1
    best = 0.0
    for stretch in _STRETCHES:
        steps = [round((onset_s - passage[0][0]) * stretch / _HOP_S) for onset_s, _ in passage]
        if steps[-1] + 1 > len(begin) or span > begin.shape[1]:
            continue
        template = np.zeros((steps[-1] + 1, span), np.float32)
        for step, pitch in zip(steps, pitches, strict=True):
            template[step, pitch - lowest] += 1.0
        fits = fftconvolve(begin, template[::-1, ::-1], mode="valid")
        best = max(best, float(fits.max()))
    return best / float(np.sqrt(len(passage)))
