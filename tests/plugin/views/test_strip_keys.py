"""All that the mouse can do to hit points, keys can."""

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

KEY = Qt.Key
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def test_up_and_down_choose_from_the_playhead_on(strip, heard) -> None:
    chosen = heard(strip.selection_changed)
    strip.set_playhead(300)
    for key in (KEY.Key_Down, KEY.Key_Down, KEY.Key_Down, KEY.Key_Up):
        QTest.keyClick(strip, key)
    assert [ids for (ids,) in chosen.told] == [["b"], ["c"], ["b"]]


@pytest.mark.parametrize(
    ("key", "modifiers", "frame"),
    [
        (KEY.Key_Right, Qt.KeyboardModifier.NoModifier, 501),
        (KEY.Key_Left, Qt.KeyboardModifier.NoModifier, 499),
        (KEY.Key_Right, SHIFT, 524),
        (KEY.Key_Left, SHIFT, 476),
    ],
)
def test_arrows_nudge_the_selected_marker(strip, heard, key, modifiers, frame) -> None:
    moved = heard(strip.marker_moved)
    strip.set_selection(["b"])
    QTest.keyClick(strip, key, modifiers)
    assert moved.told == [("b", frame)]


def test_a_nudge_stops_at_the_ends_of_the_cut(strip, heard) -> None:
    moved = heard(strip.marker_moved)
    strip.set_selection(["a", "c"])
    for _ in range(9):
        QTest.keyClick(strip, KEY.Key_Right, SHIFT)
    assert strip.marker("c").frame == 999
    assert strip.marker("a").frame == 349, "the distance is kept"
    told = len(moved.told)
    QTest.keyClick(strip, KEY.Key_Right)
    assert len(moved.told) == told


def test_without_a_selection_arrows_move_the_playhead(strip, heard) -> None:
    played, moved = heard(strip.playhead_dragged), heard(strip.marker_moved)
    strip.set_playhead(10.4)
    for key in (KEY.Key_Right, KEY.Key_Left, KEY.Key_Home, KEY.Key_End):
        QTest.keyClick(strip, key)
    assert [frame for (frame,) in played.told] == [11, 10, 0, 999]
    assert moved.told == []


def test_add_delete_open_and_let_go(strip, heard) -> None:
    added, deleted, opened = heard(strip.marker_added), heard(strip.markers_deleted), heard(strip.marker_activated)
    strip.set_playhead(321.7)
    QTest.keyClick(strip, KEY.Key_M)
    QTest.keyClick(strip, KEY.Key_Delete)
    assert deleted.told == [], "nothing is selected"
    QTest.keyClick(strip, KEY.Key_A, CONTROL)
    QTest.keyClick(strip, KEY.Key_Delete)
    strip.set_selection(["c"])
    QTest.keyClick(strip, KEY.Key_Return)
    QTest.keyClick(strip, KEY.Key_Escape)
    assert added.told == [(322,)]
    assert deleted.told == [(["a", "b", "c"],)]
    assert opened.told == [("c",)]
    assert strip.selected_ids == []


def test_zoom_by_keys_keeps_the_playhead_where_it_is(strip) -> None:
    strip.set_playhead(400)
    x = strip.axis.x_of(400)
    QTest.keyClick(strip, KEY.Key_Plus)
    assert strip.axis.x_of(400) == pytest.approx(x)
    assert strip.axis.end_frame - strip.axis.start_frame == pytest.approx(800)
    QTest.keyClick(strip, KEY.Key_0)
    assert (strip.axis.start_frame, strip.axis.end_frame) == (0, 1000)


def test_keys_that_are_not_the_strips_reach_the_window(strip, qtbot) -> None:
    from PyQt6.QtWidgets import QVBoxLayout, QWidget

    class Window(QWidget):
        keys: list[int]

        def keyPressEvent(self, event) -> None:
            self.keys.append(event.key())

    window = Window()
    window.keys = []
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(strip)
    window.show()
    for key in (KEY.Key_Space, KEY.Key_J, KEY.Key_Escape):
        QTest.keyClick(strip, key)
    strip.setParent(None)
    assert window.keys == [KEY.Key_Space, KEY.Key_J, KEY.Key_Escape]


def test_the_selection_follows_into_sight(strip) -> None:
    strip.set_visible_range(100, 200)
    strip.set_selection(["b"])
    QTest.keyClick(strip, KEY.Key_Down)
    assert strip.axis.start_frame <= 800 <= strip.axis.end_frame


def test_a_screen_reader_is_told_what_is_selected(strip) -> None:
    assert strip.accessibleName() == "Timeline"
    strip.set_selection(["b"])
    said = strip.accessibleDescription()
    assert "turns, 01:00:20:20, turn, weight 0.80, near, 60 ms early" in said
    assert "3 hit points" in said
