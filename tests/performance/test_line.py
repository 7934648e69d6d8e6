from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.music import DynamicPoint
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance import perform
from hitpoint.performance.articulation import choose_preset, held_s
from hitpoint.performance.dynamics import expression, shape_velocities
from hitpoint.performance.timing import BREATH_SAMPLES, Chance, keep_off_hits

MS = SAMPLE_RATE_HZ // 1000
PLAIN, SLOW, PIZZICATO = (0, 48), (0, 49), (0, 45)


@pytest.fixture
def durations(instruments, attack_table, stage):
    """Return (sounding sample of the start, sample of the end) of the played notes, without humanising by default."""

    def call(*parts, hits=(), humanise=1.0):
        scene = stage(240, 24)
        performance = perform(
            scene.composition(*parts),
            cue=scene.cue(),
            plan=scene.plan(*hits),
            instruments=instruments,
            attack_table=attack_table,
            rate=scene.rate,
            rng=np.random.default_rng(3),
            humanise=humanise,
        )
        return [(n.onset_sample, n.onset_sample + n.duration_samples) for p in performance.parts for n in p.notes]

    return call


@pytest.mark.parametrize(
    ("articulation", "role", "duration_s", "on_hit", "preset"),
    [
        ("", "melody", 4.0, False, PLAIN),
        ("", "pad", 4.0, False, SLOW),
        ("", "pad", 0.5, False, PLAIN),
        ("", "pad", 4.0, True, PLAIN),
        ("pizzicato", "pad", 4.0, False, PIZZICATO),
        ("pizzicato", "impact", 1.0, True, PIZZICATO),
        ("long", "melody", 0.5, False, SLOW),
        ("short", "pad", 4.0, False, PLAIN),
        ("tremolo", "pad", 4.0, False, PLAIN),
    ],
)
def test_the_preset_follows_articulation_role_and_length(
    instruments, note, part, articulation, role, duration_s, on_hit, preset
):
    written = note(0, articulation=articulation, hit_id="h" if on_hit else "")
    assert choose_preset(instruments["strings"], part(written, role=role), written, duration_s) == preset


@pytest.mark.parametrize(("articulation", "share"), [("", 1.0), ("short", 0.6), ("staccato", 0.5), ("tremolo", 1.0)])
def test_short_notes_are_held_for_a_share(note, articulation, share):
    assert held_s(note(0, articulation=articulation), 1.0) == pytest.approx(share)
    assert held_s(note(0, articulation=articulation), 0.05) == pytest.approx(0.05)


def test_legato_overlaps_detached_notes_do_not_and_none_reach_into_a_hit(note, part, durations):
    legato = durations(part(note(0), note(1, pitch=62)))
    assert legato[0][1] > legato[1][0]
    detached = durations(part(note(0, articulation="staccato"), note(1, pitch=62)))
    assert detached[0][1] < detached[1][0] - 100 * MS
    pulse = durations(part(note(0), note(1, pitch=62), role="pulse"), humanise=0.0)
    assert pulse[0][1] == 10 * SAMPLE_RATE_HZ + SAMPLE_RATE_HZ
    before_hit = durations(part(note(0), note(1, pitch=62, hit_id="hit1")), hits=[(1, HitKind.ACCENT)])
    assert before_hit[0][1] <= 11 * SAMPLE_RATE_HZ


def test_a_repeated_pitch_is_let_go_before_it_is_taken_again(note, part, durations):
    first, second = durations(part(note(0), note(1)))
    assert 20 * MS <= second[0] - first[1] <= 40 * MS


def test_an_unknown_sound_starts_on_its_time(note, part, durations):
    unknown = note(4, pitch=60, articulation="")
    ((onset, _),) = durations(part(unknown, instrument="strings", role="melody"), humanise=0.0)
    assert onset == 14 * SAMPLE_RATE_HZ - 30 * MS


def test_equal_notes_in_a_row_differ_and_hits_are_played_as_written(note, part):
    notes = [note(Fraction(i, 2), Fraction(1, 2)) for i in range(8)]
    notes.append(note(4, hit_id="h", velocity=111))
    velocities = shape_velocities(
        part(*notes, role="pulse"), notes, [0.0] * len(notes), follows_level=False, humanise=1.0
    )
    assert velocities[:8] == [80, 75] * 4
    assert velocities[8] == 111


def test_a_phrase_swells_to_two_thirds(note, part):
    notes = [note(i, pitch=60 + i) for i in range(10)] + [note(20 + i, pitch=60 + i) for i in range(4)]
    velocities = shape_velocities(part(*notes), notes, [0.0] * len(notes), follows_level=False, humanise=1.0)
    assert int(np.argmax(velocities[:10])) == 6
    assert velocities[0] == velocities[9] == velocities[10] == velocities[13] < 80 < velocities[6]
    assert shape_velocities(part(*notes), notes, [1.0] * 14, follows_level=False, humanise=0.0) == [80] * 14


def test_what_cannot_swell_follows_the_dynamic_line_by_velocity(note, part):
    dynamics = (DynamicPoint(beats=Fraction(0), level=0.25), DynamicPoint(beats=Fraction(4), level=1.0))
    notes = [note(0), note(2), note(4)]
    line = part(*notes, role="percussion", dynamics=dynamics)
    assert shape_velocities(line, notes, [0.0] * 3, follows_level=True, humanise=0.0) == [20, 50, 80]


def test_a_dynamic_line_becomes_expression(part, stage):
    points = [(0, 0.5), (4, 1.0), (8, 1.0), (8, 0.25), (12, 0.25)]
    line = part(dynamics=tuple(DynamicPoint(beats=Fraction(b), level=level) for b, level in points))
    tempo_map = stage(240, 24).tempo_map
    changes = expression(line, tempo_map)
    at = {change.sample: change.value for change in changes}
    assert {change.controller for change in changes} == {11}
    assert at[tempo_map.sample_at(Fraction(0))] == 64
    assert max(at.values()) == 127
    step = tempo_map.sample_at(Fraction(8))
    assert at[step] == 32
    assert not [sample for sample in at if sample > step]
    rising = [change for change in changes if change.sample < step]
    assert [c.value for c in rising] == sorted({c.value for c in rising})
    gaps = np.diff([c.sample for c in rising])
    assert gaps.max() <= 4 * SAMPLE_RATE_HZ / 63 + 20 * MS
    assert gaps.min() >= 20 * MS - 1


def test_a_part_without_a_dynamic_line_has_no_controls(part, stage):
    assert expression(part(), stage(0, 24).tempo_map) == ()


@settings(max_examples=200, deadline=None)
@given(
    written=st.integers(0, 200_000),
    departure=st.integers(-600, 600),
    hits=st.lists(st.integers(0, 200_000), max_size=5).map(sorted),
)
def test_human_timing_never_crosses_a_hit_nor_enters_its_breath(written, departure, hits):
    moved = keep_off_hits(written + departure, written, hits)
    assert abs(moved - written) <= abs(departure)
    for hit in hits:
        assert (written < hit) == (moved < hit) or moved == written
        if written <= hit - BREATH_SAMPLES:
            assert moved <= hit - BREATH_SAMPLES
        elif written < hit:
            assert moved == written


def test_chance_is_even_and_belongs_to_what_it_is_about():
    chance = Chance(7, "violins")
    numbers = [chance.signed("note", Fraction(i, 3), 60) for i in range(4000)]
    assert abs(np.mean(numbers)) < 0.03
    assert np.std(numbers) == pytest.approx(1 / np.sqrt(3), rel=0.03)
    assert -1.0 <= min(numbers) < -0.99
    assert 0.99 < max(numbers) <= 1.0
    assert chance.signed("note", Fraction(1, 3), 60) == numbers[1]
    assert Chance(8, "violins").signed("note", 0) != Chance(7, "celli").signed("note", 0)
