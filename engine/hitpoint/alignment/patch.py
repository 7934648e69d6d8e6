"""What cannot be aligned is not left wrong: it is faded, or the sketch is heard there, at the level of its place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.features import HOP_S, Features
from hitpoint.alignment.values import SampleSpan
from hitpoint.alignment.warp import Warp
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

#: Around a hit: what the detector hears before it, and the attack and first decay of an accent after it.
HIT_BEFORE_S, HIT_AFTER_S = 0.18, 0.5
#: Fades in and out of a patch; into a hit's the fade is over before it.
_FADE_S = 0.04
#: A level is matched over so much on both sides, by at most so much.
_AROUND_S, _MOST_GAIN_DB = 4.0, 12.0
#: Chroma that agrees less than this over a window is not this music; a shorter stretch is a note, not a fault.
_UNLIKE, _WINDOW_S, _SHORTEST_S = 0.1, 1.5, 1.0
#: Generated audio this far under its own level, where the sketch sounds, is a hole.
_HOLE_DB, _LEVEL_S = -35.0, 0.25


def hit_span(wanted_sample: int, first_sample: int, end_sample: int, reason: str) -> SampleSpan:
    """Return the record samples that are patched for a hit."""
    return SampleSpan(
        start_sample=max(first_sample, wanted_sample - round(HIT_BEFORE_S * SAMPLE_RATE_HZ)),
        end_sample=min(end_sample, wanted_sample + round(HIT_AFTER_S * SAMPLE_RATE_HZ)),
        reason=reason,
    )


def unlike_spans(
    aligned: Audio, warp: Warp, score: Features, heard: Features, *, start_sample: int, sketch: Audio | None
) -> tuple[SampleSpan, ...]:
    """Return where the audio is not this music: other pitches for a second, or a hole where the sketch sounds."""
    hops = len(score)
    along = np.rint(warp.source_at(np.arange(hops, dtype=np.float64) * HOP_S) / HOP_S).astype(np.int64)
    inside = (along >= 0) & (along < len(heard))
    agree = np.zeros(hops)
    agree[inside] = (score.chroma[inside] * heard.chroma[along[inside]]).sum(axis=1)
    sounds = np.abs(score.chroma).sum(axis=1) > 0
    window = np.ones(round(_WINDOW_S / HOP_S))
    mean = np.convolve(agree * sounds, window, mode="same") / np.maximum(np.convolve(sounds, window, mode="same"), 1.0)
    faults = {
        "other pitches": sounds & inside & (mean[:hops] < _UNLIKE),
        "nothing generated": _holes(aligned, sketch, hops) if sketch is not None else ~inside,
    }
    spans: list[SampleSpan] = []
    hop = HOP_S * SAMPLE_RATE_HZ
    for reason, wrong in faults.items():
        edges = np.flatnonzero(np.diff(np.concatenate([[False], wrong, [False]]).astype(np.int8)))
        for first, end in edges.reshape(-1, 2):
            if (end - first) * HOP_S >= (_SHORTEST_S if reason == "other pitches" else _LEVEL_S):
                spans.append(
                    SampleSpan(
                        start_sample=start_sample + round(first * hop),
                        end_sample=start_sample + round(end * hop),
                        reason=reason,
                    )
                )
    return tuple(sorted(spans, key=lambda span: span.start_sample))


def _holes(aligned: Audio, sketch: Audio, hops: int) -> NDArray[np.bool_]:
    """Return the hops in which the sketch is heard and the generated audio is not, each by its own level."""
    levels = []
    for audio in (aligned, sketch):
        hop = round(HOP_S * SAMPLE_RATE_HZ)
        power = (audio[: hops * hop].astype(np.float64) ** 2).mean(axis=1).reshape(hops, hop).mean(axis=1)
        size = round(_LEVEL_S / HOP_S)
        smooth = np.convolve(power, np.ones(size) / size, mode="same")[:hops]
        levels.append(10 * np.log10(smooth / (np.percentile(smooth, 90) + 1e-12) + 1e-12))
    return np.asarray((levels[0] < _HOLE_DB) & (levels[1] > _HOLE_DB / 2))


def merge_spans(spans: Sequence[SampleSpan]) -> tuple[SampleSpan, ...]:
    """Return the spans in order, those that touch or nearly do as one."""
    merged: list[SampleSpan] = []
    near = round(2 * _FADE_S * SAMPLE_RATE_HZ)
    for span in sorted(spans, key=lambda span: span.start_sample):
        if span.end_sample <= span.start_sample:
            continue
        if merged and span.start_sample <= merged[-1].end_sample + near:
            last = merged[-1]
            reasons = dict.fromkeys([*last.reason.split(", "), *span.reason.split(", ")])
            merged[-1] = SampleSpan(
                start_sample=last.start_sample,
                end_sample=max(last.end_sample, span.end_sample),
                reason=", ".join(reasons),
            )
        else:
            merged.append(span)
    return tuple(merged)


def patch(aligned: Audio, spans: Sequence[SampleSpan], *, start_sample: int, sketch: Audio | None) -> Audio:
    """Return the audio with the sketch in the spans (equal-power crossfades), or silence where there is none."""
    if not spans:
        return aligned
    result = aligned.copy()
    for span in spans:
        first, end = span.start_sample - start_sample, span.end_sample - start_sample
        gain = patch_gain(len(aligned), first, end)
        piece = slice(first, end)
        result[piece] *= np.sqrt(1.0 - gain**2)[:, None].astype(np.float32)
        if sketch is not None:
            level = _level_match(aligned, sketch, first, end)
            result[piece] += sketch[piece] * (level * gain)[:, None].astype(np.float32)
    return result


def patch_gain(length: int, first: int, end: int) -> NDArray[np.float64]:
    """Return the gain 0..1 of what comes in between two samples: a quarter sine at either end inside the audio."""
    fade = min(round(_FADE_S * SAMPLE_RATE_HZ), (end - first) // 2)
    gain = np.ones(end - first)
    slope = np.sin(np.linspace(0, np.pi / 2, fade, endpoint=False))
    if first > 0:
        gain[:fade] = slope
    if end < length:
        gain[len(gain) - fade :] = slope[::-1]
    return gain


def _level_match(aligned: Audio, sketch: Audio, first: int, end: int) -> float:
    """Return the gain that gives the sketch the level of the generated music on both sides of a span."""
    around = round(_AROUND_S * SAMPLE_RATE_HZ)
    sides = (slice(max(0, first - around), first), slice(end, end + around))
    heard, ours = (
        float(np.sqrt(np.mean(np.concatenate([audio[side].ravel() for side in sides]).astype(np.float64) ** 2)))
        if any(len(audio[side]) for side in sides)
        else 0.0
        for audio in (aligned, sketch)
    )
    if heard < 1e-5 or ours < 1e-5:
        return 1.0
    most = 10 ** (_MOST_GAIN_DB / 20)
    return float(np.clip(heard / ours, 1 / most, most))
