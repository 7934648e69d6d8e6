from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hitpoint.model.spotting import HitKind
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.breathing import LONGEST_S, plan_breathing
from hitpoint.performance.phrases import phrase_spans

MS = SAMPLE_RATE_HZ // 1000
EIGHTHS = [Fraction(i, 8) for i in range(32 * 8)]


@pytest.fixture
def breathing(phrase):
    two = (phrase(0, 16), phrase(16, 32))

    def call(scene, *parts, hits=(), humanise=1.0, intensity=0.0, phrases=two, seed=1):
        return plan_breathing(
            scene.composition(*parts, intensity=intensity, phrases=phrases),
            hit_beats=[Fraction(hit) for hit in hits],
            seed=seed,
            humanise=humanise,
        )

    return call


def test_a_phrase_comes_late_towards_its_last_beat_and_the_next_one_starts_on_time(stage, breathing):
    late = [breathing(stage(240, 24)).late_samples(beats) for beats in EIGHTHS]
    for start, end in ((0, 16), (16, 32)):
        inside = late[start * 8 : end * 8]
        assert inside[0] == 0
        assert int(np.argmax(inside)) == (16 - 1) * 8
        assert 15 * MS < max(inside) <= 25 * MS
        assert not any(inside[: 12 * 8])
        assert np.all(np.diff(inside[12 * 8 : 15 * 8 + 1]) >= 0)
        assert np.all(np.diff(inside[15 * 8 :]) <= 0)


def test_two_breaths_are_not_the_same_and_belong_to_the_seed(stage, breathing):
    scene = stage(240, 24)
    peaks = [[breathing(scene, seed=seed).late_samples(Fraction(beat)) for beat in (15, 31)] for seed in (1, 1, 2)]
    assert peaks[0] == peaks[1] != peaks[2]
    assert peaks[0][0] != peaks[0][1]


@pytest.mark.parametrize(
    ("changed", "share"),
    [({"humanise": 0.5}, 0.5), ({"humanise": 0.0}, 0.0), ({"intensity": 0.55}, 0.5), ({"intensity": 0.8}, 0.0)],
)
def test_depth_follows_humanise_and_driving_music_does_not_breathe(stage, breathing, changed, share):
    scene, beat = stage(240, 24), Fraction(15)
    full = breathing(scene).late_samples(beat)
    assert breathing(scene, **changed).late_samples(beat) == pytest.approx(share * full, abs=1)


def test_a_fast_tempo_has_less_to_give(stage, breathing):
    fast = breathing(stage(240, 6)).late_samples(Fraction(15))  # 240 bpm
    assert 0 < fast <= 0.04 * 0.25 * SAMPLE_RATE_HZ


def test_a_phrase_that_leads_to_a_hit_or_is_too_short_does_not_breathe(stage, breathing, phrase):
    plan = breathing(stage(240, 24), phrases=(phrase(0, 16, towards_hit_id="h"), phrase(16, 18), phrase(18, 32)))
    late = [plan.late_samples(beats) for beats in EIGHTHS]
    assert not any(late[: 18 * 8])
    assert any(late[18 * 8 :])


def test_without_a_plan_the_melody_breathes_at_its_rests(stage, note, part, breathing):
    scene = stage(240, 24)
    melody = part(*(note(beat) for beat in range(6)), *(note(beat) for beat in range(8, 14)))
    spans = phrase_spans(scene.composition(melody))
    assert [(span.start_beats, span.end_beats) for span in spans] == [(0, 6), (8, 14)]
    plan = breathing(scene, melody, phrases=())
    late = [plan.late_samples(Fraction(beat)) for beat in range(16)]
    assert int(np.argmax(late[:8])) == 5
    assert int(np.argmax(late[8:])) == 5
    assert late[6:9] == [*late[14:], 0] == [0, 0, 0]
    assert phrase_spans(scene.composition(part(note(0), role="pad"))) == ()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(hits=st.lists(st.integers(0, 32), max_size=6, unique=True), frames_per_beat=st.integers(6, 48))
def test_nothing_is_displaced_at_a_hit_or_near_it_and_time_never_runs_backwards(
    stage, breathing, hits, frames_per_beat
):
    scene = stage(240, frames_per_beat)
    plan = breathing(scene, hits=hits)
    samples = [scene.tempo_map.sample_at(beats) for beats in EIGHTHS]
    late = [plan.late_samples(beats) for beats in EIGHTHS]
    assert 0 <= min(late) <= max(late) <= LONGEST_S * SAMPLE_RATE_HZ
    assert np.all(np.diff(np.add(samples, late)) > 0.85 * np.diff(samples))
    for hit in (scene.tempo_map.sample_at(Fraction(hit)) for hit in hits):
        near = [shift for at, shift in zip(samples, late, strict=True) if -500 * MS <= at - hit <= 250 * MS]
        assert not any(near)


def test_all_parts_breathe_together_and_the_hit_stays_exact(stage, note, part, play, phrase):
    scene = stage(240, 24)
    beats = [note(beat, pitch=60 + beat % 7) for beat in range(31)] + [note(31, hit_id="hit31", pitch=72)]
    parts = [
        part(*beats, role=role, instrument=instrument)
        for role, instrument in (("melody", "solo"), ("pulse", "strings"), ("percussion", "timpani"))
    ]
    more = {"hits": [(31, HitKind.ACCENT)], "phrases": (phrase(0, 16), phrase(16, 32))}
    calm, driving = (play(scene, *parts, intensity=intensity, **more) for intensity in (0.0, 1.0))
    shifts = [
        [late.sounding_sample - on_time.sounding_sample for late, on_time in zip(c.notes, d.notes, strict=True)]
        for c, d in zip(calm.parts, driving.parts, strict=True)
    ]
    assert shifts[0] == shifts[1] == shifts[2]
    assert shifts[0][15] > 15 * MS
    assert shifts[0][16] == 0
    assert shifts[0][30] < 10 * MS  # on the way back to nothing half a second before the hit
    assert shifts[0][31] == 0
    hits = [n.sounding_sample for p in calm.parts for n in p.notes if n.hit_id]
    assert hits == [scene.tempo_map.sample_at(Fraction(31))] * 3
