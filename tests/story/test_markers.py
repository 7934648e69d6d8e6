"""What an editor's marker means, by its words and its colour; and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint.model.cut import Marker
from hitpoint.model.errors import SettingError
from hitpoint.model.spotting import HitKind
from hitpoint.story import MarkerMeaning, MarkerTable, load_marker_table, read_marker
from hitpoint.story.markers import asks_to_cut


@pytest.fixture(scope="module")
def table() -> MarkerTable:
    return load_marker_table()


def read(table: MarkerTable, text: str, *, color: str = "", note: str = "", length: int = 1) -> MarkerMeaning:
    marker = Marker(id="m", frame=0, duration_frames=length, name=text, note=note, color=color)
    return read_marker(marker, table)


@pytest.mark.parametrize(
    ("text", "kind", "weight", "is_hard"),
    [
        ("", HitKind.ACCENT, 0.5, True),
        ("he sees her", HitKind.ACCENT, 0.5, True),
        ("HIT", HitKind.ACCENT, 0.7, True),
        ("hit: door slams", HitKind.ACCENT, 0.7, True),
        ("HIT !!", HitKind.ACCENT, 0.9, True),
        ("big hit", HitKind.ACCENT, 0.9, True),
        ("hit 0.3", HitKind.ACCENT, 0.3, True),
        ("soft", HitKind.ACCENT, None, False),
        ("soft hit on the look", HitKind.ACCENT, None, False),
        ("HIT ±2 frames", HitKind.ACCENT, 0.7, False),
        ("TURN", HitKind.TURN, 0.6, True),
        ("mood change", HitKind.TURN, 0.6, True),
        ("silence", HitKind.SILENCE, 0.8, True),
        ("music drops out", HitKind.SILENCE, 0.8, True),
        ("climax", HitKind.PEAK, 0.8, True),
        ("Wendepunkt", HitKind.TURN, 0.6, True),
        ("white van", HitKind.ACCENT, 0.5, True),  # no "hit" in it
        ("hits the brakes", HitKind.ACCENT, 0.7, True),
        ("key moment", HitKind.ACCENT, 0.5, True),
        ("A minor setback", HitKind.ACCENT, 0.5, True),
    ],
)
def test_hits(table: MarkerTable, text: str, kind: HitKind, weight: float | None, is_hard: bool) -> None:
    meaning = read(table, text)
    assert (meaning.role, meaning.kind, meaning.is_hard) == ("hit", kind, is_hard)
    assert weight is None or meaning.weight == pytest.approx(weight)
    assert meaning.directions == ()


@pytest.mark.parametrize(
    ("text", "directions"),
    [
        ("tense", (("mood", "tense"),)),
        ("Sad, lonely", (("mood", "sad lonely"),)),
        ("d minor", (("key", "D minor"),)),
        ("Eb major", (("key", "E♭ major"),)),
        ("120 bpm", (("tempo", "120 bpm"),)),
        ("theme: Anna", (("theme", "Anna"),)),
        ("Anna's theme", (("theme", "Anna"),)),
        ("d-Moll", (("key", "D minor"),)),
        ("faster", (("tempo", "faster"),)),
    ],
)
def test_directions(table: MarkerTable, text: str, directions: tuple[tuple[str, str], ...]) -> None:
    meaning = read(table, text)
    assert meaning.role == "direction"
    assert {kind for kind, _ in meaning.directions} == {kind for kind, _ in directions}
    for kind, value in directions:
        found = dict(meaning.directions)[kind]
        assert set(value.split()) <= set(found.replace(",", " ").split()), (found, value)


@pytest.mark.parametrize(
    "text", ["in 120 days", "C", "a sharp knife", "1080p", "take 5", "500 bpm monitor", "A major accident"]
)
def test_words_that_only_look_like_directions(table: MarkerTable, text: str) -> None:
    assert not {kind for kind, _ in read(table, text).directions} & {"key", "tempo"}


@pytest.mark.parametrize(
    ("text", "role", "number"),
    [
        ("MUSIC IN", "music_in", ""),
        ("music_in", "music_in", ""),
        ("Music Out", "music_out", ""),
        ("MX OUT", "music_out", ""),
        ("1m1 in", "music_in", "1m1"),
        ("1m1 Chase out", "music_out", "1m1"),
        ("2m04a in: The bridge", "music_in", "2m04a"),
        ("Musik ein", "music_in", ""),
        ("fin de la musique", "music_out", ""),
        ("MUSIC IN sneak", "music_in", ""),
        ("MUSIC OUT ring out", "music_out", ""),
    ],
)
def test_where_music_begins_and_ends(table: MarkerTable, text: str, role: str, number: str) -> None:
    meaning = read(table, text)
    assert (meaning.role, meaning.number) == (role, number)


def test_how_music_begins_and_ends(table: MarkerTable) -> None:
    assert read(table, "MUSIC IN sneak").entry == "sneak"
    assert read(table, "MUSIC OUT ring out").exit == "ring-out"
    assert read(table, "MUSIC OUT fade").exit == "fade"
    assert read(table, "1m3 Chase in").title == "Chase"


@pytest.mark.parametrize("text", ["music in the background", "I'm in", "the music outside"])
def test_sentences_about_music_are_no_edges(table: MarkerTable, text: str) -> None:
    assert read(table, text).role not in ("music_in", "music_out")


@pytest.mark.parametrize("text", ["ignore", "TODO: fix grade", "no hit here", "VFX shot 12", "ADR", "no music"])
def test_what_is_not_for_the_music(table: MarkerTable, text: str) -> None:
    meaning = read(table, text)
    assert meaning.role == "ignore"
    assert meaning.reason


def test_a_hit_and_a_direction_on_one_marker(table: MarkerTable) -> None:
    meaning = read(table, "TURN: sad")
    assert (meaning.role, meaning.kind) == ("hit", HitKind.TURN)
    assert ("mood", "sad") in meaning.directions
    both = read(table, "HIT soft, d minor")
    assert (both.role, both.is_hard) == ("hit", False)
    assert ("key", "D minor") in both.directions


def test_words_in_the_note_count_and_data_does_not(table: MarkerTable) -> None:
    assert read(table, "door", note="HIT").weight == pytest.approx(0.7)
    assert read(table, "door", note='{"hit": 1}').weight == pytest.approx(0.5)


def test_colours_say_something_where_words_do_not(table: MarkerTable) -> None:
    assert read(table, "", color="RED").weight == pytest.approx(0.8)
    assert read(table, "", color="PURPLE").kind is HitKind.TURN
    assert read(table, "", color="GREEN").weight == pytest.approx(0.5)
    assert read(table, "turn", color="RED").kind is HitKind.TURN


def test_lengths_mean_something(table: MarkerTable) -> None:
    silence = read(table, "silence", length=50)
    assert (silence.kind, silence.is_region) == (HitKind.SILENCE, True)
    assert read(table, "1m1", length=500).role == "music"
    assert read(table, "no music", length=50).kind is HitKind.SILENCE


def test_the_users_own_table(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[words]\naccent = ["bumm"]\n[colors]\nGREEN = { weight = 1.0 }\n')
    table = load_marker_table(path)
    assert read(table, "bumm").weight == pytest.approx(0.7)
    assert read(table, "HIT").weight == pytest.approx(0.5)
    assert read(table, "", color="GREEN").weight == 1.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[wordz]\n", "did you mean 'words'"),
        ('[words]\nacent = ["x"]\n', "did you mean 'accent'"),
        ('[words]\naccent = "x"\n', "wrong form"),
        ("[colors]\nRED = { weight = 7 }\n", "must lie in 0..1"),
        ('[colors]\nRED = { kind = "boom", weight = 1 }\n', "boom"),
        ("not toml", "mine.toml"),
    ],
)
def test_a_table_that_is_wrong_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=words) as caught:
        load_marker_table(path)
    assert "mine.toml" in str(caught.value)


@given(st.text(max_size=60), st.text(max_size=20), st.sampled_from(["", "RED", "what"]), st.integers(1, 200))
def test_any_text_means_something(text: str, note: str, color: str, length: int) -> None:
    meaning = read(load_marker_table_once(), text, note=note, color=color, length=length)
    assert 0 <= meaning.weight <= 1
    assert meaning.tolerance_frames >= 0
    assert meaning.role in ("hit", "direction", "music_in", "music_out", "music", "ignore")
    assert meaning.role != "ignore" or meaning.reason


_TABLES: list[MarkerTable] = []


def load_marker_table_once() -> MarkerTable:
    if not _TABLES:
        _TABLES.append(load_marker_table())
    return _TABLES[0]


@pytest.mark.parametrize(
    "text",
    ["MUSIC OUT cut dead", "1m1 out, hard out", "Musik aus, schneidet ab", "MX OUT stop dead", "fin musique coupe net"],
)
def test_music_that_is_cut(table: MarkerTable, text: str) -> None:
    assert read(table, text).exit == "cut"


@pytest.mark.parametrize(("text", "exit_"), [("CUT DEAD", "cut"), ("hard out", "cut"), ("button", "button")])
def test_a_last_note_and_a_cut_end_a_cue_without_music_out(table: MarkerTable, text: str, exit_: str) -> None:
    meaning = read(table, text)
    assert (meaning.role, meaning.kind, meaning.exit) == ("hit", HitKind.OUT, exit_)


@pytest.mark.parametrize(
    ("brief", "is_cut"),
    [
        ("tense, builds, cut dead", True),
        ("tense, ends with a hard out", True),
        ("angespannt, Musik schneidet ab", True),
        ("he is cut off from the others", False),
        ("tense, a hard cut to black on the bridge", False),
        ("", False),
    ],
)
def test_a_brief_that_wants_it_cut(table: MarkerTable, brief: str, is_cut: bool) -> None:
    assert asks_to_cut(brief, table) is is_cut
