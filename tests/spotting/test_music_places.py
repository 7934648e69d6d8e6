"""Where music enters, leaves and stays out, by the craft and against a real composer."""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hitpoint.spotting.music_places import Scenery, load_place_weights, music_wish, place_music

ROOT = Path(__file__).resolve().parents[2]


def scenery(seconds: int = 300, **given: object) -> Scenery:
    """A scene indoors in which people talk all the time and cut every five seconds, unless told otherwise."""
    values: dict[str, object] = {
        "valence": np.zeros(seconds),
        "arousal": np.zeros(seconds),
        "speech": np.ones(seconds),
        "source_music": np.zeros(seconds),
        "exterior": np.zeros(seconds),
        "cuts_s": np.arange(5.0, seconds, 5.0),
        "line_ends_s": np.arange(3.0, seconds, 4.0),
    }
    return Scenery(duration_s=float(seconds), **{**values, **given})  # type: ignore[arg-type]


def montage(first: int = 120, last: int = 180, seconds: int = 300) -> Scenery:
    """The same with a minute out of doors, without a word, that begins on a cut to the mountain."""
    speech, exterior, arousal = np.ones(seconds), np.zeros(seconds), np.zeros(seconds)
    speech[first:last], exterior[first:last], arousal[first:last] = 0.0, 1.0, 0.5
    cuts_s = np.union1d(np.arange(5.0, seconds, 5.0), np.arange(first, last, 2.5))
    changes = ((float(first), 1.0, "the mountain"), (float(last), 1.0, "the house"))
    return scenery(seconds, speech=speech, exterior=exterior, arousal=arousal, cuts_s=cuts_s, changes=changes)


def test_a_scene_of_dialogue_gets_none() -> None:
    assert place_music(scenery()) == ()


def test_a_montage_gets_music_from_its_first_cut_to_its_last() -> None:
    places = place_music(montage())
    assert len(places) == 1
    assert abs(places[0].start_s - 120) <= 3
    assert abs(places[0].end_s - 180) <= 5
    assert places[0].confidence > 0.5


def test_the_reason_is_told() -> None:
    place = place_music(montage())[0]
    assert "mountain" in place.entry_reason or "cut" in place.entry_reason or "line" in place.entry_reason
    assert place.exit_reason


@pytest.mark.parametrize("shift", [0, 7, 40])
def test_what_moves_moves_its_music(shift: int) -> None:
    first, moved = place_music(montage(100, 160)), place_music(montage(100 + shift, 160 + shift))
    assert len(first) == len(moved) == 1
    assert moved[0].start_s - first[0].start_s == pytest.approx(shift, abs=3)


def test_music_never_enters_inside_a_line() -> None:
    speech = np.ones(300)
    speech[np.arange(300) % 10 < 4] = 0.0
    busy = montage()
    for place in place_music(scenery(speech=speech, exterior=busy.exterior, arousal=busy.arousal)):
        if place.start_s > 0:
            assert speech[int(place.start_s)] < 0.6


def test_music_of_the_scene_is_left_alone() -> None:
    songs = np.zeros(300)
    songs[115:190] = 1.0
    base = montage()
    busy = scenery(speech=base.speech, exterior=base.exterior, arousal=base.arousal, source_music=songs)
    assert all(place.end_s <= 116 or place.start_s >= 189 for place in place_music(busy))


def test_more_talk_means_less_music() -> None:
    weights = load_place_weights()
    assert music_wish(scenery(speech=np.zeros(300)), weights).mean() > music_wish(scenery(), weights).mean() + 0.5


def test_nothing_known() -> None:
    nan = np.full(90, np.nan)
    unknown = scenery(
        90, valence=nan, arousal=nan, speech=nan, exterior=nan, cuts_s=np.zeros(0), line_ends_s=np.zeros(0)
    )
    assert np.isfinite(music_wish(unknown, load_place_weights())).all()
    for place in place_music(unknown):
        assert 0 <= place.start_s < place.end_s <= 90


@pytest.mark.parametrize("seconds", [1, 2, 9, 30])
def test_short_cuts(seconds: int) -> None:
    for place in place_music(scenery(seconds, speech=np.zeros(seconds))):
        assert place.end_s - place.start_s >= 4


def test_the_same_twice() -> None:
    assert place_music(montage()) == place_music(montage())


def test_three_hours_take_little_longer_than_nine_times_twenty_minutes() -> None:
    def took_s(seconds: int) -> float:
        long = scenery(seconds, speech=(np.arange(seconds) // 90 % 2).astype(float))
        began = time.perf_counter()
        place_music(long)
        return time.perf_counter() - began

    took_s(300)
    assert took_s(10_800) < 40 * max(0.02, took_s(1_200))


@pytest.mark.fixtures
@pytest.mark.slow
def test_against_a_real_composer(fixtures: Path) -> None:
    """Proposed cues of Forrest Gump, each block of the film spotted by weights that were fitted to the others."""
    sys.path[:0] = [str(ROOT / "resources" / "spotting"), str(ROOT / "benchmarks")]
    try:
        from fit import BLOCKS, fitted, load_film, score_of
        from spotting import as_mask, random_cues, spans  # type: ignore[attr-defined]
    finally:
        del sys.path[:2]
    film = load_film(fixtures / "annotations" / "forrest_gump")
    edges = np.linspace(0, len(film.score), BLOCKS + 1).astype(int)
    held_out: list[tuple[float, float]] = []
    for first, last in itertools.pairwise(edges):
        train = np.ones(len(film.score), bool)
        train[first:last] = False
        for start_s, end_s in spans(place_music(film.scenery, weights=fitted(film, train))):
            low_s, high_s = max(start_s, float(first)), min(end_s, float(last))
            if high_s - low_s > 4:
                held_out.append((low_s, high_s))
    own = score_of(as_mask(held_out, film), film)[2]
    rng = np.random.default_rng(0)
    chance = [score_of(as_mask(random_cues(held_out, film, rng), film), film)[2] for _ in range(200)]
    assert own > np.percentile(chance, 95)
