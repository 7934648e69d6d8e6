"""The service's database, left damaged by a crash of the machine or a bad disk."""

import pytest

pytestmark = [pytest.mark.soundfont, pytest.mark.endurance]


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


def test_a_database_that_is_damaged_loses_no_edit(two_versions, make_window, open_cut, compose, wait, cut_path, tools):
    (two_versions.parents[1] / "service.sqlite").write_bytes(b"not a database" * 500)
    for rest in two_versions.parents[1].glob("service.sqlite-*"):
        rest.unlink()
    window = open_cut(make_window(), cut_path)
    assert tools.marker(window, 0).frame == tools.HITS[0] + 5
    version = compose(window)
    assert version["edits"]["markers"][0]["frame"] == tools.HITS[0] + 5
