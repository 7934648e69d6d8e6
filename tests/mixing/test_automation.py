"""Gates and fades of one cue leave the next one alone."""

from __future__ import annotations

import numpy as np

from hitpoint.mixing.automation import automation_of, gain_over
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
