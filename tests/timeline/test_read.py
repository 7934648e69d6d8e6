"""OTIO timelines become cuts: what is seen, where markers fall, what is missing."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentimelineio.opentime import RationalTime, TimeRange

from hitpoint.model.cut import Cut
from hitpoint.model.errors import CutError, HitpointError
from hitpoint.model.time import FrameRate
from hitpoint.timeline import load_timeline, read_cut

FPS = 25.0


def span(start: float, length: float, fps: float = FPS) -> TimeRange:
    return TimeRange(RationalTime(start, fps), RationalTime(length, fps))


def clip(
    name: str, length: float, *, start: float = 0, media: Any = None, fps: float = FPS, **more: Any
) -> otio.schema.Clip:
    reference = otio.schema.ExternalReference(media, span(0, 10_000, fps)) if isinstance(media, str) else media
    made = otio.schema.Clip(name, reference, span(start, length, fps))
    made.enabled = more.pop("enabled", True)
    made.effects.extend(more.pop("effects", ()))
    made.markers.extend(more.pop("markers", ()))
    assert not more
    return made


def gap(length: float, fps: float = FPS) -> otio.schema.Gap:
    return otio.schema.Gap(source_range=span(0, length, fps))


def marker(name: str, at: float, length: float = 0, color: str = "RED", fps: float = FPS) -> otio.schema.Marker:
    return otio.schema.Marker(name=name, marked_range=span(at, length, fps), color=color)


def track(*items: Any, kind: str = "Video", name: str = "") -> otio.schema.Track:
    made = otio.schema.Track(name, kind=kind)
    made.extend(items)
    return made


def timeline(*tracks: Any, start: float | None = 90_000, fps: float = FPS) -> otio.schema.Timeline:
    made = otio.schema.Timeline("the cut")
    made.tracks.extend(tracks)
    made.global_start_time = None if start is None else RationalTime(start, fps)
    return made


@pytest.fixture
def cut_of(tmp_path: Path) -> Callable[..., Cut]:
    def read(made: otio.schema.Timeline, **options: Any) -> Cut:
        path = tmp_path / "cut.otio"
        otio.adapters.write_to_file(made, str(path))
        return read_cut(load_timeline(path), **options)

    return read


def shown(cut: Cut) -> list[tuple[str, int, int]]:
    return [(shot.name, shot.span.start_frame, shot.span.end_frame) for shot in cut.shots]


# ------------------------------------------------------------------ picture


def test_a_plain_cut(cut_of: Callable[..., Cut]) -> None:
    cut = cut_of(timeline(track(clip("a", 10), gap(5), clip("b", 20))))
    assert shown(cut) == [("a", 0, 10), ("b", 15, 35)]
    assert (cut.duration_frames, cut.rate, cut.timecode(0)) == (35, FrameRate(25), "01:00:00:00")
    assert cut.name == "the cut"


def test_the_topmost_enabled_picture_is_seen(cut_of: Callable[..., Cut]) -> None:
    cut = cut_of(
        timeline(
            track(clip("low", 100)),
            track(gap(20), clip("mid", 30)),
            track(gap(30), clip("off", 10, enabled=False), clip("top", 10)),
        )
    )
    assert shown(cut) == [("low", 0, 20), ("mid", 20, 40), ("top", 40, 50), ("low", 50, 100)]
    assert [shot.index for shot in cut.shots] == [0, 1, 2, 3]


def test_a_clip_that_comes_back_goes_on_in_its_media(cut_of: Callable[..., Cut]) -> None:
    cut = cut_of(timeline(track(clip("low", 100, start=50)), track(gap(20), clip("mid", 30))))
    back = cut.shots[2].media
    assert back is not None
    assert (back.source_start_s, back.source_duration_s) == (Fraction(100, 25), Fraction(50, 25))


def test_a_disabled_track_is_not_seen(cut_of: Callable[..., Cut]) -> None:
    upper = track(clip("upper", 10))
    upper.enabled = False
    assert shown(cut_of(timeline(track(clip("lower", 10)), upper))) == [("lower", 0, 10)]


def test_a_title_hides_nothing_but_is_seen_alone(cut_of: Callable[..., Cut]) -> None:
    title = clip("title", 40, media=otio.schema.GeneratorReference("t", "Rich", span(0, 40)))
    cut = cut_of(timeline(track(clip("a", 10), gap(10), clip("b", 20)), track(title)))
    assert shown(cut) == [("a", 0, 10), ("title", 10, 20), ("b", 20, 40)]
    assert cut.shots[1].media is None


def test_a_dissolve_belongs_to_the_shot_it_leads_into(cut_of: Callable[..., Cut]) -> None:
    dissolve = otio.schema.Transition("x", "SMPTE_Dissolve", RationalTime(6, FPS), RationalTime(4, FPS))
    cut = cut_of(timeline(track(clip("a", 30), dissolve, clip("b", 30))))
    assert shown(cut) == [("a", 0, 30), ("b", 30, 60)]
    assert [shot.transition_in_frames for shot in cut.shots] == [0, 10]


def test_nested_timelines_are_opened_and_trimmed(cut_of: Callable[..., Cut]) -> None:
    inner = otio.schema.Stack("compound", source_range=span(5, 20))
    inner.append(track(clip("x", 10), clip("y", 10), clip("z", 10, markers=[marker("in z", 3), marker("cut off", 8)])))
    cut = cut_of(timeline(track(clip("a", 7), inner, clip("b", 5))))
    assert shown(cut) == [("a", 0, 7), ("x", 7, 12), ("y", 12, 22), ("z", 22, 27), ("b", 27, 32)]
    assert [(m.name, m.frame, m.origin) for m in cut.markers] == [("in z", 25, "nested")]


def test_a_sped_up_compound_clip(cut_of: Callable[..., Cut]) -> None:
    inner = otio.schema.Stack("compound", source_range=span(0, 20))
    inner.append(track(clip("x", 10), clip("y", 30)))
    inner.effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))
    cut = cut_of(timeline(track(inner)))
    assert shown(cut) == [("x", 0, 5), ("y", 5, 20)]
    assert [shot.media.speed for shot in cut.shots if shot.media] == [2, 2]


@pytest.mark.parametrize(
    ("effect", "speed", "starts_s", "uses_s"),
    [
        (otio.schema.LinearTimeWarp(time_scalar=2.0), 2, Fraction(4), Fraction(8)),
        (otio.schema.LinearTimeWarp(time_scalar=0.5), Fraction(1, 2), Fraction(4), Fraction(2)),
        (otio.schema.LinearTimeWarp(time_scalar=-1.0), -1, Fraction(4) + 4 - Fraction(1, 25), Fraction(4)),
        (otio.schema.FreezeFrame(), 0, Fraction(4), Fraction(0)),
    ],
)
def test_time_warps(
    cut_of: Callable[..., Cut], effect: Any, speed: Fraction, starts_s: Fraction, uses_s: Fraction
) -> None:
    cut = cut_of(timeline(track(clip("a", 100, start=100, media="a.mov", effects=[effect.clone()]))))
    media = cut.shots[0].media
    assert media is not None
    assert (media.speed, media.source_start_s, media.source_duration_s) == (speed, starts_s, uses_s)


def test_a_time_warp_that_is_not_understood_is_said(cut_of: Callable[..., Cut]) -> None:
    cut = cut_of(timeline(track(clip("ramp", 10, effects=[otio.schema.TimeEffect()]))))
    assert any("'ramp'" in text and "time warp" in text for text in cut.warnings)


def test_a_trimmed_timeline(cut_of: Callable[..., Cut]) -> None:
    made = timeline(track(clip("a", 10), clip("b", 10)))
    made.tracks.source_range = span(4, 10)
    made.tracks.markers.append(marker("m", 6))
    cut = cut_of(made)
    assert shown(cut) == [("a", 0, 6), ("b", 6, 10)]
    assert [m.frame for m in cut.markers] == [2]


# ------------------------------------------------------------------ rates


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        (23.976, FrameRate(24000, 1001)),
        (23.98, FrameRate(24000, 1001)),
        (23.976024627685547, FrameRate(24000, 1001)),
        (24, FrameRate(24)),
        (29.97, FrameRate(30000, 1001)),
        (59.94, FrameRate(60000, 1001)),
    ],
)
def test_rates_are_snapped(cut_of: Callable[..., Cut], written: float, rate: FrameRate) -> None:
    hour = 3600 * rate.timecode_base
    cut = cut_of(timeline(track(clip("a", 100_001, fps=written)), start=hour, fps=written))
    assert (cut.rate, cut.duration_frames, cut.timecode(0)) == (rate, 100_001, "01:00:00:00")


def test_the_rate_of_sound_never_decides(cut_of: Callable[..., Cut]) -> None:
    made = timeline(
        track(clip("a", 480_000, fps=48_000), kind="Audio"), track(clip("v", 100, fps=24.0)), start=0, fps=48_000
    )
    cut = cut_of(made)
    assert (cut.rate, cut.duration_frames) == (FrameRate(24), 240)


def test_drop_frame_is_told_by_the_start(cut_of: Callable[..., Cut]) -> None:
    fps = 30000 / 1001
    dropping = cut_of(timeline(track(clip("a", 100, fps=fps)), start=107_892, fps=fps))
    assert (dropping.rate, dropping.timecode(0)) == (FrameRate(30000, 1001, True), "01:00:00;00")
    plain = cut_of(timeline(track(clip("a", 100, fps=fps)), start=108_000, fps=fps))
    assert (plain.rate, plain.timecode(0)) == (FrameRate(30000, 1001), "01:00:00:00")
    unclear = cut_of(timeline(track(clip("a", 100, fps=fps)), start=0, fps=fps))
    assert any("drop" in text for text in unclear.warnings)


def test_media_at_another_rate_than_the_timeline(cut_of: Callable[..., Cut]) -> None:
    """Resolve's own: source start 90032 at 25, available from 86400 at 24, so 1.28 s into the file."""
    reference = otio.schema.ExternalReference("a.mov", TimeRange(RationalTime(86400, 24), RationalTime(2400, 24)))
    cut = cut_of(timeline(track(clip("a", 50, start=90032, media=reference))))
    media = cut.shots[0].media
    assert media is not None
    assert media.source_start_s == Fraction(128, 100)
    assert media.available_duration_s == 100


# ------------------------------------------------------------------ markers


def test_markers_come_to_record_time_from_wherever_they_sit(cut_of: Callable[..., Cut]) -> None:
    made = timeline(
        track(clip("a", 10, start=1000, markers=[marker("on clip", 1004)]), gap(10), clip("b", 20)),
        track(clip("sound", 40, markers=[marker("on sound", 33)]), kind="Audio"),
    )
    made.tracks[0][1].markers.append(marker("on gap", 2))
    made.tracks[0].markers.append(marker("on track", 21, 5))
    made.tracks.markers.append(marker("on timeline", 39, color="GREEN"))
    cut = cut_of(made)
    assert [(m.name, m.frame, m.duration_frames, m.origin) for m in cut.markers] == [
        ("on clip", 4, 1, "clip"),
        ("on gap", 12, 1, "clip"),
        ("on track", 21, 5, "track"),
        ("on sound", 33, 1, "clip"),
        ("on timeline", 39, 1, "timeline"),
    ]
    assert cut.markers[-1].color == "GREEN"


def test_markers_outside_are_said_and_left_out(cut_of: Callable[..., Cut]) -> None:
    made = timeline(track(clip("a", 100, start=50, markers=[marker("trimmed", 20)])))
    made.tracks.markers.extend([marker("late", 150), marker("early", -5), marker("at the end", 100)])
    cut = cut_of(made)
    assert [(m.name, m.frame) for m in cut.markers] == [("at the end", 99)]
    assert any("'early' 0.20 s before the start and 1 more" in text for text in cut.warnings)


def test_linked_clips_carry_the_same_marker_once(cut_of: Callable[..., Cut]) -> None:
    both = [marker("HIT", 5), marker("HIT", 5)]
    cut = cut_of(timeline(track(clip("v", 10, markers=both[:1])), track(clip("v", 10, markers=both[1:]), kind="Audio")))
    assert [m.frame for m in cut.markers] == [5]


def test_two_markers_on_a_frame_are_two(cut_of: Callable[..., Cut]) -> None:
    made = timeline(track(clip("a", 10)))
    made.tracks.markers.extend([marker("HIT", 5), marker("turn", 5)])
    cut = cut_of(made)
    assert sorted(m.name for m in cut.markers) == ["HIT", "turn"]
    assert len({m.id for m in cut.markers}) == 2


def test_marker_ids_stay_when_the_file_is_read_again(cut_of: Callable[..., Cut]) -> None:
    made = timeline(track(clip("a", 10)))
    made.tracks.markers.append(marker("HIT", 5))
    first = cut_of(made).markers[0].id
    made.tracks.markers.insert(0, marker("another", 2))
    assert cut_of(made).markers[1].id == first


def test_markers_of_ours_are_not_the_editors(cut_of: Callable[..., Cut]) -> None:
    made = timeline(track(clip("a", 10)))
    for name, note, metadata in (("a", "", {"hitpoint": {}}), ("b", "Hitpoint: bar 3", {}), ("c", "mine", {})):
        made.tracks.markers.append(otio.schema.Marker(name, span(3, 1), comment=note, metadata=metadata))
    assert [(m.name, m.note) for m in cut_of(made).markers] == [("c", "mine")]


def test_the_note_that_resolve_keeps_in_metadata(cut_of: Callable[..., Cut]) -> None:
    made = timeline(track(clip("a", 10)))
    made.tracks.markers.append(otio.schema.Marker("m", span(3, 1), metadata={"Resolve_OTIO": {"Note": "HIT soft"}}))
    assert cut_of(made).markers[0].note == "HIT soft"


def test_markers_on_disabled_clips_are_left_out_and_said(cut_of: Callable[..., Cut]) -> None:
    cut = cut_of(timeline(track(clip("a", 10), clip("b", 10, enabled=False, markers=[marker("x", 3)]))))
    assert cut.markers == ()
    assert any("1 marker on disabled clips" in text for text in cut.warnings)


# ------------------------------------------------------------------ length, emptiness, oddities


def test_black_at_the_end_counts(cut_of: Callable[..., Cut]) -> None:
    assert cut_of(timeline(track(clip("a", 10), gap(5)))).duration_frames == 15


def test_sound_may_be_longer_than_picture(cut_of: Callable[..., Cut]) -> None:
    cut = cut_of(timeline(track(clip("a", 10)), track(clip("s", 25), kind="Audio", name="A1")))
    assert cut.duration_frames == 25
    assert [(c.name, c.track_name, c.span.end_frame) for c in cut.audio_clips] == [("s", "A1", 25)]


@pytest.mark.parametrize(
    "made",
    [
        timeline(),
        timeline(track()),
        timeline(track(gap(100))),
        timeline(track(clip("a", 10, enabled=False))),
        timeline(track(clip("a", 0), clip("b", -5))),
        timeline(track(clip("line", 10), kind="Subtitle")),
    ],
)
def test_a_timeline_without_anything_to_score_is_refused(cut_of: Callable[..., Cut], made: Any) -> None:
    with pytest.raises(CutError, match=r"cut\.otio has nothing to score: .*; give"):
        cut_of(made)


def test_clips_without_length_are_left_out_and_said(cut_of: Callable[..., Cut]) -> None:
    cut = cut_of(timeline(track(clip("a", 10), clip("zero", 0), clip("back", -7), clip("b", 10))))
    assert shown(cut) == [("a", 0, 10), ("b", 10, 20)]
    assert any("'zero'" in text for text in cut.warnings)
    assert any("'back'" in text for text in cut.warnings)


def test_missing_media_is_one_warning(cut_of: Callable[..., Cut]) -> None:
    cut = cut_of(timeline(track(*(clip(f"c{i}", 10, media=f"/nowhere/{i}.mov") for i in range(500)))))
    assert [text for text in cut.warnings if "not found" in text] == [
        "the media of 500 clips (500 files, first /nowhere/0.mov) was not found; scored without looking at it"
    ]
    assert all(shot.media is not None and shot.media.is_missing for shot in cut.shots)


@pytest.mark.parametrize(
    "written", ["pictures/my film.mov", "file://{folder}/pictures/my%20film.mov", "{folder}/pictures/my film.mov"]
)
def test_media_is_found_however_its_path_is_written(cut_of: Callable[..., Cut], tmp_path: Path, written: str) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/my film.mov").write_bytes(b"x")
    cut = cut_of(timeline(track(clip("a", 10, media=written.format(folder=tmp_path)))))
    media = cut.shots[0].media
    assert media is not None
    assert (media.path, media.is_missing) == ((tmp_path / "pictures/my film.mov").resolve(), False)


def test_media_beside_the_timeline_is_used_and_said(cut_of: Callable[..., Cut], tmp_path: Path) -> None:
    (tmp_path / "film.mov").write_bytes(b"x")
    cut = cut_of(timeline(track(clip("a", 10, media=r"D:\project\film.mov"))))
    assert cut.shots[0].media is not None
    assert not cut.shots[0].media.is_missing
    assert any("beside it" in text for text in cut.warnings)


def test_the_sound_in_picture_files_where_no_sound_track_was_exported(
    cut_of: Callable[..., Cut], tmp_path: Path
) -> None:
    (tmp_path / "film.mov").write_bytes(b"x")
    assert len(cut_of(timeline(track(clip("a", 10, media="film.mov")))).audio_clips) == 1
    silent = timeline(track(clip("a", 10, media="film.mov")), track(clip("s", 5, enabled=False), kind="Audio"))
    assert cut_of(silent).audio_clips == ()


def test_subtitle_tracks_are_read(cut_of: Callable[..., Cut]) -> None:
    lines = track(gap(10), clip("Go!", 25), gap(5), clip(" ", 5), kind="Subtitle")
    cut = cut_of(timeline(track(clip("a", 100)), lines))
    assert [(line.text, line.start_s, line.end_s) for line in cut.subtitles] == [
        ("Go!", Fraction(10, 25), Fraction(35, 25))
    ]


def test_three_thousand_clips_and_two_thousand_markers(cut_of: Callable[..., Cut]) -> None:
    made = timeline(
        track(*(clip(f"c{i}", 10) for i in range(3000))), track(*(clip(f"s{i}", 10) for i in range(3000)), kind="Audio")
    )
    made.tracks.markers.extend(marker(f"m{i}", i * 15) for i in range(2000))
    cut = cut_of(made)
    assert (len(cut.shots), len(cut.audio_clips), len(cut.markers)) == (3000, 3000, 2000)
    assert cut.markers[-1].frame == 1999 * 15


def test_reading_changes_nothing(tmp_path: Path, fixtures: Path) -> None:
    path = tmp_path / "resolve.otio"
    shutil.copy(fixtures / "timelines/resolve_picchu_effects.otio", path)
    before = path.read_bytes()
    loaded = load_timeline(path)
    as_loaded = json.dumps(loaded.document)
    read_cut(loaded)
    assert path.read_bytes() == before
    assert json.dumps(loaded.document) == as_loaded == json.dumps(json.loads(before))


# ------------------------------------------------------------------ property: what is on top


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["clip", "gap", "off"])), min_size=1, max_size=8),
        min_size=1,
        max_size=4,
    )
)
def test_every_frame_shows_its_topmost_clip(tmp_path_factory: Any, layers: list[list[tuple[int, str]]]) -> None:
    expected: dict[int, str] = {}
    tracks = []
    for number, layer in enumerate(layers):
        items, at = [], 0
        for index, (length, what) in enumerate(layer):
            name = f"{number}.{index}"
            items.append(gap(length) if what == "gap" else clip(name, length, enabled=what == "clip"))
            if what == "clip":
                expected.update(dict.fromkeys(range(at, at + length), name))
            at += length
        tracks.append(track(*items))
    path = tmp_path_factory.mktemp("p") / "cut.otio"
    otio.adapters.write_to_file(timeline(*tracks), str(path))
    if not expected:
        with pytest.raises(CutError):
            read_cut(load_timeline(path))
        return
    cut = read_cut(load_timeline(path))
    found = {frame: shot.name for shot in cut.shots for frame in range(shot.span.start_frame, shot.span.end_frame)}
    assert found == expected


# ------------------------------------------------------------------ damaged files


def _simple() -> dict[str, Any]:
    made = timeline(track(clip("a", 10, media="a.mov", markers=[marker("m", 3)]), clip("b", 10)))
    return json.loads(made.to_json_string())


def _first(document: dict[str, Any]) -> dict[str, Any]:
    return document["tracks"]["children"][0]["children"][0]


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (lambda d: d["tracks"]["children"][0]["children"].append({"OTIO_SCHEMA": "Vendor.1", "name": "x"}), "Vendor.1"),
        (lambda d: d["tracks"]["children"][0]["children"].append(None), None),
        (lambda d: _first(d).update(effects=[{"OTIO_SCHEMA": "Vendor.1"}]), "Vendor.1"),
        (lambda d: _first(d).update(effects=None, metadata=None, name=None), None),
        (lambda d: _first(d).update(media_references={"x": {"OTIO_SCHEMA": "VendorReference.1"}}), "VendorReference.1"),
        (lambda d: _first(d).update(media_references=None, media_reference=None), None),
        (lambda d: _first(d).update(OTIO_SCHEMA="Clip.7"), "Clip.7"),
        (
            lambda d: _first(d)["markers"][0].update(
                OTIO_SCHEMA="Marker.3", color={"OTIO_SCHEMA": "Color.1", "name": "Red"}
            ),
            None,
        ),
        (lambda d: d["metadata"].update(x={"OTIO_SCHEMA": "Marker.3"}), None),
        (lambda d: d["tracks"]["children"][0].update(kind=None), None),
        (lambda d: _first(d).update(enabled=None), None),
    ],
)
def test_what_others_write_is_mended(tmp_path: Path, change: Callable[[Any], Any], warning: str | None) -> None:
    document = _simple()
    change(document)
    path = tmp_path / "cut.otio"
    path.write_text(json.dumps(document))
    cut = read_cut(load_timeline(path))
    assert cut.duration_frames == 20
    assert warning is None or any(warning in text for text in cut.warnings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: _first(d)["source_range"]["duration"].update(rate=0), "'a' has an impossible time"),
        (lambda d: _first(d)["source_range"]["duration"].update(rate=float("nan")), "no number"),
        (lambda d: _first(d)["source_range"]["duration"].update(value="ten"), "no number"),
        (lambda d: _first(d)["source_range"]["duration"].update(value=1e13), "ten days"),
        (lambda d: _first(d)["source_range"]["duration"].update(value=1e300), "impossible"),
        (lambda d: d.update(tracks=None), "without tracks"),
        (lambda d: d.update(OTIO_SCHEMA="Marker.2"), "holds a Marker"),
        (lambda d: d.update(OTIO_SCHEMA=7), "not a timeline"),
    ],
)
def test_what_cannot_be_mended_is_refused(tmp_path: Path, change: Callable[[Any], Any], words: str) -> None:
    document = _simple()
    change(document)
    path = tmp_path / "cut.otio"
    path.write_text(json.dumps(document))
    with pytest.raises(CutError, match=words) as caught:
        read_cut(load_timeline(path))
    assert "cut.otio" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b'{"OTIO_SCHEMA": "Timeline.1", "tracks":', "line 1"),
        (b"[1, 2]", "not an OpenTimelineIO file"),
        (b"{}", "not an OpenTimelineIO file"),
        (b"\xff\xfe\x00\x01\x92", "no text"),
        (b'{"OTIO_SCHEMA": "SerializableCollection.1", "children": []}', "empty collection"),
        (b'{"OTIO_SCHEMA": "Timeline.1", "metadata": ' + b'{"a":' * 500 + b"1" + b"}" * 501, "too deeply"),
        (b'{"a":' * 100_000, "too deeply"),
    ],
)
def test_files_that_are_no_timelines(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "cut.otio"
    path.write_bytes(content)
    with pytest.raises(CutError, match=words):
        load_timeline(path)


def test_a_collection_gives_its_first_timeline(tmp_path: Path) -> None:
    path = tmp_path / "bin.otio"
    path.write_text(json.dumps({"OTIO_SCHEMA": "SerializableCollection.1", "children": [_simple(), _simple()]}))
    cut = read_cut(load_timeline(path))
    assert cut.duration_frames == 20
    assert any("2 timelines" in text for text in cut.warnings)


def test_damaging_anything_gives_a_cut_or_a_sentence(tmp_path: Path) -> None:
    """Every kind of wrong value in every place of a document; OpenTimelineIO itself crashes on some."""
    dice = random.Random(4)
    wrong: list[Any] = [
        None,
        -1,
        0,
        1e18,
        "",
        "x",
        [],
        {},
        [None],
        {"OTIO_SCHEMA": "Track.1"},
        True,
        {"OTIO_SCHEMA": "Gap.1"},
    ]
    path = tmp_path / "cut.otio"
    for _ in range(1000):
        document = _simple()
        node: Any = document
        key: Any = None
        while isinstance(node, dict | list) and node:
            parent, key = node, dice.choice(list(node) if isinstance(node, dict) else range(len(node)))
            node = parent[key]
            if dice.random() < 0.25:
                break
        parent[key] = dice.choice(wrong)
        path.write_text(json.dumps(document))
        with contextlib.suppress(HitpointError):
            read_cut(load_timeline(path))
