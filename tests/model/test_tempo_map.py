"""The tempo map is a bijection, exact at its knots, and its bars agree with its beats."""

import pickle
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.model.time import FrameRate, seconds_to_samples

SPB = st.fractions(min_value=Fraction(1, 5), max_value=Fraction(2), max_denominator=1001)
LENGTHS = st.fractions(min_value=Fraction(1, 4), max_value=Fraction(40), max_denominator=16)
SIGNATURES = st.sampled_from([(4, 4), (3, 4), (2, 4), (5, 4), (7, 8), (5, 8)])


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    segments: list[TempoSegment] = []
    beats, seconds = Fraction(0), draw(st.fractions(min_value=-10, max_value=1000, max_denominator=24000))
    for length, start, end in draw(st.lists(st.tuples(LENGTHS, SPB, SPB), min_size=1, max_size=6)):
        spb_end = draw(st.sampled_from([start, end]))
        segments.append(
            TempoSegment(start_beats=beats, end_beats=beats + length, start_s=seconds, spb_start=start, spb_end=spb_end)
        )
        beats, seconds = segments[-1].end_beats, segments[-1].end_s
    meters: list[Meter] = []
    bar, line = 1, Fraction(0)
    for (numerator, denominator), bars in draw(
        st.lists(st.tuples(SIGNATURES, st.integers(1, 5)), min_size=1, max_size=5)
    ):
        meters.append(Meter(start_bar=bar, start_beats=line, numerator=numerator, denominator=denominator))
        bar, line = bar + bars, line + bars * meters[-1].bar_beats
    return TempoMap(segments=tuple(segments), meters=tuple(meters))


@settings(max_examples=80, deadline=None)
@given(tempo_maps(), st.fractions(min_value=-5, max_value=260, max_denominator=960))
def test_beats_to_seconds_and_back(tempo_map: TempoMap, beats: Fraction) -> None:
    assert abs(float(tempo_map.beats_at(tempo_map.seconds_at(beats)) - beats)) < 1e-9


@settings(max_examples=80, deadline=None)
@given(tempo_maps(), st.fractions(min_value=-5, max_value=260, max_denominator=960))
def test_whole_numbers_say_what_fractions_would_say(tempo_map: TempoMap, beats: Fraction) -> None:
    segment = next((s for s in tempo_map.segments[::-1] if s.start_beats <= beats), tempo_map.segments[0])
    inside = min(max(beats - segment.start_beats, Fraction(0)), segment.duration_beats)
    slope = (segment.spb_end - segment.spb_start) / segment.duration_beats
    seconds = segment.start_s + inside * (segment.spb_start + slope * inside / 2)
    seconds += min(beats - segment.start_beats, Fraction(0)) * segment.spb_start  # before the map
    seconds += max(beats - segment.end_beats, Fraction(0)) * segment.spb_end  # behind it
    assert tempo_map.seconds_at(beats) == seconds
    assert tempo_map.sample_at(beats) == seconds_to_samples(seconds)
    lines = tempo_map.bar_lines()
    assert tempo_map.bar_lines(beats) == tuple(line for line in tempo_map.bar_lines(Fraction(300)) if line < beats)
    assert lines == tempo_map.bar_lines(tempo_map.end_beats)


def test_what_was_worked_out_is_no_part_of_the_value() -> None:
    segment = TempoSegment(
        start_beats=Fraction(0), end_beats=Fraction(8), start_s=Fraction(1), spb_start=Fraction(1), spb_end=Fraction(2)
    )
    asked, fresh = (
        TempoMap(segments=(replace(segment),), meters=(Meter(start_bar=1, start_beats=Fraction(0), numerator=4),))
        for _ in range(2)
    )
    assert asked.sample_at(Fraction(3))
    assert asked.bar_lines()
    assert asked == fresh
    assert hash(asked) == hash(fresh)
    assert pickle.dumps(asked) == pickle.dumps(fresh)
    assert pickle.loads(pickle.dumps(asked)).sample_at(Fraction(3)) == asked.sample_at(Fraction(3))


@settings(max_examples=80, deadline=None)
@given(tempo_maps(), st.fractions(min_value=-20, max_value=1300, max_denominator=48000))
def test_seconds_to_beats_and_back(tempo_map: TempoMap, seconds: Fraction) -> None:
    assert abs(float(tempo_map.seconds_at(tempo_map.beats_at(seconds)) - seconds)) < 1e-9


@settings(max_examples=50, deadline=None)
@given(tempo_maps())
def test_knots_are_exact_both_ways(tempo_map: TempoMap) -> None:
    for segment in tempo_map.segments:
        for beats, seconds in ((segment.start_beats, segment.start_s), (segment.end_beats, segment.end_s)):
            assert tempo_map.seconds_at(beats) == seconds
            assert tempo_map.beats_at(seconds) == beats
            assert tempo_map.sample_at(beats) == seconds_to_samples(seconds)


@settings(max_examples=50, deadline=None)
@given(tempo_maps(), st.lists(st.fractions(min_value=-5, max_value=260, max_denominator=960), min_size=2, max_size=20))
def test_time_runs_forwards(tempo_map: TempoMap, places: list[Fraction]) -> None:
    for early, late in pairwise(sorted(set(places))):
        assert tempo_map.seconds_at(early) < tempo_map.seconds_at(late)


@settings(max_examples=50, deadline=None)
@given(tempo_maps(), st.fractions(min_value=0, max_value=120, max_denominator=16))
def test_bar_and_beat_lead_back_to_the_place(tempo_map: TempoMap, beats: Fraction) -> None:
    bar, beat = tempo_map.bar_beat_at(beats)
    meter = tempo_map.meter_at(beats)
    assert tempo_map.bar_start_beats(bar) + (beat - 1) * 4 / meter.denominator == beats
    assert 1 <= beat < meter.numerator + 1
    assert tempo_map.is_downbeat(beats) == (beats in tempo_map.bar_lines(beats + 1))


@settings(max_examples=30, deadline=None)
@given(tempo_maps())
def test_bar_lines_are_the_starts_of_the_bars(tempo_map: TempoMap) -> None:
    lines = tempo_map.bar_lines()
    assert lines[0] == 0
    assert [tempo_map.bar_start_beats(index + 1) for index in range(len(lines))] == list(lines)
    assert all(line < tempo_map.end_beats for line in lines)


def _segment(start: int, end: int, start_s: int, spb: Fraction, spb_end: Fraction | None = None) -> TempoSegment:
    return TempoSegment(
        start_beats=Fraction(start),
        end_beats=Fraction(end),
        start_s=Fraction(start_s),
        spb_start=spb,
        spb_end=spb if spb_end is None else spb_end,
    )


FOUR_FOUR = (Meter(start_bar=1, start_beats=Fraction(0), numerator=4),)


def test_tempo_along_a_ramp() -> None:
    tempo_map = TempoMap(segments=(_segment(0, 8, 10, Fraction(1, 2), Fraction(1)),), meters=FOUR_FOUR)
    assert tempo_map.start_s == 10
    assert tempo_map.segments[0].is_ramp
    assert tempo_map.segments[0].end_s == 16
    assert tempo_map.tempo_bpm_at(Fraction(0)) == 120
    assert tempo_map.tempo_bpm_at(Fraction(4)) == 80
    assert tempo_map.tempo_bpm_at(Fraction(80)) == 60
    assert tempo_map.seconds_at(Fraction(4)) == Fraction(25, 2)
    assert tempo_map.frame_at(Fraction(4), FrameRate(24)) == 300


@pytest.mark.parametrize(
    ("segments", "meters", "message"),
    [
        ((), FOUR_FOUR, "needs segments"),
        ((_segment(1, 2, 0, Fraction(1)),), FOUR_FOUR, "first at beat 0"),
        ((_segment(0, 4, 0, Fraction(1)), _segment(5, 6, 4, Fraction(1))), FOUR_FOUR, "do not meet at beat 5"),
        ((_segment(0, 4, 0, Fraction(1)), _segment(4, 6, 5, Fraction(1))), FOUR_FOUR, "do not meet at beat 4"),
        ((_segment(0, 4, 0, Fraction(1)),), (), "a metre from bar 1"),
        (
            (_segment(0, 4, 0, Fraction(1)),),
            (*FOUR_FOUR, Meter(start_bar=2, start_beats=Fraction(3), numerator=3)),
            "bar 2 does not start on a bar line",
        ),
        (
            (_segment(0, 4, 0, Fraction(1)),),
            (*FOUR_FOUR, Meter(start_bar=1, start_beats=Fraction(0), numerator=3)),
            "bar 1 does not start on a bar line",
        ),
    ],
)
def test_maps_that_contradict_themselves_are_refused(
    segments: tuple[TempoSegment, ...], meters: tuple[Meter, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TempoMap(segments=segments, meters=meters)


@pytest.mark.parametrize(
    ("end", "spb", "spb_end", "message"),
    [
        (0, Fraction(1), Fraction(1), "has no length"),
        (4, Fraction(0), Fraction(1), "must be positive"),
        (4, Fraction(1), Fraction(-1), "must be positive"),
    ],
)
def test_segments_that_cannot_be_played_are_refused(end: int, spb: Fraction, spb_end: Fraction, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _segment(0, end, 0, spb, spb_end)
