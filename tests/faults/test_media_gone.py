"""The drive with the cut's media is gone: before the cut is opened, and between look and compose; and it is back."""

import shutil

import pytest

pytestmark = [pytest.mark.soundfont, pytest.mark.endurance]


def test_media_that_is_gone_is_said_and_seen_again_when_it_is_back(
    service, make_window, open_cut, compose, wait, tmp_path, tools
):
    drive = tmp_path / "drive"
    drive.mkdir()
    film = shutil.copy(tools.DEMO_FILM, drive / "film.mp4")
    cut = tools.write_cut(tmp_path / "film" / "reel.otio", frames=144, hits=(60,), film=film)
    away = drive.rename(tmp_path / "unmounted")
    window = open_cut(make_window(), cut)
    assert window.document.look["thumbnails"] == []
    first = compose(window)
    gone = [said for said in first["report"]["warnings"] if "was not found; scored without looking at it" in said]
    assert len(gone) == 1
    assert "film.mp4" in gone[0]
    assert gone[0] in window.document.look["analysis"]["warnings"]

    away.rename(drive)
    window.document.move_marker(tools.marker(window, 0).id, 64)
    wait(lambda: window.document.version["version_id"] != first["version_id"] and not window.workflow.is_busy)
    second = window.document.version
    assert not [said for said in second["report"]["warnings"] if "was not found" in said]
    window.workflow.look(is_again=True)
    wait(lambda: not window.workflow.is_busy)
    assert len(window.document.look["thumbnails"]) == 3

    drive.rename(away)  # between look and compose
    window.document.move_marker(tools.marker(window, 0).id, 70)
    wait(lambda: window.document.version["report"]["markers"][0]["frame"] == 70 and not window.workflow.is_busy)
    third = window.document.version
    assert not [said for said in third["report"]["warnings"] if "was not found" in said], "what was seen is kept"
    assert window.isVisible()
    assert not [said for said in window.said if "wrong in the panel" in said]
