"""The host through every way, in every version that has it."""

import json

import pytest
from resolve_double.resolve_api import FakeResolve
from resolve_double.scenes import RATES, cut_project
from resolve_double.ways import ONE_EACH, way_name

from hitpoint.timeline import load_timeline, read_cut
from hitpoint_panel.hosts.host import HostMarker


@pytest.fixture
def resolve(way):
    return FakeResolve(way[1])


@pytest.fixture
def project(resolve, tmp_path):
    return cut_project(resolve, tmp_path / "media")


@pytest.fixture
def host(way, resolve, project, open_host):
    return open_host(way[0], resolve)


@pytest.mark.fixtures
@pytest.mark.parametrize("way", [("external", "19.1 free")], ids=way_name)
def test_a_real_export_of_resolves_stays_what_it_was(host, resolve, project, fixtures, tmp_path):
    """What we add to a file that a real Resolve wrote changes nothing of what is read from it but markers and name."""
    import shutil

    original = fixtures / "timelines" / "resolve_picchu_effects.otio"
    resolve.on("Export", lambda world, timeline, args, go_on: shutil.copy(original, args[0]) and True)
    before, after = (read_cut(load_timeline(path)) for path in (original, host.read(tmp_path / "read").otio_path))
    assert (before.rate, before.start_timecode_frame) == (after.rate, after.start_timecode_frame)
    assert before.duration_frames == after.duration_frames == 1125
    assert [(s.span, s.name) for s in before.shots] == [(s.span, s.name) for s in after.shots]
    assert [(a.span, a.track_name) for a in before.audio_clips] == [(a.span, a.track_name) for a in after.audio_clips]
    assert [m.name for m in after.markers] == ["HIT: door", "MUSIC IN"]


def test_who_is_there(host, resolve):
    assert host.title == f"{resolve.profile.product} {resolve.profile.text}"
    assert host.abilities == {"read", "write", "remove", "follow", "playhead", "duplicate"}


def test_reading_changes_nothing_and_completes_the_otio(host, resolve, project, tmp_path):
    before, page = project.snapshot(), resolve.page
    cut = host.read(tmp_path / "read")
    assert (project.snapshot(), resolve.page, project.saves) == (before, page, 0)
    assert cut.name == "Reel 1 – größer"
    assert cut.timeline_id == project.timeline.id
    assert (cut.rate.numerator, cut.start_timecode_frame) == (24, 86400)
    assert [(m.frame, m.name, m.color, m.custom_data) for m in cut.markers] == [
        (120, "HIT: door", "Red", ""),
        (240, "MUSIC IN", "Green", "of another plugin"),
    ]
    read = read_cut(load_timeline(cut.otio_path))
    assert read.duration_frames == 500
    assert [(m.frame, m.name, m.note) for m in read.markers] == [(120, "HIT: door", "hard"), (240, "MUSIC IN", "")]
    assert read.start_timecode_frame == 86400
    document = json.loads(cut.otio_path.read_text())
    assert document["tracks"]["markers"][1]["metadata"]["hitpoint_host"]["custom_data"] == "of another plugin"
    assert sorted(path.suffix for path in (tmp_path / "read").iterdir()) == (
        [".otio", ".srt"] if resolve.profile.reads_subtitles else [".otio"]
    )
    if resolve.profile.reads_subtitles:
        assert cut.subtitles_path.read_text().startswith("1\n00:00:01,000 --> 00:00:03,000\nWho is there?\n")
        assert "Nobody.\nNobody at all." in cut.subtitles_path.read_text()
    else:
        assert cut.subtitles_path is None
    assert resolve.errors == []


def test_a_score_is_written_replaced_and_removed(host, resolve, project, tmp_path, score_of):
    before, timeline = project.snapshot(), project.timeline
    cut = host.read(tmp_path / "read")
    report = host.write(score_of(cut))
    assert report.tracks == ("Score strings", "Score drums")
    assert report.is_verified
    assert report.markers == 3
    tracks = timeline.tracks["audio"]
    assert [track.name for track in tracks] == ["Audio 1", "Temp", "Score strings", "Score drums"]
    assert [(item.start, item.duration) for track in tracks[2:] for item in track.items] == [(86424, 240), (86429, 240)]
    if resolve.profile.is_at_least(19, 0):
        assert [track.subtype for track in tracks[2:]] == ["stereo", "stereo"]
    else:
        assert any("set the score's tracks to stereo" in warning for warning in report.warnings)
    assert all(item.is_renderable for track in tracks for item in track.items)
    ours = {frame: m for frame, m in timeline.visible_markers().items() if '"product":"hitpoint"' in m["customData"]}
    assert sorted(ours) == [24, 121, 200]  # the user's own stands on 120
    assert json.loads(ours[121]["customData"])["frame"] == 120
    assert json.loads(ours[121]["customData"])["id"] == "a1"
    assert (resolve.page, project.folder.name, project.saves) == ("color", "Rushes", 1)

    second = host.write(score_of(cut, revision=2, names=("Score strings", "Score brass"), seconds=4))
    assert second.is_verified
    tracks = timeline.tracks["audio"]
    assert [track.name for track in tracks] == ["Audio 1", "Temp", "Score strings", "Score brass"]
    assert [i.media.path[-6:] for track in tracks[2:] for i in track.items] == ["r2.wav", "r2.wav"]
    assert [i.duration for track in tracks[2:] for i in track.items] == [96, 96]
    assert [m["name"] for m in timeline.markers.values()].count("1m1 r1") == 0
    assert [m["name"] for m in timeline.markers.values()].count("1m1 r2") == 1

    assert host.remove_score() == 2 + 2 + 3
    assert project.snapshot() == before
    assert (resolve.errors, resolve.gated_calls()) == ([], [])


def test_what_we_do_ourselves_is_no_change(host, resolve, project, tmp_path, score_of):
    cut = host.read(tmp_path / "read")
    assert host.poll() is None
    host.write(score_of(cut))
    assert host.poll() is None
    again = host.read(tmp_path / "again")
    assert again.revision == cut.revision
    assert [m.name for m in again.markers] == [m.name for m in cut.markers]
    tracks = json.loads(again.otio_path.read_text())["tracks"]["children"]
    assert [track["name"] for track in tracks] == ["Video 1", "Audio 1", "Temp"]  # the score is not of the cut
    host.remove_score()
    assert host.poll() is None


def test_following_markers_cuts_and_timelines(host, resolve, project, tmp_path):
    timeline = project.timeline
    cut = host.read(tmp_path / "read")
    timeline.markers[130] = timeline.markers.pop(120)
    change = host.poll()
    assert (change.kind, change.sentence) == ("markers", "1 marker moved in Resolve")
    assert change.revision != cut.revision
    assert host.poll() is None
    timeline.markers[300] = dict(timeline.markers[130], name="new")
    assert host.poll().sentence == "1 marker added or renamed in Resolve"

    shots = timeline.tracks["video"][0].items
    shots[3].duration -= 2  # a roll: neither the number of items nor the end changes
    shots[4].start -= 2
    shots[4].duration += 2
    change = host.poll()
    assert (change.kind, change.sentence) == ("cut", "2 items of the cut changed in Resolve")
    assert host.poll() is None
    shots.pop()
    assert host.poll().kind == "cut"

    project.timeline = project.timelines[1]
    change = host.poll()
    assert (change.kind, "'Other'" in change.sentence) == ("timeline", True)
    assert host.poll() is None
    project.timeline = None
    assert host.poll().kind == "gone"
    assert host.poll() is None
    project.timeline = timeline
    assert host.poll().kind == "timeline"


def test_the_revision_tells_exactly_whether_something_changed(host, project, tmp_path):
    first = host.read(tmp_path / "read")
    assert host.read(tmp_path / "read").revision == first.revision
    project.timeline.tracks["audio"][1].is_enabled = False
    assert host.read(tmp_path / "read").revision != first.revision
    project.timeline.tracks["audio"][1].is_enabled = True
    assert host.read(tmp_path / "read").revision == first.revision


def test_the_playhead_both_ways(host, resolve, project, tmp_path):
    project.timeline.timecode = "01:00:10:05"
    assert host.playhead_frame() == 245
    assert host.set_playhead_frame(120)
    assert project.timeline.timecode == "01:00:05:00"
    assert host.set_playhead_frame(-1) is False
    resolve.page = "media"
    assert host.playhead_frame() is None
    assert host.set_playhead_frame(10) is False


def test_a_score_on_a_duplicate_leaves_the_original(host, resolve, project, tmp_path, score_of):
    original = project.timeline
    before = original.snapshot()
    report = host.write(score_of(host.read(tmp_path / "read"), on_duplicate=True))
    assert report.timeline_name == "Reel 1 – größer scored"
    assert original.snapshot() == before
    assert project.timeline.name == report.timeline_name
    assert len(project.timeline.tracks["audio"]) == 4
    again = host.write(score_of(host.read(tmp_path / "read"), revision=2, on_duplicate=True))
    assert again.timeline_name == "Reel 1 – größer scored scored"
    assert host.remove_score() == 7
    assert len(original.tracks["audio"]) == 2


@pytest.mark.parametrize("way", [*ONE_EACH, ("external", "18.5 Studio")], ids=way_name)
@pytest.mark.parametrize("rate", RATES)
def test_frame_spaces_at_every_rate(way, rate, resolve, open_host, tmp_path, score_of):
    project = cut_project(resolve, tmp_path / "media", rate=rate)
    host = open_host(way[0], resolve)
    cut = host.read(tmp_path / "read")
    fps, is_drop, _ = RATES[rate]
    assert (cut.rate.fps, cut.rate.drop_frame) == (fps, is_drop)
    assert cut.start_timecode_frame == project.timeline.start
    host.write(score_of(cut, names=("Score",), start=48, markers=(HostMarker(frame=48, name="in"),)))
    item = project.timeline.tracks["audio"][-1].items[0]
    assert item.start == project.timeline.start + 48
    assert abs(item.duration - 10 * fps) <= 1
    assert 48 in project.timeline.visible_markers()
    assert host.set_playhead_frame(3000)
    assert host.playhead_frame() == 3000
