"""From a cut to the same cut with a score on it. Read `score` from top to bottom: it is the whole product."""

from __future__ import annotations

import zlib
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.alternates import Studio, choose_alternates, make_alternates
from hitpoint.composition import ComposeContext, compose, project_themes
from hitpoint.delivery.notation_process import notation_process
from hitpoint.delivery.plot import plot_score
from hitpoint.delivery.report import ReportInputs, build_report, write_report
from hitpoint.generation import Layered, SoundChoice, WrittenCues, add_generated, load_generator
from hitpoint.generation.score import SoundMode
from hitpoint.handover import Draft, logged_uses, notation_jobs, write_files
from hitpoint.ledger import LEDGER_NAME, read_ledger, write_ledger
from hitpoint.measure import intensity_correlation, measure_hits
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.model.audio import Alternate, StemFile
from hitpoint.model.cut import Cut
from hitpoint.model.edits import Edits
from hitpoint.model.errors import InputError, OutputError, SettingError
from hitpoint.model.music import GENERATED_STEM, Composition, Performance
from hitpoint.model.progress import SILENT, Progress, StepClock
from hitpoint.model.spotting import Cue, HitKind
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import (
    FrameRate,
    frames_to_samples,
    samples_to_seconds,
    seconds_to_samples,
    whole_sample_period_frames,
)
from hitpoint.perception.words import DEFAULT_AFFECT
from hitpoint.performance import load_articulations, needed_sounds, perform
from hitpoint.reference import compose_original, copied, is_in_style, listen_to_reference, steer, style_of
from hitpoint.rendering import find_soundfont, layer_depth, measure_attacks, render_stems, substitution_warnings
from hitpoint.resources import cache_folder, load_instruments, load_palettes
from hitpoint.spotting import ProjectFile, read_project_file, remember, write_project_file
from hitpoint.staging import check_room, publish, staging_folder
from hitpoint.tempo import solve_tempo
from hitpoint.timeline.write_back.write import wav_head_frame
from hitpoint.understanding import CutRequest, Understanding, understand

#: Any number does; the documentation's figures were made with this one.
DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """What the user asked for; see `hitpoint score --help`.

    `out_folder` None is `NAME-score` in the current folder; `style`, `seed` None are the project's own, then a choice.
    `tempo_choice` counts from 1; `processes` None is one per core; `rate` is for EDLs, which do not say theirs.
    `alternates` are names of `hitpoint.alternates`, or "all". `edits` are what the panel changed; options of their own
    count before what stands in them. `reference_path` is a track to be like, and no copy of. `eyes` is a model that
    recognises what is in the picture, "none", or "auto" (`hitpoint.perception.eyes.load_eyes`). `sound`, `model`,
    `candidates`, `device` are those of `hitpoint.generation.SoundChoice`. `told` is passed on to the report's warnings.
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
    rate: FrameRate | None = None
    briefs_path: Path | None = None
    places: str = "auto"
    brief_writer: str | None = None
    looks: bool = True
    affect: str = DEFAULT_AFFECT
    eyes: str = "auto"
    themes_path: Path | None = None
    alternates: tuple[str, ...] = ()
    edits: Edits | None = None
    reference_path: Path | None = None
    sound: SoundMode = "sampled"
    model: str | None = None
    candidates: int = 2
    device: str | None = None
    told: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "alternates", choose_alternates(self.alternates))
        if self.tempo_choice < 1:
            raise SettingError(f"--tempo-choice {self.tempo_choice}: tempo maps are counted from 1")
        if self.seed is not None and self.seed < 0:
            raise SettingError(f"--seed {self.seed}: a seed is a whole number from 0 on")
        self.sound_choice  # noqa: B018  (checks it)

    @property
    def sound_choice(self) -> SoundChoice:
        """What the score is to sound like."""
        return SoundChoice(mode=self.sound, model=self.model, candidates=self.candidates, device=self.device)


def score(settings: ScoreSettings, *, progress: Progress = SILENT) -> dict[str, Any]:
    """Score a cut and return the report (docs/report.md). Nothing is changed on disk unless everything succeeded.

    Raises `HitpointError` for whatever the user can mend, `Cancelled` when stopped.
    """
    clock = StepClock(progress)
    name, folder = _target(settings)
    instruments, palettes = load_instruments(), load_palettes()
    mix_settings = MixSettings(loudness=settings.loudness)  # a desk table of the user's own is checked before the work
    soundfont = find_soundfont(settings.soundfont_path)
    project = read_project_file(folder / f"{name}.hitpoint.toml")
    edits = settings.edits or Edits()
    seed = _first_given(settings.seed, edits.seed, project.seed, DEFAULT_SEED)
    style = _first_given(settings.style, edits.style, project.style)
    brief_text = settings.brief_text or edits.brief_text or project.brief_text
    reference = listen_to_reference(settings.reference_path) if settings.reference_path is not None else None
    sound = settings.sound_choice
    player = load_generator(sound.model, device=sound.device) if sound.model is not None else None
    told = settings.told

    known = understand(
        CutRequest(
            cut_path=settings.cut_path,
            rate=settings.rate,
            subtitles_path=settings.subtitles_path,
            script_path=settings.script_path,
            marker_table_path=settings.marker_table_path,
            briefs_path=settings.briefs_path,
            style=style or (reference.palette_id if reference is not None else None),
            brief_text=brief_text,
            places=settings.places,
            brief_writer=settings.brief_writer,
            looks=settings.looks,
            affect=settings.affect,
            eyes=settings.eyes,
            needs_media=settings.wants_video,
            edits=replace(edits, style=style, brief_text=brief_text) if settings.edits else None,
        ),
        project=project,
        steps=clock.within(0.0, 0.22).step,
    )
    cut, arc, spotting = known.cut, known.story.arc, known.spotting
    if reference is not None:
        cues, taken = steer(spotting.cues, reference, palettes=palettes, rate=cut.rate)
        told += taken
        spotting = replace(spotting, cues=cues)

    with clock.step("solving the tempo", 0.22, 0.25):
        choices = tuple(solve_tempo(cue, rate=cut.rate, cut_frames=cut.cut_frames) for cue in spotting.cues)
        plans = tuple(plans[min(settings.tempo_choice, len(plans)) - 1] for plans in choices)

    with clock.step("composing", 0.25, 0.3):
        ledger_path = ledger_of(settings.cut_path, name, folder, themes_path=settings.themes_path)
        themes = project_themes(
            named_themes(spotting.cues),
            read_ledger(ledger_path).for_seed(seed),
            palette=palettes[spotting.cues[0].brief.palette_id],
            instruments=instruments,
            rng=np.random.default_rng([seed, zlib.crc32(b"themes")]),
        )
        context = ComposeContext(
            rate=cut.rate,
            dialogue=known.speech_s,
            cut_frames=cut.cut_frames,
            themes=themes,
            story_beats=tuple((beat.time_s, beat.weight) for beat in known.story.beats),
        )

        def write(take: int) -> tuple[Composition, ...]:
            purpose = f"composition, take {take}" if take else "composition"
            return tuple(
                compose(
                    cue,
                    plan,
                    arc,
                    palette=palettes[cue.brief.palette_id],
                    instruments=instruments,
                    context=context,
                    rng=generator(seed, cue, purpose),
                )
                for cue, plan in zip(spotting.cues, plans, strict=True)
            )

        compositions, _, alike = compose_original(write, reference)
        told += alike

    with ExitStack() as stack:
        staging = stack.enter_context(staging_folder(folder))
        jobs = notation_jobs(cut, spotting.cues, compositions, name=name, instruments=instruments, staging=staging)
        notation = stack.enter_context(notation_process(jobs))

        with clock.step("performing", 0.3, 0.35):
            articulations = load_articulations()
            sounds = {
                sound
                for composition in compositions
                for sound in needed_sounds(composition, instruments, articulations)
            }
            substitutions = substitution_warnings(soundfont, {(bank, program) for bank, program, _, _ in sounds})
            attacks = measure_attacks(soundfont, sounds, cache=cache_folder())
            performances = tuple(
                perform(
                    composition,
                    cue=cue,
                    plan=plan,
                    instruments=instruments,
                    articulations=articulations,
                    attack_table=attacks,
                    rate=cut.rate,
                    rng=generator(seed, cue, "performance"),
                )
                for composition, cue, plan in zip(compositions, spotting.cues, plans, strict=True)
            )

        start_sample, length_samples = audio_range(performances, cut)
        layers = {
            (part.stem, layer_depth(instruments[part.instrument_id]))
            for performance in performances
            for part in performance.parts
        }
        bundle_bytes = settings.cut_path.stat().st_size if settings.cut_path.suffix.lower() == ".otioz" else 0
        check_room(
            staging,
            length_samples=length_samples,
            layers=len(layers) + (player is not None),
            stems=len({stem for stem, _ in layers}) + (player is not None),
            alternates=len(settings.alternates),
            bundle_bytes=bundle_bytes,
        )
        with clock.step("rendering", 0.35, 0.65 if player is None else 0.45) as part:
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
        speech = tuple(
            (seconds_to_samples(Fraction(start_s)), seconds_to_samples(Fraction(end_s)))
            for start_s, end_s in known.speech_s
        )
        moments = moments_to_hear(spotting.cues, plans)
        layered = Layered(stems=stems)
        if player is not None:
            with clock.step("generating", 0.45, 0.65) as part:
                layered = add_generated(
                    stems,
                    WrittenCues(
                        cues=spotting.cues,
                        compositions=compositions,
                        performances=performances,
                        palettes=palettes,
                        instruments=instruments,
                        moments=moments,
                        speech=speech,
                        chance=partial(generator, seed),
                    ),
                    choice=sound,
                    generator=player,
                    work_folder=staging / "raw",
                    copied=None if reference is None else partial(copied, reference=reference),
                    progress=part,
                )
        with clock.step("mixing", 0.65, 0.8) as part:
            mix = mix_stems(
                layered.stems,
                settings=mix_settings,
                performances=performances,
                speech=speech,
                palette_mix=palettes[spotting.cues[0].brief.palette_id].tables.get("mix", {}),
                instead=layered.instead,
                work_folder=staging / "raw",
                workers=settings.processes,
                progress=part,
            )
        with clock.step("listening", 0.8, 0.83):
            measurements = measure_hits(mix.mix, moments)
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

            if reference is not None:
                like, distance = is_in_style(style_of(_samples(mix.mix)), reference)
                told += (
                    f"the score is {'' if like else 'not '}in the style of {reference.name} (distance {distance:g})",
                )

        draft = Draft(
            name=name,
            folder=folder,
            staging=staging,
            loaded=known.loaded,
            cut=cut,
            instruments=instruments,
            cues=spotting.cues,
            plans=plans,
            compositions=compositions,
            performances=performances,
            mix=mix,
            measurements=measurements,
        )
        alternates, shortfalls = _alternates(
            settings.alternates,
            draft,
            Studio(
                palettes=palettes,
                soundfont=soundfont,
                arc=arc,
                context=context,
                chance=partial(generator, seed),
                mix=mix_settings,
                speech=speech,
                moments=moments,
                processes=settings.processes,
            ),
            stems=stems,
            clock=clock,
        )
        for stem in layered.stems:  # dry, and as large as the mixed ones
            stem.path.unlink()
        with clock.step("writing", 0.93 if alternates else 0.83, 0.99) as part:
            warnings = write_files(
                draft,
                notation=notation,
                seed=seed,
                profile=settings.profile,
                is_stems_only=settings.is_stems_only,
                wants_video=settings.wants_video,
                progress=part,
            )
        write_project_file(
            draft.path(f"{name}.hitpoint.toml", "project"),
            _remembered(replace(project, seed=seed, style=style, brief_text=brief_text), known),
            previous=folder / f"{name}.hitpoint.toml",
        )
        log_themes = partial(
            write_ledger,
            themes=tuple(themes.values()),
            uses=logged_uses(cut, spotting.cues, compositions),
            cut=cut.name,
            seed=seed,
            previous=ledger_path,
        )
        is_own_ledger = ledger_path.parent == folder
        if is_own_ledger:
            log_themes(draft.path(ledger_path.name, "themes"))
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
                beats=known.story.beats,
                sight=known.sight,
                mix=mix,
                measurements=measurements,
                loudness_correlation=correlations,
                step_s=clock.step_s,
                warnings=(
                    *known.warnings,
                    *told,
                    *_unkept_bars(edits),
                    *substitutions,
                    *layered.warnings,
                    *mix.warnings,
                    *warnings,
                    *shortfalls,
                ),
                alternates=alternates,
                generated=layered.values,
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
        publish(staging, folder)
        if not is_own_ledger:
            log_themes(ledger_path)
    progress.update(1.0, "done")
    return report


def _alternates(
    names: tuple[str, ...], draft: Draft, studio: Studio, *, stems: tuple[StemFile, ...], clock: StepClock
) -> tuple[tuple[Alternate, ...], tuple[str, ...]]:
    if not names:
        return (), ()
    told = ("alternates are made of the sampled score: nothing can be left out of generated sound",)
    with clock.step("alternates", 0.83, 0.93) as part:
        alternates, warnings = make_alternates(names, draft, studio, stems=stems, progress=part)
    is_layered = any(stem.stem == GENERATED_STEM for stem in draft.mix.stems)
    return alternates, (*warnings, *(told if is_layered else ()))


def _remembered(project: ProjectFile, known: Understanding) -> ProjectFile:
    """Return the project with the cues as they were spotted and as the briefs file wants them."""
    return remember(remember(project, known.own_spotting, known.cut), known.spotting, known.cut)


def ledger_of(cut_path: Path, name: str, folder: Path, *, themes_path: Path | None = None) -> Path:
    """Return where the themes are kept: where the user says, in the ledger beside the cut, else with the score."""
    beside = cut_path.resolve().parent / LEDGER_NAME
    if themes_path is not None:
        return themes_path.resolve()
    return beside if beside.is_file() else folder / f"{name}.themes.toml"


def named_themes(cues: tuple[Cue, ...]) -> tuple[str, ...]:
    """Return the themes that briefs and markers call by name."""
    words = [word.value for cue in cues for word in cue.directions if word.kind == "theme"]
    return tuple(name for name in dict.fromkeys([*(cue.brief.theme for cue in cues), *words]) if name.strip())


def audio_range(performances: tuple[Performance, ...], cut: Cut) -> tuple[int, int]:
    """Return (start, length) in record samples that all WAVs share, whole in frames and in samples at both ends."""
    first = min(performance.start_sample for performance in performances)
    last = max(performance.start_sample + performance.length_samples for performance in performances)
    head_frame = wav_head_frame(first, cut.rate, cut.start_timecode_frame)
    head = frames_to_samples(head_frame, cut.rate)
    period_frames = whole_sample_period_frames(cut.rate)
    period = frames_to_samples(period_frames, cut.rate)
    return head, -(-(last - head) // period) * period


def moments_to_hear(cues: tuple[Cue, ...], plans: tuple[TempoPlan, ...]) -> tuple[tuple[str, int], ...]:
    """Return (hit id, wanted record sample) of every hit that should be heard as an onset.

    A silence, a music that sneaks in, and one that fades or is cut are not.
    """
    return tuple(
        (planned.hit.id, seconds_to_samples(plan.tempo_map.seconds_at(planned.beats) - planned.planned_error_s))
        for cue, plan in zip(cues, plans, strict=True)
        for planned in plan.hits
        if planned.hit.kind is not HitKind.SILENCE
        and not (planned.hit.kind is HitKind.START and cue.entry == "sneak")
        and not (planned.hit.kind is HitKind.OUT and cue.exit in ("fade", "cut"))
    )


def _samples(mix: StemFile) -> NDArray[np.float32]:
    return np.fromfile(mix.path, dtype="<f4").reshape(-1, 2).astype(np.float32, copy=False)


def generator(seed: int, cue: Cue, purpose: str) -> np.random.Generator:
    """Return a generator of its own per cue and step, so that one more cue changes nothing in the others."""
    return np.random.default_rng([seed, zlib.crc32(cue.number.encode()), zlib.crc32(purpose.encode())])


def _first_given(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _plain_settings(settings: ScoreSettings) -> dict[str, Any]:
    given = {item.name: getattr(settings, item.name) for item in fields(settings) if item.name != "told"}
    given["edits"] = settings.edits.to_json() if settings.edits else None
    return {key: str(value) if isinstance(value, Path | FrameRate) else value for key, value in given.items()}


def _unkept_bars(edits: Edits) -> tuple[str, ...]:
    """Return what is to be said about locked bars: they are locked against the panel's own version of them."""
    if not edits.locked_bars:
        return ()
    named = ", ".join(f"{span.first_bar}-{span.last_bar} of {span.cue}" for span in edits.locked_bars)
    return (f"bars {named} are locked in the panel; here all bars are written anew, for there is no version to keep",)


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
