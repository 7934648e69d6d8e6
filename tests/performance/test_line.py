from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.music import DynamicPoint
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.timing import BREATH_SAMPLES, Chance, keep_off_hits
from hitpoint.performance.velocity import shape_velocities

MS = SAMPLE_RATE_HZ // 1000


@pytest.fixture
def durations(play, stage):
    """Return (sample sent, sample of the end) of the played notes."""

    def call(*parts, **more):
        performance = play(stage(240, 24), *parts, seed=3, **more)
        return [(n.onset_sample, n.onset_sample + n.duration_samples) for p in performance.parts for n in p.notes]

    return call


@pytest.fixture
def velocities_of():
    def call(line, notes, *, uneven=0.0, humanise=1.0, follows_level=False):
        return shape_velocities(
            line,
            notes,
            [note.velocity for note in notes],
            [uneven] * len(notes),
            phrases=(),
            follows_level=follows_level,
            humanise=humanise,
        )

    return call


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


@pytest.mark.parametrize("role", ["pulse", "melody", "pad", "percussion"])
@pytest.mark.parametrize("humanise", [0.3, 1.0])
def test_repeated_notes_are_no_machine_gun(note, part, play, stage, role, humanise):
    line = part(*(note(Fraction(i, 4), Fraction(1, 4)) for i in range(64)), role=role)
    (played,) = play(stage(240, 24), line, humanise=humanise).parts
    sounds = [(n.velocity, n.duration_samples) for n in played.notes]
    assert not [i for i in range(2, 64) if sounds[i - 2] == sounds[i - 1] == sounds[i]]
    lengths = np.array([n.duration_samples for n in played.notes[:-1]], dtype=float)
    assert np.median(lengths[1::2]) < 0.98 * np.median(lengths[::2])


def test_a_lighter_repeat_that_is_bound_to_another_note_is_not_torn_from_it(note, part, durations):
    _, second, third = durations(part(note(0), note(1), note(2, pitch=62)))
    assert second[1] > third[0]


def test_an_unknown_sound_starts_on_its_time(note, part, durations):
    unknown = note(4, pitch=60, articulation="")
    ((onset, _),) = durations(part(unknown, instrument="strings", role="melody"), humanise=0.0)
    assert onset == 14 * SAMPLE_RATE_HZ - 30 * MS


def test_equal_notes_in_a_row_differ_and_hits_are_played_as_written(note, part, velocities_of):
    notes = [note(Fraction(i, 2), Fraction(1, 2)) for i in range(8)]
    notes.append(note(4, hit_id="h", velocity=111))
    velocities = velocities_of(part(*notes, role="pulse"), notes)
    assert velocities[:8] == [80, 75] * 4
    assert velocities[8] == 111


def test_a_phrase_swells_to_two_thirds(note, part, velocities_of):
    notes = [note(i, pitch=60 + i) for i in range(10)] + [note(20 + i, pitch=60 + i) for i in range(4)]
    velocities = velocities_of(part(*notes), notes)
    assert int(np.argmax(velocities[:10])) == 6
    assert velocities[0] == velocities[9] == velocities[10] == velocities[13] < 80 < velocities[6]
    assert velocities_of(part(*notes), notes, uneven=1.0, humanise=0.0) == [80] * 14


def test_what_cannot_swell_follows_the_dynamic_line_by_velocity(note, part, velocities_of):
    dynamics = (DynamicPoint(beats=Fraction(0), level=0.25), DynamicPoint(beats=Fraction(4), level=1.0))
    notes = [note(0), note(2), note(4)]
    line = part(*notes, role="percussion", dynamics=dynamics)
    assert velocities_of(line, notes, follows_level=True, humanise=0.0) == [20, 50, 80]


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
