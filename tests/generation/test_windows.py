"""Windows lie on downbeats, share enough, and are joined where nobody hears it."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hitpoint.generation.windows import join, plan_windows

spec = importlib.util.spec_from_file_location("generation_music", Path(__file__).with_name("conftest.py"))
music = importlib.util.module_from_spec(spec)
spec.loader.exec_module(music)
RATE = 48_000


@pytest.mark.parametrize("seconds", [16.0, 29.3, 40.0, 61.7, 200.0])
@pytest.mark.parametrize("noisy", [0, RATE])
@pytest.mark.parametrize("bar_s", [1.7, 2.4, 4.4])
def test_windows_cover_the_cue_on_downbeats(seconds: float, noisy: int, bar_s: float) -> None:
    start, length, longest = -12_000, round(seconds * RATE), 15 * RATE
    downbeats = [start + round(bar * bar_s * RATE) for bar in range(int(seconds / bar_s) + 1)]
    windows = plan_windows(
        start_sample=start,
        length_samples=length,
        downbeats=downbeats,
        longest_samples=longest,
        noisy_end_samples=noisy,
    )
    assert windows[0].start_sample == start
    assert windows[-1].end_sample == start + length
    assert len(windows) > 1
    for left, right in pairwise(windows):
        assert left.start_sample < right.start_sample < left.end_sample
        assert left.end_sample - right.start_sample >= 4 * RATE, "what a model goes on from, and room for a seam"
        assert right.start_sample in downbeats
        assert left.end_sample in (*downbeats, start + length)
    for window in windows:
        assert window.length_samples + noisy <= window.asked_samples <= longest


def test_a_short_cue_is_one_window_with_a_margin() -> None:
    (window,) = plan_windows(start_sample=5, length_samples=10 * RATE, downbeats=(), longest_samples=30 * RATE)
    assert (window.start_sample, window.end_sample) == (5, 5 + 10 * RATE)
    assert 10 * RATE < window.asked_samples < 12 * RATE


def test_bars_that_are_longer_than_a_window_leave_no_choice() -> None:
    windows = plan_windows(
        start_sample=0, length_samples=60 * RATE, downbeats=(0, 40 * RATE), longest_samples=15 * RATE
    )
    assert all(window.asked_samples <= 15 * RATE for window in windows)


def test_a_model_whose_windows_are_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        plan_windows(
            start_sample=0, length_samples=99 * RATE, downbeats=(), longest_samples=2 * RATE, noisy_end_samples=RATE
        )


def test_two_windows_of_the_same_music_join_unheard_on_a_downbeat() -> None:
    audio = music.played(20.0)
    beats = list(range(0, len(audio), music.BEAT))
    joined, seam = join(
        audio[: 12 * RATE], 0.8 * audio[8 * RATE :], left_start=0, right_start=8 * RATE, downbeats=beats[::4],
        beats=beats,
    )  # fmt: skip
    assert len(joined) == len(audio)
    assert seam.sample in beats[::4]
    assert not seam.is_heard
    np.testing.assert_array_equal(joined[: 8 * RATE], audio[: 8 * RATE])


def test_another_piece_after_the_seam_is_told() -> None:
    """Noise after music: no place and no fade hides it."""
    audio = (0.05 * music.played(12.0)).astype("f4")
    rng = np.random.default_rng(1)
    other = (0.3 * rng.standard_normal((12 * RATE, 2)) * (np.arange(12 * RATE) % 4800 < 400)[:, None]).astype("f4")
    beats = list(range(0, 20 * RATE, music.BEAT))
    loud = np.sign(other) * 0.5
    _, seam = join(audio, loud, left_start=0, right_start=8 * RATE, downbeats=beats[::4], beats=beats)
    assert seam.tries > 1
