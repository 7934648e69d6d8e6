"""The host: what it can do is what is shown; reading, writing, following, failing."""

import json
import threading
from fractions import Fraction
from pathlib import Path

import pytest

from hitpoint.model.errors import HitpointError, OutputError
from hitpoint.model.time import FrameRate
from hitpoint_panel.host_actions import written_sentence
from hitpoint_panel.host_score import score_markers, score_to_write, whole_frame
from hitpoint_panel.hosts import HostChange, HostCut, WriteReport

LIMIT_MS = 20_000
ALL = frozenset({"read", "write", "remove", "follow", "playhead"})


class FakeHost:
    """A host with a timeline in it; `opened_in` is the thread of every call."""

    def __init__(self, cut_path, abilities=ALL) -> None:
        self.title, self.abilities = "Fake Resolve 19", abilities
        self.cut_path = cut_path
        self.threads: set[threading.Thread] = set()
        self.written: list = []
        self.changes: list[HostChange] = []
        self.playhead = 0
        self.sought: list[int] = []
        self.failure = ""
        self.is_closed = False

    def _come(self) -> None:
        self.threads.add(threading.current_thread())
        if self.failure:
            raise HitpointError(self.failure)

    def read(self, folder):
        self._come()
        return HostCut(
            otio_path=self.cut_path, name="reel", timeline_id="t1", rate=FrameRate(24), start_timecode_frame=86400,
            markers=None, subtitles_path=None, revision="r1",
        )  # fmt: skip

    def write(self, score):
        self._come()
        self.written.append(score)
        return WriteReport(
            tracks=tuple(track.name for track in score.tracks), markers=len(score.markers), is_verified=True,
            timeline_name="reel copy" if score.on_duplicate else "",
        )  # fmt: skip

    def remove_score(self):
        self._come()
        return 5

    def poll(self):
        self._come()
        return self.changes.pop() if self.changes else None

    def playhead_frame(self):
        return self.playhead

    def set_playhead_frame(self, frame):
        self.playhead = frame
        self.sought.append(frame)
        return True

    def close(self):
        self.is_closed = True


def sentences(window):
    return [banner.notice.sentence for banner in window.parts.banners.banners]


@pytest.fixture
def host(cut_path):
    return FakeHost(cut_path)


@pytest.fixture
def hosted(make_window, host, qtbot, tmp_path):
    window = make_window(open_host=lambda: host, folder=tmp_path / "exchange")
    window.host.connect_host()
    qtbot.waitUntil(lambda: window.document.look is not None and not window.workflow.is_busy, timeout=LIMIT_MS)
    return window


def test_the_hosts_timeline_is_read_and_opened_in_the_background(hosted, host, cut_path):
    assert hosted.document.cut_path == cut_path
    assert threading.main_thread() not in host.threads
    for button in (hosted.parts.header.read, hosted.parts.header.write, hosted.parts.header.remove):
        assert button.isVisible()


def test_what_a_host_cannot_do_is_not_there(make_window, cut_path, qtbot):
    window = make_window(open_host=lambda: FakeHost(cut_path, frozenset({"read"})))
    window.host.connect_host()
    qtbot.waitUntil(lambda: window.parts.header.read.isVisible(), timeout=LIMIT_MS)
    assert not window.parts.header.write.isVisible()
    assert not window.parts.header.remove.isVisible()


def test_a_score_is_put_on_the_timeline_and_taken_off(hosted, host, qtbot):
    hosted.parts.header.write.click()
    assert sentences(hosted) == ["There is no music yet; write the score first"]
    hosted.compose()
    qtbot.waitUntil(lambda: hosted.document.version is not None, timeout=LIMIT_MS)
    hosted.parts.header.write.click()
    qtbot.waitUntil(lambda: bool(host.written), timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: any("looked at again after a save" in said for said in sentences(hosted)), timeout=LIMIT_MS)
    score = host.written[0]
    assert [(t.name, t.start_frame, t.is_enabled) for t in score.tracks[:2]] == [
        ("Hitpoint mix", 0, True),
        ("Hitpoint strings", 0, False),
    ]
    assert score.revision == 1
    assert score.otio_path.name == "reel.scored.otio"
    hosted.parts.header.write.click()
    qtbot.waitUntil(lambda: len(host.written) == 2, timeout=LIMIT_MS)
    assert host.written[1].revision == 2
    hosted.parts.header.remove.click()
    qtbot.waitUntil(lambda: any("Removed 5 things of ours" in said for said in sentences(hosted)), timeout=LIMIT_MS)


def test_on_a_duplicate_where_the_host_can_and_only_there(make_window, cut_path, qtbot, tmp_path):
    host = FakeHost(cut_path, ALL | {"duplicate"})
    window = make_window(open_host=lambda: host, folder=tmp_path / "exchange")
    tick = window.parts.header.on_duplicate
    assert not tick.isVisible()
    window.host.connect_host()
    qtbot.waitUntil(lambda: window.document.look is not None and not window.workflow.is_busy, timeout=LIMIT_MS)
    assert tick.isVisible()
    window.compose()
    qtbot.waitUntil(lambda: window.document.version is not None, timeout=LIMIT_MS)
    tick.click()
    assert window.settings.flag("write_on_duplicate", False)
    window.parts.header.write.click()
    qtbot.waitUntil(lambda: bool(host.written), timeout=LIMIT_MS)
    assert host.written[0].on_duplicate
    qtbot.waitUntil(lambda: any("the timeline reel copy" in said for said in sentences(window)), timeout=LIMIT_MS)
    host.abilities = ALL
    window.parts.header.read.click()
    qtbot.waitUntil(lambda: not tick.isVisible(), timeout=LIMIT_MS)
    window.parts.header.write.click()
    qtbot.waitUntil(lambda: len(host.written) == 2, timeout=LIMIT_MS)
    assert not host.written[1].on_duplicate, "ticked once, but this host cannot"


def test_what_is_written_is_said_as_it_is():
    folder = Path("/films/exchange")
    written = {"tracks": ("Hitpoint mix", "Hitpoint strings"), "markers": 1, "is_verified": True}
    files = (folder / "reel.scored-1.otio", folder / "reel.scored-1.xml", folder / "mix.wav")
    said = written_sentence(WriteReport(**written, files=files))
    assert said == (
        f"Import reel.scored-1.otio or reel.scored-1.xml from {folder}: 2 tracks and 1 marker, all read back and whole"
    )
    said = written_sentence(WriteReport(**written, files=files[2:]))
    assert said == "The score is on the timeline: 2 tracks and 1 marker, looked at again after a save"
    assert "could not be verified" in written_sentence(WriteReport(**{**written, "is_verified": False}))


def test_a_change_in_the_host_is_read_within_two_polls(hosted, host, engine, fake, qtbot):
    engine.markers = fake.cut_markers(shift_frames=24)
    engine.revision, engine.changes = "r2", ["she turns moved"]
    host.changes.append(HostChange(kind="markers", sentence="A marker was moved in Resolve", revision="r2"))
    qtbot.waitUntil(lambda: hosted.document.marker("m2").frame == 144, timeout=LIMIT_MS)


def test_another_timeline_is_offered_and_not_forced(hosted, host, qtbot):
    host.changes.append(HostChange(kind="timeline", sentence="Another timeline is open: reel 2", revision="x"))
    qtbot.waitUntil(lambda: any("reel 2" in said for said in sentences(hosted)), timeout=LIMIT_MS)
    assert [button.text() for button in hosted.parts.banners.banners[0].buttons] == ["Read it"]


def test_the_playhead_follows_both_ways(hosted, host, qtbot):
    host.playhead = 100
    qtbot.waitUntil(lambda: hosted.transport.frame == 100, timeout=LIMIT_MS)
    assert host.sought == []
    hosted.transport.seek(33)
    qtbot.waitUntil(lambda: host.sought == [33], timeout=LIMIT_MS)
    qtbot.wait(600)
    assert hosted.transport.frame == 33


def test_a_host_that_is_not_there_yet_says_what_to_do_and_is_tried_again(make_window, host, qtbot):
    is_there = []

    def open_host():
        if not is_there:
            raise HitpointError("Resolve does not answer; start Hitpoint from its Workspace menu")
        return host

    window = make_window(open_host=open_host)
    window.host.connect_host()
    qtbot.waitUntil(lambda: any("Workspace menu" in said for said in sentences(window)), timeout=LIMIT_MS)
    is_there.append(True)
    window.parts.banners.banners[0].buttons[0].click()
    qtbot.waitUntil(lambda: window.document.look is not None, timeout=LIMIT_MS)


def test_a_host_that_fails_all_the_time_says_so_once(hosted, host, qtbot):
    host.failure = "the project was closed in Resolve; open it again"
    qtbot.waitUntil(lambda: sentences(hosted) == [host.failure], timeout=LIMIT_MS)
    first = hosted.parts.banners.banners[0]
    qtbot.wait(2300)
    assert hosted.parts.banners.banners == [first]


def test_the_host_is_let_go_with_the_window(hosted, host):
    hosted.close()
    assert host.is_closed


# --- the score for a host --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "rate", "frame"),
    [(0, FrameRate(24), 0), (4000, FrameRate(24), 2), (-2000, FrameRate(24), -1), (8008, FrameRate(30000, 1001), 5),
     (1602, FrameRate(30000, 1001), 1)],
)  # fmt: skip
def test_where_a_track_begins(sample, rate, frame):
    assert whole_frame(sample, rate) == frame


def test_a_track_between_two_frames_is_refused():
    with pytest.raises(OutputError, match="begins between two frames"):
        whole_frame(1000, FrameRate(24))


def test_markers_carry_our_identity_and_their_answer(engine):
    version = engine.make_version({})
    markers = score_markers(version["report"], revision=3)
    assert [marker.frame for marker in markers] == [0, 48, 120, 300]
    assert markers[0].name == "1m1 Chase"
    assert json.loads(markers[1].custom_data) == {"product": "hitpoint", "kind": "hit", "id": "h-m1", "revision": 3}
    assert (markers[1].color, markers[1].note) == ("Green", "hit, +1.5 ms")


def test_stems_may_be_what_is_heard(engine, cut_path):
    cut = FakeHost(cut_path).read(None)
    score = score_to_write(
        engine.make_version({}), cut=cut, otio_path=cut_path, revision=1, on_duplicate=True, is_mix_on=False
    )
    assert [track.is_enabled for track in score.tracks] == [False, True, True, True]
    assert score.on_duplicate
    assert Fraction(score.tracks[0].start_frame) == 0
