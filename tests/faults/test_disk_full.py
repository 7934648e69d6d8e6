"""The disk is full while music is written: a real one where we may mount a small one, else a limit on files' size."""

import os
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

pytestmark = [
    pytest.mark.soundfont,
    pytest.mark.endurance,
    pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk, or limits another process"),
]

_DISK_MB = 150


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """The state folder on a disk of its own, where we may mount one; `None` where we may not."""
    folder = tmp_path / "state"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder, workers):
    """Leave 100 kB of the disk, or let the workers write no file that is longer than that; return the way back."""
    if folder is None:
        for worker in workers:
            psutil.Process(worker.pid).rlimit(psutil.RLIMIT_FSIZE, (100_000, psutil.RLIM_INFINITY))
        return lambda: [w.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY)) for w in workers]
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(100_000))
    ballast.open("rb+").truncate(ballast.stat().st_size - 100_000)
    return ballast.unlink


def test_a_disk_that_is_full_during_a_compose_harms_nothing(
    small_disk, own_service, make_window, open_cut, compose, wait, cut_path, tools
):
    window = open_cut(make_window(), cut_path)
    first = compose(window)
    mixer = window.playback.mixer
    mixer.render(0, 48_000)  # what begins to play is faded in
    heard = mixer.render(0, 48_000 * 4).copy()
    assert abs(heard).max() > 0.001
    work = own_service.folder / "sessions" / window.workflow.session_id / "work"
    client = own_service.client
    make_room = fill(small_disk, own_service.workers())
    moved = tools.marker(window, 1)
    window.document.move_marker(moved.id, moved.frame + 6)
    wait(lambda: any(job["state"] == "failed" for job in client.jobs()))
    wait(lambda: window.said and not window.workflow.is_busy)
    failed = next(job for job in client.jobs() if job["state"] == "failed")
    assert failed["error"]["kind"] == "OutputError"
    assert window.said == [failed["error"]["error"]], "one sentence, and it is the engine's"
    assert ";" in window.said[0], "it says what to do"
    assert window.document.version == first
    assert (mixer.render(0, 48_000 * 4) == heard).all(), "what was heard before still plays"
    assert sorted(path.name for path in work.glob("v*")) == ["v1"], "nothing half-written stays"
    assert not list(own_service.folder.rglob("*partial*"))
    assert tools.marker(window, 1).frame == moved.frame + 6
    make_room()
    banner = window.parts.banners.banners[0]
    next(button for button in banner.buttons if button.text() == "Try again").click()
    wait(lambda: window.document.version["version_id"] != first["version_id"] and not window.workflow.is_busy)
    answer = next(row for row in window.document.version["report"]["markers"] if row["id"] == moved.id)
    assert answer["frame"] == moved.frame + 6
    client.close()
