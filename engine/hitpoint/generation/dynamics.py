"""A generated layer takes its dynamics from the rendered sketch, and leaves room for the voice.

Three bands whose sum is the sound itself (linear phase, so attacks stay where they are): under the speech band, in it,
over it. In each the level of the layer follows that of the sketch, slowly, about its own mean: the colour stays the
model's, loud and soft are the score's. What is smoothed over a second does not pump, and where both have the same
attack both curves rise together, so the attack is not touched. Then what is still too loud in the speech band while
somebody speaks is carved out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hitpoint.measure.levels import SPEECH_BAND_HZ
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]
Levels = NDArray[np.float64]

HOP_S = 0.05
_HOP = round(HOP_S * SAMPLE_RATE_HZ)
#: Levels are smoothed over so much, and what they ask for once more: a stroke in one of the two alone moves no fader.
_LEVEL_S, _FADER_S = 0.8, 1.0
#: The layer is never raised by more (it would be the model's noise), and hardly ever lowered by as much as this.
_MOST_DB, _LEAST_DB = 9.0, -30.0
#: The colour of the layer is bent by no more than this, a band against the whole.
_MOST_BENT_DB = 9.0
#: What is so far under a band's loudest moments is silence; of the sketch, what is so much further under them.
_SILENT_DB, _SKETCH_SILENT_DB = 50.0, 80.0
#: Steep under the speech band, where the bands of hearing are narrow; over it a step would be heard as a filter.
_TAPS, _HIGH_TAPS = 2047, 255
_CHUNK = 20 * SAMPLE_RATE_HZ

#: How much less in the speech band there is under a line than beside it (the same as the written music has to leave).
ROOM_DB = 6.0
#: Carved by no more than this; towards a line and after it as slowly as the mix ducks.
_MOST_CARVED_DB, _CARVE_DOWN_S, _CARVE_UP_S = 12.0, 0.4, 0.8
_CARVINGS = 3
#: A line is compared with the music so near to it; with all of the cue's where that says nothing.
_BESIDE_S, _LEAST_BESIDE_S = 12.0, 1.5
_SPEECH = 1  # which of the bands


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much less there is in the speech band under a line (record samples) than beside it, dB.

    Of the sketch, of the layer once it follows the sketch, and after carving; None where there is nothing to compare.
    """

    start_sample: int
    end_sample: int
    sketch_db: float | None
    followed_db: float | None
    carved_db: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """The layer with the sketch's dynamics.

    Attributes
    ----------
    audio : float32 [shape=(n, 2)]
    like_sketch_before, like_sketch_after : float, -1..1
        Correlation of its level in dB (0.5 s) with the sketch's; nan where one does not move.
    fastest_db_per_s : float
        The steepest that its level was moved.
    """

    audio: Audio
    like_sketch_before: float
    like_sketch_after: float
    fastest_db_per_s: float
    rooms: tuple[Room, ...] = ()


def shape(layer: Audio, sketch: Audio, *, start_sample: int, speech: Sequence[tuple[int, int]] = ()) -> Shaped:
    """Return a layer with the dynamics of the sketch and room for speech.

    Parameters
    ----------
    layer, sketch : float32 [shape=(n, 2)], 48 kHz
        Of the same record samples, from `start_sample` on.
    speech : sequence of (start_sample, end_sample)
        Record samples in which somebody speaks.
    """
    if layer.shape != sketch.shape:
        raise ValueError(f"a layer of shape {layer.shape} cannot follow a sketch of shape {sketch.shape}")
    ours, wanted = band_powers(layer), band_powers(sketch)
    whole_db = _following_db(ours.sum(axis=0), wanted.sum(axis=0))
    gains_db = np.stack(
        [
            np.clip(_following_db(own, other), whole_db - _MOST_BENT_DB, whole_db + _MOST_BENT_DB)
            for own, other in zip(ours, wanted, strict=True)
        ]
    )
    lines = _inside(speech, start_sample, len(layer))
    followed = ours * 10 ** (gains_db / 10)
    before = [_room_db(followed[_SPEECH], line, lines) for line in lines]
    dips_db = np.zeros(len(lines))
    carve_db = np.zeros(gains_db.shape[1])
    for _ in range(_CARVINGS):  # what is beside a line gives way to it too, a little
        power = followed[_SPEECH] * 10 ** (-carve_db / 10)
        rooms_db = [_room_db(power, line, lines) for line in lines]
        dips_db += [0.0 if room_db is None else max(0.0, ROOM_DB - room_db) for room_db in rooms_db]
        dips_db = np.minimum(dips_db, _MOST_CARVED_DB)
        dips = [_carve_db(dip_db, line, len(carve_db)) for dip_db, line in zip(dips_db, lines, strict=True)]
        carve_db = np.maximum.reduce([carve_db, *dips])
    gains_db[_SPEECH] -= carve_db
    carved = ours[_SPEECH] * 10 ** (gains_db[_SPEECH] / 10)
    rooms = tuple(
        Room(
            start_sample=start_sample + first * _HOP,
            end_sample=start_sample + end * _HOP,
            sketch_db=_room_db(wanted[_SPEECH], (first, end), lines),
            followed_db=room_db,
            carved_db=_room_db(carved, (first, end), lines),
        )
        for (first, end), room_db in zip(lines, before, strict=True)
    )
    audio = _played(layer, gains_db)
    return Shaped(
        audio=audio,
        like_sketch_before=level_correlation(layer, sketch),
        like_sketch_after=level_correlation(audio, sketch),
        fastest_db_per_s=float(np.abs(np.diff(gains_db, axis=1)).max(initial=0.0) / HOP_S),
        rooms=rooms,
    )


def level_correlation(one: Audio, other: Audio) -> float:
    """Return the correlation of two levels in dB over half seconds in which both sound; nan where one stands still."""
    size = SAMPLE_RATE_HZ // 2
    count = len(one) // size
    levels = [
        10 * np.log10((audio[: count * size].astype(np.float64) ** 2).reshape(count, -1).mean(axis=1) + 1e-12)
        for audio in (one, other)
    ]
    sounds = np.logical_and(*(level > level.max(initial=-120.0) - _SILENT_DB for level in levels))
    if sounds.sum() < 4 or any(np.std(level[sounds]) < 1e-3 for level in levels):
        return float("nan")
    return float(np.corrcoef(levels[0][sounds], levels[1][sounds])[0, 1])


def band_powers(audio: Audio) -> Levels:
    """Return the mean power of each band per hop of 50 ms, [shape=(3, hops)]; the last hop may be a short one."""
    hops = -(-len(audio) // _HOP)
    powers = np.zeros((3, hops))
    for first, bands in _in_bands(audio):
        for index, band in enumerate(bands):
            power = (band.astype(np.float64) ** 2).mean(axis=1)
            power = np.pad(power, (0, -len(power) % _HOP)).reshape(-1, _HOP).mean(axis=1)
            powers[index, first // _HOP : first // _HOP + len(power)] = power
    return powers


def _in_bands(audio: Audio) -> list[tuple[int, tuple[Audio, Audio, Audio]]]:
    """Return (first sample, bands) of each piece of the audio; the bands sum to it."""
    from scipy.signal import oaconvolve

    low, middle = _filters()
    pieces = []
    reach = _TAPS // 2
    for first in range(0, len(audio), _CHUNK):
        end = min(first + _CHUNK, len(audio))
        begin, until = max(0, first - reach), min(len(audio), end + reach)
        piece = np.pad(audio[begin:until], ((reach - (first - begin), reach - (until - end)), (0, 0)))
        under, up_to = (
            oaconvolve(piece, taps[:, None], mode="valid", axes=0).astype(np.float32) for taps in (low, middle)
        )
        pieces.append((first, (under, up_to - under, audio[first:end] - up_to)))
    return pieces


@cache
def _filters() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return low-passes of linear phase at both ends of the speech band."""
    from scipy.signal import firwin

    low, high = (
        np.pad(firwin(taps, hertz, fs=SAMPLE_RATE_HZ), (_TAPS - taps) // 2).astype(np.float32)
        for taps, hertz in zip((_TAPS, _HIGH_TAPS), SPEECH_BAND_HZ, strict=True)
    )
    return low, high


def _following_db(own: Levels, wanted: Levels) -> Levels:
    """Return the gain per hop that gives one level the course of another, about its own mean."""
    if not own.sum() or not wanted.sum():
        return np.zeros(len(own))
    levels = []
    for power, silent_db in ((own, _SILENT_DB), (wanted, _SKETCH_SILENT_DB)):
        even = _smooth(power, _LEVEL_S)
        floor = np.percentile(even, 95) * 10 ** (-silent_db / 10) + 1e-16
        levels.append(10 * np.log10(np.maximum(even, floor) / power.mean()))
    return _smooth(np.clip(levels[1] - levels[0], _LEAST_DB, _MOST_DB), _FADER_S)


def _smooth(values: Levels, seconds: float) -> Levels:
    """Return values per hop under a raised cosine of so many seconds; the ends are as if they went on."""
    bell = np.hanning(2 * round(seconds / HOP_S / 2) + 3)[1:-1]
    return np.convolve(np.pad(values, len(bell) // 2, mode="edge"), bell / bell.sum(), mode="valid")


def _played(audio: Audio, gains_db: Levels) -> Audio:
    """Return the audio with a gain per band, straight in dB between the middles of the hops."""
    result = np.empty_like(audio)
    centres = (np.arange(gains_db.shape[1]) + 0.5) * _HOP
    for first, bands in _in_bands(audio):
        clock = np.arange(first, first + len(bands[0]))
        total = np.zeros((len(clock), 2), dtype=np.float32)
        for band, gain_db in zip(bands, gains_db, strict=True):
            total += band * (10 ** (np.interp(clock, centres, gain_db) / 20)).astype(np.float32)[:, None]
        result[first : first + len(clock)] = total
    return result


def _inside(speech: Sequence[tuple[int, int]], start_sample: int, length: int) -> list[tuple[int, int]]:
    """Return the lines in hops, as far as they lie in the audio."""
    lines = []
    for start, end in sorted(speech):
        first, last = (min(max((at - start_sample) / _HOP, 0.0), length / _HOP) for at in (start, end))
        if last - first >= 2:
            lines.append((int(first), int(np.ceil(last))))
    return lines


def _room_db(power: Levels, line: tuple[int, int], lines: Sequence[tuple[int, int]]) -> float | None:
    """Return by how much the music beside a line is louder than under it, dB."""
    free = np.ones(len(power), dtype=bool)
    for first, end in lines:
        free[first:end] = False
    free &= power > np.percentile(power, 95) * 10 ** (-_SILENT_DB / 10)
    near = np.zeros(len(power), dtype=bool)
    reach = round(_BESIDE_S / HOP_S)
    near[max(0, line[0] - reach) : line[1] + reach] = True
    beside = power[free & near] if (free & near).sum() * HOP_S >= _LEAST_BESIDE_S else power[free]
    under = float(power[line[0] : line[1]].mean())
    if not len(beside) or under <= 0:
        return None
    return float(10 * np.log10(beside.mean() / under))


def _carve_db(depth_db: float, line: tuple[int, int], hops: int) -> Levels:
    """Return how far each hop is lowered for a line: all of it under the line, raised cosines around it."""
    at = np.arange(hops)
    down = np.clip((at - (line[0] - _CARVE_DOWN_S / HOP_S)) / (_CARVE_DOWN_S / HOP_S), 0, 1)
    up = np.clip((line[1] + _CARVE_UP_S / HOP_S - at) / (_CARVE_UP_S / HOP_S), 0, 1)
    return np.asarray(depth_db * (0.5 - 0.5 * np.cos(np.pi * np.minimum(down, up))))
