"""Whatever the panel sends is laid over the cut, or answered with a sentence; every marker has its answer."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hitpoint.model.edits import CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import HitpointError
from hitpoint.model.spotting import HitKind
from hitpoint.tempo import solve_tempo
from hitpoint.understanding import CutRequest, Understanding, re_spot

_FRAMES = st.integers(0, 3100)
_NAMES = st.sampled_from(
    ["MUSIC IN", "MUSIC OUT", "HIT", "silence", "tense", "theme: Mara", "1m7 in", "soft", "", "end"]
)
_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "frame": _FRAMES,
        "name": _NAMES,
        "kind": st.sampled_from(HitKind),
        "weight": st.floats(0, 1),
        "is_hard": st.booleans(),
        "duration_frames": st.integers(0, 400),
    },
)
_CUES = st.fixed_dictionaries(
    {"number": st.sampled_from(["1m1", "1m2", "1m1a", "1m9"])},
    optional={
        "has_music": st.booleans(),
        "style": st.sampled_from(["tense", "noir-jazz", "horror"]),
        "tempo_bpm": st.floats(40, 200),
        "tempo_range_bpm": st.sampled_from([(60.0, 70.0), (100.0, 180.0)]),
        "key": st.sampled_from(["D minor", "F♯ major"]),
        "text": st.sampled_from(["sad", "builds to the door", "qwertz", "fast, 140 bpm, in C"]),
        "intensity": st.just(((0.1, 0.2), (0.6, 0.9))),
        "emphasis": st.lists(
            st.tuples(_FRAMES, st.integers(1, 900), st.floats(-1, 1)).map(lambda e: (e[0], e[0] + e[1], e[2])),
            max_size=2,
        ).map(tuple),
    },
)


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    changes=st.lists(st.tuples(st.integers(0, 6), _CHANGES), max_size=4, unique_by=lambda pair: pair[0]),
    added=st.lists(st.tuples(_FRAMES, _CHANGES), max_size=3),
    removed=st.sets(st.integers(0, 6), max_size=3),
    cues=st.lists(_CUES, max_size=2, unique_by=lambda row: row["number"]),
    brief_text=st.sampled_from(["", "calm", "tense, fades"]),
)
def test_any_edits_are_obeyed_or_answered(
    known: Understanding,
    request_of_two_cues: CutRequest,
    changes: list[tuple[int, dict[str, Any]]],
    added: list[tuple[int, dict[str, Any]]],
    removed: set[int],
    cues: list[dict[str, Any]],
    brief_text: str,
) -> None:
    there = [marker.id for marker in known.basis.cut.markers]
    own = [MarkerEdit(**{"frame": frame, **change, "marker_id": f"own-{n}"}) for n, (frame, change) in enumerate(added)]
    edits = Edits(
        markers=(*(MarkerEdit(marker_id=there[place], **change) for place, change in changes), *own),
        added=frozenset(edit.marker_id for edit in own),
        removed=frozenset(there[place] for place in removed),
        cues=tuple(CueEdit(**row) for row in cues),
        brief_text=brief_text,
    )
    assert Edits.from_json(edits.to_json()) == edits
    try:
        edited = re_spot(known, request_of_two_cues, edits)
    except HitpointError:  # whatever else is a fault of ours
        return
    spans = [cue.span for cue in edited.spotting.cues]
    assert spans
    assert all(one.end_frame <= other.start_frame for one, other in pairwise(spans))
    hits = {hit.marker_id for cue in edited.spotting.cues for hit in cue.hits}
    answered = {answer.marker_id for answer in edited.spotting.answers}
    assert {marker.id for marker in edited.cut.markers} <= hits | answered
    for cue in edited.spotting.cues:
        frames = [hit.frame for hit in cue.hits]
        assert frames == sorted(set(frames))
        assert cue.span.start_frame <= frames[0]
        assert frames[-1] <= cue.span.end_frame
        solve_tempo(cue, rate=edited.cut.rate, cut_frames=edited.cut.cut_frames)  # never fails
    wanted = {row["number"]: row for row in cues}
    for cue in edited.spotting.cues:
        row = wanted.get(cue.number, {})
        assert row.get("has_music", True)
        if "style" in row:
            assert cue.brief.palette_id == row["style"]
        if "tempo_bpm" in row:
            assert cue.brief.tempo_bpm == pytest.approx(row["tempo_bpm"])
            assert cue.brief.tempo_range_bpm[0] <= cue.brief.tempo_bpm <= cue.brief.tempo_range_bpm[1]
