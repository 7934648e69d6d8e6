"""Audio as MusicGen's codes, and back: EnCodec, one window at a time, stopped between its layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.accelerator.device import import_torch
from hitpoint.generation.musicgen.loading import Loaded
from hitpoint.generation.resample import resample
from hitpoint.model.errors import SettingError
from hitpoint.model.progress import Progress
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]
Tensor = Any


def encode(audio: Audio, loaded: Loaded, *, progress: Progress) -> Tensor:
    """Return the codes [shape=(codebooks, frames)] of as many whole frames as the audio has.

    `audio` is float32 [shape=(n, 2)] at 48 kHz. The frame that is not whole is left out: its code would hold silence.
    """
    torch = import_torch()
    kind, codec = loaded.kind, loaded.model.audio_encoder
    frames = len(audio) * kind.frame_rate_hz // SAMPLE_RATE_HZ
    length = -(-len(audio) * kind.sample_rate_hz // SAMPLE_RATE_HZ)
    moved = resample(audio, SAMPLE_RATE_HZ, kind.sample_rate_hz, length)
    channels = moved.T if kind.channels == 2 else moved.mean(axis=1)[None]
    coded = []
    with _stoppable(codec.encoder.layers, progress, "encoding what went before"):
        for wave in channels:
            waves = torch.from_numpy(np.ascontiguousarray(wave))[None, None].to(loaded.model.device)
            coded.append(codec.encode(waves).audio_codes[0, 0, :, :frames])
    codes = torch.stack(coded, dim=1).flatten(0, 1)  # left and right of a codebook stand side by side
    if len(codes) != kind.codebooks:
        raise SettingError(
            f"the codec of this MusicGen gives {len(codes)} codes at a moment and its decoder knows "
            f"{kind.codebooks}; its files do not belong together"
        )
    return codes


def decode(codes: Tensor, loaded: Loaded, *, length_samples: int, progress: Progress) -> Audio:
    """Return codes [shape=(codebooks, frames)] as float32 [shape=(length_samples, 2)] at 48 kHz."""
    kind, codec = loaded.kind, loaded.model.audio_encoder
    waves = []
    with _stoppable(codec.decoder.layers, progress, "decoding music"):
        for channel in range(kind.channels):
            decoded = codec.decode(codes[None, None, channel :: kind.channels], [None]).audio_values
            waves.append(decoded[0, 0].float().cpu().numpy())
    audio = np.stack(waves if kind.channels == 2 else waves * 2, axis=1)
    return resample(audio, kind.sample_rate_hz, SAMPLE_RATE_HZ, length_samples)


@contextmanager
def _stoppable(layers: Any, progress: Progress, sentence: str) -> Iterator[None]:
    """Let a stop be obeyed between layers: thirty seconds of audio take a CPU longer than a second."""
    count = len(layers)

    def before(index: int) -> Any:
        return lambda *_: progress.update(index / count, sentence)

    hooks = [layer.register_forward_pre_hook(before(index)) for index, layer in enumerate(layers)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
