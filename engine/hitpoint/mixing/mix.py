"""The chain, top to bottom: gate, hall, fades and ducking, sum, one static gain, a limiter that hardly works."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from hitpoint.mixing.automation import automation_of
from hitpoint.mixing.convolver import Convolver, Kernel
from hitpoint.mixing.desk import MAX_REDUCTION_DB, Desk
from hitpoint.mixing.hall import HIGH_PASS_HZ, send_db, stem_kernel
from hitpoint.mixing.loudness import Loudness
from hitpoint.mixing.raw import RawWriter, check_length
from hitpoint.mixing.settings import LoudnessTarget, MixSettings, hall_send_of, target_of
from hitpoint.model.audio import MixResult, StemFile
from hitpoint.model.music import Performance
from hitpoint.model.progress import SILENT, Progress


def mix_stems(
    stems: tuple[StemFile, ...],
    *,
    settings: MixSettings,
    performances: tuple[Performance, ...],
    speech: tuple[tuple[int, int], ...] = (),
    palette_mix: Mapping[str, Any] | None = None,
    work_folder: Path,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> MixResult:
    """Mix dry stems and bring them to their loudness; the stems that come back sum to the mix, sample by sample.

    Parameters
    ----------
    stems : tuple of StemFile
        Dry and panned, all over the same record range. They are read only.
    performances : tuple of Performance
        All cues: their fades and silences are obeyed.
    speech : tuple of (start_sample, end_sample)
        Record samples in which somebody speaks.
    palette_mix : mapping
        The palette's table `mix`; `hall_send_db` is read from it.
    work_folder : Path
        Where `mix.f32` and one `STEM.mixed.f32` each are written.
    workers : int or None
        How many stems are worked on at once, in threads (NumPy and the transforms let go of the interpreter lock);
        None takes one per core.

    Raises
    ------
    MediaError, OutputError, SettingError, Cancelled
    """
    _check(stems)
    target, sentence = target_of(settings)
    automation, warnings = automation_of(performances, speech=speech, duck_db=settings.duck_db)
    middle_db = hall_send_of(settings, palette_mix or {})
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(workers or os.cpu_count() or 1))
        length = stems[0].length_samples
        writers = [stack.enter_context(RawWriter(work_folder / f"{s.stem}.mixed.f32", length)) for s in stems]
        mix_writer = stack.enter_context(RawWriter(work_folder / "mix.f32", length))
        desk = Desk(stems, writers, mix_writer, pool)

        kernels = list(pool.map(lambda stem: _kernel_of(stem.stem, settings, middle_db), stems))
        placed = desk.place([Convolver(kernel) for kernel in kernels], automation, progress.part(0.0, 0.6))
        gain_db, is_held_back = desk.find_gain(placed, target, progress.part(0.6, 0.75))
        finished = desk.finish(placed, gain_db, target, progress.part(0.75, 1.0))
        paths = [writer.commit() for writer in (*writers, mix_writer)]

    loudness = finished.loudness
    return MixResult(
        mix=replace(stems[0], stem="mix", path=paths[-1]),
        stems=tuple(replace(stem, path=path) for stem, path in zip(stems, paths, strict=False)),
        loudness_lufs=loudness.integrated_lufs,
        short_term_lufs=loudness.short_term_lufs,
        true_peak_dbtp=loudness.true_peak_dbtp,
        stem_residual_dbfs=20 * math.log10(finished.residual) if finished.residual > 0 else -math.inf,
        limiter_max_reduction_db=finished.max_reduction_db,
        gain_db=gain_db,
        loudness_target=settings.loudness,
        warnings=(*((sentence,) if sentence else ()), *warnings, *_loudness_warnings(loudness, target, is_held_back)),
    )


def _check(stems: tuple[StemFile, ...]) -> None:
    if not stems:
        raise ValueError("there are no stems to mix")
    ranges = {(stem.start_sample, stem.length_samples) for stem in stems}
    if len(ranges) > 1:
        raise ValueError(f"stems must cover the same record range, these cover {sorted(ranges)}")
    for stem in stems:
        check_length(stem)


def _kernel_of(stem: str, settings: MixSettings, middle_db: float) -> Kernel:
    wet_db = send_db(settings.hall_depths.get(stem, 0.5), middle_db=middle_db)
    return stem_kernel(wet_db=wet_db, high_pass_hz=HIGH_PASS_HZ.get(stem))


def _loudness_warnings(loudness: Loudness, target: LoudnessTarget, is_held_back: bool) -> tuple[str, ...]:
    if not math.isfinite(loudness.integrated_lufs):
        return ("the music is silent, or shorter than the 0.4 s that a loudness needs; its level was left as it is",)
    if is_held_back:
        return (
            f"the mix is at {loudness.integrated_lufs:.1f} LUFS instead of {target.integrated_lufs:g}: louder, its "
            f"peaks would have to be limited by more than {MAX_REDUCTION_DB:g} dB; choose a quieter loudness target",
        )
    return ()
