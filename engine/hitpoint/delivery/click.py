"""A click track with count-off, so that a player or an editor can check the tempo map against the picture.

One click per beat of the bar's own unit (quarters in x/4, eighths in x/8), the downbeat higher and louder. Each click
starts at full level on exactly `TempoMap.sample_at(beat)`, so the file is a ruler: its first sample that is not zero
is the beat.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hitpoint.delivery.wav import time_reference_samples, write_bwf
from hitpoint.model.audio import AudioFile
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo import TempoMap
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate, frames_to_samples, samples_to_seconds

_CLICK_SAMPLES = SAMPLE_RATE_HZ * 30 // 1000
_DECAY_SAMPLES = SAMPLE_RATE_HZ * 6 // 1000

#: (Hz, peak level) of the click on a downbeat and on other beats; -6 and -12 dBFS.
_DOWNBEAT = (1760.0, 0.5)
_OTHER_BEAT = (1174.66, 0.25)


def write_click(
    path: Path,
    *,
    plan: TempoPlan,
    cue: Cue,
    rate: FrameRate,
    start_timecode_frame: int,
    count_off_bars: int = 2,
) -> AudioFile:
    """Write the click of one cue as 48 kHz, 24-bit stereo BWF.

    The file starts on the first click of the count-off (`start_sample` of the result, in record time; before the
    cue, and possibly before the timeline) and its last click is the last beat that lies in the cue or on its end.
    The count-off is in the metre and tempo of the first bar. Raises `OutputError` if it cannot be written.
    """
    clicks = click_samples(plan.tempo_map, cue=cue, rate=rate, count_off_bars=count_off_bars)
    start_sample = clicks[0][0]
    length_samples = clicks[-1][0] + _CLICK_SAMPLES - start_sample
    return write_bwf(
        _blocks(clicks, length_samples),
        path,
        start_sample=start_sample,
        time_reference_samples=time_reference_samples(start_sample, rate, start_timecode_frame),
    )


def click_samples(
    tempo_map: TempoMap, *, cue: Cue, rate: FrameRate, count_off_bars: int = 2
) -> tuple[tuple[int, bool], ...]:
    """Return (record sample, is downbeat) of every click, the count-off included, sorted."""
    meter = tempo_map.meters[0]
    unit = Fraction(4, meter.denominator)
    count_off = count_off_bars * meter.numerator
    clicks = [(tempo_map.sample_at(-unit * back), back % meter.numerator == 0) for back in range(count_off, 0, -1)]
    end_sample = frames_to_samples(cue.span.end_frame, rate)
    end_beats = tempo_map.beats_at(samples_to_seconds(end_sample)) + 1
    lines = tempo_map.bar_lines(end_beats)
    for line in lines:
        meter = tempo_map.meter_at(line)
        for beat in range(meter.numerator):
            sample = tempo_map.sample_at(line + Fraction(4 * beat, meter.denominator))
            if sample <= end_sample:
                clicks.append((sample, beat == 0))
    return tuple(clicks)


def _blocks(clicks: tuple[tuple[int, bool], ...], length_samples: int) -> Iterator[NDArray[np.float32]]:
    """Yield float32 blocks [samples, 2] of one second that hold all clicks, the first at sample 0."""
    sounds = {True: _sound(*_DOWNBEAT), False: _sound(*_OTHER_BEAT)}
    first_sample = clicks[0][0]
    carried = np.zeros(0, dtype=np.float32)
    index = 0
    for start in range(0, length_samples, SAMPLE_RATE_HZ):
        block = np.zeros(SAMPLE_RATE_HZ + _CLICK_SAMPLES, dtype=np.float32)
        block[: len(carried)] = carried
        while index < len(clicks) and clicks[index][0] - first_sample < start + SAMPLE_RATE_HZ:
            at = clicks[index][0] - first_sample - start
            block[at : at + _CLICK_SAMPLES] = sounds[clicks[index][1]]
            index += 1
        carried = block[SAMPLE_RATE_HZ:]
        mono = block[: min(SAMPLE_RATE_HZ, length_samples - start)]
        yield np.stack([mono, mono], axis=1)


def _sound(hz: float, level: float) -> NDArray[np.float32]:
    """Return a decaying cosine: it begins at its peak, so that the attack is one sample long."""
    n = np.arange(_CLICK_SAMPLES)
    wave = level * np.cos(2 * np.pi * hz * n / SAMPLE_RATE_HZ) * np.exp(-n / _DECAY_SAMPLES)
    return wave.astype(np.float32)
