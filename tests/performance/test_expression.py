from fractions import Fraction

import numpy as np
import pytest

from hitpoint.model.music import DynamicPoint
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.expression import expression
from hitpoint.performance.swells import Swells

MS = SAMPLE_RATE_HZ // 1000
#: A level that leaves room to swell.
HALF = (DynamicPoint(beats=Fraction(0), level=0.5),)
NO_SWELLS = Swells(role="melody", phrases=[], held=[], hit_samples=[], humanise=0.0)


@pytest.fixture
def curve_db(play):
    """Return CC11 of a single part as dB (square law) at record samples, against its written level of 0.5 (64)."""

    def call(scene, line, at, **more):
        (played,) = play(scene, line, **more).parts
        samples = [change.sample for change in played.controls]
        index = np.maximum(np.searchsorted(samples, at, side="right") - 1, 0)
        values = np.array([change.value for change in played.controls])[index]
        return 40.0 * np.log10(values / 64.0)

    return call


@pytest.fixture
def sample_at(stage):
    """Return the record sample of a beat on the usual stage: a second a beat."""
    tempo_map = stage(240, 24).tempo_map
    return lambda beats: tempo_map.sample_at(Fraction(beats))


def grid(start, end):
    return np.arange(start, end, 20 * MS)


def test_a_dynamic_line_becomes_expression(part, stage):
    points = [(0, 0.5), (4, 1.0), (8, 1.0), (8, 0.25), (12, 0.25)]
    line = part(dynamics=tuple(DynamicPoint(beats=Fraction(b), level=level) for b, level in points))
    tempo_map = stage(240, 24).tempo_map
    changes = expression(line, tempo_map, NO_SWELLS)
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


def test_a_part_that_neither_has_a_dynamic_line_nor_swells_has_no_controls(note, part, stage, play):
    assert expression(part(), stage(0, 24).tempo_map, NO_SWELLS) == ()
    for line in (part(note(0, 8), role="pulse"), part(note(0, 8), instrument="timpani"), part(note(0, 1), role="pad")):
        assert play(stage(240, 24), line).parts[0].controls == ()
    assert play(stage(240, 24), part(note(0, 8)), humanise=0.0).parts[0].controls == ()


def test_each_phrase_of_a_singing_line_swells_once_to_two_thirds(stage, note, part, curve_db, sample_at, phrase):
    line = part(*(note(beat, pitch=60 + beat % 5) for beat in range(24)), dynamics=HALF)
    phrases = (phrase(0, 12), phrase(12, 24))
    for start, end in ((0, 12), (12, 24)):
        db = curve_db(stage(240, 24), line, grid(sample_at(start), sample_at(end)), phrases=phrases)
        peak = int(np.argmax(db))
        assert np.flatnonzero(db == db.max()).mean() / len(db) == pytest.approx(2 / 3, abs=0.03)
        assert np.all(np.diff(db[:peak]) >= 0)
        assert np.all(np.diff(db[peak:]) <= 0)
        assert 2.0 < db[peak] - db[0] < 4.0
        assert db[0] == pytest.approx(db[-1], abs=0.3)


def test_the_swell_is_multiplied_with_the_dynamic_line(stage, note, part, play, sample_at):
    rising = tuple(DynamicPoint(beats=Fraction(beat), level=level) for beat, level in ((0, 0.3), (12, 0.9)))
    line = part(*(note(beat, pitch=60 + beat % 5) for beat in range(12)), dynamics=rising)
    flat, swelling = (play(stage(240, 24), line, humanise=humanise).parts[0].controls for humanise in (0.0, 1.0))
    values = [
        [[c.value for c in controls if c.sample <= sample_at(b)][-1] for b in (1, 8)] for controls in (flat, swelling)
    ]
    assert values[1][0] < values[0][0] < values[0][1] < values[1][1]


def test_who_is_near_full_has_less_to_give_and_never_passes_it(stage, note, part, play):
    loud, soft = (
        play(stage(240, 24), part(note(0, 8), role="pad", dynamics=(DynamicPoint(beats=Fraction(0), level=level),)))
        for level in (0.97, 0.5)
    )
    spans = []
    for performance in (loud, soft):
        values = [change.value for change in performance.parts[0].controls]
        assert max(values) <= 127
        spans.append(40 * np.log10(max(values) / min(values)))
    assert 0.1 < spans[0] < spans[1]


@pytest.mark.parametrize(
    ("role", "least_db", "most_db"), [("melody", 4.0, 6.5), ("pad", 1.4, 2.1), ("ground", 1.4, 2.1)]
)
def test_long_notes_swell_and_those_of_pads_gently(stage, note, part, curve_db, sample_at, role, least_db, most_db):
    db = curve_db(stage(240, 24), part(note(0, 6), role=role, dynamics=HALF), grid(sample_at(0), sample_at(6)))
    peak = int(np.argmax(db))
    assert least_db < db[peak] - db[0] < most_db
    assert 0.2 < peak / len(db) < 0.9
    assert np.all(np.diff(db[:peak]) >= 0)
    assert np.all(np.diff(db[peak:]) <= 0)


def test_long_notes_grow_before_the_highest_point_of_a_phrase_and_fade_after_it(
    stage, note, part, curve_db, sample_at, phrase
):
    chords = [note(beat, 4, pitch=pitch) for beat in (0, 4, 8) for pitch in (60, 64, 67)]
    db = curve_db(
        stage(240, 24),
        part(*chords, role="pad", dynamics=HALF),
        grid(sample_at(0), sample_at(12)),
        phrases=(phrase(0, 12),),
    )
    peaks = [float(np.argmax(chord)) / len(chord) for chord in np.split(db, 3)]
    assert peaks[0] > 0.7
    assert peaks[2] < 0.35


@pytest.mark.parametrize("role", ["melody", "pad"])
def test_before_a_hit_and_on_what_carries_it_nothing_is_added(stage, note, part, curve_db, sample_at, role):
    line = part(note(0, 7), note(8, 6, hit_id="hit8", pitch=64), note(14, 6, pitch=65), role=role, dynamics=HALF)
    hits = [(8, HitKind.ACCENT), (17, HitKind.TURN)]
    db = curve_db(stage(240, 24), line, grid(sample_at(0), sample_at(20)), hits=hits)
    at_s = np.arange(len(db)) * 0.02
    for begin_s, end_s in ((8 - 0.12, 14.0), (17 - 0.12, 17.0)):
        assert np.abs(db[(at_s >= begin_s + 0.02) & (at_s <= end_s)]).max() < 0.1
    assert db[(at_s > 1) & (at_s < 7)].max() > 0.5
    assert np.abs(np.diff(db)).max() < 0.4  # no step that could be heard as an onset


def test_short_notes_beneath_the_melody_do_not_swell(stage, note, part, curve_db, sample_at):
    chords = [note(beat, 1, pitch=60 + beat) for beat in range(8)]
    db = curve_db(stage(240, 24), part(*chords, role="pad", dynamics=HALF), grid(sample_at(0), sample_at(8)))
    assert np.ptp(db) == 0
