"""OTIO round trips over timelines that nobody thought of."""

import copy
import json
from pathlib import Path
from types import SimpleNamespace

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.audio import AudioFile
from hitpoint.model.time import FrameRate, frames_to_samples, whole_sample_period_frames
from hitpoint.timeline.previous_score import OURS
from hitpoint.timeline.write_back.write import (
    CuePlacement,
    HitPlacement,
    ScorePlacement,
    wav_head_frame,
    write_scored_timeline,
)

RATES = (FrameRate(24), FrameRate(25), FrameRate(24000, 1001), FrameRate(30000, 1001), FrameRate(60000, 1001))

names = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
metadata = st.none() | st.dictionaries(names.filter(lambda key: key not in (OURS, "Resolve_OTIO")), values, max_size=3)
schemas = st.sampled_from(["Clip.1", "Clip.2", "Clip.9", "Hologram.1", "Transition.1", "Effect.1"])


@st.composite
def spans(draw: st.DrawFn) -> dict:
    rate = draw(st.sampled_from([24, 24.0, 23.976, 29.97002997, 44_100, 48_000.0]))
    moments = [
        {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": draw(st.integers(0, 90_000) | st.floats(0, 1e6))}
        for _ in range(2)
    ]
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": moments[0], "duration": moments[1]}


@st.composite
def items(draw: st.DrawFn) -> dict:
    """A clip, a gap, or something unknown."""
    item = {"metadata": draw(metadata), "name": draw(names), "source_range": draw(st.none() | spans()), "markers": []}
    kind = draw(st.sampled_from(["clip", "gap", "unknown"]))
    if kind == "gap":
        return item | {"OTIO_SCHEMA": "Gap.1", "source_range": draw(spans())}
    if kind == "unknown":
        return item | {"OTIO_SCHEMA": draw(schemas), "more": draw(values)}
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": draw(metadata),
        "target_url": draw(names),
        "available_range": draw(st.none() | spans()),
    }
    return item | {"OTIO_SCHEMA": "Clip.2", "media_references": {"DEFAULT_MEDIA": reference}}


@st.composite
def documents(draw: st.DrawFn) -> dict:
    tracks = [
        {
            "OTIO_SCHEMA": "Track.1",
            "kind": draw(st.sampled_from(["Video", "Audio", "Subtitle"])),
            "name": draw(names | st.just("Score")),
            "metadata": draw(metadata),
            "children": draw(st.lists(items(), max_size=3)),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    markers = [
        {
            "OTIO_SCHEMA": "Marker.2",
            "name": draw(names),
            "color": draw(names),
            "metadata": draw(metadata),
            "comment": "",
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": draw(names),
        "metadata": draw(metadata),
        "global_start_time": None,
        "tracks": {"OTIO_SCHEMA": "Stack.1", "metadata": draw(metadata), "children": tracks, "markers": markers},
        "later": draw(values),
    }


@st.composite
def placements(draw: st.DrawFn) -> tuple[FrameRate, int, ScorePlacement]:
    rate = draw(st.sampled_from(RATES))
    start = draw(st.integers(0, 110_000))
    edges = sorted(draw(st.sets(st.integers(0, 9_000), min_size=2, max_size=8)))
    spans_ = list(zip(edges[::2], edges[1::2], strict=False))
    head = wav_head_frame(frames_to_samples(edges[0], rate), rate, start)
    period = whole_sample_period_frames(rate)
    length = frames_to_samples(-(-(edges[-1] - head) // period) * period, rate)
    file = AudioFile(path=Path("/no/mix.wav"), start_sample=frames_to_samples(head, rate), length_samples=length)
    return (
        rate,
        start,
        ScorePlacement(
            mix=file,
            stems={"bass": file},
            cues=tuple(
                CuePlacement(number=f"1m{n}", title=draw(names), start_frame=first, end_frame=last)
                for n, (first, last) in enumerate(spans_, 1)
            ),
            hits=tuple(
                HitPlacement(frame=frame, name=draw(names), note="", kind="accent", weight=1.0, cue_number="1m1")
                for frame in edges
            ),
        ),
    )


def _write(document: dict, path: Path, placed: tuple[FrameRate, int, ScorePlacement], profile: str) -> dict:
    rate, start, placement = placed
    loaded = SimpleNamespace(document=document, timeline=None, path=path, rate=rate, start_timecode_frame=start)
    write_scored_timeline(loaded, placement, path, profile=profile)
    return json.loads(path.read_text())


def _strip(document: dict) -> dict:
    document = copy.deepcopy(document)
    for key in ("children", "markers"):
        stack = document["tracks"]
        stack[key] = [item for item in stack[key] if OURS not in (item.get("metadata") or {})]
    return document


@given(document=documents(), placed=placements())
@settings(max_examples=60, deadline=None)
def test_strip_ours_and_the_input_is_left(tmp_path_factory, document: dict, placed) -> None:
    path = tmp_path_factory.mktemp("p") / "s.otio"
    before = json.dumps(document)
    assert json.dumps(_strip(_write(document, path, placed, "generic"))) == before


@pytest.mark.parametrize("profile", ["generic", "resolve"])
@given(document=documents(), placed=placements())
@settings(max_examples=30, deadline=None)
def test_written_twice_is_written_once(tmp_path_factory, document: dict, placed, profile: str) -> None:
    path = tmp_path_factory.mktemp("p") / "s.otio"
    once = _write(document, path, placed, profile)
    assert _write(once, path, placed, profile) == once


@given(placed=placements())
@settings(max_examples=60, deadline=None)
def test_otio_finds_every_cue_at_its_frame(tmp_path_factory, placed) -> None:
    _, start, placement = placed
    timeline = json.loads(otio.schema.Timeline("empty").to_json_string())
    path = tmp_path_factory.mktemp("p") / "s.otio"
    _write(timeline, path, placed, "generic")
    for track in otio.adapters.read_from_file(str(path)).tracks:
        found = [clip.range_in_parent() for clip in track.find_clips()]
        assert [(span.start_time.value, span.end_time_exclusive().value) for span in found] == [
            (cue.start_frame, cue.end_frame) for cue in placement.cues
        ]
        for clip, cue in zip(track.find_clips(), placement.cues, strict=True):
            assert clip.source_range.start_time.value == start + cue.start_frame, "record timecode, at any start"
