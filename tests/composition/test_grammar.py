"""Harmonic languages are data that others write; and the way through one is what harmony is made of."""

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hitpoint.composition.grammar import CADENCES, load_languages
from hitpoint.composition.pitch import parse_numeral
from hitpoint.model.errors import SettingError
from hitpoint.model.key import Key
from hitpoint.resources import resources_folder

LANGUAGES = sorted(load_languages())
assert len(LANGUAGES) >= 20

WRONG = [
    ("chords/i/to", ["VIX"], r"\[tense-minor\] \[chords\] \[i\]: to has 'VIX', which is not known"),
    ("chords/i/to", [], r"to must not be empty"),
    ("chords/i/tension", 2, r"tension = 2 must be a number from 0 to 1"),
    ("chords/VIX", {"tension": 0.1, "to": ["i"]}, r"chords has a wrong chord: 'VIX'"),
    ("cadences/full", ["V ix"], r"cadences full has a wrong chord: 'ix'"),
    ("cadences/full", [], r"one of them is empty"),
    ("scale", "blue", r"scale = 'blue' is not known"),
    ("arrival", [], r"arrival must not be empty"),
]
assert WRONG


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_wrong_lines_are_named(
    path: str, value: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = copy.deepcopy(tomllib.loads((resources_folder() / "harmony.toml").read_text())["tense-minor"])
    *way, last = path.split("/")
    place = tables
    for step in way:
        place = place[step]
    place[last] = value
    monkeypatch.setattr("hitpoint.composition.grammar.load_toml", lambda _: {"tense-minor": tables})
    with pytest.raises(SettingError, match=message):
        load_languages.__wrapped__()


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_chord_can_be_reached_from_home_and_is_home_at_some_tension(name: str) -> None:
    language = load_languages()[name]
    known = {chord.numeral: chord for chord in language.chords}
    waiting = [numeral for numeral in language.arrival if numeral in known]
    reached = set(waiting)
    while waiting:
        for follower in known[waiting.pop()].followers:
            if follower not in reached:
                reached.add(follower)
                waiting.append(follower)
    assert reached == set(known)
    tensions = [chord.tension for chord in language.chords]
    assert min(tensions) <= 0.3
    assert max(tensions) >= 0.5
    assert set(language.cadences) == set(CADENCES)
    key = Key(0, language.scale)
    for formula in language.cadences["full"]:
        assert parse_numeral(formula[-1], key).root == key.tonic


def test_tension_asks_for_tenser_chords(score: Callable) -> None:
    def mean_tension(level: float) -> float:
        composition = score("tense", hits=(), tension=level).composition
        known = {
            parse_numeral(chord.numeral, Key(2, "minor")).symbol: chord.tension
            for chord in load_languages()["tense-minor"].chords
        }
        found = [known[chord.symbol] for chord in composition.chords if chord.symbol in known]
        return sum(found) / len(found)

    assert mean_tension(0.1) + 0.15 < mean_tension(0.8)
