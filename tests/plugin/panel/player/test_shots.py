from pathlib import Path

import pytest

from hitpoint.model.time import FrameRate
from hitpoint_panel.player.shots import shot_table

SHOTS = [
    {"start_frame": 48, "end_frame": 96, "media_path": "/b.mov", "source_start_s": "1/2", "speed": 2},
    {"start_frame": 0, "end_frame": 24, "media_path": "/a.mov", "source_start_s": 10.0, "speed": 1},
    {"start_frame": 96, "end_frame": 120, "media_path": None, "source_start_s": None, "speed": None},
    {"start_frame": 120, "end_frame": 144, "media_path": "/c.mov", "source_start_s": 3.0, "speed": 0},
    {"start_frame": 144, "end_frame": 168, "media_path": "/c.mov", "source_start_s": 9.0, "speed": "-1"},
]


@pytest.mark.parametrize(
    ("frame", "index", "path", "source_s"),
    [
        (0, 0, "/a.mov", 10.0),
        (23.9, 0, "/a.mov", 10.0 + 23.9 / 24),
        (24, None, None, None),  # black
        (48, 1, "/b.mov", 0.5),
        (60, 1, "/b.mov", 1.5),
        (130, 3, "/c.mov", 3.0),
        (156, 4, "/c.mov", 8.5),
        (168, None, None, None),
        (-1, None, None, None),
    ],
)
def test_where_a_frame_comes_from(frame, index, path, source_s):
    table = shot_table(SHOTS, FrameRate(24))
    assert table.index_at(frame) == index
    if index is not None:
        assert table.shots[index].path == Path(path)
        assert table.source_s(index, frame) == pytest.approx(source_s)
        back = table.frame_of(index, source_s)
        assert back == pytest.approx(120 if table.shots[index].speed == 0 else frame)


def test_rates_that_are_no_whole_number():
    table = shot_table([SHOTS[1]], FrameRate(24000, 1001))
    assert table.source_s(0, 12) == pytest.approx(10 + 12 * 1001 / 24000)
