"""A cue becomes a layer of generated sound: windows, takes, the best of them, with the score's dynamics; or a refusal.

Read `make_layer` from top to bottom. Whatever a model does, the job goes on: what cannot be had is a sentence, and the
sketch is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment import AlignmentSettings, align, listen
from hitpoint.alignment.candidates import CandidateScore, best_candidate, rate_take
from hitpoint.alignment.seams import noisy_end_samples
from hitpoint.generation.cue import CueLayer, CueSketch, LayerWindow
from hitpoint.generation.dynamics import shape
from hitpoint.generation.kept import KeptWindows
from hitpoint.generation.take import MOST_REFUSED_SHARE, Take
from hitpoint.generation.values import Generated, SoundGenerator, SoundRequest
from hitpoint.generation.windows import Window, plan_windows
from hitpoint.model.errors import Cancelled, DeviceMemoryError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]


@dataclass(slots=True)
class _Work:
    """What is known while a cue's windows are made one after the other."""

    sketch: CueSketch
    generator: SoundGenerator
    takes: list[Take]
    windows: list[LayerWindow] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def make_layer(
    sketch: CueSketch,
    generator: SoundGenerator,
    *,
    candidates: int = 1,
    freedom: float = 0.7,
    kept: KeptWindows | None = None,
    similarity: Callable[[Audio, str], float | None] | None = None,
    copied: Callable[[Audio], str | None] | None = None,
    settings: AlignmentSettings | None = None,
    progress: Progress = SILENT,
) -> CueLayer:
    """Return the best of `candidates` takes of a cue, aligned, joined, and with the sketch's dynamics; or why not.

    Parameters
    ----------
    freedom : float, 0..1
        As in `SoundRequest`.
    kept : KeptWindows
        Where windows that were made before are.
    similarity : function of (audio, prompt)
        How well a take fits its words, -1..1, where a model knows.
    copied : function of audio
        Why a take is a copy of something, which is never chosen; None where it is none.

    Raises
    ------
    Cancelled
        Nothing else: what a generator raises is told in `CueLayer.reason`.
    """
    if len(sketch.audio) == 0 or not sketch.audio.any():
        return _kept_sketch(sketch, "the sampled score is silent here; there is nothing to follow")
    try:
        windows = plan_windows(
            start_sample=sketch.start_sample,
            length_samples=len(sketch.audio),
            downbeats=sketch.downbeats,
            longest_samples=generator.longest_samples,
            noisy_end_samples=generator.noisy_end_samples,
        )
    except ValueError as error:
        return _kept_sketch(sketch, f"{generator.name} cannot be used: {error}; the sampled score is kept")
    work = _Work(sketch, generator, [Take(sketch.start_sample) for _ in range(candidates)])
    for index, window in enumerate(windows):
        part = progress.part(0.9 * index / len(windows), 0.9 * (index + 1) / len(windows))
        failed = _add_window(work, index, window, freedom=freedom, kept=kept, settings=settings, progress=part)
        if failed is not None:
            return replace(failed, windows=tuple(work.windows), warnings=tuple(dict.fromkeys(work.told)))
    progress.update(0.9, f"choosing the best take of {sketch.cue_number}")
    return _chosen(work, len(windows), similarity, copied, progress.part(0.9, 1.0))


def _kept_sketch(sketch: CueSketch, reason: str, *, is_out_of_memory: bool = False) -> CueLayer:
    return CueLayer(
        cue_number=sketch.cue_number,
        start_sample=sketch.start_sample,
        reason=reason,
        is_out_of_memory=is_out_of_memory,
    )


def _add_window(
    work: _Work,
    index: int,
    window: Window,
    *,
    freedom: float,
    kept: KeptWindows | None,
    settings: AlignmentSettings | None,
    progress: Progress,
) -> CueLayer | None:
    """Make a window for every take, align it and join it; return what stands in the way, or None."""
    sketch, generator = work.sketch, work.generator
    progress.update(0.0, f"generating {sketch.cue_number}")
    prompt = sketch.prompt(window.start_sample, window.end_sample)
    asked = _piece(sketch, window.start_sample, window.asked_samples)
    requests = tuple(
        SoundRequest(
            prompt=prompt.text,
            negative_prompt=prompt.negative,
            length_samples=window.asked_samples,
            seed=sketch.seed(candidate, index),
            sketch=asked,
            freedom=freedom,
            before=take.before(window) if generator.can_continue else None,
        )
        for candidate, take in enumerate(work.takes)
    )
    known = [kept.load(request) if kept is not None else None for request in requests]
    try:
        made = _generated(generator, requests, known, kept, progress.part(0.0, 0.6))
    except Cancelled:
        raise
    except DeviceMemoryError as error:
        return _kept_sketch(sketch, f"{error}; the sampled score is kept", is_out_of_memory=True)
    except Exception as error:  # a library's; whatever it is, the score is written
        told = str(error).strip().splitlines()
        return _kept_sketch(
            sketch,
            f"{generator.name} failed ({type(error).__name__}{': ' + told[0][:200] if told else ''}); "
            "the sampled score is kept",
        )
    work.windows.append(
        LayerWindow(
            window=window,
            prompt=prompt,
            goes_on=any(request.before is not None for request in requests),
            known=sum(found is not None for found in known),
        )
    )
    ours = _piece(sketch, window.start_sample, window.length_samples)
    listened = listen(ours)
    for candidate, (take, found) in enumerate(zip(work.takes, made, strict=True)):
        work.told += found.sentences
        result = align(
            _without_noise(found.audio, window, generator.noisy_end_samples),
            start_sample=window.start_sample,
            hits=[hit for hit in sketch.hits if window.start_sample <= hit[1] < window.end_sample],
            sketch=ours,
            listened=listened,
            settings=settings,
            progress=progress.part(
                0.6 + 0.4 * candidate / len(work.takes), 0.6 + 0.4 * (candidate + 1) / len(work.takes)
            ),
        )
        take.add(window, result, downbeats=sketch.downbeats, beats=sketch.beats)
    return None


def _piece(sketch: CueSketch, start_sample: int, length_samples: int) -> Audio:
    """Return the sketch from a record sample on, silent after its end."""
    first = start_sample - sketch.start_sample
    piece = sketch.audio[first : first + length_samples]
    return np.pad(piece, ((0, length_samples - len(piece)), (0, 0)))


def _generated(
    generator: SoundGenerator,
    requests: Sequence[SoundRequest],
    known: Sequence[Generated | None],
    kept: KeptWindows | None,
    progress: Progress,
) -> list[Generated]:
    """Return all windows, those that are not known made at once."""
    missing = [request for request, found in zip(requests, known, strict=True) if found is None]
    made = generator.generate(missing, progress=progress) if missing else ()
    if len(made) != len(missing):
        raise ValueError(f"{len(missing)} windows were asked for, {len(made)} came")
    for request, answer in zip(missing, made, strict=True):
        if len(answer.audio) != request.length_samples:
            raise ValueError(f"a window of {request.length_samples} samples was asked for, {len(answer.audio)} came")
        if kept is not None:
            kept.save(request, answer)
    new = iter(made)
    return [next(new) if found is None else found for found in known]


def _without_noise(audio: Audio, window: Window, by_habit: int) -> Audio:
    """Return a window without the noise at its end: what the model is known for, and what is found."""
    if by_habit:
        audio = audio[: len(audio) - by_habit]
    found = noisy_end_samples(audio)
    # of a score that is noise there itself (cymbals) no more is lost than what was asked for beyond it
    return audio[: max(len(audio) - found, min(len(audio), window.length_samples))] if found else audio


def _chosen(
    work: _Work,
    windows: int,
    similarity: Callable[[Audio, str], float | None] | None,
    copied: Callable[[Audio], str | None] | None,
    progress: Progress,
) -> CueLayer:
    """Return the best take as a layer, or the sketch where none follows it."""
    sketch = work.sketch
    scores = tuple(_rated(take, work, windows, similarity, copied) for take in work.takes)
    chosen = best_candidate(scores)
    told = list(dict.fromkeys(work.told))
    if chosen is None:
        best = min(work.takes, key=lambda take: len(take.refused))
        reason = best.refused[0][1] if best.refused else scores[work.takes.index(best)].sentence
        layer = _kept_sketch(sketch, reason)
        return replace(layer, windows=tuple(work.windows), scores=scores, warnings=tuple(told))
    take = work.takes[chosen]
    for seam in take.seams:
        if seam.is_heard:
            told.append(
                f"the seam at {seam.sample / SAMPLE_RATE_HZ:.1f} s may be heard: {seam.tries} places were tried"
            )
    if take.refused:
        told.append(
            f"{len(take.refused)} of {windows} windows were refused, the sampled score is heard there: "
            f"{take.refused[0][1]}"
        )
    audio = take.audio[: len(sketch.audio)]
    audio = np.pad(audio, ((0, len(sketch.audio) - len(audio)), (0, 0)))
    progress.update(0.3, f"giving the generated layer of {sketch.cue_number} its dynamics")
    shaped = shape(audio, sketch.audio, start_sample=sketch.start_sample, speech=sketch.speech)
    return CueLayer(
        cue_number=sketch.cue_number,
        start_sample=sketch.start_sample,
        audio=shaped.audio,
        windows=tuple(work.windows),
        scores=scores,
        chosen=chosen,
        confidence=float(np.mean(take.confidences)),
        hits=tuple(take.hits[hit_id] for hit_id, _ in sketch.hits if hit_id in take.hits),
        seams=tuple(take.seams),
        replaced=take.patched,
        refused=tuple(take.refused),
        speeds=tuple(take.speeds),
        like_sketch=(shaped.like_sketch_before, shaped.like_sketch_after),
        fastest_db_per_s=shaped.fastest_db_per_s,
        rooms=shaped.rooms,
        sentences=tuple(take.sentences),
        warnings=tuple(told),
    )


def _rated(
    take: Take,
    work: _Work,
    windows: int,
    similarity: Callable[[Audio, str], float | None] | None,
    copied: Callable[[Audio], str | None] | None,
) -> CandidateScore:
    if len(take.refused) / windows > MOST_REFUSED_SHARE or not take.confidences:
        sentence = f"{len(take.refused)} of {windows} windows were refused: {take.refused[0][1]}"
        return CandidateScore(rating=0.0, parts={}, sentence=sentence)
    copy = copied(take.audio) if copied is not None else None
    if copy is not None:
        return CandidateScore(rating=0.0, parts={}, sentence=copy)
    sketch = work.sketch
    return rate_take(
        take.audio,
        hits=tuple(take.hits.values()),
        confidence=float(np.mean(take.confidences)),
        patched=take.patched,
        key=sketch.key,
        intensity=sketch.intensity,
        intensity_hop_s=sketch.intensity_hop_s,
        text_similarity=similarity(take.audio, work.windows[0].prompt.text) if similarity is not None else None,
    )
