"""More tense here: higher in the stretch, the same outside, no steps, within bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint.model.spotting import Brief, Cue
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.spotting.edits.emphasis import SHOULDER_S, emphasis_of, emphasise_arc, emphasise_intensity

RATE = FrameRate(25)
CUE = FrameSpan(250, 2000)  # 10 s to 80 s


def arc_of(level: float = 0.4, hops: int = 241) -> EmotionArc:
    tension = np.full(hops, level, np.float32)
    return EmotionArc(hop_s=0.5, valence=tension * 0, arousal=tension - 0.5, tension=tension)


def emphases(*spans: tuple[int, int, float]):  # type: ignore[no-untyped-def]
    return emphasis_of(spans, CUE, rate=RATE)[0]


@pytest.mark.parametrize("amount", [1.0, 0.4, -0.6])
def test_it_is_raised_inside_and_untouched_outside(amount: float) -> None:
    plain = arc_of()
    arc = emphasise_arc(plain, emphases((1000, 1250, amount)))  # 40 s to 50 s
    seconds = np.arange(241) * 0.5
    inside = (seconds >= 40) & (seconds <= 50)
    outside = (seconds <= 40 - SHOULDER_S) | (seconds >= 50 + SHOULDER_S)
    for name in ("tension", "arousal"):
        change = getattr(arc, name) - getattr(plain, name)
        assert (np.sign(change[inside]) == np.sign(amount)).all()
        assert (change[outside] == 0).all()
        assert np.abs(np.diff(change)).max() < 0.45 * np.abs(change).max()
    assert (arc.valence == plain.valence).all()


def test_more_is_more() -> None:
    tops = [emphasise_arc(arc_of(), emphases((1000, 1250, amount))).at("tension", 45) for amount in (0.2, 0.5, 1.0)]
    assert 0.4 < tops[0] < tops[1] < tops[2] <= 1.0


def test_a_stretch_that_reaches_out_of_its_cue_ends_with_it() -> None:
    arc, plain = emphasise_arc(arc_of(), emphases((0, 3000, 1.0))), arc_of()
    changed = np.flatnonzero(arc.tension != plain.tension) * 0.5
    assert (changed.min(), changed.max()) == (10.0, 80.0)


def test_what_lies_outside_of_the_cue_is_named() -> None:
    inside, outside = emphasis_of([(0, 250, 1.0), (240, 260, 1.0), (2000, 2100, 0.5)], CUE, rate=RATE)
    assert len(inside) == 1
    assert outside == ((0, 250, 1.0), (2000, 2100, 0.5))


@given(st.lists(st.tuples(st.integers(0, 2900), st.integers(1, 900), st.floats(-1, 1)), max_size=5), st.floats(0, 1))
def test_it_stays_within_bounds(spans: list[tuple[int, int, float]], level: float) -> None:
    made = emphases(*((start, start + length, amount) for start, length, amount in spans))
    arc = emphasise_arc(arc_of(level), made)  # checks itself
    assert len(arc.tension) == 241


def cue_with(intensity: tuple[tuple[float, float], ...]) -> Cue:
    brief = Brief(palette_id="tense", tempo_range_bpm=(80, 120), tempo_bpm=100, key="D minor", intensity=intensity)
    return Cue(number="1m1", title="", span=CUE, hits=(), brief=brief)


def test_a_drawn_intensity_is_raised_where_it_is_asked_for() -> None:
    drawn = ((0.0, 0.2), (0.5, 0.6), (1.0, 0.4))
    cue = emphasise_intensity(cue_with(drawn), emphases((1000, 1250, 0.5)), rate=RATE)
    shares, levels = zip(*cue.brief.intensity, strict=True)

    def change_at(second: float) -> float:
        share = (second - 10) / 70
        return float(np.interp(share, shares, levels) - np.interp(share, *zip(*drawn, strict=True)))

    assert change_at(45) > 0.1
    assert abs(change_at(30)) < 1e-9 > abs(change_at(60))
    assert 0 < change_at(39) < change_at(41)


@given(
    st.lists(st.tuples(st.integers(0, 2900), st.integers(1, 900), st.floats(-1, 1)), min_size=1, max_size=5),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5, unique_by=lambda point: point[0]),
)
def test_any_drawn_intensity_stays_one(spans: list[tuple[int, int, float]], points: list[tuple[float, float]]) -> None:
    made = emphases(*((start, start + length, amount) for start, length, amount in spans))
    emphasise_intensity(cue_with(tuple(sorted(points))), made, rate=RATE)  # checks itself


def test_a_cue_that_follows_the_arc_is_left_to_it() -> None:
    cue = cue_with(())
    assert emphasise_intensity(cue, emphases((1000, 1250, 0.5)), rate=RATE) is cue
