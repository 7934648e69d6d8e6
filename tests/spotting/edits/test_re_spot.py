"""Edits over what is known: obeyed exactly, told, the same from scratch, and nothing else changes."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hitpoint.model.edits import CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import SettingError
from hitpoint.model.spotting import Brief, Cue, HitKind, Verdict
from hitpoint.spotting import ProjectFile
from hitpoint.spotting.brief_writer import BriefRequest, BuiltinWriter
from hitpoint.spotting.briefs_values import is_proposed
from hitpoint.spotting.edits import read_edits
from hitpoint.understanding import CutRequest, Understanding, re_spot


def cue_of(known: Understanding, number: str) -> Cue:
    return next(cue for cue in known.spotting.cues if cue.number == number)


def assert_same(first: Understanding, second: Understanding) -> None:
    assert first.cut == second.cut
    assert first.spotting == second.spotting
    assert first.own_spotting == second.own_spotting
    assert first.warnings == second.warnings
    for curve in ("valence", "arousal", "tension", "confidence"):
        assert np.array_equal(getattr(first.story.arc, curve), getattr(second.story.arc, curve))
    assert first.story.beats == second.story.beats


@pytest.fixture
def spotted(known: Understanding, request_of_two_cues: CutRequest) -> Any:
    def spotted(edits: Edits) -> Understanding:
        return re_spot(known, request_of_two_cues, edits)

    return spotted


def some_edits(ids: dict[str, str]) -> Edits:
    return Edits(
        markers=(
            MarkerEdit(marker_id=ids["HIT door@400"], frame=412),
            MarkerEdit(marker_id=ids["look@700"], kind=HitKind.PEAK, weight=0.95),
            MarkerEdit(marker_id="new", frame=2200, name="stab !!"),
        ),
        added=frozenset({"new"}),
        removed=frozenset({ids["stab@2000"]}),
        cues=(CueEdit(number="1m2", style="noir-jazz", text="sad, fades", emphasis=((1700, 1900, 0.8),)),),
        brief_text="tense, builds",
    )


def test_no_edits_change_nothing(known: Understanding, spotted: Any) -> None:
    assert_same(spotted(Edits()), known)


def test_from_scratch_it_is_the_same(
    request_of_two_cues: CutRequest, understood: Any, spotted: Any, ids: dict[str, str]
) -> None:
    edits = some_edits(ids)
    assert_same(understood(replace(request_of_two_cues, edits=edits)), spotted(edits))


def test_edits_do_not_add_up(known: Understanding, request_of_two_cues: CutRequest, ids: dict[str, str]) -> None:
    edits = some_edits(ids)
    after_others = re_spot(known, request_of_two_cues, Edits(removed=frozenset(ids.values())))
    assert_same(re_spot(after_others, request_of_two_cues, edits), re_spot(known, request_of_two_cues, edits))
    assert_same(re_spot(after_others, request_of_two_cues, Edits()), known)


@pytest.mark.parametrize("by", [-30, -1, 1, 5, 77])
def test_a_marker_moved_by_so_many_frames_moves_its_hit_by_as_many(
    known: Understanding, spotted: Any, ids: dict[str, str], by: int
) -> None:
    edited = spotted(Edits(markers=(MarkerEdit(marker_id=ids["HIT door@400"], frame=400 + by),)))
    before = {hit.id: hit for hit in cue_of(known, "1m1").hits if hit.marker_id}
    after = {hit.id: hit for hit in cue_of(edited, "1m1").hits if hit.marker_id}
    moved = f"hit-{ids['HIT door@400']}"
    assert after.pop(moved) == replace(before.pop(moved), frame=400 + by)
    assert after == before
    assert cue_of(edited, "1m2").hits == cue_of(known, "1m2").hits


def test_kind_and_weight_are_the_hits(spotted: Any, ids: dict[str, str]) -> None:
    edit = MarkerEdit(marker_id=ids["look@700"], kind=HitKind.SILENCE, weight=0.15)
    hit = next(h for h in cue_of(spotted(Edits(markers=(edit,))), "1m1").hits if h.marker_id == edit.marker_id)
    assert (hit.kind, hit.weight, hit.frame) == (HitKind.SILENCE, 0.15, 700)


def test_a_cue_inserted_by_the_panel_takes_no_other_cues_number(spotted: Any) -> None:
    marks = (
        MarkerEdit(marker_id="in", frame=1100, name="MUSIC IN"),
        MarkerEdit(marker_id="out", frame=1400, name="MUSIC OUT"),
    )
    edited = spotted(Edits(markers=marks, added=frozenset({"in", "out"})))
    assert [(cue.number, cue.span.start_frame) for cue in edited.spotting.cues] == [
        ("1m1", 100), ("1m1a", 1100), ("1m2", 1500)
    ]  # fmt: skip


FIELDS: list[tuple[dict[str, Any], str, Any]] = [
    ({"style": "noir-jazz"}, "palette_id", "noir-jazz"),
    ({"tempo_bpm": 171.0}, "tempo_bpm", 171.0),
    ({"tempo_range_bpm": (150.0, 160.0)}, "tempo_range_bpm", (150.0, 160.0)),
    ({"key": "f# moll"}, "key", "F♯ minor"),
    ({"instruments": ("cello",)}, "instruments", None),
    ({"avoid": ("brass",)}, "avoid", ("brass",)),
    ({"theme": "mara"}, "theme", "mara"),
    ({"text": "sad, slow, fades"}, "shape", "fades"),
    ({"text": "sad, slow, fades"}, "text", "sad, slow, fades"),
    ({"intensity": ((0.0, 0.1), (0.5, 1.0))}, "intensity", ((0.0, 0.1), (0.5, 1.0))),
]


@pytest.mark.parametrize(("fields", "name", "value"), FIELDS)
def test_a_brief_is_obeyed_and_no_other_cue_changes(
    known: Understanding, spotted: Any, fields: dict[str, Any], name: str, value: Any
) -> None:
    edited = spotted(Edits(cues=(CueEdit(number="1m2", **fields),)))
    said = getattr(cue_of(edited, "1m2").brief, name)
    assert said == value if value is not None else said
    assert cue_of(edited, "1m1") == cue_of(known, "1m1")
    assert cue_of(edited, "1m2").hits == cue_of(known, "1m2").hits
    assert edited.cut == known.cut


def test_a_range_alone_holds_the_tempo_and_a_tempo_outside_is_told(spotted: Any) -> None:
    narrow = cue_of(spotted(Edits(cues=(CueEdit(number="1m2", tempo_range_bpm=(150.0, 160.0)),))), "1m2").brief
    assert 150 <= narrow.tempo_bpm <= 160
    both = spotted(Edits(cues=(CueEdit(number="1m2", tempo_range_bpm=(80.0, 90.0), tempo_bpm=140.0),)))
    assert cue_of(both, "1m2").brief.tempo_bpm == 140.0
    assert any("140 bpm lies outside of 80 to 90" in warning for warning in both.warnings)


def test_another_style_follows_the_arc_still(spotted: Any) -> None:
    assert cue_of(spotted(Edits(cues=(CueEdit(number="1m2", style="noir-jazz"),))), "1m2").brief.intensity == ()


def test_a_cue_left_out_is_told_to_its_markers(known: Understanding, spotted: Any, ids: dict[str, str]) -> None:
    edited = spotted(Edits(cues=(CueEdit(number="1m2", has_music=False),)))
    assert [cue.number for cue in edited.spotting.cues] == ["1m1"]
    assert [cue.number for cue in edited.own_spotting.cues] == ["1m1", "1m2"]
    answer = next(a for a in edited.spotting.answers if a.marker_id == ids["stab@2000"])
    assert (answer.verdict, answer.reason) == (Verdict.REFUSED, "the panel leaves 1m2 out")
    assert any("1m2 (00:01:00:00) is left out, as the panel asks" in warning for warning in edited.warnings)
    assert cue_of(edited, "1m1") == cue_of(known, "1m1")


def test_more_tense_here_bends_the_arc_there_and_leaves_the_brief(known: Understanding, spotted: Any) -> None:
    edited = spotted(Edits(cues=(CueEdit(number="1m2", emphasis=((1700, 1900, 0.8),)),)))
    assert edited.spotting.cues == known.spotting.cues
    changed = np.flatnonzero(edited.story.arc.tension != known.story.arc.tension) * known.story.arc.hop_s
    assert changed.min() > 1700 / 25 - 2.1
    assert changed.max() < 1900 / 25 + 2.1
    assert edited.story.arc.at("tension", 72) > known.story.arc.at("tension", 72) + 0.1


def test_proposed_hits_are_moved_changed_and_dropped(known: Understanding, spotted: Any, ids: dict[str, str]) -> None:
    bare = Edits(removed=frozenset({ids["stab@2000"]}))
    first, *rest = [hit for hit in cue_of(spotted(bare), "1m2").hits if is_proposed(hit)]
    assert rest
    edit = MarkerEdit(marker_id=first.id, frame=first.frame + 9, weight=0.8, kind=HitKind.TURN, name="mine")
    edited = spotted(replace(bare, markers=(edit,), removed=bare.removed | {rest[0].id}))
    hits = {hit.id: hit for hit in cue_of(edited, "1m2").hits}
    assert rest[0].id not in hits
    mine = hits[first.id]
    assert (mine.frame, mine.weight, mine.kind, mine.label) == (first.frame + 9, 0.8, HitKind.TURN, "mine")
    assert mine.is_hard


def test_what_cannot_be_is_told(spotted: Any, ids: dict[str, str]) -> None:
    edits = Edits(
        markers=(
            MarkerEdit(marker_id="gone", name="old one", weight=0.3),
            MarkerEdit(marker_id=ids["look@700"], frame=9000),
        ),
        cues=(
            CueEdit(number="4m2", style="tense"),
            CueEdit(number="1m1", text="qwertz", emphasis=((1600, 1700, 1.0),)),
        ),
    )
    told = "\n".join(spotted(edits).warnings)
    assert "'old one', which was changed in the panel, is no longer in the cut" in told
    assert "marker 'look' of the panel lies 240.00 s beyond the end of the cut: left out" in told
    assert "4m2, which was changed in the panel, is no longer a cue" in told
    assert "1m1: no word of 'qwertz' is known" in told
    assert "1m1: the emphasis from 00:01:04:00 to 00:01:08:00 lies outside the cue" in told


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"style": "noirjazz"}, "the panel: cue 1m1: style: there is no 'noirjazz'; did you mean 'noir-jazz'"),
        ({"tempo_bpm": 900.0}, "the panel: cue 1m1: tempo_bpm = 900.0 must lie between 30 and 280"),
        ({"tempo_range_bpm": (120.0, 80.0)}, "must name the slower tempo first"),
        ({"key": "H sharp"}, "is not a key"),
        ({"instruments": ("kazoophone",)}, "instruments: there is no 'kazoophone'"),
        ({"instruments": ("brass",), "avoid": ("brass",)}, "brass cannot be wanted and avoided at once"),
    ],
)
def test_what_does_not_exist_is_one_sentence(spotted: Any, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        spotted(Edits(cues=(CueEdit(number="1m1", **fields),)))


def test_no_music_at_all_is_refused(spotted: Any) -> None:
    with pytest.raises(SettingError, match="leaves every cue out"):
        spotted(Edits(cues=tuple(CueEdit(number=number, has_music=False) for number in ("1m1", "1m2"))))


class CountingWriter:
    """A brief writer that is not the built-in one, and counts how often it is asked."""

    asked = 0
    warnings: tuple[str, ...] = ()

    def write(self, request: BriefRequest) -> Brief:
        CountingWriter.asked += 1
        return replace(BuiltinWriter().write(request), mood="as I see it", intensity=((0.0, 0.3), (1.0, 0.7)))


def test_a_language_model_is_not_asked_again(
    request_of_two_cues: CutRequest, understood: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str, **_: Any) -> Any:
        return BuiltinWriter() if name == "builtin" else CountingWriter()

    monkeypatch.setattr("hitpoint.understanding.load_brief_writer", load)
    monkeypatch.setattr(CountingWriter, "asked", 0)
    request = replace(request_of_two_cues, brief_writer="a model")
    known = understood(request)
    assert CountingWriter.asked == 2
    marks = (
        MarkerEdit(marker_id="in", frame=1100, name="MUSIC IN"),
        MarkerEdit(marker_id="out", frame=1400, name="MUSIC OUT"),
    )
    emphasis = CueEdit(number="1m1", emphasis=((300, 500, 0.5),))
    edits = Edits(markers=marks, added=frozenset({"in", "out"}), cues=(emphasis,))
    edited = re_spot(known, request, edits)
    assert CountingWriter.asked == 2
    moods = {c.number: c.brief.mood == "as I see it" for c in edited.spotting.cues}
    assert moods == {"1m1": True, "1m1a": False, "1m2": True}
    assert any("the briefs of 1m1a are the built-in writer's" in warning for warning in edited.warnings)
    drawn = dict(cue_of(edited, "1m1").brief.intensity)
    assert len(drawn) > 2  # what the model drew is raised where the editor asks for it
    other_words = re_spot(known, request, replace(edits, brief_text="sad"))
    assert CountingWriter.asked == 2
    assert all(c.brief.text == "sad" for c in other_words.spotting.cues)


def test_laying_edits_over_is_quick(known: Understanding, request_of_two_cues: CutRequest, ids: dict[str, str]) -> None:
    edits = some_edits(ids)
    re_spot(known, request_of_two_cues, edits)
    spent = []
    for _ in range(5):
        began = time.process_time()
        re_spot(known, request_of_two_cues, edits)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.2  # some ten milliseconds where the machine is not busy


def test_numbers_of_an_earlier_score_are_kept(
    request_of_two_cues: CutRequest, understood: Any, known: Understanding
) -> None:
    project = ProjectFile(cues=tuple(replace(cue, number=f"3{cue.number[1:]}") for cue in known.basis.known_cues))
    again = understood(request_of_two_cues, project)
    assert [cue.number for cue in again.spotting.cues] == ["3m1", "3m2"]
    edits = Edits(cues=(CueEdit(number="3m2", has_music=False),))
    assert [cue.number for cue in re_spot(again, request_of_two_cues, edits).spotting.cues] == ["3m1"]


def test_a_panels_file_is_read(edits_file: Path, ids: dict[str, str]) -> None:
    edits = some_edits(ids)
    edits_file.write_text(json.dumps(edits.to_json()), encoding="utf-8")
    assert read_edits(edits_file) == edits
    edits_file.write_text(json.dumps({"window": [1, 2], "edits": edits.to_json()}), encoding="utf-8")
    assert read_edits(edits_file) == edits


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no file of edits"),
        (b"{", "is not JSON"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"[]", "must be an object"),
        (b'{"seed": "x"}', "edits: seed: .x. must be a whole number"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_a_damaged_file_is_one_sentence(edits_file: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        edits_file.write_bytes(content)
    with pytest.raises(SettingError, match=sentence) as caught:
        read_edits(edits_file)
    assert str(edits_file) in str(caught.value)
