"""Hands the score over: writes every file into a hidden folder beside the results, then moves all of them into place.

Nothing of an old score is touched until the new one is whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from hitpoint import __version__
from hitpoint.delivery.click import write_click
from hitpoint.delivery.cue_sheet import write_cue_sheet
from hitpoint.delivery.midi import write_midi
from hitpoint.delivery.notation_process import NotationJob, NotationProcess
from hitpoint.delivery.plan_text import plan_text
from hitpoint.delivery.video import write_video
from hitpoint.delivery.wav import BextLoudness, time_reference_samples, write_bwf
from hitpoint.ledger import LoggedUse
from hitpoint.model.audio import AudioFile, HitMeasurement, MixResult, StemFile
from hitpoint.model.cut import Cut
from hitpoint.model.music import Composition, Instrument, Performance
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import (
    FrameRate,
    frames_to_samples,
    frames_to_seconds,
    samples_to_seconds,
    seconds_to_containing_frame,
)
from hitpoint.timeline import LoadedTimeline
from hitpoint.timeline.write_back.marker_edl import write_marker_edl
from hitpoint.timeline.write_back.write import CuePlacement, HitPlacement, ScorePlacement, write_scored_timeline

#: partitura needs about a second and 20 MB for a minute of orchestra: no longer cue is written as MusicXML.
LONGEST_NOTATION_S = 480.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A finished score that is not yet written, and where it goes.

    Attributes
    ----------
    name : str
        What the files are called.
    folder, staging : Path
        Where they will lie in the end, and the hidden folder in which they are written first.
    cues, plans, compositions, performances : tuples, equally long
    files : dict of kind to Path
        Filled while writing: the final path of each file.
    """

    name: str
    folder: Path
    staging: Path
    loaded: LoadedTimeline
    cut: Cut
    instruments: dict[str, Instrument]
    cues: tuple[Cue, ...]
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


def write_files(
    draft: Draft,
    *,
    notation: NotationProcess,
    seed: int,
    profile: str,
    is_stems_only: bool,
    wants_video: bool,
    progress: Progress,
) -> tuple[str, ...]:
    """Write everything but report, plot and project file into the staging folder; return warnings.

    `notation` is the process that writes the scores of `notation_jobs` meanwhile.
    """
    name, cut, cues = draft.name, draft.cut, draft.cues
    warnings: list[str] = []
    mix_file, stem_files = _write_audio(draft, progress.part(0.0, 0.3))
    placement = _placement(draft, mix_file, stem_files, seed)
    write_scored_timeline(
        draft.loaded,
        placement,
        draft.path(f"{name}.scored.otio", "timeline"),
        final_path=draft.folder / f"{name}.scored.otio",
        profile=profile,
        stems_only=is_stems_only,
        progress=progress.part(0.3, 0.38),
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
        instruments=draft.instruments,
        rate=cut.rate,
        start_timecode_frame=cut.start_timecode_frame,
        automation=draft.mix.automation,
    )
    write_cue_sheet(
        draft.path(f"{name}.cues.csv", "cue_sheet"),
        cut=cut,
        cues=cues,
        plans=draft.plans,
        compositions=draft.compositions,
    )
    draft.path(f"{name}.plan.txt", "plan").write_text(
        plan_text(cut, cues, draft.plans, draft.compositions), encoding="utf-8"
    )
    for cue, plan in zip(cues, draft.plans, strict=True):
        suffix = _suffix(cue, cues)
        write_click(
            draft.path(f"audio/{name}_click{suffix}.wav", f"click{suffix}"),
            plan=plan,
            cue=cue,
            rate=cut.rate,
            start_timecode_frame=cut.start_timecode_frame,
        )
    warnings += notation.finish()
    warnings += _note_scores(draft)
    progress.update(0.4, "writing the video" if wants_video else "writing the score")
    if wants_video:
        staged_mix = replace(mix_file, path=draft.staging / mix_file.path.relative_to(draft.folder))
        target = draft.path(f"{name}.mp4", "video")
        warnings += write_video(target, cut=cut, mix=staged_mix, progress=progress.part(0.4, 1.0))
    return tuple(warnings)


def logged_uses(cut: Cut, cues: tuple[Cue, ...], compositions: tuple[Composition, ...]) -> tuple[LoggedUse, ...]:
    """Return every use of a theme as the ledger writes it down."""
    return tuple(
        LoggedUse(
            theme=use.theme,
            cut=cut.name,
            cue=cue.number,
            timecode=cut.timecode(
                max(0, seconds_to_containing_frame(composition.tempo_map.seconds_at(use.start_beats), cut.rate))
            ),
            form=use.form,
            instrument=use.instrument_id,
            key=use.key,
        )
        for cue, composition in zip(cues, compositions, strict=True)
        for use in composition.theme_uses
    )


def notation_jobs(
    cut: Cut,
    cues: tuple[Cue, ...],
    compositions: tuple[Composition, ...],
    *,
    name: str,
    instruments: dict[str, Instrument],
    staging: Path,
) -> list[NotationJob]:
    """Return the scores to write as MusicXML: of every cue that is not too long for it."""
    return [
        NotationJob(
            path=staging / f"{name}{_suffix(cue, cues)}.musicxml",
            composition=composition,
            instruments=instruments,
            title=f"{cue.number} {cue.title}",
        )
        for cue, composition in zip(cues, compositions, strict=True)
        if _is_notated(cue, cut)
    ]


def _note_scores(draft: Draft) -> list[str]:
    """Remember the scores that were written, and say which were not."""
    warnings = []
    for cue in draft.cues:
        suffix = _suffix(cue, draft.cues)
        if _is_notated(cue, draft.cut):
            draft.path(f"{draft.name}{suffix}.musicxml", f"musicxml{suffix}")
        else:
            minutes = float(frames_to_seconds(cue.span.duration_frames, draft.cut.rate)) / 60
            warnings.append(
                f"{cue.number} lasts {minutes:.0f} minutes, more than the {LONGEST_NOTATION_S / 60:.0f} that are "
                "written as MusicXML; the MIDI file has all of it"
            )
    return warnings


def _is_notated(cue: Cue, cut: Cut) -> bool:
    return frames_to_seconds(cue.span.duration_frames, cut.rate) <= LONGEST_NOTATION_S


def _suffix(cue: Cue, cues: tuple[Cue, ...]) -> str:
    """Return what tells the files of one cue from those of the others."""
    return "" if len(cues) == 1 else f"_{cue.number}"


def _write_audio(draft: Draft, progress: Progress) -> tuple[AudioFile, dict[str, AudioFile]]:
    """Write mix and stems as BWF; the files know their final paths."""
    mix = draft.mix
    raws = (mix.mix, *mix.stems)
    finished: list[AudioFile] = []
    for index, raw in enumerate(raws):
        written = write_take(
            draft,
            raw,
            f"audio/{draft.name}_{raw.stem}.wav",
            raw.stem,
            loudness=bext_loudness(mix) if raw is mix.mix else None,
            progress=progress.part(index / len(raws), (index + 1) / len(raws)),
        )
        finished.append(written)
        if raw is not mix.mix:  # the plot still needs the mix; the rest would only fill the disk
            raw.path.unlink()
    return finished[0], {raw.stem: file for raw, file in zip(raws[1:], finished[1:], strict=True)}


def write_take(
    draft: Draft,
    raw: StemFile,
    relative: str,
    kind: str,
    *,
    what: str = "",
    loudness: BextLoudness | None = None,
    progress: Progress = SILENT,
) -> AudioFile:
    """Write something that plays on the record timeline as BWF; the file knows its final path.

    `what` is told in its description, `raw.stem` where it is "".
    """
    cut = draft.cut
    # timecode has nothing before midnight, and such a start is silence anyway
    start_sample = max(raw.start_sample, frames_to_samples(-cut.start_timecode_frame, cut.rate))
    written = write_bwf(
        raw,
        draft.path(relative, kind),
        start_sample=start_sample,
        time_reference_samples=time_reference_samples(start_sample, cut.rate, cut.start_timecode_frame),
        description=f"Hitpoint score of {cut.name}: {what or raw.stem}",
        loudness=loudness,
        progress=progress,
    )
    return replace(written, path=draft.folder / relative)


def bext_loudness(mix: MixResult) -> BextLoudness:
    """Return what a mix's file says of its loudness."""
    return BextLoudness(
        integrated_lufs=mix.loudness_lufs,
        true_peak_dbtp=mix.true_peak_dbtp,
        max_short_term_lufs=max(mix.short_term_lufs, default=None),
    )


def _placement(draft: Draft, mix_file: AudioFile, stem_files: dict[str, AudioFile], seed: int) -> ScorePlacement:
    """Say where on the timeline the score and its markers go."""
    cut, cues = draft.cut, draft.cues
    heard = {measurement.hit_id: measurement for measurement in draft.measurements}
    placed_cues: list[CuePlacement] = []
    placed_hits: list[HitPlacement] = []
    for index, (cue, plan, performance) in enumerate(zip(cues, draft.plans, draft.performances, strict=True)):
        last = samples_to_seconds(performance.start_sample + performance.length_samples)
        end_frame = -seconds_to_containing_frame(-last, cut.rate)  # rounds up: the tail is kept whole
        if index + 1 < len(cues):
            end_frame = min(end_frame, _start_frame(draft.performances[index + 1], cut.rate))
        placed_cues.append(
            CuePlacement(
                number=cue.number,
                title=cue.title,
                start_frame=_start_frame(performance, cut.rate),
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
    return ScorePlacement(
        mix=mix_file,
        stems=stem_files,
        cues=tuple(placed_cues),
        hits=tuple(placed_hits),
        metadata={"version": __version__, "seed": seed},
    )


def _start_frame(performance: Performance, rate: FrameRate) -> int:
    """Return the record frame in which a cue's audio starts; nothing is placed before the timeline."""
    return max(0, seconds_to_containing_frame(samples_to_seconds(performance.start_sample), rate))
