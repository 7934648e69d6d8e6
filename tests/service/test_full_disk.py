"""The disk is full: on a tiny file system of our own where we may mount one, else by a limit on the size of files."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress

import pytest

from hitpoint.model.errors import OutputError
from hitpoint.service.book import JobBook
from hitpoint.service.layout import Layout
from hitpoint.service.store import Store

from .conftest import start_service


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip("may not mount a file system here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path):
    """Leave no byte."""
    with path.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))
    assert shutil.disk_usage(path).free == 0


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_a_service_survives_a_full_disk_and_loses_nothing(tiny_disk, cut_path, film):
    service = start_service(tiny_disk / "state", janitor_every_s=0.2)
    try:
        session = service.client.open_session(cut_path)["session_id"]
        version = service.run(session, "compose")
        running = service.ask(session, "compose", fault="sleep", seconds=1.5)
        service.until_running(running["id"], sentence="sleeping")
        fill(tiny_disk / "ballast")
        ended = service.until_ended(running["id"])
        assert ended["state"] == "failed"
        assert ended["error"]["kind"] == "OutputError"
        with pytest.raises(OutputError, match="no room"):
            service.client.upload(film)
        pieces = (b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n', film.read_bytes())
        unannounced = service.http.post(  # without its length: the disk itself says that it is full
            "/upload", content=iter(pieces), headers={"Content-Type": "multipart/form-data; boundary=cut"}
        )
        assert unannounced.status_code == 507
        assert "the disk is full" in unannounced.json()["error"]
        assert not list((service.folder / "uploads").iterdir())
        told = [service.http.post("/jobs", json={"kind": "look", "session_id": session}) for _ in range(3)]
        for response in told:  # SQLite may have a page left
            assert response.status_code in (202, 507)
            assert response.status_code == 202 or "make room" in response.json()["error"]
        assert service.client.version(session, version["version_id"]) == version
        (tiny_disk / "ballast").unlink()
        assert service.run(session)["cut_frames"]
        assert service.client.upload(film)["filename"]
        service.kill()
        service = start_service(tiny_disk / "state")
        states = {job["id"]: job["state"] for job in service.client.jobs()}
        assert states[running["id"]] == "failed", "what could not be written then was written later"
        assert service.client.version(session, version["version_id"]) == version
    finally:
        service.stop()


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_old_work_makes_room_before_anything_fails(tiny_disk, cut_path, film):
    service = start_service(tiny_disk / "state", room_bytes=1_000_000, spared_s=0.0)
    try:
        session = service.client.open_session(cut_path)["session_id"]

        def an_old_job_that_takes_the_whole_disk():
            job = service.ask(session)
            service.client.wait(job["id"])
            fill(service.folder / "jobs" / job["id"] / "ballast")
            return job["id"]

        old = an_old_job_that_takes_the_whole_disk()
        version = service.run(session, "compose")
        assert version["version_id"] == "v1"
        assert old not in [job["id"] for job in service.client.jobs()]
        an_old_job_that_takes_the_whole_disk()
        assert service.client.upload(film)["filename"]
        assert service.client.version(session, "v1") == version, "versions of an open session are not in the way"
    finally:
        service.stop()


def test_a_job_that_cannot_be_written_down_is_refused_and_one_that_ends_is_written_later(tmp_path, monkeypatch):
    layout = Layout(tmp_path / "state")
    layout.make()
    store = Store(layout.database)
    book = JobBook(store, layout)
    job = book.add("look", None, {})
    book.start(job.id)

    def full(job):
        raise OutputError("the service's own folder cannot be written (database or disk is full); make room")

    with monkeypatch.context() as patch:
        patch.setattr(store, "save_job", full)
        with pytest.raises(OutputError, match="make room"):
            book.add("look", None, {})
        book.end(job.id, "done")
        assert book.get(job.id).state == "done"
        book.save_rest()
        assert store.jobs()[0].state == "running"
    book.save_rest()
    assert store.jobs()[0].state == "done"
    assert len(store.jobs()) == 1
    store.close()


def test_an_event_that_cannot_be_written_is_heard_all_the_same(tmp_path):
    from hitpoint.service.events import EventLog

    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    log = EventLog(blocked / "job" / "events.jsonl")
    heard = []
    log.listen(lambda: heard.append(len(log.after(0))))
    log.add("progress", {"share": 0.5})
    log.add("end", {})
    log.add("progress", {"share": 0.9})
    assert heard == [1, 2]
    assert [event.name for event in log.after(0)] == ["progress", "end"]
    assert json.loads(log.after(0)[0].to_sse().split(b"data: ")[1]) == {"share": 0.5}
