"""Two windows on one timeline, with one service."""

import json

import pytest

from hitpoint_panel.state.project_file import ProjectFile, project_path

pytestmark = [pytest.mark.soundfont, pytest.mark.endurance]


def test_two_windows_see_the_same_versions_and_neither_loses_its_edits(
    service, make_window, open_cut, compose, wait, cut_path, tools
):
    one = open_cut(make_window(), cut_path)
    first = compose(one)["version_id"]
    other = open_cut(make_window(), cut_path)
    wait(lambda: (other.document.version or {}).get("version_id") == first)
    one.workflow.writes_as_edited = other.workflow.writes_as_edited = False

    one.document.change_brief(brief_text="of the first window")
    wait(lambda: any("was saved by another window" in said for said in other.said))
    second = compose(one)["version_id"]
    other.activateWindow()
    wait(lambda: other.document.take(second) is not None)

    other.document.change_brief(brief_text="of the second window")
    wait(lambda: any("is kept as" in said for said in other.said))
    wait(lambda: any("was saved by another window" in said for said in one.said))
    assert ProjectFile(cut_path).read()[0].edits.brief_text == "of the second window", "the last writer wins"
    kept = [json.loads(path.read_text()) for path in cut_path.parent.iterdir() if ".kept-" in path.name]
    assert "of the first window" in [project["edits"]["brief_text"] for project in kept]
    assert one.document.edits.brief_text == "of the first window", "in its own window everything stands"

    third = compose(other)["version_id"]
    one.activateWindow()
    wait(lambda: one.document.take(third) is not None)
    assert one.document.take(third).edits["brief_text"] == "of the second window"
    one.workflow.use_take(third)
    wait(lambda: one.document.version["version_id"] == third)
    assert project_path(cut_path).is_file()
