"""Which pictures are looked at: trims, speeds, cuts inside clips, and that a recut looks mostly where it did before."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from hitpoint.perception.eyes.moments import stretches_of

from .conftest import cut_of, shot_of

FILM = Path("/media/a.mp4")


def moments(*args, cuts_s=(), **kwargs):
    return [[m.source_ms for m in s.moments] for s in stretches_of(cut_of(*args, **kwargs), cuts_s)]


def test_three_of_each_shot_and_more_of_a_long_one() -> None:
    assert moments(shot_of(FILM, 0, (0, 72), 10)) == [[10500, 11000, 12000]]
    long = moments(shot_of(FILM, 0, (0, 24 * 20), 0), frames=480)[0]
    assert [moment // 4000 for moment in long] == [0, 1, 2, 3, 4]


def test_a_glimpse_is_looked_at_once() -> None:
    assert moments(shot_of(FILM, 0, (0, 6), 10.2)) == [[10325]]


def test_a_trim_of_some_frames_looks_where_it_did_before() -> None:
    anew = 0
    for start in range(5, 45):
        before = set(moments(shot_of(FILM, 0, (0, 96), start / 4))[0])
        for frames in (1, 3, 6):
            anew += len(set(moments(shot_of(FILM, 0, (0, 96 - frames), start / 4 + frames / 24))[0]) - before)
            anew += len(set(moments(shot_of(FILM, 0, (0, 96 - frames), start / 4))[0]) - before)
        assert set(moments(shot_of(FILM, 0, (100, 196), start / 4))[0]) == before
    assert anew <= 0.15 * 40 * 6 * 3  # of all that trims look at


@pytest.mark.parametrize(
    ("speed", "expected"),
    [(Fraction(2), (10, 16)), (Fraction(-1), (7, 10)), (Fraction(1, 2), (10, 11.5)), (Fraction(-2), (4, 10))],
)
def test_a_retimed_clip_is_looked_at_where_it_is_seen(speed: Fraction, expected: tuple[float, float]) -> None:
    (stretch,) = stretches_of(cut_of(shot_of(FILM, 0, (0, 72), 10, speed)), ())
    assert all(expected[0] <= moment.source_ms / 1000 <= expected[1] for moment in stretch.moments)
    for moment in stretch.moments:  # what a moment shows lies in the seconds that it stands for
        shown_s = float((Fraction(moment.source_ms, 1000) - 10) / speed)
        assert moment.start_s <= shown_s <= moment.end_s
    assert stretch.moments[0].start_s == 0
    assert stretch.moments[-1].end_s == 3


def test_a_freeze_is_one_picture() -> None:
    assert moments(shot_of(FILM, 0, (0, 72), 10.3, Fraction(0))) == [[10300]]


def test_cuts_inside_a_clip_make_stretches_of_their_own() -> None:
    stretches = stretches_of(cut_of(shot_of(FILM, 0, (0, 120), 10)), (0.0, 2.0, 5.0))
    assert [(s.start_s, s.end_s) for s in stretches] == [(0, 2), (2, 5)]
    assert max(m.source_ms for m in stretches[0].moments) < 12000 < min(m.source_ms for m in stretches[1].moments)
