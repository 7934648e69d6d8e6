"""Values say in one sentence what is wrong with them."""

import numpy as np
import pytest

from hitpoint.model.errors import InputError
from hitpoint.model.time import FrameRate
from hitpoint_panel.views import values as v


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: v.StripCut(name="x", rate=FrameRate(24), duration_frames=0), "needs at least one"),
        (
            lambda: v.StripCut(name="x", rate=FrameRate(24), duration_frames=9, cut_frames=(5, 3)),
            "must come in record order",
        ),
        (lambda: v.StripMarker(id="a", frame=1, kind="bang"), "no kind 'bang'"),
        (lambda: v.StripMarker(id="a", frame=1, verdict="maybe"), "no verdict 'maybe'"),
        (lambda: v.HitRow(marker_id="a", weight=1.5), "must lie in 0..1"),
        (lambda: v.StripCue(number="1m1", title="", start_frame=5, end_frame=5), "before it begins"),
        (lambda: v.StripVersion(hop_s=0.0), "must be positive"),
        (lambda: v.StripVersion(peaks=np.zeros((2, 2))), "one row of numbers"),
        (lambda: v.IntensityLine(cue="1m1", start_frame=0, end_frame=9, points=((0.5, 2.0),)), "must lie in 0..1"),
    ],
)
def test_what_is_wrong_is_said(make, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        make()


def test_arrays_are_read_only_and_none_is_nan() -> None:
    curve = v.LoudnessCurve(start_s=0.0, hop_s=0.1, lufs=[None, -20.0])
    assert np.isnan(curve.lufs[0])
    with pytest.raises(ValueError, match="read-only"):
        curve.lufs[1] = 0.0
    given = np.ones(4, np.float32)
    made = v.StripVersion(peaks=given)
    given[0] = 0.5
    assert made.peaks[0] == 1.0, "a later change of what was given does not reach it"
