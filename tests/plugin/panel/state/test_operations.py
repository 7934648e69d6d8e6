import pytest

from hitpoint.model.edits import BarSpan, CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import InputError
from hitpoint.model.spotting import HitKind
from hitpoint_panel.state import operations


def test_a_change_of_a_marker_is_one_entry_however_often_it_changes():
    edits = operations.change_marker(Edits(), "m1", frame=40)
    edits = operations.change_marker(edits, "m1", frame=44, kind="peak")
    assert edits.markers == (MarkerEdit(marker_id="m1", frame=44, kind=HitKind.PEAK),)


def test_a_change_that_is_taken_back_leaves_nothing():
    edits = operations.change_marker(Edits(), "m1", weight=0.9)
    assert operations.change_marker(edits, "m1", weight=None) == Edits()


def test_the_same_changes_in_another_order_are_the_same_edits():
    one = operations.change_marker(operations.change_marker(Edits(), "a", frame=1), "b", frame=2)
    other = operations.change_marker(operations.change_marker(Edits(), "b", frame=2), "a", frame=1)
    assert one == other


def test_an_unknown_field_is_refused():
    with pytest.raises(InputError, match="marker m1: it has no hue"):
        operations.change_marker(Edits(), "m1", hue=3)


def test_deleting_forgets_added_markers_and_remembers_those_of_the_cut():
    edits = operations.add_marker(Edits(), "new", frame=10)
    edits = operations.change_marker(edits, "m1", frame=5)
    edits = operations.delete_markers(edits, ["new", "m1"])
    assert edits == Edits(removed=frozenset({"m1"}))


def test_an_added_marker_keeps_its_frame():
    edits = operations.add_marker(Edits(), "new", frame=10)
    with pytest.raises(InputError, match="needs a frame"):
        operations.change_marker(edits, "new", frame=None)
    with pytest.raises(InputError, match="is there already"):
        operations.add_marker(edits, "new", frame=11)


def test_a_cue_that_says_nothing_is_dropped():
    edits = operations.change_cue(Edits(), "1m1", has_music=False, key="D minor")
    assert edits.cues == (CueEdit(number="1m1", has_music=False, key="D minor"),)
    assert operations.change_cue(edits, "1m1", has_music=True, key=None) == Edits()


def test_emphasis_is_cut_at_the_cues_it_touches():
    spans = (("1m1", 0, 100), ("1m2", 150, 300), ("1m3", 400, 500))
    edits = operations.emphasise(Edits(), start_frame=50, end_frame=200, amount=0.4, cue_spans=spans)
    assert {cue.number: cue.emphasis for cue in edits.cues} == {"1m1": ((50, 100, 0.4),), "1m2": ((150, 200, 0.4),)}


def test_emphasis_of_the_same_stretch_is_replaced_and_taken_back():
    spans = (("1m1", 0, 100),)
    edits = operations.emphasise(Edits(), start_frame=10, end_frame=20, amount=0.4, cue_spans=spans)
    edits = operations.emphasise(edits, start_frame=10, end_frame=20, amount=-0.2, cue_spans=spans)
    assert edits.cues[0].emphasis == ((10, 20, -0.2),)
    assert operations.emphasise(edits, start_frame=10, end_frame=20, amount=0, cue_spans=spans) == Edits()


def test_emphasis_where_no_music_plays_is_refused():
    with pytest.raises(InputError, match="no music plays in that stretch"):
        operations.emphasise(Edits(), start_frame=0, end_frame=9, amount=0.4, cue_spans=(("1m1", 50, 60),))


def test_locked_bars_that_touch_become_one_span():
    edits = operations.lock_bars(Edits(), "1m1", 3, 4)
    edits = operations.lock_bars(edits, "1m1", 5, 8)
    edits = operations.lock_bars(edits, "1m2", 4, 4)
    assert edits.locked_bars == (
        BarSpan(cue="1m1", first_bar=3, last_bar=8),
        BarSpan(cue="1m2", first_bar=4, last_bar=4),
    )


def test_unlocking_the_middle_leaves_both_ends():
    edits = operations.lock_bars(Edits(), "1m1", 1, 10)
    edits = operations.unlock_bars(edits, "1m1", 4, 6)
    assert [(span.first_bar, span.last_bar) for span in edits.locked_bars] == [(1, 3), (7, 10)]
