"""Several requests at once: what they ask for as the network's conditions, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hitpoint.accelerator import Device, seeded
from hitpoint.accelerator.device import import_torch
from hitpoint.generation.stable_audio.codec import encode, own_length
from hitpoint.generation.stable_audio.config import INPAINT_IDS, ModelFacts
from hitpoint.generation.stable_audio.loading import Loaded
from hitpoint.generation.stable_audio.sampling import Noise, sample
from hitpoint.generation.stable_audio.steps import Conditions, with_guidance
from hitpoint.generation.values import SoundRequest

#: The end of what went before is faded into what the model itself makes there, over so many latents.
_BLEND_LATENTS = 8


@dataclass(slots=True)
class Job:
    """A request on its way: the model's time that it starts at, and what has to be said of it."""

    request: SoundRequest
    start: float
    sentences: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Add a sentence, once."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)


def make_latents(
    loaded: Loaded,
    facts: ModelFacts,
    jobs: Sequence[Job],
    device: Device,
    *,
    piece: int,
    on_step: Callable[[int, int], None],
) -> Any:
    """Return latents, float32 [shape=(jobs, channels, n)], for jobs that start at the same time.

    `piece` is how many latents of sound are encoded at once; `on_step` is as for `sample`.
    """

    def say(sentence: str) -> None:
        for job in jobs:
            job.say(sentence)

    start = jobs[0].start
    sketches = _sketches(loaded, facts, jobs, device, piece) if start < 1.0 else None
    kept, share = _kept(loaded, facts, jobs, device, piece)
    wanted, unwanted = _conditions(loaded, facts, jobs, device, (kept, (share > 0).float()))
    predict = with_guidance(loaded.network, wanted, unwanted, facts.settings.guidance, warn=say)
    noise = Noise([job.request.seed for job in jobs], (facts.latent_channels, facts.latents), device.torch_name)
    made = sample(
        predict,
        noise,
        objective=facts.objective,
        settings=facts.settings,
        start=start,
        sketches=sketches,
        on_step=on_step,
    )
    return made + share * (kept - made)


def _sketches(loaded: Loaded, facts: ModelFacts, jobs: Sequence[Job], device: Device, piece: int) -> Any:
    """Return the sketches as latents of whole windows; after a sketch there is silence, as after music."""
    torch = import_torch()
    found = []
    for job in jobs:
        sketch = job.request.sketch
        assert sketch is not None
        whole = np.zeros((facts.longest_samples, 2), np.float32)
        whole[: len(sketch)] = sketch
        with seeded(job.request.seed, device):
            latents = encode(loaded.model, facts, whole, piece=piece)
        # the window is a whole number of latents at the model's rate, and not always at ours
        found.append(torch.nn.functional.pad(latents, (0, facts.latents - latents.shape[-1]), mode="replicate"))
    return torch.stack(found)


def _kept(loaded: Loaded, facts: ModelFacts, jobs: Sequence[Job], device: Device, piece: int) -> tuple[Any, Any]:
    """Return what went before as latents, and how far they count, 0..1, [shape=(jobs, 1, n)].

    Only whole latents count: the last one would be heard half in what is not there yet.
    """
    torch = import_torch()
    kept = torch.zeros((len(jobs), facts.latent_channels, facts.latents), device=device.torch_name)
    share = torch.zeros((len(jobs), 1, facts.latents), device=device.torch_name)
    for row, job in enumerate(jobs):
        before = job.request.before
        if before is None:
            continue
        count = own_length(len(before), facts) // facts.samples_per_latent
        if not count:
            shortest_ms = 1000 * facts.samples_per_latent / facts.sample_rate_hz
            job.say(
                f"what went before is shorter than {shortest_ms:.0f} ms, which this model cannot hear: it began anew"
            )
            continue
        with seeded(job.request.seed, device):
            kept[row, :, :count] = encode(loaded.model, facts, before, piece=piece)[:, :count]
        fading = min(_BLEND_LATENTS, count - 1)
        share[row, 0, :count] = 1.0
        share[row, 0, count - fading : count] = torch.linspace(1, 0, fading + 2, device=device.torch_name)[1:-1]
    return kept, share


def _conditions(
    loaded: Loaded, facts: ModelFacts, jobs: Sequence[Job], device: Device, inpaint: tuple[Any, Any]
) -> tuple[Conditions, Conditions]:
    """Return the network's conditions with the prompts, and without them."""
    torch = import_torch()
    wanted = _inputs(loaded, facts, jobs, [job.request.prompt for job in jobs], device, inpaint)
    mask = wanted.pop("cross_attn_mask", None)
    unwanted = dict(wanted)
    for name in ("cross_attn_cond", "prepend_cond"):
        if name in wanted:
            unwanted[name] = torch.zeros_like(wanted[name])
    negatives = [job.request.negative_prompt for job in jobs]
    if not any(negatives):
        return wanted, unwanted
    if facts.settings.guidance == 1.0 or mask is None:
        for job in jobs:
            if job.request.negative_prompt:
                job.say("this model takes no heed of what should not be heard (negative prompt)")
        return wanted, unwanted
    against = _inputs(loaded, facts, jobs, negatives, device, inpaint)
    counts = against["cross_attn_mask"].bool().unsqueeze(-1)
    for row, negative in enumerate(negatives):
        if negative:
            unwanted["cross_attn_cond"][row] = against["cross_attn_cond"][row] * counts[row]
    return wanted, unwanted


def _inputs(
    loaded: Loaded,
    facts: ModelFacts,
    jobs: Sequence[Job],
    prompts: Sequence[str],
    device: Device,
    inpaint: tuple[Any, Any],
) -> dict[str, Any]:
    """Return what the library makes of prompts, lengths and masks, by the names of its network's inputs."""
    rows = []
    for job, prompt in zip(jobs, prompts, strict=True):
        lengths = {"seconds_start": 0.0, "seconds_total": job.request.length_s}
        rows.append({text.id: prompt for text in facts.texts} | {name: lengths[name] for name in facts.numbers})
        for text in facts.texts:
            count = loaded.texts[text.id].count_tokens(prompt)
            if count > text.most_tokens:
                job.say(f"a prompt of {count} words and parts of words was cut to {text.most_tokens}")
    found = loaded.model.conditioner(rows, device.torch_name)
    if facts.takes_masks:
        masked, mask = inpaint
        found |= dict(zip(INPAINT_IDS, ([mask], [masked * mask]), strict=True))
    inputs = loaded.model.get_conditioning_inputs(found)
    return {name: each for name, each in inputs.items() if each is not None}
