"""The screenplay gets its times from the cut."""

from __future__ import annotations

import importlib.util
import random
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from hitpoint.model.cut import Subtitle
from hitpoint.story.placement import place_screenplay
from hitpoint.story.screenplay import Screenplay, ScriptLine

SCENES = (
    (
        "INT. KITCHEN - DAY",
        "Anna cuts the bread.",
        "Where have you been all night long?",
        "I was walking by the river.",
    ),
    ("EXT. RIVER - NIGHT", "A boat drifts past them.", "Look, there is somebody in it.", "Do not go near the water!"),
    ("INT. HOSPITAL - DAY", "Machines hum.", "The doctor says she will live.", "Thank heaven for that."),
    ("EXT. STATION - DAWN", "The train pulls in.", "This is where we say goodbye.", "Write to me every single week."),
)


def script(scenes: tuple[tuple[str, ...], ...] = SCENES) -> Screenplay:
    lines = []
    for heading, action, *spoken in scenes:
        lines += [ScriptLine(kind="heading", text=heading), ScriptLine(kind="action", text=action)]
        lines += [ScriptLine(kind="dialogue", text=text, speaker="ANNA") for text in spoken]
    return Screenplay(path=Path("x.fountain"), lines=tuple(lines))


def spoken(scenes: tuple[tuple[str, ...], ...] = SCENES, *, every_s: float = 30.0) -> list[Subtitle]:
    lines = []
    for number, (_, _, *texts) in enumerate(scenes):
        for place, text in enumerate(texts):
            start_s = Fraction(number * every_s + 10 + 6 * place)
            lines.append(Subtitle(start_s=start_s, end_s=start_s + 3, text=text))
    return lines


def times(placement: object) -> dict[str, float]:
    return {line.line.text: line.start_s for line in placement.lines}  # type: ignore[attr-defined]


def test_all_is_found() -> None:
    placement = place_screenplay(script(), spoken(), duration_s=120.0)
    assert not placement.missing
    assert not placement.missing_scenes
    assert placement.agreement == pytest.approx(1.0)
    found = times(placement)
    assert found["Do not go near the water!"] == 46.0
    assert 19 <= found["A boat drifts past them."] < 40
    assert [scene.scene.place for scene in placement.scenes] == ["KITCHEN", "RIVER", "HOSPITAL", "STATION"]


def test_scenes_start_on_cuts() -> None:
    cuts_s = [21.5, 50.25, 81.0]
    placement = place_screenplay(script(), spoken(), duration_s=120.0, cuts_s=cuts_s)
    assert [scene.start_s for scene in placement.scenes[1:]] == cuts_s


def test_a_scene_that_was_cut_out_is_reported_and_gets_no_time() -> None:
    lines = spoken(SCENES[:1] + SCENES[2:])
    placement = place_screenplay(script(), lines, duration_s=90.0)
    assert [scene.heading for scene in placement.missing_scenes] == ["EXT. RIVER - NIGHT"]
    assert "A boat drifts past them." not in times(placement)
    assert len(placement.missing) == 2


def test_a_line_that_is_not_spoken_gets_no_time() -> None:
    lines = [line for line in spoken() if "doctor" not in line.text]
    placement = place_screenplay(script(), lines, duration_s=120.0)
    assert [line.text for line in placement.missing] == ["The doctor says she will live."]
    assert "The doctor says she will live." not in times(placement)


def test_a_moved_line_is_found_where_it_is() -> None:
    lines = [line for line in spoken() if "doctor" not in line.text]
    lines.append(Subtitle(start_s=Fraction(112), end_s=Fraction(115), text="The doctor says she will live."))
    placement = place_screenplay(script(), lines, duration_s=120.0)
    moved = [line for line in placement.lines if line.is_moved]
    assert [(line.line.text, line.start_s) for line in moved] == [("The doctor says she will live.", 112.0)]


def test_reworded_split_and_shouted_lines_are_found() -> None:
    lines = [
        Subtitle(start_s=Fraction(10), end_s=Fraction(12), text="WHERE HAVE YOU BEEN"),
        Subtitle(start_s=Fraction(12), end_s=Fraction(14), text="THE WHOLE NIGHT LONG?"),
        Subtitle(start_s=Fraction(16), end_s=Fraction(18), text="- I walked along by the river."),
        *spoken()[2:],
    ]
    placement = place_screenplay(script(), lines, duration_s=120.0)
    assert not placement.missing
    assert times(placement)["Where have you been all night long?"] == 10.0


def test_sounds_in_brackets_are_not_dialogue() -> None:
    scenes = (("INT. HALL - DAY", "Wind.", "(howling wind)", "Is anybody there tonight?"),)
    lines = [Subtitle(start_s=Fraction(9), end_s=Fraction(11), text="Is anybody there tonight?")]
    assert not place_screenplay(script(scenes), lines, duration_s=20.0).missing


def test_the_script_of_another_film_is_said_to_be_one() -> None:
    other = [
        Subtitle(start_s=Fraction(5 * k), end_s=Fraction(5 * k + 3), text=text)
        for k, text in enumerate(("Set a course for Saturn.", "Aye, captain.", "What is that sound?", "Shields up!"))
    ]
    placement = place_screenplay(script(), other, duration_s=60.0)
    assert placement.lines == ()
    assert placement.agreement < 0.2
    assert len(placement.missing_scenes) == 4


@pytest.mark.parametrize("kind", ["overlapping", "backwards", "none", "one"])
def test_odd_subtitles(kind: str) -> None:
    lines = spoken()
    if kind == "overlapping":
        lines = [Subtitle(start_s=line.start_s, end_s=line.end_s + 20, text=line.text) for line in lines]
    placement = place_screenplay(
        script(), {"backwards": lines[::-1], "none": [], "one": lines[:1]}.get(kind, lines), duration_s=120.0
    )
    starts = [line.start_s for line in placement.lines]
    assert starts == sorted(starts)
    assert all(0 <= line.start_s <= line.end_s <= 141 for line in placement.lines)


def test_one_scene_of_a_long_script() -> None:
    rng = random.Random(0)
    words = [
        "old",
        "man",
        "sea",
        "house",
        "never",
        "green",
        "door",
        "when",
        "light",
        "why",
        "they",
        "ran",
        "far",
        "away",
    ]
    other = tuple(
        (f"INT. ROOM {n} - DAY", "Silence.", *(" ".join(rng.choices(words, k=9)) for _ in range(4))) for n in range(60)
    )
    placement = place_screenplay(script(other[:30] + SCENES[1:2] + other[30:]), spoken(SCENES[1:2]), duration_s=30.0)
    assert [scene.scene.place for scene in placement.scenes] == ["RIVER"]
    assert len(placement.missing_scenes) == 60


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "alignment.py"
    spec = importlib.util.spec_from_file_location("alignment_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.fixtures
def test_elephants_dream(fixtures: Path, bench: ModuleType) -> None:
    folder = fixtures / "subtitles"
    lines = bench.true_script(folder)
    captions = bench.subtitles_of(folder / "elephants_dream.captions.en.vtt")
    faithful = bench.measured(lines, captions, duration_s=653.0)
    assert np.median(faithful.errors_s) <= 1.5
    assert faithful.dialogue_f1 > 0.98
    for how in ("cut", "moved", "reworded", "all"):
        for seed in range(3):
            result = bench.measured(bench.disturbed(lines, seed, how), captions, duration_s=653.0)
            assert np.median(result.errors_s) <= 3.0
            assert result.invented == 0
    for chapter in range(1, 8):
        gone, left, shifted = bench.without_chapter(lines, captions, chapter)
        result = bench.measured(shifted, left, duration_s=600.0, gone=gone)
        assert result.invented == 0
        assert result.missing_scenes == 1
    other = bench.foreign_lines(fixtures / "scripts", 10_000)
    assert bench.measured(other, captions, duration_s=653.0).invented == 0
