"""What the host reads and notices while editors export, in all the ways in which they do."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hitpoint.model.errors import CutError, HitpointError
from hitpoint.model.time import FrameRate
from hitpoint.timeline.exchange.__main__ import answer
from hitpoint_panel.hosts import Host
from hitpoint_panel.hosts.otio_file import OtioFileHost
from hitpoint_panel.hosts.otio_file.watch import Watch, is_whole

SHOTS = (("alley", 48), ("door", 30), ("stairs", 72))
MARKERS = ((12, "HIT slam"), (60, "turn: relief"))
Export = Callable[..., Path]


def test_it_is_a_host(host: OtioFileHost, folder: Path) -> None:
    as_host: Host = host
    assert as_host.title == f"Folder {folder}"
    assert as_host.abilities == {"read", "write", "remove", "follow"}
    assert as_host.playhead_frame() is None
    assert as_host.set_playhead_frame(3) is False
    as_host.close()


def test_home_is_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert OtioFileHost(tmp_path / "Films" / "exchange").title == f"Folder {Path('~/Films/exchange')}"
    assert OtioFileHost(tmp_path / "cut.otio").title == f"File {Path('~/cut.otio')}"


def test_the_newest_export_is_read(host: OtioFileHost, folder: Path, export: Export) -> None:
    os.utime(export(folder / "a.otio"), (1, 1))
    cut = host.read(folder)
    assert cut.otio_path == folder / "a.otio"
    assert (cut.name, cut.rate, cut.start_timecode_frame) == ("Reel 3", FrameRate(24), 86_400)
    assert cut.markers is None
    assert cut.subtitles_path is None


def test_of_what_was_there_the_latest_is_newest(folder: Path, export: Export, clock) -> None:
    paths = [export(folder / name) for name in ("z.otio", "a.otio", "m.otio")]
    # change times count as well and cannot be set, so the dates lie in the future
    for seconds, path in enumerate(paths):
        os.utime(path, (4e9 - seconds, 4e9 - seconds))
    host = OtioFileHost(folder, ask=answer, clock=clock, sleep=clock.sleep)
    assert host.read(folder).otio_path.name == "z.otio"


def test_what_is_dragged_in_counts_as_new_though_its_date_is_old(
    host: OtioFileHost, folder: Path, export: Export, follow
) -> None:
    export(folder / "Reel 3.otio")
    host.read(folder)
    export(folder / "Reel 2.otio", shots=(("beach", 100),))
    os.utime(folder / "Reel 2.otio", (1e9, 1e9))
    change = follow()
    assert change is not None
    assert change.kind == "timeline"
    assert change.sentence == "Reel 2.otio is another timeline: 1 shot, 4 s at 24 fps, 2 markers"


def test_the_first_export_is_announced(host: OtioFileHost, folder: Path, export: Export, follow) -> None:
    assert follow() is None
    export(folder / "Reel 3.otio")
    change = follow()
    assert change is not None
    assert (change.kind, change.sentence) == ("timeline", "Reel 3.otio: 3 shots, 6 s at 24 fps, 2 markers")
    assert host.read(folder).revision == change.revision


def test_exporting_the_same_again_is_no_change(host: OtioFileHost, folder: Path, export: Export, follow) -> None:
    first = export(folder / "Reel 3.otio")
    revision = host.read(folder).revision
    document = json.loads(first.read_text())
    document["metadata"]["exported"] = "at another time"
    first.write_text(json.dumps(document, indent=7))
    assert follow() is None
    assert host.read(folder).revision == revision


CHANGES = {
    "moved": (
        {"markers": ((15, "HIT slam"), (60, "turn: relief"))},
        "markers",
        "1 marker moved (HIT slam 01:00:00:12 → 01:00:00:15)",
    ),
    "added": (
        {"markers": (*MARKERS, (100, "HIT gun"))},
        "markers",
        "1 marker added (HIT gun at 01:00:04:04)",
    ),
    "removed": ({"markers": MARKERS[:1]}, "markers", "1 marker removed (turn: relief at 01:00:02:12)"),
    "renamed": (
        {"markers": ((12, "HIT door"), MARKERS[1])},
        "markers",
        "1 marker renamed (HIT slam → HIT door)",
    ),
    "many": ({"markers": ()}, "markers", "2 markers removed (HIT slam at 01:00:00:12; turn: relief at 01:00:02:12)"),
    "trimmed": (
        {"shots": (("alley", 48), ("door", 26), ("stairs", 72))},
        "cut",
        "1 shot changed from 01:00:02:00 on; 4 frames shorter",
    ),
    "a shot more": (
        {"shots": (*SHOTS, ("roof", 48))},
        "cut",
        "1 shot added from 01:00:06:06 on; 2.0 s longer",
    ),
    "a shot less": ({"shots": SHOTS[1:]}, "cut", "1 shot removed from 01:00:00:00 on; 2.0 s shorter"),
    "swapped": (
        {"shots": (SHOTS[1], SHOTS[0], SHOTS[2])},
        "cut",
        "shots moved from 01:00:00:00 on",
    ),
    "start": ({"start": 0}, "cut", "the timeline now starts at 00:00:00:00 (was 01:00:00:00)"),
    "rate": ({"rate": 25.0, "start": 90_000}, "cut", "the rate is now 25 fps (was 24 fps)"),
    "both": (
        {"shots": (*SHOTS, ("roof", 12)), "markers": (*MARKERS, (130, "HIT"))},
        "cut",
        "1 shot added from 01:00:06:06 on; 12 frames longer; 1 marker added (HIT at 01:00:05:10)",
    ),
}
assert CHANGES


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told_in_a_sentence(host: OtioFileHost, folder: Path, export: Export, name: str, follow) -> None:
    changes, kind, sentence = CHANGES[name]
    export(folder / "Reel 3.otio")
    before = host.read(folder).revision
    export(folder / "Reel 3.otio", **changes)
    change = follow()
    assert change is not None
    assert (change.kind, change.sentence) == (kind, f"Reel 3.otio: {sentence}")
    assert change.revision != before
    assert change.revision == host.read(folder).revision
    # and back again: the same revision as at first
    export(folder / "Reel 3.otio")
    back = follow()
    assert back is not None
    assert back.revision == before


def test_three_moved_markers_are_counted_not_named(host: OtioFileHost, folder: Path, export: Export, follow) -> None:
    export(folder / "c.otio", markers=tuple((frame, f"HIT {frame}") for frame in (5, 25, 45)))
    host.read(folder)
    export(folder / "c.otio", markers=tuple((frame + 2, f"HIT {frame}") for frame in (5, 25, 45)))
    change = follow()
    assert change is not None
    assert change.sentence == "c.otio: 3 markers moved"


NEXT_VERSIONS = ("Reel 3 v2.otio", "Reel 3_v02.otio", "Reel 3 (1).otio", "Reel 3 copy.otio", "fine cut.otio", "x.otioz")
assert NEXT_VERSIONS


@pytest.mark.parametrize("name", NEXT_VERSIONS)
def test_the_next_version_under_another_name_is_the_same_timeline(
    host: OtioFileHost, folder: Path, export: Export, name: str, follow
) -> None:
    export(folder / "Reel 3.otio")
    host.read(folder)
    loose = export(folder / "next.tmp", markers=MARKERS[:1])
    if name.endswith("z"):
        with zipfile.ZipFile(folder / name, "w") as bundle:
            bundle.writestr("content.otio", loose.read_text())
            bundle.writestr("version.txt", "1.0.0")
        loose.unlink()
    else:
        loose.rename(folder / name)
    change = follow()
    assert change is not None
    assert (change.kind, change.sentence) == ("markers", f"{name}: 1 marker removed (turn: relief at 01:00:02:12)")
    assert host.read(folder).otio_path == folder / name


def test_the_same_name_with_nothing_in_common_is_another_timeline(
    host: OtioFileHost, folder: Path, export: Export, follow
) -> None:
    export(folder / "Timeline 1.otio")
    host.read(folder)
    export(folder / "Timeline 1.otio", shots=(("beach", 100), ("sea", 20)))
    change = follow()
    assert change is not None
    assert change.kind == "timeline"


def test_a_file_in_growth_is_waited_for(
    host: OtioFileHost, folder: Path, export: Export, tmp_path: Path, clock, follow
) -> None:
    export(folder / "Reel 3.otio")
    host.read(folder)
    whole = export(tmp_path / "whole.otio", markers=MARKERS[:1]).read_bytes()
    target = folder / "Reel 3.otio"
    for share in (0.0, 0.3, 0.6, 0.9):  # every look finds more of it, as over a slow network
        target.write_bytes(whole[: int(share * len(whole))])
        clock.sleep(1.0)
        assert host.poll() is None
    # the line stands still for ten seconds, in the middle of it
    for _ in range(10):
        clock.sleep(1.0)
        assert host.poll() is None
    target.write_bytes(whole)
    change = follow()
    assert change is not None
    assert change.kind == "markers"


def test_read_waits_for_the_end_of_a_file(folder: Path, export: Export, clock, tmp_path: Path) -> None:
    whole = export(tmp_path / "whole.otio").read_bytes()
    target = folder / "Reel 3.otio"
    pieces = iter([whole[:500], whole[:900], whole, whole, whole, whole, whole])
    target.write_bytes(whole[:10])

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        piece = next(pieces)
        if target.read_bytes() != piece:
            target.write_bytes(piece)

    host = OtioFileHost(folder, ask=answer, clock=clock, sleep=sleep)
    assert host.read(folder).name == "Reel 3"


def test_a_file_that_never_ends_is_told(folder: Path, clock) -> None:
    target = folder / "endless.otio"
    target.write_text("{")

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        with target.open("a") as stream:
            stream.write(" " * 100)

    host = OtioFileHost(folder, ask=answer, clock=clock, sleep=sleep)
    with pytest.raises(CutError, match=r"endless\.otio is still being written after 30 s; wait until"):
        host.read(folder)


def test_a_broken_export_is_told_once_and_the_old_one_stands(
    host: OtioFileHost, folder: Path, export: Export, clock, follow
) -> None:
    export(folder / "Reel 3.otio")
    cut = host.read(folder)
    (folder / "Reel 3.otio").write_text('{"OTIO_SCHEMA": "Timeline.1", "tracks": ')
    told = []
    for _ in range(100):
        clock.sleep(1.0)
        try:
            assert host.poll() is None
        except HitpointError as error:
            told.append(str(error))
    assert len(told) == 1
    assert "Reel 3.otio breaks off or is damaged at line 1" in told[0]
    export(folder / "Reel 3.otio")
    assert follow() is None
    assert host.read(folder).revision == cut.revision


def test_a_file_that_was_locked_is_tried_again(folder: Path, export: Export, clock) -> None:
    """On Windows an editor may keep its export locked for long after it has written it."""
    locked = [True]

    def ask(request: dict) -> dict:
        if locked[0]:
            raise CutError("Reel 3.otio cannot be read: Permission denied")
        return answer(request)

    host = OtioFileHost(folder, ask=ask, clock=clock, sleep=clock.sleep)
    host.poll()
    export(folder / "Reel 3.otio")
    clock.sleep(1.0)
    assert host.poll() is None
    clock.sleep(1.0)
    with pytest.raises(CutError, match="Permission denied"):
        host.poll()
    for _ in range(100):
        clock.sleep(1.0)
        assert host.poll() is None  # told once
    locked[0] = False
    told = []
    for _ in range(40):
        clock.sleep(1.0)
        told.append(host.poll())
    assert [change.kind for change in told if change] == ["timeline"]


def test_read_says_why_a_file_cannot_be_used(host: OtioFileHost, folder: Path) -> None:
    (folder / "empty.otio").write_text('{"OTIO_SCHEMA": "SerializableCollection.1", "children": []}')
    with pytest.raises(CutError, match=r"empty\.otio holds an empty collection and no timeline"):
        host.read(folder)


def test_nothing_there_says_what_to_do(host: OtioFileHost, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CutError, match=r"no timeline in .* yet; in your editor, export it as OTIO"):
        host.read(folder)
    with pytest.raises(CutError, match="is not there; connect its disk"):
        OtioFileHost(tmp_path / "away").read(folder)
    with pytest.raises(CutError, match="is not there; export the timeline to it again"):
        OtioFileHost(tmp_path / "cut.otio").read(folder)


def test_delete_and_write_anew_is_not_gone(host: OtioFileHost, folder: Path, export: Export, clock, follow) -> None:
    path = export(folder / "Reel 3.otio")
    host.read(folder)
    path.unlink()
    clock.sleep(1.0)
    assert host.poll() is None
    clock.sleep(1.0)
    assert host.poll() is None
    export(path, markers=MARKERS[:1])
    change = follow()
    assert change is not None
    assert change.kind == "markers"


def test_gone_and_back(host: OtioFileHost, folder: Path, export: Export, follow) -> None:
    path = export(folder / "Reel 3.otio")
    cut = host.read(folder)
    path.unlink()
    gone = follow(looks=10)
    assert gone is not None
    assert (gone.kind, gone.sentence) == (
        "gone",
        "Reel 3.otio is gone from the folder; export the timeline again",
    )
    export(path)
    back = follow()
    assert back is not None
    assert (back.sentence, back.revision) == ("Reel 3.otio is back, unchanged", cut.revision)


def test_an_older_export_does_not_slip_into_the_place_of_one_that_is_gone(
    host: OtioFileHost, folder: Path, export: Export, clock, follow
) -> None:
    export(folder / "Reel 2.otio", shots=(("beach", 100),))
    clock.sleep(1.0)
    host.poll()
    path = export(folder / "Reel 3.otio")
    clock.sleep(1.0)
    host.read(folder)
    path.unlink()
    gone = follow(looks=20)
    assert gone is not None
    assert gone.sentence.endswith("Reel 2.otio is still there: read again to take that one")
    assert host.read(folder).otio_path.name == "Reel 2.otio"


def test_the_folder_goes_away_and_comes_back(host: OtioFileHost, folder: Path, export: Export, follow) -> None:
    export(folder / "Reel 3.otio")
    host.read(folder)
    away = folder.rename(folder.with_name("unplugged"))
    gone = follow(looks=10)
    assert gone is not None
    assert gone.sentence == f"the folder {folder} is away; connect its disk again, the score here stays as it is"
    away.rename(folder)
    back = follow()
    assert back is not None
    assert back.sentence == "Reel 3.otio is back, unchanged"


def test_one_file_is_followed_and_its_neighbours_are_not(folder: Path, export: Export, clock, follow) -> None:
    path = export(folder / "Reel 3.otio")
    host = OtioFileHost(path, ask=answer, clock=clock, sleep=clock.sleep)
    host.read(folder)
    export(folder / "Reel 4.otio", shots=(("beach", 100),))
    assert follow(of=host) is None
    export(path, markers=())
    change = follow(of=host)
    assert change is not None
    assert change.kind == "markers"
    assert host.exchange_folder == folder / "Hitpoint"


def test_two_formats_of_one_export_are_one(host: OtioFileHost, folder: Path, export: Export, fixtures: Path) -> None:
    export(folder / "Reel 3.otio")
    shutil.copyfile(fixtures / "timelines" / "fcp7xml" / "premiere_example.xml", folder / "Reel 3.xml")
    assert host.read(folder).otio_path.name == "Reel 3.otio"


MARKER_LIST = """TITLE: Reel 3
FCM: NON-DROP FRAME

001  001      V     C        01:00:00:12 01:00:00:13 01:00:00:12 01:00:00:13
 |C:ResolveColorBlue |M:Marker 1 |D:1

002  001      V     C        01:00:02:12 01:00:02:13 01:00:02:12 01:00:02:13
a note |C:ResolveColorRed |M:HIT |D:1
"""


def test_a_list_of_markers_is_no_timeline_where_there_is_one(
    host: OtioFileHost, folder: Path, export: Export, follow
) -> None:
    export(folder / "Reel 3.otio")
    host.read(folder)
    (folder / "markers.edl").write_text(MARKER_LIST)
    assert follow() is None
    assert host.read(folder).otio_path.name == "Reel 3.otio"


def test_an_edl_with_a_marker_in_it_is_a_timeline(host: OtioFileHost, folder: Path, export: Export, follow) -> None:
    export(folder / "Reel 3.otio")
    host.read(folder)
    event = "003  REEL     V     C        00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00\n"
    (folder / "another.edl").write_text(MARKER_LIST + event)
    change = follow()
    assert change is not None
    assert change.kind == "timeline"


#: what the files say themselves, read by hand
FORMATS = {
    "resolve_picchu_effects.otio": (FrameRate(24), 86_400),
    "tlrender/SingleClip.otioz": (FrameRate(30), 0),
    "fcp7xml/premiere_example.xml": (FrameRate(30), 0),
    "fcpxml_dawfilekit/29.97.fcpxml": (FrameRate(30000, 1001), 0),
    "aaf/multiple_markers.aaf": (FrameRate(24), 86_400),
    "edl/dissolve_test_2.edl": (FrameRate(24), 86_400),
    "otio/premiere_example.otio": (FrameRate(30), 0),
}
assert FORMATS


@pytest.mark.fixtures
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_followed(host: OtioFileHost, folder: Path, fixtures: Path, name: str, follow) -> None:
    shutil.copyfile(fixtures / "timelines" / name, folder / Path(name).name)
    change = follow()
    assert change is not None
    assert change.kind == "timeline"
    cut = host.read(folder)
    assert (cut.rate.fps, cut.start_timecode_frame) == (FORMATS[name][0].fps, FORMATS[name][1])
    assert cut.revision == change.revision


def test_unfinished_files_of_others_are_left_alone(host: OtioFileHost, folder: Path, export: Export) -> None:
    export(folder / "Reel 3.otio")
    for name in (".Reel 4.otio", "~$Reel 4.otio", "Reel 4.otio.part", "Reel 4.otio.crdownload", "notes.txt"):
        (folder / name).write_text("{}")
    assert host.read(folder).otio_path.name == "Reel 3.otio"


WHOLE = {
    "a.otio": (b'{"a": {}}\n\n', True),
    "b.otio": (b'{"a": {},', False),
    "zeros.otio": (b'{"a": {}}' + b"\0" * 2000, True),
    "c.xml": (b"<xmeml></xmeml>\r\n", True),
    "d.fcpxml": (b"<fcpxml><spine", False),
    "e.otioz": (b"PK\3\4 and no directory at the end", False),
    "f.edl": (b"TITLE: x", True),
}
assert WHOLE


@pytest.mark.parametrize("name", WHOLE)
def test_how_formats_end(tmp_path: Path, name: str) -> None:
    content, expected = WHOLE[name]
    (tmp_path / name).write_bytes(content)
    assert is_whole(tmp_path / name) is expected


def test_looking_at_a_folder_that_is_not_there(tmp_path: Path, clock) -> None:
    assert Watch(tmp_path / "none", settle_s=0.1, clock=clock).look() == []


def test_the_engine_is_not_asked_about_what_did_not_change(folder: Path, export: Export, clock, follow) -> None:
    asked = []

    def ask(request: dict) -> dict:
        asked.append(request)
        return answer(request)

    host = OtioFileHost(folder, ask=ask, clock=clock, sleep=clock.sleep)
    export(folder / "Reel 3.otio")
    host.read(folder)
    assert follow(looks=20, of=host) is None
    assert len(asked) == 1
