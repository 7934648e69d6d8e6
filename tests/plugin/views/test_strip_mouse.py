"""What the mouse does on the strip, with the events that a mouse makes."""

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def flag_of(strip, marker_id):
    return next(flag for flag in strip.flags() if flag.marker.id == marker_id)


def lane_y(strip, lane):
    return strip.scene.lanes[lane].center().y()


def wheel(strip, x, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    place = QPointF(x, 150)
    no, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    turned = QPoint(0, 120 * notches)
    QApplication.sendEvent(
        strip, QWheelEvent(place, QPointF(strip.mapToGlobal(place)), QPoint(), turned, no, modifiers, phase, False)
    )


def test_a_dragged_marker_lands_on_a_whole_frame(strip, mouse_on, heard) -> None:
    moved = heard(strip.marker_moved)
    flag = flag_of(strip, "a")
    mouse_on(strip).drag(flag.x, flag.y, strip.axis.x_of(180.3))
    assert moved.told == [("a", 180)]
    assert strip.marker("a").frame == 180, "it is shown there at once"


@pytest.mark.parametrize(("modifiers", "lands"), [(Qt.KeyboardModifier.NoModifier, 250), (ALT, 247), (SHIFT, 247)])
def test_it_snaps_to_a_near_cut_unless_suspended(strip, mouse_on, heard, modifiers, lands) -> None:
    moved = heard(strip.marker_moved)
    flag = flag_of(strip, "a")
    mouse_on(strip).drag(flag.x, flag.y, strip.axis.x_of(247), modifiers=modifiers)
    assert moved.told == [("a", lands)]


def test_while_dragged_it_says_where_and_on_what(strip, mouse_on) -> None:
    mouse, flag = mouse_on(strip), flag_of(strip, "a")
    mouse.press(flag.x, flag.y)
    mouse.move(strip.axis.x_of(249), flag.y)
    assert strip._bubble[0].startswith("01:00:10:10  frame 250")
    assert "on a cut (to shot 3)" in strip._bubble[1]
    mouse.move(strip.axis.x_of(200), flag.y)
    assert strip._bubble[1] == "+50 frames"
    mouse.release(strip.axis.x_of(200), flag.y)
    assert strip._bubble == ()


def test_escape_cancels_a_drag_and_the_release_does_nothing(strip, mouse_on, heard) -> None:
    moved, mouse, flag = heard(strip.marker_moved), mouse_on(strip), flag_of(strip, "a")
    mouse.press(flag.x, flag.y)
    mouse.move(flag.x + 80, flag.y)
    QTest.keyClick(strip, Qt.Key.Key_Escape)
    mouse.release(flag.x + 80, flag.y)
    assert moved.told == []
    assert strip.marker("a").frame == 150
    assert strip._moved == {}


def test_pressing_alt_while_the_pointer_rests_lets_go_of_the_cut(strip, mouse_on, heard) -> None:
    moved, mouse, flag = heard(strip.marker_moved), mouse_on(strip), flag_of(strip, "a")
    mouse.press(flag.x, flag.y)
    mouse.move(strip.axis.x_of(248), flag.y)
    assert strip._moved == {"a": 250}
    QTest.keyPress(strip, Qt.Key.Key_Alt)
    assert strip._moved == {"a": 248}
    QTest.keyRelease(strip, Qt.Key.Key_Alt)
    assert strip._moved == {"a": 250}
    mouse.release(strip.axis.x_of(248), flag.y)
    assert moved.told == [("a", 250)]


def test_a_press_that_hardly_moves_is_a_click(strip, mouse_on, heard) -> None:
    moved, chosen, flag = heard(strip.marker_moved), heard(strip.selection_changed), flag_of(strip, "b")
    mouse_on(strip).drag(flag.x, flag.y, flag.x + 2)
    assert moved.told == []
    assert chosen.told == [(["b"],)]


def test_what_is_selected_together_moves_together_and_stops_together(strip, mouse_on, heard) -> None:
    moved, mouse = heard(strip.marker_moved), mouse_on(strip)
    mouse.click(flag_of(strip, "a").x, flag_of(strip, "a").y)
    mouse.click(flag_of(strip, "b").x, flag_of(strip, "b").y, modifiers=CONTROL)
    assert strip.selected_ids == ["a", "b"]
    flag = flag_of(strip, "b")
    mouse.drag(flag.x, flag.y, strip.axis.x_of(520), modifiers=ALT)
    assert sorted(moved.told) == [("a", 170), ("b", 520)]
    flag = flag_of(strip, "b")
    mouse.drag(flag.x, flag.y, strip.axis.x_of(100), modifiers=ALT)
    assert (strip.marker("a").frame, strip.marker("b").frame) == (0, 350), "the first stops at the cut's begin"


def test_a_marker_can_be_dragged_by_its_line_in_any_lane(strip, mouse_on, heard) -> None:
    moved = heard(strip.marker_moved)
    mouse_on(strip).drag(strip.axis.x_of(500), lane_y(strip, "wave"), strip.axis.x_of(530), modifiers=ALT)
    assert moved.told == [("b", 530)]


def test_double_click_opens_a_marker_or_adds_one(strip, mouse_on, heard) -> None:
    opened, added, moved = heard(strip.marker_activated), heard(strip.marker_added), heard(strip.marker_moved)
    mouse, flag = mouse_on(strip), flag_of(strip, "b")
    mouse.double_click(flag.x, flag.y)
    mouse.double_click(strip.axis.x_of(333), lane_y(strip, "pictures"))
    mouse.double_click(strip.axis.x_of(418), lane_y(strip, "hits"))
    mouse.double_click(strip.axis.x_of(333), lane_y(strip, "ruler"))
    assert opened.told == [("b",)]
    assert added.told == [(333,), (420,)], "near a cut it is added on the cut; the ruler adds nothing"
    assert moved.told == []


def test_the_wheel_zooms_at_the_pointer(strip, heard) -> None:
    ranges, x = heard(strip.range_changed), strip.axis.x_of(600)
    wheel(strip, x, 3)
    assert strip.axis.frame_at(x) == pytest.approx(600, abs=0.01)
    assert strip.axis.end_frame - strip.axis.start_frame == pytest.approx(1000 / 1.25**3)
    assert ranges.told[-1] == (strip.axis.start_frame, strip.axis.end_frame)
    wheel(strip, x, -30)
    assert (strip.axis.start_frame, strip.axis.end_frame) == (0, 1000), "it ends with the whole cut"


def test_shift_and_wheel_and_dragging_the_ground_scroll(strip, mouse_on, heard) -> None:
    strip.set_visible_range(300, 500)
    ranges = heard(strip.range_changed)
    wheel(strip, 600, -1, SHIFT)
    assert strip.axis.start_frame > 300
    assert strip.axis.end_frame - strip.axis.start_frame == pytest.approx(200)
    strip.set_visible_range(300, 500)
    told = len(ranges.told)
    assert told == 1, "what comes from outside is not told back"
    y, grabbed = lane_y(strip, "subtitles"), strip.axis.frame_at(700)
    mouse_on(strip).drag(700, y, 600)
    assert strip.axis.frame_at(600) == pytest.approx(grabbed, abs=0.5)


def test_the_ruler_drags_the_playhead_and_with_shift_the_loop(strip, mouse_on, heard) -> None:
    played, looped, mouse = heard(strip.playhead_dragged), heard(strip.loop_chosen), mouse_on(strip)
    y = lane_y(strip, "ruler")
    mouse.drag(strip.axis.x_of(100), y, strip.axis.x_of(222.5))
    assert played.told[0][0] == pytest.approx(100)
    assert played.told[-1][0] == pytest.approx(222.5)
    mouse.press(strip.axis.x_of(300), y, modifiers=SHIFT)
    mouse.move(strip.axis.x_of(350), y, modifiers=SHIFT)
    mouse.release(strip.axis.x_of(350), y, modifiers=SHIFT)
    assert looped.told == [((300, 350),)]


def test_escape_puts_the_loop_back(strip, mouse_on, heard) -> None:
    strip.set_loop((100, 200))
    looped, mouse, y = heard(strip.loop_chosen), mouse_on(strip), lane_y(strip, "ruler")
    mouse.press(strip.axis.x_of(300), y, modifiers=SHIFT)
    mouse.move(strip.axis.x_of(350), y, modifiers=SHIFT)
    QTest.keyClick(strip, Qt.Key.Key_Escape)
    mouse.release(strip.axis.x_of(350), y)
    assert strip.scene.loop == (100, 200)
    assert looped.told == []


def test_bars_are_chosen_in_the_cue_and_a_click_opens_it(strip, mouse_on, heard) -> None:
    opened, y = heard(strip.cue_activated), lane_y(strip, "cues")
    mouse = mouse_on(strip)
    mouse.drag(strip.axis.x_of(210), y, strip.axis.x_of(310))
    assert strip.scene.selected_bars == ("1m1", 4, 6)
    assert opened.told == []
    mouse.click(strip.axis.x_of(410), y)
    assert opened.told == [("1m1",)]


def test_new_markers_from_outside_do_not_end_a_drag_unless_the_marker_is_gone(strip, mouse_on, markers, heard) -> None:
    moved, mouse, flag = heard(strip.marker_moved), mouse_on(strip), flag_of(strip, "a")
    mouse.press(flag.x, flag.y)
    mouse.move(strip.axis.x_of(180), flag.y)
    strip.set_markers(markers)
    mouse.release(strip.axis.x_of(180), flag.y)
    assert moved.told == [("a", 180)]
    flag = flag_of(strip, "a")
    mouse.press(flag.x, flag.y)
    mouse.move(strip.axis.x_of(200), flag.y)
    strip.set_markers(markers[1:])
    mouse.release(strip.axis.x_of(200), flag.y)
    assert len(moved.told) == 1


def test_menu_changes_kind_weight_tension_and_locks(strip, heard) -> None:
    from hitpoint_panel.views.strip_menu import build_menu

    changed, tension = heard(strip.hits_changed), heard(strip.emphasis_requested)
    locked, unlocked = heard(strip.bars_locked), heard(strip.bars_unlocked)

    def choose(menu, *words):
        for word in words[:-1]:
            menu = next(a for a in menu.actions() if a.text().startswith(word)).menu()
        next(a for a in menu.actions() if words[-1] in a.text()).trigger()

    flag = flag_of(strip, "b")
    menu = build_menu(strip, QPointF(flag.x, flag.y))
    assert strip.selected_ids == ["b"]
    choose(menu, "Kind", "peak")
    choose(menu, "Weight", "Strongest")
    assert changed.told == [(["b"], "kind", "peak"), (["b"], "weight", 1.0)]
    place = QPointF(strip.axis.x_of(560), lane_y(strip, "shots"))
    choose(build_menu(strip, place), "More tense here (shot 4)")
    choose(build_menu(strip, place), "Lock bar 11 of 1m1")
    assert tension.told == [(420, 700, 0.3)]
    assert locked.told == [("1m1", 11, 11)]
    place = QPointF(strip.axis.x_of(160), lane_y(strip, "shots"))
    choose(build_menu(strip, place), "Unlock bar 3 of 1m1")
    assert unlocked.told == [("1m1", 3, 3)]


def test_an_empty_strip_takes_all_events_quietly(qtbot, mouse_on) -> None:
    from hitpoint_panel.views.timeline_strip import TimelineStrip

    strip = TimelineStrip()
    qtbot.addWidget(strip)
    strip.show()
    mouse_on(strip).drag(300, 100, 400)
    mouse_on(strip).double_click(300, 100)
    wheel(strip, 300, 2)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Delete, Qt.Key.Key_M, Qt.Key.Key_Escape):
        QTest.keyClick(strip, key)
    assert not strip.grab().isNull()
