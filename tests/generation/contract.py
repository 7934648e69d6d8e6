"""What every generator of sound must do, whatever is behind it: call `check` from a test of each."""

from __future__ import annotations

import numpy as np
import pytest

from hitpoint.generation import SoundGenerator, SoundRequest
from hitpoint.model.errors import Cancelled
from hitpoint.model.progress import Progress

RATE = 48_000


def tone(length: int, hertz: float = 220.0) -> np.ndarray:
    clock = np.arange(length) / RATE
    wave = 0.2 * np.sin(2 * np.pi * hertz * clock) * (1 + 0.5 * np.sin(2 * np.pi * 2 * clock))
    return np.stack([wave, wave], axis=1).astype(np.float32)


def check(generator: SoundGenerator, *, length_samples: int = RATE) -> None:
    """Raise where a generator does not keep the protocol; makes five short windows or so."""
    assert generator.name
    assert isinstance(generator.terms, str)
    assert isinstance(generator.can_continue, bool)
    assert 0 <= generator.noisy_end_samples < generator.longest_samples
    length = min(length_samples, generator.longest_samples)
    asked = [
        SoundRequest(prompt="calm strings", negative_prompt="drums", length_samples=length, seed=seed,
                     sketch=tone(length), freedom=0.6)
        for seed in (1, 2)
    ]  # fmt: skip
    shares: list[float] = []
    made = generator.generate(asked, progress=Progress(lambda share, sentence: shares.append(share)))
    assert len(made) == 2, "one answer per request"
    for answer in made:
        assert answer.audio.shape == (length, 2), "as long as it was asked for, stereo"
        assert answer.audio.dtype == np.float32
        assert np.isfinite(answer.audio).all()
    assert shares, "progress is told"
    assert all(0 <= share <= 1 for share in shares)
    assert not np.array_equal(made[0].audio, made[1].audio), "another seed, another take"
    again = generator.generate(asked[:1])
    assert np.allclose(again[0].audio, made[0].audio, atol=1e-4), "the same request and seed give the same audio"
    assert np.array_equal(asked[0].sketch, tone(length)), "what is handed in is left as it was"

    goes_on = SoundRequest(
        prompt="calm strings", length_samples=length, seed=3, sketch=tone(length), before=tone(length // 2)
    )
    if generator.can_continue:
        answer = generator.generate([goes_on])[0]
        assert answer.audio.shape == (length, 2)
    else:
        with pytest.raises(ValueError, match=r"\w"):
            generator.generate([goes_on])
    with pytest.raises(Cancelled):
        generator.generate(asked[:1], progress=Progress(should_stop=lambda: True))
    assert generator.generate(()) == (), "nothing asked, nothing made"
