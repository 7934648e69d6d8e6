"""The map, its limits, and stretching by it."""

from __future__ import annotations

import numpy as np
import pytest

from hitpoint.alignment.stretch import keep_attacks, stretch
from hitpoint.alignment.warp import Warp, within_speeds
from hitpoint.measure import detect_onsets

RATE_HZ = 48_000


def strokes(rng: np.random.Generator, seconds: float, every_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Noise bursts over a held tone, and where they are."""
    clock = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    audio = 0.02 * np.sin(2 * np.pi * 220 * clock)
    moments = np.arange(0.5, seconds - 0.5, every_s)
    for moment in moments:
        first = round(moment * RATE_HZ)
        shape = 0.3 * rng.standard_normal(8000) * np.exp(-np.arange(8000) / 900)
        audio[first : first + 8000] += shape[: len(audio) - first]
    return np.stack([audio, audio], axis=1).astype(np.float32), moments


def test_both_ways() -> None:
    warp = Warp(np.array([0.0, 1.0, 3.0]), np.array([0.5, 1.4, 3.6]))
    moments = np.linspace(-1, 5, 40)
    assert np.allclose(warp.target_at(warp.source_at(moments)), moments)
    assert np.allclose(warp.speeds, [0.9, 1.1])
    assert float(warp.source_at(-1.0)) == pytest.approx(-0.5)
    assert float(warp.delayed(2.0).source_at(2.0)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("target", "source", "match"),
    [
        ([0.0, 1.0], [1.0, 1.0], "rise"),
        ([0.0], [0.0], "two"),
        ([0.0, np.nan], [0.0, 1.0], "finite"),
    ],
)
def test_a_warp_is_monotone(target: list[float], source: list[float], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Warp(np.array(target), np.array(source))


def test_speeds_are_brought_inside_the_limits_and_pins_stay() -> None:
    rng = np.random.default_rng(2)
    for _ in range(30):
        target = np.arange(0, 12, 0.5)
        source = target + np.cumsum(rng.uniform(-0.12, 0.12, len(target)))
        source = np.maximum.accumulate(source) + 1e-3 * np.arange(len(target))
        pins = target[[4, 12, 18]]
        source[[4, 12, 18]] = pins * 1.05  # reachable
        found = within_speeds(Warp(target, np.sort(source)), 0.8, 1.25, pins)
        assert found.speeds.min() >= 0.8 - 1e-6
        assert found.speeds.max() <= 1.25 + 1e-6
        if np.array_equal(np.sort(source), source):
            assert np.allclose(found.source_at(pins), pins * 1.05, atol=1e-6)


def test_a_pin_out_of_reach_is_missed_by_what_is_lacking() -> None:
    target = np.array([0.0, 1.0, 2.0])
    found = within_speeds(Warp(target, np.array([0.0, 1.0, 3.0])), 0.8, 1.25, np.array([1.0, 2.0]))
    assert np.allclose(found.source_s, [0.0, 1.0, 2.25])


@pytest.mark.parametrize("offset_s", [0.0, 0.5])
def test_speed_one_is_a_copy(offset_s: float, rng: np.random.Generator) -> None:
    audio, moments = strokes(rng, 3.0, 0.4)
    warp = Warp(np.array([0.0, 1.0]), np.array([offset_s, 1.0 + offset_s]))
    moved = stretch(audio, warp, length_samples=2 * RATE_HZ, onsets_s=moments)
    first = round(offset_s * RATE_HZ)
    assert np.abs(moved[4096:-4096] - audio[first : first + 2 * RATE_HZ][4096:-4096]).max() < 1e-5


@pytest.mark.parametrize("speed", [0.8, 0.93, 1.08, 1.25])
def test_strokes_land_where_the_map_puts_them(speed: float, rng: np.random.Generator) -> None:
    audio, moments = strokes(rng, 6.0, 0.31)
    warp = (
        Warp(np.array([0.0, 1.0]) / speed, np.array([0.0, 1.0]))
        if speed == 1
        else Warp(np.array([0.0, 6.0 / speed]), np.array([0.0, 6.0]))
    )
    length = round(6.0 / speed * RATE_HZ)
    moved = stretch(audio, warp, length_samples=length, onsets_s=moments)
    wanted, heard = moments / speed, detect_onsets(moved, RATE_HZ).samples / RATE_HZ
    errors_ms = 1000 * np.array([np.abs(heard - moment).min() for moment in wanted])
    assert len(errors_ms) > 12
    assert errors_ms.max() < 3.0
    held = moved[:, 0][round(0.2 * RATE_HZ) : round(0.45 * RATE_HZ)]
    spectrum = np.abs(np.fft.rfft(held * np.hanning(len(held))))
    assert spectrum.argmax() * RATE_HZ / len(held) == pytest.approx(220, abs=6)  # the pitch stays


def test_stereo_stays_where_it_is(rng: np.random.Generator) -> None:
    audio, moments = strokes(rng, 3.0, 0.5)
    audio = audio * np.array([1.0, 0.25], dtype=np.float32)
    moved = stretch(audio, Warp(np.array([0.0, 3.3]), np.array([0.0, 3.0])), length_samples=150_000, onsets_s=moments)
    level = np.sqrt((moved.astype(np.float64) ** 2).mean(axis=0))
    assert level[1] / level[0] == pytest.approx(0.25, rel=1e-3)


def test_attacks_are_kept_even_in_a_roll() -> None:
    onsets = np.arange(0.2, 2.0, 0.03)
    warp = keep_attacks(Warp(np.array([0.0, 2.5]), np.array([0.0, 2.0])), onsets)
    assert np.allclose(warp.target_at(onsets), onsets * 1.25, atol=1e-9)
