"""What ran when the service was killed is done once more, once, with all that was asked; or it is said why not."""

import pytest

from hitpoint.model.edits import BarSpan
from hitpoint.service.book import JobBook
from hitpoint.service.job import now
from hitpoint.service.layout import Layout, session_id_of
from hitpoint.service.resume import RESUMED, why_not_resumed
from hitpoint.service.session_book import SessionBook
from hitpoint.service.store import Store


def test_bars_to_redo_are_done_once_more_after_the_kill_and_not_twice(start, cut_path):
    first = start()
    session = first.client.open_session(cut_path)["session_id"]
    parent = first.run(session, "compose")["version_id"]
    asked = {
        "parent_version_id": parent,
        "redo_bars": [BarSpan(cue="1m1", first_bar=3, last_bar=4)],
        "new_take_of_stem": "strings",
    }
    edits = {"extra": {"fault": "sleep", "seconds": 2.0}}
    job = first.client.compose(session, edits, **asked)
    first.until_running(job["id"], sentence="sleeping")
    first.kill()

    second = start()
    again = second.client.compose(session, edits, **asked)
    assert again["id"] == job["id"], "a panel that asks for the same gets what is done already"
    version = second.client.wait(job["id"])
    assert version["bars"] == [["1m1", 3, 4]]
    assert version["new_take_of_stem"] == "strings"
    told = [event.data for event in second.client.events(job["id"]) if event.name == "progress"]
    assert RESUMED in [event["sentence"] for event in told]
    assert second.client.job(job["id"])["state"] == "done"

    job = second.ask(session, "compose", fault="sleep", seconds=60.0)
    for _ in range(2):
        second.until_running(job["id"], sentence="sleeping")
        second.kill()
        second = start()
    ended = second.client.job(job["id"])
    assert ended["state"] == "interrupted"
    assert "ended twice" in ended["sentence"]
    assert second.run(session)["cut_frames"], "and the session goes on"


@pytest.fixture
def place(tmp_path):
    layout = Layout(tmp_path / "state")
    layout.make()
    store = Store(layout.database)
    yield JobBook(store, layout), SessionBook(store, layout), store
    store.close()


def test_what_cannot_be_done_again_is_said(place, tmp_path):
    book, sessions, store = place
    cut = tmp_path / "cut.otio"
    cut.write_text("{}")
    settings = {"cut_path": str(cut), "subtitles_path": None, "out_folder": str(tmp_path / "not yet there")}
    scored = book.add("score", None, {"settings": settings})
    assert why_not_resumed(scored, sessions) == ""
    assert "start it again" in why_not_resumed(book.add("look", "s", {}), sessions)
    assert "start it again" in why_not_resumed(book.add("export", "s", {}), sessions)
    assert "ended twice" in why_not_resumed(book.begin_again(scored.id, RESUMED), sessions)

    name = session_id_of(cut)
    store.save_session(name, cut_path=str(cut), request={"cut_path": str(cut)}, opened=now())
    assert why_not_resumed(book.add("compose", name, {"edits": {}}), sessions) == ""
    orphan = book.add("compose", name, {"edits": {}, "parent_version_id": "v7"})
    assert "version v7, on which it built, is gone" in why_not_resumed(orphan, sessions)
    cut.unlink()
    assert f"{cut} is gone" in why_not_resumed(book.add("compose", name, {"edits": {}}), sessions)
    assert f"{cut} is gone" in why_not_resumed(book.add("generate", None, {"settings": settings}), sessions)
    sessions.close(name)
    assert "its session is closed" in why_not_resumed(book.add("compose", name, {"edits": {}}), sessions)


def test_a_database_of_an_older_service_is_read(tmp_path):
    import sqlite3

    layout = Layout(tmp_path / "state")
    layout.make()
    store = Store(layout.database)
    job = JobBook(store, layout).add("look", None, {})
    store.close()
    with sqlite3.connect(layout.database) as database:
        database.execute("ALTER TABLE jobs DROP COLUMN tries")
    database.close()
    store = Store(layout.database)
    assert [(row.id, row.tries) for row in store.jobs()] == [(job.id, 0)]
    book = JobBook(store, layout)
    book.start(job.id)
    book.begin_again(job.id, RESUMED)
    assert [(row.state, row.tries, row.sentence) for row in store.jobs()] == [("queued", 1, RESUMED)]
    store.close()
