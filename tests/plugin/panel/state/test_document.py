import pytest

from hitpoint.model.edits import Edits
from hitpoint.model.spotting import HitKind
from hitpoint_panel.state.document import Document
from hitpoint_panel.state.edits_json import edits_to_json
from hitpoint_panel.state.project import Project


@pytest.fixture
def document(qapp, engine, cut_path):
    made = Document()
    made.open(cut_path, Project())
    made.set_look(engine.make_look())
    return made


def frames(document):
    return {marker.id: marker.frame for marker in document.markers()}


def test_the_cut_is_known_from_its_look(document):
    assert document.duration_frames == 480
    assert document.timecode(24) == "01:00:01:00"
    assert frames(document) == {"m1": 48, "m2": 120, "m3": 300}
    assert document.cue_spans() == (("1m1", 0, 400),)


def test_moving_undoing_redoing(document):
    document.move_marker("m1", 60)
    document.move_marker("m1", 72)
    assert frames(document)["m1"] == 72
    assert document.undo_stack.undoText() == "move “door slams” to 01:00:03:00"
    document.undo_stack.undo()
    assert frames(document)["m1"] == 60
    document.undo_stack.undo()
    assert document.edits == Edits()
    document.undo_stack.redo()
    assert frames(document)["m1"] == 60


def test_moving_back_by_hand_leaves_no_edit(document):
    document.move_marker("m1", 60)
    document.move_marker("m1", 48)
    assert document.edits == Edits()


@pytest.mark.parametrize(("wanted", "frame"), [(-5, 0), (10_000, 479)])
def test_a_marker_stays_in_the_cut(document, wanted, frame):
    document.move_marker("m1", wanted)
    assert frames(document)["m1"] == frame


def test_adding_naming_deleting(document):
    marker_id = document.add_marker(33)
    document.change_marker(marker_id, "name", "glass breaks")
    document.change_marker(marker_id, "kind", "peak")
    marker = document.marker(marker_id)
    assert (marker.frame, marker.name, marker.kind, marker.is_ours) == (33, "glass breaks", "peak", True)
    document.delete_markers([marker_id, "m2", "no such"])
    assert frames(document) == {"m1": 48, "m3": 300}
    document.undo_stack.undo()
    assert frames(document)["m2"] == 120
    assert document.edits.markers[0].kind is HitKind.PEAK


def test_a_slider_that_is_drawn_is_one_step(document):
    for weight in (0.6, 0.7, 0.8):
        document.change_marker("m1", "weight", weight)
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.edits == Edits()


def test_what_makes_no_sense_is_told_and_changes_nothing(document, qtbot):
    with qtbot.waitSignal(document.refused) as told:
        document.change_marker("m1", "weight", 7.0)
    assert "must lie in 0..1" in told.args[0]
    with qtbot.waitSignal(document.refused) as told:
        document.emphasise(450, 470, 0.3)
    assert "no music plays" in told.args[0]
    assert document.edits == Edits()
    assert document.undo_stack.count() == 0


def test_edits_survive_a_new_look_by_identity(document, engine, fake):
    document.move_marker("m1", 60)
    engine.markers = fake.cut_markers(shift_frames=30)
    document.set_look(engine.make_look())
    assert frames(document) == {"m1": 60, "m2": 150, "m3": 300}
    document.undo_stack.undo()
    assert frames(document)["m1"] == 48


def test_locks_are_toggled(document):
    document.lock_bars("1m1", 2, 4)
    assert [(s.first_bar, s.last_bar) for s in document.edits.locked_bars] == [(2, 4)]
    document.lock_bars("1m1", 2, 4, is_locked=False)
    assert document.edits == Edits()


def test_takes_are_rated_and_gone_back_to(document, engine):
    first = engine.make_version({"edits": edits_to_json(document.edits)})
    engine.stored["v1"] = first
    document.set_version(first)
    document.change_brief(seed=document.new_seed(), style="heroic")
    second = engine.make_version({"edits": edits_to_json(document.edits)})
    document.set_version(second)
    assert [take.version_id for take in document.project.takes] == ["v2", "v1"]
    document.change_take("v1", stars=5, label="the first")
    assert document.take("v1").stars == 5
    assert document.take_with(Edits()).version_id == "v1"
    document.go_back_to("v1")
    assert document.edits == Edits()
    assert document.undo_stack.undoText() == "go back to the first"
    document.undo_stack.undo()
    assert document.edits.style == "heroic"
    document.set_version(first)  # told again: what the editor thinks of it stays
    assert document.take("v1").stars == 5


def test_a_and_b(document, engine):
    first = engine.make_version({})
    engine.stored["v1"] = first
    document.set_version(first)
    document.compare(True)
    assert not document.is_comparing  # there is no B
    document.set_compared(engine.make_version({}))
    document.compare(True)
    assert document.heard_version["version_id"] == "v2"
    document.set_compared(None)
    assert document.heard_version["version_id"] == "v1"
    assert document.project.compared_version_id == ""
