"""The arc: curves where they belong, and an intensity that is bent by mouse and by keys."""

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from hitpoint_panel.views import intensity_points as bend
from hitpoint_panel.views.arc_view import ArcView
from hitpoint_panel.views.paint_arc import sampled
from hitpoint_panel.views.values import ArcCurves, IntensityLine, LoudnessCurve

KEY, SHIFT, CONTROL = Qt.Key, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
POINTS = ((0.0, 0.2), (0.5, 0.6), (1.0, 0.4))


@pytest.fixture
def arc(qtbot, cut) -> ArcView:
    view = ArcView()
    qtbot.addWidget(view)
    view.resize(1200, 260)
    view.set_cut(cut)
    hops = 84
    view.set_arc(
        ArcCurves(hop_s=0.5, valence=np.linspace(-1, 1, hops), arousal=np.zeros(hops), tension=np.linspace(0, 1, hops))
    )
    view.set_loudness(LoudnessCurve(start_s=0.0, hop_s=0.1, lufs=[None] * 50 + [-20.0] * 300))
    view.set_intensity(
        (
            IntensityLine(cue="1m1", start_frame=100, end_frame=500, points=POINTS),
            IntensityLine(cue="1m2", start_frame=600, end_frame=900, planned=((0.0, 0.1), (0.5, 0.9), (1.0, 0.1))),
        )
    )
    view.show()
    qtbot.waitExposed(view)
    view.setFocus()
    return view


def test_a_point_is_dragged_between_its_neighbours(arc, mouse_on, heard) -> None:
    bent, at = heard(arc.intensity_changed), arc.place_of_point("1m1", 1)
    mouse_on(arc).drag(at.x(), at.y(), at.x() + 40, at.y() - 15)
    ((cue, points),) = bent.told
    assert cue == "1m1"
    assert points[0] == POINTS[0]
    assert points[2] == POINTS[2]
    assert points[1][0] == pytest.approx(0.5 + 40 * arc.axis.frames_per_px / 400, abs=1e-6)
    assert points[1][1] > 0.6
    at = arc.place_of_point("1m1", 1)
    mouse_on(arc).drag(at.x(), at.y(), at.x() + 4000, at.y() + 4000)
    assert bent.told[-1][1][1] == (pytest.approx(1.0 - bend.LEAST_GAP), 0.0)


def test_escape_lets_a_dragged_point_go_back(arc, mouse_on, heard) -> None:
    bent, mouse, at = heard(arc.intensity_changed), mouse_on(arc), arc.place_of_point("1m1", 1)
    mouse.press(at.x(), at.y())
    mouse.move(at.x() + 30, at.y() - 20)
    assert arc.place_of_point("1m1", 1) != at
    QTest.keyClick(arc, KEY.Key_Escape)
    mouse.release(at.x() + 30, at.y() - 20)
    assert bent.told == []
    assert arc.place_of_point("1m1", 1) == at


def test_double_click_adds_a_point_and_delete_removes_it(arc, mouse_on, heard) -> None:
    bent = heard(arc.intensity_changed)
    x = arc.axis.x_of(200)
    mouse_on(arc).double_click(x, arc._intensity_layer.rect.center().y())
    assert len(bent.told) == 1
    points = bent.told[0][1]
    assert len(points) == 4
    assert points[1] == (pytest.approx(0.25, abs=0.01), pytest.approx(0.5, abs=0.02))
    assert arc.chosen_point == ("1m1", 1)
    QTest.keyClick(arc, KEY.Key_Delete)
    assert bent.told[-1] == ("1m1", POINTS)


def test_keys_choose_and_move_points(arc, heard) -> None:
    bent = heard(arc.intensity_changed)
    QTest.keyClick(arc, KEY.Key_Right, CONTROL)
    QTest.keyClick(arc, KEY.Key_Right, CONTROL)
    assert arc.chosen_point == ("1m1", 1)
    QTest.keyClick(arc, KEY.Key_Up)
    QTest.keyClick(arc, KEY.Key_Down, SHIFT)
    QTest.keyClick(arc, KEY.Key_Right)
    assert [points[1][1] for _, points in bent.told] == pytest.approx([0.65, 0.64, 0.64])
    assert bent.told[-1][1][1][0] == pytest.approx(0.5 + 1 / 400)
    QTest.keyClick(arc, KEY.Key_Insert)
    assert len(bent.told[-1][1]) == 4
    assert "Point 3 of 4 of 1m1" in arc.accessibleDescription()


def test_a_planned_curve_can_be_taken_hold_of(arc, mouse_on, heard) -> None:
    """Where the editor has no points yet, the first touch makes some that lie along the plan."""
    bent, at = heard(arc.intensity_changed), arc.place_of_point("1m2", 0)
    mouse_on(arc).drag(at.x(), at.y(), at.x(), at.y() - 30)
    ((cue, points),) = bent.told
    assert cue == "1m2"
    assert len(points) == 3
    assert points[1][1] == pytest.approx(0.9, abs=0.05)


def test_deleting_the_last_point_leaves_it_to_the_scene(arc, heard) -> None:
    bent = heard(arc.intensity_changed)
    arc.set_intensity((IntensityLine(cue="1m1", start_frame=100, end_frame=500, points=((0.5, 0.5),)),))
    arc.choose_point(("1m1", 0))
    QTest.keyClick(arc, KEY.Key_Delete)
    assert bent.told == [("1m1", ())]
    assert arc.chosen_point is None


def test_the_upper_lane_drags_the_playhead(arc, mouse_on, heard) -> None:
    played = heard(arc.playhead_dragged)
    mouse_on(arc).drag(arc.axis.x_of(100), 30, arc.axis.x_of(300))
    assert played.told[-1][0] == pytest.approx(300)


def test_it_lies_on_the_same_axis_as_the_strip(arc, strip) -> None:
    for view in (arc, strip):
        view.set_visible_range(200, 640)
    assert [arc.axis.x_of(f) for f in (0, 321.5, 1000)] == [strip.axis.x_of(f) for f in (0, 321.5, 1000)]


@pytest.mark.parametrize("span", [(0, 1000), (240, 300)])
def test_curves_are_sampled_where_they_are(arc, span) -> None:
    arc.set_visible_range(*span)
    values = sampled(arc.scene.arc.tension, 0.5, 0.0, arc.axis, arc.scene.rate)
    for frame in (250, 280):
        column = round(arc.axis.x_of(frame) - arc.axis.left_px)
        assert values[column] == pytest.approx(frame / 24 / 0.5 / 83, abs=0.01)


def test_handles_lie_along_the_plan_and_keep_its_shape() -> None:
    shares = np.linspace(0, 1, 200)
    levels = 0.5 + 0.4 * np.sin(shares * 5)
    line = IntensityLine(
        cue="1m1", start_frame=0, end_frame=100, planned=tuple(zip(shares.tolist(), levels.tolist(), strict=True))
    )
    points = bend.handles(line)
    assert 2 < len(points) <= 9
    assert max(abs(bend.level_at(points, s) - level) for s, level in line.planned) < 0.06


def test_adding_where_a_point_stands_moves_it() -> None:
    points, at = bend.added(POINTS, 0.5005, 0.9)
    assert (points, at) == (((0.0, 0.2), (0.5, 0.9), (1.0, 0.4)), 1)


def test_an_arc_of_nothing_is_painted(qtbot) -> None:
    view = ArcView()
    qtbot.addWidget(view)
    view.set_loudness(LoudnessCurve(start_s=0.0, hop_s=0.1, lufs=[None, None]))
    view.set_arc(ArcCurves(hop_s=0.5, valence=[], arousal=[], tension=[]))
    assert not view.grab().isNull()
