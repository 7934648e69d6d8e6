"""Generated audio onto the score, from listening to the finished stem; read `align` from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.features import HOP_S, Listened, features_of_notes, listen
from hitpoint.alignment.patch import hit_span, merge_spans, patch, unlike_spans
from hitpoint.alignment.path import find_path
from hitpoint.alignment.refine import Curves, find_hit, pin_hits, settle_knots, smooth_flux
from hitpoint.alignment.stretch import stretch
from hitpoint.alignment.values import Agreement, Aligned, AlignedHit, AlignmentSettings, SampleSpan, Unaligned
from hitpoint.alignment.warp import Warp
from hitpoint.measure import detect_onsets, hear_hits
from hitpoint.measure.onsets import HOP_S as FLUX_HOP_S
from hitpoint.model.audio import HitMeasurement
from hitpoint.model.music import Performance
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

_SILENT_RMS = 1e-3  # -60 dBFS
_SHORTEST_S = 4.0
#: Attacks worth a copy: a rise that a listener hears as a stroke (`hitpoint.measure.onsets`).
_STROKE = 0.2
#: Share of the path at the limits of speed from which on the tempo is what is wrong.
_AT_LIMIT = 0.4
_UNLIKE_CHROMA = 0.15


def align(
    generated: Audio,
    *,
    start_sample: int,
    hits: Sequence[tuple[str, int]],
    sketch: Audio | None = None,
    performance: Performance | None = None,
    listened: Listened | None = None,
    settings: AlignmentSettings | None = None,
    progress: Progress = SILENT,
) -> Aligned | Unaligned:
    """Return generated audio pulled onto the score, or why it cannot be.

    Parameters
    ----------
    generated : float32 [shape=(n, 2)], 48 kHz
        Any tempo inside the limits and any start within `max_offset_s`; its first sample is taken to be meant for
        `start_sample`.
    start_sample : int
        Record sample of the first sample of the sketch, and of the result.
    hits : sequence of (hit_id, wanted_sample)
        Record samples of what must be heard.
    sketch : float32 [shape=(m, 2)]
        The same score rendered on time; what the audio is compared with, and what replaces what cannot be aligned.
    performance : Performance
        Stands in for a missing sketch: agreement is lower then, and what cannot be aligned is faded.
    listened : Listened
        What `listen` heard in the sketch, where it is known already.

    Raises
    ------
    ValueError
        Neither sketch nor performance; audio that is not stereo or not finite.
    """
    chosen = settings or AlignmentSettings()
    heard_audio = _stereo(generated, "generated")
    if sketch is not None:
        sketch = _stereo(sketch, "sketch")
    length = len(sketch) if sketch is not None else performance.length_samples if performance is not None else 0
    if not length:
        raise ValueError("align needs the sketch or the performance that the audio should follow")
    refusal = _unusable(heard_audio, length, chosen)
    if refusal is not None:
        return refusal
    progress.update(0.0, "listening to the generated music")
    if sketch is not None:
        known = listened or listen(sketch, progress=progress.part(0.0, 0.15))
        score, score_flux = known.features, known.flux
    else:
        assert performance is not None
        score = features_of_notes(performance, start_sample=start_sample, length_samples=length)
        score_flux = np.interp(
            np.arange(0, len(score) * HOP_S, FLUX_HOP_S), np.arange(len(score)) * HOP_S, np.maximum(score.onsets, 0.0)
        )
    found = listen(heard_audio, progress=progress.part(0.15, 0.3))
    heard, curves = found.features, Curves(smooth_flux(score_flux), smooth_flux(found.flux))
    progress.update(0.3, "aligning the generated music")
    path, agreement = find_path(score, heard, chosen)
    if agreement.confidence < chosen.least_confidence:
        return _refused(agreement, chosen)
    path = settle_knots(path, curves)
    pins = []
    for _, wanted in hits:
        target_s = (wanted - start_sample) / SAMPLE_RATE_HZ
        source_s = find_hit(heard_audio, path, curves, target_s) if 0 <= wanted - start_sample < length else None
        if source_s is not None:
            pins.append((target_s, source_s))
    warp = pin_hits(path, pins, chosen)
    progress.update(0.5, "stretching the generated music")
    audio = stretch(
        heard_audio,
        warp,
        length_samples=length,
        onsets_s=_strokes(heard_audio),
        progress=progress.part(0.5, 0.9),
    )
    progress.update(0.9, "listening to the hits")
    return _finished(
        audio,
        warp,
        agreement,
        before=hear_hits(heard_audio, start_sample=start_sample, hits=hits),
        spans=unlike_spans(audio, warp, score, heard, start_sample=start_sample, sketch=sketch),
        start_sample=start_sample,
        sketch=sketch,
        settings=chosen,
    )


def _stereo(audio: Audio, name: str) -> Audio:
    found = np.asarray(audio, dtype=np.float32)
    if found.ndim != 2 or found.shape[1] != 2:
        raise ValueError(f"{name} audio must be of shape (n, 2), not {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} audio has samples that are not finite numbers")
    return found


def _unusable(audio: Audio, length: int, settings: AlignmentSettings) -> Unaligned | None:
    loudness = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if len(audio) else 0.0
    if loudness < _SILENT_RMS:
        level = 20 * np.log10(max(loudness, 1e-10))
        return Unaligned(kind="silence", reason=f"the generated music is silent ({level:.0f} dBFS); the sketch is kept")
    least_s = min(_SHORTEST_S, length / SAMPLE_RATE_HZ * settings.slowest / 2)
    if min(len(audio), length) / SAMPLE_RATE_HZ < least_s:
        return Unaligned(
            kind="short",
            reason=f"{len(audio) / SAMPLE_RATE_HZ:.1f} s of generated music are too few for "
            f"{length / SAMPLE_RATE_HZ:.1f} s of score; the sketch is kept",
        )
    return None


def _refused(agreement: Agreement, settings: AlignmentSettings) -> Unaligned:
    kept = (
        f"agreement {agreement.confidence:.2f}, at least {settings.least_confidence:.2f} is asked for; "
        "the sketch is kept"
    )
    if agreement.at_limit_share >= _AT_LIMIT:
        kind = "tempo"
        reason = (
            f"{agreement.at_limit_share:.0%} of the generated music would have to be played at the limit of "
            f"{settings.slowest:g} to {settings.fastest:g} times its speed"
        )
    elif agreement.chroma < _UNLIKE_CHROMA:
        kind, reason = "chroma", f"the generated music has other harmonies than the score ({agreement.chroma:.2f})"
    else:
        kind, reason = "onsets", f"the generated music has no rhythm in common with the score ({agreement.onsets:.2f})"
    return Unaligned(kind=kind, reason=f"{reason}; {kept}", agreement=agreement)


def _strokes(audio: Audio) -> NDArray[np.float64]:
    """Return the source seconds of all strokes; pieces overlap, so that none is lost at a border."""
    piece, overlap = 20 * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ // 5
    found: list[NDArray[np.float64]] = []
    for start in range(0, len(audio), piece):
        first = max(0, start - overlap)
        stretch_of = audio[first : start + piece + overlap]
        if len(stretch_of) < SAMPLE_RATE_HZ // 20:
            continue
        onsets = detect_onsets(stretch_of, SAMPLE_RATE_HZ)
        moments = first + onsets.samples[onsets.strengths >= _STROKE]
        found.append(moments[(moments >= start) & (moments < start + piece)] / SAMPLE_RATE_HZ)
    return np.concatenate(found) if found else np.zeros(0)


def _finished(
    audio: Audio,
    warp: Warp,
    agreement: Agreement,
    *,
    before: tuple[HitMeasurement, ...],
    spans: tuple[SampleSpan, ...],
    start_sample: int,
    sketch: Audio | None,
    settings: AlignmentSettings,
) -> Aligned:
    """Return the result with what is not in order patched, and heard again."""
    hits = [(measured.hit_id, measured.wanted_sample) for measured in before]
    first_try = hear_hits(audio, start_sample=start_sample, hits=hits)
    ours = hear_hits(sketch, start_sample=start_sample, hits=hits) if sketch is not None else before
    end_sample = start_sample + len(audio)
    how: dict[str, str] = {}
    wanted_spans = list(spans)
    for found, own in zip(first_try, ours, strict=True):
        is_good = _is_within(found, settings)
        is_covered = any(s.start_sample <= found.wanted_sample < s.end_sample for s in spans)
        if is_good and not is_covered:
            how[found.hit_id] = "aligned"
        elif not start_sample <= found.wanted_sample < end_sample:
            how[found.hit_id] = "unheard"  # outside the score
        elif sketch is not None and not _is_within(own, settings) and not is_covered:
            how[found.hit_id] = "unheard"  # the sketch cannot show it either
        else:
            how[found.hit_id] = "replaced" if sketch is not None else "masked"
            error = "not heard" if found.error_ms is None else f"{found.error_ms:+.0f} ms"
            wanted_spans.append(hit_span(found.wanted_sample, start_sample, end_sample, f"hit {error}"))
    merged = merge_spans(wanted_spans)
    result = patch(audio, merged, start_sample=start_sample, sketch=sketch)
    after = hear_hits(result, start_sample=start_sample, hits=hits) if merged else first_try
    told = tuple(
        AlignedHit(hit_id=a.hit_id, wanted_sample=a.wanted_sample, before=b, after=a, how=how[a.hit_id])
        for b, a in zip(before, after, strict=True)
    )
    return Aligned(
        audio=result,
        start_sample=start_sample,
        warp=warp,
        agreement=agreement,
        hits=told,
        masked=merged if sketch is None else (),
        replaced=merged if sketch is not None else (),
        unpatched=audio if merged else None,
        sentences=_sentences(told, merged, agreement, sketch is not None),
    )


def _is_within(measured: HitMeasurement, settings: AlignmentSettings) -> bool:
    return measured.error_ms is not None and abs(measured.error_ms) <= settings.tolerance_ms


def _sentences(
    hits: tuple[AlignedHit, ...], spans: tuple[SampleSpan, ...], agreement: Agreement, has_sketch: bool
) -> tuple[str, ...]:
    errors = [abs(hit.after.error_ms) for hit in hits if hit.after.error_ms is not None]
    told = [
        f"the generated music was played at {agreement.speed_min:.2f} to {agreement.speed_max:.2f} times its speed "
        f"(agreement {agreement.confidence:.2f})"
    ]
    if errors:
        told.append(f"{len(errors)} of {len(hits)} hits are heard, the worst {max(errors):.0f} ms from its sample")
    if spans:
        seconds = sum(span.end_sample - span.start_sample for span in spans) / SAMPLE_RATE_HZ
        what = "the sketch is heard instead" if has_sketch else "it is faded"
        told.append(f"in {len(spans)} places ({seconds:.1f} s) the generated music could not be aligned; {what}")
    return tuple(told)
