"""Plays, renders, mixes and writes alternates.

Those as long as the score lie on its samples and at its static gain, so that an editor can cut from one to the other:
what is in both sounds the same in both. Only files of a stem in which a note is gone or changed are rendered again.
The short ones are pieces of their own, at the loudness target of the score.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.alternates.choose import CUTDOWN_S, FULL_LENGTH
from hitpoint.alternates.cutdown import longest_and_fullest, plan_cutdown
from hitpoint.alternates.leave_out import LEAVE_OUT, played_without, told_left_out
from hitpoint.composition import ComposeContext, compose
from hitpoint.delivery.midi import write_midi
from hitpoint.delivery.wav import time_reference_samples, write_bwf
from hitpoint.handover import Draft, bext_loudness, write_take
from hitpoint.measure import measure_hits
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.model.audio import Alternate, HitMeasurement, MixResult, StemFile
from hitpoint.model.music import Composition, Instrument, Palette, Performance, PerformedPart
from hitpoint.model.progress import Progress
from hitpoint.model.spotting import Cue, HitKind
from hitpoint.model.story import EmotionArc
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import SAMPLE_RATE_HZ, seconds_to_samples
from hitpoint.performance import load_articulations, needed_sounds, perform
from hitpoint.rendering import layer_depth, measure_attacks, render_stems
from hitpoint.resources import cache_folder
from hitpoint.tempo import solve_tempo

#: In which folder beside the score they lie.
FOLDER = "ALT"
#: A short version is faded out over its last moments, where its last chord is long gone; what is left is no click.
_CLOSING_SAMPLES = SAMPLE_RATE_HZ // 4

_Layer = tuple[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What it takes to turn a plan into sound, the same for all versions of a score.

    Attributes
    ----------
    arc : EmotionArc
        Of the cut.
    context : ComposeContext
        In which its cues were composed.
    chance : function of (cue, purpose)
        Returns the generator that the cue's composition or performance had, fresh.
    mix : MixSettings
        Of the score.
    speech : tuple of (start_sample, end_sample)
        Where somebody speaks.
    moments : sequence of (hit id, record sample)
        The hits that should be heard.
    """

    palettes: Mapping[str, Palette]
    soundfont: Path
    arc: EmotionArc
    context: ComposeContext
    chance: Callable[[Cue, str], np.random.Generator]
    mix: MixSettings
    speech: tuple[tuple[int, int], ...]
    moments: Sequence[tuple[str, int]]
    processes: int | None = None

    def palette_mix(self, cue: Cue) -> Mapping[str, Any]:
        """Return the table `mix` of a cue's palette."""
        table: Mapping[str, Any] = self.palettes[cue.brief.palette_id].tables.get("mix", {})
        return table

    def play(
        self, composition: Composition, cue: Cue, plan: TempoPlan, instruments: dict[str, Instrument]
    ) -> Performance:
        """Return a composition as its cue is played."""
        articulations = load_articulations()
        sounds = needed_sounds(composition, instruments, articulations)
        return perform(
            composition,
            cue=cue,
            plan=plan,
            instruments=instruments,
            articulations=articulations,
            attack_table=measure_attacks(self.soundfont, sounds, cache=cache_folder()),
            rate=self.context.rate,
            rng=self.chance(cue, "performance"),
        )


def make_alternates(
    names: Sequence[str], draft: Draft, studio: Studio, *, stems: Sequence[StemFile], progress: Progress
) -> tuple[tuple[Alternate, ...], tuple[str, ...]]:
    """Write alternates into the staging folder; return them, and sentences about what fell short.

    `stems` are the dry files of the score, which are read and kept.
    """
    made: list[Alternate] = []
    warnings: list[str] = []
    for index, name in enumerate(names):
        part = progress.part(index / len(names), (index + 1) / len(names))
        part.update(0.0, f"making the alternate {name}")
        work_folder = draft.staging / "raw" / name
        work_folder.mkdir(parents=True, exist_ok=True)
        if name in FULL_LENGTH:
            alternate, told = _full_length(name, draft, studio, stems, work_folder, part)
        else:
            alternate, told = _cutdown(name, draft, studio, work_folder, part)
        made += [alternate] if alternate else []
        warnings += [f"{name}: {sentence}" for sentence in told]
        shutil.rmtree(work_folder, ignore_errors=True)
    return tuple(made), tuple(warnings)


def _full_length(
    name: str, draft: Draft, studio: Studio, stems: Sequence[StemFile], work_folder: Path, progress: Progress
) -> tuple[Alternate | None, tuple[str, ...]]:
    instruments = draft.instruments
    written = tuple(LEAVE_OUT[name](composition, instruments) for composition in draft.compositions)
    left_out = told_left_out(draft.compositions, written, instruments)
    played = tuple(
        _played(thin, full, performance, cue, plan, studio, instruments)
        for thin, full, performance, cue, plan in zip(
            written, draft.compositions, draft.performances, draft.cues, draft.plans, strict=True
        )
    )
    is_same = unchanged_layers(draft.performances, played, instruments)
    if not is_same:
        return None, ("nobody would be left to play, so it was not made",)
    changed = tuple(
        replace(performance, parts=tuple(p for p in performance.parts if not is_same[_layer_of(p, instruments)]))
        for performance in played
    )
    reused = tuple(stem for stem in stems if is_same.get((stem.stem, stem.depth or 0.0), False))
    rendered: tuple[StemFile, ...] = ()
    if not all(is_same.values()):
        rendered = render_stems(
            changed,
            soundfont=studio.soundfont,
            instruments=instruments,
            work_folder=work_folder,
            start_sample=stems[0].start_sample,
            length_samples=stems[0].length_samples,
            processes=studio.processes,
            progress=progress.part(0.05, 0.5),
        )
    in_order = sorted((*reused, *rendered), key=lambda stem: _place_of(stem, stems))
    mix = mix_stems(
        tuple(in_order),
        settings=replace(studio.mix, gain_db=draft.mix.gain_db),
        performances=played,
        speech=studio.speech,
        palette_mix=studio.palette_mix(draft.cues[0]),
        work_folder=work_folder,
        workers=studio.processes,
        progress=progress.part(0.5, 0.9),
    )
    audio = write_take(
        draft,
        mix.mix,
        f"{FOLDER}/{draft.name}.{name}.wav",
        f"alternate_{name}",
        what=f"mix, {name}",
        loudness=bext_loudness(mix),
        progress=progress.part(0.9, 0.97),
    )
    heard = measure_hits(mix.mix, studio.moments)
    alternate = Alternate(
        name=name,
        audio=audio,
        left_out=left_out,
        reused_stems=_names(reused),
        rendered_stems=_names(rendered),
        **_measured(mix, heard),
    )
    told = tuple(sentence for sentence in mix.warnings if sentence not in draft.mix.warnings)
    return alternate, told if left_out else (*told, "there is nothing of that kind in this score; it is the mix")


def _played(
    thin: Composition,
    full: Composition,
    performance: Performance,
    cue: Cue,
    plan: TempoPlan,
    studio: Studio,
    instruments: dict[str, Instrument],
) -> Performance:
    """Return a thinned-out cue as it is played, over the same samples as the full one.

    Where its notes are those of the full one, so is their playing.
    """
    notes = {part.id: set(part.notes) for part in full.parts}
    if all(notes[part.id].issuperset(part.notes) for part in thin.parts):
        return played_without(performance, thin)
    return replace(performance, parts=studio.play(thin, cue, plan, instruments).parts)


def _layer_of(part: PerformedPart, instruments: Mapping[str, Instrument]) -> _Layer:
    return part.stem, layer_depth(instruments[part.instrument_id])


def unchanged_layers(
    before: Sequence[Performance], after: Sequence[Performance], instruments: Mapping[str, Instrument]
) -> dict[_Layer, bool]:
    """Return for each file in which somebody still plays whether they play what they did: then it is the same bytes."""
    known = _by_layer(before, instruments)
    return {layer: known.get(layer) == parts for layer, parts in _by_layer(after, instruments).items()}


def _by_layer(
    performances: Sequence[Performance], instruments: Mapping[str, Instrument]
) -> dict[_Layer, list[tuple[int, PerformedPart]]]:
    """Return who plays in which file (stem and depth), with the index of the cue."""
    layers: dict[_Layer, list[tuple[int, PerformedPart]]] = {}
    for index, performance in enumerate(performances):
        for part in performance.parts:
            if part.notes:
                layers.setdefault(_layer_of(part, instruments), []).append((index, part))
    return layers


def _place_of(stem: StemFile, stems: Sequence[StemFile]) -> int:
    """Return the place of a file among those of the score, whose order the mix keeps."""
    return next(i for i, known in enumerate(stems) if (known.stem, known.depth) == (stem.stem, stem.depth))


def _names(stems: Sequence[StemFile]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stem.stem for stem in stems))


def _measured(mix: MixResult, heard: Sequence[HitMeasurement]) -> dict[str, Any]:
    errors = [abs(measurement.error_ms) for measurement in heard if measurement.error_ms is not None]
    return {
        "loudness_lufs": mix.loudness_lufs,
        "true_peak_dbtp": mix.true_peak_dbtp,
        "gain_db": mix.gain_db,
        "hits": len(heard),
        "heard": len(errors),
        "worst_error_ms": max(errors, default=None),
    }


def _cutdown(
    name: str, draft: Draft, studio: Studio, work_folder: Path, progress: Progress
) -> tuple[Alternate, tuple[str, ...]]:
    cut, instruments, seconds = draft.cut, draft.instruments, CUTDOWN_S[name]
    index = longest_and_fullest(draft.cues, draft.compositions)
    short = plan_cutdown(draft.cues[index], draft.compositions[index], studio.arc, rate=cut.rate, seconds=seconds)
    cue = short.cue
    plan = solve_tempo(cue, rate=cut.rate)[0]
    composition = compose(
        cue,
        plan,
        short.arc,
        palette=studio.palettes[cue.brief.palette_id],
        instruments=instruments,
        context=replace(studio.context, dialogue=(), cut_frames=()),
        rng=studio.chance(cue, "composition"),
    )
    performance = _closed(studio.play(composition, cue, plan, instruments), seconds * SAMPLE_RATE_HZ)
    stems = render_stems(
        (performance,),
        soundfont=studio.soundfont,
        instruments=instruments,
        work_folder=work_folder,
        start_sample=performance.start_sample,
        length_samples=performance.length_samples,
        processes=studio.processes,
        progress=progress.part(0.05, 0.6),
    )
    mix = mix_stems(
        stems,
        settings=studio.mix,
        performances=(performance,),
        palette_mix=studio.palette_mix(cue),
        work_folder=work_folder,
        workers=studio.processes,
        progress=progress.part(0.6, 0.9),
    )
    relative = f"{FOLDER}/{draft.name}.{name}"
    written = write_bwf(
        mix.mix,
        draft.path(f"{relative}.wav", f"alternate_{name}"),
        start_sample=mix.mix.start_sample,
        time_reference_samples=time_reference_samples(0, cut.rate, cut.start_timecode_frame),
        description=f"Hitpoint score of {cut.name}: {seconds} s of {cue.number}",
        loudness=bext_loudness(mix),
        progress=progress.part(0.9, 0.95),
    )
    write_midi(
        draft.path(f"{relative}.mid", f"alternate_{name}_midi"),
        cues=(cue,),
        plans=(plan,),
        compositions=(composition,),
        instruments=instruments,
        rate=cut.rate,
        start_timecode_frame=cut.start_timecode_frame,
        automation=mix.automation,
    )
    moments = [
        (hit.hit.id, seconds_to_samples(plan.tempo_map.seconds_at(hit.beats)))
        for hit in plan.hits
        if hit.hit.kind is not HitKind.SILENCE
    ]
    return (
        Alternate(
            name=name,
            audio=replace(written, path=draft.folder / f"{relative}.wav"),
            midi_path=draft.folder / f"{relative}.mid",
            cue_number=cue.number,
            made_from=tuple((stretch.label, stretch.start_s, stretch.end_s) for stretch in short.stretches),
            rendered_stems=_names(stems),
            **_measured(mix, measure_hits(mix.mix, moments)),
        ),
        tuple(sentence for sentence in mix.warnings if sentence not in draft.mix.warnings),
    )


def _closed(performance: Performance, length_samples: int) -> Performance:
    """Return a performance that is exactly so long, and silent at its end."""
    return replace(
        performance,
        length_samples=length_samples,
        fade_out_samples=_CLOSING_SAMPLES,
        fade_out_end_sample=performance.start_sample + length_samples,
    )
