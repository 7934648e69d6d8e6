"""The mathematics, with vectors set by hand: how likely, how sure, and what it means."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from hitpoint.media import FeatureStore
from hitpoint.model.errors import Cancelled, SettingError
from hitpoint.model.progress import Progress
from hitpoint.perception.eyes.answers import answer, class_vectors
from hitpoint.perception.eyes.questions import load_questions, questions_of
from hitpoint.resources import load_toml, resources_folder

from .conftest import HandmadeEyes

QUESTIONS = load_questions()
EMOTIONS = [choice.name for choice in QUESTIONS.groups["emotion"]]


def answered(store: FeatureStore, *feelings: str, leans: float = 0.3, **others: str):
    eyes = HandmadeEyes(leans=leans)
    vectors = np.stack([eyes.vector_of(feeling, **others) for feeling in feelings])
    return answer(vectors, class_vectors(eyes, QUESTIONS, store), QUESTIONS)


def test_probabilities_are_a_softmax_of_scaled_cosines(store: FeatureStore) -> None:
    told = answered(store, "sad", leans=0.02)
    raised = math.exp(100 * 0.02)
    assert told.choices["emotion"]["sad"] == pytest.approx(raised / (raised + len(EMOTIONS) - 1), rel=1e-5)
    assert sum(told.choices["emotion"].values()) == pytest.approx(1)


def test_the_confidence_is_entropy_times_agreement_times_feeling(store: FeatureStore) -> None:
    told = answered(store, "sad", "sad", "fearful", leans=0.02)
    rows = np.full((2, len(EMOTIONS)), 1.0)
    rows[0, EMOTIONS.index("sad")] = rows[1, EMOTIONS.index("fearful")] = math.exp(2)
    rows /= rows.sum(axis=1, keepdims=True)
    entropy = -(rows[0] * np.log(rows[0])).sum() / math.log(len(EMOTIONS))
    neutral = rows[0, EMOTIONS.index("neutral")]
    assert told.agreement == pytest.approx(3 / 5)  # two of three, by the rule of succession
    assert told.confidence == pytest.approx((1 - entropy) * 3 / 5 * (1 - neutral), rel=1e-4)


def test_more_that_agree_are_surer_and_neutral_says_nothing(store: FeatureStore) -> None:
    one, three = answered(store, "tense"), answered(store, "tense", "tense", "tense")
    torn = answered(store, "tense", "joyful", "sad")
    vague = answered(store, "tense", "tense", "tense", leans=0.005)
    assert torn.confidence < one.confidence < three.confidence
    assert vague.confidence < 0.1 * three.confidence
    assert answered(store, "neutral", "neutral").confidence < 1e-6


@pytest.mark.parametrize(
    ("feeling", "signs"),
    [
        ("exciting", (1, 1, 1)),
        ("fearful", (-1, 1, 1)),
        ("sad", (-1, -1, 0)),
        ("relaxing", (1, -1, -1)),
        ("joyful", (1, 1, -1)),
        ("romantic", (1, -1, -1)),
        ("angry", (-1, 1, 1)),
        ("lonely", (-1, -1, 0)),
    ],
)
def test_each_feeling_lies_in_its_quadrant(store: FeatureStore, feeling: str, signs: tuple[int, int, int]) -> None:
    meaning = answered(store, feeling).meaning
    for name, sign in zip(("valence", "arousal", "tension"), signs, strict=True):
        assert meaning[name] * sign > 0.15 or (sign == 0 and abs(meaning[name]) < 0.15)


def test_scenes_things_and_scale(store: FeatureStore) -> None:
    told = answered(
        store, "sad", setting="outdoors", light="at night", scale="close-up", contains="a horse", aesthetics="beautiful"
    )
    assert told.meaning["exterior"] > 0.99
    assert told.meaning["night"] > 0.99
    assert told.meaning["closeness"] == pytest.approx(0.8, abs=0.01)
    assert told.contains["a horse"] > 0.99
    assert told.contains["a train"] == pytest.approx(0.5)  # as far from it as nothing in particular
    assert told.aesthetics > 0.99
    assert told.choices["place"]["a forest"] == pytest.approx(1 / len(QUESTIONS.groups["place"]))


def test_questions_are_asked_once(store: FeatureStore) -> None:
    eyes = HandmadeEyes()
    first = class_vectors(eyes, QUESTIONS, store)
    asked = eyes.asked
    assert asked > 0
    again = class_vectors(eyes, QUESTIONS, store)
    assert eyes.asked == asked
    assert len(set(QUESTIONS.prompts)) == len(QUESTIONS.prompts)  # no sentence stands for two classes
    assert all(np.array_equal(first.groups[name], again.groups[name]) for name in first.groups)
    assert again.scale == 100.0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("degrees = 135, ", "", "fearful.*missing"),
        ('templates = ["{}"]', 'templates = ["a picture"]', r"\[aesthetics\] templates"),
        ("strength = 0.9, tension = 0.3", "strength = 0.9, tension = 3", "exciting.*ranges"),
        ("neutral    =", "nothing_felt =", "needs a class 'neutral'"),
        ("nothing     =", "naught =", "must be 'nothing'"),
        ("[people]", "[crowds]", "exactly the groups"),
    ],
)
def test_a_wrong_line_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = (resources_folder() / "eyes.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "eyes.toml"
    path.write_text(text.replace(old, new).replace("[people.", "[crowds." if "crowds" in new else "[people."))
    with pytest.raises(SettingError, match=words):
        questions_of(load_toml(path), path)


def test_reading_the_questions_can_be_stopped(store: FeatureStore) -> None:
    eyes = HandmadeEyes()
    with pytest.raises(Cancelled):
        class_vectors(eyes, QUESTIONS, store, Progress(should_stop=lambda: eyes.asked >= 2))
    assert eyes.asked == 2
