"""Which samples are heard: the mix as it is, or the sum of its stems where some are muted or soloed; A or B.

A change is never a click: over one block, the old sum is faded into the new.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint_panel.player.wav import WavReader, open_wav


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedWav:
    """A WAV whose first sample lies on a record sample (0 is the first of the cut; may be negative)."""

    wav: WavReader
    start_sample: int

    def read(self, record_sample: int, count: int) -> NDArray[np.float32]:
        """Return (count, 2) samples from a record sample on."""
        return self.wav.read(record_sample - self.start_sample, count)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedScore:
    """A version, ready to be heard."""

    version_id: str
    mix: PlacedWav
    stems: Mapping[str, PlacedWav] = field(default_factory=dict)

    @property
    def end_sample(self) -> int:
        """The record sample after its last one."""
        return self.mix.start_sample + self.mix.wav.length_samples


def load_score(version: Mapping[str, Any]) -> LoadedScore:
    """Open the WAVs of a version (docs/service.md); raises MediaError where one is gone."""
    return LoadedScore(
        version_id=version["version_id"],
        mix=_placed(version["mix"]),
        stems={name: _placed(stem) for name, stem in (version.get("stems") or {}).items()},
    )


def _placed(item: Mapping[str, Any]) -> PlacedWav:
    return PlacedWav(wav=open_wav(Path(item["path"])), start_sample=int(item.get("start_sample") or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is to be heard. `soloed` wins over `muted`; `gain` 0..1 is the score's level as a whole."""

    score: LoadedScore | None = None
    muted: frozenset[str] = frozenset()
    soloed: frozenset[str] = frozenset()
    gain: float = 1.0

    def names(self) -> frozenset[str]:
        """Return the stems that are heard."""
        if self.score is None:
            return frozenset()
        everything = frozenset(self.score.stems)
        return everything & self.soloed if everything & self.soloed else everything - self.muted


class Mixer:
    """Gives the samples of the current choice. `choose` and `render` may be called from different threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._choice = Choice()
        self._heard = self._choice

    @property
    def choice(self) -> Choice:
        """What is to be heard."""
        return self._choice

    def choose(self, choice: Choice) -> None:
        """Hear something else from the next block on."""
        with self._lock:
            self._choice = choice

    def render(self, record_sample: int, count: int) -> NDArray[np.float32]:
        """Return (count, 2) float32 samples, within -1..1, from a record sample on."""
        with self._lock:
            before, after = self._heard, self._choice
            self._heard = after
        block = _sum(after, record_sample, count)
        if before != after:
            rise = np.linspace(0.0, 1.0, count, dtype=np.float32)[:, None]
            block = _sum(before, record_sample, count) * (1 - rise) + block * rise
        return np.clip(block, -1.0, 1.0, out=block)


def _sum(choice: Choice, record_sample: int, count: int) -> NDArray[np.float32]:
    score = choice.score
    if score is None or choice.gain == 0.0:
        return np.zeros((count, 2), np.float32)
    names = choice.names()
    if names == frozenset(score.stems):
        block = score.mix.read(record_sample, count)
    else:
        block = np.zeros((count, 2), np.float32)
        for name in sorted(names):
            block += score.stems[name].read(record_sample, count)
    return block * np.float32(choice.gain)
