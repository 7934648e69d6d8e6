"""The picture of the cut in record time: what each source shows, mapped through trims and time warps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.media import FeatureStore, look_at
from hitpoint.media.stretches import Stretch
from hitpoint.model.cut import Cut, MediaRange
from hitpoint.model.errors import MediaError
from hitpoint.model.features import HUES, PICTURE_ROWS, PictureFeatures
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import frames_to_seconds
from hitpoint.perception.record_time import RecordRows, hops_of_cut, source_stretch

#: Rows that grow with the speed at which a source is played.
_GROWS_WITH_SPEED = ("motion", "pan", "tilt", "zoom", "shake", "change")
#: A cut inside a clip's source this near to its ends is the clip's own.
_EDGE_FRAMES = Fraction(3, 2)


def see(
    cut: Cut, *, store: FeatureStore | None = None, progress: Progress = SILENT
) -> tuple[PictureFeatures, tuple[str, ...]]:
    """Return what a cut shows, one row per hop of record time, and warnings about sources that cannot be seen.

    Each source range is decoded once. Frames that no shot covers are black; shots without media, or with media that
    cannot be decoded, are unknown. `cuts_s` are the edit points and the cuts inside clips.
    """
    sources, warnings = _sources(cut, store, progress)
    hops = hops_of_cut(cut)
    rows = {name: RecordRows(hops, HUES if name == "hues" else 1) for name in PICTURE_ROWS}
    covered = np.zeros(hops)
    cuts_s = [float(frames_to_seconds(frame, cut.rate)) for frame in cut.cut_frames]
    for shot in cut.shots:
        start_s = float(frames_to_seconds(shot.span.start_frame, cut.rate))
        end_s = float(frames_to_seconds(shot.span.end_frame, cut.rate))
        media = shot.media
        source = sources.get(media.path) if media is not None and media.path is not None else None
        first = next(iter(rows.values()))
        hop, share = first.overlaps(start_s, end_s)
        np.add.at(covered, hop, share)
        if media is None or source is None:
            continue
        at = first.source_rows(hop, start_s, end_s, media)
        known = (at < len(source.known)) & source.known[np.minimum(at, len(source.known) - 1)]
        speed = float(media.speed)
        for name, target in rows.items():
            values: NDArray[Any] = getattr(source, name)[at[known]]
            if name in _GROWS_WITH_SPEED:
                is_signed = name in ("pan", "tilt", "zoom")
                values = values * (speed if is_signed else abs(speed))
            target.add(hop[known], share[known], values)
        cuts_s += _inner_cuts_s(cut, media, source, start_s, end_s)
    black = np.clip(1.0 - covered, 0.0, 1.0)
    if hops > 1:
        black[-1] = black[-2]  # the row of the end, which may be empty
    nothing_there = np.flatnonzero(black > 0.01)
    for name, target in rows.items():
        value = np.full((len(nothing_there), target.width), 1.0 if name == "black" else 0.0)
        target.add(nothing_there, black[nothing_there], value)
    known = rows["motion"].known()
    features: dict[str, Any] = {name: target.means() for name, target in rows.items()}
    return PictureFeatures(known=known, cuts_s=np.unique(np.round(cuts_s, 6)), **features), tuple(warnings)


def _sources(
    cut: Cut, store: FeatureStore | None, progress: Progress
) -> tuple[Mapping[Path, PictureFeatures], list[str]]:
    """Look at every file that the cut shows, at the ranges it uses."""
    wanted: dict[Path, list[Stretch]] = defaultdict(list)
    for shot in cut.shots:
        if shot.media is not None and shot.media.path is not None and not shot.media.is_missing:
            wanted[shot.media.path].append(source_stretch(shot.media))
    total_s = sum(float(end_s - start_s) for stretches in wanted.values() for start_s, end_s in stretches) or 1.0
    done_s = 0.0
    sources: dict[Path, PictureFeatures] = {}
    warnings = []
    for path, stretches in wanted.items():
        length_s = sum(float(end_s - start_s) for start_s, end_s in stretches)
        try:
            part = progress.part(done_s / total_s, min(1.0, (done_s + length_s) / total_s))
            sources[path] = look_at(path, stretches, store=store, progress=part)
        except (MediaError, OSError) as error:
            warnings.append(f"the picture of {path.name} was not looked at: {error}")
        done_s += length_s
    return sources, warnings


def _inner_cuts_s(cut: Cut, media: MediaRange, source: PictureFeatures, start_s: float, end_s: float) -> list[float]:
    """Return the record seconds of cuts inside a clip, on frames."""
    if media.speed == 0:
        return []
    moments_s = start_s + (source.cuts_s - float(media.source_start_s)) / float(media.speed)
    edge_s = float(_EDGE_FRAMES / cut.rate.fps)
    inside = moments_s[(moments_s > start_s + edge_s) & (moments_s < end_s - edge_s)]
    fps = float(cut.rate.fps)
    return [float(frames_to_seconds(round(moment_s * fps), cut.rate)) for moment_s in inside]
