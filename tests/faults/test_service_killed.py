"""The service is killed while the panel waits for music."""

import pytest

from hitpoint.service.resume import RESUMED

pytestmark = [pytest.mark.soundfont, pytest.mark.endurance]


def test_a_service_killed_during_a_compose_is_started_again_and_the_edit_is_heard(
    own_service, make_window, open_cut, compose, wait, cut_path, tools
):
    before = cut_path.read_bytes()
    window = open_cut(make_window(), cut_path)
    first = compose(window)
    pid = own_service.pid
    workers = own_service.workers()
    for worker in workers:
        worker.suspend()  # so that the job is surely running when the service dies
    moved = tools.marker(window, 1)
    window.document.move_marker(moved.id, moved.frame + 7)
    client = own_service.client

    def running():
        return [job["id"] for job in client.jobs() if job["kind"] == "compose" and job["state"] == "running"]

    wait(running)
    (job_id,) = running()
    client.close()
    own_service.kill()
    for worker in workers:
        worker.resume()
    wait(lambda: window.document.version["version_id"] != first["version_id"] and not window.workflow.is_busy)
    assert set(window.said) <= {"The engine stopped and is started again; nothing you made is lost"}
    assert own_service.pid != pid
    version = window.document.version
    answer = next(row for row in version["report"]["markers"] if row["id"] == moved.id)
    assert (answer["frame"], answer["verdict"]) == (moved.frame + 7, "hit")
    client = own_service.client
    assert client.version(window.workflow.session_id, first["version_id"]) == first
    assert client.job(job_id)["state"] == "done", "what was being written is written by the next service"
    assert RESUMED in [event.data.get("sentence") for event in client.events(job_id)]
    assert len(client.versions(window.workflow.session_id)) == 2, "and only once"
    client.close()
    assert cut_path.read_bytes() == before
