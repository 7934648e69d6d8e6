"""The hall sounds like one, leaves the dry sound alone, and streams without a seam."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from hitpoint.mixing.convolver import BLOCK_SAMPLES, Convolver, Kernel
from hitpoint.mixing.hall import hall_response, seat_kernel, send_db
from hitpoint.mixing.tone import BusTone, RoomTone

RATE = 48_000
ROOM = RoomTone(air_shelf_hz=6000, air_at_back_db=0.0, pre_delay_front_s=0.028, pre_delay_back_s=0.008)
PLAIN = BusTone(
    depth=0.5,
    low_cut_hz=10,
    low_shelf_hz=200,
    low_shelf_db=0.0,
    high_shelf_hz=8000,
    high_shelf_db=0.0,
    gain_db=0.0,
    duck_share=1.0,
)


def kernel_of(*, wet_db: float, depth: float = 0.5, room: RoomTone = ROOM, **tone: float) -> Kernel:
    return seat_kernel(tone=replace(PLAIN, **tone), depth=depth, room=room, wet_db=wet_db)


def plain_convolution(kernel: Kernel, samples: NDArray[np.float32]) -> NDArray[np.float64]:
    left, right = samples.astype(np.float64).T
    outputs = []
    for out in range(2):
        parts = [(kernel.near[out, 0], left), (kernel.near[out, 1], right), (kernel.far[out], left + right)]
        outputs.append(sum(signal.convolve(wave, taps)[: len(samples)] for taps, wave in parts))
    return np.stack(outputs, axis=1)


@pytest.fixture(scope="module")
def hall_kernel() -> Kernel:
    return kernel_of(wet_db=0.0, low_cut_hz=70.0)


def test_streaming_equals_the_plain_sum(hall_kernel: Kernel, rng: np.random.Generator) -> None:
    samples = (0.1 * rng.standard_normal((7 * BLOCK_SAMPLES, 2))).astype(np.float32)
    samples[3 * BLOCK_SAMPLES : 5 * BLOCK_SAMPLES] = 0  # a hole through which the hall rings
    convolver = Convolver(hall_kernel)
    cuts = [0, 1, 3, 4, 7]
    streamed = np.concatenate(
        [convolver.process(samples[a * BLOCK_SAMPLES : b * BLOCK_SAMPLES]) for a, b in pairwise(cuts)]
    )
    expected = plain_convolution(hall_kernel, samples)
    assert np.abs(streamed - expected).max() < 1e-6 * np.abs(expected).max() + 1e-7


@settings(max_examples=15, deadline=None)
@given(near=st.integers(1, 50), far=st.integers(1, 2 * BLOCK_SAMPLES + 5), seed=st.integers(0, 2**16))
def test_any_kernel_length(near: int, far: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kernel = Kernel(
        near=rng.standard_normal((2, 2, near)).astype(np.float32), far=rng.standard_normal((2, far)).astype(np.float32)
    )
    samples = np.zeros((4 * BLOCK_SAMPLES, 2), dtype=np.float32)
    samples[rng.integers(0, len(samples), 40)] = rng.standard_normal((40, 2))
    convolver = Convolver(kernel)
    streamed = np.concatenate([convolver.process(samples[:BLOCK_SAMPLES]), convolver.process(samples[BLOCK_SAMPLES:])])
    assert np.abs(streamed - plain_convolution(kernel, samples)).max() < 1e-3


def test_rings_out_to_silence(hall_kernel: Kernel) -> None:
    convolver = Convolver(hall_kernel)
    assert convolver.is_silent
    convolver.process(np.ones((BLOCK_SAMPLES, 2), dtype=np.float32))
    assert not convolver.is_silent
    quiet = np.zeros((8 * BLOCK_SAMPLES, 2), dtype=np.float32)
    convolver.process(quiet)
    assert convolver.is_silent
    assert not convolver.process(quiet).any()


def test_half_blocks_are_refused(hall_kernel: Kernel) -> None:
    with pytest.raises(ValueError, match="not whole blocks"):
        Convolver(hall_kernel).process(np.zeros((100, 2), dtype=np.float32))


@pytest.mark.parametrize(("depth", "pre_delay_s"), [(0.0, 0.028), (0.5, 0.018), (1.0, 0.008)])
def test_nothing_sounds_before_the_pre_delay(depth: float, pre_delay_s: float) -> None:
    hall = hall_response(depth, ROOM)
    first = int(pre_delay_s * RATE)
    late = np.sqrt(np.sum(hall.tail[:, first:] ** 2) + np.sum(hall.early[..., first:] ** 2))
    early = np.sqrt(np.sum(hall.tail[:, :first] ** 2) + np.sum(hall.early[..., :first] ** 2))
    assert early == 0.0
    assert late > 1.0


@pytest.mark.parametrize(("octave_hz", "rt60_s"), [(125, 2.2), (1000, 1.9), (4000, 1.3)])
def test_decay_times(octave_hz: float, rt60_s: float) -> None:
    """Schroeder's backward integral, T30 from -5 to -35 dB."""
    sos = signal.butter(4, [octave_hz / 2**0.5, octave_hz * 2**0.5], "bandpass", fs=RATE, output="sos")
    energy = (signal.sosfilt(sos, hall_response(0.5, ROOM).tail, axis=1) ** 2).sum(axis=0)
    decay_db = 10 * np.log10(np.cumsum(energy[::-1])[::-1] / energy.sum() + 1e-30)
    steep = np.flatnonzero((decay_db < -5) & (decay_db > -35))
    slope_db_per_s = np.polyfit(steep / RATE, decay_db[steep], 1)[0]
    assert -60 / slope_db_per_s == pytest.approx(rt60_s, rel=0.1)


def test_a_stereo_noise_comes_back_as_loud_as_the_send(rng: np.random.Generator) -> None:
    noise = (0.1 * rng.standard_normal((12 * BLOCK_SAMPLES, 2))).astype(np.float32)
    wet = Convolver(kernel_of(wet_db=-6.0)).process(noise)[4 * BLOCK_SAMPLES :]
    assert 20 * np.log10(wet.std() / noise.std()) == pytest.approx(-6.0, abs=0.7)
    assert abs(np.corrcoef(wet.T)[0, 1]) < 0.2  # wide: the ears hear different halls


def test_a_source_in_the_middle_stays_in_the_middle(rng: np.random.Generator) -> None:
    noise = np.repeat((0.1 * rng.standard_normal((12 * BLOCK_SAMPLES, 1))).astype(np.float32), 2, axis=1)
    left, right = Convolver(kernel_of(wet_db=0.0)).process(noise)[4 * BLOCK_SAMPLES :].std(axis=0)
    assert 20 * np.log10(left / right) == pytest.approx(0.0, abs=1.0)


def test_the_high_pass_is_a_butterworth_of_second_order() -> None:
    kernel = kernel_of(wet_db=-200.0, low_cut_hz=70.0)
    response = np.fft.rfft(np.eye(1, BLOCK_SAMPLES)[0] + kernel.near[0, 0])
    gain_db = 20 * np.log10(np.abs(response) + 1e-9)
    hertz = np.fft.rfftfreq(BLOCK_SAMPLES, 1 / RATE)
    for frequency_hz, expected_db in ((17.5, -24.1), (35.0, -12.3), (70.0, -3.01), (140.0, -0.26), (1000.0, 0.0)):
        assert np.interp(frequency_hz, hertz, gain_db) == pytest.approx(expected_db, abs=0.1)
    assert np.abs(kernel.near[0, 1]).max() < 1e-9  # nothing leaks to the other side


def test_further_back_means_more_hall() -> None:
    sends = [send_db(depth, middle_db=-9.0) for depth in (0.0, 0.5, 1.0)]
    assert sends == [-14.0, -9.0, -4.0]
