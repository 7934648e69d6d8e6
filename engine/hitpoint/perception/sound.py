"""The cut's own sound in record time: all its clips together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.media import FeatureStore, listen_to
from hitpoint.media.stretches import Stretch
from hitpoint.model.cut import AudioClip, Cut
from hitpoint.model.errors import MediaError
from hitpoint.model.features import PITCH_CLASSES, SoundFeatures
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import frames_to_seconds
from hitpoint.perception.record_time import RecordRows, hops_of_cut, source_stretch

_FLOOR_DB = -70.0
#: A clip this far below the loudest one at the same time is not heard in it.
_MASKED_DB = 15.0
#: Onsets of several clips (microphones of one take) this near are one.
_SAME_IMPACT_S = 0.08


def hear(
    cut: Cut, *, store: FeatureStore | None = None, progress: Progress = SILENT
) -> tuple[SoundFeatures, tuple[str, ...]]:
    """Return what a cut sounds like, one row per hop of record time, and warnings about sources that cannot be heard.

    Levels of simultaneous clips add up (volume envelopes are not read); speech and music are those of the clips that
    are not masked by a louder one. Rows without any clip are silent and known, if the cut has sound at all.
    """
    clips = _distinct(cut)
    sources, warnings = _sources(clips, store, progress)
    hops = hops_of_cut(cut)
    power, tone_power = np.zeros(hops), np.zeros((hops, PITCH_CLASSES))
    loudest_db = np.full(hops, _FLOOR_DB)
    values = {name: np.zeros(hops) for name in ("speech", "music", "onset", "flatness", "tempo_bpm")}
    known = np.zeros(hops, bool)
    impacts: list[tuple[float, float]] = []
    grid = RecordRows(hops)
    placed = []
    for clip in clips:
        source = sources.get(clip.media.path) if clip.media.path is not None else None
        if source is None:
            continue
        start_s = float(frames_to_seconds(clip.span.start_frame, cut.rate))
        end_s = float(frames_to_seconds(clip.span.end_frame, cut.rate))
        hop, share = grid.overlaps(start_s, end_s)
        at = grid.source_rows(hop, start_s, end_s, clip.media)
        is_known = (at < len(source.known)) & source.known[np.minimum(at, len(source.known) - 1)]
        hop, share, at = hop[is_known], share[is_known], at[is_known]
        known[hop] = True
        clip_power = share * 10 ** (source.loudness_db[at] / 10)
        np.add.at(power, hop, clip_power)
        np.maximum.at(loudest_db, hop, source.loudness_db[at])
        tone_power[hop] += source.chroma[at] * clip_power[:, None]
        placed.append((source, hop, at))
        impacts += _impacts(source, clip, start_s, end_s)
    for source, hop, at in placed:
        is_heard = source.loudness_db[at] > loudest_db[hop] - _MASKED_DB
        for name, target in values.items():
            np.maximum.at(target, hop[is_heard], getattr(source, name)[at[is_heard]])
    if placed:
        known[:] = True
    total = tone_power.sum(axis=1, keepdims=True)
    rows: dict[str, Any] = {
        "loudness_db": np.maximum(_FLOOR_DB, 10 * np.log10(np.maximum(power, 1e-12))),
        "chroma": np.where(total > 0, tone_power / np.maximum(total, 1e-12), 0.0),
        **values,
    }
    impact_s, impact_db = _joined(impacts)
    features: dict[str, Any] = {
        name: np.where(_like(known, row), row, np.nan).astype(np.float32) for name, row in rows.items()
    }
    return SoundFeatures(known=known, impact_s=impact_s, impact_db=impact_db, **features), tuple(warnings)


def _like(known: Any, row: Any) -> Any:
    return known[:, None] if row.ndim == 2 else known


def _distinct(cut: Cut) -> list[AudioClip]:
    """Return the clips without those that are the same range of the same file at the same place (split channels)."""
    seen: dict[tuple[Any, ...], AudioClip] = {}
    for clip in cut.audio_clips:
        key = (clip.media.path, clip.span, clip.media.source_start_s, clip.media.speed)
        seen.setdefault(key, clip)
    return list(seen.values())


def _sources(
    clips: list[AudioClip], store: FeatureStore | None, progress: Progress
) -> tuple[Mapping[Path, SoundFeatures], list[str]]:
    wanted: dict[Path, list[Stretch]] = defaultdict(list)
    for clip in clips:
        if clip.media.path is not None and not clip.media.is_missing and clip.media.speed != 0:
            wanted[clip.media.path].append(source_stretch(clip.media))
    sources: dict[Path, SoundFeatures] = {}
    warnings = []
    for number, (path, stretches) in enumerate(wanted.items()):
        part = progress.part(number / len(wanted), (number + 1) / len(wanted))
        try:
            sources[path] = listen_to(path, stretches, store=store, progress=part)
        except (MediaError, OSError) as error:
            warnings.append(f"the sound of {path.name} was not listened to: {error}")
    return sources, warnings


def _impacts(source: SoundFeatures, clip: AudioClip, start_s: float, end_s: float) -> list[tuple[float, float]]:
    if clip.media.speed <= 0:  # backwards, a door does not slam
        return []
    moments_s = start_s + (source.impact_s - float(clip.media.source_start_s)) / float(clip.media.speed)
    inside = (moments_s >= start_s) & (moments_s < end_s)
    return list(zip(moments_s[inside].tolist(), source.impact_db[inside].tolist(), strict=True))


def _joined(impacts: list[tuple[float, float]]) -> tuple[Any, Any]:
    """Return the impacts in order, those at the same time as one, with the greater height."""
    kept: list[tuple[float, float]] = []
    for moment_s, above_db in sorted(impacts):
        if kept and moment_s - kept[-1][0] < _SAME_IMPACT_S:
            kept[-1] = (kept[-1][0], max(kept[-1][1], above_db))
        else:
            kept.append((moment_s, above_db))
    table = np.array(kept, np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
