"""The points that the report and the MIDI file get are what the mix does, heard on its audio."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hitpoint.measure import intensity_correlation
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.mixing.automation import Automation, GainCurve, automation_of
from hitpoint.mixing.level_points import OFF_DB, level_points
from hitpoint.model.audio import LevelCurve, MixResult, StemFile
from hitpoint.model.music import Performance

RATE = 48_000
SECONDS = 24
SPEECH = ((9 * RATE, 12 * RATE),)
DRY = MixSettings(loudness="underscore", dialogue_lufs=-40.0, hall_send_db=-60.0)


def cue() -> Performance:
    return Performance(
        cue_number="1m1",
        parts=(),
        start_sample=RATE,
        length_samples=21 * RATE,
        fade_in_samples=2 * RATE,
        fade_out_samples=3 * RATE,
        fade_out_end_sample=20 * RATE,
        silences=((14 * RATE, 15 * RATE),),
    )


def mixed(folder: Path, wave: NDArray[np.floating], *names: str, **arguments: object) -> MixResult:
    stems = []
    for name in names:
        path = folder / f"{name}.f32"
        wave.astype("<f4").tofile(path)
        stems.append(StemFile(stem=name, path=path, start_sample=0, length_samples=len(wave)))
    given = {"settings": DRY, "performances": (), "work_folder": folder / "work"} | arguments
    return mix_stems(tuple(stems), **given)  # type: ignore[arg-type]


def tone() -> NDArray[np.float64]:
    return 0.1 * np.sin(2 * np.pi * 1000 * np.arange(SECONDS * RATE) / RATE)[:, None] * np.ones(2)


def levels_db(file: StemFile) -> NDArray[np.float64]:
    """Level per 10 ms of the left channel, 0 dB being the loudest."""
    wave = np.fromfile(file.path, "<f4").reshape(-1, 2)[:, 0].astype(np.float64)
    power = np.maximum((wave.reshape(-1, 480) ** 2).mean(axis=1), 1e-20)
    return np.asarray(10 * np.log10(power / power.max()))


@pytest.mark.parametrize("name", ["strings", "hits"])
def test_the_points_are_what_is_heard(name: str, tmp_path: Path) -> None:
    result = mixed(tmp_path, tone(), name, performances=(cue(),), speech=SPEECH)
    (curve,) = result.automation
    heard_db = levels_db(result.stems[0])
    told = np.array([10 ** (curve.gain_db_at(sample) / 10) for sample in range(0, SECONDS * RATE, 24)])
    told_db = 10 * np.log10(told.reshape(-1, 20).mean(axis=1))
    audible = told_db > -20
    assert 1500 < audible.sum() < 2100
    assert np.ptp(told_db[audible]) > 15
    np.testing.assert_allclose(heard_db[audible], told_db[audible], atol=1.0)  # a gate inside of 10 ms
    assert heard_db[told_db <= OFF_DB].max() < -50  # the hall, at -60 dB


def test_buses_duck_by_their_share_and_nothing_by_more_than_asked(tmp_path: Path) -> None:
    result = mixed(tmp_path, tone(), "strings", "hits", speech=SPEECH)
    under = {curve.stem: curve.gain_db_at(10 * RATE) for curve in result.automation}
    assert under == {"strings": -2.5, "hits": -1.25}
    assert min(gain_db for curve in result.automation for _, gain_db in curve.points) == -2.5
    for stem in result.stems:
        heard_db = levels_db(stem)
        assert heard_db[1000] - heard_db[500] == pytest.approx(under[stem.stem], abs=0.05)
        assert heard_db[1400] - heard_db[500] == pytest.approx(0.0, abs=0.05)


def test_points_are_in_order_and_begin_and_end_at_rest() -> None:
    automation, _ = automation_of((cue(),), speech=(*SPEECH, (10 * RATE, 14 * RATE)), duck_db=2.5)
    points = level_points(automation)
    samples = [sample for sample, _ in points]
    assert all(early < late for early, late in pairwise(samples))
    assert points[0][1] == points[-1][1] == 0.0
    assert {gain for _, gain in points if gain == OFF_DB} == {OFF_DB}
    assert level_points(Automation((), ())) == ()


def test_a_step_stays_a_step() -> None:
    curve = GainCurve((100, 100, 200, 300), (1.0, 0.5, 0.5, 1.0))
    points = dict(level_points(Automation((curve,), ())))
    assert points[99] == 0.0
    assert points[100] == points[200] == -6.02
    assert points[300] == 0.0


def test_curves_that_overlap_add_up_and_far_ones_do_not_meet() -> None:
    short = GainCurve((0, 100, 200, 300), (1.0, 0.5, 0.5, 1.0))
    long = GainCurve((0, 50, 900, 1000), (1.0, 0.5, 0.5, 1.0))
    later = GainCurve((5000, 5100, 5200), (1.0, 0.0, 1.0))
    points = level_points(Automation((short,), (later, long)))
    curve = LevelCurve(stem="x", points=points)
    assert curve.gain_db_at(150) == pytest.approx(-12.04)
    assert curve.gain_db_at(600) == pytest.approx(-6.02)
    assert curve.gain_db_at(3000) == curve.gain_db_at(-5) == curve.gain_db_at(9000) == 0.0
    assert curve.gain_db_at(5100) == OFF_DB


def arc(seconds: int) -> NDArray[np.float64]:
    """A planned intensity per half second: a rise, a fall, a higher rise."""
    clock = np.arange(2 * seconds) / 2
    return np.interp(clock, [0, 25, 40, 70, 80], [0.15, 0.6, 0.25, 1.0, 0.2])


def playing_of(intensity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Music whose level follows the plan over 20 dB: noise in half notes, decaying."""
    rng = np.random.default_rng(11)
    clock = np.arange(len(intensity) * RATE // 2)
    level = 10 ** ((20 * np.interp(clock / RATE, np.arange(len(intensity)) / 2, intensity) - 40) / 20)
    wave = rng.standard_normal(len(clock)) * np.exp(-3 * ((clock / RATE) % 0.5)) * level
    return wave[:, None] * np.array([0.8, 0.6])


@pytest.mark.parametrize("loudness", ["ebu", "online"])
def test_the_level_follows_the_arc(loudness: str, tmp_path: Path) -> None:
    """20 dB of planned swell come out as 20 dB: neither hall nor gain nor limiter flatten it."""
    intensity = arc(80)
    result = mixed(tmp_path, playing_of(intensity), "strings", "hits", settings=MixSettings(loudness=loudness))
    correlation = intensity_correlation(intensity, 0.5, 0.0, result.short_term_lufs, 0.0)
    assert correlation > 0.99
    loudness_lufs = np.array(result.short_term_lufs)
    planned_lu = 20 * (intensity[138] - intensity[2])  # windows that end at 71 and at 3 s; means of 3 s
    heard_lu = loudness_lufs[705] - loudness_lufs[30]
    assert heard_lu == pytest.approx(planned_lu, abs=1.5)


def test_a_speech_under_the_climax_costs_the_arc_no_more_than_the_duck(tmp_path: Path) -> None:
    intensity = arc(80)
    speech = ((60 * RATE, 70 * RATE),)
    quiet = MixSettings(loudness="underscore", dialogue_lufs=-40.0)
    free = mixed(tmp_path, playing_of(intensity), "strings", settings=quiet)
    ducked = mixed(tmp_path, playing_of(intensity), "strings", settings=quiet, speech=speech)
    first = 30  # the first whole window
    gains_lu = np.array(ducked.short_term_lufs[first:]) - np.array(free.short_term_lufs[first:])
    gains_lu -= ducked.gain_db - free.gain_db
    assert gains_lu.min() == pytest.approx(-2.5, abs=0.1)
    assert gains_lu.max() < 0.05
    assert intensity_correlation(intensity, 0.5, 0.0, ducked.short_term_lufs, 0.0) > 0.97
