"""The regions of a version's mix: from what differs where that suffices, else anew; the stems of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing import MixSettings
from hitpoint.mixing.again import Hall, MixedAgain, ReadDry, RegionMixer
from hitpoint.mixing.automation import Automation
from hitpoint.mixing.difference import Difference, DifferenceMixer
from hitpoint.mixing.limiter import WINDOW_SAMPLES
from hitpoint.mixing.raw import Stereo
from hitpoint.mixing.settings import target_of
from hitpoint.model.progress import Progress
from hitpoint.session.changes import Span
from hitpoint.session.take import Layer
from hitpoint.session.wave_file import read_samples


@dataclass(slots=True, kw_only=True)
class Peaks:
    """Of the mix as it is by now, by `limiter.WINDOW_SAMPLES`: `mixing.mix.MixMemory` has them."""

    mix: NDArray[np.float32]
    stem: NDArray[np.float32]
    limited: NDArray[np.bool_]

    def take(self, done: MixedAgain, origin_sample: int) -> None:
        """Learn what a region is now."""
        first, last = done.start_sample - origin_sample, done.end_sample - origin_sample
        windows = slice(first // WINDOW_SAMPLES, -(-last // WINDOW_SAMPLES))
        self.mix[windows] = done.mix_peaks[windows]
        self.stem[windows] = done.stem_peaks[windows]
        self.limited[windows] = done.limited


@dataclass(frozen=True, slots=True, kw_only=True)
class Remix:
    """What the regions of one version are mixed from.

    Attributes
    ----------
    layers : mapping of (stem, depth) to a reader
        Dry sound of the new version.
    differences : mapping of (stem, depth) to what differs, or None
        None where levels, gain or times are others: then every region is mixed anew.
    before : Path or None
        The folder with the WAVs of the version before, on the same range.
    """

    layers: Mapping[Layer, ReadDry]
    differences: Mapping[Layer, Sequence[Difference]] | None
    before: Path | None
    stems: tuple[str, ...]
    settings: MixSettings
    hall: Hall
    gain_db: float
    automations: Mapping[str, Automation]
    origin_sample: int
    length_samples: int
    peaks: Peaks
    pool: ThreadPoolExecutor
    _mixers: dict[Span, DifferenceMixer] = field(default_factory=dict, init=False, repr=False, compare=False)

    def mix(self, regions: Sequence[Span], progress: Progress) -> tuple[MixedAgain, ...]:
        """Return the regions one after the other; `stems` is empty where they are still to be made (`with_stems`)."""
        done = []
        for index, region in enumerate(regions):
            progress.update(index / len(regions), "mixing what changed")
            mixed = self._from_difference(region) or self._anew(region)
            self.peaks.take(mixed, self.origin_sample)
            done.append(mixed)
        return tuple(done)

    def with_stems(self, regions: Sequence[Span], mixed: Sequence[MixedAgain]) -> tuple[tuple[MixedAgain, ...], bool]:
        """Return the regions with their stems, and whether a mix is another one: a stem alone was too loud."""
        done, is_remade = [], False
        for region, row in zip(regions, mixed, strict=True):
            if not row.stems and self.stems:
                mixer = self._mixer(region)
                found = mixer.stems({stem: self._reader(stem) for stem in self.stems})
                if found is None:
                    row, is_remade = self._anew(region), True
                else:
                    stem_peaks = row.stem_peaks.copy()
                    stem_peaks[mixer.windows] = found[1]
                    row = replace(row, stems=found[0], stem_peaks=stem_peaks)
                self.peaks.take(row, self.origin_sample)
            done.append(row)
        return tuple(done), is_remade

    def _anew(self, region: Span) -> MixedAgain:
        return RegionMixer(
            self.layers,
            settings=self.settings,
            hall=self.hall,
            gain_db=self.gain_db,
            automations=self.automations,
            origin_sample=self.origin_sample,
            length_samples=self.length_samples,
            changed=region,
            mix_peaks=self.peaks.mix,
            stem_peaks=self.peaks.stem,
            pool=self.pool,
        ).finish()

    def _from_difference(self, region: Span) -> MixedAgain | None:
        if self.differences is None or self.before is None:
            return None
        mixer = self._mixer(region)
        if not mixer.may_be_used(self.peaks.limited):
            return None
        found = mixer.mix(self._reader("mix")(mixer.start_sample, mixer.count), self.peaks.mix, self.peaks.stem)
        if found is None:
            return None
        mix, mix_peaks = found
        return MixedAgain(
            start_sample=mixer.start_sample,
            mix=mix,
            stems={},
            mix_peaks=mix_peaks,
            stem_peaks=self.peaks.stem.copy(),
            limited=np.zeros(mixer.windows.stop - mixer.windows.start, dtype=np.bool_),
            max_reduction_db=0.0,
        )

    def _mixer(self, region: Span) -> DifferenceMixer:
        """Return the mixer of a region: the same for its mix and its stems, which need the same hall."""
        if region not in self._mixers:
            self._mixers[region] = self._new_mixer(region)
        return self._mixers[region]

    def _new_mixer(self, region: Span) -> DifferenceMixer:
        start, end = region
        inside = {
            layer: here
            for layer, rows in (self.differences or {}).items()
            if (here := [r for r in rows if r.start_sample < end and r.start_sample + len(r.samples) > start])
        }
        return DifferenceMixer(
            inside,
            hall=self.hall,
            gain_db=self.gain_db,
            ceiling_dbtp=target_of(self.settings)[0].ceiling_dbtp,
            automations=self.automations,
            origin_sample=self.origin_sample,
            length_samples=self.length_samples,
            changed=region,
            pool=self.pool,
        )

    def _reader(self, name: str) -> ReadDry:
        path = None if self.before is None else self.before / f"{name}.wav"

        def read(start: int, count: int) -> Stereo:
            if path is None or not path.is_file():  # a stem that nobody played in the version before
                return np.zeros((count, 2), dtype=np.float32)
            return read_samples(path, start - self.origin_sample, count)

        return read
