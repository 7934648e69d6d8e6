"""The three passes over the files of one mix, block by block: place, find the gain, finish."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing.automation import Automation, gain_over
from hitpoint.mixing.convolver import BLOCK_SAMPLES, Convolver
from hitpoint.mixing.limiter import Limiter, lookahead_samples, window_peaks
from hitpoint.mixing.loudness import Loudness, LoudnessMeter
from hitpoint.mixing.raw import RawWriter, Stereo, read_block
from hitpoint.mixing.settings import LoudnessTarget
from hitpoint.model.audio import StemFile
from hitpoint.model.progress import Progress

#: 2.7 s: what is in memory of each stem at a time.
CHUNK_SAMPLES = 4 * BLOCK_SAMPLES
#: A limiter that takes more squashes the music; from here on the mix stays quieter instead, and says so.
MAX_REDUCTION_DB = 6.0
#: Where the limiter costs loudness, the static gain makes up for it until this close.
_LOUDNESS_TOLERANCE_LU = 0.05
_LOUDNESS_TRIES = 4


@dataclass(frozen=True, slots=True)
class Placed:
    """What the first pass learnt about the sum of the placed stems."""

    loudness: Loudness
    mix_peaks: NDArray[np.float32]
    stem_peaks: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Finished:
    """What the last pass measured on the mix; `residual` is the highest sample of mix minus stems."""

    loudness: Loudness
    residual: float
    max_reduction_db: float
    limited: NDArray[np.bool_]  # by `limiter.WINDOW_SAMPLES`


@dataclass(frozen=True, slots=True)
class Layer:
    """Dry sound from one depth, and its way into the hall."""

    dry: StemFile
    convolver: Convolver


@dataclass(frozen=True, slots=True)
class Bus:
    """One stem of the mix: the layers that add up to it, what moves its level, and the file that it goes to."""

    layers: tuple[Layer, ...]
    automation: Automation
    writer: RawWriter


class Desk:
    """The buses of one mix, and the three passes over them."""

    def __init__(self, buses: tuple[Bus, ...], mix: RawWriter, pool: ThreadPoolExecutor) -> None:
        self._buses = buses
        self._mix = mix
        self._pool = pool
        dry = buses[0].layers[0].dry
        self._origin_sample, self._length = dry.start_sample, dry.length_samples

    def place(self, progress: Progress) -> Placed:
        """First pass: every stem into the hall, faded and ducked; the sum, its loudness and its peaks."""
        meter = _Metering(LoudnessMeter(true_peak=False), self._pool)
        mix_peaks: list[NDArray[np.float32]] = []
        stem_peaks: list[NDArray[np.float32]] = []
        for first, count in self._chunks(progress, "placing the stems in the hall"):
            blocks = self._each(partial(self._place, first, count))
            total = sum_of(blocks, count).astype(np.float32)
            self._mix.write(first, total)
            meter.push(total)
            mix_peaks.append(window_peaks(total))
            stem_peaks.append(np.maximum.reduce([window_peaks(block) for block in blocks]))
        return Placed(meter.finish(), np.concatenate(mix_peaks), np.concatenate(stem_peaks))

    def _place(self, first: int, count: int, bus: Bus) -> Stereo:
        dry = gain_over(bus.automation.dry, self._origin_sample + first, count)
        wet = gain_over(bus.automation.wet, self._origin_sample + first, count)
        missing = -count % BLOCK_SAMPLES  # of the last chunk
        placed = np.zeros((count, 2), dtype=np.float32)
        for layer in bus.layers:
            block = read_block(layer.dry.path, first, count)
            if dry is not None:
                block *= dry[:, None]
            placed += block
            placed += layer.convolver.process(np.pad(block, ((0, missing), (0, 0))) if missing else block)[:count]
        if wet is not None:
            placed *= wet[:, None]
        bus.writer.write(first, placed)
        return placed

    def find_gain(self, placed: Placed, target: LoudnessTarget, progress: Progress) -> tuple[float, bool]:
        """Second pass, only where the limiter may be called: return the static gain, and whether it was held back."""
        integrated = placed.loudness.integrated_lufs
        if not math.isfinite(integrated):
            return 0.0, False
        gain_db = target.integrated_lufs - integrated
        if not _limiter(placed, gain_db, target).is_needed:
            return gain_db, False
        for attempt in range(_LOUDNESS_TRIES):
            tried = progress.part(attempt / _LOUDNESS_TRIES, (attempt + 1) / _LOUDNESS_TRIES)
            integrated, reduction_db = self._try_gain(placed, gain_db, target, tried)
            if reduction_db > MAX_REDUCTION_DB:
                return gain_db - (reduction_db - MAX_REDUCTION_DB), True
            missing_lu = target.integrated_lufs - integrated
            if abs(missing_lu) < _LOUDNESS_TOLERANCE_LU:
                break
            gain_db += missing_lu
        return gain_db, False

    def _try_gain(
        self, placed: Placed, gain_db: float, target: LoudnessTarget, progress: Progress
    ) -> tuple[float, float]:
        """Return the loudness of the limited mix, and how far the limiter went."""
        limiter = _limiter(placed, gain_db, target)
        meter = _Metering(LoudnessMeter(true_peak=False), self._pool)
        for first, count in self._chunks(progress, "finding the loudness"):
            block = self._mix.read(first, min(count + lookahead_samples(), self._length - first))
            curve = limiter.advance(block, first, count)
            meter.push(block[:count] * _factor(gain_db, curve))
        return meter.finish().integrated_lufs, limiter.max_reduction_db

    def finish(self, placed: Placed, gain_db: float, target: LoudnessTarget, progress: Progress) -> Finished:
        """Last pass: gain and limiter on every stem, the mix as their sum, and what the meter says of it."""
        limiter = _limiter(placed, gain_db, target)
        meter = _Metering(LoudnessMeter(), self._pool)
        residual = 0.0
        ahead = lookahead_samples()
        kept = self._mix.read(0, 0)  # of the mix before the gain: what the limiter looks ahead into is soon overwritten
        for first, count in self._chunks(progress, "bringing the mix to its loudness"):
            wanted = min(count + ahead, self._length - first)
            before = np.concatenate([kept, self._mix.read(first + len(kept), wanted - len(kept))])
            kept = before[count:]
            factor = _factor(gain_db, limiter.advance(before, first, count))
            total = sum_of(self._each(partial(self._level, first, count, factor)), count)
            mixed = total.astype(np.float32)
            residual = max(residual, float(np.abs(mixed - total).max(initial=0.0)))
            self._mix.rewrite(first, mixed)
            meter.push(mixed)
        return Finished(meter.finish(), residual, limiter.max_reduction_db, limiter.limited)

    def _level(self, first: int, count: int, factor: NDArray[np.float32], bus: Bus) -> Stereo:
        block = bus.writer.read(first, count)
        if block.any():
            block *= factor
            bus.writer.rewrite(first, block)
        return block

    def _each(self, work: Callable[[Bus], Stereo]) -> list[Stereo]:
        return list(self._pool.map(work, self._buses))

    def _chunks(self, progress: Progress, sentence: str) -> Iterator[tuple[int, int]]:
        """Yield (first sample, count) from the start of the files to their end."""
        for first in range(0, self._length, CHUNK_SAMPLES):
            progress.update(first / self._length, sentence)
            yield first, min(CHUNK_SAMPLES, self._length - first)


class _Metering:
    """A meter that reads one block while the next is being made."""

    def __init__(self, meter: LoudnessMeter, pool: ThreadPoolExecutor) -> None:
        self._meter = meter
        self._pool = pool
        self._pending: Future[None] | None = None

    def push(self, block: Stereo) -> None:
        self._wait()
        self._pending = self._pool.submit(self._meter.push, block)

    def finish(self) -> Loudness:
        self._wait()
        return self._meter.finish()

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()


def _limiter(placed: Placed, gain_db: float, target: LoudnessTarget) -> Limiter:
    return Limiter(
        gain=10 ** (gain_db / 20),
        ceiling_dbtp=target.ceiling_dbtp,
        mix_peaks=placed.mix_peaks,
        stem_peaks=placed.stem_peaks,
    )


def _factor(gain_db: float, curve: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """Return the static gain, times the limiter's curve where it moves, as float32 [shape=(1, 1) or (n, 1)]."""
    gain = np.float32(10 ** (gain_db / 20))
    return np.full((1, 1), gain) if curve is None else gain * curve[:, None]


def sum_of(blocks: Iterable[Stereo], count: int) -> NDArray[np.float64]:
    """Return the sum of blocks of `count` samples in double precision: the order of the stems leaves no trace."""
    total = np.zeros((count, 2), dtype=np.float64)
    for block in blocks:
        total += block
    return total
