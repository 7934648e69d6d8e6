"""Takes, suggestions and progress: by mouse and by keys."""

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QLabel, QListWidget, QProgressBar, QPushButton

from hitpoint_panel.views.job_progress import JobProgress, time_left
from hitpoint_panel.views.suggestions import Suggestions
from hitpoint_panel.views.takes import TakesView
from hitpoint_panel.views.values import TakeRow

KEY = Qt.Key
TAKES = (
    TakeRow(version_id="v3", label="darker", stars=4, is_kept=True, is_a=True, created="14:32", hits_text="9 of 11"),
    TakeRow(version_id="v2", label="second", stars=2, is_b=True, created="14:28"),
    TakeRow(version_id="v1", label="first"),
)
SUGGESTIONS = (("Move the cut two frames later.", 1278, "move_cut"), ("Leave the tempo.", None, "keep"))


@pytest.fixture
def takes(qtbot) -> TakesView:
    view = TakesView()
    qtbot.addWidget(view)
    view.resize(700, 200)
    view.set_takes(TAKES)
    view.show()
    qtbot.waitExposed(view)
    return view


def test_takes_by_keys(takes, heard) -> None:
    stars, kept = heard(takes.stars_changed), heard(takes.kept_changed)
    chosen, compared = heard(takes.take_chosen), heard(takes.compare_chosen)
    assert takes.current_id == "v3", "the one that is heard"
    for key in (KEY.Key_Down, KEY.Key_5, KEY.Key_K, KEY.Key_B, KEY.Key_Down, KEY.Key_B, KEY.Key_0, KEY.Key_Return):
        QTest.keyClick(takes, key)
    assert stars.told == [("v2", 5), ("v1", 0)]
    assert kept.told == [("v2", True)]
    assert compared.told == [("",), ("v1",)]
    assert chosen.told == [("v1",)]


def click(view, row, column, part=0.5) -> None:
    rect = view.visualRect(view.model().index(row, column))
    place = rect.center()
    place.setX(round(rect.left() + rect.width() * part))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_takes_by_mouse(takes, heard) -> None:
    stars, kept = heard(takes.stars_changed), heard(takes.kept_changed)
    chosen, compared = heard(takes.take_chosen), heard(takes.compare_chosen)
    click(takes, 2, 3, 0.95)
    click(takes, 2, 3, 0.12)
    click(takes, 0, 4)
    click(takes, 0, 0)
    click(takes, 2, 0)
    click(takes, 2, 1)
    assert stars.told == [("v1", 5), ("v1", 1)]
    assert kept.told == [("v3", False)]
    assert chosen.told == [("v1",)]
    assert compared.told == [("v1",)]


def test_new_takes_keep_the_row(takes) -> None:
    QTest.keyClick(takes, KEY.Key_Down)
    takes.set_takes((TakeRow(version_id="v4", label="new", is_a=True), *TAKES[1:]))
    assert takes.current_id == "v2"
    takes.set_takes((TakeRow(version_id="v4", label="new", is_a=True),))
    assert takes.current_id == "v4"


def test_suggestions_are_gone_to_and_applied_where_that_is_possible(qtbot, heard) -> None:
    view = Suggestions(applicable_kinds={"keep"})
    qtbot.addWidget(view)
    view.set_suggestions(SUGGESTIONS)
    view.show()
    applied, gone = heard(view.suggestion_activated), heard(view.frame_chosen)
    listed = view.findChild(QListWidget)
    buttons = {button.text(): button for button in view.findChildren(QPushButton)}
    assert (buttons["&Go there"].isEnabled(), buttons["&Apply"].isEnabled()) == (True, False)
    QTest.keyClick(listed, KEY.Key_Return)
    QTest.keyClick(listed, KEY.Key_Down)
    assert (buttons["&Go there"].isEnabled(), buttons["&Apply"].isEnabled()) == (False, True)
    QTest.keyClick(listed, KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert gone.told == [(1278,)]
    assert applied.told == [(1,)]
    view.set_suggestions((("new", 3, "keep"), *SUGGESTIONS))
    assert listed.currentRow() == 2, "the chosen one stays chosen"
    view.set_suggestions(())
    assert not buttons["&Apply"].isEnabled()
    assert any(label.isVisible() and "No suggestions" in label.text() for label in view.findChildren(QLabel))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (-1, ""), (0.4, "a moment left"), (7.4, "about 7 s left"), (48, "about 50 s left"),
     (130, "about 2 min left"), (59 * 60, "about 59 min left"), (5400, "about 1.5 h left")],
)  # fmt: skip
def test_time_left_is_said_no_more_exactly_than_it_is_known(seconds, said) -> None:
    assert time_left(seconds) == said


def test_progress_is_shown_and_cancelled_once(qtbot, heard) -> None:
    view = JobProgress()
    qtbot.addWidget(view)
    view.show()
    cancelled, button = heard(view.cancelled), view.findChild(QPushButton)
    assert not button.isEnabled()
    view.set_progress(0.42, "writing 1m1", 14)
    assert view.findChild(QProgressBar).value() == 420
    assert view.accessibleDescription() == "42 %, writing 1m1 about 15 s left"
    QTest.keyClick(view, KEY.Key_Escape)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    view.set_progress(0.43, "stopping", None)
    assert not button.isEnabled(), "what is being stopped cannot be stopped twice"
    assert cancelled.told == [()]
    view.set_idle("Cancelled.")
    view.set_progress(None, "another job")
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert cancelled.told == [(), ()]
