"""Short versions: whole in themselves, out of the long one's stuff."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hitpoint.alternates.cutdown import RING_S, longest_and_fullest, plan_cutdown
from hitpoint.model.spotting import Direction, HitKind
from hitpoint.model.time import FrameRate, frames_to_seconds
from hitpoint.resources import load_palettes

PALETTES = sorted(load_palettes())
assert PALETTES


@pytest.mark.parametrize("palette_id", PALETTES)
@pytest.mark.parametrize("seconds", [30, 15])
def test_the_strongest_hit_and_the_last_chord_fall_on_bar_lines(write: Callable, palette_id: str, seconds: int) -> None:
    long = write(palette_id)
    short = plan_cutdown(long.cue, long.composition, long.arc, rate=long.rate, seconds=seconds)
    plan, composition = long.composed(short.cue, short.arc)
    start, climax, out = plan.hits
    assert short.climax.id == climax.hit.id == "h3"
    for planned in plan.hits:
        assert planned.is_downbeat
        assert planned.planned_error_s == 0
        assert not planned.was_softened
    music_s = frames_to_seconds(out.hit.frame - start.hit.frame, long.rate)
    assert seconds / 2 < music_s <= seconds - RING_S[short.cue.exit] + 0.05
    assert 0.4 < frames_to_seconds(climax.hit.frame - start.hit.frame, long.rate) / music_s < 0.85
    assert short.cue.span.duration_frames == seconds * 24
    # the same theme, key and palette
    assert composition.motif == long.composition.motif
    assert composition.key == long.composition.key
    assert composition.palette_id == palette_id
    assert any(note.onset_beats == climax.beats for part in composition.parts for note in part.notes)
    assert plan.cost.max_step_percent < 3
    mean_bpm = float(60 * out.beats / music_s)
    assert mean_bpm == pytest.approx(_mean_bpm(long), rel=0.11)


def _mean_bpm(long: object) -> float:
    written = long.composition  # type: ignore[attr-defined]
    length_s = written.tempo_map.seconds_at(written.end_beats) - written.tempo_map.start_s
    return float(60 * written.end_beats / length_s)


@pytest.mark.parametrize("rate", [FrameRate(24000, 1001), FrameRate(25), FrameRate(30000, 1001, drop_frame=True)])
@pytest.mark.parametrize("exit_manner", ["button", "ring-out", "fade", "cut"])
def test_at_any_rate_and_after_any_ending(write: Callable, rate: FrameRate, exit_manner: str) -> None:
    long = write(rate=rate, exit_manner=exit_manner)
    for seconds in (30, 15):
        short = plan_cutdown(long.cue, long.composition, long.arc, rate=rate, seconds=seconds)
        rings = exit_manner in ("ring-out", "fade") and seconds == 30
        assert short.cue.exit == ("ring-out" if rings else "button")
        assert short.cue.span.duration_frames == math.floor(seconds * rate.fps)
        plan, _ = long.composed(short.cue, short.arc)
        assert all(planned.planned_error_s == 0 for planned in plan.hits)


def test_the_feeling_is_that_of_opening_climax_and_ending(write: Callable) -> None:
    long = write()
    short = plan_cutdown(long.cue, long.composition, long.arc, rate=long.rate, seconds=30)
    opening, climax, ending = short.stretches
    start_s = float(frames_to_seconds(long.cue.span.start_frame, long.rate))
    end_s = float(frames_to_seconds(long.cue.span.end_frame, long.rate))
    hit_s = float(frames_to_seconds(short.climax.frame, long.rate))
    assert opening.start_s == start_s
    assert climax.start_s < hit_s < climax.end_s
    assert ending.end_s == end_s
    first, hit, last = (float(frames_to_seconds(h.frame, long.rate)) for h in short.cue.hits)
    for at_s, long_s in ((first, start_s), (hit, hit_s), (last, end_s)):
        assert short.arc.at("arousal", at_s) == pytest.approx(long.arc.at("arousal", long_s), abs=0.06)


@pytest.mark.parametrize("duration_s", [4.0, 9.0, 18.0])
def test_a_cue_shorter_than_its_short_version(write: Callable, duration_s: float) -> None:
    long = write(duration_s=duration_s, hits=((0.5, "accent", 0.8),))
    short = plan_cutdown(long.cue, long.composition, long.arc, rate=long.rate, seconds=30)
    plan, composition = long.composed(short.cue, short.arc)
    assert all(planned.planned_error_s == 0 for planned in plan.hits)
    assert composition.parts


def test_without_a_hit_the_most_intense_moment_is_the_climax(write: Callable) -> None:
    long = write(hits=())
    short = plan_cutdown(long.cue, long.composition, long.arc, rate=long.rate, seconds=15)
    since_s = float(frames_to_seconds(short.climax.frame - long.cue.span.start_frame, long.rate))
    hop = round(since_s / long.composition.intensity_hop_s)
    assert long.composition.intensity[hop] == pytest.approx(long.composition.intensity.max(), abs=0.02)
    assert short.cue.hits[1].kind is HitKind.PEAK


def test_words_and_lines_of_the_editor_come_along(write: Callable) -> None:
    long = write()
    start, end = long.cue.span.start_frame, long.cue.span.end_frame
    cue = replace(
        long.cue,
        brief=replace(long.cue.brief, intensity=((0.0, 0.1), (0.7, 1.0), (1.0, 0.2)), theme="Anna"),
        directions=(
            Direction(frame=start + 300, kind="key", value="G minor"),  # between opening and climax
            Direction(frame=start + 310, kind="tempo", value="faster"),
            Direction(frame=end - 5, kind="mood", value="calm"),
        ),
    )
    short = plan_cutdown(cue, long.composition, long.arc, rate=long.rate, seconds=30)
    assert [d.kind for d in short.cue.directions if d.kind != "mood"] == ["key", "key"]  # in force from the climax on
    assert any(d.kind == "mood" for d in short.cue.directions)
    assert all(short.cue.span.contains(d.frame) for d in short.cue.directions)
    assert short.cue.brief.theme == "Anna"
    levels = [level for _, level in short.cue.brief.intensity]
    assert levels[0] == pytest.approx(0.1, abs=0.05)
    assert max(levels) > 0.9
    assert levels[-1] == pytest.approx(0.2, abs=0.05)


def test_the_cue_with_most_music_is_taken(write: Callable) -> None:
    long, brief = write(), write(duration_s=18.0, hits=((0.5, "accent", 0.8),))
    cues, compositions = (brief.cue, long.cue, brief.cue), (brief.composition, long.composition, brief.composition)
    assert longest_and_fullest(cues, compositions) == 1
    quiet = replace(long.composition, intensity=np.full(10, 0.01, np.float32))
    assert longest_and_fullest((long.cue, brief.cue), (quiet, brief.composition)) == 1
