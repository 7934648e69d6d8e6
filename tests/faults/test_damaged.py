"""Files that a crash of the machine, or a bad disk, left damaged: the project beside the cut, versions of a session."""

import json

import pytest

from hitpoint_panel.state.project_file import project_path

pytestmark = [pytest.mark.soundfont, pytest.mark.slow]


def halve(path):
    """Leave the first half of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


@pytest.fixture
def two_versions(own_service, make_window, open_cut, compose, wait, cut_path, tools):
    """A session with two versions, its window closed and its service ended; and where its versions lie."""
    window = open_cut(make_window(), cut_path)
    first = compose(window)
    moved = tools.marker(window, 0)
    window.document.move_marker(moved.id, moved.frame + 5)
    wait(lambda: window.document.version["version_id"] != first["version_id"] and not window.workflow.is_busy)
    session_id = window.workflow.session_id
    window.close()
    own_service.stop()
    return own_service.folder / "sessions" / session_id


def test_damaged_files_are_said_in_a_sentence_and_all_else_opens(
    two_versions, make_window, open_cut, compose, wait, cut_path, tools
):
    project = halve(project_path(cut_path))
    damaged = project.read_bytes()
    halve(two_versions / "versions" / "v2.json")
    halve(two_versions / "work" / "v2" / "take.bin")
    halve(two_versions / "work" / "v2" / "version.json")
    window = open_cut(make_window(), cut_path)
    wait(lambda: len(tools.banners(window)) == 2 and len(window.said) == 3)
    cannot, kept_as, no_longer = sorted(window.said, key=lambda said: ("v2" in said, "kept as" in said))
    assert "reel.hitpoint-panel.json cannot be read" in cannot
    assert "reel.hitpoint-panel.json could not be read; that one is kept as reel.hitpoint-panel.kept-" in kept_as
    assert no_longer == "The engine no longer has take v2; its music can be written again"
    window.workflow.use_take("v1")
    wait(lambda: (window.document.version or {}).get("version_id") == "v1")
    kept = [path for path in cut_path.parent.iterdir() if ".kept-" in path.name]
    assert [path.read_bytes() for path in kept] == [damaged], "the damaged file is kept as it was"
    json.loads(project.read_bytes())

    banner = next(row for row in window.parts.banners.banners if "v2" in row.notice.sentence)
    next(button for button in banner.buttons if button.text() == "Write it again").click()
    wait(lambda: window.document.version["version_id"] == "v3" and not window.workflow.is_busy)
    third = window.document.version
    assert "all was written anew" in third["changed"]["sentences"][0]
    assert third["edits"]["markers"][0]["frame"] == tools.HITS[0] + 5


def test_a_database_that_is_damaged_loses_no_edit(two_versions, make_window, open_cut, compose, wait, cut_path, tools):
    (two_versions.parents[1] / "service.sqlite").write_bytes(b"not a database" * 500)
    for rest in two_versions.parents[1].glob("service.sqlite-*"):
        rest.unlink()
    window = open_cut(make_window(), cut_path)
    assert tools.marker(window, 0).frame == tools.HITS[0] + 5
    version = compose(window)
    assert version["edits"]["markers"][0]["frame"] == tools.HITS[0] + 5
