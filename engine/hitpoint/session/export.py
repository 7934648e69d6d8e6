"""A version of a session, delivered like a score of `hitpoint score`: the same files, written by the same hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from hitpoint.delivery.notation_process import notation_process
from hitpoint.delivery.report import write_report
from hitpoint.generation import SoundChoice
from hitpoint.handover import Draft, logged_uses, notation_jobs, write_files
from hitpoint.ledger import write_ledger
from hitpoint.measure import intensity_correlation, measure_hits
from hitpoint.mixing import MixSettings
from hitpoint.model.audio import MixResult
from hitpoint.model.errors import InputError, OutputError, SettingError, did_you_mean
from hitpoint.model.music import Instrument, Palette
from hitpoint.model.progress import Progress
from hitpoint.model.time import samples_to_seconds
from hitpoint.pipeline import ledger_of, moments_to_hear
from hitpoint.session.known import Look
from hitpoint.session.report import mix_result, report_of
from hitpoint.session.take import Take
from hitpoint.session.wave_file import unwrap_to_raw
from hitpoint.session.whole import mix_with_generated
from hitpoint.staging import check_room, publish, staging_folder

#: What can be exported, and the kinds of files (as `Draft.files` names them, by their beginnings) that belong to it.
WHAT: dict[str, tuple[str, ...]] = {
    "otio": ("timeline", "marker_edl", "mix", "stem"),
    "stems": ("mix", "stem"),
    "midi": ("midi", "musicxml", "click"),
    "cue_sheet": ("cue_sheet",),
    "mp4": ("video",),
    "report": ("report", "plan"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Where to, what, and for whom: `profile` is "generic" or "resolve".

    `sound` may ask for a generated layer: the version is then rendered and mixed anew with it.
    """

    folder: Path
    what: tuple[str, ...]
    profile: str = "generic"
    sound: SoundChoice = field(default_factory=SoundChoice)

    def __post_init__(self) -> None:
        if not self.what:
            raise SettingError(f"nothing to export; choose among {', '.join(WHAT)}")
        for name in self.what:
            if name not in WHAT:
                raise SettingError(f"{name!r} cannot be exported; {did_you_mean(name, WHAT)}")


def export_version(
    take: Take,
    look: Look,
    wanted: Export,
    *,
    version_folder: Path,
    instruments: dict[str, Instrument],
    palettes: Mapping[str, Palette],
    soundfont: Path,
    loudness: str,
    progress: Progress,
) -> dict[str, Any]:
    """Write what is wanted and return `{"files": {kind: path}, "warnings": [], "hits": [...]}`.

    Nothing is changed on disk unless everything succeeded. Raises `InputError` where the cut is another one now, or
    where the version's sound was cleaned away.
    """
    cut = look.known.cut
    if take.cut_revision != look.revision:
        raise InputError(
            f"the cut was changed after version {take.version_id} was composed; compose it again, then export"
        )
    folder = wanted.folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder; choose another one")
    name = (cut.source_path or Path("score")).stem.removesuffix(".scored")
    if cut.source_path is not None and cut.source_path.resolve() == folder / f"{name}.scored.otio":
        raise InputError(f"{cut.source_path} is the cut itself and would be written over; choose another folder")
    cues, plans = tuple(c.cue for c in take.cues), tuple(c.plan for c in take.cues)
    compositions = tuple(c.composition for c in take.cues)
    settings = MixSettings(loudness=loudness)
    with ExitStack() as stack:
        staging = stack.enter_context(staging_folder(folder))
        is_sampled = wanted.sound.mode == "sampled"
        check_room(
            staging,
            length_samples=take.sound.length_samples,
            layers=0 if is_sampled else len(take.sound.layers) + 1,
            stems=len(take.sound.stems) + (not is_sampled),
        )
        jobs = notation_jobs(cut, cues, compositions, name=name, instruments=instruments, staging=staging)
        notation = stack.enter_context(notation_process(jobs if "midi" in wanted.what else []))
        made = None
        if is_sampled:
            mix = _kept_mix(take, version_folder, staging / "raw", settings=settings, progress=progress)
        else:
            made = mix_with_generated(
                take,
                wanted.sound,
                soundfont=soundfont,
                instruments=instruments,
                palettes=palettes,
                settings=settings,
                folder=staging / "raw",
                progress=progress.part(0.0, 0.7),
            )
            mix, progress = made.mix, progress.part(0.7, 1.0)
        measurements = measure_hits(mix.mix, moments_to_hear(cues, plans))
        draft = Draft(
            name=name,
            folder=folder,
            staging=staging,
            loaded=look.known.loaded,
            cut=cut,
            instruments=instruments,
            cues=cues,
            plans=plans,
            compositions=compositions,
            performances=tuple(c.performance for c in take.cues),
            mix=mix,
            measurements=measurements,
        )
        warnings = write_files(
            draft,
            notation=notation,
            seed=take.seed,
            profile=wanted.profile,
            is_stems_only=False,
            wants_video="mp4" in wanted.what,
            progress=progress.part(0.1, 0.95),
        )
        warnings = (*(made.warnings if made is not None else ()), *warnings)
        kept = _wanted_files(draft, wanted.what)
        ledger_path = ledger_of(cut.source_path or folder / name, name, folder)
        log_themes = partial(
            write_ledger,
            themes=tuple(take.themes.values()),
            uses=logged_uses(cut, cues, compositions),
            cut=cut.name,
            seed=take.seed,
            previous=ledger_path,
        )
        is_own_ledger = ledger_path.parent == folder
        if is_own_ledger:
            log_themes(draft.path(ledger_path.name, "themes"))
            kept["themes"] = draft.files["themes"]
        report_path = draft.path("report.json", "report")
        if "report" in wanted.what:
            kept["report"] = draft.files["report"]
            correlations = {
                c.cue.number: intensity_correlation(
                    c.composition.intensity,
                    c.composition.intensity_hop_s,
                    float(c.composition.tempo_map.start_s),
                    mix.short_term_lufs,
                    float(samples_to_seconds(take.sound.start_sample)),
                )
                for c in take.cues
            }
            report = report_of(
                replace(take, measurements=measurements),
                look,
                loudness_target=loudness,
                soundfont_name=soundfont.name,
                correlations=correlations,
                step_s={},
                settings=settings,
                folder=folder,
                files=kept,
                mix=mix,
                generated=made.values if made is not None else None,
                warnings=warnings,
            )
            write_report(report_path, report)
        _drop_others(draft, kept)
        publish(staging, folder)
        if not is_own_ledger:
            log_themes(ledger_path)
    progress.update(1.0, "done")
    return {
        "files": {kind: str(path) for kind, path in kept.items()},
        "warnings": list(warnings),
        "hits": [
            {"hit_id": m.hit_id, "error_ms": m.error_ms, "is_heard": m.heard_sample is not None} for m in measurements
        ],
    }


def _kept_mix(take: Take, version_folder: Path, raw: Path, *, settings: MixSettings, progress: Progress) -> MixResult:
    """Return a version's own mix, its files unpacked into a folder; `InputError` where they were cleaned away."""
    raw.mkdir()
    mix = mix_result(take, folder=raw, loudness_target=settings.loudness, settings=settings)
    for file in (mix.mix, *mix.stems):
        source = version_folder / f"{file.stem}.wav"
        if not source.is_file():
            raise InputError(f"the sound of version {take.version_id} is gone; compose it again, then export")
        progress.update(0.0, "preparing the files")
        unwrap_to_raw(source, file.path)
    return mix


def _wanted_files(draft: Draft, what: Sequence[str]) -> dict[str, Path]:
    """Return the files that belong to what is wanted."""
    stems = {stem.stem for stem in draft.mix.stems}
    kept: dict[str, Path] = {}
    for kind, path in draft.files.items():
        for name in what:
            begins = WHAT[name]
            if any(kind.startswith(begin) for begin in begins if begin != "stem") or (
                "stem" in begins and kind in stems
            ):
                kept[kind] = path
    return kept


def _drop_others(draft: Draft, kept: Mapping[str, Path]) -> None:
    """Remove from the staging folder what nobody asked for."""
    wanted = {path.relative_to(draft.folder) for path in kept.values()}
    for path in sorted(draft.staging.rglob("*")):
        if path.is_file() and path.relative_to(draft.staging) not in wanted and "media" not in path.parts:
            path.unlink()
