"""The readers of human scores, and the figures of some that everybody knows."""

import importlib
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from hitpoint.measure.texture_figures import texture_figures
from hitpoint.resources import load_palettes

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def benchmark(name: str) -> ModuleType:
    pytest.importorskip("music21", reason="music21 is not installed")
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def works() -> ModuleType:
    return benchmark("human_works")


@pytest.fixture(scope="module")
def scores() -> ModuleType:
    return benchmark("human_scores")


@pytest.mark.fixtures
def test_a_symphony_with_its_main_voice(fixtures: Path, works: ModuleType, scores: ModuleType) -> None:
    (work,) = (each for each in works.fixture_works(fixtures) if each.name == "Beethoven_Op.92_2")
    texture = scores.read_work(work)
    assert (len(texture.voices), texture.bars) == (19, 278)
    assert texture.duration_s == pytest.approx(556 * 60 / 76)
    first, second = texture.melody[:2]
    assert first[0].onset_beats == 0  # the oboe's held chord, then the violas' long-short-short
    assert [note.duration_beats for note in second[:5]] == [1, Fraction(1, 2), Fraction(1, 2), 1, 1]
    assert {note.pitch_midi for note in second[:5]} == {52}
    assert scores._from_json(scores._to_json(texture)) == texture.__class__(
        voices=texture.voices,
        bar_lines_beats=texture.bar_lines_beats,
        bar_lines_s=tuple(round(seconds, 4) for seconds in texture.bar_lines_s),
        melody=texture.melody,
    )
    cuts = scores.excerpts(texture)
    assert len(cuts) == scores.EXCERPTS_PER_WORK
    for cut in cuts[::3]:
        figures = texture_figures(cut)
        assert 45 < cut.duration_s < 65
        assert 1.5 < figures.pitch_class_entropy_bits < 3.58
        assert 0.6 < figures.chord_fit <= 1.0
        assert figures.range_faults_per_100_notes == 0.0
    # the Allegretto is known for its repeated notes
    assert texture_figures(cuts[0]).repeat_share > 0.4


@pytest.mark.parametrize(("name", "voices", "bars"), [("bach/bwv846", 2, 34), ("mozart/k155/movement2", 4, 50)])
def test_the_corpus(works: ModuleType, scores: ModuleType, name: str, voices: int, bars: int) -> None:
    (work,) = (each for each in works.corpus_works() if each.name == name)
    texture = scores.read_work(work)
    assert (len(texture.voices), texture.bars) == (voices, bars)
    figures = texture_figures(texture)
    assert 2.0 < figures.pitch_class_entropy_bits < 3.58
    assert 0.7 < figures.chord_fit < 1.0
    assert figures.parallels_per_100_changes < 8


def test_chorales_are_what_they_are_known_for(works: ModuleType, scores: ModuleType) -> None:
    chosen = [each for each in works.corpus_works() if each.group == "chorale"][:5]
    figures = [texture_figures(scores.read_work(work)) for work in chosen]
    assert len(figures) == 5
    assert np.median([each.step_share for each in figures]) > 0.5
    assert np.median([each.leap_share for each in figures]) < 0.1
    assert np.median([each.parallels_per_100_changes for each in figures]) < 7
    assert all(3 <= each.pitches_at_once <= 5 for each in figures)


def test_our_cue_is_a_texture() -> None:
    bench = benchmark("human_music")
    palette = load_palettes()["tense"]
    written = bench.random_score(palette, np.random.default_rng(3), 40.0, 3).composition
    texture = bench.our_texture(written)
    assert texture.duration_s is not None
    assert 35 < texture.duration_s < 50
    assert sum(len(voice.notes) for voice in texture.voices) == sum(len(part.notes) for part in written.parts)
    by_role = {part.id: part.role for part in written.parts}
    assert not any(voice.is_pitched for voice in texture.voices if by_role[voice.name] in ("impact", "riser"))
    assert texture.melody
    figures = texture_figures(texture)
    assert figures.range_faults_per_100_notes == 0.0
    assert figures.chord_tone_share is not None
    assert figures.chord_tone_share > 0.7


def test_groups_weigh_the_same() -> None:
    bench = benchmark("human_music")
    empty = {name: [] for name in bench.NAMES}
    few = bench.Side(columns=empty | {"span_semitones": [10.0] * 4}, moves={}, values={})
    many = bench.Side(columns=empty | {"span_semitones": [30.0] * 100}, moves={}, values={})
    low, high = bench.human_range({"orchestral": few, "chamber": many}, "tense", "span_semitones")
    assert (low, high) == (10.0, 30.0)
    assert bench.human_range({"orchestral": few, "chamber": many}, "tense", "notes_per_s") is None


def test_the_table_marks_what_lies_outside() -> None:
    bench = benchmark("human_music")
    columns = {name: [1.0, 2.0, 3.0] for name in bench.NAMES}
    human = {group: bench.Side(columns=columns, moves={}, values={}) for group in bench.GROUPS}
    ours = {"tense": bench.Side(columns=columns | {"step_share": [4.0], "leap_share": []}, moves={}, values={})}
    lines = {line.split()[0]: line for line in bench.table(human, ours)[1:]}
    assert lines["step_share"].endswith("4*")
    assert lines["repeat_share"].endswith("2 ")
    assert lines["leap_share"].endswith("- ")
    (far,) = bench.outside(human, ours)
    assert "step_share" in far
    assert "0% inside" in far
    assert bench.asked(ours)[0] == "parallels_per_100_changes at most 1: no: tense 2"
    assert "100%" in next(line for line in bench.share_inside(human, ours) if line.startswith("repeat_share"))
