"""What holds for every layout of hits, at every rate."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.spotting import Brief, Cue, Direction, HitKind, HitPoint
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_samples, frames_to_seconds
from hitpoint.tempo import solve_tempo

RATES = (
    FrameRate(24),
    FrameRate(25),
    FrameRate(24000, 1001),
    FrameRate(30000, 1001, True),
    FrameRate(30),
    FrameRate(50),
)
FIGURES = st.floats(allow_nan=True, allow_infinity=True)
SLOW = settings(max_examples=60, deadline=None)


def check_promises(plan: TempoPlan, cue: Cue, rate: FrameRate) -> None:
    """Assert what every plan promises, possible layout or not."""
    tempo_map = plan.tempo_map
    assert tempo_map.start_s == frames_to_seconds(cue.span.start_frame, rate)
    end_s = frames_to_seconds(cue.span.end_frame, rate)
    last_bar = tempo_map.meters[-1].bar_beats
    assert tempo_map.seconds_at(tempo_map.end_beats - last_bar) >= end_s, "a bar after the cue's end"
    assert [planned.hit for planned in plan.hits] == list(cue.hits)
    for planned in plan.hits:
        wanted_s = frames_to_seconds(planned.hit.frame, rate)
        assert planned.planned_error_s == tempo_map.seconds_at(planned.beats) - wanted_s
        assert (planned.bar, planned.beat) == tempo_map.bar_beat_at(planned.beats)
        assert planned.is_downbeat == tempo_map.is_downbeat(planned.beats)
        assert planned.was_softened == (planned.hit.is_hard and planned.planned_error_s != 0)
        assert bool(planned.reason) or not planned.was_softened
    for left, right in pairwise(tempo_map.segments):
        step = max(left.spb_end / right.spb_start, right.spb_start / left.spb_end) - 1
        assert step <= Fraction(8, 100) or right.start_beats in plan.section_beats
    assert all(tempo_map.is_downbeat(beats) for beats in plan.section_beats)
    assert plan.cost.max_step_percent <= 8
    assert plan.cost.ramps == sum(segment.is_ramp for segment in tempo_map.segments)
    assert plan.cost.new_sections == len(plan.section_beats)


@st.composite
def roomy_cues(draw: st.DrawFn) -> tuple[Cue, FrameRate]:
    """Hits at least 1.5 s apart and from both ends."""
    rate = draw(st.sampled_from(RATES))
    start = draw(st.integers(0, 200_000))
    gaps_s = draw(st.lists(st.floats(1.55, 25.0), min_size=2, max_size=12))
    frame = start
    hits = []
    for gap_s in gaps_s[:-1]:
        frame += round(gap_s * float(rate.fps))
        hits.append(HitPoint(id=f"h{frame}", frame=frame, kind=HitKind.ACCENT, weight=draw(st.floats(0.0, 1.0))))
    end = frame + round(gaps_s[-1] * float(rate.fps))
    bpm = draw(st.floats(60, 150))
    brief = Brief(palette_id="tense", tempo_range_bpm=(bpm * 0.85, bpm * 1.15), tempo_bpm=bpm, key="D minor")
    leave = draw(st.sampled_from(["button", "ring-out"]))
    return Cue(number="1m1", title="", span=FrameSpan(start, end), hits=tuple(hits), brief=brief, exit=leave), rate


@st.composite
def any_cues(draw: st.DrawFn) -> tuple[Cue, FrameRate]:
    """Anything at all: crowds, hits outside the cue, soft ones, tempo words, briefs that make no sense."""
    rate = draw(st.sampled_from(RATES))
    start = draw(st.integers(0, 5000))
    length = draw(st.integers(1, 2400))
    frames = draw(st.lists(st.integers(start - 60, start + length + 60), max_size=40))
    hits = [
        HitPoint(
            id=f"h{index}",
            frame=frame,
            kind=draw(st.sampled_from(list(HitKind))),
            weight=draw(st.floats(0, 1)),
            is_hard=draw(st.booleans()),
            tolerance_frames=draw(st.integers(0, 20)),
        )
        for index, frame in enumerate(frames)
    ]
    words = st.sampled_from(["120 bpm", "61.5 bpm", "slower", "faster", "", "about half", "9999 bpm", "-3 bpm", "nan"])
    marks = draw(st.lists(st.tuples(st.integers(start - 10, start + length + 10), words), max_size=3))
    return (
        Cue(
            number="1m1",
            title="",
            span=FrameSpan(start, start + length),
            hits=tuple(hits),
            brief=Brief(
                palette_id="tense",
                tempo_range_bpm=(draw(FIGURES), draw(FIGURES)),
                tempo_bpm=draw(st.one_of(st.floats(40, 200), FIGURES)),
                key="D minor",
            ),
            directions=tuple(Direction(frame=frame, kind="tempo", value=word) for frame, word in marks),
            exit=draw(st.sampled_from(["button", "ring-out", "fade"])),
        ),
        rate,
    )


@SLOW
@given(roomy_cues())
def test_hits_with_room_are_exact_and_strong_ones_on_downbeats(case: tuple[Cue, FrameRate]) -> None:
    cue, rate = case
    for plan in solve_tempo(cue, rate=rate):
        check_promises(plan, cue, rate)
        for planned in plan.hits:
            assert planned.planned_error_s == 0
            assert plan.tempo_map.sample_at(planned.beats) == frames_to_samples(planned.hit.frame, rate)
            assert planned.is_downbeat or not planned.hit.is_strong
            assert (planned.beats * 2).denominator == 1
        if cue.exit == "button":
            end_beats = plan.tempo_map.beats_at(frames_to_seconds(cue.span.end_frame, rate))
            assert end_beats in plan.tempo_map.bar_lines(end_beats + 1)


@settings(max_examples=150, deadline=None)
@given(any_cues(), st.lists(st.integers(-10, 7500), max_size=20))
def test_no_layout_is_a_failure(case: tuple[Cue, FrameRate], cuts: list[int]) -> None:
    cue, rate = case
    plans = solve_tempo(cue, rate=rate, cut_frames=tuple(cuts))
    assert 1 <= len(plans) <= 3
    for plan in plans:
        check_promises(plan, cue, rate)


@SLOW
@given(any_cues(), st.integers(1, 100_000))
def test_moving_the_whole_cue_moves_the_map_only(case: tuple[Cue, FrameRate], by_frames: int) -> None:
    cue, rate = case
    moved = replace(
        cue,
        span=FrameSpan(cue.span.start_frame + by_frames, cue.span.end_frame + by_frames),
        hits=tuple(replace(hit, frame=hit.frame + by_frames) for hit in cue.hits),
        directions=tuple(replace(mark, frame=mark.frame + by_frames) for mark in cue.directions),
    )
    (here, *_), (there, *_) = solve_tempo(cue, rate=rate), solve_tempo(moved, rate=rate)
    by_s = frames_to_seconds(by_frames, rate)
    assert there.tempo_map.meters == here.tempo_map.meters
    assert there.cost == here.cost
    assert [h.beats for h in there.hits] == [h.beats for h in here.hits]
    assert [s.start_s - by_s for s in there.tempo_map.segments] == [s.start_s for s in here.tempo_map.segments]


@SLOW
@given(roomy_cues(), st.data())
def test_moving_one_marker_moves_that_hit_by_as_many_frames(case: tuple[Cue, FrameRate], data: st.DataObject) -> None:
    cue, rate = case
    index = data.draw(st.integers(0, len(cue.hits) - 1))
    by_frames = data.draw(st.sampled_from([-1, 1]))
    hits = list(cue.hits)
    hits[index] = replace(hits[index], frame=hits[index].frame + by_frames)
    (before, *_), (after, *_) = (solve_tempo(c, rate=rate) for c in (cue, replace(cue, hits=tuple(hits))))
    for number, (old, new) in enumerate(zip(before.hits, after.hits, strict=True)):
        moved_s = after.tempo_map.seconds_at(new.beats) - before.tempo_map.seconds_at(old.beats)
        assert moved_s == (by_frames * rate.frame_s if number == index else 0)
