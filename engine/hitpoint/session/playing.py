"""The cues of a version, played: all of a new one, of the others what is not as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hitpoint.model.music import AttackTable, Composition, Instrument, Performance
from hitpoint.model.time import FrameRate
from hitpoint.performance import load_articulations, needed_sounds, perform
from hitpoint.performance.keep import Shift, audible_windows, perform_again, what_to_play
from hitpoint.pipeline import generator
from hitpoint.rendering import measure_attacks
from hitpoint.resources import cache_folder
from hitpoint.session.take import RevisedCue


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedCue:
    """A cue as it is played, and as it was: `before` None where it is new; `shifts` of what is kept."""

    performance: Performance
    before: Performance | None = None
    shifts: tuple[Shift, ...] = ()
    is_whole: bool = False  # played from beginning to end by other notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Players:
    """Who plays: the instruments, and the font that they sound from."""

    instruments: Mapping[str, Instrument]
    soundfont: Path

    def played(self, revised: RevisedCue, *, seed: int, rate: FrameRate) -> PlayedCue:
        """Play a cue: all of it, or what is not as it was."""
        before = revised.before
        if before is None:
            return PlayedCue(
                performance=self._performed(revised, seed=seed, rate=rate),
                before=revised.former.performance if revised.former else None,
                is_whole=True,
            )
        windows = audible_windows(before.composition, revised.composition, revised.tempo_windows)
        near = what_to_play(before.composition, revised.composition, windows, revised.windows)
        again = perform_again(
            revised.composition,
            windows,
            rewritten=revised.windows,
            near=near,
            old=before.composition,
            played=before.performance,
            cue=revised.cue,
            plan=revised.plan,
            instruments=self.instruments,
            articulations=load_articulations(),
            attack_table=self._attacks(near),
            rate=rate,
            rng=generator(seed, revised.cue, "performance"),
        )
        return PlayedCue(performance=again.performance, before=before.performance, shifts=again.shifts)

    def _performed(self, revised: RevisedCue, *, seed: int, rate: FrameRate) -> Performance:
        return perform(
            revised.composition,
            cue=revised.cue,
            plan=revised.plan,
            instruments=self.instruments,
            articulations=load_articulations(),
            attack_table=self._attacks(revised.composition),
            rate=rate,
            rng=generator(seed, revised.cue, "performance"),
        )

    def _attacks(self, composition: Composition) -> AttackTable:
        sounds = needed_sounds(composition, self.instruments, load_articulations())
        return measure_attacks(self.soundfont, sounds, cache=cache_folder())
