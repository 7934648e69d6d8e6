"""Small parts by themselves."""

import socket

import pytest

from hitpoint.service.estimate import SecondsLeft
from hitpoint.service.events import EventLog
from hitpoint.service.layout import Layout
from hitpoint.service.serve import _bound


def test_a_steady_job_is_reckoned_well():
    clock_s = [100.0]
    left = SecondsLeft(lambda: clock_s[0])
    assert left.at(0.0) is None
    for second in range(1, 50):
        clock_s[0] = 100.0 + second
        told = left.at(second / 50)
        assert told == pytest.approx(50 - second, abs=0.11) or second < 1


def test_a_job_that_becomes_slower_takes_longer():
    clock_s = [0.0]
    left = SecondsLeft(lambda: clock_s[0])
    for second in range(1, 11):
        clock_s[0] = float(second)
        before = left.at(second * 0.05)
    for second in range(11, 31):
        clock_s[0] = float(second)
        after = left.at(0.5 + (second - 10) * 0.005)
    assert before == pytest.approx(10.0, abs=0.2)
    assert 20.0 < after < 80.0, "0.4 of the work are left; at 0.005 a second they would take 80 s"


@pytest.mark.parametrize("torn", [b'[3, "prog', b"\xff\xff\n", b"null\n", b'[7, "progress", {}]\n', b"[3, 1, 2]"])
def test_a_line_that_was_cut_off_is_cut_away(tmp_path, torn):
    path = tmp_path / "job" / "events.jsonl"
    log = EventLog(path)
    log.add("progress", {"share": 0.1})
    log.add("progress", {"share": 0.2})
    with path.open("ab") as stream:
        stream.write(torn)
    again = EventLog(path)
    again.add("end", {"state": "interrupted"})
    assert [(event.number, event.name) for event in EventLog(path).after(0)] == [
        (1, "progress"),
        (2, "progress"),
        (3, "end"),
    ]


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a\\b", "0123456789abcdef/", "0123456789abcdef\n", "v1.json", "-v"]
)
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    layout = Layout(tmp_path)
    places = (layout.job, layout.session, layout.upload, lambda version_id: layout.version("0" * 16, version_id))
    for place in places:
        with pytest.raises(ValueError, match="no name of ours"):
            place(name)


def test_small_answers_are_sent_at_once():
    """asyncio sets TCP_NODELAY only on sockets that name their protocol; without it each call took 50 ms, not 5."""
    with _bound(0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.getsockname()[0] == "127.0.0.1"
