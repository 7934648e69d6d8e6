"""The screenplay gets its times from the cut."""

from __future__ import annotations

import importlib.util
import random
import sys
import time
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


def shown(*lines: tuple[str, str]) -> Screenplay:
    return Screenplay(
        path=Path("x.fountain"),
        lines=tuple(
            ScriptLine(kind=kind, text=text, speaker="ANNA" if kind == "dialogue" else "") for kind, text in lines
        ),
    )


def said(*lines: tuple[float, float, str]) -> list[Subtitle]:
    return [Subtitle(start_s=Fraction(start), end_s=Fraction(end), text=text) for start, end, text in lines]


def test_short_and_repeated_lines_go_to_their_neighbourhood() -> None:
    script = shown(
        ("heading", "INT. HALL - NIGHT"),
        ("dialogue", "Emo?"),
        ("dialogue", "Watch out!"),
        ("action", "A beam falls."),
        ("dialogue", "Are you hurt?"),
        ("dialogue", "No."),
        ("dialogue", "No!"),
        ("dialogue", "I said no."),
    )
    subtitles = said(
        (5, 6, "EMO?"),
        (7, 8, "[thud]"),
        (8, 9, "PROOG: WATCH OUT!"),
        (20, 23, "- Are you hurt?\n- No."),
        (24, 25, "<i>No!</i>"),
        (30, 31, "I said no."),
    )
    placement = place_screenplay(script, subtitles, duration_s=40.0)
    assert not placement.missing
    assert [line.start_s for line in placement.lines if line.line.text in ("Emo?", "Watch out!", "No!")] == [5, 8, 24]
    assert 20 < next(line.start_s for line in placement.lines if line.line.text == "No.") < 23
    beam = next(line for line in placement.lines if line.line.kind == "action")
    assert (beam.start_s, beam.end_s) == (9.0, 20.0)


def test_lines_without_spaces_between_words_are_found() -> None:
    script = shown(("dialogue", "この場所は何ですか？"), ("action", "She looks."), ("dialogue", "病院へ行きましょう"))
    placement = place_screenplay(
        script, said((1, 2, "この場所は何ですか"), (5, 6, "病院へ行きましょう。")), duration_s=9.0
    )
    assert not placement.missing


def test_exchanged_scenes_take_their_action_with_them() -> None:
    swapped = (SCENES[0], SCENES[2], SCENES[1], SCENES[3])
    placement = place_screenplay(script(), spoken(swapped), duration_s=120.0)
    assert [scene.scene.place for scene in placement.scenes] == ["KITCHEN", "HOSPITAL", "RIVER", "STATION"]
    assert not placement.missing
    found = times(placement)
    assert 19 <= found["Machines hum."] < 40
    assert 49 <= found["A boat drifts past them."] < 70


def test_what_is_described_beside_missing_dialogue_gets_no_time() -> None:
    scenes = (
        SCENES[0],
        ("EXT. RIVER - NIGHT", "A boat drifts past them.", "Look, there is somebody in it."),
        SCENES[2],
    )
    lines = list(script(scenes).lines)
    at = next(place for place, line in enumerate(lines) if line.text.startswith("Look"))
    lines[at:at] = [
        ScriptLine(kind="action", text="He lights a cigarette."),
        ScriptLine(kind="dialogue", text="My uncle had a mule that could count.", speaker="TOM"),
    ]
    long = Screenplay(path=Path("x.fountain"), lines=tuple(lines))
    placement = place_screenplay(long, spoken(scenes), duration_s=90.0)
    assert [line.text for line in placement.missing] == ["My uncle had a mule that could count."]
    assert "He lights a cigarette." not in times(placement)
    # Something else is said in its place: the scene is there.
    instead = [*spoken(scenes), *said((30, 33, "Well, dogs are clever, some of them are."))]
    assert "He lights a cigarette." in times(place_screenplay(long, instead, duration_s=90.0))


def test_a_heading_between_two_lines_goes_to_the_cut_between_them() -> None:
    script = shown(
        ("dialogue", "Where have you been all night?"),
        ("heading", "EXT. RIVER - DAY"),
        ("dialogue", "Do not go near the water."),
    )
    subtitles = said((1, 3, "Where have you been all night?"), (20, 23, "Do not go near the water."))
    placement = place_screenplay(script, subtitles, duration_s=30.0, cuts_s=[2.0, 17.5, 22.0])
    assert placement.scenes[-1].start_s == 17.5
    assert placement.scenes[0].end_s == 17.5


def test_subtitles_beyond_the_cut_are_not_in_it() -> None:
    placement = place_screenplay(script(), spoken(), duration_s=60.0)
    assert all(line.end_s <= 60.0 for line in placement.lines)
    assert [scene.place for scene in placement.missing_scenes] == ["HOSPITAL", "STATION"]


@pytest.mark.parametrize("kind", ["action", "dialogue"])
def test_scripts_of_one_kind(kind: str) -> None:
    lines = tuple(line for line in script().lines if line.kind == kind)
    placement = place_screenplay(Screenplay(path=Path("x.fountain"), lines=lines), spoken(), duration_s=120.0)
    assert len(placement.lines) == (8 if kind == "dialogue" else 0)
    assert not placement.missing


def test_five_megabytes_take_seconds(bench: ModuleType) -> None:
    taken_s, agreement = bench.seconds_for_five_megabytes()
    assert agreement > 0.99
    assert taken_s < 20.0  # 3 s, where this was written


@pytest.mark.parametrize("texts", [["no"] * 30_000, ["you know what i mean"] * 15_000, ["a b c d e f g h"] * 10_000])
def test_repetition_does_not_hang(texts: list[str]) -> None:
    lines = tuple(ScriptLine(kind="dialogue", text=text) for text in texts)
    subtitles = [Subtitle(start_s=Fraction(k), end_s=Fraction(k + 1), text=texts[0]) for k in range(3000)]
    started_s = time.process_time()
    place_screenplay(Screenplay(path=Path("x.fountain"), lines=lines), subtitles, duration_s=3000.0)
    assert time.process_time() - started_s < 10.0


@pytest.mark.fixtures
def test_lines_and_scenes_of_another_film_within_the_script(fixtures: Path, bench: ModuleType) -> None:
    lines = bench.true_script(fixtures / "subtitles")
    captions = bench.subtitles_of(fixtures / "subtitles" / "elephants_dream.captions.en.vtt")
    other = bench.foreign_lines(fixtures / "scripts", len(lines) // 5, name="complete_and_utter_nonsense.fountain")
    for seed in range(3):
        for is_scene in (False, True):
            longer = bench.with_foreign(lines, other, seed, is_scene=is_scene)
            result = bench.measured(longer, captions, duration_s=653.0)
            assert result.invented == 0
            assert result.dialogue_f1 > 0.98
            assert np.median(result.errors_s) <= 3.0
    for chapter in range(1, 7):
        exchanged = bench.with_two_chapters_exchanged(lines, chapter)
        result = bench.measured(exchanged, captions, duration_s=653.0)
        assert result.dialogue_f1 > 0.95
        assert np.median(result.errors_s) <= 3.0


@pytest.mark.fixtures
@pytest.mark.parametrize(
    "name", ["client.fountain", "complete_and_utter_nonsense.fountain", "gitflow_talking_head_de.fountain"]
)
@pytest.mark.parametrize("subtitles", ["elephants_dream.captions.en.vtt", "popeye_p2.srt", "popeye_p3.srt"])
def test_scripts_of_other_films_are_not_placed(fixtures: Path, bench: ModuleType, name: str, subtitles: str) -> None:
    other = bench.foreign_lines(fixtures / "scripts", 10_000, name=name)
    result = bench.measured(other, bench.subtitles_of(fixtures / "subtitles" / subtitles), duration_s=653.0)
    assert result.agreement < 0.1
    assert result.invented == 0
