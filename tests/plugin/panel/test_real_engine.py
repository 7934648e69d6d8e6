"""The real window, the real service over HTTP, its real workers; and the real strip under the mouse."""

import importlib.util
import os
import shutil
import signal
from pathlib import Path

import opentimelineio as otio
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt

LIMIT_MS = 600_000
DEMO = Path(__file__).resolve().parents[3] / "resources" / "demo"


def is_whole() -> bool:
    names = ("hitpoint.service", "hitpoint.session", "hitpoint.client")
    return all(importlib.util.find_spec(name) is not None for name in names)


def write_beginning(path, *, frames):
    """Leave only the first frames of a cut: the demo's later half is more of the same."""
    timeline = otio.adapters.read_from_file(str(path))
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(frames, 24))
    timeline.tracks[:] = [otio.algorithms.track_trimmed_to_range(track, span) for track in timeline.tracks]
    kept = [marker for marker in timeline.tracks.markers if marker.marked_range.start_time < span.end_time_exclusive()]
    timeline.tracks.markers[:] = kept
    otio.adapters.write_to_file(timeline, str(path))


@pytest.fixture
def real_window(make_window, qtbot, tmp_path):
    """A window whose engine is a service of its own, which ends with the test."""
    if not is_whole():
        pytest.skip("the service is not in this tree")
    from hitpoint.client import read_address
    from hitpoint_panel.engine import connect

    folder = tmp_path / "cut"
    shutil.copytree(DEMO, folder)
    write_beginning(folder / "chase.otio", frames=40 * 24)
    window = make_window(connect=connect)
    window.cut_path = folder / "chase.otio"
    yield window
    window.close()
    address = read_address(tmp_path / "state")
    if address is not None:
        os.kill(address.pid, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.soundfont
def test_a_hit_that_is_moved_is_heard_where_it_was_moved_to(real_window, qtbot):
    window = real_window
    window.open_cut(window.cut_path)
    qtbot.waitUntil(lambda: window.document.look is not None and not window.workflow.is_busy, timeout=LIMIT_MS)
    assert window.document.look["subtitles"], "the subtitles beside the cut were taken"
    window.compose()
    qtbot.waitUntil(lambda: window.document.version is not None and not window.workflow.is_busy, timeout=LIMIT_MS)
    first = window.document.version["version_id"]
    marker = next(m for m in window.document.markers() if m.name == "HIT market stall")
    window.document.move_marker(marker.id, marker.frame + 9)
    qtbot.waitUntil(
        lambda: window.document.version["version_id"] != first and not window.workflow.is_busy, timeout=LIMIT_MS
    )
    answer = next(m for m in window.document.version["report"]["markers"] if m["id"] == marker.id)
    assert answer["frame"] == marker.frame + 9
    assert answer["verdict"] == "hit"
    assert [banner.notice.sentence for banner in window.parts.banners.banners] == []
    assert window.playback.mixer.choice.score.version_id == window.document.version["version_id"]
    sound = window.playback.mixer.render(48_000 * 30, 48_000)
    assert abs(sound).max() > 0.001, "there is music in it"


def test_a_marker_is_dragged_with_the_mouse(scored, qtbot):
    strip = scored.parts.strip
    if not hasattr(strip, "flags"):
        pytest.skip("the views are not in this tree")
    qtbot.waitUntil(lambda: bool(strip.flags()), timeout=20_000)
    x = strip.axis.x_of(48)
    y = next(y for y in range(strip.height()) if (hit := strip.flag_at(QPointF(x, y))) and hit.id == "m1")
    target = QPoint(round(strip.axis.x_of(130)), y)
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(x), y))
    for step in range(1, 6):
        qtbot.mouseMove(strip, QPoint(round(x + (target.x() - x) * step / 5), y))
        qtbot.wait(20)
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=target)
    moved = scored.document.marker("m1").frame
    assert abs(moved - 130) <= 4
    qtbot.waitUntil(lambda: scored.document.version["version_id"] == "v2", timeout=20_000)
