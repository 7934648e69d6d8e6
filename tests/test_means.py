"""The means that a feeling asks for: as listeners rated them, smooth, and quick."""

from __future__ import annotations

import importlib.util
import itertools
from dataclasses import astuple
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint.means import RATINGS, Means, expected_ratings, load_means_model, means_for, wished
from hitpoint.model.errors import SettingError
from hitpoint.resources import resources_folder
from hitpoint.story.mood import NEUTRAL_TENSION

#: (valence, arousal, tension) of each quadrant.
QUADRANTS = {
    "scary": (-0.6, 0.6, 0.6),
    "happy": (0.6, 0.6, 0.3),
    "sad": (-0.6, -0.6, 0.3),
    "peaceful": (0.6, -0.6, 0.1),
}
MIDDLE = means_for(0.0, 0.0)
SIGNED, UNIT = st.floats(-1, 1), st.floats(0, 1)
STEPS = np.linspace(-1, 1, 41)


@pytest.fixture(scope="session")
def fit() -> ModuleType:
    path = resources_folder() / "means" / "fit.py"
    spec = importlib.util.spec_from_file_location("means_fit", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.fixtures
def test_the_table_is_what_the_fit_writes(fixtures: Path, fit: ModuleType) -> None:
    written = (resources_folder() / "means" / "means.toml").read_text(encoding="utf-8")
    assert written == fit.table(fixtures / "annotations" / "music_factors")


@pytest.mark.fixtures
def test_ratings_of_held_out_pieces_are_predicted(fixtures: Path, fit: ModuleType) -> None:
    levels, ratings = fit.load(fixtures / "annotations" / "music_factors")
    r = fit.held_out_r(fit.one_hot(levels), ratings)
    assert r.min() > 0.91
    assert r.mean() > 0.925


def test_no_feeling_asks_for_the_middle() -> None:
    assert (MIDDLE.mode, MIDDLE.pace, MIDDLE.level, MIDDLE.staccato) == pytest.approx((0.0, 0.5, 0.5, 0.5), abs=1e-9)
    assert MIDDLE.register_shift_semitones == pytest.approx(0.0, abs=1e-9)


def test_sad_is_low_slow_soft_dark_legato_and_minor() -> None:
    sad = means_for(*QUADRANTS["sad"])
    assert sad.mode < -0.5
    assert sad.pace < 0.35
    assert sad.staccato < MIDDLE.staccato - 0.05
    assert sad.register_shift_semitones < -0.5
    assert sad.level < MIDDLE.level
    assert sad.brightness < MIDDLE.brightness


def test_scary_is_low_loud_piercing_and_minor() -> None:
    scary = means_for(*QUADRANTS["scary"])
    assert scary.mode < -0.5
    assert scary.level > 0.7
    assert scary.register_shift_semitones < -3
    assert scary.brightness > MIDDLE.brightness + 0.1
    assert scary.pace > 0.6


def test_happy_and_peaceful_are_major_and_high_and_differ_in_pace_and_edge() -> None:
    happy, peaceful = (means_for(*QUADRANTS[name]) for name in ("happy", "peaceful"))
    assert min(happy.mode, peaceful.mode) > 0.5
    assert min(happy.register_shift_semitones, peaceful.register_shift_semitones) > 1
    assert happy.pace > peaceful.pace + 0.3
    assert happy.brightness > peaceful.brightness + 0.3
    assert happy.level > peaceful.level + 0.15


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_the_means_bring_their_quadrant_to_the_top(quadrant: str) -> None:
    model = load_means_model()
    gained = expected_ratings(model, wished(*QUADRANTS[quadrant])) - model.intercepts
    assert RATINGS[int(np.argmax(gained))] == quadrant
    assert gained.max() > 0.8
    rated = expected_ratings(model, wished(*QUADRANTS[quadrant]))
    assert RATINGS[int(np.argmax(rated))] == quadrant


@given(SIGNED, UNIT)
def test_more_arousal_is_faster_and_louder(valence: float, tension: float) -> None:
    found = [means_for(valence, arousal, tension) for arousal in STEPS]
    assert all(b.pace > a.pace for a, b in itertools.pairwise(found))
    assert all(
        b.level > a.level - 0.005 for a, b in itertools.pairwise(found)
    )  # the softest two levels are heard alike
    assert found[-1].level > found[0].level


@given(SIGNED, UNIT)
def test_more_valence_is_more_major_and_higher(arousal: float, tension: float) -> None:
    found = [means_for(valence, arousal, tension) for valence in STEPS]
    assert all(b.mode > a.mode for a, b in itertools.pairwise(found))
    assert all(b.register_shift_semitones > a.register_shift_semitones for a, b in itertools.pairwise(found))


@given(UNIT, SIGNED)
def test_more_tension_is_more_minor_and_louder(valence: float, arousal: float) -> None:
    """Where the scene is not dark already: a sad piece is more surely minor than a scary one."""
    found = [means_for(valence, arousal, tension) for tension in np.linspace(0, 1, 11)]
    assert all(b.mode < a.mode and b.level > a.level for a, b in itertools.pairwise(found))


@given(SIGNED, SIGNED, UNIT)
def test_the_means_move_smoothly_and_stay_in_their_ranges(valence: float, arousal: float, tension: float) -> None:
    here = means_for(valence, arousal, tension)
    lows, highs = (-1, 0, 0, 0, -7, 0), (1, 1, 1, 1, 7, 1)
    assert all(low <= value <= high for low, value, high in zip(lows, astuple(here), highs, strict=True))
    near = (
        means_for(valence, max(-1.0, arousal - 0.02), tension),
        means_for(max(-1.0, valence - 0.02), arousal, tension),
    )
    for there in near:
        moved = np.abs(np.subtract(astuple(here), astuple(there))) / np.subtract(highs, lows)
        assert moved.max() < 0.03


def test_the_inversion_is_the_softmax_over_all_combinations() -> None:
    model = load_means_model()
    names = list(model.positions)
    combinations = np.array(list(itertools.product(*(range(len(model.weights[name])) for name in names))))
    assert len(combinations) == 3600
    ratings = sum(model.weights[name][combinations[:, k]] for k, name in enumerate(names))
    pull = (wished(0.3, -0.7, 0.5) - 0.25) / ratings.std(axis=0)
    likely = np.exp(model.decision * ratings @ pull)
    pace = likely @ model.positions["tempo"][combinations[:, names.index("tempo")]] / likely.sum()
    level = likely @ model.positions["soundlevel"][combinations[:, names.index("soundlevel")]] / likely.sum()
    found = means_for(0.3, -0.7, 0.5)
    assert (found.pace, found.level) == pytest.approx((pace, level))
    assert expected_ratings(model, wished(0.3, -0.7, 0.5)) - model.intercepts == pytest.approx(
        likely @ ratings / likely.sum()
    )


def test_neutral_tension_moves_nothing() -> None:
    assert wished(0.2, 0.1, NEUTRAL_TENSION) == pytest.approx(wished(0.2, 0.1))
    assert wished(0.2, 0.1, 1.0).sum() == pytest.approx(1.0)
    assert isinstance(MIDDLE, Means)


@pytest.mark.parametrize("feeling", [(1.1, 0, 0), (0, -2, 0), (0, 0, -0.1), (float("nan"), 0, 0)])
def test_a_feeling_that_is_none(feeling: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        means_for(*feeling)


def test_a_broken_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "means").mkdir()
    (tmp_path / "means" / "means.toml").write_text("decision = 3\nintercepts = { scary = 1 }\n")
    monkeypatch.setenv("HITPOINT_RESOURCES", str(tmp_path))
    with pytest.raises(SettingError, match=r"means\.toml: a line is missing"):
        load_means_model.__wrapped__()
