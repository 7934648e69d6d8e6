"""Final Cut Pro's XML: storylines, lanes, compound clips, real exports, and files that are none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from hitpoint.model.cut import Cut
from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate
from hitpoint.timeline import load_timeline, read_cut

HEAD = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE fcpxml><fcpxml version="1.10"><resources>
<format id="r1" name="FFVideoFormat1080p25" frameDuration="100/2500s"/>
<format id="r9" name="FFVideoFormat1080p2398"/>
<asset id="v" name="film" start="3600s" duration="100s" hasVideo="1" hasAudio="1" format="r1" src="file:///x/film.mov"/>
<asset id="a" name="music" start="0s" duration="50s" hasAudio="1"><media-rep src="file:///x/music.wav"/></asset>
<effect id="t" name="Basic Title"/>
{resources}</resources>"""
PROJECT = (
    '<library><event><project name="P"><sequence format="{format}" tcStart="3600s" tcFormat="NDF"><spine>{spine}'
    "</spine></sequence></project></event></library></fcpxml>"
)


def read(tmp_path: Path, spine: str, *, resources: str = "", sequence_format: str = "r1") -> Cut:
    path = tmp_path / "cut.fcpxml"
    path.write_text(HEAD.format(resources=resources) + PROJECT.format(spine=spine, format=sequence_format))
    return read_cut(load_timeline(path))


def shown(cut: Cut) -> list[tuple[str, int, int]]:
    return [(shot.name, shot.span.start_frame, shot.span.end_frame) for shot in cut.shots]


def asset(name: str, offset: str, duration: str, inside: str = "", **more: str) -> str:
    attributes = " ".join(f'{key}="{value}"' for key, value in more.items())
    return (
        f'<asset-clip ref="v" name="{name}" offset="{offset}" duration="{duration}" {attributes}>{inside}</asset-clip>'
    )


def test_a_primary_storyline(tmp_path: Path) -> None:
    spine = asset("one", "3600s", "2s", start="3610s") + '<gap offset="3602s" duration="1s"/>'
    cut = read(tmp_path, spine + asset("two", "3603s", "250/250s"))
    assert shown(cut) == [("one", 0, 50), ("two", 75, 100)]
    assert (cut.rate, cut.timecode(0), cut.name) == (FrameRate(25), "01:00:00:00", "P")
    first = cut.shots[0].media
    assert first is not None
    assert (first.source_start_s, str(first.path)) == (10, "/x/film.mov")
    assert [clip.name for clip in cut.audio_clips] == ["one", "two"]


def test_connected_clips_hang_in_their_parents_time(tmp_path: Path) -> None:
    hanging = '<video ref="v" lane="1" name="over" offset="3611s" start="3600s" duration="1s"/>'
    hanging += '<asset-clip ref="a" lane="-1" name="music" offset="3610s" duration="10s"/>'
    cut = read(tmp_path, asset("main", "3600s", "4s", hanging, start="3610s"))
    assert shown(cut) == [("main", 0, 25), ("over", 25, 50), ("main", 50, 100)]
    assert {(clip.name, clip.span.start_frame, clip.span.end_frame) for clip in cut.audio_clips} == {
        ("main", 0, 100),
        ("music", 0, 250),
    }


def test_a_connected_storyline(tmp_path: Path) -> None:
    line = '<spine lane="1" offset="3601s">' + asset("x", "0s", "1s") + asset("y", "1s", "1s") + "</spine>"
    assert shown(read(tmp_path, asset("main", "3600s", "4s", line))) == [
        ("main", 0, 25),
        ("x", 25, 50),
        ("y", 50, 75),
        ("main", 75, 100),
    ]


def test_a_compound_clip_is_opened_and_trimmed(tmp_path: Path) -> None:
    media = '<media id="m"><sequence format="r1" tcStart="0s" duration="4s"><spine>' + asset("in", "0s", "2s")
    media += asset("out", "2s", "2s", '<marker start="3601s" value="HIT"/>') + "</spine></sequence></media>"
    spine = '<ref-clip ref="m" name="C" offset="3600s" start="1s" duration="2s"/>' + asset("z", "3602s", "1s")
    cut = read(tmp_path, spine, resources=media)
    assert shown(cut) == [("in", 0, 25), ("out", 25, 50), ("z", 50, 75)]
    assert cut.markers == ()  # it is on a part that is not shown
    whole = read(tmp_path, '<ref-clip ref="m" name="C" offset="3600s"/>', resources=media)
    assert [(marker.name, marker.frame) for marker in whole.markers] == [("HIT", 75)]


def test_a_multicam_clip_shows_its_active_angle(tmp_path: Path) -> None:
    angles = "".join(
        f'<mc-angle name="{name}" angleID="{name}"><gap offset="0s" duration="1s"/>{asset(name, "1s", "9s")}</mc-angle>'
        for name in "AB"
    )
    media = f'<media id="m"><multicam format="r1" tcStart="0s">{angles}</multicam></media>'
    spine = '<mc-clip ref="m" name="MC" offset="3600s" start="2s" duration="2s"><mc-source angleID="B"/></mc-clip>'
    cut = read(tmp_path, spine, resources=media)
    assert shown(cut) == [("B", 0, 50)]
    assert cut.shots[0].media is not None
    assert cut.shots[0].media.source_start_s == 1


def test_auditions_and_dissolves(tmp_path: Path) -> None:
    pick = '<audition offset="3600s">' + asset("picked", "0s", "2s") + asset("other", "0s", "9s") + "</audition>"
    spine = pick + '<transition name="X" offset="3601.6s" duration="0.8s"/>' + asset("next", "3602s", "2s")
    cut = read(tmp_path, spine)
    assert shown(cut) == [("picked", 0, 50), ("next", 50, 100)]
    assert [shot.transition_in_frames for shot in cut.shots] == [0, 20]


def test_markers_of_every_kind(tmp_path: Path) -> None:
    inside = '<marker start="3601s" value="HIT" note="door"/><marker start="3602s" value="do" completed="0"/>'
    inside += '<marker start="3603s" value="done" completed="1"/><chapter-marker start="3604s" value="MUSIC OUT"/>'
    inside += '<keyword start="3600s" value="not one"/>'
    cut = read(tmp_path, asset("a", "3600s", "5s", inside))
    assert [(m.frame, m.name, m.note, m.color) for m in cut.markers] == [
        (25, "HIT", "door", "BLUE"),
        (50, "do", "", "RED"),
        (75, "done", "", "GREEN"),
        (100, "MUSIC OUT", "", "ORANGE"),
    ]


@pytest.mark.parametrize(
    ("points", "speed", "starts_s"),
    [
        ([(0, 3600), (10, 3620)], 2, 2),
        ([(0, 3600), (10, 3605)], Fraction(1, 2), Fraction(1, 2)),
        ([(0, 3630), (10, 3630)], 0, 30),
    ],
)
def test_retimed_clips(
    tmp_path: Path, points: list[tuple[int, int]], speed: Fraction | int, starts_s: Fraction | int
) -> None:
    time_map = "".join(f'<timept time="{time}s" value="{value}s"/>' for time, value in points)
    cut = read(tmp_path, asset("a", "3600s", "2s", f"<timeMap>{time_map}</timeMap>", start="1s"))
    media = cut.shots[0].media
    assert media is not None
    assert (media.speed, media.source_start_s) == (speed, starts_s)


def test_a_changing_speed_is_said(tmp_path: Path) -> None:
    points = '<timept time="0s" value="0s"/><timept time="1s" value="5s"/><timept time="2s" value="6s"/>'
    cut = read(tmp_path, asset("a", "3600s", "2s", f"<timeMap>{points}</timeMap>", start="0s"))
    assert any("changing speed" in text for text in cut.warnings)


def test_disabled_clips_and_titles(tmp_path: Path) -> None:
    over = '<title ref="t" lane="1" offset="3600s" start="3600s" duration="1s" name="Title"/>'
    over += '<video ref="v" lane="2" name="off" offset="3600s" duration="1s" enabled="0"/>'
    assert shown(read(tmp_path, asset("a", "3600s", "2s", over))) == [("a", 0, 50)]


def test_the_rate_may_be_in_the_formats_name(tmp_path: Path) -> None:
    assert read(tmp_path, asset("a", "3600s", "2s"), sequence_format="r9").rate == FrameRate(24000, 1001)


def test_a_bundle(tmp_path: Path) -> None:
    bundle = tmp_path / "cut.fcpxmld"
    bundle.mkdir()
    text = HEAD.format(resources="") + PROJECT.format(spine=asset("a", "3600s", "2s"), format="r1")
    (bundle / "Info.fcpxml").write_text(text)
    assert read_cut(load_timeline(bundle)).duration_frames == 50
    (bundle / "Info.fcpxml").unlink()
    with pytest.raises(CutError, match=r"no Info\.fcpxml"):
        load_timeline(bundle)


def test_two_projects_and_none(tmp_path: Path) -> None:
    project = PROJECT.format(spine=asset("a", "3600s", "2s"), format="r1").removesuffix("</fcpxml>")
    path = tmp_path / "cut.fcpxml"
    path.write_text(HEAD.format(resources="") + project + project + "</fcpxml>")
    assert any("2 projects" in text for text in load_timeline(path).warnings)
    path.write_text(HEAD.format(resources="") + asset("alone", "0s", "2s") + "</fcpxml>")
    loaded = load_timeline(path)
    assert any("no project" in text for text in loaded.warnings)
    assert read_cut(loaded).duration_frames == 50


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("<fcpxml", "line 1"),
        ("<fcpxml><resources>\n</fcpxml>", "line 2"),
        ("<fcpxml/>", "no project"),
        ("<html><body/></html>", "<html>"),
        ('<!DOCTYPE f [<!ENTITY a "b">]><fcpxml>&a;</fcpxml>', "entities"),
        (HEAD.format(resources="") + PROJECT.format(spine="", format="r1"), "no project with clips"),
        (
            HEAD.format(resources="") + PROJECT.format(spine=asset("a", "3600s", "x"), format="r1"),
            "'a' has duration='x'",
        ),
        (HEAD.format(resources="") + PROJECT.format(spine=asset("a", "3600s", "9/0s"), format="r1"), "no time"),
        (HEAD.format(resources="") + PROJECT.format(spine=asset("a", "3600s", "99999999999s"), format="r1"), "months"),
        (HEAD.format(resources="") + PROJECT.format(spine=asset("a", "3600s", "0s"), format="r1"), "nothing to score"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "cut.fcpxml"
    path.write_text(content)
    with pytest.raises(CutError, match=words) as caught:
        read_cut(load_timeline(path))
    assert "cut.fcpxml" in str(caught.value)


def test_a_compound_clip_inside_itself_is_refused(tmp_path: Path) -> None:
    media = '<media id="m"><sequence format="r1"><spine><ref-clip ref="m" duration="1s"/></spine></sequence></media>'
    with pytest.raises(CutError, match="contains itself"):
        read(tmp_path, '<ref-clip ref="m" offset="3600s" duration="1s"/>', resources=media)


def test_missing_resources_are_said(tmp_path: Path) -> None:
    cut = read(tmp_path, asset("a", "3600s", "2s") + '<ref-clip ref="gone" name="G" offset="3602s" duration="1s"/>')
    assert any("whose content is not in the file" in text for text in cut.warnings)


def test_three_thousand_clips(tmp_path: Path) -> None:
    spine = "".join(
        asset(f"c{i}", f"{36000 + i * 4}/10s", "4/10s", f'<marker start="36001/10s" value="m{i}"/>' if i % 3 else "")
        for i in range(3000)
    )
    cut = read(tmp_path, spine)
    assert (len(cut.shots), len(cut.markers), cut.duration_frames) == (3000, 2000, 30_000)


#: Real exports: rate, start, frames (the sequence's own duration), shots, markers, frame of the first marker.
EXPORTS = [
    ("dawfilekit/23.98", "23.976 fps", "00:00:00:00", 5348, 12, 398),
    ("dawfilekit/24", "24 fps", "00:00:00:00", 6311, 33, 398),
    ("dawfilekit/29.97", "29.97 fps", "00:00:00:00", 887, 23, 44),
    ("dawfilekit/30", "30 fps", "00:00:00:00", 7895, 33, 497),
    ("dawfilekit/50", "50 fps", "00:00:00:00", 12641, 26, 830),
    ("dawfilekit/60", "60 fps", "00:00:00:00", 15790, 33, 995),
    ("dawfilekit/Annotations", "25 fps", "01:00:00:00", 738, 3, 325),
    ("dawfilekit/AuditionMarkers", "29.97 fps", "01:00:00:00", 300, 1, 150),
    ("dawfilekit/AuditionMarkers2", "29.97 fps", "01:00:00:00", 270, 1, 120),
    ("dawfilekit/ClipMetadata", "25 fps", "01:00:00:00", 2489, 1, 2436),
    ("dawfilekit/DisabledClips", "24 fps", "00:00:00:00", 20438, 2, 96),
    ("dawfilekit/Keywords", "25 fps", "00:00:00:00", 198, 6, 6),
    ("dawfilekit/MulticamMarkers", "23.976 fps", "01:00:00:00", 1200, 3, 33),
    ("dawfilekit/Occlusion", "24 fps", "00:00:00:00", 3121, 4, 0),
    ("dawfilekit/Occlusion2", "25 fps", "00:59:50:00", 8436, 2, 275),
    ("dawfilekit/SyncClip", "25 fps", "01:00:00:00", 738, 3, 75),
    ("dawfilekit/TitlesRoles", "24 fps", "00:00:00:00", 10219, 2, 96),
    ("dawfilekit/TransitionMarkers1", "24 fps", "01:00:00:00", 720, 11, 0),
    ("dawfilekit/TwoClipsMarkers", "29.97 fps", "01:00:00:00", 900, 3, 135),
    ("otio/fcpx_project", "30 fps", "00:00:00:00", 4500, 7, 180),
]
assert EXPORTS


@pytest.mark.fixtures
@pytest.mark.parametrize(("name", "rate", "start", "frames", "markers", "first"), EXPORTS)
def test_real_exports(fixtures: Path, name: str, rate: str, start: str, frames: int, markers: int, first: int) -> None:
    cut = read_cut(load_timeline(fixtures / "timelines" / f"fcpxml_{name}.fcpxml"))
    assert (str(cut.rate), cut.timecode(0), cut.duration_frames) == (rate, start, frames)
    assert (len(cut.markers), cut.markers[0].frame) == (markers, first)
    assert cut.shots
