"""From a cut to the same cut with a score on it. Read `score` from top to bottom: it is the whole product."""

from __future__ import annotations

import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.composition import ComposeContext, compose
from hitpoint.delivery.click import write_click
from hitpoint.delivery.cue_sheet import write_cue_sheet
from hitpoint.delivery.midi import write_midi
from hitpoint.delivery.musicxml import write_musicxml
from hitpoint.delivery.plot import plot_score
from hitpoint.delivery.report import ReportInputs, build_report, write_report
from hitpoint.delivery.video import write_video
from hitpoint.delivery.wav import time_reference_samples, write_bwf
from hitpoint.measure import intensity_correlation, measure_hits
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.model.audio import AudioFile, HitMeasurement, MixResult
from hitpoint.model.cut import Cut
from hitpoint.model.errors import InputError, OutputError, SettingError
from hitpoint.model.music import Composition, Performance
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.spotting import Cue, HitKind, Spotting
from hitpoint.model.story import EmotionArc
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import (
    FrameRate,
    frames_to_samples,
    samples_to_seconds,
    seconds_to_containing_frame,
    seconds_to_samples,
    whole_sample_period_frames,
)
from hitpoint.performance import needed_sounds, perform
from hitpoint.rendering import find_soundfont, measure_attacks, render_stems, substitution_warnings
from hitpoint.resources import cache_folder, load_instruments, load_palettes
from hitpoint.spotting import (
    SpottingSettings,
    load_marker_table,
    read_project_file,
    remember,
    spot,
    write_project_file,
)
from hitpoint.story import build_arc, read_screenplay
from hitpoint.tempo import solve_tempo
from hitpoint.timeline import LoadedTimeline, load_timeline, read_cut
from hitpoint.timeline.marker_edl import write_marker_edl
from hitpoint.timeline.write import (
    CuePlacement,
    HitPlacement,
    ScorePlacement,
    wav_head_frame,
    write_scored_timeline,
)

#: Any number does; the documentation's figures were made with this one.
_DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """What the user asked for; see `hitpoint score --help`.

    `out_folder` None is `NAME-score` in the current folder; `style`, `seed` None are the project's own, then a choice.
    `tempo_choice` counts from 1; `processes` None is one per core.
    """

    cut_path: Path
    out_folder: Path | None = None
    style: str | None = None
    brief_text: str = ""
    subtitles_path: Path | None = None
    script_path: Path | None = None
    marker_table_path: Path | None = None
    seed: int | None = None
    loudness: str = "ebu"
    profile: str = "generic"
    is_stems_only: bool = False
    tempo_choice: int = 1
    soundfont_path: Path | None = None
    wants_video: bool = False
    wants_plot: bool = False
    processes: int | None = None

    def __post_init__(self) -> None:
        if self.tempo_choice < 1:
            raise SettingError(f"--tempo-choice {self.tempo_choice}: tempo maps are counted from 1")
        if self.seed is not None and self.seed < 0:
            raise SettingError(f"--seed {self.seed}: a seed is a whole number from 0 on")


@dataclass(slots=True)
class _StepClock:
    """Times the steps for the report and hands each its stretch of the progress."""

    progress: Progress
    step_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, start: float, end: float) -> Iterator[Progress]:
        self.progress.update(start, name)
        began = time.perf_counter()
        yield self.progress.part(start, end)
        self.step_s[name] = round(time.perf_counter() - began, 3)


def score(settings: ScoreSettings, *, progress: Progress = SILENT) -> dict[str, Any]:
    """Score a cut and return the report (docs/report.md). Nothing is changed on disk unless everything succeeded.

    Raises `HitpointError` for whatever the user can mend, `Cancelled` when stopped.
    """
    clock = _StepClock(progress)
    name, folder = _target(settings)
    instruments, palettes = load_instruments(), load_palettes()
    soundfont = find_soundfont(settings.soundfont_path)
    project = read_project_file(folder / f"{name}.hitpoint.toml")
    seed = _first_given(settings.seed, project.seed, _DEFAULT_SEED)
    style = _first_given(settings.style, project.style, None)
    brief_text = settings.brief_text or project.brief_text

    with clock.step("reading the cut", 0.0, 0.2) as part:
        loaded = load_timeline(settings.cut_path, progress=part)
        cut = read_cut(loaded, subtitles=settings.subtitles_path)
        screenplay = read_screenplay(settings.script_path) if settings.script_path else None

    with clock.step("spotting", 0.2, 0.22):
        arc = build_arc(cut, brief_text=brief_text, screenplay=screenplay)
        spotting = spot(
            cut,
            arc,
            settings=SpottingSettings(
                style=style,
                brief_text=brief_text,
                marker_table=load_marker_table(settings.marker_table_path),
                palettes=palettes,
                known_cues=project.cues,
            ),
            screenplay=screenplay,
        )

    with clock.step("solving the tempo", 0.22, 0.25):
        choices = tuple(solve_tempo(cue, rate=cut.rate, cut_frames=cut.cut_frames) for cue in spotting.cues)
        plans = tuple(plans[min(settings.tempo_choice, len(plans)) - 1] for plans in choices)

    with clock.step("composing", 0.25, 0.3):
        speech_s = tuple((float(line.start_s), float(line.end_s)) for line in cut.subtitles)
        context = ComposeContext(rate=cut.rate, dialogue=speech_s, cut_frames=cut.cut_frames)
        compositions = tuple(
            compose(
                cue,
                plan,
                arc,
                palette=palettes[cue.brief.palette_id],
                instruments=instruments,
                context=context,
                rng=_generator(seed, cue, "composition"),
            )
            for cue, plan in zip(spotting.cues, plans, strict=True)
        )

    with clock.step("performing", 0.3, 0.35):
        sounds = {sound for composition in compositions for sound in needed_sounds(composition, instruments)}
        substitutions = substitution_warnings(soundfont, {(bank, program) for bank, program, _, _ in sounds})
        attacks = measure_attacks(soundfont, sounds, cache=cache_folder())
        performances = tuple(
            perform(
                composition,
                cue=cue,
                plan=plan,
                instruments=instruments,
                attack_table=attacks,
                rate=cut.rate,
                rng=_generator(seed, cue, "performance"),
            )
            for composition, cue, plan in zip(compositions, spotting.cues, plans, strict=True)
        )

    with _staging_folder(folder) as staging:
        start_sample, length_samples = _audio_range(performances, cut)
        with clock.step("rendering", 0.35, 0.65) as part:
            stems = render_stems(
                performances,
                soundfont=soundfont,
                instruments=instruments,
                work_folder=staging / "raw",
                start_sample=start_sample,
                length_samples=length_samples,
                processes=settings.processes,
                progress=part,
            )
        with clock.step("mixing", 0.65, 0.8) as part:
            mix = mix_stems(
                stems,
                settings=MixSettings(loudness=settings.loudness),
                performances=performances,
                speech=tuple((seconds_to_samples(s.start_s), seconds_to_samples(s.end_s)) for s in cut.subtitles),
                palette_mix=palettes[spotting.cues[0].brief.palette_id].tables.get("mix", {}),
                work_folder=staging / "raw",
                workers=settings.processes,
                progress=part,
            )
        with clock.step("listening", 0.8, 0.83):
            measurements = measure_hits(mix.mix, _moments_to_hear(plans))
            correlations = {
                composition.cue_number: intensity_correlation(
                    composition.intensity,
                    composition.intensity_hop_s,
                    float(composition.tempo_map.start_s),
                    mix.short_term_lufs,
                    float(samples_to_seconds(mix.mix.start_sample)),
                )
                for composition in compositions
            }

        draft = _Draft(
            settings=settings,
            name=name,
            folder=folder,
            staging=staging,
            loaded=loaded,
            cut=cut,
            arc=arc,
            spotting=spotting,
            choices=choices,
            plans=plans,
            compositions=compositions,
            performances=performances,
            mix=mix,
            measurements=measurements,
        )
        with clock.step("writing", 0.83, 0.99) as part:
            warnings = _deliver(draft, part)
        write_project_file(
            draft.path(f"{name}.hitpoint.toml", "project"),
            remember(replace(project, seed=seed, style=style, brief_text=brief_text), spotting, cut),
            previous=folder / f"{name}.hitpoint.toml",
        )
        plot_name = f"{name}.png"
        if settings.wants_plot:
            draft.path(plot_name, "plot")
        draft.path("report.json", "report")
        report = build_report(
            ReportInputs(
                cut=cut,
                cues=spotting.cues,
                plans=plans,
                compositions=compositions,
                alternatives=choices,
                answers=spotting.answers,
                arc=arc,
                mix=mix,
                measurements=measurements,
                loudness_correlation=correlations,
                step_s=clock.step_s,
                warnings=(*loaded.warnings, *spotting.warnings, *substitutions, *mix.warnings, *warnings),
                soundfont=soundfont.name,
                seed=seed,
                settings=_plain_settings(settings),
                folder=folder,
                files=draft.files,
            )
        )
        if settings.wants_plot:
            plot_score(report, staging / plot_name, waveform=mix.mix)
        write_report(staging / "report.json", report)
        _publish(staging, folder)
    progress.update(1.0, "done")
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """Everything that delivery needs, and where it goes; `files` tells the final path of each kind of file."""

    settings: ScoreSettings
    name: str
    folder: Path
    staging: Path
    loaded: LoadedTimeline
    cut: Cut
    arc: EmotionArc
    spotting: Spotting
    choices: tuple[tuple[TempoPlan, ...], ...]
    plans: tuple[TempoPlan, ...]
    compositions: tuple[Composition, ...]
    performances: tuple[Performance, ...]
    mix: MixResult
    measurements: tuple[HitMeasurement, ...]
    files: dict[str, Path] = field(default_factory=dict)

    def path(self, relative: str, kind: str) -> Path:
        """Return where to write a file now, and remember where it will be."""
        self.files[kind] = self.folder / relative
        staged = self.staging / relative
        staged.parent.mkdir(parents=True, exist_ok=True)
        return staged


def _deliver(draft: _Draft, progress: Progress) -> tuple[str, ...]:
    """Write everything but the report into the staging folder; return warnings."""
    name, cut, cues = draft.name, draft.cut, draft.spotting.cues
    warnings: list[str] = []
    mix_file, stem_files = _write_audio(draft, progress.part(0.0, 0.35))
    placement = _placement(draft, mix_file, stem_files)
    write_scored_timeline(
        draft.loaded,
        placement,
        draft.path(f"{name}.scored.otio", "timeline"),
        final_path=draft.folder / f"{name}.scored.otio",
        profile=draft.settings.profile,
        stems_only=draft.settings.is_stems_only,
    )
    write_marker_edl(
        placement,
        draft.path(f"{name}.markers.edl", "marker_edl"),
        rate=cut.rate,
        start_timecode_frame=cut.start_timecode_frame,
        title=name,
    )
    write_midi(
        draft.path(f"{name}.mid", "midi"),
        cues=cues,
        plans=draft.plans,
        compositions=draft.compositions,
        instruments=load_instruments(),
        rate=cut.rate,
        start_timecode_frame=cut.start_timecode_frame,
    )
    write_cue_sheet(
        draft.path(f"{name}.cues.csv", "cue_sheet"),
        cut=cut,
        cues=cues,
        plans=draft.plans,
        compositions=draft.compositions,
    )
    for cue, plan, composition in zip(cues, draft.plans, draft.compositions, strict=True):
        suffix = "" if len(cues) == 1 else f"_{cue.number}"
        warnings += write_musicxml(
            draft.path(f"{name}{suffix}.musicxml", f"musicxml{suffix}"),
            composition=composition,
            instruments=load_instruments(),
            title=f"{cue.number} {cue.title}",
        )
        write_click(
            draft.path(f"audio/{name}_click{suffix}.wav", f"click{suffix}"),
            plan=plan,
            cue=cue,
            rate=cut.rate,
            start_timecode_frame=cut.start_timecode_frame,
        )
    progress.update(0.4, "writing the video" if draft.settings.wants_video else "writing the score")
    if draft.settings.wants_video:
        staged_mix = replace(mix_file, path=draft.staging / mix_file.path.relative_to(draft.folder))
        target = draft.path(f"{name}.mp4", "video")
        warnings += write_video(target, cut=cut, mix=staged_mix, progress=progress.part(0.4, 1.0))
    return tuple(warnings)


def _write_audio(draft: _Draft, progress: Progress) -> tuple[AudioFile, dict[str, AudioFile]]:
    """Write mix and stems as BWF; the files know their final paths."""
    cut = draft.cut
    raws = (draft.mix.mix, *draft.mix.stems)
    finished: list[AudioFile] = []
    for index, raw in enumerate(raws):
        relative = f"audio/{draft.name}_{raw.stem}.wav"
        written = write_bwf(
            raw,
            draft.path(relative, raw.stem),
            start_sample=raw.start_sample,
            time_reference_samples=time_reference_samples(raw.start_sample, cut.rate, cut.start_timecode_frame),
            description=f"Hitpoint score of {cut.name}: {raw.stem}",
            progress=progress.part(index / len(raws), (index + 1) / len(raws)),
        )
        finished.append(replace(written, path=draft.folder / relative))
    return finished[0], {raw.stem: file for raw, file in zip(raws[1:], finished[1:], strict=True)}


def _placement(draft: _Draft, mix_file: AudioFile, stem_files: dict[str, AudioFile]) -> ScorePlacement:
    """Say where on the timeline the score and its markers go."""
    cut, cues = draft.cut, draft.spotting.cues
    heard = {measurement.hit_id: measurement for measurement in draft.measurements}
    placed_cues: list[CuePlacement] = []
    placed_hits: list[HitPlacement] = []
    for index, (cue, plan, performance) in enumerate(zip(cues, draft.plans, draft.performances, strict=True)):
        first = samples_to_seconds(performance.start_sample)
        last = samples_to_seconds(performance.start_sample + performance.length_samples)
        end_frame = -seconds_to_containing_frame(-last, cut.rate)  # rounds up: the tail is kept whole
        if index + 1 < len(cues):
            end_frame = min(end_frame, placed_start_frame(draft.performances[index + 1], cut.rate))
        placed_cues.append(
            CuePlacement(
                number=cue.number,
                title=cue.title,
                start_frame=max(0, seconds_to_containing_frame(first, cut.rate)),
                end_frame=end_frame,
                note=f"{draft.compositions[index].key}, {plan.tempo_map.tempo_bpm_at(Fraction(0)):.0f} bpm, "
                f"{cue.brief.palette_id}",
            )
        )
        for planned in plan.hits:
            measured = heard.get(planned.hit.id)
            error = "" if measured is None or measured.error_ms is None else f", heard {measured.error_ms:+.1f} ms"
            where = f"{planned.bar}.{float(planned.beat):g}"
            placed_hits.append(
                HitPlacement(
                    frame=planned.hit.frame,
                    name=f"{planned.hit.kind.value} {where} {planned.hit.label}".strip(),
                    note=f"{planned.hit.kind.value} on bar {where}, "
                    f"planned {float(planned.planned_error_s) * 1000:+.1f} ms{error}",
                    kind=planned.hit.kind.value,
                    weight=planned.hit.weight,
                    cue_number=cue.number,
                    metadata={
                        "hit_id": planned.hit.id,
                        "bar": planned.bar,
                        "beat": float(planned.beat),
                        "planned_error_ms": float(planned.planned_error_s) * 1000,
                        "measured_error_ms": None if measured is None else measured.error_ms,
                    },
                )
            )
    return ScorePlacement(mix=mix_file, stems=stem_files, cues=tuple(placed_cues), hits=tuple(placed_hits))


def placed_start_frame(performance: Performance, rate: FrameRate) -> int:
    """Return the record frame in which a cue's audio starts."""
    return max(0, seconds_to_containing_frame(samples_to_seconds(performance.start_sample), rate))


def _audio_range(performances: tuple[Performance, ...], cut: Cut) -> tuple[int, int]:
    """Return (start, length) in record samples that all WAVs share, whole in frames and in samples at both ends."""
    first = min(performance.start_sample for performance in performances)
    last = max(performance.start_sample + performance.length_samples for performance in performances)
    head_frame = wav_head_frame(first, cut.rate, cut.start_timecode_frame)
    head = frames_to_samples(head_frame, cut.rate)
    period_frames = whole_sample_period_frames(cut.rate)
    period = frames_to_samples(period_frames, cut.rate)
    return head, -(-(last - head) // period) * period


def _moments_to_hear(plans: tuple[TempoPlan, ...]) -> tuple[tuple[str, int], ...]:
    """Return (hit id, wanted record sample) of every hit that should be heard as an onset."""
    return tuple(
        (planned.hit.id, seconds_to_samples(plan.tempo_map.seconds_at(planned.beats) - planned.planned_error_s))
        for plan in plans
        for planned in plan.hits
        if planned.hit.kind is not HitKind.SILENCE
    )


def _generator(seed: int, cue: Cue, purpose: str) -> np.random.Generator:
    """Return a generator of its own per cue and step, so that one more cue changes nothing in the others."""
    return np.random.default_rng([seed, zlib.crc32(cue.number.encode()), zlib.crc32(purpose.encode())])


def _first_given(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _plain_settings(settings: ScoreSettings) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(settings).items()}


def _target(settings: ScoreSettings) -> tuple[str, Path]:
    """Return the score's name and its folder; refuse to write over the cut itself."""
    name = settings.cut_path.stem
    name = name.removesuffix(".scored") or name
    folder = (settings.out_folder or Path(f"{name}-score")).resolve()
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder; choose another --out")
    if settings.cut_path.resolve() == folder / f"{name}.scored.otio":
        raise InputError(f"{settings.cut_path} is the cut you gave and would be written over; choose another --out")
    return name, folder


@contextmanager
def _staging_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside the results, on the same disk, and remove it whatever happens."""
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".hitpoint-", dir=folder))
    except OSError as error:
        raise OutputError(f"cannot write into {folder} ({error.strerror}); choose another --out") from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if made and not any(folder.iterdir()):
            folder.rmdir()


def _publish(staging: Path, folder: Path) -> None:
    """Move the finished files to their places; only now is an old score replaced."""
    shutil.rmtree(staging / "raw", ignore_errors=True)
    for path in sorted(staging.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(staging)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
            except OSError as error:
                raise OutputError(
                    f"cannot replace {target} ({error.strerror}); is it open in another program?"
                ) from error
