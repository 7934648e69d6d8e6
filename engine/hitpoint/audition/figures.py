"""All figures of one take, as plain numbers for JSON; record seconds become scene seconds here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.audition.adherence import (
    Curve,
    centroid_in_windows,
    correlation,
    density_in_windows,
    planned_in_windows,
    window_starts,
)
from hitpoint.audition.melody import melody_figures
from hitpoint.audition.record import Recording
from hitpoint.audition.voices import Spans, Stretch, asked_silences, crowded, holes, silent_share
from hitpoint.composition.figures import written_figures
from hitpoint.composition.idioms import load_idioms
from hitpoint.composition.intensity import LOUDNESS_RANGE_DB
from hitpoint.measure import detect_onsets, hit_statistics, intensity_correlation, measure_hits, speech_band_levels
from hitpoint.measure.levels import SHORT_TERM_HOP_S, SHORT_TERM_WINDOW_S
from hitpoint.model.music import Instrument
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import SAMPLE_RATE_HZ, frames_to_samples, samples_to_seconds, seconds_to_samples

#: How far a dead stop is down shortly after it, against shortly before.
_BEFORE_STOP_S, _AFTER_STOP_S = (0.5, 0.0), (0.25, 0.75)
_TOLD_STRETCHES = 8


def figures_of(
    recording: Recording, audio: NDArray[np.float32], instruments: Mapping[str, Instrument]
) -> dict[str, Any]:
    """Return the figures of a take: `audio` is its mix.

    Keys: see docs/audition.md. Shares are 0..1 of the cue's time, from its first frame to its last.
    """
    composition, performance, cue = recording.composition, recording.performance, recording.cue
    rate = recording.take.scene.rate
    start, end = frames_to_samples(cue.span.start_frame, rate), frames_to_samples(cue.span.end_frame, rate)
    start_s, end_s = start / SAMPLE_RATE_HZ, end / SAMPLE_RATE_HZ
    audio_start = recording.mix.mix.start_sample
    starts_s = window_starts(start_s, end_s)
    planned = planned_in_windows(composition, starts_s)
    heard_s = (detect_onsets(audio, SAMPLE_RATE_HZ).samples + audio_start) / SAMPLE_RATE_HZ
    played_s = [n.sounding_sample / SAMPLE_RATE_HZ for part in performance.parts for n in part.notes]
    asked = (*asked_silences(composition, performance), *_edges(recording, start, end))
    gaps = holes(performance, start, end, asked)
    crowded_share, crowds = crowded(performance, start, end)
    room = speech_band_levels(recording.unducked.mix, recording.speech) if recording.speech else {"room_db": None}
    loudness_r = intensity_correlation(
        composition.intensity,
        composition.intensity_hop_s,
        float(composition.tempo_map.start_s),
        recording.mix.short_term_lufs,
        float(samples_to_seconds(audio_start)),
    )

    def told(stretches: list[Stretch]) -> list[list[float]]:
        longest = sorted(stretches, key=lambda s: -s.duration_s)[:_TOLD_STRETCHES]
        return [[round(s.start_s - start_s, 2), round(s.end_s - start_s, 2)] for s in sorted(longest, key=_start)]

    hits, statistics = _hits(recording, audio)
    return {
        "hits": hits,
        "hit_statistics": statistics,
        "loudness_r": _rounded(None if math.isnan(loudness_r) else loudness_r),
        "density_r": _rounded(correlation(planned, density_in_windows(played_s, starts_s))),
        "heard_density_r": _rounded(correlation(planned, density_in_windows(heard_s, starts_s))),
        "centroid_r": _rounded(
            correlation(planned, centroid_in_windows(audio, audio_start / SAMPLE_RATE_HZ, starts_s))
        ),
        "speech_room_db": _rounded(room["room_db"]),
        "silent_share": _rounded(silent_share(audio, audio_start, start, end, asked)),
        "hole_share": _rounded(sum(s.duration_s for s in gaps) / max(1e-9, end_s - start_s)),
        "holes_s": told(gaps),
        "crowded_share": _rounded(crowded_share),
        "crowded_s": told(crowds),
        **_dynamics(recording, start_s, end_s),
        **_melody(recording, start_s, end_s),
        "loudness_lufs": _rounded(recording.mix.loudness_lufs),
        "limiter_db": _rounded(recording.mix.limiter_max_reduction_db),
        "written": {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in asdict(written_figures(composition, instruments)).items()
        },
    }


def _edges(recording: Recording, start: int, end: int) -> Spans:
    """Return where the music may be inaudible: while it sneaks in, and while it fades out."""
    fade_in, fade_out = recording.performance.fade_in_samples, recording.performance.fade_out_samples
    return ((start, start + fade_in), (end - fade_out, end))


def _start(stretch: Stretch) -> float:
    return stretch.start_s


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 3)


def _hits(recording: Recording, audio: NDArray[np.float32]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return each hit with what was heard of it, and the figures of all that should be heard."""
    plan, lead_s = recording.plan, float(recording.take.scene.lead_s)
    wanted = {
        planned.hit.id: seconds_to_samples(plan.tempo_map.seconds_at(planned.beats) - planned.planned_error_s)
        for planned in plan.hits
    }
    listened = [planned.hit.id for planned in plan.hits if planned.hit.kind is not HitKind.SILENCE]
    measured = measure_hits(recording.mix.mix, [(hit_id, wanted[hit_id]) for hit_id in listened])
    errors = {measurement.hit_id: measurement.error_ms for measurement in measured}
    idioms = {writing.hit_id: writing.idiom for writing in recording.composition.hit_writings}
    rows = [
        {
            "id": planned.hit.id,
            "label": planned.hit.label,
            "kind": planned.hit.kind.value,
            "weight": planned.hit.weight,
            "at_s": round(wanted[planned.hit.id] / SAMPLE_RATE_HZ - lead_s, 3),
            "bar": planned.bar,
            "beat": float(planned.beat),
            "error_ms": errors.get(planned.hit.id),
            "stop_db": _stop_db(audio, wanted[planned.hit.id] - recording.mix.mix.start_sample)
            if planned.hit.kind is HitKind.SILENCE
            else None,
            "was_softened": planned.was_softened,
            "idiom": idioms.get(planned.hit.id, ""),
        }
        for planned in plan.hits
    ]
    counted = [measurement for measurement in measured if measurement.hit_id in _meant_to_be_heard(recording)]
    return rows, hit_statistics(counted, recording.take.scene.rate)


def _meant_to_be_heard(recording: Recording) -> set[str]:
    """Return the hits that must be heard on their frame: hard ones that are struck.

    A sneaking start, a fading end, and what is written as a drop into quiet (a hush) are not.
    """
    scene = recording.take.scene
    idioms = load_idioms()
    drops = {row.hit_id for row in recording.composition.hit_writings if idioms[row.idiom].shape.at == "drops"}
    unheard = {HitKind.START} if scene.entry == "sneak" else set()
    unheard |= {HitKind.OUT} if scene.exit == "fade" else set()
    return {p.hit.id for p in recording.plan.hits if p.hit.is_hard and p.hit.kind not in unheard} - drops


def _stop_db(audio: NDArray[np.float32], stop: int) -> float | None:
    """Return how many dB the music falls at a dead stop; None where there was nothing before it."""

    def power(from_s: float, to_s: float) -> float:
        stretch = audio[max(0, stop + round(from_s * SAMPLE_RATE_HZ)) : max(0, stop + round(to_s * SAMPLE_RATE_HZ))]
        return float((stretch.astype(np.float64) ** 2).mean()) if len(stretch) else 0.0

    before, after = power(-_BEFORE_STOP_S[0], -_BEFORE_STOP_S[1]), power(*_AFTER_STOP_S)
    return round(10 * math.log10(before / max(after, 1e-12)), 1) if before > 1e-12 else None


def _dynamics(recording: Recording, start_s: float, end_s: float) -> dict[str, float | None]:
    """Return how far loudness moves in the cue (10th to 95th percentile, short-term), and how far it was planned to."""
    loudness = np.asarray(recording.mix.short_term_lufs, dtype=np.float64)
    ends_s = float(samples_to_seconds(recording.mix.mix.start_sample)) + SHORT_TERM_HOP_S * np.arange(
        1, len(loudness) + 1
    )
    inside = loudness[(ends_s >= start_s + SHORT_TERM_WINDOW_S) & (ends_s <= end_s) & np.isfinite(loudness)]
    composition = recording.composition
    hops = round(SHORT_TERM_WINDOW_S / composition.intensity_hop_s)
    averaged = np.convolve(composition.intensity, np.ones(hops) / hops, mode="valid") * LOUDNESS_RANGE_DB
    planned_s = (
        float(composition.tempo_map.start_s)
        + SHORT_TERM_WINDOW_S
        + composition.intensity_hop_s * np.arange(len(averaged))
    )
    usable = (ends_s >= start_s + SHORT_TERM_WINDOW_S) & (ends_s <= end_s) & np.isfinite(loudness)
    apart = loudness[usable] - np.interp(ends_s[usable], planned_s, averaged) if len(averaged) else np.zeros(0)
    return {
        "dynamics_lu": _rounded(_spread(inside)),
        "planned_dynamics_lu": _rounded(_spread(averaged)),
        "plan_error_lu": _rounded(float(np.abs(apart - np.median(apart)).mean())) if len(apart) else None,
    }


def _melody(recording: Recording, start_s: float, end_s: float) -> dict[str, float | None]:
    found = melody_figures(recording.composition, start_s, end_s, recording.take.scene.spoken_record_s)
    return {"melody_share": _rounded(found.melody_share), "longest_line_notes": float(found.longest_line_notes)}


def _spread(values: Curve) -> float | None:
    if not len(values):
        return None
    low, high = np.percentile(values, (10, 95))
    return float(high - low)
