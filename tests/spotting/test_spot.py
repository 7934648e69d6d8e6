"""Where music is, what it must hit, and that every marker is answered."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.cut import Cut, Marker, MediaRange, Shot, Subtitle
from hitpoint.model.errors import SettingError
from hitpoint.model.spotting import HitKind, Spotting, Verdict
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.resources import load_palettes
from hitpoint.spotting import ProjectFile, SpottingSettings, load_marker_table, remember, spot
from hitpoint.story import build_arc

RATE = FrameRate(25)
TABLE = load_marker_table()
PALETTES = load_palettes()


def marker(name: str, frame: int, *, length: int = 1, color: str = "", note: str = "") -> Marker:
    return Marker(id=f"{name}@{frame}", frame=frame, duration_frames=length, name=name, note=note, color=color)


def shot(index: int, start: int, end: int, name: str = "") -> Shot:
    media = MediaRange(
        path=Path(f"/x/{name or index}.mov"),
        is_missing=True,
        source_start_s=Fraction(0),
        source_duration_s=Fraction(end - start, 25),
    )
    return Shot(index=index, span=FrameSpan(start, end), name=name or f"shot {index}", media=media)


def cut_of(*markers: Marker, frames: int = 1500, **more: Any) -> Cut:
    edges = [*range(0, frames, 75), frames]
    shots = more.pop("shots", None) or tuple(shot(i, a, b) for i, (a, b) in enumerate(pairwise(edges)))
    return Cut(
        name="the cut",
        rate=RATE,
        start_timecode_frame=90_000,
        duration_frames=frames,
        shots=shots,
        markers=tuple(sorted(markers, key=lambda m: m.frame)),
        **more,
    )


def spotted(cut: Cut, **more: Any) -> Spotting:
    options = SpottingSettings(marker_table=TABLE, palettes=PALETTES, **more)
    return spot(cut, build_arc(cut, brief_text=options.brief_text), settings=options)


def spans(spotting: Spotting) -> list[tuple[int, int]]:
    return [(cue.span.start_frame, cue.span.end_frame) for cue in spotting.cues]


def verdicts(spotting: Spotting) -> dict[str, str]:
    return {answer.marker_id.split("@")[0]: answer.verdict.value for answer in spotting.answers}


def test_without_markers_the_whole_cut_is_one_cue_with_hits_of_its_own() -> None:
    found = spotted(cut_of())
    assert spans(found) == [(0, 1500)]
    proposed = [hit for hit in found.cues[0].hits if hit.kind is HitKind.ACCENT]
    assert proposed
    assert all(hit.frame % 75 == 0 and not hit.marker_id and hit.weight < 0.5 for hit in proposed)
    assert (found.cues[0].number, found.cues[0].title) == ("1m1", "the cut")


def test_the_editors_hits_leave_no_room_for_proposals() -> None:
    hits = spotted(cut_of(marker("HIT", 333))).cues[0].hits
    assert [(hit.frame, hit.weight, hit.is_hard) for hit in hits if hit.kind is HitKind.ACCENT] == [(333, 0.7, True)]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([("MUSIC IN", 100), ("MUSIC OUT", 900)], [(100, 900)]),
        ([("MUSIC IN", 100)], [(100, 1500)]),
        ([("MUSIC OUT", 900)], [(0, 900)]),
        ([("MUSIC IN", 100), ("MUSIC OUT", 500), ("MUSIC IN", 800), ("MUSIC OUT", 1200)], [(100, 500), (800, 1200)]),
        ([("MUSIC IN", 100), ("MUSIC IN", 700), ("MUSIC OUT", 1200)], [(100, 700), (700, 1200)]),
        ([("MUSIC OUT", 300), ("MUSIC IN", 700)], [(0, 300), (700, 1500)]),
        ([("MUSIC IN", 400), ("MUSIC OUT", 400)], [(0, 400), (400, 1500)]),
        ([("MUSIC IN", 400), ("MUSIC OUT", 401)], [(0, 1500)]),
        ([("MUSIC IN", 0), ("MUSIC OUT", 1499)], [(0, 1500)]),  # the last frame is the end
    ],
)
def test_music_in_and_out(marks: list[tuple[str, int]], expected: list[tuple[int, int]]) -> None:
    found = spotted(cut_of(*(marker(name, frame) for name, frame in marks)))
    assert spans(found) == expected


def test_a_marker_as_long_as_a_cue_is_a_cue() -> None:
    found = spotted(cut_of(marker("1m1 Chase", 200, length=600)))
    assert spans(found) == [(200, 800)]
    assert (found.cues[0].number, found.cues[0].title) == ("1m1", "Chase")


def test_a_hole_in_the_picture_is_not_scored() -> None:
    shots = (shot(0, 0, 500), shot(1, 700, 1500))
    assert spans(spotted(cut_of(shots=shots))) == [(0, 500), (700, 1500)]


def test_every_kind_of_answer() -> None:
    found = spotted(
        cut_of(
            marker("MUSIC IN", 100),
            marker("HIT", 300),
            marker("tense", 400),
            marker("ignore", 500),
            marker("MUSIC OUT", 900),
            marker("HIT outside", 1200),
        )
    )
    assert verdicts(found) == {"tense": "direction", "ignore": "refused", "HIT outside": "refused"}
    assert all(answer.reason for answer in found.answers)
    assert [hit.marker_id.split("@")[0] for hit in found.cues[0].hits] == ["MUSIC IN", "HIT", "MUSIC OUT"]


def test_two_markers_on_a_frame_are_one_hit_and_both_are_answered() -> None:
    found = spotted(cut_of(marker("HIT", 300), marker("turn", 300)))
    on_it = [hit for hit in found.cues[0].hits if hit.frame == 300]
    assert len(on_it) == 1
    assert on_it[0].weight == pytest.approx(0.7)
    assert [answer.verdict for answer in found.answers] == [Verdict.HIT]
    assert found.answers[0].hit_id == on_it[0].id


def test_a_marked_silence_brings_the_music_back() -> None:
    hits = spotted(cut_of(marker("silence", 500, length=50))).cues[0].hits
    assert [(hit.frame, hit.kind) for hit in hits if hit.kind in (HitKind.SILENCE, HitKind.TURN)] == [
        (500, HitKind.SILENCE),
        (550, HitKind.TURN),
    ]


def test_directions_reach_the_brief_and_the_cue() -> None:
    found = spotted(cut_of(marker("d minor", 0), marker("120 bpm", 0), marker("theme: Anna", 600)))
    brief = found.cues[0].brief
    assert (brief.key, brief.tempo_bpm) == ("D minor", 120)
    assert [(d.kind, d.value, d.frame) for d in found.cues[0].directions] == [("theme", "Anna", 600)]


def test_the_brief_decides_style_and_shape() -> None:
    assert spotted(cut_of(), brief_text="heroic, fades").cues[0].brief.palette_id == "heroic"
    assert spotted(cut_of(), brief_text="heroic, fades").cues[0].brief.shape == "fades"
    assert spotted(cut_of(), style="mystery", brief_text="heroic").cues[0].brief.palette_id == "mystery"


def test_a_style_that_does_not_exist() -> None:
    with pytest.raises(SettingError, match="did you mean 'tense'"):
        spotted(cut_of(), style="tens")


def test_a_brief_that_says_nothing_is_told() -> None:
    assert any("no word of the brief" in text for text in spotted(cut_of(), brief_text="qwertz uiop").warnings)


# ------------------------------------------------------------------ numbers that survive a recut


def _with_cues(starts: list[int], length: int = 300, frames: int = 6000) -> Cut:
    marks = [m for start in starts for m in (marker("MUSIC IN", start), marker("MUSIC OUT", start + length))]
    return cut_of(*marks, frames=frames)


def _numbers(cut: Cut, project: ProjectFile) -> tuple[tuple[str, ...], ProjectFile]:
    found = spotted(cut, known_cues=project.cues)
    return tuple(cue.number for cue in found.cues), remember(project, found, cut)


def test_cue_numbers_survive_a_recut() -> None:
    first, project = _numbers(_with_cues([0, 1000, 2000]), ProjectFile())
    assert first == ("1m1", "1m2", "1m3")
    inserted, project = _numbers(_with_cues([0, 500, 1000, 2000]), project)
    assert inserted == ("1m1", "1m1a", "1m2", "1m3")
    without, project = _numbers(_with_cues([0, 1000]), project)
    assert without == ("1m1", "1m2")
    later, project = _numbers(_with_cues([0, 1000, 4000]), project)
    assert later == ("1m1", "1m2", "1m4"), "a number is never used for another cue"
    back, _ = _numbers(_with_cues([0, 1000, 2000, 4000]), project)
    assert back == ("1m1", "1m2", "1m3", "1m4")


def test_a_cue_that_moved_keeps_its_number() -> None:
    cut = _with_cues([0, 1000])
    _, project = _numbers(cut, ProjectFile())
    lead = shot(0, 0, 250, "new opening")
    moved = tuple(
        replace(s, index=s.index + 1, span=FrameSpan(s.span.start_frame + 250, s.span.end_frame + 250))
        for s in cut.shots
    )
    markers = tuple(replace(m, frame=m.frame + 250) for m in cut.markers)
    later = replace(cut, shots=(lead, *moved), markers=markers, duration_frames=cut.duration_frames + 250)
    assert _numbers(later, project)[0] == ("1m1", "1m2")


def test_numbers_that_the_editor_gives() -> None:
    found = spotted(cut_of(marker("3m07 in: Bridge", 100), marker("3m07 out", 900)))
    assert [(cue.number, cue.title) for cue in found.cues] == [("3m07", "Bridge")]


# ------------------------------------------------------------------ anything at all

TEXTS = ["", "HIT", "MUSIC IN", "MUSIC OUT", "silence", "soft", "turn", "tense", "d minor", "ignore", "1m1", "1m2 in",
         "music?", "no music", "button", "the end", "MUSIC IN?", "theme: Anna", "500 bpm", "peak"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    frames=st.integers(1, 1200),
    marks=st.lists(
        st.tuples(st.sampled_from(TEXTS), st.integers(0, 1199), st.sampled_from([1, 1, 1, 40, 400])), max_size=25
    ),
    brief=st.sampled_from(["", "tense, builds to the end", "sad", "heroic, 500 bpm"]),
)
def test_any_markers_give_cues_and_one_answer_each(frames: int, marks: list[tuple[str, int, int]], brief: str) -> None:
    markers = [
        replace(marker(text, at, length=length), id=str(index))
        for index, (text, at, length) in enumerate(marks)
        if at < frames
    ]
    lines = (Subtitle(start_s=Fraction(1, 10), end_s=Fraction(2), text="Go!"),)
    cut = cut_of(*markers, frames=frames, subtitles=lines, shots=(shot(0, 0, frames),))
    found = spotted(cut, brief_text=brief)
    assert found.cues
    for cue, following in pairwise(found.cues):
        assert cue.span.end_frame <= following.span.start_frame
    hits = [hit for cue in found.cues for hit in cue.hits]
    assert len({hit.id for hit in hits}) == len(hits)
    for cue in found.cues:
        assert 0 <= cue.span.start_frame < cue.span.end_frame <= frames
        assert list(cue.hits) == sorted(cue.hits, key=lambda hit: hit.frame)
        assert all(cue.span.start_frame <= hit.frame <= cue.span.end_frame for hit in cue.hits)
        assert len({hit.frame for hit in cue.hits}) == len(cue.hits)
    by_hit = {hit.marker_id for hit in hits if hit.marker_id}
    answered = [answer.marker_id for answer in found.answers]
    assert len(set(answered)) == len(answered)
    assert by_hit | set(answered) == {m.id for m in markers}
    assert not by_hit & set(answered)


def test_eighty_markers_a_minute() -> None:
    found = spotted(cut_of(*(marker("HIT", 20 + 18 * i) for i in range(80))))
    assert sum(hit.kind is HitKind.ACCENT for hit in found.cues[0].hits) == 80
