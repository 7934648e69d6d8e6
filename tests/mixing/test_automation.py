"""Gates and fades of one cue leave the next one alone."""

from __future__ import annotations

import numpy as np

from hitpoint.mixing.automation import automation_of, gain_over, stand_in, stood_in
from hitpoint.model.music import Performance

RATE = 48_000


def cue(number: str, start_s: float, **more: object) -> Performance:
    given = {
        "cue_number": number,
        "parts": (),
        "start_sample": int(start_s * RATE),
        "length_samples": 10 * RATE,
        "fade_in_samples": 0,
        "fade_out_samples": 0,
        "fade_out_end_sample": 0,
        "silences": (),
    }
    return Performance(**{**given, **more})  # type: ignore[arg-type]


def test_a_silence_at_the_end_of_a_cue_ends_where_the_next_begins() -> None:
    first = cue("1m1", 0, silences=((5 * RATE, 9 * RATE),))
    second = cue("1m2", 6)
    automation, _ = automation_of((first, second), speech=(), duck_db=0)
    gain = gain_over(automation.dry, 0, 12 * RATE)
    assert gain is not None
    assert gain[int(5.5 * RATE)] == 0
    assert np.all(gain[6 * RATE :] == 1)


def test_a_silence_after_the_next_cue_began_is_nothing() -> None:
    first = cue("1m1", 0, silences=((7 * RATE, 9 * RATE),))
    automation, _ = automation_of((first, cue("1m2", 6)), speech=(), duck_db=0)
    assert gain_over(automation.dry, 0, 12 * RATE) is None


def test_after_a_cut_nothing_of_the_cue_is_left() -> None:
    dying = cue("1m1", 0, fade_out_samples=600, fade_out_end_sample=4 * RATE)
    automation, warnings = automation_of((dying,), speech=(), duck_db=0)
    gain = gain_over(automation.wet, 0, 12 * RATE)
    assert not warnings
    assert gain is not None
    assert np.all(gain[: 4 * RATE - 600] == 1)
    assert np.all(gain[4 * RATE : 10 * RATE - 300] == 0), "hall included, until the audio of the cue ends"


def test_what_stands_instead_and_what_it_closes_keep_the_power() -> None:
    kept = ((2 * RATE, 3 * RATE), (9 * RATE, 10 * RATE))
    curve = stand_in(0, 10 * RATE, kept)
    sampled = gain_over([curve], -RATE, 12 * RATE)
    assert sampled is not None
    layer = stood_in(curve, -RATE, 12 * RATE)
    np.testing.assert_allclose(sampled**2 + layer**2, 1.0, atol=1e-5)
    for second, gain in ((-0.5, 1), (0, 0), (1.9, 0), (2.5, 1), (4, 0), (8.9, 0), (9.2, 1), (10.5, 1)):
        assert sampled[int((1 + second) * RATE)] == gain, second


def test_a_patch_at_the_start_is_open_from_before() -> None:
    curve = stand_in(0, 10 * RATE, ((0, RATE),))
    sampled = gain_over([curve], -RATE, 12 * RATE)
    assert np.all(sampled[: int(1.9 * RATE)] == 1)
    assert sampled[3 * RATE] == 0


def test_a_cue_that_is_patched_throughout_is_the_sampled_one() -> None:
    curve = stand_in(0, 10 * RATE, ((0, 10 * RATE),))
    assert not stood_in(curve, 0, 10 * RATE).any()
