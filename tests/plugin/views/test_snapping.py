"""Frames always, cuts when near, the playhead next."""

import pytest

from hitpoint_panel.views.snapping import SNAP_PX, Snap, snap_frame

CUTS = (0, 100, 110, 250)


@pytest.mark.parametrize(
    ("frame", "frames_per_px", "playhead", "is_suspended", "snap"),
    [
        (97.2, 1.0, None, False, Snap(100, "cut")),
        (92.9, 1.0, None, False, Snap(93)),
        (97.2, 0.1, None, False, Snap(97)),
        (106.0, 1.0, None, False, Snap(110, "cut")),
        (97.2, 1.0, None, True, Snap(97)),
        (180.0, 1.0, 184, False, Snap(184, "playhead")),
        (180.0, 1.0, 184, True, Snap(180)),
        (248.0, 1.0, 247, False, Snap(250, "cut")),
        (-40.0, 1.0, None, False, Snap(0, "cut")),
        (2000.0, 1.0, None, False, Snap(999)),
        (100.3, 0.01, None, False, Snap(100, "cut")),
    ],
)
def test_snap(frame, frames_per_px, playhead, is_suspended, snap) -> None:
    found = snap_frame(
        frame,
        cut_frames=CUTS,
        frames_per_px=frames_per_px,
        duration_frames=1000,
        playhead_frame=playhead,
        is_suspended=is_suspended,
    )
    assert found == snap


def test_no_cuts() -> None:
    assert snap_frame(5.4, cut_frames=(), frames_per_px=1.0, duration_frames=10) == Snap(5)
    assert SNAP_PX > 0
