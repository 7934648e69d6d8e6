"""What is measured on a version's mix; of a later version only what is not the same sound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from hitpoint.measure import measure_hits
from hitpoint.measure.hits import SEARCH_MS
from hitpoint.mixing.limiter import WINDOW_SAMPLES, true_peak_envelope
from hitpoint.mixing.loudness import HOP_SAMPLES, LoudnessMeter, integrated_of
from hitpoint.model.audio import HitMeasurement, StemFile
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.session.changes import Copy, Span
from hitpoint.session.take import Sound
from hitpoint.session.wave_file import read_samples

#: What is heard around a hit: the search, and what the detector compares it with.
_AROUND_HIT_SAMPLES = round((SEARCH_MS + 150.0) * SAMPLE_RATE_HZ / 1000)
#: The short-term window of 3 s, and a little for the meter's filters.
_METER_SAMPLES = 35 * HOP_SAMPLES
#: So many windows, the loudest, are looked at for the true peak.
_LOUDEST_WINDOWS = 48

Moments = Sequence[tuple[str, int]]


def heard(mix: Path, sound: Sound, moments: Moments) -> tuple[HitMeasurement, ...]:
    """Return what is heard near hits (hit id, wanted record sample) in a version's WAV."""
    found = []
    with TemporaryDirectory() as folder:
        raw = Path(folder) / "hit.f32"
        for hit_id, wanted in moments:
            first = max(sound.start_sample, wanted - _AROUND_HIT_SAMPLES)
            last = min(sound.start_sample + sound.length_samples, wanted + _AROUND_HIT_SAMPLES)
            if first >= last:
                found.append(HitMeasurement(hit_id=hit_id, wanted_sample=wanted, heard_sample=None, error_ms=None))
                continue
            read_samples(mix, first - sound.start_sample, last - first).tofile(raw)
            stretch = StemFile(stem="mix", path=raw, start_sample=first, length_samples=last - first)
            found += measure_hits(stretch, [(hit_id, wanted)])
    return tuple(found)


def heard_again(
    mix: Path,
    sound: Sound,
    moments: Moments,
    *,
    before: Sequence[HitMeasurement],
    copies: Sequence[Copy],
    regions: Sequence[Span],
) -> tuple[HitMeasurement, ...]:
    """Return the same, listening only where the sound is another one than it was."""
    known = {measurement.hit_id: measurement for measurement in before}
    found: dict[str, HitMeasurement] = {}
    for hit_id, wanted in moments:
        was = known.get(hit_id)
        copy = next((c for c in copies if c.start <= wanted < c.end), None)
        is_touched = any(
            start < wanted + _AROUND_HIT_SAMPLES and end > wanted - _AROUND_HIT_SAMPLES for start, end in regions
        )
        if was is not None and copy is not None and not is_touched and was.wanted_sample + copy.shift == wanted:
            sample = None if was.heard_sample is None else was.heard_sample + copy.shift
            found[hit_id] = replace(was, wanted_sample=wanted, heard_sample=sample)
    rest = [moment for moment in moments if moment[0] not in found]
    found.update((measurement.hit_id, measurement) for measurement in heard(mix, sound, rest))
    return tuple(found[hit_id] for hit_id, _ in moments)


def loudness_again(mix: Path, sound: Sound, *, is_moved: bool, regions: Sequence[Span]) -> Sound:
    """Return a sound with the loudness of its mix; only regions are metered again unless something moved."""
    hops = -(-sound.length_samples // HOP_SAMPLES)
    momentary, short_term = list(sound.memory.momentary_lufs), list(sound.short_term_lufs)
    spans = regions
    if is_moved or len(momentary) != hops:
        momentary, short_term = [-math.inf] * hops, [-math.inf] * hops
        spans = [(sound.start_sample, sound.start_sample + sound.length_samples)]
    for start, end in spans:
        first = max(0, (start - sound.start_sample - _METER_SAMPLES) // HOP_SAMPLES)
        last = min(hops, -(-(end - sound.start_sample + _METER_SAMPLES) // HOP_SAMPLES))
        meter = LoudnessMeter(true_peak=False)
        meter.push(read_samples(mix, first * HOP_SAMPLES, (last - first) * HOP_SAMPLES))
        loudness = meter.finish()
        begin = max(0, (start - sound.start_sample) // HOP_SAMPLES)
        momentary[begin:last] = loudness.momentary_lufs[begin - first : last - first]
        short_term[begin:last] = loudness.short_term_lufs[begin - first : last - first]
    return replace(
        sound,
        memory=replace(sound.memory, momentary_lufs=tuple(momentary)),
        short_term_lufs=tuple(short_term),
        integrated_lufs=integrated_of(momentary),
        true_peak_dbtp=_true_peak_dbtp(mix, sound),
    )


def _true_peak_dbtp(mix: Path, sound: Sound) -> float:
    """Return the true peak of the loudest windows of a mix."""
    peaks = sound.memory.mix_peaks
    loudest = np.argsort(peaks)[::-1][:_LOUDEST_WINDOWS]
    highest = 0.0
    for window in loudest:
        if peaks[window] < 0.7 * peaks[loudest[0]]:
            break
        first = max(0, int(window) * WINDOW_SAMPLES - 64)
        highest = max(highest, float(true_peak_envelope(read_samples(mix, first, WINDOW_SAMPLES + 128)).max()))
    return 20 * math.log10(highest) if highest > 0 else -math.inf


def waveform(mix: Path, length_samples: int, hop_samples: int) -> list[float]:
    """Return the highest sample of each hop, 0..1, to three digits."""
    hops = length_samples // hop_samples
    peaks: list[float] = []
    for first in range(0, hops, 2000):
        count = min(2000, hops - first)
        block = np.abs(read_samples(mix, first * hop_samples, count * hop_samples)).reshape(count, -1)
        peaks += [round(float(peak), 3) for peak in block.max(axis=1)]
    return peaks
