"""Windows of sound for requests: in which batches, with how much memory, and what is said of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from hitpoint.accelerator import Shelf, with_less_memory
from hitpoint.accelerator.device import import_torch
from hitpoint.alignment.seams import tail_silence_s
from hitpoint.generation.stable_audio.batch import Job, make_latents
from hitpoint.generation.stable_audio.codec import PIECES, decode
from hitpoint.generation.stable_audio.config import Speedup, read_facts, speedup_of
from hitpoint.generation.stable_audio.loading import Loaded, find_file, load_model
from hitpoint.generation.stable_audio.sampling import start_time
from hitpoint.generation.stable_audio.text import find_text
from hitpoint.generation.values import Generated, SoundRequest
from hitpoint.model.errors import HitpointError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.weights import Weights

_MOST_AT_ONCE = 8
#: Silence at the end of a window that is told.
_TOLD_SILENCE_S = 1.0
#: Of the work on a batch, what sampling takes; the rest is the codec's.
_SAMPLING_SHARE = 0.9


class StableAudio:
    """Makes windows with a Stable Audio model; fulfils `hitpoint.generation.SoundGenerator`.

    A window of the model is always made whole, and cut to what was asked for. With `SoundRequest.before`, the first
    samples are what the model's codec gives back of it, up to its last whole latent (2048 samples at 44.1 kHz: 46 ms)
    but for the last 8 latents, which blend into the model's own. They are like `before` and not equal to it: whoever
    joins the windows crossfades before the end of `before`.

    Parameters
    ----------
    weights : Weights
        A folder with model_config.json and model.safetensors (or model.ckpt). The options of its card (steps, guidance,
        sigma_min, sigma_max, longest_s, speedup) count before what the model's objective suggests.
    speedup : "graph", "compile", "none" or None
        How the network is made faster; None: recorded on CUDA, plain elsewhere.

    Raises
    ------
    MissingWeightsError
        The model's files, or those of its text encoder, are not there.
    SettingError
        Its configuration is damaged, or of a model that cannot be played.
    """

    def __init__(self, weights: Weights, *, shelf: Shelf, speedup: Speedup | None = None) -> None:
        card = weights.card
        options = card.options if card else {}
        self._weights, self._shelf = weights, shelf
        self._facts = read_facts(weights.folder, options)
        self._file = find_file(weights.folder)
        self._texts = {text.id: find_text(text, weights) for text in self._facts.texts}
        on_this: Speedup = "graph" if shelf.device.kind == "cuda" else "none"
        self._speedup: Speedup = speedup or speedup_of(options) or on_this
        self.name = f"{card.title} ({card.revision})" if card else weights.name
        asked = options.get("longest_s")
        whole = self._facts.longest_samples
        self.longest_samples = min(whole, math.floor(asked * SAMPLE_RATE_HZ)) if asked else whole
        self.can_continue = self._facts.can_continue
        self.noisy_end_samples = 0
        self.terms = card.terms if card else ""

    def generate(self, requests: Sequence[SoundRequest], *, progress: Progress = SILENT) -> tuple[Generated, ...]:
        """Return one answer per request, in order; see `SoundGenerator.generate`.

        What starts with the same noise over its sketch is made at once, however long it is.

        Raises
        ------
        ValueError
            A request is longer than the model's window, or goes on from something where the model cannot.
        DeviceMemoryError, Cancelled
        """
        if not requests:
            return ()
        for request in requests:
            self._check(request)
        progress.update(0.0, f"loading {self.name}")
        jobs = [
            Job(request, start_time(request.freedom, has_sketch=request.sketch is not None)) for request in requests
        ]
        alike: dict[float, list[Job]] = {}
        for job in jobs:
            alike.setdefault(job.start, []).append(job)
        answers: dict[int, Generated] = {}
        torch = import_torch()
        size_bytes = self._weights.device_bytes(self._shelf.device.number_format)
        # not inference_mode: its tensors are for no compiler, and a model on the shelf is used by both
        with self._shelf.lend(self._key, self._load, size_bytes=size_bytes) as loaded, torch.no_grad():
            for group in alike.values():
                at_once = _MOST_AT_ONCE
                while group:
                    part = progress.part(
                        len(answers) / len(jobs), (len(answers) + min(at_once, len(group))) / len(jobs)
                    )
                    latents, at_once = self._sample(loaded, group[:at_once], part.part(0.0, _SAMPLING_SHARE))
                    made, group = group[: len(latents)], group[len(latents) :]
                    for row, job in enumerate(made):
                        share = _SAMPLING_SHARE + (1 - _SAMPLING_SHARE) * row / len(made)
                        answers[id(job)] = self._finish(loaded, job, latents[row], part.part(share, 1.0))
        progress.update(1.0, "generated")
        return tuple(answers[id(job)] for job in jobs)

    def _check(self, request: SoundRequest) -> None:
        if request.length_samples > self.longest_samples:
            raise ValueError(
                f"{self.name} makes windows of up to {self.longest_samples} samples, not {request.length_samples}"
            )
        if request.before is not None and not self.can_continue:
            raise ValueError(
                f"{self.name} cannot go on from what went before: it was not trained to (its model_type is not "
                "diffusion_cond_inpaint, or it has no inputs for a mask)"
            )

    def _sample(self, loaded: Loaded, group: Sequence[Job], progress: Progress) -> tuple[Any, int]:
        """Return the latents of as many of a group as memory is enough for, from its first on; and how many."""

        def work(size: int) -> tuple[Any, int]:
            latents = make_latents(
                loaded,
                self._facts,
                group[:size],
                self._shelf.device,
                # whoever tries again with less windows encodes less at once as well
                piece=PIECES[0] if size == len(group) else PIECES[-1],
                on_step=lambda step, of: progress.update(step / of, f"{self.name}: step {step} of {of}"),
            )
            return latents, size

        return with_less_memory(
            work, _halves(len(group)), shelf=self._shelf, what="generating music", warn=_telling(group, loaded)
        )

    def _finish(self, loaded: Loaded, job: Job, latents: Any, progress: Progress) -> Generated:
        length = job.request.length_samples
        try:
            audio = with_less_memory(
                lambda piece: decode(loaded.model, self._facts, latents, length, piece=piece, progress=progress),
                PIECES,
                shelf=self._shelf,
                what="decoding music",
                warn=_telling([job], loaded),
            )
        except FloatingPointError as error:
            device = self._shelf.device
            raise HitpointError(
                f"{self.name} made what is no sound (numbers beyond {device.number_format} on {device.name}); "
                "use --device cpu"
            ) from error
        silent_s = tail_silence_s(audio)
        if silent_s >= _TOLD_SILENCE_S:
            job.say(f"the last {silent_s:.1f} s of {job.request.length_s:.1f} s are silent: the model ended early")
        return Generated(audio=audio, sentences=tuple(job.sentences))

    @property
    def _key(self) -> str:
        weights = self._weights
        place = weights.name if weights.card else str(weights.folder.resolve())
        return f"{place} {self._shelf.device.number_format} {self._speedup}"

    def _load(self) -> Loaded:
        return load_model(self._facts, self._file, self._texts, self._shelf.device, speedup=self._speedup)


def _halves(count: int) -> list[int]:
    """Return 8, 4, 2, 1 for 8."""
    sizes = [count]
    while sizes[-1] > 1:
        sizes.append(sizes[-1] // 2)
    return sizes


def _telling(jobs: Sequence[Job], loaded: Loaded) -> Callable[[str], None]:
    """Return what tells a sentence to jobs; a recorded network is forgotten with it, for it holds memory."""

    def warn(sentence: str) -> None:
        loaded.network.forget()
        for job in jobs:
            job.say(sentence)

    return warn
