"""That what performance writes as CC11 is heard: a long note grows on the audio itself."""

from fractions import Fraction

import numpy as np
import pytest

from hitpoint.model.music import DynamicPoint, Part, Performance, PerformedPart
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.performance.expression import expression
from hitpoint.performance.swells import HeldSpan, Swells
from hitpoint.rendering.stems import render_stems

SECOND = 48_000
SLOW = (0, 48)


@pytest.fixture
def tempo_map():
    """A second a beat."""
    one = Fraction(1)
    segment = TempoSegment(
        start_beats=Fraction(0), end_beats=Fraction(16), start_s=Fraction(0), spb_start=one, spb_end=one
    )
    return TempoMap(segments=(segment,), meters=(Meter(start_bar=1, start_beats=Fraction(0), numerator=4),))


@pytest.fixture
def rms_db(tempo_map, instruments, note, tiny_font, tmp_path):
    """Return the level of each quarter second of one note of 5 s, the first of a phrase of 12 s."""

    def call(role, *, carries_hit=False, humanise=1.0):
        line = Part(
            id="line",
            role=role,
            instrument_id="slow",
            stem="strings",
            notes=(),
            dynamics=(DynamicPoint(beats=Fraction(0), level=0.6),),
        )
        swells = Swells(
            role=role,
            phrases=[(0, 12 * SECOND)],
            held=[HeldSpan(0, 5 * SECOND, carries_hit)],
            hit_samples=[],
            humanise=humanise,
        )
        played = PerformedPart(
            part_id="line",
            instrument_id="slow",
            stem="strings",
            notes=(note(0, 5 * SECOND, preset=SLOW),),
            controls=expression(line, tempo_map, swells),
        )
        (stem,) = render_stems(
            [Performance(cue_number="1m1", parts=(played,), start_sample=0, length_samples=6 * SECOND)],
            soundfont=tiny_font,
            instruments=instruments,
            work_folder=tmp_path / "raw",
            start_sample=0,
            length_samples=6 * SECOND,
            processes=1,
        )
        audio = np.fromfile(stem.path, dtype="<f4").reshape(-1, 2)[: 5 * SECOND].mean(axis=1)
        return 10 * np.log10((audio.reshape(20, -1).astype(np.float64) ** 2).mean(axis=1))

    return call


@pytest.mark.parametrize(("role", "least_db"), [("melody", 2.5), ("pad", 1.2)])
def test_a_crescendo_in_a_long_note_is_heard(rms_db, role, least_db):
    level_db = rms_db(role)
    growing = level_db[1:17]  # after its attack, up to 85 % of its length
    assert growing[-1] - growing[0] > least_db
    assert np.all(np.diff(growing) > -0.15)
    assert level_db[19] < growing[-1]


@pytest.mark.parametrize("even", [{"carries_hit": True}, {"humanise": 0.0}])
def test_a_note_that_carries_a_hit_and_a_machine_hold_their_level(rms_db, even):
    assert np.ptp(rms_db("pad", **even)[1:]) < 0.1
