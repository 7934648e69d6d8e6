"""The second opinion, MLT; and single cues, written, played and rendered."""

import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from hitpoint.composition import ComposeContext, compose
from hitpoint.model.music import Composition, Performance
from hitpoint.model.spotting import Cue
from hitpoint.model.story import EmotionArc
from hitpoint.performance import load_articulations, needed_sounds, perform
from hitpoint.rendering import find_soundfont, measure_attacks, render_stems
from hitpoint.resources import cache_folder, load_instruments, load_palettes
from hitpoint.tempo import solve_tempo


@pytest.fixture(scope="session")
def render_audio() -> Callable[..., None]:
    """`mlt.render_audio(otio_path, out_wav, rate)`; skips where there is no melt. Mark such tests `melt`."""
    if shutil.which("melt") is None:
        pytest.skip("no melt (MLT) on this machine; Debian: apt-get install melt")
    spec = importlib.util.spec_from_file_location("mlt", Path(__file__).with_name("mlt.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.render_audio


@dataclass(frozen=True)
class Take:
    """A cue as it was written, played and rendered, before the hall: stereo samples from a record sample on."""

    composition: Composition
    performance: Performance
    sound: np.ndarray


@pytest.fixture(scope="session")
def dry_take() -> Callable[..., Take]:
    """`dry_take(cue, arc, palette_id, context, folder, seed)`; mark such tests `soundfont`."""

    def make(
        cue: Cue, arc: EmotionArc, palette_id: str, context: ComposeContext, folder: Path, *, seed: int = 3
    ) -> Take:
        instruments, articulations, soundfont = load_instruments(), load_articulations(), find_soundfont(None)
        plan = solve_tempo(cue, rate=context.rate)[0]
        composition = compose(
            cue, plan, arc, palette=load_palettes()[palette_id], instruments=instruments, context=context,
            rng=np.random.default_rng(seed),
        )  # fmt: skip
        sounds = needed_sounds(composition, instruments, articulations)
        performance = perform(
            composition, cue=cue, plan=plan, instruments=instruments, articulations=articulations,
            attack_table=measure_attacks(soundfont, sounds, cache=cache_folder()), rate=context.rate,
            rng=np.random.default_rng(seed),
        )  # fmt: skip
        stems = render_stems(
            (performance,), soundfont=soundfont, instruments=instruments, work_folder=folder,
            start_sample=performance.start_sample, length_samples=performance.length_samples, processes=1,
        )  # fmt: skip
        sound = np.zeros((performance.length_samples, 2))
        for stem in stems:
            sound += np.fromfile(stem.path, dtype="<f4").reshape(-1, 2)
        return Take(composition, performance, sound)

    return make
