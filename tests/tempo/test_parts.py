"""Bars, ramps and the constant-tempo baseline on their own."""

from fractions import Fraction

import pytest

from hitpoint.model.time import FrameRate
from hitpoint.tempo import best_constant_tempo
from hitpoint.tempo.bars import REST_BARS, REST_COST, bars_between, meters_of, time_signature
from hitpoint.tempo.curve import CurveSpan, draw_curve


@pytest.mark.parametrize("eighths", range(1, 65))
def test_bars_fill_the_stretch_with_as_few_odd_ones_as_possible(eighths: int) -> None:
    bars = bars_between(eighths)
    assert sum(bars) == eighths
    odd = [bar for bar in bars if bar != 8]
    assert len(odd) <= (2 if eighths % 2 else 1)
    assert bars == [8] * (len(bars) - len(odd)) + odd, "odd bars stand just before the hit"


def test_every_rest_has_bars_and_a_price() -> None:
    assert len(REST_BARS) == len(REST_COST) == 8
    assert all(sum(bars) % 8 == rest for rest, bars in REST_BARS.items())
    assert REST_COST[0] == 0
    assert (REST_COST[1:] > 0).all()


@pytest.mark.parametrize(("eighths", "signature"), [(8, (4, 4)), (10, (5, 4)), (7, (7, 8)), (5, (5, 8)), (2, (1, 4))])
def test_time_signatures(eighths: int, signature: tuple[int, int]) -> None:
    assert time_signature(eighths) == signature


def test_a_metre_stands_where_the_bars_change() -> None:
    meters = meters_of([8, 8, 7, 8, 8])
    assert [(m.start_bar, m.start_beats, m.numerator, m.denominator) for m in meters] == [
        (1, 0, 4, 4),
        (3, 8, 7, 8),
        (4, Fraction(23, 2), 4, 4),
    ]


def span(beats: int, bpm: int, *, downbeat: bool = True, something: bool = False) -> CurveSpan:
    return CurveSpan(
        duration_s=Fraction(60 * beats, bpm),
        duration_beats=Fraction(beats),
        starts_on_downbeat=downbeat,
        starts_something=something,
    )


def test_a_small_step_is_left_as_it_is() -> None:
    curve = draw_curve([span(16, 100), span(16, 105)], start_s=Fraction(3))
    assert [s.is_ramp for s in curve.segments] == [False, False]
    assert curve.step_percents == pytest.approx((5.0,))


@pytest.mark.parametrize(("beats", "bpm"), [(16, 115), (16, 85), (4, 120), (1, 88), (64, 129)])
def test_a_large_step_becomes_a_ramp_that_keeps_the_time(beats: int, bpm: int) -> None:
    spans = [span(16, 100), span(beats, bpm), span(16, 100)]
    curve = draw_curve(spans, start_s=Fraction(3))
    assert curve.ramps >= 1
    borders = [Fraction(16), Fraction(16 + beats), Fraction(32 + beats)]
    expected_s = [Fraction(3) + sum(s.duration_s for s in spans[: n + 1]) for n in range(3)]
    times = {s.end_beats: s.end_s for s in curve.segments}
    assert [times[b] for b in borders] == expected_s
    ramp = curve.segments[1]
    assert ramp.is_ramp
    assert ramp.spb_start == Fraction(3, 5)
    assert ramp.duration_beats <= 8


def test_a_ramp_over_a_wild_step_stays_playable() -> None:
    curve = draw_curve([span(8, 60, downbeat=False), span(8, 240, downbeat=False)], start_s=Fraction(0))
    assert curve.ramps == 1
    assert curve.section_beats == ()
    assert curve.segments[-1].end_s == 8 + 2
    assert 4 * curve.segments[-1].spb_end >= 3 * Fraction(1, 4)


@pytest.mark.parametrize(
    ("second", "sections"),
    [
        (span(16, 140), 1),
        (span(16, 140, downbeat=False), 0),
        (span(16, 115, something=True), 1),
        (span(16, 115, something=True, downbeat=False), 0),
        (span(16, 105, something=True), 0),
    ],
)
def test_where_a_new_section_begins(second: CurveSpan, sections: int) -> None:
    curve = draw_curve([span(16, 100), second], start_s=Fraction(0))
    assert curve.section_beats == (Fraction(16),) * sections


def test_the_constant_baseline_finds_a_tempo_that_fits() -> None:
    rate = FrameRate(24)
    frames = tuple(round(24 * 60 / 90 * beats) for beats in (7, 20, 33, 61))
    found = best_constant_tempo(frames, rate=rate)
    assert found.tempo_bpm == 90
    assert found.share_within_a_frame == 1
    assert max(abs(e) for e in found.errors_frames) <= 0.5


def test_downbeats_alone_are_harder_for_a_constant_tempo() -> None:
    rate, frames = FrameRate(25), (137, 371, 700, 1002, 1499)
    any_beat = best_constant_tempo(frames, rate=rate)
    downbeats = best_constant_tempo(frames, rate=rate, grid_beats=4)
    assert sum(map(abs, downbeats.errors_frames)) > sum(map(abs, any_beat.errors_frames))
    assert best_constant_tempo((480,), rate=FrameRate(24), grid_beats=4).share_within_a_frame == 1
