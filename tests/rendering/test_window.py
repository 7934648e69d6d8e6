"""A window of a layer sounds as it does in the whole."""

from pathlib import Path

import numpy as np
import pytest

from hitpoint.model.errors import HitpointError
from hitpoint.model.music import ControlChange, PerformedNote
from hitpoint.rendering import find_soundfont, read_soundfont
from hitpoint.rendering.rings import Rings
from hitpoint.rendering.soundfont import subset_bytes
from hitpoint.rendering.stem import StemJob, render_stem
from hitpoint.rendering.synth import Line, copy_font, load_font
from hitpoint.rendering.warm import WarmRenderers
from hitpoint.rendering.window import FontJob, Fonts, WindowJob, line_in_window, render_window

pytestmark = pytest.mark.soundfont
PRESETS = ((0, 48), (0, 0), (0, 46), (128, 0))


@pytest.fixture(scope="module")
def font_path() -> Path:
    try:
        return find_soundfont(None)
    except HitpointError as error:
        pytest.skip(str(error))


def line(preset: tuple[int, int], seed: int) -> Line:
    chance = np.random.default_rng(seed)
    notes, at = [], 1_000
    for _ in range(24):
        at += int(chance.integers(6_000, 40_000))
        pitch = int(chance.integers(36, 80)) if preset[0] == 0 else int(chance.choice([36, 38, 42, 49]))
        notes.append(
            PerformedNote(
                onset_sample=at,
                sounding_sample=at,
                duration_samples=int(chance.integers(8_000, 90_000)),
                pitch_midi=pitch,
                velocity=int(chance.integers(30, 120)),
                bank=preset[0],
                program=preset[1],
            )
        )
    controls = tuple(
        ControlChange(sample=sample, controller=11, value=int(chance.integers(40, 127)))
        for sample in range(0, at, 30_000)
    )
    return Line(tuple(notes), controls, pan=-0.3, gain_db=-2.0)


def test_a_window_is_what_the_whole_has_there(font_path: Path, tmp_path: Path) -> None:
    lines = tuple(line(preset, seed) for seed, preset in enumerate(PRESETS))
    length = 700_000
    job = StemJob(
        stem="keys-harp", depth=0.5, soundfont=font_path, lines=lines, path=tmp_path / "whole.f32",
        start_sample=0, length_samples=length,
    )  # fmt: skip
    render_stem(job, lambda share: None)
    whole = np.fromfile(job.path, "<f4").reshape(-1, 2)
    rings, fonts = Rings(read_soundfont(font_path)), Fonts()
    assert np.abs(whole).max() > 0.05
    for start, end in ((0, 90_000), (123_457, 300_001), (350_000, 352_000), (500_000, length)):
        cut = tuple(w for one in lines if (w := line_in_window(one, rings, start, end)) is not None)
        window = WindowJob(
            stem="keys-harp", depth=0.5, soundfont=font_path, presets=frozenset(PRESETS), lines=cut,
            path=tmp_path / f"{start}.f32", start_sample=start, end_sample=end,
        )  # fmt: skip
        render_window(window, fonts, lambda share: None)
        found = np.fromfile(window.path, "<f4").reshape(-1, 2)
        assert np.abs(found - whole[start:end]).max() < 10 ** (-110 / 20)


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_rings_longer_than_it_may(font_path: Path, preset: tuple[int, int]) -> None:
    font = read_soundfont(font_path)
    rings = Rings(font)
    loaded = load_font(subset_bytes(font, {preset: range(128)}))
    for pitch in (38, 60, 75):
        synth = copy_font(loaded)
        audio = np.zeros((24_000, 2), np.float32)
        synth.note_on(*preset, pitch, 0.8)
        synth.render(audio)
        synth.note_off(*preset, pitch)
        ring = np.zeros((rings.samples(preset, pitch), 2), np.float32)
        synth.render(ring)
        after = np.ones((4_800, 2), np.float32)
        synth.render(after)
        assert not after.any()


def test_warm_renderers_render_and_end(font_path: Path, tmp_path: Path) -> None:
    one = line((0, 0), 3)
    cut = line_in_window(one, Rings(read_soundfont(font_path)), 50_000, 150_000)
    assert cut is not None
    job = WindowJob(
        stem="keys-harp", depth=0.5, soundfont=font_path, presets=frozenset({(0, 0)}), lines=(cut,),
        path=tmp_path / "a.f32", start_sample=50_000, end_sample=150_000,
    )  # fmt: skip
    with WarmRenderers(2) as renderers:
        renderers.load(FontJob(font_path, (frozenset({(0, 0)}),)))
        done: list[str] = []
        renderers.render([job], done=lambda finished: done.append(finished.name))
        assert done == ["a"]
        assert job.path.stat().st_size == 8 * 100_000
        processes = list(renderers._processes)
    assert all(process.poll() is not None for process in processes)
