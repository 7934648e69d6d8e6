import pytest

from hitpoint_panel import hitpoints
from hitpoint_panel.panes.progress_line import time_left
from hitpoint_panel.state.document import Document
from hitpoint_panel.state.project import Project


@pytest.fixture
def document(qapp, engine, cut_path):
    made = Document()
    made.open(cut_path, Project())
    made.set_look(engine.make_look())
    return made


@pytest.mark.parametrize(
    ("frame", "direction", "found"), [(0, 1, 10), (10, 1, 20), (10, -1, None), (20.2, -1, 10), (99, 1, None)]
)
def test_the_nearest_before_and_after(frame, direction, found):
    assert hitpoints.neighbour([20, 10], frame, direction) == found


@pytest.mark.parametrize(
    ("frame", "loop"), [(0, (0, 48)), (48, (48, 120)), (119.5, (48, 120)), (300, (300, 480)), (479, (300, 480))]
)
def test_a_loop_reaches_from_hit_to_hit(document, frame, loop):
    assert hitpoints.loop_around(document, frame) == loop


def test_the_shot_under_the_playhead(document):
    assert hitpoints.shot_around(document, 88) == (88, 200)
    assert hitpoints.shot_around(document, 480) is None


def test_bar_and_tempo(engine):
    version = engine.make_version({})
    assert hitpoints.bar_text(version, 4.1) == "3 | 120 bpm"
    assert hitpoints.bar_text(version, 400.0) == ""
    version["report"]["cues"].append({"number": "1m2", "start_s": 100.0, "end_s": 110.0})
    assert hitpoints.bar_text(version, 0.0) == "1m1 | 1 | 120 bpm"
    assert hitpoints.bar_text(None, 0.0) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (0.2, "about 1 s left"),
        (75, "about 75 s left"),
        (600, "about 10 min left"),
        (7260, "about 2 h 1 min left"),
    ],
)
def test_time_left_as_people_say_it(seconds, said):
    assert time_left(seconds) == said
