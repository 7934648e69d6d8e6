import threading

import pytest

from hitpoint.model.errors import Cancelled, HitpointError
from hitpoint_panel.background import Background
from hitpoint_panel.engine import EngineGone
from hitpoint_panel.jobs import Job


@pytest.fixture
def background(qapp):
    made = Background(name="test", threads=2)
    yield made
    made.close()


@pytest.fixture
def follow(qtbot, engine, background):
    """Start a job; return it and what it told."""

    def start(kind="compose", **fields):
        job = Job(engine, background, kind, {"session_id": "s1", **fields}, None)
        told = []
        job.done.connect(lambda result: told.append(result))
        job.failed.connect(lambda error: told.append(error))
        job.start()
        return job, told

    return start


def test_answers_come_in_the_thread_that_asked(qtbot, background):
    threads = []
    background.run(
        lambda: threads.append(threading.current_thread()), lambda _: threads.append(threading.current_thread())
    )
    qtbot.waitUntil(lambda: len(threads) == 2, timeout=10_000)
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()


def test_with_one_thread_work_is_done_in_order(qtbot):
    single = Background(name="one", threads=1)
    done = []
    for number in range(20):
        single.run(lambda n=number: n, done.append)
    qtbot.waitUntil(lambda: len(done) == 20, timeout=10_000)
    assert done == list(range(20))
    single.close()


def test_nothing_is_told_after_closing(qtbot):
    closing = Background(name="closing", threads=1)
    told = []
    closing.run(lambda: 1, told.append)
    closing.close()
    qtbot.wait(50)
    assert told == []


def test_progress_and_result(follow, qtbot, engine):
    engine.gate.clear()
    job, told = follow()
    progress = []
    job.progressed.connect(lambda *values: progress.append(values))
    engine.gate.set()
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert told[0]["version_id"] == "v1"
    assert progress[-1] == (pytest.approx(2 / 3), "writing step 3", 1)


def test_cancelling_before_and_while_it_runs(follow, qtbot, engine):
    engine.gate.clear()
    job, told = follow()
    job.cancel()
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    job, later = follow()
    qtbot.waitUntil(lambda: bool(engine.asked("compose")), timeout=10_000)
    job.cancel()
    qtbot.waitUntil(lambda: bool(later), timeout=10_000)
    assert isinstance(told[0], Cancelled)
    assert isinstance(later[0], Cancelled)


def test_a_job_that_is_dropped_tells_nothing(follow, qtbot, engine):
    engine.gate.clear()
    job, told = follow()
    job.drop()
    engine.gate.set()
    qtbot.wait(200)
    assert told == []


def test_a_failure_is_the_engines_sentence(follow, qtbot, engine):
    engine.refusal = "cue 1m1 is too short"
    _, told = follow()
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert isinstance(told[0], HitpointError)
    assert str(told[0]) == "cue 1m1 is too short"


def test_an_engine_that_was_ended_meanwhile(follow, qtbot, engine):
    engine.events = lambda job_id: iter([("end", {"state": "interrupted", "error": None})])
    _, told = follow()
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert isinstance(told[0], EngineGone)
