"""The picture itself is looked at: every frame of the films says which it is."""

import pytest

from hitpoint.model.time import FrameRate
from hitpoint_panel.player.picture_player import PicturePlayer
from hitpoint_panel.player.shots import ShotMedia, ShotTable
from hitpoint_panel.player.transport import Transport


@pytest.fixture
def player(qtbot, films, number_of):
    """Record frames 0-47 are a's 24-71, 48-95 are b's 100-147, 96-119 are a's 30-53 again."""
    a, b = films
    made = PicturePlayer(wants_sound=False)
    made.seen = []
    made.frame_shown.connect(lambda frame, at: made.seen.append((at, number_of(frame))))
    made.set_shots(
        ShotTable(
            (
                ShotMedia(start_frame=0, end_frame=48, path=a, source_start_s=1.0),
                ShotMedia(start_frame=48, end_frame=96, path=b, source_start_s=100 / 24),
                ShotMedia(start_frame=96, end_frame=120, path=a, source_start_s=30 / 24),
                ShotMedia(start_frame=130, end_frame=140, path=a.with_name("gone.mp4")),
            ),
            FrameRate(24),
        )
    )
    yield made
    made.stop()


def wanted(frame: int) -> int:
    return frame + 24 if frame < 48 else 256 + 100 + frame - 48 if frame < 96 else 30 + frame - 96


@pytest.mark.parametrize("frames", [(0, 1, 47, 48, 95, 96, 13), (119, 60, 2)])
def test_a_frame_that_is_asked_for_is_the_frame_that_is_seen(player, qtbot, frames):
    for frame in frames:
        player.show(frame)
        qtbot.waitUntil(lambda f=frame: bool(player.seen) and player.seen[-1][1] == wanted(f), timeout=10_000)
        assert player.seen[-1][0] == pytest.approx(frame, abs=0.01)


def test_of_many_seeks_in_a_hurry_the_last_is_seen(player, qtbot):
    for frame in range(47):
        player.show(frame)
    qtbot.waitUntil(lambda: bool(player.seen) and player.seen[-1][1] == wanted(46), timeout=10_000)
    qtbot.wait(300)
    assert player.seen[-1][1] == wanted(46)


def test_where_nothing_is_there_is_black_and_a_missing_file_is_named(player, qtbot):
    said = []
    player.is_black.connect(said.append)
    player.show(125)
    player.show(135)
    assert said == ["", "gone.mp4 is not there"]


def test_it_plays_over_the_cuts_on_the_right_frames(player, qtbot):
    transport = Transport(player, sound=None)
    transport.set_cut(FrameRate(24), 120)
    transport.seek(24)
    qtbot.waitUntil(lambda: bool(player.seen) and player.seen[-1][1] == wanted(24), timeout=10_000)
    player.seen.clear()
    transport.play()
    qtbot.waitUntil(lambda: transport.frame >= 110, timeout=30_000)
    transport.pause()
    seen = [(at, number) for at, number in player.seen if at >= 0]
    wrong = [(at, number) for at, number in seen if number != wanted(round(at))]
    assert not wrong, "what is said to be shown is what is seen"
    shots = {0 if at < 48 else 1 if at < 96 else 2 for at, _ in seen}
    assert shots == {0, 1, 2}, "every shot was seen"
    late = sorted(abs(value) for value in player.lateness_s)
    assert late, "lateness was measured"
    assert late[len(late) // 2] < 0.06, "half of the time within a frame and a half, on a busy machine too"


def test_drift_is_mended(player, qtbot):
    """The clock is moved under a picture that plays: it follows."""
    at = [10.0]
    player.show(10)
    qtbot.waitUntil(lambda: bool(player.seen), timeout=10_000)

    def run(seconds: float) -> None:
        from time import perf_counter

        began, start = perf_counter(), at[0]
        while perf_counter() - began < seconds:
            at[0] = start + (perf_counter() - began) * 24
            if at[0] >= 47:
                return
            player.follow(at[0], 1.0)
            qtbot.wait(10)

    run(0.4)
    at[0] += 12  # half a second, at once
    run(0.5)
    settled = [abs(value) for value in list(player.lateness_s)[-5:]]
    assert settled
    assert min(settled) < 0.12


def test_a_broken_film_is_told_once_and_the_rest_plays(qtbot, tmp_path, films):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film at all" * 100)
    player = PicturePlayer(wants_sound=False)
    said, black = [], []
    player.failed.connect(said.append)
    player.is_black.connect(black.append)
    shots = (
        ShotMedia(start_frame=0, end_frame=10, path=broken),
        ShotMedia(start_frame=10, end_frame=20, path=films[0]),
    )
    player.set_shots(ShotTable(shots, FrameRate(24)))
    player.show(0)
    qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    assert "broken.mp4 cannot be played" in said[0]
    player.show(1)
    assert black == ["broken.mp4 is not there"] or black == ["broken.mp4 cannot be played"]
    with qtbot.waitSignal(player.frame_shown, timeout=10_000):
        player.show(12)
    player.stop()
