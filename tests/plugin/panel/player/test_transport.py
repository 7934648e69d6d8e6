import pytest

from hitpoint.model.time import FrameRate
from hitpoint_panel.player.transport import Transport


class Screen:
    """A picture that only remembers."""

    def __init__(self) -> None:
        self.shown, self.followed = [], []

    def show(self, frame):
        self.shown.append(frame)

    def follow(self, frame, rate):
        self.followed.append((frame, rate))

    def stop(self):
        pass


class HandClock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.at_s, self.started = 0.0, []

    def start(self, at_s, *, rate, loop_s):
        self.at_s = at_s
        self.started.append((at_s, rate, loop_s))

    def stop(self):
        pass

    def now_s(self):
        return self.at_s


@pytest.fixture
def transport(qtbot):
    made = Transport(Screen(), sound=HandClock())
    made.set_cut(FrameRate(25), 100)
    yield made
    made.close()


def test_the_sound_card_is_the_clock_at_real_time_only(transport):
    sound = transport._sound
    transport.play()
    assert sound.started == [(0.0, 1.0, None)]
    transport.shuttle(1)
    assert (transport.rate, len(sound.started)) == (2.0, 1)


def test_position_follows_the_clock_and_pausing_stands_on_the_frame_that_is_seen(transport, qtbot):
    transport.play()
    transport._sound.at_s = 1.034  # frame 25.85
    qtbot.waitUntil(lambda: transport.frame == pytest.approx(25.85), timeout=5000)
    transport.pause()
    assert transport.frame == 25
    assert transport._picture.shown[-1] == 25


def test_it_stops_at_the_end_and_begins_anew(transport, qtbot):
    transport.seek(90)
    transport.play()
    transport._sound.at_s = 4.2
    qtbot.waitUntil(lambda: not transport.is_playing, timeout=5000)
    assert transport.frame == 99
    transport.play()
    assert transport._sound.started[-1][0] == 0.0


@pytest.mark.parametrize(
    ("presses", "rate"),
    [([1], 1), ([1, 1], 2), ([1] * 9, 8), ([-1], -1), ([-1, -1, -1], -4), ([1, 1, -1], -1)],
)
def test_jkl(transport, presses, rate):
    transport.seek(50)
    for direction in presses:
        transport.shuttle(direction)
    assert transport.rate == rate
    transport.pause()
    assert transport.rate == 0


def test_steps_and_bounds(transport):
    transport.step(1)
    transport.step(1)
    transport.step(-1)
    assert transport.frame == 1
    transport.step(-10)
    assert transport.frame == 0
    transport.seek(10_000)
    assert transport.frame == 99


def test_a_loop_is_played_from_its_beginning(transport):
    transport.seek(80)
    transport.set_loop((25, 50))
    transport.play()
    assert transport._sound.started[-1] == (1.0, 1.0, (1.0, 2.0))
    transport.pause()
    transport.seek(30)
    transport.play()
    assert transport._sound.started[-1][0] == pytest.approx(1.2)


def test_a_shorter_cut_takes_playhead_and_loop_along(transport):
    transport.seek(90)
    transport.set_loop((60, 95))
    transport.set_cut(FrameRate(25), 50)
    assert transport.frame == 49
    assert transport.loop is None


def test_seeking_while_it_plays_goes_on_from_there(transport):
    transport.play()
    transport.seek(50)
    assert transport.is_playing
    assert transport._sound.started[-1] == (2.0, 1.0, None)


def test_nothing_plays_without_a_cut(qtbot):
    transport = Transport(Screen(), sound=None)
    transport.toggle()
    assert not transport.is_playing
