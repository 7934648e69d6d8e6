import pytest

from hitpoint_panel.player.clock import MachineClock, wrap_s


class Hand:
    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


@pytest.mark.parametrize(
    ("at_s", "start_s", "loop_s", "result"),
    [
        (5.0, 0.0, None, 5.0),
        (3.0, 0.0, (2.0, 4.0), 3.0),
        (4.0, 0.0, (2.0, 4.0), 2.0),
        (9.5, 2.0, (2.0, 4.0), 3.5),
        (9.5, 5.0, (2.0, 4.0), 9.5),  # began behind the loop
    ],
)
def test_round_and_round(at_s, start_s, loop_s, result):
    assert wrap_s(at_s, start_s=start_s, loop_s=loop_s) == pytest.approx(result)


@pytest.mark.parametrize("rate", [1.0, 2.0, -4.0])
def test_it_runs_at_its_rate_and_stands_when_it_is_stopped(rate):
    hand = Hand()
    clock = MachineClock(hand)
    clock.start(10.0, rate=rate, loop_s=None)
    hand.at_s += 0.5
    assert clock.now_s() == pytest.approx(10.0 + 0.5 * rate)
    clock.stop()
    hand.at_s += 7
    assert clock.now_s() == pytest.approx(10.0 + 0.5 * rate)


def test_a_loop_is_kept_forwards_only():
    hand = Hand()
    clock = MachineClock(hand)
    clock.start(3.0, rate=1.0, loop_s=(2.0, 4.0))
    hand.at_s += 1.5
    assert clock.now_s() == pytest.approx(2.5)
    clock.start(3.0, rate=-1.0, loop_s=(2.0, 4.0))
    hand.at_s += 1.5
    assert clock.now_s() == pytest.approx(1.5)
