"""What a generator of sound is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundRequest:
    """One window of music.

    Attributes
    ----------
    prompt, negative_prompt : str
        What it should sound like, and what not; English.
    length_samples : int
        Of the window, at 48 kHz.
    seed : int
        The same request and seed give the same audio on the same device.
    sketch : float32 [shape=(length_samples, 2)] or None
        The written score of this window as sampled instruments play it: melody, harmony and dynamics come from it.
    freedom : float, 0..1
        How far the result may go from the sketch: 0 keeps it, 1 takes nothing from it but what the model's own
        conditioning (a melody) takes.
    before : float32 [shape=(m, 2)] or None
        The first m samples of this window as they were made already: the result goes on from them. m < length_samples.
    """

    prompt: str
    length_samples: int
    seed: int
    negative_prompt: str = ""
    sketch: Audio | None = None
    freedom: float = 0.7
    before: Audio | None = None

    def __post_init__(self) -> None:
        if self.length_samples <= 0:
            raise ValueError(f"a window of {self.length_samples} samples is none")
        if not 0.0 <= self.freedom <= 1.0:
            raise ValueError(f"freedom {self.freedom:g} must lie in 0..1")
        if self.sketch is not None and self.sketch.shape != (self.length_samples, 2):
            raise ValueError(f"the sketch is of shape {self.sketch.shape}, not {(self.length_samples, 2)}")
        if self.before is not None and (
            self.before.ndim != 2 or self.before.shape[1] != 2 or not 0 < len(self.before) < self.length_samples
        ):
            raise ValueError(
                f"what went before is of shape {self.before.shape}; it must be stereo and shorter than the window"
            )

    @property
    def length_s(self) -> float:
        """Seconds of the window."""
        return self.length_samples / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What came back: float32 [shape=(length_samples, 2)] at 48 kHz, finite, and sentences on what fell short."""

    audio: Audio
    sentences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.audio.dtype != np.float32 or self.audio.ndim != 2 or self.audio.shape[1] != 2:
            raise ValueError(f"generated audio must be float32 of shape (n, 2), not {self.audio.shape}")
        if not np.isfinite(self.audio).all():
            raise ValueError("generated audio has samples that are not finite numbers")
        self.audio.setflags(write=False)


class SoundGenerator(Protocol):
    """Makes windows of sound. Holds no grid: `hitpoint.alignment` pulls the result onto the score.

    Attributes
    ----------
    name : str
        For the report: the model and its state.
    longest_samples : int
        The longest window that it makes well.
    can_continue : bool
        Whether it goes on from `SoundRequest.before`; one that cannot ignores nothing: it refuses such a request with
        a `ValueError`.
    noisy_end_samples : int
        How much of the end of its windows is noise by habit, to be cut before the next one goes on.
    terms : str
        What the licence asks of whoever uses the music; "" for none.
    """

    name: str
    longest_samples: int
    can_continue: bool
    noisy_end_samples: int
    terms: str

    def generate(self, requests: Sequence[SoundRequest], *, progress: Progress = SILENT) -> tuple[Generated, ...]:
        """Return one answer per request, in order; what has the same length is made at once where memory allows.

        Obeys a stop between the steps of its sampling.

        Raises
        ------
        DeviceMemoryError
            Not even one window at a time fits.
        Cancelled
        """
        ...
