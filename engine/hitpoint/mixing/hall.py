"""Our hall: one impulse response for the whole score, made by calculation, and how much of it each stem gets.

* Early reflections, true stereo (a source on the left is reflected to both ears, later to the right one): the image
  sources of a shoebox of 24 x 36 x 16 m (Allen & Berkley 1979) as a pair of microphones over the conductor hears them.
* A diffuse tail: noise, independent left and right, that decays exponentially in every octave; 1.9 s at 1 kHz, longer
  below and shorter above, as walls and air absorb it in a concert hall for film scores.
* The further back a seat, the more hall, the sooner it answers and the darker the sound (`RoomTone`). Nothing of the
  hall sounds within the seat's pre-delay after the dry sound, which keeps attacks clean and on their sample.

The noise is the raw stream of a PCG64 bit generator, whose output NumPy guarantees for good: the same hall everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing.convolver import BLOCK_SAMPLES, Kernel
from hitpoint.mixing.filters import high_pass, high_shelf, low_shelf
from hitpoint.mixing.tone import BusTone, RoomTone
from hitpoint.model.time import SAMPLE_RATE_HZ

#: Octave centres (Hz) and the time in which sound decays by 60 dB there: (centre, seconds).
RT60_S = (
    (63, 2.3),
    (125, 2.2),
    (250, 2.1),
    (500, 2.0),
    (1000, 1.9),
    (2000, 1.7),
    (4000, 1.3),
    (8000, 0.9),
    (16000, 0.5),
)
#: Length of the response: 2.73 s, where 1.9 s of RT60 has decayed by 86 dB.
TAIL_SAMPLES = 4 * BLOCK_SAMPLES
#: Share of the energy in the early reflections: clarity C80 near 0 dB, the middle of what concert halls have.
EARLY_SHARE = 0.35

_ROOM_M = (24.0, 36.0, 16.0)
_SOURCES_M = ((7.0, 1.2), (17.0, 1.2))  # left, right on the stage: across, up
_STAGE_M = (9.0, 3.0)  # from the back wall, at depth 0 and at depth 1
_MICROPHONES_M = ((11.2, 12.0, 3.2), (12.8, 12.0, 3.2))
_WALL_REFLECTION = 0.8
_EARLY_END_S = 0.1
_SPEED_OF_SOUND_M_S = 343.0
_NOISE_SEED = 1957

#: The hall itself is fed from here up: low notes stay dry and clear.
_HALL_HIGH_PASS_HZ = 110.0


@dataclass(frozen=True, slots=True)
class HallResponse:
    """Impulse responses of the hall; a stereo noise comes back as loud as it went in (send at 0 dB).

    Attributes
    ----------
    early : float64 [shape=(2, 2, n)]
        From input channel (second axis) to output channel (first axis).
    tail : float64 [shape=(2, TAIL_SAMPLES)]
        From the sum of both inputs to each output channel.
    """

    early: NDArray[np.float64]
    tail: NDArray[np.float64]


def send_db(depth: float, *, middle_db: float) -> float:
    """Return how loud the hall is against the dry sound: 5 dB less in front (depth 0), 5 dB more at the back (1)."""
    return middle_db + 10.0 * (depth - 0.5)


@cache
def hall_response(depth: float, room: RoomTone) -> HallResponse:
    """Return the hall as a seat at a depth 0..1 excites it, always the same."""
    pre_delay_s = room.pre_delay_s(depth)
    early = _early_reflections(depth, pre_delay_s)
    tail = _diffuse_tail() * _build_up(pre_delay_s)
    # energy that one input channel sends to one output channel, averaged over both outputs and inputs
    early *= np.sqrt(EARLY_SHARE / (np.sum(early**2) / 2))
    tail *= np.sqrt((1 - EARLY_SHARE) / np.sum(tail**2))
    return HallResponse(early, tail)


def seat_kernel(*, tone: BusTone, depth: float, room: RoomTone, wet_db: float) -> Kernel:
    """Return what has to be *added* to dry sound from a seat: its hall, and what level, tone and air change.

    The dry sound itself passes on its sample: all filters are minimum-phase, they delay nothing.
    """
    hall = hall_response(depth, room)
    fft_samples = 2 * TAIL_SAMPLES
    dry = (
        10 ** (tone.gain_db / 20)
        * high_pass(fft_samples, tone.low_cut_hz)
        * low_shelf(fft_samples, tone.low_shelf_hz, tone.low_shelf_db)
        * high_shelf(fft_samples, tone.high_shelf_hz, tone.high_shelf_db)
        * high_shelf(fft_samples, room.air_shelf_hz, room.air_db(depth))
    )
    wet = 10 ** (wet_db / 20) * high_pass(fft_samples, _HALL_HIGH_PASS_HZ) * dry
    early = np.fft.irfft(np.fft.rfft(hall.early, fft_samples) * wet)[..., :BLOCK_SAMPLES]
    tail = np.fft.irfft(np.fft.rfft(hall.tail, fft_samples) * wet)[..., :TAIL_SAMPLES]
    changed = np.fft.irfft(dry - 1.0, fft_samples)[:BLOCK_SAMPLES]
    near = early + np.eye(2)[:, :, None] * changed
    return Kernel(near=near.astype(np.float32), far=tail.astype(np.float32))


def _early_reflections(depth: float, pre_delay_s: float) -> NDArray[np.float64]:
    """Return float64 [shape=(2, 2, n)]: microphone, source, samples after the dry sound."""
    response = np.zeros((2, 2, round(_EARLY_END_S * SAMPLE_RATE_HZ)))
    orders = range(-3, 4)
    from_wall_m = _STAGE_M[0] + (_STAGE_M[1] - _STAGE_M[0]) * depth
    for source_index, (across_m, up_m) in enumerate(_SOURCES_M):
        source = (across_m, from_wall_m, up_m)
        for microphone_index, microphone in enumerate(_MICROPHONES_M):
            direct_m = float(np.linalg.norm(np.subtract(source, microphone)))
            for bounces in ((x, y, z) for x in orders for y in orders for z in orders):
                image = [
                    b * side + (at if b % 2 == 0 else side - at)
                    for b, side, at in zip(bounces, _ROOM_M, source, strict=True)
                ]
                path_m = float(np.linalg.norm(np.subtract(image, microphone)))
                delay_s = (path_m - direct_m) / _SPEED_OF_SOUND_M_S
                if pre_delay_s <= delay_s < _EARLY_END_S:
                    gain = _WALL_REFLECTION ** sum(abs(b) for b in bounces) * direct_m / path_m
                    response[microphone_index, source_index, int(delay_s * SAMPLE_RATE_HZ)] += gain
    return response


@cache
def _diffuse_tail() -> NDArray[np.float64]:
    """Return float64 [shape=(2, TAIL_SAMPLES)]: noise that decays, octave by octave."""
    raw = np.random.PCG64(_NOISE_SEED).random_raw(2 * TAIL_SAMPLES).reshape(2, TAIL_SAMPLES)
    noise = (raw >> np.uint64(11)) * 2.0**-52 - 1.0  # 53 bits to -1..1
    spectrum = np.fft.rfft(noise)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(TAIL_SAMPLES, 1 / SAMPLE_RATE_HZ), 1.0))
    centres = np.log2([centre for centre, _ in RT60_S])
    seconds = np.arange(TAIL_SAMPLES) / SAMPLE_RATE_HZ
    tail = np.zeros_like(noise)
    for index, (_, rt60_s) in enumerate(RT60_S):
        band = np.interp(octaves, centres, np.eye(len(RT60_S))[index])  # triangles over octaves that sum to one
        tail += np.fft.irfft(spectrum * band, TAIL_SAMPLES) * 10 ** (-3.0 * seconds / rt60_s)
    end = np.clip((seconds[-1] - seconds) / 0.1, 0.0, 1.0)
    return np.asarray(tail * end)


def _build_up(pre_delay_s: float) -> NDArray[np.float64]:
    """Return float64 [shape=(TAIL_SAMPLES,)], 0..1: the tail grows while the early reflections fade."""
    seconds = np.arange(TAIL_SAMPLES) / SAMPLE_RATE_HZ
    grown = np.clip((seconds - pre_delay_s) / (_EARLY_END_S - pre_delay_s), 0.0, 1.0)
    return np.asarray(np.sin(grown * np.pi / 2) ** 2)
