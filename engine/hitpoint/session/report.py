"""The report of a version (docs/report.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hitpoint.delivery.report import ReportInputs, build_report
from hitpoint.mixing import MixSettings
from hitpoint.mixing.again import automations_of
from hitpoint.mixing.level_points import level_points
from hitpoint.model.audio import LevelCurve, MixResult, StemFile
from hitpoint.session.known import Look
from hitpoint.session.take import Take


def mix_result(take: Take, *, folder: Path, loudness_target: str, settings: MixSettings) -> MixResult:
    """Return the mix of a version with its raw files (`mix.f32`, `STEM.mixed.f32`) in a folder."""
    sound = take.sound
    performances = tuple(cue.performance for cue in take.cues)
    automations, _ = automations_of(sound.stems, settings, performances=performances, speech=sound.speech)

    def file(stem: str, name: str) -> StemFile:
        return StemFile(
            stem=stem, path=folder / name, start_sample=sound.start_sample, length_samples=sound.length_samples
        )

    return MixResult(
        mix=file("mix", "mix.f32"),
        stems=tuple(file(stem, f"{stem}.mixed.f32") for stem in sound.stems),
        loudness_lufs=sound.integrated_lufs,
        short_term_lufs=sound.short_term_lufs,
        true_peak_dbtp=sound.true_peak_dbtp,
        stem_residual_dbfs=float("-inf"),
        limiter_max_reduction_db=sound.limiter_max_reduction_db,
        gain_db=sound.gain_db,
        loudness_target=loudness_target,
        automation=tuple(LevelCurve(stem=stem, points=level_points(automations[stem])) for stem in sound.stems),
        warnings=sound.warnings,
    )


def report_of(
    take: Take,
    look: Look,
    *,
    loudness_target: str,
    soundfont_name: str,
    correlations: Mapping[str, float | None],
    step_s: Mapping[str, float],
    settings: MixSettings,
    folder: Path | None = None,
    files: Mapping[str, Path] | None = None,
    mix: MixResult | None = None,
    generated: Mapping[str, Any] | None = None,
    warnings: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return the report of a version; `files` lie in `folder` where it was exported."""
    known = look.known
    mix = mix or mix_result(take, folder=Path(), loudness_target=loudness_target, settings=settings)
    return build_report(
        ReportInputs(
            cut=known.cut,
            cues=tuple(cue.cue for cue in take.cues),
            plans=tuple(cue.plan for cue in take.cues),
            compositions=tuple(cue.composition for cue in take.cues),
            answers=known.spotting.answers,
            arc=known.story.arc,
            beats=known.story.beats,
            sight=known.sight,
            generated=generated,
            mix=mix,
            measurements=take.measurements,
            loudness_correlation=correlations,
            step_s=step_s,
            warnings=(*known.warnings, *mix.warnings, *warnings),
            soundfont=soundfont_name,
            seed=take.seed,
            settings={"loudness": loudness_target, "style": take.style},
            folder=folder,
            files=files or {},
        )
    )
