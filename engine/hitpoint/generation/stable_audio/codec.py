"""Sound into latents and back, in pieces."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.accelerator.device import import_torch
from hitpoint.generation.resample import resample
from hitpoint.generation.stable_audio.config import ModelFacts
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

#: How many latents a piece sees beyond its ends. An Oobleck codec with strides of 2 to 8 looks some 10 latents far
#: (counted from its kernels and dilations), so that pieces are what the whole would be.
_MARGIN = 32
#: Latents at once: 512 are 24 s of Stable Audio Open; tried from the first on where memory is short.
PIECES = (512, 256, 128, 64)


def own_length(length_samples: int, facts: ModelFacts) -> int:
    """Return how many samples of the model's rate a window at 48 kHz needs."""
    return math.ceil(length_samples * facts.sample_rate_hz / SAMPLE_RATE_HZ)


def encode(model: Any, facts: ModelFacts, audio: Audio, *, piece: int = PIECES[0]) -> Any:
    """Return latents, float32 [shape=(channels, n)] on the model's device, of 48 kHz sound.

    n covers the sound; beyond its end it is continued backwards, for silence there would be heard in its last latents.
    Draws from torch's generator (the codec is a variational one).
    """
    torch = import_torch()
    ratio = facts.samples_per_latent
    own = resample(
        audio,
        SAMPLE_RATE_HZ,
        facts.sample_rate_hz,
        length_samples=min(own_length(len(audio), facts), facts.latents * ratio),
    )
    if facts.channels == 1:
        own = own.mean(axis=1, keepdims=True)
    count = math.ceil(len(own) / ratio)
    own = np.pad(own, ((0, count * ratio - len(own)), (0, 0)), mode="symmetric")
    parameter = next(model.pretransform.parameters())
    sound = torch.from_numpy(np.ascontiguousarray(own.T)).to(parameter.device, parameter.dtype)

    def part(first: int, last: int) -> Any:
        return model.pretransform.encode(sound[None, :, first * ratio : last * ratio])[0].float()

    found = _in_pieces(part, count, count, 1, piece, SILENT) if facts.has_local_codec else [part(0, count)]
    return torch.cat(found, dim=-1)


def decode(
    model: Any,
    facts: ModelFacts,
    latents: Any,
    length_samples: int,
    *,
    piece: int = PIECES[0],
    progress: Progress = SILENT,
) -> Audio:
    """Return 48 kHz sound, float32 [shape=(length_samples, 2)], of latents [shape=(channels, n)].

    Only the latents that are heard are decoded.

    Raises
    ------
    FloatingPointError
        The sound has samples that are not finite numbers.
    """
    torch = import_torch()
    ratio = facts.samples_per_latent
    needed = own_length(length_samples, facts)
    # a resampler looks ahead: what it sees beyond the end is the model's sound, not silence
    count = min(latents.shape[-1], math.ceil(needed / ratio) + 2)
    parameter = next(model.pretransform.parameters())
    whole = latents.to(parameter.device, parameter.dtype)
    total = whole.shape[-1]

    def part(first: int, last: int) -> Any:
        return model.pretransform.decode(whole[None, :, first:last])[0].float().cpu()

    if facts.has_local_codec:
        found = _in_pieces(part, count, total, ratio, piece, progress)
    else:
        found = [part(0, total)]
    own = torch.cat(found, dim=-1).numpy().T[: count * ratio]
    if not np.isfinite(own).all():
        raise FloatingPointError("decoded sound has samples that are not finite")
    if facts.channels == 1:
        own = np.repeat(own[:, :1], 2, axis=1)
    return resample(own, facts.sample_rate_hz, SAMPLE_RATE_HZ, length_samples)


def _in_pieces(
    part: Callable[[int, int], Any], count: int, total: int, per_latent: int, piece: int, progress: Progress
) -> list[Any]:
    """Return what `part(first, last)` gives for the first `count` of `total` latents.

    Each piece is made with a margin on both sides that is cut off again; `per_latent` is how much one latent gives.
    """
    found = []
    for start in range(0, count, piece):
        progress.update(start / count, "decoding")
        end = min(count, start + piece)
        first, last = max(0, start - _MARGIN), min(total, end + _MARGIN)
        found.append(part(first, last)[:, (start - first) * per_latent : (end - first) * per_latent])
    return found
