"""Plays one take: from the scene to the mix, at library level, as `pipeline.score` does for a cut."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from hitpoint.audition.takes import Take
from hitpoint.composition import ComposeContext, compose
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.model.audio import MixResult
from hitpoint.model.music import Composition, Instrument, Performance
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import frames_to_samples, seconds_to_samples
from hitpoint.performance import load_articulations, needed_sounds, perform
from hitpoint.rendering import measure_attacks, render_stems
from hitpoint.resources import cache_folder
from hitpoint.tempo import solve_tempo


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A played take.

    Attributes
    ----------
    mix : MixResult
        As it would be delivered, stepping back under speech.
    unducked : MixResult
        The same without stepping back: what the *writing* leaves to the voice. `mix` itself where nobody speaks.
    speech : tuple of (start_sample, end_sample)
        Record samples.
    """

    take: Take
    cue: Cue
    plan: TempoPlan
    composition: Composition
    performance: Performance
    mix: MixResult
    unducked: MixResult
    speech: tuple[tuple[int, int], ...]


def record(
    take: Take,
    *,
    instruments: dict[str, Instrument],
    soundfont: Path,
    seed: int,
    work_folder: Path,
    progress: Progress = SILENT,
) -> Recording:
    """Compose, perform, render and mix a take on one core; raw audio stays in `work_folder`."""
    scene, rate = take.scene, take.scene.rate
    cue = scene.cue(take.palette)
    plan = solve_tempo(cue, rate=rate)[0]
    spoken_s = scene.spoken_record_s
    composition = compose(
        cue,
        plan,
        scene.emotion_arc(),
        palette=take.palette,
        instruments=instruments,
        context=ComposeContext(rate=rate, dialogue=spoken_s),
        rng=_generator(seed, take, "composition"),
    )
    progress.update(0.1, "performing")
    articulations = load_articulations()
    sounds = needed_sounds(composition, instruments, articulations)
    attacks = measure_attacks(soundfont, sounds, cache=cache_folder())
    performance = perform(
        composition,
        cue=cue,
        plan=plan,
        instruments=instruments,
        articulations=articulations,
        attack_table=attacks,
        rate=rate,
        rng=_generator(seed, take, "performance"),
    )
    start = min(performance.start_sample, frames_to_samples(cue.span.start_frame, rate))
    stems = render_stems(
        (performance,),
        soundfont=soundfont,
        instruments=instruments,
        work_folder=work_folder / "dry",
        start_sample=start,
        length_samples=performance.start_sample + performance.length_samples - start,
        processes=1,
        progress=progress.part(0.15, 0.6),
    )
    speech = tuple((seconds_to_samples(Fraction(a)), seconds_to_samples(Fraction(b))) for a, b in spoken_s)
    palette_mix: Mapping[str, object] = take.palette.tables.get("mix", {})

    def mixed(duck_db: float | None, name: str) -> MixResult:
        folder = work_folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return mix_stems(
            stems,
            settings=MixSettings() if duck_db is None else MixSettings(duck_db=duck_db),
            performances=(performance,),
            speech=speech,
            palette_mix=palette_mix,
            work_folder=folder,
            workers=1,
        )

    mix = mixed(None, "mix")
    progress.update(0.8, "mixing")
    return Recording(
        take=take,
        cue=cue,
        plan=plan,
        composition=composition,
        performance=performance,
        mix=mix,
        unducked=mixed(0.0, "unducked") if speech else mix,
        speech=speech,
    )


def _generator(seed: int, take: Take, purpose: str) -> np.random.Generator:
    """Return a generator of its own per scene and step: the same chances in every palette."""
    return np.random.default_rng([seed, zlib.crc32(take.scene.id.encode()), zlib.crc32(purpose.encode())])
