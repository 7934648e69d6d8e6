"""Keys of a project's cues go together, and keep clear of the music in the scene."""

from itertools import pairwise

import pytest

from hitpoint.composition import plan_cue_keys
from hitpoint.composition.key_plan import _fifths_apart
from hitpoint.composition.pitch import parse_key
from hitpoint.model.spotting import Brief, Cue
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.resources import load_palettes

RATE = FrameRate(25)


def cue(number: int, key: str, start_s: float, end_s: float, *, is_open: bool = True, palette: str = "tense") -> Cue:
    brief = Brief(palette_id=palette, tempo_range_bpm=(80, 120), tempo_bpm=100, key=key, is_key_open=is_open)
    return Cue(
        number=f"1m{number}", title="", span=FrameSpan(round(start_s * 25), round(end_s * 25)), hits=(), brief=brief
    )


def keys(cues: list[Cue], heard: tuple[tuple[float, float, str], ...] = ()) -> list[str]:
    planned = plan_cue_keys(cues, palettes=load_palettes(), heard=heard, rate=RATE)
    return [each.brief.key for each in planned]


def test_neighbours_are_related() -> None:
    found = keys([cue(n, key, 40 * n, 40 * n + 30) for n, key in enumerate(["D minor", "D♭ minor", "D minor"])])
    moves = [(parse_key(b).tonic - parse_key(a).tonic) % 12 for a, b in pairwise(found)]
    assert not {1, 6, 11} & set(moves), found


def test_what_was_asked_for_stays() -> None:
    assert keys([cue(1, "D minor", 0, 30, is_open=False), cue(2, "C♯ minor", 40, 60, is_open=False)]) == [
        "D minor",
        "C♯ minor",
    ]


def test_a_song_in_the_scene_is_not_rubbed_against() -> None:
    alone = keys([cue(1, "D minor", 0, 30)])
    beside = keys([cue(1, "D minor", 0, 30)], heard=((32.0, 60.0, "E major"),))
    far = keys([cue(1, "D minor", 0, 30)], heard=((300.0, 360.0, "E major"),))
    assert alone == far == ["D minor"]
    assert _fifths_apart(parse_key(beside[0]), parse_key("E major")) < _fifths_apart(
        parse_key("D minor"), parse_key("E major")
    )


@pytest.mark.parametrize("heard", [((0.0, 30.0, ""),), ()])
def test_unclear_keys_change_nothing(heard: tuple) -> None:
    assert keys([cue(1, "G minor", 0, 30)], heard=heard) == ["G minor"]
    assert plan_cue_keys((), palettes=load_palettes(), heard=(), rate=RATE) == ()
