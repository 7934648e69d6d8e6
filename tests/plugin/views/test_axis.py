"""Frames over pixels, ticks on round timecodes, and finding what is visible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint.model.time import FrameRate, frames_to_timecode
from hitpoint_panel.views.axis import CLOSEST_FRAMES, FrameAxis, running_latest, tick_frames, visible_slice

AXIS = FrameAxis(start_frame=0.0, end_frame=1000.0, left_px=80.0, width_px=900.0, duration_frames=1000)


@given(st.floats(0, 1000), st.floats(0, 1000), st.floats(0.05, 20), st.floats(80, 980))
def test_zoom_stays_in_the_cut_and_keeps_what_it_can_under_the_pointer(start, end, factor, x) -> None:
    axis = AXIS.with_range(min(start, end), max(start, end))
    zoomed = axis.zoomed(factor, x)
    assert zoomed.start_frame >= 0
    assert zoomed.end_frame <= 1000 + 1e-6
    assert zoomed.end_frame - zoomed.start_frame >= CLOSEST_FRAMES - 1e-6
    inside = zoomed.start_frame > 1e-6 and zoomed.end_frame < 1000 - 1e-6
    if inside:
        assert zoomed.frame_at(x) == pytest.approx(axis.frame_at(x), abs=1e-6)


@given(st.floats(-50, 1100))
def test_pixels_and_frames_are_each_others_inverse(frame) -> None:
    assert AXIS.frame_at(AXIS.x_of(frame)) == pytest.approx(frame, abs=1e-9)


@pytest.mark.parametrize(
    ("rate", "start"),
    [(FrameRate(24), 86_400), (FrameRate(24000, 1001), 86_400), (FrameRate(25), 0), (FrameRate(50), 180_000),
     (FrameRate(30000, 1001, True), 107_892), (FrameRate(60000, 1001, True), 0)],
)  # fmt: skip
@pytest.mark.parametrize("span", [(0, 30), (400, 1200), (0, 20_000), (12_345, 400_000)])
def test_ticks_stand_on_round_timecodes_far_enough_apart(rate, start, span) -> None:
    axis = FrameAxis(start_frame=span[0], end_frame=span[1], left_px=80.0, width_px=1400.0, duration_frames=500_000)
    big, small = tick_frames(axis, rate, start, apart_px=110)
    assert big
    assert big == sorted(big)
    assert all(span[0] <= frame <= span[1] for frame in (*big, *small))
    assert np.diff([axis.x_of(f) for f in big]).min(initial=1e9) >= 109
    assert set(big) <= set(small)
    labels = [frames_to_timecode(frame + start, rate) for frame in big]
    if span[1] - span[0] > 20_000:
        assert all(label.endswith(("00", "02", "04")) for label in labels), labels


def test_visible_spans_are_found_with_long_ones_before() -> None:
    starts, ends = [0, 10, 20, 30, 40], [35, 12, 22, 31, 50]
    latest = running_latest(ends)
    assert visible_slice(starts, latest, 25, 33) == slice(0, 4)
    assert visible_slice(starts, latest, 36, 39) == slice(4, 4)
    assert visible_slice(starts, latest, 60, 70) == slice(5, 5)
