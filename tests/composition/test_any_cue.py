"""Whatever the cue, the map and the wishes: no fault, and every note where it may be."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hitpoint.model.music import Composition
from hitpoint.model.spotting import Direction, HitKind, HitPoint
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.model.tempo_plan import PlannedHit, TempoCost, TempoPlan
from hitpoint.model.time import FrameRate
from hitpoint.resources import load_instruments, load_palettes

PALETTES = sorted(load_palettes())
RATES = (FrameRate(24), FrameRate(25), FrameRate(24000, 1001), FrameRate(30000, 1001, True), FrameRate(60))
#: A cue may ring on after its last frame, but not for ever.
LONGEST_TAIL_S = 9.0
FEW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
assert PALETTES


def assert_sound(composition: Composition, *, end_s: float) -> None:
    """Check everything that later rooms rely on; nothing may start after record second `end_s`."""
    seconds_at = composition.tempo_map.seconds_at
    assert len({part.id for part in composition.parts}) == len(composition.parts)
    for part in composition.parts:
        instrument = load_instruments()[part.instrument_id]
        assert part.notes
        order = [(note.onset_beats, note.pitch_midi) for note in part.notes]
        assert order == sorted(set(order)), part.id
        for note in part.notes:
            assert note.onset_beats >= 0
            assert note.duration_beats > 0
            assert instrument.low_midi <= note.pitch_midi <= instrument.high_midi, part.id
            assert 1 <= note.velocity <= 127
            assert note.onset_beats + note.duration_beats <= composition.end_beats
        last_s = float(seconds_at(part.notes[-1].onset_beats))
        assert last_s <= end_s + 1e-6, f"{part.id} starts {last_s - end_s:.3f} s after the end"
        beats = [point.beats for point in part.dynamics]
        assert beats == sorted(set(beats))
        assert all(0.0 <= point.level <= 1.0 for point in part.dynamics)
    assert float(seconds_at(composition.end_beats)) <= end_s + LONGEST_TAIL_S
    assert np.isfinite(composition.intensity).all()
    assert 0.0 <= composition.intensity.min() <= composition.intensity.max() <= 1.0


def latest_end_s(scored: Any) -> float:
    """Return where the music has to end: with the cue, or with an OUT that the solver could not put so early."""
    return max(float(scored.end_s), scored.seconds(scored.end_beats))


def spread(count: int, duration_s: float, kinds: tuple[str, ...]) -> list[tuple[float, str, float]]:
    """Return hits at even distances, kinds and weights in turn."""
    return [(duration_s * n / count, kinds[n % len(kinds)], (n * 7 % 10) / 10) for n in range(count)]


@pytest.mark.parametrize("palette_id", PALETTES)
@pytest.mark.parametrize("duration_s", [0.04, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("out_kind", ["out", ""])
def test_cues_of_a_moment(score: Callable, palette_id: str, duration_s: float, out_kind: str) -> None:
    for exit_manner in ("button", "ring-out", "fade"):
        scored = score(palette_id, duration_s=duration_s, hits=(), out_kind=out_kind, exit_manner=exit_manner)
        assert_sound(scored.composition, end_s=latest_end_s(scored))


LAYOUTS = {
    "no hits": [],
    "80 hits a minute": spread(40, 30.0, ("accent", "turn", "accent", "peak")),
    "a hit on every frame": [(n / 24, "accent", 0.9) for n in range(72)],
    "silences only": spread(6, 30.0, ("silence",)),
    "a silence between all hits": spread(24, 30.0, ("accent", "silence")),
    "everything at once": [(10.0, kind.value, 0.7) for kind in HitKind],
}


@pytest.mark.parametrize("palette_id", PALETTES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_that_nobody_would_wish_for(score: Callable, palette_id: str, layout: str) -> None:
    scored = score(palette_id, duration_s=30.0, hits=LAYOUTS[layout])
    assert_sound(scored.composition, end_s=latest_end_s(scored))


@FEW
@given(
    palette_id=st.sampled_from(PALETTES),
    duration_s=st.floats(0.05, 60),
    rate=st.sampled_from(RATES),
    start_frame=st.sampled_from([-48, 0, 1, 5_000]),
    hits=st.lists(st.tuples(st.floats(0, 60), st.sampled_from(list(HitKind)), st.floats(0, 1)), max_size=30),
    dialogue=st.lists(st.tuples(st.floats(-5, 60), st.floats(0, 8)), max_size=8),
    words=st.lists(
        st.tuples(
            st.integers(-10, 1500),
            st.sampled_from(
                [
                    ("key", "F# minor"),
                    ("key", "no key"),
                    ("mood", "dark"),
                    ("mood", ""),
                    ("tempo", "180 bpm"),
                    ("tempo", "slower"),
                    ("theme", "Anna"),
                    ("theme", ""),
                ]
            ),
        ),
        max_size=4,
    ),
    key=st.sampled_from(["C lydian", "A♭ major", "nonsense", "b minor"]),
    tempo_bpm=st.floats(40, 220),
    manner=st.tuples(st.sampled_from(["sneak", "downbeat"]), st.sampled_from(["button", "ring-out", "fade"])),
    shape=st.sampled_from(["", "builds", "fades", "steady", "arch"]),
    out_kind=st.sampled_from(["out", ""]),
)
def test_any_cue_on_the_real_solver(
    score: Callable,
    palette_id: str,
    duration_s: float,
    rate: FrameRate,
    start_frame: int,
    hits: list,
    dialogue: list,
    words: list,
    key: str,
    tempo_bpm: float,
    manner: tuple[str, str],
    shape: str,
    out_kind: str,
) -> None:
    scored = score(
        palette_id,
        afresh=True,
        duration_s=max(duration_s, 1.01 / float(rate.fps)),
        rate=rate,
        start_frame=start_frame,
        hits=hits,
        dialogue=tuple((begin, begin + length) for begin, length in dialogue),
        directions=tuple(Direction(frame=frame, kind=kind, value=value) for frame, (kind, value) in sorted(words)),
        key=key,
        tempo_bpm=tempo_bpm,
        entry=manner[0],
        exit_manner=manner[1],
        shape=shape,
        out_kind=out_kind,
    )
    assert_sound(scored.composition, end_s=latest_end_s(scored))


@st.composite
def tempo_plans(draw: st.DrawFn) -> TempoPlan:
    """A map no solver would write: any metres, ramps between any tempi, hits on any sixteenth."""
    meters: list[Meter] = []
    bar, beats = 1, Fraction(0)
    for numerator, denominator in draw(
        st.lists(
            st.sampled_from([(4, 4), (3, 4), (5, 4), (7, 8), (5, 8), (1, 4), (6, 8), (2, 2)]), min_size=1, max_size=6
        )
    ):
        meter = Meter(start_bar=bar, start_beats=beats, numerator=numerator, denominator=denominator)
        meters.append(meter)
        bars = draw(st.integers(1, 6))
        bar, beats = bar + bars, beats + bars * meter.bar_beats
    cuts = sorted({Fraction(0), beats, *draw(st.lists(st.fractions(0, beats, max_denominator=4), max_size=5))})
    tempi = st.fractions(Fraction(1, 4), Fraction(3, 2), max_denominator=60)
    segments: list[TempoSegment] = []
    start_s = draw(st.sampled_from([Fraction(0), Fraction(-2), Fraction(101, 24)]))
    for begin, end in pairwise(cuts):
        segment = TempoSegment(
            start_beats=begin, end_beats=end, start_s=start_s, spb_start=draw(tempi), spb_end=draw(tempi)
        )
        segments.append(segment)
        start_s = segment.end_s
    tempo_map = TempoMap(segments=tuple(segments), meters=tuple(meters))
    hits = []
    for index, place in enumerate(draw(st.lists(st.integers(0, int(beats * 4)), max_size=12, unique=True))):
        at = Fraction(place, 4)
        bar_number, beat = tempo_map.bar_beat_at(at)
        point = HitPoint(
            id=f"h{index}",
            frame=0,  # what the composer goes by is the beat
            kind=draw(st.sampled_from([kind for kind in HitKind if kind is not HitKind.OUT])),
            weight=draw(st.floats(0, 1)),
        )
        hits.append(
            PlannedHit(
                hit=point,
                beats=at,
                bar=bar_number,
                beat=beat,
                is_downbeat=beat == 1,
                planned_error_s=Fraction(0),
            )
        )
    cost = TempoCost(
        max_step_percent=0, p90_step_percent=0, ramps=0, odd_bars=0, new_sections=0, cuts_on_beat=0, total=0
    )
    return TempoPlan(tempo_map=tempo_map, hits=tuple(sorted(hits, key=lambda hit: hit.beats)), cost=cost)


@FEW
@given(palette_id=st.sampled_from(PALETTES), plan=tempo_plans(), exit_manner=st.sampled_from(["button", "fade"]))
def test_any_tempo_map(score: Callable, palette_id: str, plan: TempoPlan, exit_manner: str) -> None:
    start_s, end_s = plan.tempo_map.start_s, plan.tempo_map.seconds_at(plan.tempo_map.end_beats)
    scored = score(
        palette_id,
        plan=plan,
        start_frame=round(start_s * 24),
        duration_s=float(max(Fraction(1, 2), end_s - start_s)),
        hits=(),
        out_kind="",
        exit_manner=exit_manner,
    )
    assert_sound(scored.composition, end_s=latest_end_s(scored))
    struck = {note.onset_beats for part in scored.composition.parts if part.role == "impact" for note in part.notes}
    wanted = {p.beats for p in plan.hits} - {p.beats for p in plan.hits if p.hit.kind is HitKind.SILENCE}
    assert {beats for beats in wanted if scored.seconds(beats) < float(scored.end_s) - 1.0} <= struck
