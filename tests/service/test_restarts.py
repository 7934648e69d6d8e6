"""The service is killed, ended, started twice: nothing that was finished is lost, nobody is left behind."""

import json
import os
import stat
import subprocess
import sys
import time

import psutil
import pytest

from hitpoint.client import Client, ServiceGone, read_address
from hitpoint.model.edits import Edits

from .conftest import until


def test_killed_in_the_middle_of_everything(start, cut_path, tmp_path):
    """kill -9 with one job done, one running, two waiting."""
    first = start()
    session = first.client.open_session(cut_path)["session_id"]
    version = first.run(session, "compose")
    done = first.client.jobs()[0]
    note = tmp_path / "note"
    running = first.ask(session, fault="deaf", note=str(note))
    pids = [int(pid) for pid in until(lambda: note.exists() and note.read_text(), what="the job").split()]
    waiting = [first.client.look(session, Edits(brief_text="later")), first.client.compose(session)]
    heard = list(first.client.events(done["id"]))
    first.kill()
    for pid in pids:  # before any other service could look after them
        until(lambda pid=pid: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie", what="its end")

    second = start()
    assert second.address.token != first.address.token
    assert second.client.job(done["id"]) == done
    assert second.client.result(done["id"]) == version
    assert second.client.versions(session)[0]["version_id"] == version["version_id"]
    assert list(second.client.events(done["id"])) == heard, "its events are kept as well"
    interrupted = second.client.job(running["id"])
    assert interrupted["state"] == "interrupted"
    assert "start it again" in interrupted["sentence"]
    told = list(second.client.events(running["id"]))
    assert told[0].data["sentence"] == "starting"
    assert told[-1].data == interrupted
    assert second.client.wait(waiting[0]["id"])["brief"] == "later"
    assert second.client.wait(waiting[1]["id"])["version_id"]


@pytest.mark.endurance  # test_killed_in_the_middle_of_everything is its shorter sibling
def test_killed_again_and_again(start, cut_path):
    """Whatever a moment it is killed at, what was told to be done is there afterwards."""
    done: dict[str, dict] = {}
    for number in range(2):
        service = start()
        session = service.client.open_session(cut_path)["session_id"]
        job = service.ask(session)
        done[job["id"]] = service.client.wait(job["id"])
        for _ in range(3):
            service.ask(session)
        time.sleep(0.02 * number)
        service.kill()
    last = start()
    for job_id, result in done.items():
        assert last.client.result(job_id) == result
    until(lambda: all(job["state"] in ("done", "interrupted") for job in last.client.jobs()), what="the queue")


def test_a_result_that_was_written_just_before_the_kill_counts(start, cut_path):
    """The moment between the worker's last file and the service's note: made by taking the note back."""
    import sqlite3

    first = start()
    session = first.client.open_session(cut_path)["session_id"]
    version = first.run(session, "compose")
    job = first.client.jobs()[0]
    first.kill()
    with sqlite3.connect(first.folder / "service.sqlite") as database:
        database.execute("UPDATE jobs SET state = 'running', ended = NULL WHERE id = ?", (job["id"],))
        database.execute("DELETE FROM versions")
    database.close()
    events = first.folder / "jobs" / job["id"] / "events.jsonl"
    lines = events.read_bytes().splitlines(keepends=True)
    events.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])  # the end was being written
    second = start()
    assert second.client.job(job["id"])["state"] == "done"
    assert second.client.result(job["id"]) == version
    assert second.client.versions(session)[0]["version_id"] == version["version_id"]
    told = list(second.client.events(job["id"]))
    assert [event.number for event in told] == list(range(1, len(lines) + 1))
    assert told[-1].data["state"] == "done"


def test_a_polite_end_interrupts_what_runs_and_keeps_what_waits(start, cut_path, tmp_path):
    first = start()
    session = first.client.open_session(cut_path)["session_id"]
    running = first.ask(session, fault="sleep", seconds=60.0)
    first.until_running(running["id"], sentence="sleeping")
    waiting = first.client.look(session, Edits(brief_text="later"))
    stream = first.client.events(running["id"])
    next(stream)
    workers = first.workers()
    began_s = time.monotonic()
    first.stop()
    assert time.monotonic() - began_s < 30.0, "an open stream does not hold it up"
    assert not any(worker.is_running() and worker.status() != "zombie" for worker in workers)
    assert read_address(first.folder) is None
    with Client(first.address) as client, pytest.raises(ServiceGone, match="does not answer"):
        client.jobs()
    second = start()
    assert second.client.job(running["id"])["state"] == "interrupted"
    assert second.client.wait(waiting["id"])["brief"] == "later"


def test_one_service_per_user(service):
    first = service
    command = [sys.executable, "-m", "hitpoint.cli", "serve"]
    environment = {**os.environ, "HITPOINT_STATE_DIR": str(first.folder)}
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"hitpoint: a service of yours already runs as process {first.process.pid} at {first.address.url}; "
        "use that one, or end it first"
    )
    assert read_address(first.folder) == first.address


def test_its_address_is_for_the_user_alone(service, session_id):
    path = service.folder / "service.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text())) == {"pid", "port", "token", "version", "api"}
    assert len(service.address.token) >= 40
    assert service.address.token not in repr(service.address)
    assert stat.S_IMODE((service.folder / "service.log").stat().st_mode) == 0o600
    assert service.workers()
    for process in (psutil.Process(service.process.pid), *service.workers()):
        assert service.address.token not in " ".join((*process.cmdline(), *process.environ().values()))


def test_a_port_that_is_taken(service, tmp_path):
    environment = {**os.environ, "HITPOINT_STATE_DIR": str(tmp_path / "other")}
    command = [sys.executable, "-m", "hitpoint.cli", "serve", "--port", str(service.address.port)]
    taken = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert taken.returncode == 3
    assert "choose another" in taken.stderr
    assert not (tmp_path / "other" / "service.json").exists()


def test_idle_it_ends_by_itself_and_not_before(start, cut_path):
    service = start(idle_exit_s=1.0, janitor_every_s=0.1)
    session = service.client.open_session(cut_path)["session_id"]
    job = service.ask(session, fault="sleep", seconds=2.0)
    assert service.client.wait(job["id"])["cut_frames"]
    assert service.process.poll() is None, "it ends not while it works, nor while somebody listens"
    assert service.process.wait(120) == 0
    assert not (service.folder / "service.json").exists()


def test_a_damaged_database_is_laid_aside(start, cut_path):
    first = start()
    first.client.open_session(cut_path)
    first.stop()
    for path in first.folder.glob("service.sqlite*"):
        path.write_bytes(b"no database, " * 1000)
    second = start()
    assert second.client.jobs() == []
    assert list(second.folder.glob("service.sqlite.damaged-*"))


def test_a_client_goes_on_with_the_next_service(start, cut_path):
    first = start()
    services = [first]

    def find_again():
        if services[-1].process.poll() is not None:
            services.append(start())
        return services[-1].address

    with Client(first.address, find_again=find_again) as client:
        session = client.open_session(cut_path)["session_id"]
        job = client.look(session, {"extra": {"fault": "sleep", "seconds": 60.0}})
        heard = []
        for event in client.events(job["id"]):
            heard.append(event)
            if event.name == "progress" and event.data["sentence"] == "sleeping" and len(services) == 1:
                first.kill()
        assert heard[-1].data["state"] == "interrupted"
        assert [event.number for event in heard] == list(range(1, len(heard) + 1)), "nothing twice, nothing left out"
        assert client.address != first.address
        assert client.versions(session) == []
