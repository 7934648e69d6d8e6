"""Suggestions: each kind is found where it lies, and what is promised is there when the tempo is solved again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from hitpoint.advice.ideas.figures import cuts_missed, measure, steps_of, worth
from hitpoint.advice.ideas.move_cuts import move_cuts
from hitpoint.advice.suggestions import Suggestion, SuggestionKind, re_spotter, suggest
from hitpoint.model.cut import Cut
from hitpoint.model.edits import Edits, MarkerEdit
from hitpoint.model.progress import SILENT
from hitpoint.model.spotting import Brief, Cue, Direction, HitKind, HitPoint
from hitpoint.model.time import FrameSpan, frames_to_seconds, seconds_to_nearest_frame
from hitpoint.spotting import ProjectFile
from hitpoint.tempo import solve_tempo
from hitpoint.understanding import CutRequest, Understanding, re_spot, understand

KIND = SuggestionKind
#: At 25 fps and 120 bpm a bar of 4/4 has 50 frames.
BAR = 50
Found = Callable[..., tuple[Suggestion, ...]]


def hit(frame: int, weight: float = 0.8, **more: Any) -> HitPoint:
    given = {"id": f"hit-{frame}", "kind": HitKind.ACCENT, "label": f"hit {frame}", "marker_id": f"m{frame}"}
    return HitPoint(frame=frame, weight=weight, **given | more)


def cue_of(hits: Sequence[HitPoint], *, start: int = 0, end: int = 1600, bpm: float = 120.0) -> Cue:
    brief = Brief(palette_id="tense", tempo_range_bpm=(bpm - 8, bpm + 8), tempo_bpm=bpm, key="D minor")
    return Cue(number="1m1", title="", span=FrameSpan(start, end), hits=tuple(hits), brief=brief, exit="ring-out")


@pytest.fixture(scope="session")
def stage(cutting: ModuleType) -> Callable[..., tuple[Cut, Cue]]:
    def stage(hits: Sequence[HitPoint], cuts: Sequence[int] = (), **more: Any) -> tuple[Cut, Cue]:
        cue = cue_of(hits, **more)
        edges = [0, *cuts, 2000]
        clips = [cutting.Clip(f"s{i}", 0, b - a) for i, (a, b) in enumerate(pairwise(edges))]
        marks = [cutting.marker(h.label, h.frame, marker_id=h.marker_id) for h in hits if h.marker_id]
        return cutting.cut_of(clips, markers=marks), cue

    return stage


def found_in(cut: Cut, cue: Cue, **more: Any) -> tuple[Suggestion, ...]:
    (plan, *_) = solve_tempo(cue, rate=cut.rate, cut_frames=cut.cut_frames)
    return suggest(cut, [cue], [plan], **more)


def of_kind(found: Sequence[Suggestion], kind: SuggestionKind) -> Suggestion:
    return next(suggestion for suggestion in found if suggestion.kind is kind)


def edit_of(suggestion: Suggestion) -> MarkerEdit:
    assert suggestion.edits is not None
    return next(edit for edit in suggestion.edits.markers if edit.marker_id == suggestion.marker_id)


def test_a_hit_a_little_off_the_tempo_of_its_neighbours_is_moved_onto_it(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(404), hit(600), hit(800)])
    best = of_kind(found_in(cut, cue), KIND.MOVE_MARKER)
    assert (best.frame, best.delta_frames, best.marker_id) == (404, -4, "m404")
    assert edit_of(best) == MarkerEdit(marker_id="m404", frame=400)
    assert best.before.largest_step_percent > 1.9
    assert best.after.largest_step_percent < 0.01
    assert best.sentence.startswith(
        "move 'hit 404' 4 frames earlier: the tempo of 1m1 then changes by 0.0 % at the most"
    )


def test_one_that_lies_on_a_cut_is_the_editors_to_move(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(404), hit(600), hit(800)], cuts=[404, 1000])
    best = of_kind(found_in(cut, cue), KIND.MOVE_CUT)
    assert (best.edits, best.moves) == (None, ((404, -4),))
    assert "move the cut at 01:00:16:04, with 'hit 404' on it, 4 frames earlier" in best.sentence
    moved = move_cuts(cut, best.moves)
    assert 400 in moved.cut_frames
    assert 404 not in moved.cut_frames


def test_a_tempo_that_was_asked_for_is_no_step(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(404), hit(600), hit(800)])
    asked = replace(cue, directions=(Direction(frame=404, kind="tempo", value="116 bpm"),))
    frames = {}
    for one in (cue, asked):
        (plan, *_) = solve_tempo(one, rate=cut.rate)
        frames[one.directions] = [step.planned.hit.frame for step in steps_of(one, plan, cut.rate)]
    assert list(frames.values()) == [[200, 404, 600], [200, 600]]


def test_hits_too_close_are_moved_apart(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(204, 0.9), hit(600), hit(800)])
    (plan, *_) = solve_tempo(cue, rate=cut.rate)
    assert any(planned.was_softened for planned in plan.hits)
    best = of_kind(found_in(cut, cue), KIND.TOO_CLOSE)
    assert best.after.hits_exact + best.after.hits_on_downbeats > best.before.hits_exact + best.before.hits_on_downbeats
    assert "0.16 s from" in best.sentence
    assert "too close for one tempo to meet both" in best.sentence


def test_a_marker_beside_a_cut_is_moved_onto_it(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(402), hit(600)], cuts=[400, 1000])
    best = of_kind(found_in(cut, cue), KIND.SYNC)
    assert (best.frame, best.delta_frames) == (402, -2)
    assert best.sentence.startswith("'hit 402' lies 2 frames after the cut at 01:00:16:00; moved onto it")
    assert best.after.markers_on_cuts == best.before.markers_on_cuts + 1


def test_a_soft_hit_beside_the_bar_line_is_moved_onto_it(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(403, is_hard=False, tolerance_frames=4), hit(600)])
    best = of_kind(found_in(cut, cue), KIND.SYNC)
    assert (best.frame, best.delta_frames) == (403, -3)
    assert (
        best.sentence
        == "'hit 403' is 3 frames off the bar line at bar 9 of 1m1; moved 3 frames earlier it falls on the bar"
    )


def test_a_soft_hit_that_costs_nothing_is_made_hard(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(401, is_hard=False, tolerance_frames=4), hit(600)])
    best = of_kind(found_in(cut, cue), KIND.HARDEN)
    assert edit_of(best).is_hard is True
    assert best.after.hits_exact == best.before.hits_exact + 1


def test_cuts_that_miss_a_beat_are_counted(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(600)], cuts=[52, 251, 447, 705])
    best = of_kind(found_in(cut, cue), KIND.CUTS_ON_BEATS)
    assert dict(best.moves) == {52: -2, 251: -1, 447: 3}
    assert (best.before.cuts_on_beats, best.after.cuts_on_beats, best.edits) == (0, 3, None)
    assert "3 of its 4 cuts are on a beat, not 0" in best.sentence


def test_a_hit_under_a_line_is_moved_out_of_it_or_the_line(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(400), hit(600)])
    best = of_kind(found_in(cut, cue, speech_s=((14.0, 16.32),)), KIND.MASKED)  # until 8 frames after the hit
    assert best.edits is None
    assert "somebody speaks over 'hit 400' at 01:00:16:00" in best.sentence
    assert (best.before.masked_hits, best.after.masked_hits) == (1, 0)
    assert not [s for s in found_in(cut, cue, speech_s=((12.0, 20.0),)) if s.kind is KIND.MASKED]


def test_a_cue_that_starts_in_a_line_enters_after_it(stage: Any) -> None:
    start = HitPoint(id="start-in", frame=100, kind=HitKind.START, weight=0.6, marker_id="in", label="MUSIC IN")
    cut, cue = stage([start, hit(400), hit(600)], start=100)
    best = of_kind(found_in(cut, cue, speech_s=((3.0, 5.0),)), KIND.ENTRY)
    assert (best.delta_frames, best.marker_id) == (28, "in")
    assert edit_of(best).frame == 128
    assert "1m1 starts in the middle of a line; let it enter 28 frames later, at 01:00:05:03" in best.sentence
    bare, cue = stage([replace(start, marker_id=""), hit(400)], start=100)
    own = of_kind(found_in(bare, cue, speech_s=((3.0, 5.0),)), KIND.ENTRY)
    assert own.edits is not None
    assert [(edit.frame, edit.name) for edit in own.edits.markers] == [(128, "MUSIC IN")]
    assert own.edits.added == {own.edits.markers[0].marker_id}


def test_edits_that_are_in_force_stay(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(404), hit(600), hit(800)])
    edits = Edits(
        markers=(MarkerEdit(marker_id="m404", frame=404, weight=0.8), MarkerEdit(marker_id="x", name="y")),
        seed=7,
        extra={"stars": 3},
    )
    best = of_kind(found_in(cut, cue, edits=edits), KIND.MOVE_MARKER)
    assert edit_of(best) == MarkerEdit(marker_id="m404", frame=400, weight=0.8)
    assert best.edits is not None
    assert (best.edits.seed, dict(best.edits.extra)) == (7, {"stars": 3})
    assert MarkerEdit(marker_id="x", name="y") in best.edits.markers


def test_a_cue_in_which_all_is_well_gets_none(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(400), hit(600)], cuts=[200, 400, 600])
    assert found_in(cut, cue) == ()
    assert suggest(cut, [], []) == ()


def test_the_beats_are_those_of_the_tempo_map(stage: Any, rng: np.random.Generator) -> None:
    frames = sorted({int(frame) for frame in rng.integers(60, 1500, 9)})
    cut, cue = stage([hit(frame, 0.4 + 0.05 * i) for i, frame in enumerate(frames)], cuts=list(range(30, 1500, 70)))
    (plan, *_) = solve_tempo(cue, rate=cut.rate, cut_frames=cut.cut_frames)
    missed = cuts_missed(cue, plan, cut.rate, cut.cut_frames)
    assert len(missed) > 15
    for frame, later in missed:
        moment_s = frames_to_seconds(frame, cut.rate)
        line = [beats for beats in plan.tempo_map.bar_lines() if plan.tempo_map.seconds_at(beats) <= moment_s][-1]
        grid = [line + n for n in range(6)]
        bars = plan.tempo_map.bar_lines()
        following = [b for b in bars if b > line][:1]
        candidates = [b for b in grid if not following or b < following[0]] + following
        nearest = min(abs(float(plan.tempo_map.seconds_at(b) - moment_s)) for b in candidates)
        assert abs(abs(later) * float(cut.rate.frame_s) - nearest) < 1e-6


def test_suggestions_are_json_of_the_service(stage: Any) -> None:
    cut, cue = stage([hit(200), hit(404), hit(600), hit(800)], cuts=[52, 402])
    found = found_in(cut, cue)
    assert found
    for suggestion in found:
        row = json.loads(json.dumps(suggestion.to_json()))
        assert {"sentence", "kind", "frame", "delta_frames", "gain", "edits", "moves"} <= row.keys()
        assert row["gain"] > 0
        if row["edits"] is not None:
            assert Edits.from_json(row["edits"]) == suggestion.edits


def random_stage(stage: Any, rng: np.random.Generator) -> tuple[Cut, Cue, tuple[tuple[float, float], ...]]:
    frames = sorted({int(frame) for frame in rng.integers(40, 1560, int(rng.integers(2, 14)))})
    hits = [
        hit(frame, round(float(rng.uniform(0.3, 1)), 2), is_hard=bool(rng.random() < 0.8), tolerance_frames=3)
        for frame in frames
    ]
    hits = [replace(h, tolerance_frames=0) if h.is_hard else h for h in hits]
    cuts = sorted({int(frame) for frame in rng.integers(20, 1900, 30)} | set(frames[::3]))
    starts = np.cumsum(rng.uniform(2, 7, 12))
    speech_s = tuple((float(s), float(s + 1.5)) for s in starts)
    cut, cue = stage(hits, cuts, bpm=float(rng.uniform(80, 130)))
    return cut, cue, speech_s


@pytest.mark.parametrize("seed", range(12))
def test_any_cue_gets_few_ranked_suggestions_the_same_each_time(stage: Any, seed: int) -> None:
    cut, cue, speech_s = random_stage(stage, np.random.default_rng(seed))
    found = found_in(cut, cue, speech_s=speech_s)
    assert found == found_in(cut, cue, speech_s=speech_s)
    assert len(found) <= 8
    gains = [suggestion.gain for suggestion in found]
    assert gains == sorted(gains, reverse=True)
    (plan, *_) = solve_tempo(cue, rate=cut.rate, cut_frames=cut.cut_frames)
    before = measure(cue, plan, rate=cut.rate, cut_frames=cut.cut_frames, speech_s=speech_s)
    for suggestion in found:
        assert suggestion.before == before
        assert suggestion.gain == pytest.approx(worth(suggestion.after) - worth(before))
        if suggestion.kind in (KIND.HARDEN, KIND.SYNC):
            assert suggestion.after.largest_step_percent <= max(1.5, before.largest_step_percent + 0.6)
        if suggestion.edits is not None and suggestion.kind is not KIND.ENTRY:
            edit = edit_of(suggestion)
            changes = {
                name: getattr(edit, name) for name in ("frame", "weight", "is_hard") if getattr(edit, name) is not None
            }
            if changes.get("is_hard"):
                changes["tolerance_frames"] = 0
            moved = [replace(h, **changes) if h.marker_id == edit.marker_id else h for h in cue.hits]
            changed = replace(cue, hits=tuple(sorted(moved, key=lambda h: h.frame)))
            (again, *_) = solve_tempo(changed, rate=cut.rate, cut_frames=cut.cut_frames)
            assert (
                measure(changed, again, rate=cut.rate, cut_frames=cut.cut_frames, speech_s=speech_s) == suggestion.after
            )


@pytest.fixture(scope="session")
def busy_cut(tmp_path_factory: pytest.TempPathFactory) -> tuple[CutRequest, Understanding]:
    """Two minutes with fifteen markers, some beside cuts, and lines over some of them, from a file."""
    rng = np.random.default_rng(5)
    folder, fps = tmp_path_factory.mktemp("busy"), 25

    def span(start: int, length: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(otio.opentime.RationalTime(start, fps), otio.opentime.RationalTime(length, fps))

    timeline = otio.schema.Timeline("busy")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    edges = [0, *sorted({int(frame) for frame in rng.integers(30, 2970, 40)}), 3000]
    for start, end in pairwise(edges):
        track.append(otio.schema.Clip(f"shot {start}", otio.schema.MissingReference(), span(0, end - start)))
    timeline.tracks.append(track)
    frames = sorted({edge + 2 for edge in edges[3:-3:6]} | {int(frame) for frame in rng.integers(60, 2900, 9)})
    for frame in frames:
        timeline.tracks.markers.append(otio.schema.Marker("HIT door", span(frame, 1), "RED"))
    otio.adapters.write_to_file(timeline, str(folder / "busy.otio"))
    lines = [
        f"{n}\n00:{s // 60:02d}:{s % 60:02d},000 --> 00:{s // 60:02d}:{s % 60:02d},900\nWe must go, now!\n"
        for n, s in enumerate(range(0, 118, 3), 1)
    ]
    (folder / "busy.srt").write_text("\n".join(lines), encoding="utf-8")
    request = CutRequest(cut_path=folder / "busy.otio", subtitles_path=folder / "busy.srt", looks=False)
    return request, understand(request, project=ProjectFile(), steps=_steps)


def _steps(name: str, start: float, end: float) -> Any:
    import contextlib

    return contextlib.nullcontext(SILENT)


def test_what_is_promised_is_there_when_the_whole_cut_is_spotted_again(
    busy_cut: tuple[CutRequest, Understanding],
) -> None:
    request, known = busy_cut
    cut, rate = known.cut, known.cut.rate
    plans = [solve_tempo(cue, rate=rate, cut_frames=cut.cut_frames)[0] for cue in known.spotting.cues]
    found = suggest(cut, known.spotting.cues, plans, speech_s=known.speech_s, spotter=re_spotter(known, request))
    with_edits = [suggestion for suggestion in found if suggestion.edits is not None]
    assert len(with_edits) >= 2
    for suggestion in with_edits:
        assert suggestion.edits is not None
        after = re_spot(known, request, suggestion.edits)
        cue = next(cue for cue in after.spotting.cues if cue.number == suggestion.cue)
        (plan, *_) = solve_tempo(cue, rate=rate, cut_frames=cut.cut_frames)
        figures = measure(cue, plan, rate=rate, cut_frames=cut.cut_frames, speech_s=known.speech_s)
        assert figures == suggestion.after


def test_moved_cuts_roll_and_change_nothing_else(cutting: ModuleType) -> None:
    cut = cutting.cut_of([cutting.Clip("a", 100, 50), cutting.Clip("b", 300, 40), cutting.Clip("c", 0, 60)])
    moved = move_cuts(cut, [(50, 4), (90, -3)])
    assert moved.cut_frames == (54, 87)
    assert moved.duration_frames == cut.duration_frames
    for frame in (0, 53, 54, 86, 87, 149):
        was = [cutting.shown(cut, frame), cutting.shown(moved, frame)]
        if frame not in (53, 87):  # those belong to the other shot now
            assert was[0] == was[1]
    starts = [seconds_to_nearest_frame(shot.media.source_start_s, cut.rate) for shot in moved.shots if shot.media]
    assert starts == [100, 304, -3]


def test_the_panels_path(tmp_path: Path) -> None:
    """The suggestions room imports nothing of Qt or the service."""
    import subprocess
    import sys

    code = (
        "import sys, hitpoint.advice.suggestions, hitpoint.advice.compare;"
        "print([m for m in sys.modules if m.startswith(('PyQt6', 'fastapi', 'torch'))])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert said.stdout.strip() == "[]"
