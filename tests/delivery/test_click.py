"""The click file is a ruler: its samples are the beats."""

from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise

import av
import numpy as np
import pytest

from hitpoint.delivery.click import click_samples, write_click
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_samples

RATES = [FrameRate(24, 1), FrameRate(24000, 1001), FrameRate(30000, 1001)]


def heard(path):
    """Return samples [n] of a channel, read by somebody else's reader."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().reshape(-1, 2) for frame in container.decode(audio=0)]
    samples = np.concatenate(blocks)
    assert (samples[:, 0] == samples[:, 1]).all()
    return samples[:, 0] / float(np.iinfo(samples.dtype).max)


def starts(samples):
    """Return the sample after which silence ends."""
    quiet = np.concatenate([np.zeros(200), np.abs(samples) < 1e-4])
    return [i for i in np.flatnonzero(np.abs(samples) > 0.1) if quiet[i : i + 200].all() or i == 0]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_first_sample_of_every_click_is_the_beat(scored, rate, tmp_path):
    made = scored(rate)
    plan, cue = made.plans[0], made.cues[0]
    click = write_click(tmp_path / "c.wav", plan=plan, cue=cue, rate=rate, start_timecode_frame=86400)
    found = [click.start_sample + start for start in starts(heard(tmp_path / "c.wav"))]
    wanted = [plan.tempo_map.sample_at(F(beat)) for beat in range(-8, 39)]
    wanted += [plan.tempo_map.sample_at(39 + F(eighth, 2)) for eighth in range(7)]
    wanted += [plan.tempo_map.sample_at(F(85, 2) + beat) for beat in range(12)]
    wanted = [sample for sample in wanted if sample <= frames_to_samples(cue.span.end_frame, rate)]
    assert found == wanted
    assert click.length_samples == len(heard(tmp_path / "c.wav"))


def test_every_hit_on_a_downbeat_has_an_accented_click(scored_24, tmp_path):
    plan, cue = scored_24.plans[0], scored_24.cues[0]
    clicks = dict(click_samples(plan.tempo_map, cue=cue, rate=FrameRate(24, 1)))
    downbeats = [planned for planned in plan.hits if planned.is_downbeat and not planned.planned_error_s]
    assert len(downbeats) >= 3
    assert all(clicks[frames_to_samples(planned.hit.frame, FrameRate(24, 1))] for planned in downbeats)


def test_downbeats_are_louder(scored_24, tmp_path):
    plan, cue = scored_24.plans[1], scored_24.cues[1]
    write_click(tmp_path / "c.wav", plan=plan, cue=cue, rate=FrameRate(24, 1), start_timecode_frame=0)
    samples = heard(tmp_path / "c.wav")
    levels = [samples[start] for start in starts(samples)]
    assert levels[0] == pytest.approx(0.5, abs=1e-3)
    assert [level > 0.4 for level in levels[:9]] == [True, False, False, False] * 2 + [True]


@pytest.mark.parametrize("bars", [0, 1, 3])
def test_count_off_is_in_the_first_metre_and_tempo(scored_24, bars):
    plan, cue = scored_24.plans[1], scored_24.cues[1]
    clicks = click_samples(plan.tempo_map, cue=cue, rate=FrameRate(24, 1), count_off_bars=bars)
    before = [sample for sample, _ in clicks if sample < plan.tempo_map.sample_at(F(0))]
    assert len(before) == 4 * bars
    assert len({b - a for a, b in pairwise([*before, plan.tempo_map.sample_at(F(0))])}) <= 2  # rounding


def test_it_ends_with_the_cue(scored_24):
    plan = scored_24.plans[0]
    cue = replace(scored_24.cues[0], span=FrameSpan(36, 240))
    clicks = click_samples(plan.tempo_map, cue=cue, rate=FrameRate(24, 1))
    assert clicks[-1] == (480_000, True)
