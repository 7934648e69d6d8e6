"""The hit table, edited as an editor would: by keys, typing, lists."""

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit

from hitpoint.model.time import FrameRate
from hitpoint_panel.views.hit_model import FIELDS, signed
from hitpoint_panel.views.hit_table import HitTable
from hitpoint_panel.views.values import HitRow

KEY = Qt.Key


@pytest.fixture
def rows() -> tuple[HitRow, ...]:
    return (
        HitRow(marker_id="a", timecode="01:00:06:06", frame=150, name="door", verdict="hit", error_ms=2.04,
               error_frames=0.05, bar=3),
        HitRow(marker_id="b", timecode="01:00:20:20", frame=500, name="Turns", kind="turn", verdict="near",
               error_ms=-60.0, error_frames=-1.44, weight=0.8, reason="heard early"),
        HitRow(marker_id="c", timecode="01:00:33:08", frame=800, name="gone", kind="out", verdict="refused",
               error_ms=200.0, error_frames=4.8),
        HitRow(marker_id="d", timecode="01:00:35:00", frame=840, name="tense", kind="", verdict="direction"),
    )  # fmt: skip


@pytest.fixture
def table(qtbot, rows) -> HitTable:
    made = HitTable()
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.set_timebase(FrameRate(24), 86_400, 1000)
    made.set_rows(rows)
    made.show()
    qtbot.waitExposed(made)
    made.setFocus()
    return made


def text(table, marker_id, field) -> str:
    return table.index_of(marker_id, field).data()


def type_into(table, qtbot, marker_id, field, words) -> None:
    table.setCurrentIndex(table.index_of(marker_id, field))
    QTest.keyClick(table, KEY.Key_F2)
    editor = next(e for e in table.viewport().findChildren(QLineEdit) if e.isVisible())
    editor.selectAll()
    QTest.keyClicks(editor, words)
    QTest.keyClick(editor, KEY.Key_Return)
    qtbot.wait(1)


def test_answers_have_a_sign_a_word_a_colour_and_a_signed_error(table) -> None:
    assert text(table, "a", "verdict") == "●  hit"
    assert text(table, "b", "error_ms") == "−60.0"
    assert text(table, "c", "error_frames") == "+4.80"
    colors = {table.index_of(i, "verdict").data(Qt.ItemDataRole.ForegroundRole).name() for i in "abcd"}
    assert len(colors) == 4


@pytest.mark.parametrize(
    ("value", "said"), [(None, ""), (0.04, "0.0"), (-0.04, "0.0"), (3.0, "+3.0"), (-3.26, "−3.3"), (float("nan"), "")]
)
def test_errors_are_signed(value, said) -> None:
    assert signed(value, 1) == said


@pytest.mark.parametrize(
    ("typed", "frame"), [("01:00:10:00", 240), ("01001000", 240), ("+12", 162), ("-12", 138), ("01:00:41:15", 999)]
)
def test_a_typed_timecode_moves_the_hit(table, qtbot, heard, typed, frame) -> None:
    changed = heard(table.hit_changed)
    type_into(table, qtbot, "a", "frame", typed)
    assert changed.told == [("a", "frame", frame)]


@pytest.mark.parametrize("typed", ["soon", "01:00:41:16", "00:59:59:23", "01:00:10:24", "-151"])
def test_what_cannot_be_placed_is_refused_in_words(table, qtbot, heard, typed) -> None:
    changed, refused = heard(table.hit_changed), heard(table.refused)
    type_into(table, qtbot, "a", "frame", typed)
    assert changed.told == []
    assert len(refused.told) == 1
    assert typed in refused.told[0][0]


def test_a_name_is_typed(table, qtbot, heard) -> None:
    changed = heard(table.hit_changed)
    type_into(table, qtbot, "b", "name", " darker ")
    type_into(table, qtbot, "b", "name", "Turns")
    assert changed.told == [("b", "name", "darker")], "the same name again is no change"


def test_kind_is_chosen_from_a_list_and_weight_from_a_number(table, qtbot, heard) -> None:
    changed = heard(table.hit_changed)
    table.setCurrentIndex(table.index_of("b", "kind"))
    QTest.keyClick(table, KEY.Key_F2)
    combo = table.viewport().findChild(QComboBox)
    assert combo.currentData() == "turn"
    combo.setCurrentIndex(combo.findData("peak"))
    combo.activated.emit(combo.currentIndex())
    qtbot.waitUntil(lambda: not table.viewport().findChildren(QComboBox), timeout=10_000)
    table.setCurrentIndex(table.index_of("b", "weight"))
    QTest.keyClick(table, KEY.Key_F2)
    spin = table.viewport().findChild(QDoubleSpinBox)
    assert spin.value() == pytest.approx(0.8)
    QTest.keyClick(spin, KEY.Key_Up)
    QTest.keyClick(spin, KEY.Key_Return)
    qtbot.waitUntil(lambda: len(changed.told) == 2, timeout=10_000)
    assert changed.told == [("b", "kind", "peak"), ("b", "weight", 0.85)]


def test_delete_and_selection(table, heard) -> None:
    deleted, selected = heard(table.hits_deleted), heard(table.hit_selected)
    table.setCurrentIndex(table.index_of("a", "name"))
    QTest.keyClick(table, KEY.Key_Down)
    QTest.keyClick(table, KEY.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(table, KEY.Key_Delete)
    assert [i for (i,) in selected.told] == ["a", "b", "a"]
    assert deleted.told == [(["a", "b"],)]


def test_selecting_from_outside_tells_nothing_and_survives_new_rows(table, rows, heard) -> None:
    selected = heard(table.hit_selected)
    table.set_selection(["c"])
    table.set_rows(rows[1:])
    assert table.selected_ids == ["c"]
    table.set_rows(rows)
    assert table.selected_ids == ["c"]
    assert selected.told == []


@pytest.mark.parametrize(
    ("field", "order"),
    [("frame", "abcd"), ("verdict", "cbad"), ("error_ms", "abcd"), ("name", "acdb"), ("weight", "acdb")],
)
def test_sorting(table, field, order) -> None:
    table.sortByColumn(FIELDS.index(field), Qt.SortOrder.AscendingOrder)
    column = FIELDS.index("name")
    names = [table.model().index(i, column).data() for i in range(4)]
    assert names == [{"a": "door", "b": "Turns", "c": "gone", "d": "tense"}[i] for i in order]


def test_a_change_while_editing_does_not_close_the_editor(table, rows) -> None:
    """An answer of the engine comes in while a name is typed."""
    from dataclasses import replace

    table.setCurrentIndex(table.index_of("b", "name"))
    QTest.keyClick(table, KEY.Key_F2)
    editor = next(e for e in table.viewport().findChildren(QLineEdit) if e.isVisible())
    QTest.keyClicks(editor, "half")
    table.set_rows((replace(rows[0], verdict="near"), *rows[1:]))
    assert editor.isVisible()
    assert editor.text() == "half"


def test_the_model_keeps_qts_rules(table, rows) -> None:
    from PyQt6.QtTest import QAbstractItemModelTester

    tester = QAbstractItemModelTester(table.hit_model, QAbstractItemModelTester.FailureReportingMode.Warning)
    table.set_rows(rows[1:])
    table.set_rows(rows)
    assert tester.model() is table.hit_model


def test_drop_frame_is_typed_without_separators(table, qtbot, heard) -> None:
    changed = heard(table.hit_changed)
    table.set_timebase(FrameRate(30_000, 1001, drop_frame=True), 0, 100_000)
    type_into(table, qtbot, "a", "frame", "00010002")
    assert changed.told == [("a", "frame", 1800)]
