"""FCP 7 XML, AAF, bundles, and what is nothing of all that; and every timeline that others made."""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from hitpoint.model.cut import Cut
from hitpoint.model.errors import CutError, HitpointError
from hitpoint.model.time import FrameRate
from hitpoint.resources import resources_folder
from hitpoint.timeline import load_timeline, read_cut

DEMO = resources_folder() / "demo" / "chase.otio"

XMEML = """<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="4"><sequence id="s">
<name>S</name><duration>100</duration>
<rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate>
<timecode><rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate><string>01:00:00;00</string><frame>107892</frame>
<displayformat>DF</displayformat></timecode>
<media><video><track>{clips}</track></video></media>{markers}</sequence></xmeml>"""
CLIP = """<clipitem id="c{number}"><name>{name}</name><enabled>TRUE</enabled><duration>500</duration>
<rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate><start>{start}</start><end>{end}</end><in>10</in><out>{out}</out>
<file id="f{number}"><name>{name}</name><pathurl>file://localhost/x/{name}.mov</pathurl>
<rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate><duration>500</duration></file>{filters}</clipitem>"""
REMAP = """<filter><effect><name>Time Remap</name><effectid>timeremap</effectid><effecttype>motion</effecttype>
<parameter><parameterid>variablespeed</parameterid><value>{variable}</value></parameter>
<parameter><parameterid>speed</parameterid><value>{speed}</value></parameter>
<parameter><parameterid>reverse</parameterid><value>FALSE</value></parameter></effect></filter>"""


def clip(number: int, start: int, end: int, filters: str = "") -> str:
    return CLIP.format(number=number, name=f"n{number}", start=start, end=end, out=10 + end - start, filters=filters)


def read(path: Path) -> Cut:
    return read_cut(load_timeline(path))


def fcp7(tmp_path: Path, clips: str, markers: str = "") -> Cut:
    path = tmp_path / "cut.xml"
    path.write_text(XMEML.format(clips=clips, markers=markers))
    return read(path)


def test_fcp7(tmp_path: Path) -> None:
    markers = "<marker><name>HIT</name><comment>door</comment><in>20</in><out>-1</out></marker>"
    cut = fcp7(tmp_path, clip(1, 0, 40) + clip(2, 60, 100), markers)
    assert (cut.rate, cut.timecode(0)) == (FrameRate(30000, 1001, True), "01:00:00;00")
    assert [(s.name, s.span.start_frame, s.span.end_frame) for s in cut.shots] == [("n1", 0, 40), ("n2", 60, 100)]
    assert [(m.frame, m.name, m.note) for m in cut.markers] == [(20, "HIT", "door")]


def test_fcp7_speeds(tmp_path: Path) -> None:
    double = REMAP.format(variable=0, speed=200)
    ramp = REMAP.format(variable=1, speed=200)
    cut = fcp7(tmp_path, clip(1, 0, 40, double) + clip(2, 40, 80, ramp))
    assert [shot.media.speed for shot in cut.shots if shot.media] == [2, 1]
    assert any("changing speed" in text for text in cut.warnings)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.xml", "", "is empty"),
        ("cut.xml", "<xmeml>", "line 1"),
        ("cut.xml", "<xmeml/>", "no sequence"),
        ("cut.xml", "<mlt/>", "Kdenlive"),
        ("cut.xml", "<svg/>", "<svg>"),
        ("cut.xml", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xmeml>&a;</xmeml>', "entities"),
        ("cut.xml", XMEML.format(clips="", markers=""), "no timeline with clips"),
        ("cut.aaf", "not an aaf", "not an AAF file that can be read"),
        ("cut.aaf", "", "AAF"),
        ("cut.otioz", "not a zip", "not a readable OTIO bundle"),
        ("cut.otiod", "a file", "should be a folder"),
        ("cut.kdenlive", "<mlt/>", "export OTIO from Kdenlive"),
        ("cut.docx", "x", "of a kind that cannot be read"),
        ("cut", "x", "of a kind that cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, content: str, words: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CutError, match=words) as caught:
        load_timeline(tmp_path / name)
    assert name in str(caught.value)


def test_folders_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(CutError, match="is a folder"):
        load_timeline(tmp_path)
    with pytest.raises(CutError, match="does not exist"):
        load_timeline(tmp_path / "gone.otio")
    (tmp_path / "x.otiod").mkdir()
    with pytest.raises(CutError, match=r"no content\.otio"):
        load_timeline(tmp_path / "x.otiod")


def test_an_otiod(tmp_path: Path) -> None:
    bundle = tmp_path / "chase.otiod"
    bundle.mkdir()
    shutil.copy(DEMO, bundle / "content.otio")
    shutil.copy(DEMO.with_suffix(".mp4"), bundle)
    cut = read(bundle)
    assert cut.duration_frames == 2060
    assert not any(shot.media and shot.media.is_missing for shot in cut.shots)


def _otioz(path: Path) -> Path:
    document = json.loads(DEMO.read_text().replace("chase.mp4", "media/chase.mp4"))
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("content.otio", json.dumps(document))
        bundle.write(DEMO.with_suffix(".mp4"), "media/chase.mp4")
    return path


def test_an_otioz_is_read_without_unpacking_it(tmp_path: Path) -> None:
    cut = read(_otioz(tmp_path / "chase.otioz"))
    assert not any(shot.media and shot.media.is_missing for shot in cut.shots)
    assert [path.name for path in tmp_path.iterdir()] == ["chase.otioz"]


def test_an_otioz_is_unpacked_where_the_picture_is_needed(tmp_path: Path) -> None:
    cut = read_cut(load_timeline(_otioz(tmp_path / "chase.otioz"), needs_media=True))
    assert all(shot.media and shot.media.path and shot.media.path.is_file() for shot in cut.shots)


def test_a_damaged_otioz(tmp_path: Path) -> None:
    path = _otioz(tmp_path / "chase.otioz")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CutError, match="not a readable OTIO bundle"):
        load_timeline(path)
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("other.txt", "x")
    with pytest.raises(CutError, match=r"no content\.otio"):
        load_timeline(path)


#: What others made: file, rate, start, frames, shots, markers; checked by hand against the files themselves.
TIMELINES = [
    ("resolve_picchu_effects.otio", "24 fps", "01:00:00:00", 1125, 4, 0),
    ("otio/premiere_example.otio", "30 fps", "00:00:00:00", 1271, 8, 4),
    ("otio/premiere_example.older_schema.otio", "30 fps", "00:00:00:00", 1271, 8, 4),
    ("otio/multitrack.otio", "24 fps", "00:00:00:00", 3282, 5, 0),
    ("otio/preflattened.otio", "24 fps", "00:00:00:00", 3282, 5, 0),
    ("otio/simple_cut.otio", "24 fps", "00:00:00:00", 19, 4, 0),
    ("otio/transition_test.otio", "24 fps", "00:00:00:00", 150, 3, 0),
    ("resolve_clips_ayon/timeline.json", "23.976 fps", "01:00:00:00", 216, 6, 0),
    ("resolve_clips_ayon/multiple_review_clips.json", "25 fps", "00:00:00:00", 1243, 13, 0),
    ("resolve_clips_ayon/movie_with_handles.json", "25 fps", "00:00:00:00", 171, 1, 1),
    ("resolve_clips_ayon/qt_embedded_tc.json", "25 fps", "00:00:00:00", 44, 1, 1),
    ("toucan/Markers.otio", "24 fps", "00:00:04:04", 9, 2, 7),
    ("toucan/Gap.otio", "24 fps", "00:00:00:00", 9, 2, 0),
    ("tlrender/Gap.otio", "30 fps", "00:00:00:00", 90, 2, 0),
    ("tlrender/MultipleClips.otio", "23.976 fps", "00:00:00:00", 216, 3, 0),
    ("tlrender/SingleClip.otioz", "30 fps", "00:00:00:00", 90, 1, 0),
    ("tlrender/Overlay.otio", "30 fps", "00:00:00:00", 90, 1, 0),
    ("kdenlive/multiinstance.otio", "25 fps", "00:00:00:00", 749, 2, 0),
    ("kdenlive/kdenlive_example_from_fcp.xml", "29.97 fps drop-frame", "00:00:00;00", 28982, 64, 0),
    ("fcp7xml/premiere_example.xml", "30 fps", "00:00:00:00", 1271, 8, 4),
    ("fcp7xml/premiere_enable_property.xml", "25 fps", "00:00:00:00", 256, 4, 0),
    ("aaf/2997fps.aaf", "29.97 fps", "00:00:00:00", 112, 2, 0),
    ("aaf/30fps.aaf", "30 fps", "01:00:00:00", 158, 2, 0),
    ("aaf/multiple_markers.aaf", "24 fps", "01:00:00:00", 2275, 12, 10),
    ("aaf/multitrack.aaf", "24 fps", "01:00:00:00", 3282, 5, 3),
    ("aaf/simple.aaf", "24 fps", "01:00:00:00", 3282, 5, 0),
    ("aaf/trims.aaf", "24 fps", "01:00:00:00", 2797, 5, 0),
    ("aaf/transitions.aaf", "24 fps", "01:00:00:00", 521, 4, 0),
]
assert TIMELINES


@pytest.mark.fixtures
@pytest.mark.parametrize(("name", "rate", "start", "frames", "shots", "markers"), TIMELINES)
def test_timelines_that_others_made(
    fixtures: Path, name: str, rate: str, start: str, frames: int, shots: int, markers: int
) -> None:
    cut = read(fixtures / "timelines" / name)
    assert (str(cut.rate), cut.timecode(0), cut.duration_frames) == (rate, start, frames)
    assert (len(cut.shots), len(cut.markers)) == (shots, markers)


@pytest.mark.fixtures
def test_everything_is_a_cut_or_a_sentence(fixtures: Path) -> None:
    files = [path for path in (fixtures / "timelines").rglob("*") if path.is_file()]
    assert len(files) > 80
    cuts = 0
    for path in files:
        with contextlib.suppress(HitpointError):
            cut = read(path)
            cuts += 1
            spans = [shot.span for shot in cut.shots]
            assert all(a.end_frame <= b.start_frame for a, b in pairwise(spans)), path.name
            assert all(0 <= marker.frame < cut.duration_frames for marker in cut.markers), path.name
    assert cuts > 70
