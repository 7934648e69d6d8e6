"""A film is sent and comes back with its score; a cut is scored as a job. The whole pipeline, in a real worker."""

from pathlib import Path

import av
import httpx
import pytest

from hitpoint.client import Client

pytestmark = [pytest.mark.soundfont, pytest.mark.endurance]


@pytest.fixture(autouse=True)
def _has_a_soundfont():
    from hitpoint.model.errors import HitpointError
    from hitpoint.rendering import find_soundfont

    try:
        find_soundfont(None)
    except HitpointError as error:
        pytest.skip(str(error))


def test_a_film_comes_back_with_its_score(service, film, tmp_path):
    name = service.client.upload(film)["filename"]
    body = {"filename": name, "brief": "tense", "seed": 3}
    with service.http.stream("POST", "/generate", json=body, timeout=600) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"] == "video/mp4"
        target = tmp_path / "scored.mp4"
        target.write_bytes(b"".join(response.iter_bytes()))
    with av.open(str(film)) as before, av.open(str(target)) as after:
        assert after.streams.video[0].frames == before.streams.video[0].frames == 48
        assert len(after.streams.audio) == 1
        loudest = max(abs(frame.to_ndarray()).max() for frame in after.decode(audio=0))
    assert loudest > 0.01, "the music is heard"

    (job,) = [job for job in service.client.jobs() if job["kind"] == "generate"]
    again = service.http.post("/generate", json={**body, "wait": False})
    assert again.status_code == 202
    assert again.json()["id"] == job["id"], "the same call is the same job"
    copy = tmp_path / "copy.mp4"
    service.client.fetch(job["id"], "video", copy)
    assert copy.read_bytes() == target.read_bytes()
    told = service.client.result(job["id"])
    assert told["report"]["seed"] == 3
    assert all(Path(path).is_relative_to(service.folder) for path in told["files"].values())
    names = [event.name for event in service.client.events(job["id"])]
    assert names.count("progress") > 5


def test_a_cut_is_scored_where_the_user_says_and_a_cancelled_one_leaves_nothing(service, film, tmp_path):
    folder = tmp_path / "score"
    job = service.client.score(cut_path=film, out_folder=folder, seed=1, looks=False)
    service.until_running(job["id"], sentence="rendering")
    service.client.cancel(job["id"])
    assert service.until_ended(job["id"])["state"] == "cancelled"
    assert not folder.exists() or not [path for path in folder.iterdir() if not path.name.startswith(".")]

    with Client(service.address) as other:
        shares = []
        told = other.wait(
            other.score(cut_path=film, out_folder=folder, seed=1, looks=False)["id"],
            on_progress=lambda share, sentence: shares.append(share),
        )
    assert Path(told["files"]["mix"]).is_file()
    assert Path(told["files"]["mix"]).is_relative_to(folder)
    assert shares == sorted(shares)
    assert httpx.get(f"{service.address.url}/health").status_code == 200
