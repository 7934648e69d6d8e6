"""A recut compared: exactly what was done is found, every frame is followed, cues are touched for a reason or not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.advice.compare import ChangeKind, carry_edits, changes_as_json, compare_cuts, fates_of
from hitpoint.model.cut import Cut
from hitpoint.model.edits import CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import CutError
from hitpoint.model.spotting import Brief, Cue
from hitpoint.model.time import FrameRate, FrameSpan

KIND = ChangeKind


def assert_follows(old: Cut, new: Cut, cutting: ModuleType) -> None:
    """Every frame that the map keeps shows the same picture in both cuts; the pieces go forward."""
    frame_map = compare_cuts(old, new).frame_map
    for before, after in zip(frame_map.pieces, frame_map.pieces[1:], strict=False):
        assert before.end_frame <= after.start_frame
        assert before.new_end_frame <= after.new_start_frame
    for piece in frame_map.pieces:
        for frame in {piece.start_frame, (piece.start_frame + piece.end_frame) // 2, piece.end_frame - 1}:
            was, now = cutting.shown(old, frame), cutting.shown(new, frame + piece.shift_frames)
            assert (was is None) == (now is None)
            if was is not None:
                assert was[0] == now[0]
                assert abs(was[1] - now[1]) <= old.rate.frame_s


@pytest.fixture(scope="session")
def film(cutting: ModuleType) -> list[Any]:
    """Ten shots of 40 to 85 frames, three of one file; a gap of 30 frames after the fifth."""
    media = ["a", "b", "c", "a", "d", None, "e", "b", "f", "a", "g"]
    return [
        cutting.Clip(name, 1000 * index, 30 if name is None else 40 + 5 * (index % 10), f"{name}_{index}")
        for index, name in enumerate(media)
    ]


def test_the_same_cut_has_no_changes(film: list[Any], cutting: ModuleType) -> None:
    cut = cutting.cut_of(film, markers=[cutting.marker("HIT", 60)], subtitles=[cutting.line("Go!", 2)])
    same = compare_cuts(cut, cut)
    assert same.is_same
    assert [(p.start_frame, p.end_frame, p.shift_frames) for p in same.frame_map.pieces] == [
        (0, cut.duration_frames, 0)
    ]
    assert same.marker_ids == (("HIT@60", "HIT@60"),)


def test_one_removed_shot_is_all_that_is_found(film: list[Any], cutting: ModuleType) -> None:
    old = cutting.cut_of(film)
    shots = [index for index, clip in enumerate(film) if clip.media]
    assert shots
    for number, index in enumerate(shots):
        new = cutting.cut_of(film[:index] + film[index + 1 :])
        (change,) = compare_cuts(old, new).changes
        assert (change.kind, change.old_index, change.frames) == (KIND.SHOT_REMOVED, number, -film[index].length)
        assert_follows(old, new, cutting)


def test_its_sentence_says_what_moved(film: list[Any], cutting: ModuleType) -> None:
    new = cutting.cut_of(film[:1] + film[2:])
    (change,) = compare_cuts(cutting.cut_of(film), new).changes
    assert change.sentence == (
        "shot 2 'b_1' (45 frames) was removed; everything from 01:00:01:15 on comes 45 frames earlier"
    )


def test_one_inserted_shot_is_all_that_is_found(film: list[Any], cutting: ModuleType) -> None:
    old = cutting.cut_of(film)
    for index in range(len(film) + 1):
        new = cutting.cut_of([*film[:index], cutting.Clip("new", 7, 33), *film[index:]])
        (change,) = compare_cuts(old, new).changes
        start = sum(clip.length for clip in film[:index])
        assert (change.kind, change.new_frame, change.frames) == (KIND.SHOT_INSERTED, start, 33)
        assert_follows(old, new, cutting)


@pytest.mark.parametrize(("head", "tail"), [(12, 0), (0, 12), (-12, 0), (0, -12), (5, 7), (3, -9), (30, 0)])
def test_one_trimmed_shot_is_all_that_is_found(film: list[Any], cutting: ModuleType, head: int, tail: int) -> None:
    old = cutting.cut_of(film)
    for index in (0, 3, 8, len(film) - 1):
        new = cutting.cut_of([*film[:index], film[index].trimmed(head, tail), *film[index + 1 :]])
        (change,) = compare_cuts(old, new).changes
        assert (change.kind, change.frames) == (KIND.SHOT_TRIMMED, -head - tail)
        assert f"'{film[index].name}'" in change.sentence
        assert_follows(old, new, cutting)


def test_a_trim_is_told_as_editors_say_it(film: list[Any], cutting: ModuleType) -> None:
    new = cutting.cut_of([*film[:2], film[2].trimmed(12), *film[3:]])
    comparison = compare_cuts(cutting.cut_of(film), new)
    assert [change.sentence for change in comparison.changes] == [
        "shot 3 'c_2' is 12 frames shorter at its head; everything from 01:00:03:10 on comes 12 frames earlier"
    ]
    frame_map = comparison.frame_map
    assert [frame_map.at(frame) for frame in (84, 85, 96, 97, 200)] == [84, None, None, 85, 188]
    assert frame_map.near(90) == 85


def test_a_slip_a_roll_and_a_move_are_found(film: list[Any], cutting: ModuleType) -> None:
    old = cutting.cut_of(film)
    (slipped,) = compare_cuts(old, cutting.cut_of([*film[:3], film[3].trimmed(6, -6), *film[4:]])).changes
    assert (slipped.kind, slipped.frames) == (KIND.SHOT_SLIPPED, -6)
    assert "starts 6 frames later in its source" in slipped.sentence
    rolled = cutting.cut_of([*film[:3], film[3].trimmed(0, 8), film[4].trimmed(-8), *film[5:]])
    (roll,) = compare_cuts(old, rolled).changes
    assert roll.sentence == "the cut between shot 4 'a_3' and shot 5 'd_4' is 8 frames earlier"
    moved = cutting.cut_of([*film[:2], *film[3:9], film[2], *film[9:]])
    (move,) = compare_cuts(old, moved).changes
    assert (move.kind, move.old_index) == (KIND.SHOT_MOVED, 2)
    assert "shot 3 'c_2' moved from 01:00:03:10 to" in move.sentence
    for new in (rolled, moved):
        assert_follows(old, new, cutting)


def test_two_shots_swapped_are_one_move(film: list[Any], cutting: ModuleType) -> None:
    new = cutting.cut_of([film[1], film[0], *film[2:]])
    (change,) = compare_cuts(cutting.cut_of(film), new).changes
    assert (change.kind, change.old_index) == (KIND.SHOT_MOVED, 0)  # the shorter one


def test_a_shot_cut_open_for_another_is_split(film: list[Any], cutting: ModuleType) -> None:
    old = cutting.cut_of(film)
    left, right = film[4].trimmed(0, 30), film[4].trimmed(30)
    comparison = compare_cuts(old, cutting.cut_of([*film[:4], left, cutting.Clip("new", 0, 20), right, *film[5:]]))
    assert {change.kind for change in comparison.changes} == {KIND.SHOT_SPLIT, KIND.SHOT_INSERTED}
    blade = cutting.cut_of([*film[:4], left, right, *film[5:]])
    (change,) = compare_cuts(old, blade).changes
    assert (change.kind, change.frames) == (KIND.SHOT_SPLIT, 0)
    (back,) = compare_cuts(blade, old).changes
    assert back.kind is KIND.SHOT_JOINED


def test_other_speeds_gaps_and_transitions_are_told(film: list[Any], cutting: ModuleType) -> None:
    from dataclasses import replace
    from fractions import Fraction

    old = cutting.cut_of(film)
    (speed,) = compare_cuts(old, cutting.cut_of([*film[:2], replace(film[2], speed=Fraction(2)), *film[3:]])).changes
    assert speed.sentence == "shot 3 'c_2' plays at 2x instead of 1x"
    (gap,) = compare_cuts(old, cutting.cut_of([*film[:5], replace(film[5], length=10), *film[6:]])).changes
    assert (gap.kind, gap.frames) == (KIND.GAP, -20)
    (closed,) = compare_cuts(old, cutting.cut_of([*film[:5], *film[6:]])).changes
    assert (closed.kind, closed.frames) == (KIND.GAP, -30)
    shots = list(old.shots)
    shots[1] = replace(shots[1], transition_in_frames=12)
    (dissolve,) = compare_cuts(old, replace(old, shots=tuple(shots))).changes
    assert dissolve.sentence == "shot 2 'b_1' begins with a transition of 12 frames"


def test_media_on_another_drive_is_the_same_media(film: list[Any], cutting: ModuleType) -> None:
    from dataclasses import replace
    from pathlib import Path

    old = cutting.cut_of(film)
    shots = [
        replace(shot, media=replace(shot.media, path=Path("/Volumes/other") / shot.media.path.name))
        for shot in old.shots
        if shot.media
    ]
    assert compare_cuts(old, replace(old, shots=tuple(shots))).is_same


def test_another_rate_is_refused(film: list[Any], cutting: ModuleType) -> None:
    with pytest.raises(CutError, match="runs at 24 fps and was 25 fps before"):
        compare_cuts(cutting.cut_of(film), cutting.cut_of(film, rate=FrameRate(24)))


def test_markers_follow_the_picture(film: list[Any], cutting: ModuleType) -> None:
    marks = [("HIT", 60), ("HIT", 105), ("door slams", 300), ("look", 90)]
    old = cutting.cut_of(film, markers=[cutting.marker(*mark) for mark in marks])
    # the second shot (40..85) is gone: 45 frames earlier; ids are made of frames, so that HIT@60 is another one now
    marks = [("HIT", 60), ("door slams", 260), ("look", 45), ("new one", 10)]
    new = cutting.cut_of(film[:1] + film[2:], markers=[cutting.marker(*mark) for mark in marks])
    comparison = compare_cuts(old, new)
    assert set(comparison.marker_ids) == {
        ("HIT@105", "HIT@60"),
        ("door slams@300", "door slams@260"),
        ("look@90", "look@45"),
    }
    told = [change.sentence for change in comparison.changes if change.kind.value.startswith("marker")]
    assert sorted(told) == [
        "marker 'HIT' is gone with its picture",
        "marker 'door slams' moved 5 frames later",
        "marker 'new one' is new at 01:00:00:10",
    ]


def test_markers_that_were_renamed_and_recoloured_are_the_same(film: list[Any], cutting: ModuleType) -> None:
    old = cutting.cut_of(film, markers=[cutting.marker("HIT", 60, marker_id="x"), cutting.marker("stab", 200)])
    new = cutting.cut_of(
        film,
        markers=[
            cutting.marker("HIT door", 60, marker_id="x", color="BLUE", length=9),
            cutting.marker("stab!", 200, note="hard"),
        ],
    )
    comparison = compare_cuts(old, new)
    assert [change.sentence for change in comparison.changes] == [
        "marker 'HIT' is called 'HIT door' now",
        "marker 'HIT' is blue now",
        "marker 'HIT' is 8 frames longer",
        "marker 'stab' is called 'stab!' now",
        "marker 'stab' has the note 'hard' now",
    ]


def test_words_are_compared_by_their_picture(film: list[Any], cutting: ModuleType) -> None:
    from fractions import Fraction

    old = cutting.cut_of(film, subtitles=[cutting.line("Go!", 4), cutting.line("Stay.", 8), cutting.line("Run!", 12)])
    earlier = Fraction(45, 25)
    lines = [cutting.line("Go!", 4 - earlier), cutting.line("Stay.", 9 - earlier), cutting.line("No!", 12 - earlier)]
    comparison = compare_cuts(old, cutting.cut_of(film[:1] + film[2:], subtitles=lines))
    told = [change.sentence for change in comparison.of_kind(KIND.SUBTITLE)]
    assert told == [
        "the line 'Run!' is gone",
        "the line 'No!' is new",
        "the line 'Stay.' is spoken at another moment of its picture",
    ]
    assert (4.0, 5.0) not in comparison.subtitle_changes_s
    assert comparison.subtitle_changes_s == ((8.0, 9.0), (9.0, 10.0), (12.0, 13.0), (12.0, 13.0))


def cue(number: str, start: int, end: int) -> Cue:
    brief = Brief(palette_id="tense", tempo_range_bpm=(80, 120), tempo_bpm=100, key="D minor")
    return Cue(number=number, title="", span=FrameSpan(start, end), hits=(), brief=brief)


def test_cues_move_along_or_are_touched_for_a_reason(film: list[Any], cutting: ModuleType) -> None:
    marks = [cutting.marker("HIT", 500, marker_id="x")]
    old = cutting.cut_of(film, markers=marks, subtitles=[cutting.line("Go!", 12)])
    new = cutting.cut_of(
        [*film[:2], film[2].trimmed(0, 12), *film[3:]],
        markers=[cutting.marker("HIT", 491, marker_id="x")],
        subtitles=[cutting.line("Go!", 12 - cutting.Fraction(12, 25))],
    )
    cues = [cue("1m1", 0, 85), cue("1m2", 90, 180), cue("1m3", 180, 400), cue("1m4", 400, 520)]
    comparison = compare_cuts(old, new)
    fates = fates_of(comparison, cues, old=old, new=new)
    assert [(fate.number, fate.is_untouched, fate.shift_frames) for fate in fates] == [
        ("1m1", True, 0), ("1m2", False, 0), ("1m3", True, -12), ("1m4", False, 0),
    ]  # fmt: skip
    assert fates[1].reasons[0].startswith("shot 3 'c_2' is 12 frames shorter at its tail")
    assert fates[3].reasons == ("marker 'HIT' moved 3 frames later",)
    told = changes_as_json(comparison, cues, old=old, new=new)
    json.dumps(told)
    assert [row["number"] for row in told["untouched_cues"]] == ["1m1", "1m3"]
    assert told["moved_markers"][0]["frames"] == 3
    assert told["shots"][0]["kind"] == "shot_trimmed"


def test_new_cuts_and_new_words_touch_a_cue(film: list[Any], cutting: ModuleType) -> None:
    old = cutting.cut_of(film)
    blade = cutting.cut_of([*film[:4], film[4].trimmed(0, 30), film[4].trimmed(30), *film[5:]])
    cues = [cue("1m1", 0, 180), cue("1m2", 180, 400)]
    fates = fates_of(compare_cuts(old, blade), cues, old=old, new=blade)
    assert [fate.is_untouched for fate in fates] == [True, False]
    assert "is cut in 2" in fates[1].reasons[0]
    spoken = cutting.cut_of(film, subtitles=[cutting.line("Hm.", 2)])
    fates = fates_of(compare_cuts(old, spoken), cues, old=old, new=spoken)
    assert [(fate.is_untouched, fate.reasons) for fate in fates] == [
        (False, ("other words are spoken in it",)),
        (True, ()),
    ]


def test_a_cue_that_ends_with_the_cut_ends_with_it_still(film: list[Any], cutting: ModuleType) -> None:
    old = cutting.cut_of(film)
    new = cutting.cut_of([*film, cutting.Clip("new", 0, 50)])
    cues = [cue("1m1", 0, 200), cue("1m2", 300, old.duration_frames)]
    fates = fates_of(compare_cuts(old, new), cues, old=old, new=new)
    assert [(fate.is_untouched, fate.reasons) for fate in fates] == [
        (True, ()), (False, ("the cut ends elsewhere, and the cue with it",))
    ]  # fmt: skip
    before = cutting.cut_of([cutting.Clip("new", 0, 50), *film])
    fates = fates_of(compare_cuts(old, before), cues, old=old, new=before)
    assert [(fate.is_untouched, fate.shift_frames) for fate in fates] == [(False, 0), (True, 50)]


def test_the_panels_edits_are_carried_along(film: list[Any], cutting: ModuleType) -> None:
    old = cutting.cut_of(film, markers=[cutting.marker("HIT", 105), cutting.marker("gone", 50)])
    new = cutting.cut_of(film[:1] + film[2:], markers=[cutting.marker("HIT", 60)])
    edits = Edits(
        markers=(
            MarkerEdit(marker_id="HIT@105", frame=110, weight=0.9),
            MarkerEdit(marker_id="gone@50", name="gone", weight=0.2),
            MarkerEdit(marker_id="own", frame=300, name="mine"),
        ),
        added=frozenset({"own"}),
        removed=frozenset({"HIT@105"}),
        cues=(CueEdit(number="1m1", emphasis=((200, 300, 0.5), (42, 80, 0.5))),),
    )
    carried, told = carry_edits(edits, compare_cuts(old, new))
    assert carried.markers == (
        MarkerEdit(marker_id="HIT@60", frame=65, weight=0.9),
        MarkerEdit(marker_id="own", frame=255, name="mine"),
    )
    assert carried.removed == {"HIT@60"}
    assert carried.added == {"own"}
    assert carried.cues[0].emphasis[0] == (155, 255, 0.5)
    assert told == ("'gone' is gone from the cut, and what the panel changed of it",)


def test_edits_carried_to_the_same_cut_are_the_same(film: list[Any], cutting: ModuleType) -> None:
    cut = cutting.cut_of(film, markers=[cutting.marker("HIT", 105)])
    edits = Edits(
        markers=(MarkerEdit(marker_id="HIT@105", frame=99), MarkerEdit(marker_id="own", frame=300)),
        added=frozenset({"own"}),
        cues=(CueEdit(number="1m1", emphasis=((10, 90, 0.5),)),),
    )
    assert carry_edits(edits, compare_cuts(cut, cut)) == (edits, ())


def test_a_timeline_exported_again_is_followed(tmp_path: Path) -> None:
    """From files, where markers sit on clips and their ids are made of their frames."""
    import opentimelineio as otio

    from hitpoint.timeline import load_timeline, read_cut

    def span(start: int, length: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(otio.opentime.RationalTime(start, 24), otio.opentime.RationalTime(length, 24))

    timeline = otio.schema.Timeline("reel")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for number in range(8):
        media = otio.schema.ExternalReference(f"/film/tape{number % 3}.mov", span(0, 10_000))
        clip = otio.schema.Clip(f"shot_{number}", media, span(1000 * number, 96))
        clip.markers.append(otio.schema.Marker("HIT", span(1000 * number + 20, 1), "RED"))
        track.append(clip)
    timeline.tracks.append(track)
    cuts = []
    for name in ("before.otio", "after.otio"):
        otio.adapters.write_to_file(timeline, str(tmp_path / name))
        cuts.append(read_cut(load_timeline(tmp_path / name)))
        del track[2]
        track[5].source_range = span(6012, 84)  # twelve frames off the head of what was shot 7
    old, new = cuts
    comparison = compare_cuts(old, new)
    assert [change.sentence for change in comparison.changes if change.kind.value.startswith("shot")] == [
        "shot 3 'shot_2' (96 frames) was removed; everything from 00:00:08:00 on comes 96 frames earlier",
        "shot 7 'shot_6' is 12 frames shorter at its head; everything from 00:00:20:00 on comes 108 frames earlier",
    ]
    assert [c.kind for c in comparison.changes if not c.kind.value.startswith("shot")] == [KIND.MARKER_REMOVED]
    places = {marker.id: marker.frame for cut in cuts for marker in cut.markers}
    assert len(comparison.marker_ids) == 7
    for old_id, new_id in comparison.marker_ids:
        assert comparison.frame_map.at(places[old_id]) == places[new_id]


_CLIPS = st.lists(st.tuples(st.sampled_from("abcx"), st.integers(0, 6), st.integers(1, 40)), min_size=1, max_size=14)


@settings(deadline=None)
@given(_CLIPS, _CLIPS, st.randoms(use_true_random=False))
def test_whatever_is_compared_every_kept_frame_shows_the_same(
    cutting: ModuleType, before: list[Any], other: list[Any], random: Any
) -> None:
    def clips(rows: list[Any]) -> list[Any]:
        return [cutting.Clip(None if name == "x" else name, 10 * place, length) for name, place, length in rows]

    old = cutting.cut_of(clips(before))
    shuffled = before + other
    random.shuffle(shuffled)
    for rows in (other, shuffled, before[1:] or before, before[::-1]):
        assert_follows(old, cutting.cut_of(clips(rows)), cutting)


EDITS = ["remove", "insert", "trim head", "trim tail", "extend", "swap"]


@settings(deadline=None, max_examples=60)
@given(st.integers(4, 40), st.sampled_from(EDITS), st.integers(0, 10**6), st.integers(1, 9))
def test_one_edit_is_one_change(cutting: ModuleType, count: int, what: str, where: int, frames: int) -> None:
    film = [cutting.Clip(f"m{i % 7}", 500 * i, 20 + i % 5, f"s{i}") for i in range(count)]
    at = where % (count - 1)
    cut = list(film)
    if what == "remove":
        del cut[at]
    elif what == "insert":
        cut.insert(at, cutting.Clip("m1", 90_000, 10 + frames, "new"))
    elif what == "swap":
        cut[at], cut[at + 1] = cut[at + 1], cut[at]
    else:
        cut[at] = cut[at].trimmed(*{"trim head": (frames, 0), "trim tail": (0, frames), "extend": (0, -frames)}[what])
    old, new = cutting.cut_of(film), cutting.cut_of(cut)
    (change,) = compare_cuts(old, new).changes
    kinds = {"remove": KIND.SHOT_REMOVED, "insert": KIND.SHOT_INSERTED, "swap": KIND.SHOT_MOVED}
    assert change.kind is kinds.get(what, KIND.SHOT_TRIMMED)
    lengths = {"remove": -film[at].length, "insert": 10 + frames, "swap": change.frames, "extend": frames}
    assert change.frames == lengths.get(what, -frames)
    assert_follows(old, new, cutting)


def test_real_timelines_are_themselves(real_cuts: list[Cut]) -> None:
    for cut in real_cuts:
        assert compare_cuts(cut, cut).is_same


def test_real_timelines_recut(real_cuts: list[Cut], cutting: ModuleType) -> None:
    """Each shot of each real timeline removed, and a new one inserted before it: exactly that is found."""
    tried = 0
    for real in real_cuts:
        clips = cutting.clips_of(real)
        places = [index for index, clip in enumerate(clips) if clip.media is not None]
        if len(places) < 2:
            continue
        old = cutting.cut_of(clips, rate=real.rate)
        for index in places[:: max(1, len(places) // 12)]:
            without = cutting.cut_of(clips[:index] + clips[index + 1 :], rate=real.rate)
            changes = compare_cuts(old, without).changes
            assert (
                sum(change.frames for change in changes if change.kind is not KIND.SHOT_MOVED) == -clips[index].length
            )
            assert_follows(old, without, cutting)
            inserted = cutting.cut_of(
                [*clips[:index], cutting.Clip("never seen", 0, 31), *clips[index:]], rate=real.rate
            )
            (change,) = compare_cuts(old, inserted).changes
            assert (change.kind, change.frames) == (KIND.SHOT_INSERTED, 31)
            assert_follows(old, inserted, cutting)
            tried += 1
    assert tried > 50


@pytest.mark.parametrize("files", [1, 40, 3000])
def test_three_thousand_shots_are_quick(cutting: ModuleType, files: int, rng: np.random.Generator) -> None:
    film = [
        cutting.Clip(f"m{int(rng.integers(files))}", int(rng.integers(10**5)), int(rng.integers(10, 100)), f"s{i}")
        for i in range(3000)
    ]
    cut = list(film)
    for at in sorted(rng.choice(2900, 30, replace=False), reverse=True):
        del cut[at]
    cut[1500:1500] = cut[100:110]
    marks = [cutting.marker("HIT", int(frame)) for frame in np.unique(rng.integers(0, 100_000, 900))]
    old, new = cutting.cut_of(film, markers=marks), cutting.cut_of(cut, markers=marks)
    began = time.process_time()
    comparison = compare_cuts(old, new)
    spent_s = time.process_time() - began
    assert spent_s < 3.0  # some tenths of a second on a machine that is not busy
    assert sum(change.kind is KIND.SHOT_REMOVED for change in comparison.changes) >= 25
