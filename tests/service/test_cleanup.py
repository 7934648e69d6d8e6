"""Bounded disk use: the oldest goes, what is open stays, and nothing outside the folder is touched."""

import os
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from hitpoint.service.book import JobBook
from hitpoint.service.cleanup import clean, folder_bytes, make_room
from hitpoint.service.job import now
from hitpoint.service.layout import Layout, session_id_of, upload_name
from hitpoint.service.settings import ServiceSettings
from hitpoint.service.store import Store

from .conftest import until

DAY_S = 86_400.0


class Place:
    """A service's folder with things of known size and age in it."""

    def __init__(self, folder, **settings):
        self.settings = ServiceSettings(folder=folder, **settings)
        self.layout = Layout(folder)
        self.layout.make()
        self.store = Store(self.layout.database)
        self.book = JobBook(self.store, self.layout)

    def clean(self):
        return clean(self.store, self.book, self.layout, self.settings)

    def job(self, *, size_bytes=1000, days=0.0, is_ended=True):
        job = self.book.add("look", None, {})
        folder = self.layout.job(job.id)
        folder.mkdir()
        (folder / "result.json").write_bytes(bytes(size_bytes))
        self.book.start(job.id)
        if is_ended:
            self.book.end(job.id, "done")
            moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - days * DAY_S))
            with self.store._writing() as connection:
                connection.execute("UPDATE jobs SET ended = ? WHERE id = ?", (moment, job.id))
            self.book = JobBook(self.store, self.layout)
        return job.id

    def session(self, cut_path, *, size_bytes=1000, days=0.0, is_open=True):
        name = session_id_of(cut_path)
        self.store.save_session(name, cut_path=str(cut_path), request={}, opened=now())
        self.store.save_version(name, "v1", {"version_id": "v1"})
        path = self.layout.version(name, "v1")
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(size_bytes))
        if not is_open:
            self.store.close_session(name)
        with self.store._writing() as connection:
            connection.execute("UPDATE sessions SET used_s = ? WHERE id = ?", (time.time() - days * DAY_S, name))
        return name

    def upload(self, *, size_bytes=1000, days=0.0):
        name = upload_name("film", ".mp4")
        self.layout.upload(name).write_bytes(bytes(size_bytes))
        self.store.save_upload(name, media={}, created=now())
        with self.store._writing() as connection:
            connection.execute("UPDATE uploads SET used_s = ? WHERE name = ?", (time.time() - days * DAY_S, name))
        return name


@pytest.fixture
def place(tmp_path):
    made = []

    def make(**settings):
        made.append(Place(tmp_path / "state", **settings))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def test_what_is_old_goes(place, tmp_path):
    here = place()
    old, young = here.job(days=20), here.job(days=1)
    old_film, young_film = here.upload(days=20), here.upload(days=1)
    closed = here.session(tmp_path / "a.otio", days=20, is_open=False)
    assert here.clean() > 2000
    assert here.book.get(old) is None
    assert not here.layout.job(old).exists()
    assert here.book.get(young) is not None
    assert here.store.upload_media(old_film) is None
    assert not here.layout.upload(old_film).exists()
    assert here.store.upload_media(young_film) is not None
    assert not here.layout.session(closed).exists()
    assert here.store.versions(closed) == []


def test_while_there_is_too_much_the_oldest_goes(place, tmp_path):
    here = place(kept_bytes=250_000)
    jobs = [here.job(size_bytes=100_000, days=days) for days in (5, 4, 3, 2, 1)]
    here.clean()
    assert [here.book.get(job) is not None for job in jobs] == [False, False, False, True, True]
    assert folder_bytes(here.layout.jobs) <= 250_000


def test_on_a_full_disk_the_oldest_go_until_there_is_room(place, tmp_path, monkeypatch):
    here = place(room_bytes=250_000)
    jobs = [here.job(size_bytes=100_000, days=days) for days in (3, 2, 1, 0)]
    session = here.session(tmp_path / "a.otio", size_bytes=100_000, days=4)
    disk_bytes = folder_bytes(here.layout.jobs, here.layout.sessions)

    def free(*_):
        used = folder_bytes(here.layout.jobs, here.layout.sessions)
        return SimpleNamespace(free=disk_bytes - used)

    monkeypatch.setattr("hitpoint.service.cleanup.shutil.disk_usage", free)
    room = partial(make_room, here.store, here.book, here.layout, here.settings)
    assert 300_000 <= room() < 310_000
    left = [here.book.get(job) is not None for job in jobs]
    assert left == [False, False, False, True]
    assert here.layout.session(session).exists()
    assert room() == 0, "enough"
    assert room(needed_bytes=10**9) == 0, "what is of the last hour stays"


def test_so_many_jobs_and_no_more(place):
    here = place(kept_jobs=2)
    jobs = [here.job(days=days) for days in (3, 2, 1)]
    here.clean()
    assert [here.book.get(job) is not None for job in jobs] == [False, True, True]


def test_versions_of_an_open_session_stay_whatever_their_size(place, tmp_path):
    here = place(kept_bytes=1000)
    open_one = here.session(tmp_path / "a.otio", size_bytes=1_000_000, days=6)
    closed = here.session(tmp_path / "b.otio", size_bytes=1_000_000, days=1, is_open=False)
    here.clean()
    assert here.layout.version(open_one, "v1").stat().st_size == 1_000_000
    assert not here.layout.session(closed).exists()


def test_a_session_that_nobody_used_for_a_week_counts_as_closed(place, tmp_path):
    here = place()
    stale = here.session(tmp_path / "a.otio", days=8)
    here.clean()
    (row,) = here.store.sessions()
    assert row["id"] == stale
    assert not row["is_open"]
    assert here.layout.session(stale).exists(), "closed is not removed"


def test_what_is_needed_stays(place):
    here = place(kept_bytes=0, kept_s=0.0)
    film = here.upload(days=20)
    running = here.job(is_ended=False)
    waiting = here.book.add("generate", None, {"filename": film})
    here.clean()
    assert here.book.get(running) is not None
    assert here.layout.job(running).exists()
    assert here.book.get(waiting.id) is not None
    assert here.layout.upload(film).exists()


def test_nothing_of_the_user_is_touched(place, tmp_path):
    """Links out of the folder are not followed, and names that are not ours are left alone, however old."""
    here = place(kept_bytes=0, kept_s=0.0)
    films = tmp_path / "films"
    films.mkdir()
    (films / "reel.mov").write_bytes(bytes(1000))
    job = here.job(days=30)
    (here.layout.job(job) / "link").symlink_to(films)
    (here.layout.jobs / "my notes").mkdir()
    (here.layout.jobs / "my notes" / "note.txt").write_text("mine")
    (here.layout.jobs / ("a" * 16)).symlink_to(films)
    (here.layout.folder / "letter.txt").write_text("mine")
    for path in (here.layout.jobs / "my notes", here.layout.folder / "letter.txt"):
        os.utime(path, (0, 0))
    os.utime(here.layout.jobs / ("a" * 16), (0, 0), follow_symlinks=False)
    here.clean()
    assert not here.layout.job(job).exists()
    assert (films / "reel.mov").stat().st_size == 1000
    assert (here.layout.jobs / "my notes" / "note.txt").read_text() == "mine"
    assert (here.layout.folder / "letter.txt").read_text() == "mine"


def test_what_no_row_knows_goes_after_a_while(place):
    here = place()
    for name in ("b" * 16, "c" * 16):
        (here.layout.jobs / name).mkdir()
    (here.layout.uploads / ".x.partial").write_bytes(b"half a film")
    for path in (here.layout.jobs / ("b" * 16), here.layout.uploads / ".x.partial"):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    here.clean()
    assert [path.name for path in here.layout.jobs.iterdir()] == ["c" * 16]
    assert not list(here.layout.uploads.iterdir())


def test_a_running_service_cleans_up(start, cut_path):
    service = start(kept_s=0.0, janitor_every_s=0.1, cleanup_every_s=0.1)
    session = service.client.open_session(cut_path)["session_id"]
    service.ask(session, "compose")
    (version,) = until(lambda: service.client.versions(session), what="the version")
    until(lambda: service.client.jobs() == [], what="the cleanup")
    until(lambda: not list((service.folder / "jobs").iterdir()), what="the cleanup")
    whole = service.client.version(session, version["version_id"])
    assert Path(whole["mix"]["path"]).is_file()
    assert whole["report"]
