"""The scored timeline: the input, whole, and the score at its exact record time."""

import copy
import json
import zipfile
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import opentimelineio as otio
import pytest

from hitpoint.delivery.wav import read_bwf_info, time_reference_samples, write_bwf
from hitpoint.model.audio import AudioFile
from hitpoint.model.errors import CutError, OutputError, SettingError
from hitpoint.model.time import FrameRate, frames_to_samples, timecode_to_frames, whole_sample_period_frames
from hitpoint.timeline.media_links import ORIGINAL, bare_path, find_media, is_relative, media_url
from hitpoint.timeline.previous_score import OURS, is_our_audio, is_our_marker
from hitpoint.timeline.write_back.write import (
    CuePlacement,
    HitPlacement,
    ScorePlacement,
    wav_head_frame,
    write_scored_timeline,
)

NTSC = FrameRate(30000, 1001)
RATES = {
    "24": (FrameRate(24), "01:00:00:00"),
    "25": (FrameRate(25), "10:00:00:00"),
    "23.976": (FrameRate(24000, 1001), "01:00:00:00"),
    "29.97 NDF": (NTSC, "01:00:00:00"),
    "29.97 DF": (FrameRate(30000, 1001, drop_frame=True), "01:00:00;00"),
    "29.97 odd start": (NTSC, "00:59:58:03"),
    "59.94 DF": (FrameRate(60000, 1001, drop_frame=True), "00:59:30;00"),
    "60 at midnight": (FrameRate(60), "00:00:00:00"),
}
assert RATES


def _range(start: float, frames: float, rate: float) -> otio.opentime.TimeRange:
    rational = otio.opentime.RationalTime
    return otio.opentime.TimeRange(rational(start, rate), rational(frames, rate))


def _cut(folder: Path, rate: FrameRate, start: int, *, spelled: float | None = None) -> SimpleNamespace:
    """A loaded cut: one shot of 400 frames, a marker, a metadata key."""
    rate_fps = spelled or float(rate.fps)
    folder.mkdir(parents=True, exist_ok=True)
    timeline = otio.schema.Timeline("cut", global_start_time=otio.opentime.RationalTime(start, rate_fps))
    timeline.metadata["studio"] = {"shot": [1, 2.5, None]}
    track = otio.schema.Track("V1", kind="Video")
    track.append(otio.schema.Clip("shot", otio.schema.MissingReference(), _range(0, 400, rate_fps)))
    timeline.tracks.append(track)
    timeline.tracks.markers.append(otio.schema.Marker("HIT door", _range(77, 1, rate_fps), "RED", comment="slam"))
    path = folder / "cut.otio"
    path.write_text(timeline.to_json_string())
    return _load(path, rate=rate, start=start)


def _load(path: Path, *, rate: FrameRate, start: int) -> SimpleNamespace:
    document = json.loads(path.read_text())
    return SimpleNamespace(timeline=None, document=document, path=path, rate=rate, start_timecode_frame=start)


def _files(folder: Path, rate: FrameRate, start: int, *, first: int = -300, frames: int = 500) -> ScorePlacement:
    """Real WAVs of silence, as the pipeline lays them out, and three cues with two gaps."""
    head = wav_head_frame(first, rate, start)
    period = whole_sample_period_frames(rate)
    length = frames_to_samples(-(-frames // period) * period, rate)
    start_sample = frames_to_samples(head, rate)
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    made = {
        name: write_bwf(
            [np.zeros((length, 2), np.float32)],
            folder / "audio" / f"cut_{name}.wav",
            start_sample=start_sample,
            time_reference_samples=time_reference_samples(start_sample, rate, start),
        )
        for name in ("mix", "strings", "percussion")
    }
    return ScorePlacement(
        mix=made.pop("mix"),
        stems=made,
        cues=(
            CuePlacement(number="1m1", title="Chase", start_frame=0, end_frame=101, note="d minor, 96 bpm"),
            CuePlacement(number="1m2", title="Bridge", start_frame=101, end_frame=203),
            CuePlacement(number="1m3", title="End", start_frame=251, end_frame=411),
        ),
        hits=(
            HitPlacement(
                frame=77,
                name="accent 4.1 door",
                note="accent on bar 4.1, planned +0.0 ms, heard +0.4 ms",
                kind="accent",
                weight=0.8,
                cue_number="1m1",
                metadata={"bar": 4, "beat": 1.0, "measured_error_ms": 0.4},
            ),
        ),
        metadata={"version": "0.1.0", "seed": 7},
    )


def _written(loaded: SimpleNamespace, placement: ScorePlacement, path: Path, **options: object) -> dict:
    write_scored_timeline(loaded, placement, path, **options)
    return json.loads(path.read_text())


def _stripped(document: dict) -> dict:
    """The scored timeline without what is ours: markers, tracks, and what we changed in the input."""
    document = copy.deepcopy(document)
    stack = document["tracks"]
    for key in ("children", "markers"):
        stack[key] = [item for item in stack[key] if OURS not in (item.get("metadata") or {})]
    pending = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            node |= (node.get("metadata") or {}).pop(ORIGINAL, {})
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    return document


def _score_tracks(timeline: otio.schema.Timeline) -> list[otio.schema.Track]:
    return [track for track in timeline.tracks if OURS in track.metadata]


def _sample(moment: otio.opentime.RationalTime, rate: FrameRate) -> Fraction:
    """The 48 kHz sample of a moment, with the rate taken for what it means."""
    assert moment.value == int(moment.value), "whole frames"
    assert FrameRate.snap(moment.rate).fps == rate.fps
    return int(moment.value) * rate.frame_s * 48_000


@pytest.mark.parametrize("profile", ["generic", "resolve"])
@pytest.mark.parametrize("name", RATES)
def test_every_clip_sounds_at_its_exact_record_time(tmp_path: Path, name: str, profile: str) -> None:
    """As any OTIO reader works it out: gaps and durations give the record time, ranges the place in the file."""
    rate, timecode = RATES[name]
    start = timecode_to_frames(timecode, rate)
    placement = _files(tmp_path, rate, start)
    path = tmp_path / "cut.scored.otio"
    write_scored_timeline(_cut(tmp_path, rate, start), placement, path, profile=profile)
    timeline = otio.adapters.read_from_file(str(path))
    tracks = _score_tracks(timeline)
    assert len(tracks) == 3
    for track in tracks:
        clips = list(track.find_clips())
        assert len(clips) == len(placement.cues)
        for clip, cue in zip(clips, placement.cues, strict=True):
            in_parent = clip.range_in_parent()
            in_stack = clip.transformed_time_range(clip.trimmed_range(), timeline.tracks)
            assert in_stack == in_parent
            assert (in_parent.start_time.value, in_parent.duration.value) == (
                cue.start_frame,
                cue.end_frame - cue.start_frame,
            )
            available = clip.available_range()
            assert available.start_time <= clip.source_range.start_time
            assert clip.source_range.end_time_exclusive() <= available.end_time_exclusive()
            skipped = _sample(clip.source_range.start_time - available.start_time, rate)
            heard = placement.mix.start_sample + skipped
            assert abs(heard - _sample(in_parent.start_time, rate)) <= Fraction(1, 2)
            info = read_bwf_info(find_media(clip.media_reference.target_url, tmp_path))
            assert info.time_reference_samples == _sample(available.start_time, rate), "the file's own timecode"
            assert info.length_samples == _sample(available.duration, rate)


def test_source_timecode_is_record_timecode(tmp_path: Path) -> None:
    loaded = _cut(tmp_path, FrameRate(24), 86_400)
    document = _written(loaded, _files(tmp_path, FrameRate(24), 86_400), tmp_path / "s.otio")
    clips = [item for item in document["tracks"]["children"][1]["children"] if item["OTIO_SCHEMA"] == "Clip.2"]
    assert [clip["source_range"]["start_time"]["value"] for clip in clips] == [86_400.0, 86_501.0, 86_651.0]


def test_a_head_before_midnight_is_labelled_as_the_day_before(tmp_path: Path) -> None:
    rate = FrameRate(25)
    document = _written(_cut(tmp_path, rate, 0), _files(tmp_path, rate, 0), tmp_path / "s.otio")
    clip = document["tracks"]["children"][1]["children"][0]
    available = clip["media_references"]["DEFAULT_MEDIA"]["available_range"]
    assert available["start_time"]["value"] == 25 * 86_400 - 1
    assert clip["source_range"]["start_time"]["value"] == 25 * 86_400


@pytest.mark.parametrize("name", RATES)
def test_the_wav_head_is_whole_in_frames_and_samples(name: str) -> None:
    rate, timecode = RATES[name]
    start = timecode_to_frames(timecode, rate)
    for first in (-5_000, -1, 0, 1, 48_000, 1_234_567):
        head = wav_head_frame(first, rate, start)
        assert (rate.frame_s * 48_000 * (start + head)).denominator == 1
        assert frames_to_samples(head, rate) <= first < frames_to_samples(head + 6, rate)


def test_a_wav_that_does_not_start_on_a_frame_is_refused(tmp_path: Path) -> None:
    file = AudioFile(path=tmp_path / "a.wav", start_sample=7, length_samples=48_000)
    placement = ScorePlacement(
        mix=file, stems={}, cues=(CuePlacement(number="1m1", title="", start_frame=0, end_frame=9),), hits=()
    )
    with pytest.raises(ValueError, match="does not start on a frame"):
        write_scored_timeline(_cut(tmp_path, FrameRate(24), 0), placement, tmp_path / "s.otio")


def test_nothing_is_asked_of_a_file_that_it_does_not_hold(tmp_path: Path) -> None:
    rate = FrameRate(24)
    file = AudioFile(
        path=tmp_path / "a.wav", start_sample=frames_to_samples(10, rate), length_samples=frames_to_samples(50, rate)
    )
    cues = tuple(
        CuePlacement(number=f"1m{n}", title="", start_frame=n * 40 - 45, end_frame=n * 40 - 5) for n in (1, 2, 3)
    )
    placement = ScorePlacement(mix=file, stems={}, cues=cues, hits=())
    document = _written(_cut(tmp_path, rate, 0), placement, tmp_path / "s.otio")
    track = otio.adapters.read_from_string(json.dumps(document["tracks"]["children"][1]), "otio_json")
    spans = [clip.range_in_parent() for clip in track.find_clips()]
    assert [(span.start_time.value, span.end_time_exclusive().value) for span in spans] == [(10, 35), (35, 60)]


def test_a_placement_checks_itself(tmp_path: Path) -> None:
    file = AudioFile(path=tmp_path / "a.wav", start_sample=0, length_samples=48_000)
    other = AudioFile(path=tmp_path / "b.wav", start_sample=0, length_samples=48_001)
    one, two = (CuePlacement(number=f"1m{n}", title="", start_frame=n, end_frame=n + 2) for n in (1, 2))
    with pytest.raises(ValueError, match="stem 'bass' does not start and end with the mix"):
        ScorePlacement(mix=file, stems={"bass": other}, cues=(), hits=())
    with pytest.raises(ValueError, match="1m2 starts before 1m1 has ended"):
        ScorePlacement(mix=file, stems={}, cues=(one, two), hits=())
    empty = CuePlacement(number="1m9", title="", start_frame=2, end_frame=2)
    with pytest.raises(ValueError, match="1m9 has no frames"):
        ScorePlacement(mix=file, stems={}, cues=(empty,), hits=())


@pytest.mark.parametrize("stems_only", [False, True])
def test_tracks_are_named_and_nothing_plays_twice(tmp_path: Path, stems_only: bool) -> None:
    placement = _files(tmp_path, NTSC, 0)
    document = _written(_cut(tmp_path, NTSC, 0), placement, tmp_path / "s.otio", stems_only=stems_only)
    ours = document["tracks"]["children"][1:]
    assert [(t["name"], t["kind"], t["enabled"]) for t in ours] == [
        ("Score", "Audio", not stems_only),
        ("Score strings", "Audio", stems_only),
        ("Score percussion", "Audio", stems_only),
    ]
    assert all(track["metadata"][OURS]["seed"] == 7 for track in ours)
    assert [item["name"] for item in ours[1]["children"]] == ["1m1 strings", "1m2 strings", "", "1m3 strings"]
    assert all(OURS in item["metadata"] for track in ours for item in track["children"])


def test_markers_answer_in_the_stacks_own_time(tmp_path: Path) -> None:
    rate, start = NTSC, 107_892
    path = tmp_path / "s.otio"
    write_scored_timeline(_cut(tmp_path, rate, start), _files(tmp_path, rate, start), path)
    markers = list(otio.adapters.read_from_file(str(path)).tracks.markers)
    assert [marker.name for marker in markers] == ["HIT door", "1m1 Chase", "1m2 Bridge", "1m3 End", "accent 4.1 door"]
    cue, hit = markers[1], markers[-1]
    assert (cue.color, cue.marked_range) == ("MAGENTA", _range(0, 101, float(rate.fps)))
    assert (hit.color, hit.marked_range) == ("PURPLE", _range(77, 1, float(rate.fps)))
    assert hit.comment == "Hitpoint: accent 4.1 door, accent on bar 4.1, planned +0.0 ms, heard +0.4 ms"
    assert dict(hit.metadata[OURS]) == {
        "cue": "1m1", "kind": "accent", "weight": 0.8, "bar": 4, "beat": 1.0, "measured_error_ms": 0.4
    }  # fmt: skip
    assert all(is_our_marker(marker.metadata, marker.comment) for marker in markers[1:])
    assert not is_our_marker(markers[0].metadata, markers[0].comment)


def test_a_trimmed_timeline_counts_from_its_own_start(tmp_path: Path) -> None:
    """The stack may have a source range: record frame 0 is its start, tracks and markers count from before it."""
    loaded = _cut(tmp_path, FrameRate(24), 0)
    loaded.document["tracks"]["source_range"] = json.loads(
        otio.adapters.write_to_string(_range(48, 96, 48), "otio_json")
    )
    path = tmp_path / "s.otio"
    write_scored_timeline(loaded, _files(tmp_path, FrameRate(24), 0), path)
    timeline = otio.adapters.read_from_file(str(path))
    first = _score_tracks(timeline)[0].find_clips()[0]
    assert first.range_in_parent().start_time.value == 24
    assert timeline.tracks.markers[-1].marked_range.start_time.value == 24 + 77


@pytest.mark.parametrize("spelled", [23.976, 23.98, 23.976024627685547, 24000 / 1001])
def test_the_rate_is_spelled_as_the_timeline_spells_it(tmp_path: Path, spelled: float) -> None:
    """Otherwise OTIO would add our frames to the editor's at two rates, and give fractions."""
    rate = FrameRate(24000, 1001)
    path = tmp_path / "s.otio"
    write_scored_timeline(_cut(tmp_path, rate, 86_400, spelled=spelled), _files(tmp_path, rate, 86_400), path)
    timeline = otio.adapters.read_from_file(str(path))
    assert timeline.duration() == otio.opentime.RationalTime(411, spelled)
    assert timeline.duration().rate == spelled, "editors take the project's rate from here"


def test_the_rate_of_sound_is_not_taken_for_the_rate_of_picture(tmp_path: Path) -> None:
    loaded = _cut(tmp_path, FrameRate(24), 0)
    loaded.document["tracks"]["children"][0]["children"][0]["source_range"]["duration"]["rate"] = 48_000
    loaded.document["global_start_time"] = None
    document = _written(loaded, _files(tmp_path, FrameRate(24), 0), tmp_path / "s.otio")
    assert document["tracks"]["markers"][-1]["marked_range"]["start_time"]["rate"] == 24.0


# --- nothing is lost -------------------------------------------------------------------------------------------------


def test_strange_things_come_through(tmp_path: Path) -> None:
    loaded = _cut(tmp_path, FrameRate(24), 0)
    stack = loaded.document["tracks"]
    strange = {
        "OTIO_SCHEMA": "HologramTrack.7",
        "deep": [{"OTIO_SCHEMA": "Clip.99", "n": 12345678901234567890}],
        "x": 1.0,
    }
    stack["children"].insert(0, strange)
    stack["markers"].append(
        {"OTIO_SCHEMA": "Marker.3", "color": {"OTIO_SCHEMA": "Color.1", "r": 1.0}, "metadata": None}
    )
    stack["children"][1]["metadata"] = {"naïve — ключ": "\ud800 half a pair", "tiny": 5e-324, "int": 1, "float": 1.0}
    before = copy.deepcopy(loaded.document)
    after = _written(loaded, _files(tmp_path, FrameRate(24), 0), tmp_path / "s.otio")
    assert json.dumps(_stripped(after)) == json.dumps(before), "order, and 1 against 1.0, included"
    assert loaded.document == before, "what was read is not touched"


@pytest.mark.fixtures
def test_every_fixture_comes_through(tmp_path: Path, fixtures: Path) -> None:
    timelines = fixtures / "timelines"
    paths = [*sorted(timelines.rglob("*.otio")), timelines / "resolve_clips_ayon" / "timeline.json"]
    assert len(paths) > 20
    placement = _files(tmp_path, FrameRate(24), 0)
    for path in paths:
        before = json.loads(path.read_text())
        loaded = _load(path, rate=FrameRate(24), start=0)
        after = _written(loaded, placement, tmp_path / "s.otio", final_path=path.parent / "s.otio")
        stripped = _stripped(after)
        if "markers" not in before["tracks"]:
            assert stripped["tracks"].pop("markers") == []
        assert stripped == before, path
        if "premiere_example.otio" not in path.name:  # Marker.3, which OTIO 0.18 cannot read
            scored = otio.adapters.read_from_string(json.dumps(after), "otio_json")
            assert len(_score_tracks(scored)) == 3


def test_other_formats_are_written_as_otio_read_them(tmp_path: Path) -> None:
    loaded = _cut(tmp_path, FrameRate(25), 90_000)
    loaded.timeline = otio.adapters.read_from_file(str(loaded.path))
    loaded.document = None
    after = _written(loaded, _files(tmp_path, FrameRate(25), 90_000), tmp_path / "s.otio")
    assert _stripped(after) == json.loads(loaded.timeline.to_json_string())


def test_a_timeline_without_tracks_is_refused(tmp_path: Path) -> None:
    loaded = _cut(tmp_path, FrameRate(25), 0)
    loaded.document["tracks"] = None
    with pytest.raises(CutError, match=r"cut\.otio has no tracks"):
        write_scored_timeline(loaded, _files(tmp_path, FrameRate(25), 0), tmp_path / "s.otio")


# --- the earlier score -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first_profile", ["generic", "resolve"])
@pytest.mark.parametrize("profile", ["generic", "resolve"])
def test_scoring_again_replaces_the_score(tmp_path: Path, profile: str, first_profile: str) -> None:
    rate = FrameRate(24)
    placement = _files(tmp_path, rate, 0)
    path = tmp_path / "s.otio"
    _written(_cut(tmp_path, rate, 0), placement, path, profile=first_profile)
    once = _written(_load(path, rate=rate, start=0), placement, path, profile=profile)
    twice = _written(_load(path, rate=rate, start=0), placement, path, profile=profile)
    assert twice == once
    assert len(once["tracks"]["children"]) == 1 + 3
    assert len(once["tracks"]["markers"]) == 1 + 4


def test_an_editor_that_drops_our_metadata_does_not_double_the_score(tmp_path: Path) -> None:
    rate = FrameRate(24)
    placement = _files(tmp_path, rate, 0)
    path = tmp_path / "s.otio"
    scored = _written(_cut(tmp_path, rate, 0), placement, path, profile="resolve")
    stack = scored["tracks"]
    for marker in stack["markers"]:
        marker["metadata"].pop(OURS, None)
        marker["comment"] = ""  # only Resolve's note is left
    for track in stack["children"]:
        track["metadata"].pop(OURS, None)
    path.write_text(json.dumps(scored))
    again = _written(_load(path, rate=rate, start=0), placement, path)
    assert [track["name"] for track in again["tracks"]["children"]] == [
        "Video 1", "Score", "Score strings", "Score percussion"
    ]  # fmt: skip
    assert len(again["tracks"]["markers"]) == 1 + 4


def test_a_score_of_another_film_is_temp_music_and_stays(tmp_path: Path) -> None:
    rate = FrameRate(24)
    placement = _files(tmp_path, rate, 0)
    (tmp_path / "audio" / "cut_mix.wav").rename(tmp_path / "audio" / "other_mix.wav")
    loaded = _cut(tmp_path, rate, 0)
    own_mix = tmp_path / "audio" / "cut_mix.wav"
    own_mix.write_bytes(b"RIFF" + bytes(300))  # the editor's own file of that name
    for index, name in enumerate(("other_mix.wav", "cut_mix.wav")):
        track = otio.schema.Track(f"A{index}", kind="Audio")
        reference = otio.schema.ExternalReference(f"audio/{name}")
        track.append(otio.schema.Clip(name, reference, _range(0, 10, 24)))
        loaded.document["tracks"]["children"].append(json.loads(track.to_json_string()))
    assert is_our_audio(tmp_path / "audio" / "other_mix.wav")
    assert not is_our_audio(own_mix)
    assert not is_our_audio(tmp_path / "none.wav")
    after = _written(loaded, placement, tmp_path / "s.otio")
    assert [track["name"] for track in after["tracks"]["children"][:3]] == ["V1", "A0", "A1"]
    assert len(after["tracks"]["children"]) == 3 + 3


# --- media stays online ----------------------------------------------------------------------------------------------


def _with_media(folder: Path, *urls: str) -> SimpleNamespace:
    loaded = _cut(folder, FrameRate(24), 0)
    track = otio.schema.Track("V2", kind="Video")
    for url in urls:
        track.append(otio.schema.Clip(url, otio.schema.ExternalReference(url), _range(0, 10, 24)))
    loaded.document["tracks"]["children"].append(json.loads(track.to_json_string()))
    return loaded


def _urls(document: dict) -> list[str]:
    clips = document["tracks"]["children"][1]["children"]
    return [next(iter(clip["media_references"].values()))["target_url"] for clip in clips]


@pytest.mark.parametrize("url", ["media/a b.mov", "./media/a%20b.mov"])
def test_relative_media_still_resolve_from_another_folder(tmp_path: Path, url: str) -> None:
    loaded = _with_media(tmp_path / "project", url, "media/gone.mov", "/abs/x.mov", "file:///y.mov", "C:\\z.mov")
    media = tmp_path / "project" / "media" / "a b.mov"
    media.parent.mkdir()
    media.touch()
    out = tmp_path / "out"
    after = _written(loaded, _files(out, FrameRate(24), 0), out / "s.otio")
    assert find_media(_urls(after)[0], out) == media
    assert _urls(after)[1:] == ["media/gone.mov", "/abs/x.mov", "file:///y.mov", "C:\\z.mov"], "what is missing stays"
    assert _stripped(after) == loaded.document, "and what it said is kept"
    again = _written(_load(out / "s.otio", rate=FrameRate(24), start=0), _files(out, FrameRate(24), 0), out / "s.otio")
    assert again == after


def test_a_file_of_the_same_name_beside_the_result_is_not_taken_for_the_media(tmp_path: Path) -> None:
    loaded = _with_media(tmp_path / "project", "a.mov")
    (tmp_path / "project" / "a.mov").touch()
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.mov").touch()
    after = _written(loaded, _files(out, FrameRate(24), 0), out / "s.otio")
    assert _urls(after) == [str(tmp_path / "project" / "a.mov")]


def test_in_the_same_folder_nothing_is_changed(tmp_path: Path) -> None:
    loaded = _with_media(tmp_path, "a.mov")
    (tmp_path / "a.mov").touch()
    assert _urls(_written(loaded, _files(tmp_path, FrameRate(24), 0), tmp_path / "s.otio")) == ["a.mov"]


def test_the_final_folder_counts_not_the_one_it_is_written_in(tmp_path: Path) -> None:
    loaded = _with_media(tmp_path, "a.mov")
    (tmp_path / "a.mov").touch()
    staging = tmp_path / ".staging"
    placement = _files(tmp_path, FrameRate(24), 0)
    staging.mkdir()
    after = _written(loaded, placement, staging / "s.otio", final_path=tmp_path / "s.otio")
    assert _urls(after) == ["a.mov"]
    clip = after["tracks"]["children"][2]["children"][0]
    assert clip["media_references"]["DEFAULT_MEDIA"]["target_url"] == "audio/cut_mix.wav"


def test_image_sequences_stay_online(tmp_path: Path) -> None:
    loaded = _with_media(tmp_path / "project")
    sequences = [otio.schema.ImageSequenceReference(target_url_base=base, name_prefix="a.") for base in ("seq/", "")]
    for sequence in sequences:
        clip = otio.schema.Clip("s", sequence, _range(0, 10, 24))
        loaded.document["tracks"]["children"][1]["children"].append(json.loads(clip.to_json_string()))
    (tmp_path / "project" / "seq").mkdir()
    out = tmp_path / "out"
    after = _written(loaded, _files(out, FrameRate(24), 0), out / "s.otio")
    bases = [
        clip["media_references"]["DEFAULT_MEDIA"]["target_url_base"]
        for clip in after["tracks"]["children"][1]["children"]
    ]
    assert bases == [f"{tmp_path}/project/seq/", f"{tmp_path}/project/"]


def _bundle(folder: Path) -> SimpleNamespace:
    loaded = _with_media(folder, "media/a b.mov", "media/lost.mov")
    path = folder / "cut.otioz"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("content.otio", json.dumps(loaded.document))
        bundle.writestr("media/a b.mov", b"picture" * 1000)
        bundle.writestr("media/../../evil.mov", b"no")
    loaded.path = path
    return loaded


def test_media_in_a_bundle_is_copied_out(tmp_path: Path) -> None:
    loaded = _bundle(tmp_path / "project")
    out, staging = tmp_path / "out", tmp_path / "staging"
    placement = _files(out, FrameRate(24), 0)
    staging.mkdir()
    after = _written(loaded, placement, staging / "s.otio", final_path=out / "s.otio")
    assert _urls(after) == ["cut media/a b.mov", "media/lost.mov"]
    assert (staging / "cut media" / "a b.mov").read_bytes() == b"picture" * 1000
    assert sorted(path.name for path in staging.rglob("*") if path.is_file()) == ["a b.mov", "s.otio"]
    assert _stripped(after) == loaded.document
    resolve = _written(loaded, placement, staging / "r.otio", final_path=out / "r.otio", profile="resolve")
    assert _urls(resolve)[0] == str(out / "cut media" / "a b.mov")


def test_a_damaged_bundle_is_said(tmp_path: Path) -> None:
    loaded = _bundle(tmp_path)
    whole = loaded.path.read_bytes()
    at = whole.index(b"picture")
    loaded.path.write_bytes(whole[:at] + b"X" + whole[at + 1 :])
    with pytest.raises(CutError, match=r"media/a b\.mov in it is damaged"):
        write_scored_timeline(loaded, _files(tmp_path, FrameRate(24), 0), tmp_path / "s.otio")
    assert not (tmp_path / "s.otio").exists()


def test_an_unpacked_bundle_is_its_own_folder(tmp_path: Path) -> None:
    loaded = _with_media(tmp_path / "cut.otiod", "media/a.mov")
    media = tmp_path / "cut.otiod" / "media" / "a.mov"
    media.parent.mkdir()
    media.touch()
    loaded.path = tmp_path / "cut.otiod"
    out = tmp_path / "out"
    after = _written(loaded, _files(out, FrameRate(24), 0), out / "s.otio")
    assert find_media(_urls(after)[0], out) == media


@pytest.mark.parametrize(
    ("media", "url"),
    [
        ("/out/audio/cut_mix.wav", "audio/cut_mix.wav"),
        ("/out/audio/Ça va_mix.wav", "audio/Ça va_mix.wav"),
        ("/out/audio/100%_mix.wav", "audio/100%25_mix.wav"),
        ("/out/audio/#1 a_mix.wav", "audio/%231%20a_mix.wav"),
        ("/elsewhere/my film.mov", "/elsewhere/my film.mov"),
        ("/elsewhere/take #2.mov", "file:///elsewhere/take%20%232.mov"),
    ],
)
def test_how_media_is_named(media: str, url: str) -> None:
    assert media_url(Path(media), Path("/out"), is_resolve=False) == url
    assert media_url(Path(media), Path("/out"), is_resolve=True) == media
    decoded = bare_path(url) if url.startswith("file:") else otio.url_utils.filepath_from_url(url)
    assert Path("/out") / decoded == Path(media), "a reader that decodes finds it"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///a/b%20c.mov", "/a/b c.mov"),
        ("file://localhost/D%3a/media/x.wav", "D:/media/x.wav"),
        ("file:///C:/x.mov", "C:/x.mov"),
        ("file://server/share/x.mov", "//server/share/x.mov"),
        ("/a/50%20.mov", "/a/50%20.mov"),
    ],
)
def test_file_urls_become_plain_paths(url: str, path: str) -> None:
    assert bare_path(url) == path
    assert not is_relative(url)


def test_a_path_that_is_none_is_not_found(tmp_path: Path) -> None:
    assert find_media("x" * 5_000, tmp_path) is None
    assert find_media("a\0b", tmp_path) is None


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="did you mean 'resolve'"):
        write_scored_timeline(
            _cut(tmp_path, FrameRate(24), 0), _files(tmp_path, FrameRate(24), 0), tmp_path / "s.otio", profile="resolv"
        )


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the folder does not exist"):
        write_scored_timeline(
            _cut(tmp_path, FrameRate(24), 0), _files(tmp_path, FrameRate(24), 0), tmp_path / "no" / "s.otio"
        )


def test_an_old_file_stays_whole_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "s.otio"
    path.write_text("old")
    placement = _files(tmp_path, FrameRate(24), 0)
    placement.metadata["wrong"] = object()
    with pytest.raises(TypeError):
        write_scored_timeline(_cut(tmp_path, FrameRate(24), 0), placement, path)
    assert path.read_text() == "old"
    assert not list(tmp_path.glob(".*"))
