"""A version rendered and mixed as a whole, as `hitpoint score` does it: what versions made piece by piece never need.

For exports with a generated layer, and for tests and benchmarks, which hold a version's own files against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.generation import Layered, SoundChoice, WrittenCues, add_generated, load_generator
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.mixing.raw import Stereo
from hitpoint.model.audio import MixResult, StemFile
from hitpoint.model.music import Instrument, Palette
from hitpoint.model.progress import SILENT, Progress
from hitpoint.pipeline import generator, moments_to_hear
from hitpoint.rendering import render_stems
from hitpoint.session.take import Take


def full_render(
    take: Take, *, soundfont: Path, instruments: Mapping[str, Instrument], folder: Path, processes: int | None = None
) -> Stereo:
    """Return the mix, float32 [shape=(n, 2)], that `hitpoint score` would make of a take's performance, at its gain.

    `folder` gets the dry and the mixed files. Raises what rendering and mixing raise.
    """
    stems = _dry(take, soundfont=soundfont, instruments=instruments, folder=folder, processes=processes)
    mix = _mixed(take, Layered(stems=stems), MixSettings(gain_db=take.sound.gain_db), folder=folder)
    return np.fromfile(mix.mix.path, dtype="<f4").reshape(-1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithGenerated:
    """A version's mix with the generated layer in it; `values` are for the report, `warnings` for people."""

    mix: MixResult
    values: Mapping[str, Any] | None
    warnings: tuple[str, ...]


def mix_with_generated(
    take: Take,
    choice: SoundChoice,
    *,
    soundfont: Path,
    instruments: Mapping[str, Instrument],
    palettes: Mapping[str, Palette],
    settings: MixSettings,
    folder: Path,
    processes: int | None = None,
    progress: Progress = SILENT,
) -> WithGenerated:
    """Render a version whole, make the layer that `choice` asks for, and mix both at the loudness of `settings`.

    Raises what `load_generator` raises, before any work; what a model then cannot do is a warning.
    """
    assert choice.model is not None
    player = load_generator(choice.model, device=choice.device)
    performances = tuple(cue.performance for cue in take.cues)
    stems = _dry(
        take,
        soundfont=soundfont,
        instruments=instruments,
        folder=folder,
        processes=processes,
        progress=progress.part(0.0, 0.3),
    )
    layered = add_generated(
        stems,
        WrittenCues(
            cues=tuple(cue.cue for cue in take.cues),
            compositions=tuple(cue.composition for cue in take.cues),
            performances=performances,
            palettes=palettes,
            instruments=instruments,
            moments=moments_to_hear(tuple(cue.cue for cue in take.cues), tuple(cue.plan for cue in take.cues)),
            speech=take.sound.speech,
            chance=partial(generator, take.seed),
        ),
        choice=choice,
        generator=player,
        work_folder=folder / "dry",
        progress=progress.part(0.3, 0.8),
    )
    mix = _mixed(take, layered, settings, folder=folder, progress=progress.part(0.8, 1.0))
    for stem in layered.stems:
        stem.path.unlink()
    return WithGenerated(mix=mix, values=layered.values, warnings=layered.warnings)


def _dry(
    take: Take,
    *,
    soundfont: Path,
    instruments: Mapping[str, Instrument],
    folder: Path,
    processes: int | None,
    progress: Progress = SILENT,
) -> tuple[StemFile, ...]:
    return render_stems(
        tuple(cue.performance for cue in take.cues),
        soundfont=soundfont,
        instruments=instruments,
        work_folder=folder / "dry",
        start_sample=take.sound.start_sample,
        length_samples=take.sound.length_samples,
        processes=processes,
        progress=progress,
    )


def _mixed(
    take: Take, layered: Layered, settings: MixSettings, *, folder: Path, progress: Progress = SILENT
) -> MixResult:
    return mix_stems(
        layered.stems,
        settings=settings,
        performances=tuple(cue.performance for cue in take.cues),
        speech=take.sound.speech,
        palette_mix=take.sound.palette_mix,
        instead=layered.instead,
        work_folder=folder / "raw",
        progress=progress,
    )
