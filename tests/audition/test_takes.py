"""Which takes are made, which are kept, and what the summary makes of them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hitpoint.audition.run import AuditionSettings, audition
from hitpoint.audition.scene import ArcPoint, Scene
from hitpoint.audition.summary import FIGURES, median_lines, medians
from hitpoint.audition.take_folder import kept_take
from hitpoint.audition.takes import Take, choose, choose_takes, take_hash
from hitpoint.model.errors import SettingError
from hitpoint.model.time import FrameRate
from hitpoint.resources import load_palettes


def scene(scene_id: str, *palettes: str, feeling: float = 0.0) -> Scene:
    return Scene(
        id=scene_id,
        title=scene_id,
        listen_for="",
        rate=FrameRate(24),
        duration_s=10,
        palettes=palettes,
        arc=(ArcPoint(at_s=0, valence=feeling, arousal=feeling, tension=0.5),),
    )


def test_each_scene_in_what_suits_it_and_each_palette_at_least_once() -> None:
    palettes = {name: load_palettes()[name] for name in ("tense", "heroic", "sorrowful")}
    takes = choose_takes([scene("a", "tense"), scene("b", "tense", feeling=-0.6)], palettes, every=False)
    assert [take.id for take in takes] == ["a--tense", "a--heroic", "b--tense", "b--sorrowful"]
    assert len(choose_takes([scene("a", "tense"), scene("b", "tense")], palettes, every=True)) == 6


def test_names_are_checked() -> None:
    assert choose((), ("a", "b"), "scene") == ("a", "b")
    assert choose(("b",), ("a", "b"), "scene") == ("b",)
    with pytest.raises(SettingError, match="no scene 'chaise'; did you mean 'chase'"):
        choose(("chaise",), ("chase", "love"), "scene")
    with pytest.raises(SettingError, match="no style 'tenze'"):
        audition(AuditionSettings(out_folder=Path("nowhere"), palettes=("tenze",)))


def test_a_take_is_known_by_all_that_is_heard(tmp_path: Path) -> None:
    font = tmp_path / "font.sf2"
    font.write_bytes(b"one")
    take = Take(scene=scene("a", "tense"), palette=load_palettes()["tense"])
    known = take_hash(take, seed=1, soundfont=font)
    assert known == take_hash(take, seed=1, soundfont=font)
    others = {
        take_hash(take, seed=2, soundfont=font),
        take_hash(replace(take, scene=replace(take.scene, duration_s=11)), seed=1, soundfont=font),
        take_hash(replace(take, palette=replace(take.palette, valence=0.9)), seed=1, soundfont=font),
    }
    font.write_bytes(b"another")
    assert len({known, take_hash(take, seed=1, soundfont=font), *others}) == 5


def test_only_a_whole_take_of_the_same_settings_is_kept(tmp_path: Path) -> None:
    for name in ("mix.m4a", "roll.png", "spectrum.png"):
        (tmp_path / name).touch()
    assert kept_take(tmp_path, "x") is None
    (tmp_path / "take.json").write_text('{"hash": ', encoding="utf-8")
    assert kept_take(tmp_path, "x") is None
    (tmp_path / "take.json").write_text(json.dumps({"hash": "x"}), encoding="utf-8")
    assert kept_take(tmp_path, "x") == {"hash": "x"}
    assert kept_take(tmp_path, "y") is None
    (tmp_path / "roll.png").unlink()
    assert kept_take(tmp_path, "x") is None


def test_medians_are_over_the_takes_that_have_the_figure() -> None:
    takes = [
        {"figures": {"loudness_r": 0.9, "speech_room_db": None, "written": {"longest_literal_run": 2}}},
        {"figures": {"loudness_r": 0.8, "speech_room_db": 3.0, "written": {"longest_literal_run": 4}}},
        {"figures": {"loudness_r": 0.7, "speech_room_db": None, "written": {"longest_literal_run": 5}}},
    ]
    found = medians(takes)
    assert (found["loudness_r"], found["speech_room_db"], found["centroid_r"]) == (0.8, 3.0, None)
    lines = {line[:18].strip(): line.split() for line in median_lines(takes)[1:]}
    assert len(lines) == len(FIGURES)
    assert lines["loudness"][1:] == ["0.80", "0.70", "≥", "0.85", "MISSED"]
    assert lines["room for speech"][-1] == "met"
    assert lines["literal run"][2:4] == ["4", "5"]
    assert lines["brightness"][-1] == "0.5", "no value, no verdict"
