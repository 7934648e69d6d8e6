"""Edit decision lists: events, dissolves, speeds, the rate that they do not say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.cut import Cut
from hitpoint.model.errors import CutError, SettingError
from hitpoint.model.time import FrameRate, frames_to_timecode
from hitpoint.timeline import load_timeline, read_cut

PAL = FrameRate(25)


def read(tmp_path: Path, text: str | bytes, *, rate: FrameRate | None = PAL) -> Cut:
    path = tmp_path / "cut.edl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_cut(load_timeline(path, rate=rate))


def event(number: int, start: str, end: str, *, reel: str = "A001", edit: str = "C", track: str = "V") -> str:
    return f"{number:03d}  {reel:8} {track:5} {edit:8} 01:00:00:00 01:00:09:00 {start} {end}\n"


def shown(cut: Cut) -> list[tuple[str, int, int]]:
    return [(shot.name, shot.span.start_frame, shot.span.end_frame) for shot in cut.shots]


def test_events_gaps_and_black(tmp_path: Path) -> None:
    text = "TITLE: my cut\n" + event(1, "01:00:00:00", "01:00:01:00") + "* FROM CLIP NAME: one\n"
    text += event(2, "01:00:01:00", "01:00:02:00", reel="BL") + event(3, "01:00:03:00", "01:00:04:00", reel="B 7")
    cut = read(tmp_path, text)
    assert shown(cut) == [("one", 0, 25), ("B 7", 75, 100)]
    assert (cut.name, cut.timecode(0), cut.duration_frames) == ("my cut", "01:00:00:00", 100)
    assert [shot.reel_name for shot in cut.shots] == ["A001", "B 7"]


def test_a_list_that_starts_soon_after_the_hour_starts_at_the_hour(tmp_path: Path) -> None:
    assert shown(read(tmp_path, event(1, "10:00:05:00", "10:00:06:00"))) == [("A001", 125, 150)]
    assert shown(read(tmp_path, event(1, "10:05:00:00", "10:05:01:00"))) == [("A001", 0, 25)]


def test_a_dissolve_of_two_events(tmp_path: Path) -> None:
    text = event(1, "01:00:00:00", "01:00:02:00") + event(2, "01:00:02:00", "01:00:02:00")
    text += event(2, "01:00:02:00", "01:00:04:00", edit="D    012") + "* FROM CLIP NAME: a\n* TO CLIP NAME: b\n"
    cut = read(tmp_path, text + event(3, "01:00:04:00", "01:00:05:00", edit="W001 006"))
    assert shown(cut) == [("A001", 0, 50), ("b", 50, 100), ("A001", 100, 125)]
    assert [shot.transition_in_frames for shot in cut.shots] == [0, 12, 6]


@pytest.mark.parametrize(("fps", "speed"), [("050.0", 2), ("012.5", Fraction(1, 2)), ("000.0", 0), ("-025.0", -1)])
def test_speeds(tmp_path: Path, fps: str, speed: Fraction | int) -> None:
    cut = read(tmp_path, event(1, "01:00:00:00", "01:00:02:00") + f"M2   A001       {fps}      01:00:00:00\n")
    assert cut.shots[0].media is not None
    assert cut.shots[0].media.speed == speed


def test_tracks(tmp_path: Path) -> None:
    text = event(1, "01:00:00:00", "01:00:04:00") + event(2, "01:00:01:00", "01:00:02:00", track="V2", reel="UP")
    text += event(3, "01:00:00:00", "01:00:02:00", track="A2", reel="SND")
    text += event(4, "01:00:02:00", "01:00:03:00", track="AA/V", reel="BOTH")
    cut = read(tmp_path, text)
    assert [name for name, _, _ in shown(cut)] == ["A001", "UP", "BOTH", "A001"]
    assert {clip.name for clip in cut.audio_clips} == {"SND", "BOTH"}


def test_locators_and_resolve_markers_are_markers(tmp_path: Path) -> None:
    text = event(1, "01:00:00:00", "01:00:04:00") + "* LOC: 01:00:01:00 RED     HIT door\n* LOC: 01:00:02:00 GREEN\n"
    text += event(2, "01:00:04:00", "01:00:05:00") + " |C:ResolveColorBlue |M:MUSIC OUT |D:1\n"
    assert [(m.frame, m.name, m.color) for m in read(tmp_path, text).markers] == [
        (25, "HIT door", "RED"),
        (50, "", "GREEN"),
        (100, "MUSIC OUT", "BLUE"),
    ]


def test_a_list_of_markers_is_refused(tmp_path: Path) -> None:
    text = "".join(event(i, f"01:00:0{i}:00", f"01:00:0{i}:01") + " |C:ResolveColorRed |M:x |D:1\n" for i in (1, 2, 3))
    with pytest.raises(CutError, match="list of markers and holds no cut"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("head", "last", "rate"),
    [
        ("", "01:00:04:23", FrameRate(24)),
        ("", "01:00:04:24", FrameRate(25)),
        ("", "01:00:04:29", FrameRate(30)),
        ("FCM: NON-DROP FRAME\n", "01:00:04:29", FrameRate(30000, 1001)),
        ("FCM: DROP FRAME\n", "01:00:04;05", FrameRate(30000, 1001, True)),
        ("", "01:00:04;05", FrameRate(30000, 1001, True)),
        ("", "01:00:04:49", FrameRate(50)),
        ("", "01:00:04:59", FrameRate(60)),
        ("* FRAME RATE: 23.976\n", "01:00:04:05", FrameRate(24000, 1001)),
    ],
)
def test_the_rate_is_inferred_and_told(tmp_path: Path, head: str, last: str, rate: FrameRate) -> None:
    cut = read(tmp_path, head + event(1, "01:00:00:00", last), rate=None)
    assert cut.rate == rate
    assert "FRAME RATE" in head or any("--rate" in text for text in cut.warnings)


def test_a_rate_that_the_list_contradicts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CutError, match=r"line 1: there is no timecode 01:00:04:29 at 25 fps"):
        read(tmp_path, event(1, "01:00:00:00", "01:00:04:29"))


def test_rate_of_other_formats_is_their_own(tmp_path: Path, fixtures: Path) -> None:
    with pytest.raises(SettingError, match="leave the option out"):
        load_timeline(fixtures / "timelines/otio/simple_cut.otio", rate=PAL)


def test_drop_frame_numbers_that_do_not_exist_are_taken_for_the_next(tmp_path: Path) -> None:
    text = "FCM: DROP FRAME\n" + event(1, "01:00:00;00", "01:01:00;00")
    assert read(tmp_path, text, rate=None).duration_frames == 1800


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings(tmp_path: Path, encoding: str, newline: str) -> None:
    text = "TITLE: Fähre\n" + event(1, "01:00:00:00", "01:00:01:00") + "* FROM CLIP NAME: Brücke\n"
    cut = read(tmp_path, text.replace("\n", newline).encode(encoding))
    assert (cut.name, cut.shots[0].name) == ("Fähre", "Brücke")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not an edit decision list"),
        ("TITLE: x\nFCM: NON-DROP FRAME\n", "not an edit decision list"),
        ("what is this\n", "not an edit decision list"),
        (event(1, "01:00:01:00", "01:00:01:00"), "no edit with a length"),
        (event(1, "01:00:02:00", "01:00:01:00"), "no edit with a length"),
        (event(1, "01:00:99:00", "01:01:00:00"), "line 1"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CutError, match=words) as caught:
        read(tmp_path, text)
    assert "cut.edl" in str(caught.value)


def test_edits_that_end_before_they_start_are_left_out_and_said(tmp_path: Path) -> None:
    cut = read(tmp_path, event(1, "01:00:00:00", "01:00:01:00") + event(2, "01:00:05:00", "01:00:04:00"))
    assert cut.duration_frames == 25
    assert any("first at line 2" in text for text in cut.warnings)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([FrameRate(24), PAL, FrameRate(30000, 1001, True), FrameRate(60)]),
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 50)), min_size=1, max_size=30),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rate: FrameRate, edits: list[tuple[int, int]]
) -> None:
    hour = 107_892 if rate.drop_frame else 3600 * rate.timecode_base
    text, at, expected = f"FCM: {'' if rate.drop_frame else 'NON-'}DROP FRAME\n", 0, []
    for number, (length, gap) in enumerate(edits, 1):
        labels = [frames_to_timecode(hour + frame, rate) for frame in (at, at + length)]
        text += event(number, *labels, reel=f"R{number}")
        expected.append((f"R{number}", at, at + length))
        at += length + gap
    assert shown(read(tmp_path_factory.mktemp("e"), text, rate=rate)) == expected


#: File, frames, shots, markers; each by hand from the text, at 24.
REAL = [
    ("avid_example", 81, 2, 0),
    ("cdl", 62, 2, 0),
    ("dissolve_test", 20, 3, 0),
    ("dissolve_test_2", 20, 3, 0),
    ("dissolve_test_3", 137, 3, 0),
    ("dissolve_test_fail", 20, 3, 0),
    ("gap_test", 126, 3, 0),
    ("premiere_example", 81, 2, 0),
    ("screening_example", 1049, 9, 3),
    ("speed_effects_small", 16636, 5, 0),
    ("transition_duration", 408, 4, 0),
]
assert REAL


@pytest.mark.fixtures
@pytest.mark.parametrize(("name", "frames", "shots", "markers"), REAL)
def test_real_lists(fixtures: Path, name: str, frames: int, shots: int, markers: int) -> None:
    cut = read_cut(load_timeline(fixtures / "timelines/edl" / f"{name}.edl"))
    assert (cut.duration_frames, len(cut.shots), len(cut.markers)) == (frames, shots, markers)
