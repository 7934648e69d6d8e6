"""One contract for every renderer that is installed."""

from importlib.metadata import entry_points

import numpy as np
import pytest

from hitpoint.model.errors import SettingError
from hitpoint.model.music import Performance, PerformedPart
from hitpoint.rendering.registry import DEFAULT_RENDERER, ENTRY_POINT_GROUP, load_renderer

NAMES = sorted({DEFAULT_RENDERER, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))})
assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_renderer_measures_and_renders(name, tiny_font, instruments, note, tmp_path):
    renderer = load_renderer(name)
    table = renderer.measure_attacks(tiny_font, [(0, 0, 60, 100)], cache=tmp_path)
    assert 0.0 <= table.at(0, 0, 60, 100) < 0.5
    part = PerformedPart(part_id="p", instrument_id="pluck", stem="keys-harp", notes=(note(24_000),))
    score = Performance(cue_number="1m1", parts=(part,), start_sample=0, length_samples=96_000)
    (stem,) = renderer.render_stems(
        (score,),
        soundfont=tiny_font,
        instruments=instruments,
        work_folder=tmp_path / "raw",
        start_sample=0,
        length_samples=96_000,
    )
    audio = np.fromfile(stem.path, dtype="<f4").reshape(-1, 2)
    assert audio.shape == (96_000, 2)
    assert not audio[:24_000].any()
    assert audio[24_000:].any()


def test_an_unknown_renderer_is_answered_with_the_nearest():
    with pytest.raises(SettingError, match=r"there is no renderer 'sounfont'; did you mean 'soundfont'\?"):
        load_renderer("sounfont")
