"""What `hitpoint analyse` and `hitpoint spot` do: understand a cut without composing for it."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hitpoint.delivery.analysis import build_analysis
from hitpoint.delivery.analysis_page import write_analysis_page
from hitpoint.delivery.analysis_plot import Thumbnail, plot_analysis, thumbnail_moments
from hitpoint.media.thumbnails import pictures_at
from hitpoint.model.cut import Cut
from hitpoint.model.errors import InputError
from hitpoint.model.progress import SILENT, Progress, StepClock
from hitpoint.model.time import frames_to_seconds
from hitpoint.spotting import read_project_file
from hitpoint.spotting.briefs_file import write_briefs
from hitpoint.understanding import CutRequest, Understanding, understand

#: Of the small pictures of a cut, in pixels.
THUMBNAIL_HEIGHT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyseSettings:
    """What is to be analysed, and what is to be written beside the answer.

    `score_folder` holds a score of the same cut, whose measured loudness is drawn over the plan.
    """

    request: CutRequest
    plot_path: Path | None = None
    html_path: Path | None = None
    score_folder: Path | None = None


def analyse(settings: AnalyseSettings, *, progress: Progress = SILENT) -> dict[str, Any]:
    """Understand a cut; return the analysis, and write plot and page where they are wanted."""
    clock = StepClock(progress)
    report = _report_in(settings.score_folder)
    known = _understood(settings.request, clock.within(0.0, 0.9))
    analysis = build_analysis(
        known.cut,
        known.story,
        known.spotting.cues,
        speech_s=known.speech_s,
        step_s=clock.step_s,
        warnings=known.warnings,
    )
    if settings.plot_path is not None or settings.html_path is not None:
        with clock.step("drawing", 0.9, 1.0):
            plot_path = settings.plot_path
            thumbnails = cut_thumbnails(known.cut, thumbnail_moments(float(known.cut.duration_s)))
            if plot_path is not None:
                plot_analysis(analysis, plot_path, thumbnails=thumbnails, report=report)
            if settings.html_path is not None:
                _write_page(analysis, plot_path, settings.html_path, thumbnails=thumbnails, report=report)
    progress.update(1.0, "done")
    return analysis


def write_spotting(
    request: CutRequest, *, out_path: Path | None = None, overwrite: bool = False, progress: Progress = SILENT
) -> tuple[Understanding, Path]:
    """Spot a cut and write its briefs, NAME.briefs.toml in the current folder or `out_path`; return both."""
    known = _understood(request, StepClock(progress))
    path = out_path or Path(f"{_name_of(request)}.briefs.toml")
    write_briefs(path, known.spotting.cues, cut=known.cut, overwrite=overwrite)
    return known, path


def _understood(request: CutRequest, clock: StepClock) -> Understanding:
    name = _name_of(request)
    project = read_project_file(Path(f"{name}-score") / f"{name}.hitpoint.toml")
    return understand(request, project=project, steps=clock.step)


def _name_of(request: CutRequest) -> str:
    name = request.cut_path.stem
    return name.removesuffix(".scored") or name


def _report_in(folder: Path | None) -> dict[str, Any] | None:
    if folder is None:
        return None
    path = folder / "report.json"
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not the report of a score ({error}); give the folder that score wrote") from error
    return report


def cut_thumbnails(cut: Cut, moments_s: Sequence[float]) -> list[Thumbnail]:
    """Return (record second, RGB picture [shape=(THUMBNAIL_HEIGHT, w, 3)]) of a cut; where there is no media, none."""
    starts = [shot.span.start_frame for shot in cut.shots]
    wanted: dict[Path, list[tuple[float, float]]] = defaultdict(list)
    for record_s in moments_s:
        frame = int(record_s * float(cut.rate.fps))
        at = bisect_right(starts, frame) - 1
        if at >= 0 and cut.shots[at].span.contains(frame):
            media = cut.shots[at].media
            if media is not None and media.path is not None and not media.is_missing:
                start_s = float(frames_to_seconds(starts[at], cut.rate))
                source_s = float(media.source_start_s) + (record_s - start_s) * float(media.speed)
                wanted[media.path].append((record_s, source_s))
    found: list[Thumbnail] = []
    for path, moments in wanted.items():
        pictures = pictures_at(path, [source_s for _, source_s in moments], height=THUMBNAIL_HEIGHT)
        found += [(record_s, p) for (record_s, _), p in zip(moments, pictures, strict=True) if p is not None]
    return sorted(found, key=lambda thumbnail: thumbnail[0])


def _write_page(
    analysis: dict[str, Any],
    plot_path: Path | None,
    path: Path,
    *,
    thumbnails: list[Thumbnail],
    report: dict[str, Any] | None,
) -> None:
    if plot_path is not None:
        write_analysis_page(analysis, plot_path, path)
        return
    with TemporaryDirectory() as folder:
        picture = Path(folder) / "plot.png"
        plot_analysis(analysis, picture, thumbnails=thumbnails, report=report)
        write_analysis_page(analysis, picture, path)
