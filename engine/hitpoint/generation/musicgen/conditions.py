"""What MusicGen is told beside the codes: the text, and for the melody model the pitch classes of the sketch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.accelerator.device import import_torch
from hitpoint.generation.musicgen.loading import Loaded
from hitpoint.generation.resample import resample
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]
Tensor = Any

#: A longer prompt is cut: T5 was taught on texts of up to 512 tokens, MusicGen on much shorter ones.
MOST_TOKENS = 256


def read_text(prompt: str, loaded: Loaded) -> tuple[Tensor, bool]:
    """Return a prompt's tokens [shape=(n,)], and whether it had to be cut."""
    whole = loaded.tokenizer(prompt)["input_ids"]
    is_cut = len(whole) > MOST_TOKENS
    # the last token says that the text ends
    kept = [*whole[: MOST_TOKENS - 1], whole[-1]] if is_cut else whole
    return import_torch().tensor(kept, device=loaded.model.device), is_cut


def hear_text(tokens: Tensor, loaded: Loaded) -> Tensor:
    """Return texts of one length, tokens [shape=(rows, n)], as the decoder hears them [shape=(2 rows, n, hidden)].

    The second half is silence: what guidance pulls away from.
    """
    torch = import_torch()
    model = loaded.model
    hidden = model.text_encoder(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state
    if hasattr(model, "enc_to_dec_proj"):
        hidden = model.enc_to_dec_proj(hidden)
    return torch.cat([hidden, torch.zeros_like(hidden)])


def read_melody(sketch: Audio | None, loaded: Loaded) -> Tensor:
    """Return the strongest pitch class of each moment [shape=(chroma_length, 12)]; without a sketch the null melody.

    What is shorter than the model's 30 s is repeated to fill them, as in its training. Voices and drums need not be
    taken out first, as they must be for recordings: the sketch has none.
    """
    torch = import_torch()
    config = loaded.model.config
    count = int(config.chroma_length)
    if sketch is None:
        return _null_melody(count, int(config.num_chroma))
    rate = int(loaded.chroma.sampling_rate)
    mono = resample(sketch.mean(axis=1), SAMPLE_RATE_HZ, rate, -(-len(sketch) * rate // SAMPLE_RATE_HZ))
    heard = loaded.chroma(audio=[mono], sampling_rate=rate, return_tensors="pt")["input_features"][0]
    repeated: Tensor = torch.as_tensor(heard).repeat(math.ceil(count / len(heard)), 1)[:count]
    return repeated


def hear_melody(melodies: Tensor, loaded: Loaded) -> Tensor:
    """Return melodies [shape=(rows, chroma_length, 12)] as the decoder hears them [shape=(2 rows, n, hidden)]."""
    torch = import_torch()
    model = loaded.model
    null = _null_melody(*melodies.shape[1:]).expand_as(melodies)
    both = torch.cat([melodies, null]).to(model.device)
    return model.audio_enc_to_dec_proj(both) if hasattr(model, "audio_enc_to_dec_proj") else both


def _null_melody(count: int, classes: int) -> Tensor:
    melody = import_torch().zeros(count, classes)
    melody[:, 0] = 1.0
    return melody
