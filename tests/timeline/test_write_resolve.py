"""The resolve profile: what Resolve would refuse without a word is not there, and nothing of the input is lost."""

import copy
import json
from pathlib import Path
from types import SimpleNamespace

import opentimelineio as otio
import pytest

from hitpoint.model.audio import AudioFile
from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate, frames_to_samples
from hitpoint.timeline.formats.edl import load_edl
from hitpoint.timeline.media_links import ORIGINAL
from hitpoint.timeline.write_back.marker_edl import write_marker_edl
from hitpoint.timeline.write_back.write import CuePlacement, HitPlacement, ScorePlacement, write_scored_timeline

RATE = FrameRate(24)
DROP = FrameRate(30000, 1001, drop_frame=True)


def _placement(folder: Path) -> ScorePlacement:
    made = {
        name: AudioFile(path=folder / f"cut_{name}.wav", start_sample=0, length_samples=frames_to_samples(500, RATE))
        for name in ("mix", "strings")
    }
    return ScorePlacement(
        mix=made.pop("mix"),
        stems=made,
        cues=(CuePlacement(number="1m1", title="Chase", start_frame=12, end_frame=480, note="d minor"),),
        hits=(
            HitPlacement(
                frame=77,
                name="accent 4.1 | door\nslam",
                note="4.1, heard +0.4 ms",
                kind="accent",
                weight=1,
                cue_number="1m1",
            ),
        ),
    )


def _scored(document: dict, tmp_path: Path, *, start: int = 86_400, profile: str = "resolve") -> dict:
    loaded = SimpleNamespace(
        document=document, timeline=None, path=tmp_path / "cut.otio", rate=RATE, start_timecode_frame=start
    )
    write_scored_timeline(loaded, _placement(tmp_path), tmp_path / "s.otio", profile=profile)
    return json.loads((tmp_path / "s.otio").read_text())


def _time(value: float, rate: float = 24.0) -> dict:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value}


def _span(start: float, frames: float, rate: float = 24.0) -> dict:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(frames, rate)}


def _old_cut() -> dict:
    """As OTIO wrote it years ago, and with everything that Resolve does not take."""
    reference = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "file:///D%3a/a%20b.mov", "metadata": None}
    no_warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "effect_name": "LinearTimeWarp", "time_scalar": 1.0, "metadata": {}}
    warp = {**no_warp, "time_scalar": 2.0}
    color = {"OTIO_SCHEMA": "Color.1", "r": 0.9, "g": 0.1, "b": 0.9, "a": 1.0, "name": ""}
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": None,
        "name": "cut",
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "markers": [
                {"OTIO_SCHEMA": "Marker.3", "name": "HIT", "color": color, "marked_range": _span(3, 1), "metadata": {}}
            ],
            "children": [
                {
                    "OTIO_SCHEMA": "Sequence.1",
                    "kind": "Video",
                    "name": "picture",
                    "children": [
                        {"OTIO_SCHEMA": "Filler.1", "source_range": _span(0, 5)},
                        {
                            "OTIO_SCHEMA": "Clip.1",
                            "name": "late",
                            "source_range": _span(90, 20),
                            "media_reference": {**reference, "available_range": _span(0, 100, 24.0)},
                            "effects": [no_warp, warp],
                        },
                        {"OTIO_SCHEMA": "Clip.1", "name": "none", "source_range": _span(0, 9), "media_reference": None},
                        {
                            "OTIO_SCHEMA": "Clip.1",
                            "name": "whole",
                            "source_range": None,
                            "media_reference": {**reference, "available_range": _span(10, 20)},
                        },
                        {
                            "OTIO_SCHEMA": "Clip.1",
                            "name": "open",
                            "source_range": _span(7, 9),
                            "media_reference": reference,
                        },
                        {
                            "OTIO_SCHEMA": "Stack.1",
                            "source_range": None,
                            "children": [
                                {"OTIO_SCHEMA": "Clip.1", "name": "deep", "source_range": _span(0, 9)},
                            ],
                        },
                    ],
                },
                {"OTIO_SCHEMA": "Track.1", "kind": "Audio", "name": "Dialogue", "metadata": {}, "children": []},
                {"OTIO_SCHEMA": "Track.1", "kind": "Subtitle", "name": "German", "metadata": {}, "children": []},
            ],
        },
    }  # fmt: skip


def _seconds(moment: dict) -> float:
    return moment["value"] / moment["rate"]


def _everything(item: dict):
    yield item
    for child in item.get("children") or ():
        yield from _everything(child)


def _assert_resolve_takes(document: dict) -> None:
    """Everything that editors.md §3.3 says Resolve refuses a timeline for."""
    assert document["global_start_time"]
    assert "Resolve_OTIO" in document["metadata"]
    counts = {"Video": 0, "Audio": 0}
    for track in document["tracks"]["children"]:
        if track["kind"] in counts:
            counts[track["kind"]] += 1
            assert track["name"] == f"{track['kind']} {counts[track['kind']]}"
            assert "Locked" in track["metadata"]["Resolve_OTIO"]
            if track["kind"] == "Audio":
                assert track["metadata"]["Resolve_OTIO"]["Audio Type"]
    clips = 0
    for item in _everything(document["tracks"]):
        schema = item["OTIO_SCHEMA"]
        assert isinstance(item["metadata"], dict)
        assert schema.split(".")[0] in {"Stack", "Track", "Clip", "Gap", "Transition"}
        assert schema.startswith("Transition.") or item["enabled"] in (True, False)
        for marker in item.get("markers") or ():
            assert marker["OTIO_SCHEMA"] == "Marker.2"
            assert isinstance(marker["color"], str)
            assert "Note" in marker["metadata"]["Resolve_OTIO"] or "Keywords" in marker["metadata"]["Resolve_OTIO"]
        for effect in item.get("effects") or ():
            assert not (effect["OTIO_SCHEMA"] == "LinearTimeWarp.1" and effect["time_scalar"] == 1)
        if not schema.startswith("Clip."):
            continue
        clips += 1
        assert schema == "Clip.2"
        assert "media_reference" not in item
        assert item["active_media_reference_key"] in item["media_references"]
        source = item["source_range"]
        for reference in item["media_references"].values():
            available = reference["available_range"]
            assert isinstance(reference["metadata"], dict)
            assert not str(reference.get("target_url", "")).startswith("file:")
            if source is None or available is None or available["duration"]["value"] <= 1:
                continue  # a still has one frame, and Resolve's own export asks more of it
            start, end = _seconds(source["start_time"]), _seconds(source["start_time"]) + _seconds(source["duration"])
            first = _seconds(available["start_time"])
            assert first - 1e-4 <= start
            assert end <= first + _seconds(available["duration"]) + 1e-4
    assert clips


def _assert_holds(after: object, before: object, where: str = "") -> None:
    """Every value of the input is still there, in place, or kept under `ORIGINAL` where it had to be changed."""
    if isinstance(before, dict):
        assert isinstance(after, dict), where
        kept = (after.get("metadata") or {}).get(ORIGINAL, {})
        for key, value in before.items():
            if key == "media_reference":
                if value:
                    _assert_holds(after["media_references"]["DEFAULT_MEDIA"], value, f"{where}/{key}")
            elif key == "OTIO_SCHEMA":
                assert after[key].split(".")[0] == {"Sequence": "Track", "Filler": "Gap"}.get(
                    value.split(".")[0], value.split(".")[0]
                ), where
            elif key in kept:
                assert kept[key] == value, f"{where}/{key}"
            elif value is not None:
                _assert_holds(after[key], value, f"{where}/{key}")
    elif isinstance(before, list):
        assert len(after) >= len(before), where
        for index, value in enumerate(before):
            _assert_holds(after[index], value, f"{where}[{index}]")
    else:
        assert after == before, where


def test_an_old_cut_is_brought_into_shape(tmp_path: Path) -> None:
    before = _old_cut()
    after = _scored(copy.deepcopy(before), tmp_path)
    _assert_resolve_takes(after)
    _assert_holds(after, before)
    stack = after["tracks"]
    assert [t["name"] for t in stack["children"]] == ["Video 1", "Audio 1", "German", "Audio 2", "Audio 3"]
    late, none, whole, open_, _ = stack["children"][0]["children"][1:]
    assert late["media_references"]["DEFAULT_MEDIA"]["target_url"] == "D:/a b.mov"
    assert late["media_references"]["DEFAULT_MEDIA"]["available_range"]["duration"]["value"] == 110.0
    assert [effect["time_scalar"] for effect in late["effects"]] == [2.0]
    assert none["media_references"]["DEFAULT_MEDIA"]["OTIO_SCHEMA"] == "MissingReference.1"
    assert whole["source_range"] == _span(10, 20)
    assert open_["media_references"]["DEFAULT_MEDIA"]["available_range"] == _span(7, 9)
    assert stack["markers"][0]["color"] == "MAGENTA", "the nearest of OTIO's names"
    assert after["global_start_time"]["value"] == 86_400.0


def test_otio_itself_reads_it(tmp_path: Path) -> None:
    document = _old_cut()
    timeline = otio.adapters.read_from_string(json.dumps(_scored(document, tmp_path)), "otio_json")
    assert len(timeline.tracks) == 5
    assert timeline.global_start_time == otio.opentime.RationalTime(86_400, 24)


@pytest.mark.fixtures
def test_every_fixture_is_brought_into_shape(tmp_path: Path, fixtures: Path) -> None:
    timelines = fixtures / "timelines"
    paths = [*sorted(timelines.rglob("*.otio")), timelines / "resolve_clips_ayon" / "timeline.json"]
    assert len(paths) > 20
    for path in paths:
        before = json.loads(path.read_text())
        after = _scored(copy.deepcopy(before), tmp_path, start=0)
        _assert_resolve_takes(after)
        _assert_holds(after, before, path.name)
        otio.adapters.read_from_string(json.dumps(after), "otio_json")


@pytest.mark.fixtures
def test_a_real_resolve_export_is_already_in_shape(tmp_path: Path, fixtures: Path) -> None:
    before = json.loads((fixtures / "timelines" / "resolve_picchu_effects.otio").read_text())
    after = _scored(copy.deepcopy(before), tmp_path)
    assert len(after["tracks"]["children"]) == 19 + 2
    after["tracks"]["children"] = after["tracks"]["children"][:19]
    after["tracks"]["markers"] = []
    assert after == before


@pytest.mark.fixtures
def test_our_tracks_and_clips_have_the_keys_of_a_real_export(tmp_path: Path, fixtures: Path) -> None:
    before = json.loads((fixtures / "timelines" / "resolve_picchu_effects.otio").read_text())
    after = _scored(before, tmp_path)
    *_, theirs, mix, stem = after["tracks"]["children"]
    their_clip = next(item for item in theirs["children"] if item["OTIO_SCHEMA"] == "Clip.2")
    our_clip = next(item for item in mix["children"] if item["OTIO_SCHEMA"] == "Clip.2")
    assert list(mix) == list(theirs)
    assert set(our_clip) == set(their_clip)
    assert mix["metadata"]["Resolve_OTIO"] == theirs["metadata"]["Resolve_OTIO"]
    assert our_clip["metadata"]["Resolve_OTIO"] == {"Channels": their_clip["metadata"]["Resolve_OTIO"]["Channels"]}
    ours, their = (clip["media_references"]["DEFAULT_MEDIA"] for clip in (our_clip, their_clip))
    assert set(their) <= set(ours)
    assert ours["target_url"] == str(tmp_path / "cut_mix.wav")
    assert our_clip["name"] == ours["name"] == "cut_mix.wav"
    assert (mix["name"], stem["name"]) == ("Audio 12", "Audio 13")


def test_the_note_is_where_resolve_keeps_it(tmp_path: Path) -> None:
    markers = _scored(_old_cut(), tmp_path)["tracks"]["markers"]
    assert markers[1]["metadata"]["Resolve_OTIO"] == {"Keywords": [], "Note": "Hitpoint: 1m1 Chase, d minor"}
    assert markers[1]["comment"] == "Hitpoint: 1m1 Chase, d minor"


def test_the_generic_profile_leaves_the_input_alone(tmp_path: Path) -> None:
    before = _old_cut()
    after = _scored(copy.deepcopy(before), tmp_path, profile="generic")
    after["tracks"]["children"] = after["tracks"]["children"][:3]
    after["tracks"]["markers"] = after["tracks"]["markers"][:1]
    assert after == before


# --- marker EDL ------------------------------------------------------------------------------------------------------


def test_the_marker_edl_has_resolves_form(tmp_path: Path) -> None:
    path = tmp_path / "m.edl"
    write_marker_edl(_placement(tmp_path), path, rate=RATE, start_timecode_frame=86_400, title="my\ncut")
    assert path.read_text() == (
        "TITLE: my cut\n"
        "FCM: NON-DROP FRAME\n"
        "\n"
        "001  001      V     C        01:00:00:12 01:00:00:13 01:00:00:12 01:00:00:13  \n"
        "Hitpoint: d minor |C:ResolveColorFuchsia |M:1m1 Chase |D:468\n"
        "\n"
        "002  001      V     C        01:00:03:05 01:00:03:06 01:00:03:05 01:00:03:06  \n"
        "Hitpoint: 4.1, heard +0.4 ms |C:ResolveColorPurple |M:accent 4.1 / door slam |D:1\n"
        "\n"
    )


def test_the_marker_edl_counts_in_drop_frame_where_the_timeline_does(tmp_path: Path) -> None:
    path = tmp_path / "m.edl"
    write_marker_edl(_placement(tmp_path), path, rate=DROP, start_timecode_frame=107_892 - 77 - 1, title="cut")
    text = path.read_text()
    assert "FCM: DROP FRAME" in text
    assert "00:59:59;29 01:00:00;00 00:59:59;29 01:00:00;00" in text


def test_the_marker_edl_is_recognised_as_a_list_of_markers(tmp_path: Path) -> None:
    path = tmp_path / "m.edl"
    write_marker_edl(_placement(tmp_path), path, rate=RATE, start_timecode_frame=0, title="cut")
    with pytest.raises(CutError, match="list of markers and holds no cut"):
        load_edl(path)
