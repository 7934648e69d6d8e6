"""The neural layer of a whole score: what the pipeline does between rendering and mixing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hitpoint.generation.cue import CueLayer, CueSketch, layer_values
from hitpoint.generation.kept import KeptWindows
from hitpoint.generation.layer import make_layer
from hitpoint.generation.prompt import Prompt, prompt_of
from hitpoint.generation.similarity import find_ears
from hitpoint.generation.table import GenerationTable, load_generation_table
from hitpoint.generation.values import SoundGenerator
from hitpoint.mixing import GainCurve, stand_in, stood_in
from hitpoint.mixing.loudness import LoudnessMeter
from hitpoint.mixing.raw import RawWriter, read_block
from hitpoint.model.audio import StemFile
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import GENERATED_STEM, Composition, Instrument, Palette, Performance
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.spotting import Cue
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]
SoundMode = Literal["sampled", "hybrid", "generated"]
SOUND_MODES: tuple[SoundMode, ...] = get_args(SoundMode)
MOST_CANDIDATES = 16
#: The loudness of nothing, or of less than can be measured.
_QUIETEST_LUFS = -70.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundChoice:
    """What the score is to sound like.

    Attributes
    ----------
    mode : str
        "sampled"; "hybrid", a generated layer under the samples; "generated", the layer instead of them wherever it
        follows the score.
    model : str or None
        As for `load_generator`.
    candidates : int
        Takes of each cue, of which the best is kept.
    device : str or None
        As for `hitpoint.accelerator.choose_device`.
    """

    mode: SoundMode = "sampled"
    model: str | None = None
    candidates: int = 2
    device: str | None = None

    def __post_init__(self) -> None:
        if self.mode not in SOUND_MODES:
            raise SettingError(f"--sound {self.mode!r} does not exist; {did_you_mean(self.mode, SOUND_MODES)}")
        if self.mode == "sampled" and self.model is not None:
            raise SettingError(f"--model {self.model} is not used by --sound sampled; add --sound hybrid or generated")
        if self.mode != "sampled" and not self.model:
            raise SettingError(f"--sound {self.mode} needs --model: the id of a model (`hitpoint models`) or a folder")
        if not 1 <= self.candidates <= MOST_CANDIDATES:
            raise SettingError(f"--candidates {self.candidates} must lie in 1..{MOST_CANDIDATES}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCues:
    """The score as it was written and played: equally long tuples, and what all of them share.

    `chance` gives the generator of a (cue, purpose); `moments` are all hits that should be heard (id, record sample).
    """

    cues: tuple[Cue, ...]
    compositions: tuple[Composition, ...]
    performances: tuple[Performance, ...]
    palettes: Mapping[str, Palette]
    instruments: Mapping[str, Instrument]
    moments: Sequence[tuple[str, int]]
    speech: tuple[tuple[int, int], ...]
    chance: Callable[[Cue, str], np.random.Generator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layered:
    """What there is to mix.

    Attributes
    ----------
    stems : tuple of StemFile
        The sampled ones and, where something was generated, the generated one.
    instead : tuple of GainCurve
        Where it stands instead of the sampled ones (`mix_stems`).
    values : mapping or None
        For the report; None where nothing was asked for.
    """

    stems: tuple[StemFile, ...]
    instead: tuple[GainCurve, ...] = ()
    values: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Stem:
    """The generated stem while it is written."""

    writer: RawWriter
    origin_sample: int
    mode: SoundMode
    table: GenerationTable
    instead: list[GainCurve] = field(default_factory=list)
    levels_db: dict[str, float] = field(default_factory=dict)

    def add(self, layer: CueLayer, sketch: CueSketch) -> bool:
        """Write a cue's layer at its loudness beside the sketch; False where it has none."""
        assert layer.audio is not None
        loudness = _loudness_lufs(layer.audio)
        if loudness is None:
            return False
        over_db = self.table.hybrid_db if self.mode == "hybrid" else self.table.generated_db
        wanted = _loudness_lufs(sketch.audio)
        gain_db = (loudness if wanted is None else wanted) + over_db - loudness
        curve = stand_in(
            sketch.start_sample,
            sketch.end_sample,
            [(span.start_sample, span.end_sample) for span in layer.replaced],
        )
        heard = layer.audio * stood_in(curve, sketch.start_sample, len(layer.audio))[:, None]
        self.writer.write(sketch.start_sample - self.origin_sample, heard * np.float32(10 ** (gain_db / 20)))
        self.levels_db[layer.cue_number] = round(gain_db, 2)
        if self.mode == "generated":
            self.instead.append(curve)
        return True


def add_generated(
    stems: tuple[StemFile, ...],
    written: WrittenCues,
    *,
    choice: SoundChoice,
    generator: SoundGenerator,
    work_folder: Path,
    copied: Callable[[Audio], str | None] | None = None,
    progress: Progress = SILENT,
) -> Layered:
    """Return the stems of a score with the generated one beside them.

    Parameters
    ----------
    stems : tuple of StemFile
        Dry sampled ones, which are read and kept: their sum is the sketch.
    work_folder : Path
        Gets `generated.f32`.
    copied : function of audio
        Why a take is a copy of something, or None (`hitpoint.reference.copied`).

    Raises
    ------
    OutputError, Cancelled, SettingError
        What a model cannot do is none: then the sampled score is kept, and a warning says why.
    """
    table = load_generation_table()
    origin, length = stems[0].start_sample, stems[0].length_samples
    kept = KeptWindows(generator.name)
    warnings = [f"music by {generator.name}: {generator.terms}"] if generator.terms else []
    ears = find_ears(device=choice.device, warn=warnings.append)
    layers: list[CueLayer] = []
    with RawWriter(work_folder / f"{GENERATED_STEM}.f32", length) as writer:
        stem = _Stem(writer, origin, choice.mode, table)
        count = len(written.cues)
        for index in range(count):
            part = progress.part(index / count, (index + 1) / count)
            sketch = _sketch(stems, written, index, table)
            if any(layer.is_out_of_memory for layer in layers):
                layer = CueLayer(
                    cue_number=sketch.cue_number,
                    start_sample=sketch.start_sample,
                    reason="not tried: memory ran out before; the sampled score is kept",
                )
            else:
                layer = make_layer(
                    sketch,
                    generator,
                    candidates=choice.candidates,
                    freedom=table.freedom,
                    kept=kept,
                    similarity=ears,
                    copied=copied,
                    progress=part,
                )
            if layer.audio is not None and not stem.add(layer, sketch):
                layer = CueLayer(
                    cue_number=sketch.cue_number,
                    start_sample=sketch.start_sample,
                    reason="what was generated is silent; the sampled score is kept",
                )
            layers.append(layer)
            warnings += [f"{layer.cue_number}: {sentence}" for sentence in _shortfalls(layer)]
        path = writer.commit() if stem.levels_db else None
    values = {
        "mode": choice.mode,
        "model": generator.name,
        "terms": generator.terms,
        "candidates": choice.candidates,
        "cues": [{**layer_values(layer), "level_db": stem.levels_db.get(layer.cue_number)} for layer in layers],
    }
    if path is None:
        return Layered(stems=stems, values=values, warnings=tuple(warnings))
    made = StemFile(stem=GENERATED_STEM, path=path, start_sample=origin, length_samples=length)
    return Layered(stems=(*stems, made), instead=tuple(stem.instead), values=values, warnings=tuple(warnings))


def _sketch(stems: tuple[StemFile, ...], written: WrittenCues, index: int, table: GenerationTable) -> CueSketch:
    """Return a cue's sketch: from its first sample to its last, or to where the next cue begins."""
    cue, composition = written.cues[index], written.compositions[index]
    performance = written.performances[index]
    start = max(performance.start_sample, stems[0].start_sample)
    end = min(
        performance.start_sample + performance.length_samples,
        stems[0].start_sample + stems[0].length_samples,
        *(other.start_sample for other in written.performances if other.start_sample > performance.start_sample),
    )
    audio = np.zeros((max(end - start, 0), 2), dtype=np.float32)
    for stem in stems:
        audio += read_block(stem.path, start - stem.start_sample, len(audio))
    tempo_map, hop_s = composition.tempo_map, composition.intensity_hop_s
    last = composition.end_beats
    shift = round((start / SAMPLE_RATE_HZ - float(tempo_map.start_s)) / hop_s)
    planned = composition.intensity
    intensity = planned[shift:] if shift >= 0 else np.concatenate([np.zeros(-shift, planned.dtype), planned])

    def prompt(first_sample: int, end_sample: int) -> Prompt:
        return prompt_of(
            cue,
            composition,
            start_sample=first_sample,
            end_sample=end_sample,
            palette=written.palettes[cue.brief.palette_id],
            instruments=written.instruments,
            table=table,
        )

    def seed(candidate: int, window: int) -> int:
        chance = written.chance(cue, f"generated sound, candidate {candidate}")
        return int(chance.integers(0, 2**31, size=window + 1)[window])

    return CueSketch(
        cue_number=cue.number,
        audio=audio,
        start_sample=start,
        hits=tuple(moment for moment in written.moments if start <= moment[1] < end),
        downbeats=tuple(tempo_map.sample_at(beats) for beats in tempo_map.bar_lines(last)),
        beats=tuple(tempo_map.sample_at(Fraction(beat)) for beat in range(int(last) + 1)),
        key=composition.key,
        intensity=intensity,
        intensity_hop_s=hop_s,
        speech=written.speech,
        prompt=prompt,
        seed=seed,
    )


def _loudness_lufs(audio: Audio) -> float | None:
    """Return the integrated loudness; None for silence, and for less than it needs."""
    meter = LoudnessMeter(true_peak=False)
    for first in range(0, len(audio), 10 * SAMPLE_RATE_HZ):
        meter.push(audio[first : first + 10 * SAMPLE_RATE_HZ])
    found = meter.finish().integrated_lufs
    return found if found > _QUIETEST_LUFS else None


def _shortfalls(layer: CueLayer) -> list[str]:
    """Return what the user is to be told of a cue."""
    if layer.audio is None:
        return [layer.reason, *layer.warnings]
    told = list(layer.warnings)
    patched = [span for span in layer.replaced if not span.reason.startswith("window refused")]
    if patched:
        seconds = sum(span.end_sample - span.start_sample for span in patched) / SAMPLE_RATE_HZ
        told.append(
            f"in {len(patched)} places ({seconds:.1f} s) the generated music could not be aligned; the sampled score "
            "is heard there"
        )
    return told
