"""A version rendered and mixed as a whole: what its own files, made piece by piece, are held against.

Used by tests and benchmarks; the next version never needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.mixing.raw import Stereo
from hitpoint.model.music import Instrument
from hitpoint.rendering import render_stems
from hitpoint.session.take import Take


def full_render(
    take: Take, *, soundfont: Path, instruments: Mapping[str, Instrument], folder: Path, processes: int | None = None
) -> Stereo:
    """Return the mix, float32 [shape=(n, 2)], that `hitpoint score` would make of a take's performance, at its gain.

    `folder` gets the dry and the mixed files. Raises what rendering and mixing raise.
    """
    sound, performances = take.sound, tuple(cue.performance for cue in take.cues)
    stems = render_stems(
        performances,
        soundfont=soundfont,
        instruments=instruments,
        work_folder=folder / "dry",
        start_sample=sound.start_sample,
        length_samples=sound.length_samples,
        processes=processes,
    )
    mix = mix_stems(
        stems,
        settings=MixSettings(gain_db=sound.gain_db),
        performances=performances,
        speech=sound.speech,
        palette_mix=sound.palette_mix,
        work_folder=folder / "raw",
    )
    return np.fromfile(mix.mix.path, dtype="<f4").reshape(-1, 2)
