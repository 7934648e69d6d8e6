"""NAME.briefs.toml: what is written is read back the same, edits are obeyed exactly, mistakes get one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.cut import Cut, Marker, Shot
from hitpoint.model.errors import OutputError, SettingError
from hitpoint.model.spotting import CUE_FUNCTIONS, Brief, HitKind, Spotting
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.resources import load_palettes
from hitpoint.spotting import SpottingSettings, load_marker_table, spot
from hitpoint.spotting.brief_writer import load_brief_writer, write_spotting_briefs
from hitpoint.spotting.briefs_file import apply_briefs, read_briefs, write_briefs
from hitpoint.spotting.briefs_values import is_proposed
from hitpoint.spotting.instrument_names import instrument_choices, instrument_named
from hitpoint.story import build_arc

PALETTES = load_palettes()
SETTINGS = SpottingSettings(marker_table=load_marker_table(), palettes=PALETTES)
RATE = FrameRate(25)


def marker(name: str, frame: int, *, length: int = 1) -> Marker:
    return Marker(id=f"{name}@{frame}", frame=frame, duration_frames=length, name=name, note="", color="")


def cut_of(*markers: Marker, frames: int = 3000, rate: FrameRate = RATE, start: int = 90_000) -> Cut:
    edges = [*range(0, frames, 75), frames]
    return Cut(
        name="the cut",
        rate=rate,
        start_timecode_frame=start,
        duration_frames=frames,
        shots=tuple(
            Shot(index=i, span=FrameSpan(a, b), name=f"s{i}", media=None) for i, (a, b) in enumerate(pairwise(edges))
        ),
        markers=tuple(sorted(markers, key=lambda m: m.frame)),
    )


def two_cues(*more: Marker, **options: Any) -> Cut:
    """Cues 1m1 at 100..1000 with a hit, and 1m2 at 1500..2500."""
    marks = (
        marker("MUSIC IN", 100), marker("HIT", 600), marker("MUSIC OUT", 1000),
        marker("MUSIC IN", 1500), marker("MUSIC OUT", 2500),
    )  # fmt: skip
    return cut_of(*marks, *more, **options)


def spotted(cut: Cut) -> Spotting:
    arc = build_arc(cut)
    plain = spot(cut, arc, settings=SETTINGS)
    return write_spotting_briefs(plain, writer=load_brief_writer(), cut=cut, arc=arc, settings=SETTINGS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.briefs.toml"


def laid_over(cut: Cut, path: Path, edit: Callable[[str], str] = str, *, spotting: Spotting | None = None) -> Spotting:
    """Write the briefs of a cut, edit the text, and lay the file over the spotting."""
    spotting = spotting or spotted(cut)
    write_briefs(path, spotting.cues, cut=cut, overwrite=True)
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    briefs = read_briefs(path, cut=cut, palettes=PALETTES)
    return apply_briefs(spotting, briefs, cut=cut, arc=build_arc(cut), settings=SETTINGS)


def swap(*pairs: tuple[str, str]) -> Callable[[str], str]:
    def edit(text: str) -> str:
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new, 1)
        return text

    return edit


def spans(spotting: Spotting) -> dict[str, tuple[int, int]]:
    return {cue.number: (cue.span.start_frame, cue.span.end_frame) for cue in spotting.cues}


def assert_every_marker_is_answered(cut: Cut, spotting: Spotting) -> None:
    hits = {hit.marker_id for cue in spotting.cues for hit in cue.hits}
    answered = [answer.marker_id for answer in spotting.answers]
    assert sorted(answered) == sorted(set(answered))
    assert {mark.id for mark in cut.markers} <= hits | set(answered)


# ------------------------------------------------------------------ there and back

RATES = [
    (FrameRate(24), 86_400),
    (FrameRate(25), 0),
    (FrameRate(24000, 1001), 86_400),
    (FrameRate(30000, 1001, drop_frame=True), 107_892),
    (FrameRate(60000, 1001, drop_frame=True), 215_784),
    (FrameRate(120), 432_000),
    (FrameRate(25), 24 * 3600 * 25 - 500),  # over midnight
]


@pytest.mark.parametrize(("rate", "start"), RATES)
@pytest.mark.parametrize("build", [cut_of, two_cues])
def test_unchanged_there_and_back(path: Path, rate: FrameRate, start: int, build: Callable[..., Cut]) -> None:
    cut = build(rate=rate, start=start, frames=6000)
    spotting = spotted(cut)
    assert laid_over(cut, path, spotting=spotting) == spotting


words = st.text(max_size=40)
shares = st.floats(0, 1, allow_subnormal=False)
names = st.lists(st.sampled_from(instrument_choices()), unique=True, max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    brief=st.builds(
        dict,
        palette_id=st.sampled_from(sorted(PALETTES)),
        tempo_bpm=st.floats(60, 140),
        tempo_range_bpm=st.just((55.5, 150.25)),
        key=st.sampled_from(["D minor", "B♭ major", "F♯ dorian"]),
        function=st.sampled_from(["", *CUE_FUNCTIONS]),
        mood=words,
        notes=words,
        theme=words,
        shape=st.sampled_from(["", "builds", "arch"]),
        instruments=names.map(tuple),
        intensity=st.dictionaries(shares, shares, max_size=5).map(lambda d: tuple(sorted(d.items()))),
    ),
    title=words,
)
def test_any_brief_there_and_back(tmp_path_factory: pytest.TempPathFactory, brief: dict[str, Any], title: str) -> None:
    cut = cut_of(marker("HIT", 700))
    spotting = spot(cut, build_arc(cut), settings=SETTINGS)
    cue = replace(spotting.cues[0], brief=Brief(**brief, text="mine", words=("dark",)), title=title)
    given = replace(spotting, cues=(cue,))
    path = tmp_path_factory.mktemp("b") / "x.briefs.toml"
    assert laid_over(cut, path, spotting=given) == given


def test_it_reads_like_a_letter(path: Path) -> None:
    laid_over(two_cues(), path)
    text = path.read_text(encoding="utf-8")
    assert 'in = "01:00:04:00" # 4.000 s' in text
    assert 'accent 0.7 "HIT"' in text
    assert "false leaves this cue out" in text
    assert "[[cue.hit]]" in text, "1m2 has no marker, so hits are proposed"


def test_windows_editors_are_fine(path: Path) -> None:
    spotting = spotted(two_cues())
    write_briefs(path, spotting.cues, cut=two_cues())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert set(read_briefs(path, cut=two_cues(), palettes=PALETTES).entries) == {"1m1", "1m2"}


def test_an_existing_file_is_never_written_over_without_force(path: Path) -> None:
    spotting = spotted(cut_of())
    path.write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        write_briefs(path, spotting.cues, cut=cut_of())
    assert path.read_text() == "mine"
    write_briefs(path, spotting.cues, cut=cut_of(), overwrite=True)
    assert path.read_text() != "mine"
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_a_name_with_half_a_character(path: Path) -> None:
    cut = replace(cut_of(marker("HIT \ud800\x00\x7f\n[x]", 700)), name="a\udc00\x01\x7f b")
    spotting = spotted(cut)
    write_briefs(path, [replace(spotting.cues[0], title="\udfff")], cut=cut)
    assert read_briefs(path, cut=cut, palettes=PALETTES).entries["1m1"].title == "?"


# ------------------------------------------------------------------ edits


def test_edited_lines_are_obeyed(path: Path) -> None:
    lines: dict[str, Any] = {
        "function": "montage", "mood": "proud", "tempo_bpm": 99.5, "key": "f# moll", "shape": "builds",
        "instruments": ["Cello", "French horns", "strings"], "avoid": ["drums", "saxophone"], "theme": "Anna",
        "notes": "hers", "title": "Home", "intensity": [["0%", 0.25], ["01:00:22:00", 1], ["100%", 0]],
    }  # fmt: skip

    def edit(text: str) -> str:
        document = tomlkit.parse(text)
        document["cue"][0].update(lines)  # type: ignore[index, union-attr]
        return tomlkit.dumps(document)

    result = laid_over(two_cues(), path, edit)
    brief = result.cues[0].brief
    assert (brief.function, brief.mood, brief.tempo_bpm, brief.key) == ("montage", "proud", 99.5, "F♯ minor")
    assert brief.instruments == ("celli", "horns", "strings")
    assert brief.avoid == ("percussion", "saxophone")
    assert brief.intensity == ((0.0, 0.25), (0.5, 1.0), (1.0, 0.0))
    assert (brief.shape, brief.theme, brief.notes, result.cues[0].title) == ("builds", "Anna", "hers", "Home")
    assert any("saxophone" in text for text in result.warnings)
    assert result.cues[1] == spotted(two_cues()).cues[1]


def test_a_tempo_outside_its_range_widens_the_range(path: Path) -> None:
    result = laid_over(cut_of(), path, lambda text: _line(text, "tempo_bpm", "200"))
    low, high = result.cues[0].brief.tempo_range_bpm
    assert low < 200 < high


def test_a_deleted_line_follows_the_scene_and_the_style(path: Path) -> None:
    def edit(text: str) -> str:
        text = _line(text, "style", '"sorrowful"')
        gone = ("tempo_bpm", "tempo_range_bpm", "key", "notes")
        return "\n".join(line for line in text.splitlines() if line.split(" =")[0] not in gone) + "\n"

    result = laid_over(cut_of(), path, edit)
    brief = result.cues[0].brief
    assert brief.palette_id == "sorrowful"
    assert brief.tempo_range_bpm == PALETTES["sorrowful"].tempo_range_bpm
    assert brief.key in PALETTES["sorrowful"].tonics
    assert not result.warnings


def test_a_style_with_the_tempo_of_another_is_told(path: Path) -> None:
    result = laid_over(cut_of(), path, lambda text: _line(_line(text, "style", '"sorrowful"'), "tempo_bpm", "140"))
    assert any("usually goes at 54 to 84" in text for text in result.warnings)


def _line(text: str, name: str, value: str) -> str:
    lines = [f"{name} = {value}" if line.startswith(f"{name} = ") else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("shift", [-40, -1, 1, 40])
def test_a_moved_cue_moves_by_as_many_frames(path: Path, shift: int) -> None:
    cut = two_cues()
    edges = {name: cut.timecode(frame) for name, frame in (("in", 100 + shift), ("out", 1000 + shift))}
    edit = swap(
        ('in = "01:00:04:00"', f'in = "{edges["in"]}"'),
        ('out = "01:00:40:00"', f'out = "{edges["out"]}"'),
    )
    before, after = spotted(cut), laid_over(cut, path, edit)
    assert spans(after) == {"1m1": (100 + shift, 1000 + shift), "1m2": (1500, 2500)}
    hits = [(hit.frame, hit.kind) for hit in after.cues[0].hits]
    assert hits == [(100 + shift, HitKind.START), (600, HitKind.ACCENT), (1000 + shift, HitKind.OUT)]
    assert after.cues[0].hits[1] == before.cues[0].hits[1], "the marker stays where it is"
    assert after.cues[1] == before.cues[1]
    assert_every_marker_is_answered(cut, after)
    told = {answer.marker_id: answer.reason for answer in after.answers}
    assert "x.briefs.toml" in told["MUSIC IN@100"]


def test_seconds_are_the_nearest_frame(path: Path) -> None:
    after = laid_over(two_cues(), path, swap(('in = "01:00:04:00"', 'in = "4.59 s"')))
    assert spans(after)["1m1"] == (115, 1000)


def test_a_moved_cue_takes_and_leaves_markers(path: Path) -> None:
    cut = two_cues(marker("HIT late", 1200), marker("d minor", 1250))
    after = laid_over(
        cut, path, swap(('in = "01:00:04:00"', 'in = "700"'.replace("700", cut.timecode(700))),
                        ('out = "01:00:40:00"', f'out = "{cut.timecode(1400)}"'))
    )  # fmt: skip
    assert [hit.marker_id for hit in after.cues[0].hits if hit.marker_id] == ["HIT late@1200"]
    assert [d.value for d in after.cues[0].directions] == ["D minor"]
    assert {a.marker_id: a.verdict.value for a in after.answers}["HIT@600"] == "refused"
    assert_every_marker_is_answered(cut, after)


def test_a_deleted_in_and_out_follow_the_markers(path: Path) -> None:
    cut = two_cues()
    write_briefs(path, spotted(cut).cues, cut=cut)
    text = path.read_text()
    path.write_text("\n".join(line for line in text.splitlines() if not line.startswith(("in =", "out ="))) + "\n")
    recut = cut_of(*(replace(mark, frame=mark.frame + 200) for mark in cut.markers))
    briefs = read_briefs(path, cut=recut, palettes=PALETTES)
    after = apply_briefs(spotted(recut), briefs, cut=recut, arc=build_arc(recut), settings=SETTINGS)
    assert spans(after) == {"1m1": (300, 1200), "1m2": (1700, 2700)}


def test_a_cue_left_out(path: Path) -> None:
    cut = two_cues(marker("ignore", 50))
    after = laid_over(cut, path, swap(("music = true", "music = false")))
    assert list(spans(after)) == ["1m2"]
    assert {a.marker_id: a.reason for a in after.answers}["HIT@600"] == "x.briefs.toml leaves 1m1 out"
    assert_every_marker_is_answered(cut, after)


def test_an_added_cue_is_filled_in(path: Path) -> None:
    cut = two_cues(marker("HIT outside", 2800))
    extra = '\n[[cue]]\nnumber = "1m9"\nin = "01:01:44:00"\nout = "01:01:58:00"\n'
    after = laid_over(cut, path, lambda text: text + extra)
    assert list(spans(after)) == ["1m1", "1m2", "1m9"]
    new = after.cues[2]
    assert new.span == FrameSpan(2600, 2950)
    assert new.brief.palette_id in PALETTES
    assert new.brief.function
    assert [(hit.frame, hit.kind.value) for hit in new.hits] == [(2600, "start"), (2800, "accent"), (2950, "out")]
    assert after.cues[:2] == spotted(cut).cues
    assert_every_marker_is_answered(cut, after)


def test_an_added_cue_in_a_style(path: Path) -> None:
    extra = '\n[[cue]]\nnumber = "1m9"\nin = "01:01:44:00"\nout = "01:01:58:00"\nstyle = "heroic"\n'
    new = laid_over(two_cues(), path, lambda text: text + extra).cues[2]
    assert new.brief.tempo_range_bpm == PALETTES["heroic"].tempo_range_bpm


def test_a_cue_that_is_not_in_the_file_is_told(path: Path) -> None:
    after = laid_over(two_cues(), path, lambda text: text[: text.rindex("[[cue]]")])
    assert after.cues == spotted(two_cues()).cues
    assert any("1m2" in text and "not in x.briefs.toml" in text for text in after.warnings)


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(
        st.sampled_from(["HIT", "turn", "silence", "soft", "MUSIC IN", "MUSIC OUT", "button", "sad", "ignore"]),
        max_size=8,
    ),
    frames=st.lists(st.integers(0, 2999), min_size=8, max_size=8),
    start=st.integers(0, 2900),
    length=st.integers(25, 3000),
    is_left_out=st.booleans(),
)
def test_any_move_keeps_the_contract(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    frames: list[int],
    start: int,
    length: int,
    is_left_out: bool,
) -> None:
    """Every marker has one answer, hits are sorted and inside their cue, whatever is moved or left out."""
    marks = {frame: marker(name, frame) for name, frame in zip(names, frames, strict=False)}
    cut = cut_of(*marks.values())
    end = min(start + length, 3000)
    one = '[[cue]]\nnumber = "1m1"\n'
    text = one + 'music = false\n[[cue]]\nnumber = "9m9"\n' if is_left_out else one
    path = tmp_path_factory.mktemp("b") / "x.briefs.toml"
    path.write_text(text + f'in = "{cut.timecode(start)}"\nout = "{cut.timecode(end)}"\n')
    briefs = read_briefs(path, cut=cut, palettes=PALETTES)
    try:
        after = apply_briefs(spotted(cut), briefs, cut=cut, arc=build_arc(cut), settings=SETTINGS)
    except SettingError:  # it now overlaps another cue
        return
    assert_every_marker_is_answered(cut, after)
    for cue in after.cues:
        places = [hit.frame for hit in cue.hits]
        assert places == sorted(set(places))
        assert (places[0], places[-1]) == (cue.span.start_frame, cue.span.end_frame)


# ------------------------------------------------------------------ hits


def test_proposed_hits_are_used_and_dropped(path: Path) -> None:
    cut = cut_of()
    before = spotted(cut)
    proposed = [hit for hit in before.cues[0].hits if is_proposed(hit)]
    assert len(proposed) > 1
    after = laid_over(cut, path, swap(("use = true", "use = false")))
    assert [hit for hit in after.cues[0].hits if is_proposed(hit)] == proposed[1:]


def test_a_hit_of_ones_own(path: Path) -> None:
    own = '\n[[cue.hit]]\nat = "01:01:20:07"\nkind = "peak"\nweight = 0.9\nreason = "she turns"\n'
    hits = laid_over(two_cues(), path, lambda text: text + own).cues[1].hits
    mine = next(hit for hit in hits if hit.frame == 80 * 25 + 7)
    assert (mine.kind, mine.weight, mine.label, mine.is_hard) == (HitKind.PEAK, 0.9, "she turns", True)
    assert [hit.frame for hit in hits] == sorted(hit.frame for hit in hits)


def test_the_editors_marker_wins(path: Path) -> None:
    cut = two_cues(marker("HIT mine", 2000))
    own = '\n[[cue.hit]]\nat = "01:01:20:00"\nkind = "turn"\nweight = 1.0\n'
    after = laid_over(cut, path, lambda text: text + own)
    assert after.cues == spotted(cut).cues
    assert any("gives way" in text for text in after.warnings)


def test_hits_outside_a_moved_cue_are_told(path: Path) -> None:
    cut = cut_of()
    out = cut.timecode(cut.duration_frames)
    after = laid_over(cut, path, swap((f'out = "{out}"', 'out = "01:00:20:00"')))
    assert all(hit.frame <= 500 for hit in after.cues[0].hits)
    assert any("lies outside the cue" in text for text in after.warnings)


# ------------------------------------------------------------------ mistakes

CUE = '[[cue]]\nnumber = "1m1"\n'
MISTAKES = [
    ("x = [", "not a valid TOML"),
    ("[cue]\nnumber = '1m1'", r"\[\[cue\]\]"),
    ("[[cues]]\n", "did you mean 'cue'"),
    ("[cut]\nrate = '24 fps'", "written at 24 fps and the cut runs at 25 fps"),
    ("[cut]\nnam = 'x'", "did you mean 'name'"),
    ("[[cue]]\ntitle = 'x'", "cue 1: number"),
    ("[[cue]]\nnumber = 'first'", "cue number such as"),
    (CUE + CUE, "cue 1m1: its number is given twice"),
    (CUE + "temp_bpm = 100", "cue 1m1: there is no line 'temp_bpm' here; did you mean 'tempo_bpm'"),
    (CUE + "style = 'tens'", "cue 1m1: style: there is no 'tens'; did you mean 'tense'"),
    (CUE + "style = 3", "words in quotes"),
    (CUE + "function = 'chas'", "did you mean 'chase'"),
    (CUE + "shape = 'build'", "did you mean 'builds'"),
    (CUE + "key = 'D minr'", "did you mean 'D minor'"),
    (CUE + "key = 'x in D minor'", "is not a key"),
    (CUE + "tempo_bpm = 300", "must lie between 30 and 280"),
    (CUE + "tempo_bpm = '120'", "without quotes"),
    (CUE + "tempo_bpm = nan", "must be a number"),
    (CUE + "tempo_bpm = inf", "must lie between"),
    (CUE + "tempo_bpm = " + "9" * 400, "must lie between"),
    (CUE + "tempo_bpm = true", "must be a number"),
    (CUE + "tempo_range_bpm = [120, 80]", "slower tempo first"),
    (CUE + "tempo_range_bpm = 80", "two tempi"),
    (CUE + "instruments = ['trumpetts']", "did you mean 'trumpets'"),
    (CUE + "instruments = 'piano'", "list of words"),
    (CUE + "instruments = ['piano']\navoid = ['piano']", "wanted and avoided"),
    (CUE + "intensity = 3", "must be a list"),
    (CUE + "intensity = [['0%', 2]]", "between 0 and 1"),
    (CUE + "intensity = [['200%', 1]]", "between 0 and 100"),
    (CUE + "intensity = [[0.5, 1]]", "must be a point"),
    (CUE + "intensity = [['half', 1]]", "not a timecode"),
    (CUE + "music = 'no'", "true or false"),
    (CUE + "in = 12", "in quotes"),
    (CUE + "in = 01:00:10", "in quotes"),
    (CUE + "in = '01:00:10:25'", "not a timecode at 25 fps"),
    (CUE + "in = '00:59:59:24'", "lies outside the cut, which runs from 01:00:00:00 to 01:02:00:00"),
    (CUE + "out = '120.1 s'", "lies outside the cut"),
    (CUE + "in = '01:00:20:00'\nout = '01:00:20:00'", "does not come after"),
    (CUE + "[[cue.hit]]\nkind = 'peak'", "needs a moment"),
    (CUE + "[[cue.hit]]\nat = '1 s'\nkind = 'start'", "there is no 'start'"),
    (CUE + "[[cue.hit]]\nat = '1 s'\nwight = 1", "did you mean 'weight'"),
    (CUE + "[[cue.hit]]\nat = '1 s'\nweight = 7", "between 0 and 1"),
    (CUE + "hit = 3", r"\[\[cue.hit\]\]"),
    ("cue = " + "[" * 5000, "not a valid TOML"),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES)
def test_a_mistake_is_one_sentence(path: Path, text: str, sentence: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=sentence) as caught:
        read_briefs(path, cut=cut_of(), palettes=PALETTES)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1


ONE = '[[cue]]\nnumber = "1m1"\n'
TOGETHER = [
    (ONE + "music = false", "leaves every cue out"),
    (ONE + "in = '01:00:00:00'\nout = '01:00:00:20'", "lasts less than 1 s"),
    (ONE + "\n[[cue]]\nnumber = '1m2'\nin = '1 s'\nout = '9 s'", "cue 1m2: it starts at 01:00:01:00, before 1m1 ends"),
    (ONE + "\n[[cue]]\nnumber = '1m2'\nin = '1 s'", "needs in and out"),
    (ONE + "intensity = [['50%', 1], ['20%', 1]]", "one after the other"),
    (ONE + "out = '20 s'\nintensity = [['30 s', 1]]", "outside the cue"),
    (ONE + "[[cue.hit]]\nat = '9 s'\n[[cue.hit]]\nat = '01:00:09:00'", "two hits at 01:00:09:00"),
]


@pytest.mark.parametrize(("text", "sentence"), TOGETHER)
def test_cues_that_do_not_go_together(path: Path, text: str, sentence: str) -> None:
    cut = cut_of()
    path.write_text(text, encoding="utf-8")
    briefs = read_briefs(path, cut=cut, palettes=PALETTES)
    with pytest.raises(SettingError, match=sentence):
        apply_briefs(spotted(cut), briefs, cut=cut, arc=build_arc(cut), settings=SETTINGS)


def test_a_missing_and_a_foreign_file(path: Path) -> None:
    with pytest.raises(SettingError, match="there is no briefs file"):
        read_briefs(path, cut=cut_of(), palettes=PALETTES)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingError, match="not UTF-8"):
        read_briefs(path, cut=cut_of(), palettes=PALETTES)


def test_a_cut_of_another_length_is_told(path: Path) -> None:
    write_briefs(path, spotted(cut_of()).cues, cut=cut_of())
    told = read_briefs(path, cut=cut_of(frames=3100), palettes=PALETTES).warnings
    assert any("ends at 01:02:00:00, and it ends at 01:02:04:00 now" in text for text in told)


@pytest.mark.parametrize(
    ("text", "name"), [("Cello", "celli"), ("french horns", "horns"), ("solo_violin", "solo-violin"), ("kazoo", "")]
)
def test_what_people_call_instruments(text: str, name: str) -> None:
    assert instrument_named(text) == name
