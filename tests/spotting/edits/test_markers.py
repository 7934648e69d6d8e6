"""Markers added, moved, changed and removed over a cut: ids stay, nothing lies outside, everything is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint.model.cut import Cut, Marker, Shot
from hitpoint.model.edits import Edits, MarkerEdit
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.spotting import load_marker_table, read_marker
from hitpoint.spotting.edits import edit_markers, overrule_markers

RATE = FrameRate(25)


def marker(marker_id: str, frame: int, name: str = "HIT", length: int = 1, note: str = "") -> Marker:
    return Marker(id=marker_id, frame=frame, duration_frames=length, name=name, note=note, color="RED")


def cut_of(*markers: Marker, frames: int = 1000) -> Cut:
    shot = Shot(index=0, span=FrameSpan(0, frames), name="s", media=None)
    return Cut(name="c", rate=RATE, start_timecode_frame=0, duration_frames=frames, shots=(shot,), markers=markers)


CUT = cut_of(marker("a", 100), marker("b", 200, note="a note"), marker("c", 300))


def test_no_edits_leave_the_cut_as_it_is() -> None:
    assert edit_markers(CUT, Edits()) is CUT


def test_a_marker_moves_by_so_many_frames_and_keeps_its_id_and_the_rest() -> None:
    edited = edit_markers(CUT, Edits(markers=(MarkerEdit(marker_id="b", frame=207),)))
    assert [(m.id, m.frame) for m in edited.markers] == [("a", 100), ("b", 207), ("c", 300)]
    assert edited.markers[1].note == "a note"
    assert edited.warnings == ()


def test_one_moved_past_another_changes_the_order() -> None:
    edited = edit_markers(CUT, Edits(markers=(MarkerEdit(marker_id="a", frame=250),)))
    assert [m.id for m in edited.markers] == ["b", "a", "c"]


def test_words_length_and_colour_change() -> None:
    edit = MarkerEdit(marker_id="a", name=" bridge ", note="", color="blue", duration_frames=40)
    (changed, *_) = edit_markers(CUT, Edits(markers=(edit,))).markers
    assert (changed.name, changed.note, changed.color, changed.duration_frames) == ("bridge", "", "BLUE", 40)


def test_an_added_marker_is_the_panels_and_a_removed_one_is_gone() -> None:
    new = MarkerEdit(marker_id="new", frame=150, name="stab")
    edited = edit_markers(CUT, Edits(markers=(new,), added=frozenset({"new"}), removed=frozenset({"a", "nobody"})))
    assert [(m.id, m.frame, m.origin) for m in edited.markers] == [
        ("new", 150, "panel"), ("b", 200, "timeline"), ("c", 300, "timeline")
    ]  # fmt: skip


def test_an_added_marker_that_the_cut_has_by_now_is_there_once() -> None:
    edit = MarkerEdit(marker_id="a", frame=120)
    edited = edit_markers(CUT, Edits(markers=(edit,), added=frozenset({"a"})))
    assert [m.id for m in edited.markers] == ["a", "b", "c"]


def test_the_end_is_the_last_frame_and_what_lies_beyond_is_told() -> None:
    at_end = edit_markers(CUT, Edits(markers=(MarkerEdit(marker_id="c", frame=1000),)))
    assert at_end.markers[-1].frame == 999
    assert at_end.warnings == ()
    a_little = edit_markers(CUT, Edits(markers=(MarkerEdit(marker_id="c", frame=1010, duration_frames=50),)))
    assert (a_little.markers[-1].frame, a_little.markers[-1].duration_frames) == (999, 1)
    assert "moved to the last frame" in a_little.warnings[0]
    far = edit_markers(CUT, Edits(markers=(MarkerEdit(marker_id="c", frame=5000),)))
    assert [m.id for m in far.markers] == ["a", "b"]
    assert far.warnings == ("marker 'HIT' of the panel lies 160.00 s beyond the end of the cut: left out",)


_FRAMES = st.one_of(st.none(), st.integers(0, 1500))


@given(
    frames=st.lists(st.integers(0, 999), min_size=1, max_size=8),
    moves=st.lists(_FRAMES, min_size=1, max_size=8),
    lengths=st.lists(st.one_of(st.none(), st.integers(0, 2000)), min_size=8, max_size=8),
    removed=st.sets(st.integers(0, 9)),
)
def test_any_edits_give_a_whole_cut(
    frames: list[int], moves: list[int | None], lengths: list[int | None], removed: set[int]
) -> None:
    cut = cut_of(*(marker(f"m{i}", frame) for i, frame in enumerate(sorted(frames))))
    edits = Edits(
        markers=tuple(
            MarkerEdit(marker_id=f"m{i}", frame=frame, duration_frames=lengths[i]) for i, frame in enumerate(moves)
        ),
        added=frozenset(f"m{i}" for i, frame in enumerate(moves) if frame is not None),
        removed=frozenset(f"m{i}" for i in removed),
    )
    edited = edit_markers(cut, edits)
    there = [m.frame for m in edited.markers]
    assert there == sorted(there)
    assert all(0 <= m.frame < m.frame + m.duration_frames <= 1000 for m in edited.markers)
    ids = [m.id for m in edited.markers]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & edits.removed
    left_out = sum("left out" in warning for warning in edited.warnings)
    wanted = ({m.id for m in cut.markers} | edits.added) - edits.removed
    assert len(ids) + left_out == len(wanted)
    for m in edited.markers:
        move = moves[int(m.id[1:])] if int(m.id[1:]) < len(moves) else None
        if move is not None:
            assert m.frame == min(move, 999)
    assert edit_markers(edited, edits).markers == edited.markers


KINDS = [
    ("tense from here", HitKind.PEAK, "hit"),
    ("HIT door", HitKind.SILENCE, "hit"),
    ("MUSIC IN", HitKind.START, "music_in"),
    ("MUSIC IN", HitKind.ACCENT, "hit"),
    ("MUSIC OUT", HitKind.OUT, "music_out"),
    ("door", HitKind.START, "music_in"),
    ("VFX: remove wire", HitKind.TURN, "hit"),
    ("door", HitKind.OUT, "hit"),
]


@pytest.mark.parametrize(("name", "kind", "role"), KINDS)
def test_a_chosen_kind_counts_before_the_words(name: str, kind: HitKind, role: str) -> None:
    edits = Edits(markers=(MarkerEdit(marker_id="a", kind=kind, weight=0.25),))
    table = overrule_markers(load_marker_table(), edits)
    meaning = read_marker(marker("a", 100, name), table)
    assert (meaning.role, meaning.kind, meaning.weight) == (role, kind, 0.25)
    assert read_marker(marker("other", 100, name), table) == read_marker(
        marker("other", 100, name), load_marker_table()
    )


def test_hardness_counts_before_the_words() -> None:
    soft = marker("a", 100, "soft hit")
    table = load_marker_table()
    assert not read_marker(soft, table).is_hard
    hard = read_marker(soft, overrule_markers(table, Edits(markers=(MarkerEdit(marker_id="a", is_hard=True),))))
    assert (hard.is_hard, hard.tolerance_frames, hard.tolerance_s) == (True, 0, 0.0)
    loose = overrule_markers(table, Edits(markers=(MarkerEdit(marker_id="a", is_hard=False),)))
    assert read_marker(marker("a", 1, "HIT"), loose).tolerance_frames == 3


def test_a_long_marker_that_becomes_a_silence_is_one_of_its_length() -> None:
    table = overrule_markers(load_marker_table(), Edits(markers=(MarkerEdit(marker_id="a", kind=HitKind.SILENCE),)))
    assert read_marker(marker("a", 100, "door", 40), table).is_region
    assert not read_marker(marker("a", 100, "door", 1), table).is_region
