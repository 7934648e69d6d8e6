"""A generator of sound without a model: it plays the sketch as a model that follows it would, off the grid.

Its own tempo and rubato (Rubber Band, so that our stretcher is not judged by its own inverse), late, in another tone,
in a room, with noise, with its dynamics pressed flat, with noise at the end where a model has that habit. Fulfils
`hitpoint.generation.SoundGenerator`; used by benchmarks/hybrid.py and by the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hitpoint.generation import Generated, SoundRequest
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

_STEP = SAMPLE_RATE_HZ // 20
_CROSSFADE = SAMPLE_RATE_HZ // 20


@dataclass
class Perturbing:
    """What is asked for is played; `asked` keeps the requests.

    Attributes
    ----------
    drift : float
        The most that it is slower or faster, by the seed.
    late_s : float
        The most that it begins late.
    flat : float, 0..1
        How much of the dynamics is pressed flat.
    play : function of (request, index)
        Plays something else instead (noise, another piece); None plays the sketch.
    """

    name: str = "perturbing"
    longest_samples: int = 15 * SAMPLE_RATE_HZ
    can_continue: bool = True
    noisy_end_samples: int = 0
    terms: str = "for tests only"
    drift: float = 0.05
    rubato_s: float = 0.06
    late_s: float = 0.15
    noise_db: float = -34.0
    flat: float = 0.6
    wet: float = 0.25
    play: Callable[[SoundRequest, int], Audio] | None = None
    asked: list[SoundRequest] = field(default_factory=list)
    calls: int = 0

    def generate(self, requests: Sequence[SoundRequest], *, progress: Progress = SILENT) -> tuple[Generated, ...]:
        """Return one answer per request."""
        self.calls += 1
        made = []
        for index, request in enumerate(requests):
            progress.update(index / len(requests), "playing")
            if request.before is not None and not self.can_continue:
                raise ValueError(f"{self.name} cannot go on from what was before")
            self.asked.append(request)
            audio = self.play(request, index) if self.play is not None else self._played(request)
            made.append(Generated(audio=np.ascontiguousarray(audio, dtype=np.float32)))
        return tuple(made)

    def _played(self, request: SoundRequest) -> Audio:
        rng = np.random.default_rng(request.seed)
        length = request.length_samples
        sketch = request.sketch if request.sketch is not None else np.zeros((length, 2), np.float32)
        known = 0 if request.before is None else len(request.before)
        audio = self._off_grid(sketch, rng, known)
        audio = self._pressed(audio)
        audio = self._in_a_room(audio)
        level = float(np.sqrt(np.mean(audio.astype(np.float64) ** 2)))
        audio = audio * (0.1 / max(level, 1e-6)) + 0.1 * 10 ** (self.noise_db / 20) * rng.standard_normal(audio.shape)
        if request.before is not None:
            fade = min(_CROSSFADE, known)
            gain = np.ones(known)
            gain[known - fade :] = np.linspace(1, 0, fade)
            audio[:known] = request.before * gain[:, None] + audio[:known] * (1 - gain)[:, None]
        if self.noisy_end_samples:
            first = length - self.noisy_end_samples
            audio[first:] = 0.1 * rng.standard_normal(audio[first:].shape)
        return np.asarray(audio, dtype=np.float32)

    def _off_grid(self, sketch: Audio, rng: np.random.Generator, known: int) -> Audio:
        """Play the sketch in a tempo of its own from where it goes on, or from the start, late."""
        import pedalboard

        length = len(sketch)
        share = float(rng.uniform(-self.drift, self.drift))
        late = 0 if known else round(float(rng.uniform(0, self.late_s)) * SAMPLE_RATE_HZ)
        phase, clock = float(rng.uniform(0, 2 * np.pi)), np.arange(0, length, _STEP) / SAMPLE_RATE_HZ
        turn = 2 * np.pi / 7.0
        speed = 1 + share + self.rubato_s * turn * np.cos(turn * clock + phase)
        tail = np.asarray(sketch[known:])
        if len(tail) < SAMPLE_RATE_HZ // 2 or not tail.any():
            return sketch.copy()
        speeds = np.interp(np.arange(len(tail)), np.arange(len(speed)) * _STEP, speed)
        moved = pedalboard.time_stretch(np.ascontiguousarray(tail.T), SAMPLE_RATE_HZ, speeds).T
        result = np.zeros_like(sketch)
        result[:known] = sketch[:known]
        piece = moved[: max(0, length - known - late)]
        result[known + late : known + late + len(piece)] = piece
        return result

    def _pressed(self, audio: Audio) -> Audio:
        """Press the dynamics flat, slowly."""
        hop = _STEP
        power = np.pad(audio.astype(np.float64) ** 2, ((0, -len(audio) % hop), (0, 0))).reshape(-1, hop * 2)
        shape = np.hanning(42)
        level = np.sqrt(np.convolve(power.mean(axis=1), shape / shape.sum(), mode="same")) + 1e-4
        gain = (level / level.mean()) ** -self.flat
        return np.asarray(
            audio * np.interp(np.arange(len(audio)), np.arange(len(gain)) * hop, gain)[:, None], dtype=np.float32
        )

    def _in_a_room(self, audio: Audio) -> Audio:
        """Colour it: a chorus, less brilliance, a room."""
        from pedalboard import Chorus, HighShelfFilter, LowShelfFilter, Pedalboard, Reverb

        board = Pedalboard([
            Chorus(rate_hz=0.6, depth=0.15, mix=0.3),
            LowShelfFilter(cutoff_frequency_hz=250, gain_db=3),
            HighShelfFilter(cutoff_frequency_hz=4000, gain_db=-5),
            Reverb(room_size=0.5, wet_level=self.wet, dry_level=1 - self.wet),
        ])  # fmt: skip
        return np.asarray(board(np.ascontiguousarray(audio.T), SAMPLE_RATE_HZ).T, dtype=np.float32)


def noise(request: SoundRequest, index: int) -> Audio:
    """Return noise: what follows no score."""
    rng = np.random.default_rng([request.seed, index])
    return np.asarray(0.1 * rng.standard_normal((request.length_samples, 2)), dtype=np.float32)
