"""The scenes: ours are sound, and a wrong line is told with file, scene and what to do."""

import re
from pathlib import Path

import numpy as np
import pytest

from hitpoint.audition.excerpts import missing_sentence
from hitpoint.audition.scene import Scene
from hitpoint.audition.scenes import Excerpt, read_scenes, scenes_path
from hitpoint.model.errors import SettingError
from hitpoint.model.spotting import HitKind
from hitpoint.resources import load_palettes

GOOD = """
[stairs]
title = "Down the stairs"
listen_for = "Steps."
palettes = ["tense"]
rate = "29.97"
duration_s = 12.0
arc = [[0, -0.5, -0.5, 0.2], [12, 0.5, 0.5, 0.8]]
hits = [[6.0, "accent", 0.8, "falls"], [9.0, "silence", 0.5]]
dialogue = [[1.0, 2.5]]
"""


def read(folder: Path, text: str) -> tuple[Scene | Excerpt, ...]:
    path = folder / "scenes.toml"
    path.write_text(text, encoding="utf-8")
    return read_scenes(path, palettes=("tense", "heroic"))


def test_ours_are_a_dozen_and_as_different_as_scenes_are() -> None:
    scenes = read_scenes(scenes_path(), palettes=load_palettes())
    written = [scene for scene in scenes if isinstance(scene, Scene)]
    assert len(written) >= 12
    assert len({scene.id for scene in scenes}) == len(scenes)
    assert all(30 <= scene.duration_s <= 60 for scene in written)
    assert {hit.kind for scene in written for hit in scene.hits} == {
        HitKind.ACCENT, HitKind.TURN, HitKind.PEAK, HitKind.SILENCE,
    }  # fmt: skip
    assert {scene.entry for scene in written} == {"downbeat", "sneak"}
    assert {scene.exit for scene in written} == {"button", "ring-out", "fade"}
    assert len({scene.rate for scene in written}) >= 4
    assert any(scene.dialogue_s for scene in written)
    assert any(isinstance(scene, Excerpt) and scene.folder == "resources" for scene in scenes)
    for scene in written:
        assert 2 <= len(scene.palettes) <= 3 or scene.palettes == ("heroic",)


def test_a_scene_becomes_a_cue(tmp_path: Path) -> None:
    (scene,) = read(tmp_path, GOOD)
    assert isinstance(scene, Scene)
    cue = scene.cue(load_palettes()["tense"])
    lead = scene.lead_frames
    assert lead == 30
    assert [(hit.kind.value, hit.frame - lead) for hit in cue.hits] == [
        ("start", 0), ("accent", 180), ("silence", 270), ("out", 360),
    ]  # fmt: skip
    assert (cue.span.start_frame, cue.span.end_frame) == (lead, lead + 360)
    assert cue.brief.palette_id == "tense"
    arc = scene.emotion_arc()
    assert arc.at("tension", float(scene.lead_s) + 6) == pytest.approx(0.5, abs=0.02)
    assert arc.at("arousal", 0.0) == pytest.approx(-0.5)
    assert np.allclose(scene.spoken_record_s, [(2.001, 3.501)])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('title = "Down the stairs"', "", "'title' is missing"),
        ('title = "Down the stairs"', "title = 3", "title = 3 must be a text"),
        ('palettes = ["tense"]', 'palettes = ["tenze"]', "no style 'tenze'; did you mean 'tense'?"),
        ('palettes = ["tense"]', "palettes = []", "at least one style"),
        ('palettes = ["tense"]', 'palettes = "tense"', "must be a list of texts"),
        ('listen_for = "Steps."', 'listen_fro = "Steps."', "unknown line 'listen_fro'; did you mean 'listen_for'?"),
        ('rate = "29.97"', 'rate = "often"', "'often' is not a frame rate"),
        ("duration_s = 12.0", "duration_s = 2.0", "must lie in 5..300"),
        ("duration_s = 12.0", 'duration_s = "long"', "'long' must be a number"),
        ("[12, 0.5, 0.5, 0.8]", "[12, 0.5, 0.5]", "must be [seconds, valence, arousal, tension]"),
        ("[12, 0.5, 0.5, 0.8]", "[12, 0.5, 0.5, 1.8]", "tension in 0..1"),
        ("[12, 0.5, 0.5, 0.8]", "[0, 0.5, 0.5, 0.8]", "must rise"),
        ("[12, 0.5, 0.5, 0.8]", "[13, 0.5, 0.5, 0.8]", "lies outside the scene"),
        ("[6.0,", "[16.0,", "hit at 16 s lies outside the scene"),
        ('"accent"', '"acent"', "did you mean 'accent'?"),
        ('"accent"', '"out"', "starts and ends by itself"),
        ("0.8, \"falls\"", "1.8, \"falls\"", "weight 1.8 must lie in 0..1"),
        ("[9.0, \"silence\", 0.5]", "[9.0]", "must be [seconds, kind, weight, label]"),
        ("[1.0, 2.5]", "[2.5, 1.0]", "is empty or lies outside"),
        ("[1.0, 2.5]", "[1.0]", "must be [start, end]"),
        ("dialogue =", 'entry = "bang"\ndialogue =', "entry is one of downbeat, sneak"),
        ("dialogue =", 'function = "opera"\ndialogue =', "function 'opera' is not one of"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_told(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    with pytest.raises(SettingError, match=r"scenes\.toml: \[stairs\] .*" + re.escape(sentence)):
        read(tmp_path, GOOD.replace(old, new))


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="holds no scene"):
        read(tmp_path, "")


TAKEN = """
[film]
title = "A film"
listen_for = "It."
palettes = ["heroic"]
folder = "fixtures"
cut = "video/film.mov"
from_s = 3.0
to_s = 33.0
"""


def test_a_film_that_is_not_there_is_left_out_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITPOINT_FIXTURES", str(tmp_path))
    (excerpt,) = read(tmp_path, TAKEN)
    assert isinstance(excerpt, Excerpt)
    assert re.match(r"film is left out: there is no video/film\.mov in ", missing_sentence(excerpt))
    (tmp_path / "video").mkdir()
    (tmp_path / "video" / "film.mov").touch()
    assert missing_sentence(excerpt) == ""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('folder = "fixtures"', 'folder = "home"', "folder 'home'"),
        ("to_s = 33.0", "to_s = 1.0", "must rise"),
        ("to_s = 33.0", "till_s = 33.0", "unknown line 'till_s'"),
    ],
)
def test_a_wrong_line_of_an_excerpt_is_told(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(SettingError, match=re.escape(sentence)):
        read(tmp_path, TAKEN.replace(old, new))
