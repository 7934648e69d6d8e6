"""Windows of generated audio, joined on a downbeat; and whether the seam can be heard.

A model makes 30 or 47 seconds at a time. Two windows share some seconds; they are joined where a new bar begins anyway:
the fade ends on the downbeat, the later window is moved by at most a few milliseconds to where the waves match, and its
level meets the earlier one's at the seam and returns to its own over some seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.features import flux_of
from hitpoint.measure.onsets import HOP_S as FLUX_HOP_S
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

#: A fade that has room for no second attack.
FADE_S = 0.08
#: Level is compared over so much before the seam, limited to 6 dB, and given back over so much.
_LEVEL_S, _MOST_GAIN_DB, _GIVEN_BACK_S = 1.0, 6.0, 4.0
#: A seam is what is within so much of it; loudness is compared over so much on both sides.
_NEAR_S, _STEP_S = 0.05, 0.1
#: What 99 of 100 other moments do not exceed is no seam that one could point at.
_UNHEARD_SHARE = 0.99
_FLATNESS_WINDOW_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Two windows as one, float32 [shape=(n, 2)].

    `seam_sample` counts from the start of the left window; the right one was moved by `shift_samples` and its level by
    `gain_db` at the seam; `correlation` -1..1 is that of the waves in the fade.
    """

    audio: Audio
    seam_sample: int
    shift_samples: int
    gain_db: float
    correlation: float


def choose_downbeat(downbeats: Sequence[int], overlap: tuple[int, int]) -> int:
    """Return the downbeat in an overlap (samples) that is nearest to its middle; the middle itself where none is."""
    middle, room = sum(overlap) // 2, round(2 * FADE_S * SAMPLE_RATE_HZ)
    inside = [beat for beat in downbeats if overlap[0] + room <= beat <= overlap[1] - room // 2]
    return min(inside, key=lambda beat: abs(beat - middle)) if inside else middle


def join_windows(
    left: Audio,
    right: Audio,
    *,
    right_start_sample: int,
    seam_sample: int,
    most_shift_ms: float = 3.0,
    fade_s: float = FADE_S,
) -> Joined:
    """Return `left` up to the seam and `right` from there on.

    Parameters
    ----------
    right_start_sample, seam_sample : int
        Samples from the start of `left`; the seam, with the fade before it, must lie where both sound.
    most_shift_ms : float
        How far the right window may be moved for its waves to match; 0 where it is aligned to the sample already.
    fade_s : float
        Length of the fade.

    Raises
    ------
    ValueError
        The seam is not inside the overlap.
    """
    fade, reach = round(fade_s * SAMPLE_RATE_HZ), round(most_shift_ms * SAMPLE_RATE_HZ / 1000)
    first = seam_sample - fade
    if first - reach < max(0, right_start_sample) or seam_sample + reach > min(
        len(left), right_start_sample + len(right)
    ):
        raise ValueError(
            f"a seam at sample {seam_sample} needs both windows from {first - reach} on; the right one starts at "
            f"{right_start_sample}, the left one has {len(left)} samples"
        )
    ours = left[first:seam_sample].astype(np.float64).sum(axis=1)
    begin = first - right_start_sample
    best = max(range(-reach, reach + 1), key=lambda lag: (_correlation(ours, right[begin + lag :][:fade]), -abs(lag)))
    correlation = _correlation(ours, right[begin + best :][:fade])
    level = round(_LEVEL_S * SAMPLE_RATE_HZ)
    heard = [_rms(left[max(0, seam_sample - level) : seam_sample])]
    start = seam_sample - right_start_sample + best
    heard.append(_rms(right[max(0, start - level) : start]))
    gain_db = 0.0
    if min(heard) > 1e-6:
        gain_db = float(np.clip(20 * np.log10(heard[0] / heard[1]), -_MOST_GAIN_DB, _MOST_GAIN_DB))
    tail = right[begin + best :].astype(np.float64)
    given_back = np.interp(
        np.arange(len(tail)), [fade, fade + _GIVEN_BACK_S * SAMPLE_RATE_HZ], [10 ** (gain_db / 20), 1.0]
    )
    tail *= given_back[:, None]
    coming = np.sin(np.linspace(0, np.pi / 2, fade, endpoint=False))
    going = np.cos(np.linspace(0, np.pi / 2, fade, endpoint=False))
    # waves that match add up: the sum keeps its power at any correlation
    even = 1 / np.sqrt(1 + 2 * max(correlation, 0.0) * coming * going)
    joined = left[first:seam_sample] * (going * even)[:, None] + tail[:fade] * (coming * even)[:, None]
    audio = np.concatenate([left[:first], joined, tail[fade:]]).astype(np.float32)
    return Joined(
        audio=audio, seam_sample=seam_sample, shift_samples=best, gain_db=round(gain_db, 2), correlation=correlation
    )


def _correlation(ours: NDArray[np.float64], piece: Audio) -> float:
    other = piece.astype(np.float64).sum(axis=1)
    size = float(np.sqrt((ours**2).sum() * (other**2).sum()))
    return float(ours @ other) / size if size > 1e-12 else 0.0


def _rms(audio: Audio) -> float:
    return float(np.sqrt(np.mean(audio.astype(np.float64) ** 2))) if len(audio) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamFigures:
    """What happens at a seam, and the share 0..1 of other moments of the same music at which less does.

    `onset` is spectral flux, `click` the sharpest bend of the wave over its level, `step_db` the step of the level.
    """

    onset: float
    onset_rank: float
    click: float
    click_rank: float
    step_db: float
    step_rank: float

    @property
    def is_heard(self) -> bool:
        """Whether more happens at the seam than at 99 of 100 other moments."""
        return max(self.onset_rank, self.click_rank, self.step_rank) > _UNHEARD_SHARE


def measure_seam(audio: Audio, seam_sample: int, *, comparable: Sequence[int] = ()) -> SeamFigures:
    """Return what happens at a seam beside what happens elsewhere.

    `comparable` are samples of moments of the same kind (the other downbeats); at least 20 of them are needed, else
    every 50 ms of the audio is one.
    """
    near = round(_NEAR_S * SAMPLE_RATE_HZ)
    others = [at for at in comparable if near < at < len(audio) - near and abs(at - seam_sample) > 4 * near]
    if len(others) < 20:
        others = [at for at in range(4 * near, len(audio) - 4 * near, near) if abs(at - seam_sample) > 4 * near]
    flux, bends = flux_of(audio), _bends(audio)
    power = np.concatenate([[0.0], np.cumsum((audio.astype(np.float64) ** 2).mean(axis=1))])

    def figures(at: int) -> tuple[float, float, float]:
        hop = round(at / SAMPLE_RATE_HZ / FLUX_HOP_S)
        reach = round(_NEAR_S / FLUX_HOP_S)
        return (
            float(flux[max(0, hop - reach) : hop + reach].max(initial=0.0)),
            float(bends[max(0, at - near) // 48 : (at + near) // 48].max(initial=0.0)),
            _step_db(power, at),
        )

    here = figures(seam_sample)
    elsewhere = np.array([figures(at) for at in others]).reshape(-1, 3)
    ranks = [float((elsewhere[:, column] < here[column]).mean()) if len(elsewhere) else 0.0 for column in range(3)]
    return SeamFigures(
        onset=here[0],
        onset_rank=ranks[0],
        click=here[1],
        click_rank=ranks[1],
        step_db=here[2],
        step_rank=ranks[2],
    )


def _bends(audio: Audio) -> NDArray[np.float64]:
    """Return per ms the sharpest second difference over the level of the 20 ms around."""
    mono = audio.astype(np.float64).mean(axis=1)
    count = len(mono) // 48
    bend = np.abs(np.diff(mono, n=2, prepend=mono[:1], append=mono[-1:]))[: count * 48].reshape(count, 48).max(axis=1)
    level = np.sqrt(np.convolve((mono[: count * 48] ** 2).reshape(count, 48).mean(axis=1), np.ones(20) / 20, "same"))
    return np.asarray(bend / (level + 1e-4))


def _step_db(power: NDArray[np.float64], at: int) -> float:
    size = round(_STEP_S * SAMPLE_RATE_HZ)
    first, last = max(0, at - size), min(len(power) - 1, at + size)
    before = (power[at] - power[first]) / max(at - first, 1)
    after = (power[last] - power[at]) / max(last - at, 1)
    return abs(10 * float(np.log10((after + 1e-9) / (before + 1e-9))))


def noisy_end_samples(audio: Audio, *, most_s: float = 2.0) -> int:
    """Return how many samples at the end are noise (MusicGen's last second): to be cut before the next window goes on.

    The end is noise from where the spectrum is much flatter than anywhere before; 0 where it is not.
    """
    size = round(_FLATNESS_WINDOW_S * SAMPLE_RATE_HZ)
    count, last = len(audio) // size, round(most_s / _FLATNESS_WINDOW_S)
    if count < 3 * last:
        return 0
    frames = audio[len(audio) - count * size :].astype(np.float64).mean(axis=1).reshape(count, size)
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2 + 1e-12
    flat = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    audible = (frames**2).mean(axis=1) > 1e-8
    body = flat[: count - last][audible[: count - last]]
    if not len(body):
        return 0
    noisy = (flat > 4 * np.percentile(body, 95)) & audible
    tail = noisy[count - last :]
    clean = np.flatnonzero(~tail)
    run = last - (int(clean[-1]) + 1) if len(clean) else last
    return run * size


def tail_silence_s(audio: Audio, *, under_db: float = 50.0) -> float:
    """Return how many seconds at the end lie so far under the level of the whole: models fall silent early."""
    size = SAMPLE_RATE_HZ // 20
    count = len(audio) // size
    if not count:
        return 0.0
    levels = (audio[len(audio) - count * size :].astype(np.float64) ** 2).reshape(count, -1).mean(axis=1)
    sounds = np.flatnonzero(levels > levels.mean() * 10 ** (-under_db / 10) + 1e-14)
    return float((count - (sounds[-1] + 1 if len(sounds) else 0)) * size / SAMPLE_RATE_HZ)
