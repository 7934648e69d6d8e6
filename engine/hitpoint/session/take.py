"""The music of one version, as it is kept: what is written, how it is played, and where its sound lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hitpoint.mixing.mix import MixMemory
from hitpoint.model.audio import HitMeasurement
from hitpoint.model.edits import Edits
from hitpoint.model.music import Composition, Performance, Theme
from hitpoint.model.revision import Window
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.session.tape import Tape

#: (stem, depth): lines that are rendered into one file.
Layer = tuple[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CueTake:
    """One cue. `asked` is what its brief was written from: while that is the same, so is the brief."""

    cue: Cue
    plan: TempoPlan
    composition: Composition
    performance: Performance
    asked: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The audio of a version.

    Attributes
    ----------
    start_sample, length_samples : int
        The record range of all its files.
    layers : mapping of (stem, depth) to Tape
        Dry sound.
    stems : tuple of str
        In the order of the score.
    gain_db : float
        The one static gain of the mix.
    short_term_lufs : tuple of float
        As `MixResult` has them.
    """

    start_sample: int
    length_samples: int
    layers: Mapping[Layer, Tape]
    stems: tuple[str, ...]
    gain_db: float
    memory: MixMemory
    short_term_lufs: tuple[float, ...]
    integrated_lufs: float
    true_peak_dbtp: float
    limiter_max_reduction_db: float
    palette_mix: Mapping[str, Any]
    speech: tuple[tuple[int, int], ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A version's music. `cut_revision` says of which state of the cut."""

    version_id: str
    parent_version_id: str | None
    seed: int
    style: str | None
    edits: Edits
    cut_revision: str
    themes: Mapping[str, Theme]
    cues: tuple[CueTake, ...]
    sound: Sound
    measurements: tuple[HitMeasurement, ...]

    def cue(self, number: str) -> CueTake | None:
        """Return a cue by its number."""
        return next((take for take in self.cues if take.cue.number == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedCue:
    """A cue on its way to the next version, and how it came about.

    Attributes
    ----------
    before : CueTake or None
        What it was; None where all of it is new.
    former : CueTake or None
        What a cue was that was written anew.
    tempo_windows : tuple of Window
        In which time is another.
    windows : tuple of Window
        In which notes were written again.
    sentences : tuple of str
        For people: what was written again and why.
    """

    cue: Cue
    plan: TempoPlan
    composition: Composition
    asked: tuple[Any, ...]
    before: CueTake | None = None
    former: CueTake | None = None
    tempo_windows: tuple[Window, ...] = ()
    windows: tuple[Window, ...] = ()
    sentences: tuple[str, ...] = field(default_factory=tuple)
