"""Holes, crowds and silence, on a few notes."""

from collections.abc import Callable

import numpy as np
import pytest

from hitpoint.audition.voices import asked_silences, crowded, holes, silent_share
from hitpoint.model.music import Composition, Performance

S = 48_000

Played = Callable[..., Performance]


def test_a_hole_is_where_nobody_plays_and_nobody_asked(played: Played) -> None:
    performance = played((0, 3, 60), (2, 4, 64), (5, 7, 60), (7.3, 10, 60))
    found = holes(performance, 0, 10 * S, ())
    assert [(hole.start_s, hole.end_s) for hole in found] == [(4.0, 5.0)]  # 0.3 s is a breath
    assert holes(performance, 0, 10 * S, ((4 * S, 5 * S),)) == []
    assert [(hole.start_s, hole.end_s) for hole in holes(played((2, 9, 60)), S, 10 * S, ())] == [
        (1.0, 2.0),
        (9.0, 10.0),
    ]


def test_four_voices_in_a_low_octave_are_a_crowd(played: Played) -> None:
    low = [36, 40, 43, 47]
    share, where = crowded(played(*((2, 4, pitch) for pitch in low)), 0, 10 * S)
    assert share == pytest.approx(0.2)
    assert [(crowd.start_s, crowd.end_s) for crowd in where] == [(2.0, 4.0)]


@pytest.mark.parametrize(
    "pitches",
    [
        pytest.param([36, 40, 43], id="three voices"),
        pytest.param([36, 40, 43, 43, 43], id="a unison is one voice"),
        pytest.param([36, 43, 48, 55], id="spread over two octaves"),
        pytest.param([60, 62, 64, 65, 67], id="above middle C"),
    ],
)
def test_what_is_no_crowd(played: Played, pitches: list[int]) -> None:
    assert crowded(played(*((2, 4, pitch) for pitch in pitches)), 0, 10 * S)[0] == 0.0


def test_drums_are_no_voices(played: Played) -> None:
    assert crowded(played(*((2, 4, pitch) for pitch in (36, 38, 40, 42)), bank=128), 0, 10 * S)[0] == 0.0


def test_silence_that_was_asked_is_none() -> None:
    audio = np.full((10 * S, 2), 0.1, dtype=np.float32)
    audio[4 * S : 6 * S] = 0.0
    assert silent_share(audio, 0, 0, 10 * S, ()) == pytest.approx(0.2)
    assert silent_share(audio, 0, 0, 10 * S, ((4 * S, 6 * S),)) == 0.0
    assert silent_share(audio[S:], S, 5 * S, 10 * S, ()) == pytest.approx(0.2)


def test_silences_are_asked_by_hits_and_by_the_plan(played: Played, planned: Callable[..., Composition]) -> None:
    asked = asked_silences(planned([0.5, 0.0, 0.5]), played((0, 1, 60), silences=((7 * S, 8 * S),)))
    assert asked == ((round(1.5 * S), 2 * S), (7 * S, 8 * S))
