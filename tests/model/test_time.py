"""Exact time: timecode both ways, frames to samples, rates as people write them."""

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hitpoint.model.time import (
    SAMPLE_RATE_HZ,
    FrameRate,
    FrameSpan,
    frames_to_samples,
    frames_to_seconds,
    frames_to_timecode,
    samples_to_seconds,
    seconds_to_containing_frame,
    seconds_to_nearest_frame,
    seconds_to_samples,
    timecode_to_frames,
    whole_sample_period_frames,
)

RATES = [
    FrameRate(24000, 1001),
    FrameRate(24),
    FrameRate(25),
    FrameRate(30000, 1001),
    FrameRate(30000, 1001, True),
    FrameRate(30),
    FrameRate(48),
    FrameRate(50),
    FrameRate(60000, 1001),
    FrameRate(60000, 1001, True),
    FrameRate(60),
    FrameRate(120),
]
rates = st.sampled_from(RATES)
frames = st.integers(0, 24 * 3600 * 24 - 1)


@given(frames, rates)
def test_timecode_there_and_back(frame: int, rate: FrameRate) -> None:
    assert timecode_to_frames(frames_to_timecode(frame, rate), rate) == frame


@given(frames, rates)
def test_timecode_labels_run_upwards(frame: int, rate: FrameRate) -> None:
    here, next_ = ([int(part) for part in re.split("[:;]", frames_to_timecode(f, rate))] for f in (frame, frame + 1))
    assert here < next_ or next_ == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("timecode", "rate", "frame"),
    [
        # SMPTE ST 12-1: 29.97 drop-frame skips two numbers a minute, except every tenth
        ("00:00:59;29", FrameRate(30000, 1001, True), 1799),
        ("00:01:00;02", FrameRate(30000, 1001, True), 1800),
        ("00:09:59;29", FrameRate(30000, 1001, True), 17981),
        ("00:10:00;00", FrameRate(30000, 1001, True), 17982),
        ("01:00:00;00", FrameRate(30000, 1001, True), 107892),
        ("01:00:00:00", FrameRate(30000, 1001), 108000),
        ("00:01:00;04", FrameRate(60000, 1001, True), 3600),
        ("01:00:00;00", FrameRate(60000, 1001, True), 215784),
        ("01:00:00:00", FrameRate(24000, 1001), 86400),
        ("01:00:00:00", FrameRate(25), 90000),
    ],
)
def test_timecodes_of_the_standard(timecode: str, rate: FrameRate, frame: int) -> None:
    assert timecode_to_frames(timecode, rate) == frame
    assert frames_to_timecode(frame, rate) == timecode


@pytest.mark.parametrize(
    ("timecode", "rate"),
    [
        ("00:01:00;00", FrameRate(30000, 1001, True)),
        ("00:00:00:25", FrameRate(25)),
        ("00:60:00:00", FrameRate(25)),
        ("1:2:3", FrameRate(25)),
        ("", FrameRate(25)),
    ],
)
def test_labels_that_do_not_exist(timecode: str, rate: FrameRate) -> None:
    with pytest.raises(ValueError, match="timecode"):
        timecode_to_frames(timecode, rate)


@given(frames, rates)
def test_a_frame_is_found_again_from_its_sample(frame: int, rate: FrameRate) -> None:
    sample = frames_to_samples(frame, rate)
    assert seconds_to_nearest_frame(samples_to_seconds(sample), rate) == frame
    assert abs(samples_to_seconds(sample) - frames_to_seconds(frame, rate)) <= Fraction(1, 2 * SAMPLE_RATE_HZ)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6), rates)
def test_whole_sample_periods_shift_without_rounding(frame: int, periods: int, rate: FrameRate) -> None:
    period = whole_sample_period_frames(rate)
    shift = frames_to_samples(period, rate)
    assert frames_to_samples(frame + periods * period, rate) == frames_to_samples(frame, rate) + periods * shift


@given(st.fractions(-(10**6), 10**6), rates)
def test_the_containing_frame_contains(seconds: Fraction, rate: FrameRate) -> None:
    frame = seconds_to_containing_frame(seconds, rate)
    assert frames_to_seconds(frame, rate) <= seconds < frames_to_seconds(frame + 1, rate)


def test_halves_round_up() -> None:
    assert seconds_to_samples(Fraction(1, 2 * SAMPLE_RATE_HZ)) == 1
    assert seconds_to_samples(Fraction(-1, 2 * SAMPLE_RATE_HZ)) == 0


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        (23.976, Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        (23.976023976, Fraction(24000, 1001)),
        (23.976024627685547, Fraction(24000, 1001)),
        (24, Fraction(24)),
        (24.0, Fraction(24)),
        (29.97, Fraction(30000, 1001)),
        ("29.97002997", Fraction(30000, 1001)),
        (47.952, Fraction(48000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (48_000, Fraction(48_000)),
        (44_100, Fraction(44_100)),
        (12.5, Fraction(25, 2)),
        (15, Fraction(15)),
    ],
)
def test_rates_as_people_write_them(written: float | str, exact: Fraction) -> None:
    assert FrameRate.snap(written).fps == exact


@given(st.integers(1, 240), st.booleans(), st.floats(-1e-5, 1e-5))
def test_snapping_forgives_float32(whole: int, is_ntsc: bool, noise: float) -> None:
    exact = Fraction(whole * 1000, 1001) if is_ntsc else Fraction(whole)
    assert FrameRate.snap(float(exact) * (1 + noise)).fps == exact


@pytest.mark.parametrize("wrong", [0, -24, float("nan"), float("inf"), "fast", "0/0"])
def test_what_is_no_rate(wrong: object) -> None:
    with pytest.raises(ValueError, match="frame rate"):
        FrameRate.snap(wrong)  # type: ignore[arg-type]


def test_drop_frame_exists_at_two_rates_only() -> None:
    assert FrameRate.snap(29.97, drop_frame=True).drop_frame
    assert not FrameRate.snap(25, drop_frame=True).drop_frame
    with pytest.raises(ValueError, match="drop-frame"):
        FrameRate(24000, 1001, drop_frame=True)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_spans_are_half_open(start: int, end: int) -> None:
    assume(end > start)
    span = FrameSpan(start, end)
    assert span.contains(start)
    assert not span.contains(end)
    assert span.duration_frames == end - start


def test_empty_spans_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        FrameSpan(5, 5)
