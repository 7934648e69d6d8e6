"""A piece of a mix, made again at the gain that the mix has: what was there before it and after it stays.

The hall remembers 2.7 s, the limiter a quarter of a second: a region that starts with the first changed sample, on a
block, and ends when both have forgotten the last one gives the samples that mixing the whole would give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing.automation import Automation, automation_of, gain_over
from hitpoint.mixing.convolver import BLOCK_SAMPLES, Convolver, Spectra
from hitpoint.mixing.desk import CHUNK_SAMPLES, sum_of
from hitpoint.mixing.hall import TAIL_SAMPLES, seat_kernel, send_db
from hitpoint.mixing.limiter import WINDOW_SAMPLES, Limiter, lookahead_samples, window_peaks
from hitpoint.mixing.raw import Stereo
from hitpoint.mixing.settings import MixSettings, hall_send_of, target_of
from hitpoint.model.time import SAMPLE_RATE_HZ

#: The limiter has let go of anything it does in a mix (at most 6 dB, at 40 dB a second), and looked ahead.
_LIMITER_SAMPLES = SAMPLE_RATE_HZ // 4
#: A region is not made longer by more than this for a limiter that never rests.
_MOST_BLOCKS_MORE = 6

Layer = tuple[str, float]
#: Gives record samples [start, start + count) of a dry layer as float32 [shape=(count, 2)].
ReadDry = Callable[[int, int], Stereo]


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedAgain:
    """Record samples [start, end) of mix and stems, finished, and the peaks of the whole mix as they are now.

    `mix` and each of `stems` are float32 [shape=(end - start, 2)]; they sum up sample by sample.
    """

    start_sample: int
    mix: Stereo
    stems: Mapping[str, Stereo]
    mix_peaks: NDArray[np.float32]
    stem_peaks: NDArray[np.float32]
    limited: NDArray[np.bool_]  # of the windows in the region alone
    max_reduction_db: float

    @property
    def end_sample(self) -> int:
        """The record sample after the last one."""
        return self.start_sample + len(self.mix)


class Hall:
    """The seats of a mix: their responses are worked out once."""

    def __init__(self, settings: MixSettings, palette_mix: Mapping[str, Any]) -> None:
        self._settings = settings
        self._middle_db = hall_send_of(settings, palette_mix)
        self._spectra: dict[Layer, Spectra] = {}

    def spectra(self, layer: Layer) -> Spectra:
        """Return what has to be added to dry sound from the layer's seat."""
        if layer not in self._spectra:
            stem, depth = layer
            kernel = seat_kernel(
                tone=self._settings.desk.buses[stem],
                depth=depth,
                room=self._settings.desk.room,
                wet_db=send_db(depth, middle_db=self._middle_db) + self._settings.desk.buses[stem].hall_db,
            )
            self._spectra[layer] = Spectra.of(kernel)
        return self._spectra[layer]


class RegionMixer:
    """Mixes a region of a version; layers may be handed in as they become ready (`place`), from any thread.

    Parameters
    ----------
    layers : mapping of (stem, depth) to a reader
        All layers that may sound.
    origin_sample, length_samples : int
        The record range of the whole mix.
    automations : mapping of stem to Automation
        Of this version (`automations_of`).
    changed : (start, end)
        Record samples in which any layer or level is another one than before.
    mix_peaks, stem_peaks : float32 [shape=(windows,)]
        Of the mix before, on this version's range.
    """

    def __init__(
        self,
        layers: Mapping[Layer, ReadDry],
        *,
        settings: MixSettings,
        hall: Hall,
        gain_db: float,
        automations: Mapping[str, Automation],
        origin_sample: int,
        length_samples: int,
        changed: tuple[int, int],
        mix_peaks: NDArray[np.float32],
        stem_peaks: NDArray[np.float32],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._layers, self._hall, self._pool = layers, hall, pool
        self._gain = 10 ** (gain_db / 20)
        self._ceiling_dbtp = target_of(settings)[0].ceiling_dbtp
        self._automations = automations
        self._origin, self._length = origin_sample, length_samples
        self._mix_peaks, self._stem_peaks = mix_peaks.copy(), stem_peaks.copy()
        first = max(0, changed[0] - origin_sample) // BLOCK_SAMPLES
        last = -(-(changed[1] - origin_sample + TAIL_SAMPLES) // BLOCK_SAMPLES)
        for _ in range(_MOST_BLOCKS_MORE):
            if first == 0 or not self._is_limited(first * BLOCK_SAMPLES - _LIMITER_SAMPLES, first * BLOCK_SAMPLES):
                break
            first -= 1
        for _ in range(_MOST_BLOCKS_MORE):
            end = last * BLOCK_SAMPLES
            if not self._is_limited(end - _LIMITER_SAMPLES, end + _LIMITER_SAMPLES):
                break
            last += 1
        self._first = first * BLOCK_SAMPLES
        self._end = min(last * BLOCK_SAMPLES, length_samples)
        self._placed: dict[Layer, Future[Stereo]] = {}

    @property
    def start_sample(self) -> int:
        """First record sample of the region."""
        return self._origin + self._first

    @property
    def end_sample(self) -> int:
        """The record sample after its last one."""
        return self._origin + self._end

    def place(self, layer: Layer) -> None:
        """Begin to put a layer into the hall: its dry sound is ready to be read."""
        self._placed[layer] = self._pool.submit(self._place, layer)

    def finish(self) -> MixedAgain:
        """Place what was not handed in, and return the region at its gain."""
        for layer in self._layers:
            if layer not in self._placed:
                self.place(layer)
        stems: dict[str, Stereo] = {}
        for layer in self._layers:
            block, stem = self._placed[layer].result(), layer[0]
            stems[stem] = np.add(stems[stem], block, out=stems[stem]) if stem in stems else block
        count = self._end - self._first
        total = np.empty((count, 2), dtype=np.float32)
        chunks = [(first, min(first + CHUNK_SAMPLES, count)) for first in range(0, count, CHUNK_SAMPLES)]

        def add_up(chunk: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            first, last = chunk
            for stem, block in stems.items():
                wet = gain_over(self._automations[stem].wet, self.start_sample + first, last - first)
                if wet is not None:
                    block[first:last] *= wet[:, None]
            total[first:last] = sum_of((block[first:last] for block in stems.values()), last - first)
            peaks = [window_peaks(block[first:last]) for block in stems.values()]
            return window_peaks(total[first:last]), np.maximum.reduce(peaks) if peaks else np.zeros(0, np.float32)

        for (first, _), (mix_peaks, stem_peaks) in zip(chunks, self._pool.map(add_up, chunks), strict=True):
            window = (self._first + first) // WINDOW_SAMPLES
            self._mix_peaks[window : window + len(mix_peaks)] = mix_peaks
            self._stem_peaks[window : window + len(mix_peaks)] = stem_peaks if len(stem_peaks) else 0.0
        limiter = Limiter(
            gain=self._gain,
            ceiling_dbtp=self._ceiling_dbtp,
            mix_peaks=self._mix_peaks,
            stem_peaks=self._stem_peaks,
        )
        ahead = lookahead_samples()
        # most chunks are never limited: the limiter passes them over
        curves = [
            limiter.advance(total[first : last + ahead], self._first + first, last - first) for first, last in chunks
        ]
        mix = np.empty_like(total)

        def level(row: tuple[tuple[int, int], NDArray[np.float32] | None]) -> None:
            (first, last), curve = row
            factor = np.float32(self._gain) if curve is None else np.float32(self._gain) * curve[:, None]
            for block in stems.values():
                block[first:last] *= factor
            mix[first:last] = sum_of((block[first:last] for block in stems.values()), last - first)

        list(self._pool.map(level, zip(chunks, curves, strict=True)))
        return MixedAgain(
            start_sample=self.start_sample,
            mix=mix,
            stems=stems,
            mix_peaks=self._mix_peaks,
            stem_peaks=self._stem_peaks,
            limited=limiter.limited[self._first // WINDOW_SAMPLES : -(-self._end // WINDOW_SAMPLES)],
            max_reduction_db=limiter.max_reduction_db,
        )

    def _is_limited(self, first: int, end: int) -> bool:
        """Return whether the limiter may have worked between two samples of the mix before."""
        windows = slice(max(0, first) // WINDOW_SAMPLES, -(-end // WINDOW_SAMPLES))
        limiter = Limiter(
            gain=self._gain,
            ceiling_dbtp=self._ceiling_dbtp,
            mix_peaks=self._mix_peaks[windows],
            stem_peaks=self._stem_peaks[windows],
        )
        return limiter.is_needed

    def _place(self, layer: Layer) -> Stereo:
        convolver = Convolver(self._hall.spectra(layer))
        read, automation = self._layers[layer], self._automations[layer[0]]

        def dry(first: int, count: int) -> Stereo:
            block = read(self._origin + first, count)
            gain = gain_over(automation.dry, self._origin + first, count)
            if gain is not None:
                block = block * gain[:, None]
            return block

        memory = convolver.memory_blocks * BLOCK_SAMPLES
        past = np.zeros((memory, 2), dtype=np.float32)
        known = min(memory, self._first)
        if known:
            past[-known:] = dry(self._first - known, known)
        count = self._end - self._first
        placed = dry(self._first, count)
        if not past.any() and not placed.any():
            return np.zeros((count, 2), dtype=np.float32)
        convolver.restart(past)
        padded = np.pad(placed, ((0, -count % BLOCK_SAMPLES), (0, 0)))
        wet = np.empty_like(placed)
        for first in range(0, count, 4 * BLOCK_SAMPLES):
            block = convolver.process(padded[first : first + 4 * BLOCK_SAMPLES])
            wet[first : first + len(block)] = block[: count - first]
        wet += placed
        return wet


def automations_of(
    stems: Sequence[str], settings: MixSettings, *, performances: tuple[Any, ...], speech: tuple[tuple[int, int], ...]
) -> tuple[dict[str, Automation], tuple[str, ...]]:
    """Return what moves the level of each stem, and sentences about what could not be done as asked."""
    found: dict[str, Automation] = {}
    warnings: tuple[str, ...] = ()
    for stem in stems:
        duck_db = settings.duck_db * settings.desk.buses[stem].duck_share
        found[stem], warnings = automation_of(performances, speech=speech, duck_db=duck_db)
    return found, warnings


def changed_levels(before: Automation, after: Automation) -> list[tuple[int, int]]:
    """Return the record samples [start, end) in which two automations differ."""
    spans = []
    for old, new in ((before.dry, after.dry), (before.wet, after.wet)):
        for curve in set(old) ^ set(new):
            spans.append((math.floor(curve.samples[0]), math.ceil(curve.samples[-1])))
    return spans
