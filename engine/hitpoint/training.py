"""`hitpoint train-arc`: teaches the arc a house's taste, from clips that it rated."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.files import write_beside
from hitpoint.model.errors import InputError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.perception import perceive
from hitpoint.perception.eyes import AUTO, Eyes, load_eyes
from hitpoint.resources import user_config_folder
from hitpoint.story.fit import RatedClip, correlation, fit_weights
from hitpoint.story.fusion import DIMENSIONS, MODALITIES, ArcWeights, load_arc_weights
from hitpoint.story.signals import read_signals
from hitpoint.story.told import told_lines
from hitpoint.timeline import load_timeline, read_cut

_HOP_S = 0.5
_SUBTITLES = (".srt", ".vtt", ".ass")
#: Ratings hold until the next one, but no longer than this.
_HELD_S = 5.0
_FOLDS = 5

#: Record second and ratings by dimension.
_Ratings = list[tuple[float, dict[str, float]]]


def train_arc(path: Path, *, out_path: Path | None = None, progress: Progress = SILENT) -> dict[str, Any]:
    """Fit the fusion to a table of ratings and write its weights; return what came of it, as plain values.

    `path` is a CSV with columns clip (a cut or a video, relative to the table; subtitles of the same name beside it are
    read), time_s, valence, arousal and perhaps tension: -1..1, tension 0..1. The correlation with the ratings is told
    for clips that were held out of the fit, before and after it; NaN where there is one clip only. Eyes look too where
    they would in a look at a cut (`--eyes auto`).

    Raises `InputError` for a table that cannot be used.
    """
    clips = []
    rated = _read_table(path)
    eyes = load_eyes(AUTO)
    for number, (name, ratings) in enumerate(rated.items()):
        part = progress.part(0.9 * number / len(rated), 0.9 * (number + 1) / len(rated))
        clips.append(_clip(path.parent / name, ratings, eyes, part))
    before = load_arc_weights()
    progress.update(0.9, "fitting")
    told = _held_out(clips, before)
    weights = fit_weights(clips, before)
    out_path = out_path or user_config_folder() / "arc.toml"
    out_path.parent.mkdir(parents=True, exist_ok=True)
    with write_beside(out_path) as unfinished:
        unfinished.write_text(_as_toml(weights, path.name, len(clips)), encoding="utf-8")
    seconds = sum(float(np.isfinite(clip.ratings[:2]).any(axis=0).sum()) * clip.hop_s for clip in clips)
    return {"clips": len(clips), "seconds": seconds, "path": str(out_path), "correlation": told}


def _held_out(clips: list[RatedClip], before: ArcWeights) -> dict[str, tuple[float, float]]:
    """Return the correlation before and after, each clip judged by weights that were fitted to the others."""
    own, old = defaultdict(list), defaultdict(list)
    folds = min(_FOLDS, len(clips))
    for fold in range(folds if folds > 1 else 0):
        judged = clips[fold::folds]
        fitted = fit_weights([clip for clip in clips if clip not in judged], before)
        for name, value in correlation(judged, fitted).items():
            own[name].append(value)
        for name, value in correlation(judged, before).items():
            old[name].append(value)

    def mean(values: list[float]) -> float:
        finite = [value for value in values if math.isfinite(value)]
        return sum(finite) / len(finite) if finite else float("nan")

    return {name: (round(mean(old[name]), 4), round(mean(own[name]), 4)) for name in DIMENSIONS}


def _read_table(path: Path) -> dict[str, _Ratings]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read the ratings {path} ({error}); give a CSV in UTF-8") from error
    missing = {"clip", "time_s", "valence", "arousal"} - set(reader.fieldnames or ())
    if missing:
        raise InputError(f"{path} has no column {', '.join(sorted(missing))}; it needs clip, time_s, valence, arousal")
    clips: dict[str, _Ratings] = defaultdict(list)
    for number, row in enumerate(rows, 2):
        try:
            values = {name: float(row[name]) for name in DIMENSIONS if row.get(name)}
            moment_s = float(row["time_s"])
        except ValueError as error:
            raise InputError(f"{path}, line {number}: {error}; give numbers") from error
        for name, value in values.items():
            if not (0.0 if name == "tension" else -1.0) <= value <= 1.0:
                raise InputError(f"{path}, line {number}: {name} {value:g} must lie in -1..1 (tension in 0..1)")
        clips[row["clip"]].append((moment_s, values))
    if not clips:
        raise InputError(f"{path} holds no ratings")
    return dict(clips)


def _clip(path: Path, ratings: _Ratings, eyes: Eyes | None, progress: Progress) -> RatedClip:
    subtitles = next((path.with_suffix(s) for s in _SUBTITLES if path.with_suffix(s).is_file()), None)
    cut = read_cut(load_timeline(path, progress=progress.part(0.0, 0.5)), subtitles=subtitles)
    perception = perceive(cut, eyes=eyes, progress=progress.part(0.5, 1.0))
    hops = math.ceil(float(cut.duration_s) / _HOP_S) + 1
    modalities = read_signals(cut, hops=hops, hop_s=_HOP_S, perception=perception, lines=told_lines(cut, None))
    table = np.full((len(DIMENSIONS), hops), np.nan)
    ordered = sorted(ratings, key=lambda row: row[0])
    for (moment_s, values), (next_s, _) in zip(ordered, [*ordered[1:], (math.inf, {})], strict=True):
        first = max(0, round(moment_s / _HOP_S))
        last = min(hops, round(min(next_s, moment_s + _HELD_S) / _HOP_S))
        for row, name in enumerate(DIMENSIONS):
            if name in values:
                # Tension is rated 0..1; opinions of it lie in -1..1.
                table[row, first:last] = 2 * values[name] - 1 if name == "tension" else values[name]
    return RatedClip(name=path.name, modalities=modalities, ratings=table, hop_s=_HOP_S)


def _as_toml(weights: ArcWeights, table: str, clips: int) -> str:
    lines = [
        f"# Fitted by `hitpoint train-arc {table}` to {clips} clips. Delete this file to go back to Hitpoint's own."
    ]
    sections = {"shares": weights.shares, **{name: weights.signals[name] for name in MODALITIES}}
    for section, rows in sections.items():
        lines += ["", f"[{section}]"]
        lines += [f"{name} = [{', '.join(f'{float(value):g}' for value in row)}]" for name, row in rows.items()]
    lines += ["", "[memory]", f"half_life_s = {weights.memory_half_life_s:g}", f"share = {weights.memory_share:g}", ""]
    return "\n".join(lines)
