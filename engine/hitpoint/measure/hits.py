"""How far from its frame each hit is heard.

Conventions
-----------
* `wanted_sample` and `heard_sample` are record samples at 48 kHz; errors are heard minus wanted, positive is late.
* A hit that was not heard has no error and counts against every share; medians and worst cases are over heard ones.

Association: the detector hears a stretch around the wanted sample without knowing where in it the hit should be. Of
the onsets within `search_ms` those count whose level is within 12 dB of the loudest; the nearest of them to the wanted
sample is the hit. So a faint tick that happens to lie on the frame does not excuse an impact 80 ms late, and where
nothing stands out the hit was not heard. In a busy texture the nearest onset is near by chance, too:
benchmarks/onset_detector.py prints what the same rule says about random moments of the same music, the level that the
figures have to beat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hitpoint.measure.onsets import detect_onsets
from hitpoint.model.audio import HitMeasurement, StemFile
from hitpoint.model.errors import MediaError
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate

#: Half-width of the search: 3.6 frames at 24 fps, beyond the two frames at which Netflix's QC fails music.
SEARCH_MS = 150.0
#: Heard beyond the search on both sides, so that the detector has its surroundings.
_CONTEXT_MS = 100.0
#: Onsets that are softer than the loudest in the search by more than this are texture, not hits.
_PROMINENT_DB = 12.0
#: ITU-R BT.1359-1 as production practice reads it (EBU R37): early is heard before late is.
EARLY_LIMIT_MS, LATE_LIMIT_MS = 5.0, 15.0

_BYTES_PER_SAMPLE = 8  # two channels of float32


def validate(mix: StemFile, hits: Sequence[tuple[str, int]]) -> None:
    """Raise `MediaError` if the mix is not as long as it says, `ValueError` if a hit's id is used twice."""
    found = mix.path.stat().st_size if mix.path.is_file() else 0
    if found != mix.length_samples * _BYTES_PER_SAMPLE:
        raise MediaError(f"{mix.path} has {found} bytes, not those of {mix.length_samples} samples; mix it again")
    ids = [hit_id for hit_id, _ in hits]
    if len(set(ids)) < len(ids):
        raise ValueError(f"hit ids must be unique, these are not: {sorted(i for i in set(ids) if ids.count(i) > 1)}")


def measure_hits(
    mix: StemFile, hits: Sequence[tuple[str, int]], *, search_ms: float = SEARCH_MS
) -> tuple[HitMeasurement, ...]:
    """Return what is heard near each hit, in the order given; only the stretches around the hits are read.

    Parameters
    ----------
    mix : StemFile
        Raw float32 stereo.
    hits : sequence of (hit_id, wanted_sample)
        Record samples; a hit outside the mix is not heard.
    """
    validate(mix, hits)
    return tuple(_measure(mix, hit_id, wanted, search_ms) for hit_id, wanted in hits)


def hear_hits(
    audio: NDArray[np.float32],
    *,
    start_sample: int,
    hits: Sequence[tuple[str, int]],
    search_ms: float = SEARCH_MS,
) -> tuple[HitMeasurement, ...]:
    """Return the same as `measure_hits` for audio in memory, float32 [shape=(n, 2)] from `start_sample` on."""

    def read(first_sample: int, count: int) -> NDArray[np.float32]:
        return audio[max(0, first_sample) : max(0, first_sample + count)]

    return tuple(_hear(read, start_sample, hit_id, wanted, search_ms) for hit_id, wanted in hits)


def _measure(mix: StemFile, hit_id: str, wanted_sample: int, search_ms: float) -> HitMeasurement:
    return _hear(partial(_read, mix.path), mix.start_sample, hit_id, wanted_sample, search_ms)


def _hear(
    read: Callable[[int, int], NDArray[np.float32]],
    start_sample: int,
    hit_id: str,
    wanted_sample: int,
    search_ms: float,
) -> HitMeasurement:
    """Return what is heard near a hit; `read(first, count)` gives audio that begins at record sample `start_sample`."""
    reach = round((search_ms + _CONTEXT_MS) * SAMPLE_RATE_HZ / 1000)
    first = max(wanted_sample - reach, start_sample)
    stretch = read(first - start_sample, wanted_sample + reach - first)
    heard = _associate(stretch, wanted_sample - first, round(search_ms * SAMPLE_RATE_HZ / 1000))
    if heard is None:
        return HitMeasurement(hit_id=hit_id, wanted_sample=wanted_sample, heard_sample=None, error_ms=None)
    error_ms = (first + heard - wanted_sample) * 1000 / SAMPLE_RATE_HZ
    return HitMeasurement(
        hit_id=hit_id, wanted_sample=wanted_sample, heard_sample=first + heard, error_ms=round(error_ms, 3)
    )


def _read(path: Path, first_sample: int, count: int) -> NDArray[np.float32]:
    flat = np.fromfile(path, dtype="<f4", count=2 * max(count, 0), offset=first_sample * _BYTES_PER_SAMPLE)
    return flat.reshape(-1, 2).astype(np.float32, copy=False)


def _associate(stretch: NDArray[np.float32], wanted: int, search_samples: int) -> int | None:
    """Return the sample of the stretch that counts as the hit, or None."""
    onsets = detect_onsets(stretch, SAMPLE_RATE_HZ)
    inside = np.abs(onsets.samples - wanted) <= search_samples
    samples, levels_db = onsets.samples[inside], onsets.levels_db[inside]
    if not len(samples):
        return None
    prominent = samples[levels_db >= levels_db.max() - _PROMINENT_DB]
    return int(prominent[np.argmin(np.abs(prominent - wanted))])


def hit_statistics(measurements: Sequence[HitMeasurement], rate: FrameRate) -> dict[str, float | int | None]:
    """Return the figures of a set of hits; errors in ms, shares 0..1 of all hits, None where nothing was heard.

    Keys: hits, heard, median_ms (of absolute errors), p95_ms, worst_ms, worst_early_ms (>= 0), bias_ms (median of
    signed errors), within_half_frame, within_one_frame, within_production_practice (5 ms early, 15 ms late).
    """
    errors = np.array([m.error_ms for m in measurements if m.error_ms is not None], dtype=np.float64)
    frame_ms = float(rate.frame_s) * 1000
    count = len(measurements)

    def share(fitting: NDArray[np.bool_]) -> float | None:
        return float(fitting.sum() / count) if count else None

    def figure(value: float) -> float:
        return round(float(value), 3)

    size = np.abs(errors)
    return {
        "hits": count,
        "heard": len(errors),
        "median_ms": figure(np.median(size)) if len(errors) else None,
        "p95_ms": figure(np.percentile(size, 95)) if len(errors) else None,
        "worst_ms": figure(size.max()) if len(errors) else None,
        "worst_early_ms": figure(max(0.0, -errors.min())) if len(errors) else None,
        "bias_ms": figure(np.median(errors)) if len(errors) else None,
        "within_half_frame": share(size <= frame_ms / 2),
        "within_one_frame": share(size <= frame_ms),
        "within_production_practice": share((errors >= -EARLY_LIMIT_MS) & (errors <= LATE_LIMIT_MS)),
    }


def evaluate(
    mix: StemFile, hits: Sequence[tuple[str, int]], rate: FrameRate
) -> tuple[tuple[HitMeasurement, ...], dict[str, float | int | None]]:
    """Return the measurement of every hit and the figures of all of them."""
    measurements = measure_hits(mix, hits)
    return measurements, hit_statistics(measurements, rate)
