"""The chain, top to bottom: gate, tone, hall, fades and ducking, sum, one static gain, a limiter that hardly works."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing.automation import Automation, GainCurve, automation_of
from hitpoint.mixing.convolver import Convolver
from hitpoint.mixing.desk import MAX_REDUCTION_DB, Bus, Desk, Layer
from hitpoint.mixing.hall import seat_kernel, send_db
from hitpoint.mixing.level_points import level_points
from hitpoint.mixing.loudness import Loudness
from hitpoint.mixing.raw import RawWriter, check_length
from hitpoint.mixing.settings import LoudnessTarget, MixSettings, hall_send_of, target_of
from hitpoint.mixing.tone import BusTone
from hitpoint.model.audio import LevelCurve, MixResult, StemFile
from hitpoint.model.music import BUS_NAMES, GENERATED_STEM, Performance
from hitpoint.model.progress import SILENT, Progress

#: The generated stem closes no bus of these.
_ALWAYS_HEARD = (GENERATED_STEM, "hits")


@dataclass(frozen=True, slots=True, kw_only=True)
class MixMemory:
    """What was learnt about a mix that its files do not say.

    Attributes
    ----------
    mix_peaks, stem_peaks : float32 [shape=(windows,)]
        `limiter.window_peaks` before the gain.
    limited : bool [shape=(windows,)]
        In which windows the limiter lowered the gain.
    momentary_lufs : tuple of float
        Of the finished mix, one value per 0.1 s.
    """

    mix_peaks: NDArray[np.float32]
    stem_peaks: NDArray[np.float32]
    limited: NDArray[np.bool_]
    momentary_lufs: tuple[float, ...]


def mix_stems(
    stems: tuple[StemFile, ...],
    *,
    settings: MixSettings,
    performances: tuple[Performance, ...],
    speech: tuple[tuple[int, int], ...] = (),
    palette_mix: Mapping[str, Any] | None = None,
    instead: Sequence[GainCurve] = (),
    work_folder: Path,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> MixResult:
    """Mix dry stems and bring them to their loudness; the stems that come back sum to the mix, sample by sample.

    `mix_and_remember` without what it remembers.

    Parameters
    ----------
    stems : tuple of StemFile
        Dry and panned, all over the same record range. They are read only. Files of the same stem, from different
        depths of the hall, become one stem.
    performances : tuple of Performance
        All cues: their fades and silences are obeyed.
    speech : tuple of (start_sample, end_sample)
        Record samples in which somebody speaks.
    palette_mix : mapping
        The palette's table `mix`; `hall_send_db` is read from it.
    instead : sequence of GainCurve
        Where the generated stem stands instead of the sampled ones: their dry sound is closed by these (that of `hits`
        is not). No part of `MixResult.automation`: it says which sound is heard, not how loud the written music is.
    work_folder : Path
        Where `mix.f32` and one `STEM.mixed.f32` each are written.
    workers : int or None
        How many stems are worked on at once, in threads (NumPy and the transforms let go of the interpreter lock);
        None takes one per core.

    Raises
    ------
    MediaError, OutputError, SettingError, Cancelled
    """
    return mix_and_remember(
        stems,
        settings=settings,
        performances=performances,
        speech=speech,
        palette_mix=palette_mix,
        instead=instead,
        work_folder=work_folder,
        workers=workers,
        progress=progress,
    )[0]


def mix_and_remember(
    stems: tuple[StemFile, ...],
    *,
    settings: MixSettings,
    performances: tuple[Performance, ...],
    speech: tuple[tuple[int, int], ...] = (),
    palette_mix: Mapping[str, Any] | None = None,
    instead: Sequence[GainCurve] = (),
    work_folder: Path,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> tuple[MixResult, MixMemory]:
    """Return what `mix_stems` returns, and what `mixing.again` has to know to mix a piece of it again."""
    _check(stems)
    target, sentence = target_of(settings)
    middle_db = hall_send_of(settings, palette_mix or {})
    layers_of: dict[str, list[StemFile]] = {}
    for stem in stems:
        layers_of.setdefault(stem.stem, []).append(stem)
    tones = settings.desk.buses
    automations, warnings = _automations([tones[name] for name in layers_of], performances, speech, settings.duck_db)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(workers or os.cpu_count() or 1))
        length = stems[0].length_samples
        mix_writer = stack.enter_context(RawWriter(work_folder / "mix.f32", length))
        writers = [stack.enter_context(RawWriter(work_folder / f"{name}.mixed.f32", length)) for name in layers_of]
        layers = dict(zip(stems, pool.map(lambda stem: _layer(stem, settings, middle_db), stems), strict=True))
        buses = tuple(
            Bus(tuple(layers[stem] for stem in files), _closed(automation, files[0].stem, instead), writer)
            for files, automation, writer in zip(layers_of.values(), automations, writers, strict=True)
        )
        desk = Desk(buses, mix_writer, pool)

        placed = desk.place(progress.part(0.0, 0.6))
        gain_db, is_held_back = settings.gain_db, False
        if gain_db is None:
            gain_db, is_held_back = desk.find_gain(placed, target, progress.part(0.6, 0.75))
        finished = desk.finish(placed, gain_db, target, progress.part(0.75, 1.0))
        paths = [writer.commit() for writer in (*writers, mix_writer)]

    loudness = finished.loudness
    result = MixResult(
        mix=replace(stems[0], stem="mix", path=paths[-1], depth=None),
        stems=tuple(
            replace(stems[0], stem=name, path=path, depth=None) for name, path in zip(layers_of, paths, strict=False)
        ),
        loudness_lufs=loudness.integrated_lufs,
        short_term_lufs=loudness.short_term_lufs,
        true_peak_dbtp=loudness.true_peak_dbtp,
        stem_residual_dbfs=20 * math.log10(finished.residual) if finished.residual > 0 else -math.inf,
        limiter_max_reduction_db=finished.max_reduction_db,
        gain_db=gain_db,
        loudness_target=settings.loudness,
        automation=tuple(
            LevelCurve(stem=name, points=level_points(automation))
            for name, automation in zip(layers_of, automations, strict=True)
        ),
        warnings=(*((sentence,) if sentence else ()), *warnings, *_loudness_warnings(loudness, target, is_held_back)),
    )
    memory = MixMemory(
        mix_peaks=placed.mix_peaks,
        stem_peaks=placed.stem_peaks,
        limited=finished.limited,
        momentary_lufs=loudness.momentary_lufs,
    )
    return result, memory


def _check(stems: tuple[StemFile, ...]) -> None:
    if not stems:
        raise ValueError("there are no stems to mix")
    ranges = {(stem.start_sample, stem.length_samples) for stem in stems}
    if len(ranges) > 1:
        raise ValueError(f"stems must cover the same record range, these cover {sorted(ranges)}")
    for stem in stems:
        if stem.stem not in BUS_NAMES:
            raise ValueError(f"stem {stem.stem!r} has no bus; stems are {', '.join(BUS_NAMES)}")
        check_length(stem)


def _automations(
    tones: list[BusTone],
    performances: tuple[Performance, ...],
    speech: tuple[tuple[int, int], ...],
    duck_db: float,
) -> tuple[list[Automation], tuple[str, ...]]:
    """Return what moves the level of each bus, and sentences about what could not be done as asked (of all alike)."""
    found = [automation_of(performances, speech=speech, duck_db=duck_db * tone.duck_share) for tone in tones]
    return [automation for automation, _ in found], found[0][1]


def _closed(automation: Automation, stem: str, instead: Sequence[GainCurve]) -> Automation:
    """Return what moves a bus while the generated stem stands instead of it."""
    return automation if stem in _ALWAYS_HEARD else replace(automation, dry=(*automation.dry, *instead))


def _layer(stem: StemFile, settings: MixSettings, middle_db: float) -> Layer:
    tone = settings.desk.buses[stem.stem]
    depth = tone.depth if stem.depth is None else stem.depth
    wet_db = send_db(depth, middle_db=middle_db) + tone.hall_db
    return Layer(stem, Convolver(seat_kernel(tone=tone, depth=depth, room=settings.desk.room, wet_db=wet_db)))


def _loudness_warnings(loudness: Loudness, target: LoudnessTarget, is_held_back: bool) -> tuple[str, ...]:
    if not math.isfinite(loudness.integrated_lufs):
        return ("the music is silent, or shorter than the 0.4 s that a loudness needs; its level was left as it is",)
    if is_held_back:
        return (
            f"the mix is at {loudness.integrated_lufs:.1f} LUFS instead of {target.integrated_lufs:g}: louder, its "
            f"peaks would have to be limited by more than {MAX_REDUCTION_DB:g} dB; choose a quieter loudness target",
        )
    return ()
