"""The solver on cues whose answer a musician knows."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from hitpoint.model.spotting import Cue, Direction, HitKind, HitPoint
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, frames_to_seconds
from hitpoint.tempo import Costs, TempoSettings, solve_tempo
from hitpoint.tempo.solver import whole_beats

MakeCue = Callable[..., Cue]
MakeHit = Callable[..., HitPoint]
RATE = FrameRate(24)


def bpm_at(plan: TempoPlan, seconds: int) -> float:
    return plan.tempo_map.tempo_bpm_at(plan.tempo_map.beats_at(Fraction(seconds)))


def mean_bpm(plan: TempoPlan, end_s: int = 60) -> float:
    return float(plan.tempo_map.beats_at(Fraction(end_s)))


def test_a_cue_without_hits_keeps_the_wanted_tempo(make_cue: MakeCue) -> None:
    best, *others = solve_tempo(make_cue(), rate=RATE)
    assert bpm_at(best, 0) == bpm_at(best, 59) == pytest.approx(100)
    assert {round(bpm_at(plan, 30)) for plan in others} == {92, 109}
    assert best.cost.total == 0


def test_alternatives_stay_in_a_narrow_range(make_cue: MakeCue) -> None:
    assert len(solve_tempo(make_cue(tempo_range=(100.0, 100.0)), rate=RATE)) == 1


def test_hits_on_the_grid_need_no_change_at_all(make_cue: MakeCue, make_hit: MakeHit) -> None:
    frames = [round(24 * 2.4 * bars) for bars in (5, 10, 20)]  # 4/4 at 100 bpm: 2.4 s a bar
    best = solve_tempo(make_cue([make_hit(f) for f in frames]), rate=RATE)[0]
    assert [planned.bar for planned in best.hits] == [6, 11, 21]
    assert len(best.tempo_map.meters) == 1
    assert best.cost.max_step_percent == 0


def test_a_button_ends_on_a_downbeat_at_the_end(make_cue: MakeCue) -> None:
    for plan in solve_tempo(make_cue(end=1001, exit="button"), rate=RATE):
        end_beats = plan.tempo_map.beats_at(frames_to_seconds(1001, RATE))
        assert plan.tempo_map.is_downbeat(end_beats)


def test_an_out_hit_before_the_end_is_the_button(make_cue: MakeCue, make_hit: MakeHit) -> None:
    cue = make_cue([make_hit(1437, 0.6, HitKind.OUT)], exit="button")
    (planned,) = solve_tempo(cue, rate=RATE)[0].hits
    assert planned.planned_error_s == 0
    assert planned.is_downbeat


def test_the_price_of_alternatives_rises(make_cue: MakeCue, make_hit: MakeHit) -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        frames = sorted({int(f) for f in np.cumsum(rng.integers(40, 300, size=8))})
        plans = solve_tempo(make_cue([make_hit(f) for f in frames], end=2600), rate=RATE)
        totals = [plan.cost.total for plan in plans]
        assert totals == sorted(totals)
        for left, right in pairwise(plans):
            is_other_tempo = abs(mean_bpm(left) / mean_bpm(right) - 1) > 0.02
            assert is_other_tempo or right.cost.odd_bars < left.cost.odd_bars


def test_as_many_alternatives_as_asked_for(make_cue: MakeCue, make_hit: MakeHit) -> None:
    cue = make_cue([make_hit(301), make_hit(777)])
    assert len(solve_tempo(cue, rate=RATE, settings=TempoSettings(max_alternatives=1))) == 1
    assert len(solve_tempo(cue, rate=RATE, settings=TempoSettings(max_alternatives=2))) == 2


def test_odd_bars_only_where_they_are_allowed(make_cue: MakeCue, make_hit: MakeHit) -> None:
    cue = make_cue([make_hit(f) for f in (230, 470, 684, 1000)])
    free = solve_tempo(cue, rate=RATE)[0]
    assert free.cost.odd_bars > 0
    assert free.cost.ramps == 0
    bound = solve_tempo(cue, rate=RATE, settings=TempoSettings(allow_odd_bars=False))
    assert bound[0].cost.ramps == 1
    for plan in bound:
        assert plan.cost.odd_bars == 0
        assert len(plan.tempo_map.meters) == 1
        assert all(planned.planned_error_s == 0 and planned.is_downbeat for planned in plan.hits)


def test_whole_beats_know_no_eighths(make_cue: MakeCue, make_hit: MakeHit) -> None:
    cue = make_cue([make_hit(f, 0.4 if f % 2 else 0.9) for f in (101, 204, 313, 450, 577, 704)])
    for plan in solve_tempo(cue, rate=RATE, settings=whole_beats(TempoSettings())):
        assert {meter.denominator for meter in plan.tempo_map.meters} == {4}
        assert all(planned.beats.denominator == 1 and planned.planned_error_s == 0 for planned in plan.hits)


def test_a_tempo_mark_is_obeyed_from_its_frame_on(make_cue: MakeCue, make_hit: MakeHit) -> None:
    mark = Direction(frame=720, kind="tempo", value="130 bpm")
    cue = make_cue([make_hit(f) for f in (200, 500, 900, 1300)], directions=[mark], tempo_range=(60.0, 140.0))
    plan = solve_tempo(cue, rate=RATE)[0]
    assert bpm_at(plan, 10) == pytest.approx(100, rel=0.06)
    assert [bpm_at(plan, s) for s in (31, 45, 59)] == pytest.approx([130] * 3, rel=0.05)
    assert plan.section_beats == (plan.tempo_map.beats_at(Fraction(30)),)
    assert plan.tempo_map.is_downbeat(plan.section_beats[0])


def test_a_tempo_that_the_editor_named_weighs_more_than_the_brief(make_cue: MakeCue, make_hit: MakeHit) -> None:
    mark = Direction(frame=500, kind="tempo", value="120 bpm")
    cue = make_cue([make_hit(f) for f in (310, 760, 890, 1020)], directions=[mark], tempo_range=(80.0, 140.0))
    named, unnamed = (
        solve_tempo(cue, rate=RATE, settings=TempoSettings(costs=costs))[0] for costs in (Costs(), Costs(marked=1.0))
    )
    assert abs(bpm_at(named, 50) - 120) < abs(bpm_at(unnamed, 50) - 120)
    assert bpm_at(named, 50) == pytest.approx(120, rel=0.02)


def test_the_alternative_with_few_odd_bars_is_priced_like_the_others(make_cue: MakeCue, make_hit: MakeHit) -> None:
    best, few, *_ = solve_tempo(make_cue([make_hit(f) for f in (100, 171, 260, 340)]), rate=RATE)
    assert few.cost.odd_bars < best.cost.odd_bars
    assert best.cost.total < few.cost.total < 20


def test_a_tempo_mark_after_the_last_hit_is_obeyed(make_cue: MakeCue) -> None:
    plan = solve_tempo(make_cue(directions=[Direction(frame=720, kind="tempo", value="130 bpm")]), rate=RATE)[0]
    assert bpm_at(plan, 59) == pytest.approx(130)


def test_a_tempo_mark_beside_a_strong_hit_takes_effect_on_it(make_cue: MakeCue, make_hit: MakeHit) -> None:
    mark = Direction(frame=711, kind="tempo", value="slower")
    plan = solve_tempo(make_cue([make_hit(700), make_hit(1200)], directions=[mark]), rate=RATE)[0]
    assert plan.section_beats == (plan.hits[0].beats,)
    assert bpm_at(plan, 40) == pytest.approx(90, rel=0.05)


@pytest.mark.parametrize("value", ["soon", "", "100 bpm", "-3 bpm", "nan bpm"])
def test_tempo_words_that_change_nothing(make_cue: MakeCue, make_hit: MakeHit, value: str) -> None:
    hits = [make_hit(301), make_hit(777)]
    marks = [Direction(frame=500, kind="tempo", value=value), Direction(frame=500, kind="mood", value="tense")]
    assert solve_tempo(make_cue(hits, directions=marks), rate=RATE) == solve_tempo(make_cue(hits), rate=RATE)


def test_a_mark_on_the_first_frame_sets_the_tempo(make_cue: MakeCue) -> None:
    plan = solve_tempo(make_cue(directions=[Direction(frame=0, kind="tempo", value="120 bpm")]), rate=RATE)[0]
    assert bpm_at(plan, 0) == pytest.approx(120)


def test_a_turn_may_open_a_section_where_an_accent_ramps(make_cue: MakeCue, make_hit: MakeHit) -> None:
    settings = TempoSettings(allow_odd_bars=False)
    frames = (230, 470, 684, 1000)
    kinds = (HitKind.ACCENT, HitKind.TURN)
    ramped, opened = (
        solve_tempo(make_cue([make_hit(f, 0.9, kind) for f in frames]), rate=RATE, settings=settings)[0]
        for kind in kinds
    )
    assert ramped.cost.ramps > 0
    assert ramped.cost.new_sections == 0
    assert opened.cost.ramps == 0
    assert opened.cost.new_sections == ramped.cost.ramps
    assert all(p.planned_error_s == 0 for p in (*ramped.hits, *opened.hits))


def test_two_strong_hits_close_together_have_a_short_bar_between(make_cue: MakeCue, make_hit: MakeHit) -> None:
    first, second = solve_tempo(make_cue([make_hit(480), make_hit(499)]), rate=RATE)[0].hits
    assert first.planned_error_s == second.planned_error_s == 0
    assert first.is_downbeat
    assert second.is_downbeat
    assert second.bar == first.bar + 1
    assert second.beats - first.beats < 4


def test_a_light_hit_an_eighth_away_stays_exact(make_cue: MakeCue, make_hit: MakeHit) -> None:
    cue = make_cue([make_hit(480, 0.8), make_hit(486, 0.4)], bpm=120, tempo_range=(100.0, 140.0))
    heavy, light = solve_tempo(cue, rate=RATE)[0].hits
    assert heavy.is_downbeat
    assert light.planned_error_s == 0
    assert light.beats - heavy.beats == Fraction(1, 2)


def test_of_two_accents_100_ms_apart_the_heavier_stays(make_cue: MakeCue, make_hit: MakeHit) -> None:
    rate = FrameRate(50)
    hits = [make_hit(1000, 0.6), make_hit(1005, 0.9)]
    light, heavy = solve_tempo(make_cue(hits, end=3000), rate=rate)[0].hits
    assert heavy.planned_error_s == 0
    assert heavy.is_downbeat
    assert not heavy.was_softened
    assert light.was_softened
    assert 0 < abs(light.planned_error_s) <= Fraction(1, 8)
    assert light.reason.startswith(f"played {abs(float(light.planned_error_s)) * 1000:.0f} ms ")
    assert "too close to 'hit 1005', 0.10 s after it" in light.reason


@pytest.mark.parametrize("weights", [(0.3, 0.9), (0.9, 0.3)])
def test_hits_on_the_same_frame_share_their_beat(
    make_cue: MakeCue, make_hit: MakeHit, weights: tuple[float, float]
) -> None:
    hits = [*(make_hit(500, weight) for weight in weights), make_hit(500, 0.7, is_hard=False)]
    planned = solve_tempo(make_cue(hits), rate=RATE)[0].hits
    assert len({p.beats for p in planned}) == 1
    assert all(p.planned_error_s == 0 and p.is_downbeat for p in planned)


def test_hits_outside_the_cue_are_softened_with_their_reason(make_cue: MakeCue, make_hit: MakeHit) -> None:
    early, at_start, late = solve_tempo(
        make_cue([make_hit(95), make_hit(100, kind=HitKind.START), make_hit(1500)], start=100), rate=RATE
    )[0].hits
    assert early.beats == at_start.beats == 0
    assert early.planned_error_s == Fraction(5, 24)
    assert "208 ms after the frame, at bar 1, beat 1: it lies before the cue's first beat" in early.reason
    assert at_start.planned_error_s == 0
    assert late.was_softened
    assert "after the cue's end" in late.reason


def test_a_crowd_keeps_its_weightiest(make_cue: MakeCue, make_hit: MakeHit) -> None:
    rng = np.random.default_rng(80)
    frames = sorted({int(f) for f in rng.integers(20, 1420, size=80)})
    cue = make_cue([make_hit(f, float(rng.uniform(0.3, 1.0))) for f in frames])
    hits = solve_tempo(cue, rate=RATE)[0].hits
    kept = [p.hit.weight for p in hits if not p.was_softened]
    soft = [p.hit.weight for p in hits if p.was_softened]
    assert len(kept) > len(soft) > 0
    assert np.mean(kept) > np.mean(soft) + 0.05
    assert all("too close to" in p.reason for p in hits if p.was_softened)
    assert all(abs(p.planned_error_s) < Fraction(15, 100) for p in hits)
    off_downbeat = [p for p in hits if p.hit.is_strong and not p.was_softened and not p.is_downbeat]
    assert off_downbeat
    assert all(p.reason.startswith("exact, at bar") for p in off_downbeat)


def test_a_strong_soft_hit_takes_the_downbeat_within_its_tolerance(make_cue: MakeCue, make_hit: MakeHit) -> None:
    hard = [make_hit(576)]  # ten bars of 2.4 s
    plan = solve_tempo(make_cue([make_hit(292, 0.9, is_hard=False, tolerance_frames=8), *hard]), rate=RATE)[0]
    assert plan.hits[0].is_downbeat
    assert plan.hits[0].planned_error_s == Fraction(-4, 24)
    assert not plan.hits[0].was_softened
    assert plan.hits[0].reason == ""


def test_a_weak_soft_hit_takes_a_beat(make_cue: MakeCue, make_hit: MakeHit) -> None:
    soft = make_hit(303, 0.3, is_hard=False, tolerance_frames=4)  # 0.042 s after beat 22
    plan = solve_tempo(make_cue([soft, make_hit(576)]), rate=RATE)[0]
    assert plan.hits[0].beats == 21
    assert abs(plan.hits[0].planned_error_s) <= 4 * RATE.frame_s


def test_a_soft_hit_without_a_beat_in_reach_says_so(make_cue: MakeCue, make_hit: MakeHit) -> None:
    frames = [298, 301, 304, 307, 310, 313]
    soft = [make_hit(f, 0.5, is_hard=False, tolerance_frames=0) for f in frames]
    hits = solve_tempo(make_cue([*soft, make_hit(576)]), rate=RATE)[0].hits
    missed = [p for p in hits if abs(p.planned_error_s) > RATE.frame_s]
    assert missed
    assert all("no beat within its tolerance of 0 frames" in p.reason and not p.was_softened for p in missed)


def test_soft_hits_pull_the_tempo_a_little(make_cue: MakeCue, make_hit: MakeHit) -> None:
    soft = [make_hit(f, 1.0, is_hard=False, tolerance_frames=1) for f in (240, 480)]  # downbeats at 96 bpm
    cue = make_cue([*soft, make_hit(720)], bpm=98, tempo_range=(85.0, 110.0))
    plan = solve_tempo(cue, rate=RATE)[0]
    assert all(abs(p.planned_error_s) <= RATE.frame_s and p.is_downbeat for p in plan.hits)


def test_cuts_break_ties(make_cue: MakeCue, make_hit: MakeHit) -> None:
    cue = make_cue([make_hit(1200)], bpm=100, tempo_range=(80.0, 125.0))
    cuts = tuple(range(15, 1200, 15))  # on every beat of 96 bpm
    deaf = TempoSettings(costs=Costs(cut_miss=0.0))
    with_cuts = solve_tempo(cue, rate=RATE, cut_frames=cuts)[0].cost.cuts_on_beat
    without = solve_tempo(cue, rate=RATE, cut_frames=cuts, settings=deaf)[0].cost.cuts_on_beat
    assert with_cuts > without
    assert with_cuts == len(cuts)


def test_a_last_short_span_does_not_set_the_tempo_of_what_follows(make_cue: MakeCue, make_hit: MakeHit) -> None:
    plan = solve_tempo(make_cue([make_hit(600, 0.9), make_hit(617, 0.4)]), rate=RATE)[0]
    assert all(planned.planned_error_s == 0 for planned in plan.hits)
    assert bpm_at(plan, 50) == pytest.approx(bpm_at(plan, 10), rel=0.01)


def test_two_hours_are_solved_whole(make_cue: MakeCue, make_hit: MakeHit) -> None:
    rng = np.random.default_rng(7)
    end = 7200 * 24
    frames = np.cumsum(rng.integers(60, 500, size=600))
    cue = make_cue([make_hit(int(f), float(rng.uniform(0.3, 1))) for f in frames if f < end - 50], end=end)
    for plan in solve_tempo(cue, rate=RATE):
        assert all(planned.planned_error_s == 0 for planned in plan.hits)
    (plan, *_) = solve_tempo(make_cue(end=end, exit="button"), rate=RATE)
    assert len(plan.tempo_map.segments) == 2


def test_the_same_cue_has_the_same_answer(make_cue: MakeCue, make_hit: MakeHit) -> None:
    cue = make_cue([make_hit(f, 0.4 + f % 7 / 12) for f in (90, 130, 301, 555, 777, 1111)], exit="button")
    assert solve_tempo(cue, rate=RATE) == solve_tempo(cue, rate=RATE)
