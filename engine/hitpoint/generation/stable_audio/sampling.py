"""From noise, or from a sketch with noise over it, to latents.

A model's own time t runs from 1 (noise) to 0 (music). Where a sketch is given, sampling starts at t = freedom instead:
the sketch's latents with as much noise over them as belongs to that time. For models that predict v, t is the angle
between music and noise: noise of size tan(t π/2) over latents of size 1 (freedom 0.5: as much noise as music; 0.7:
twice as much); for flows the latents are (1 − t) music + t noise. The library calls the same thing init_noise_level.

The noise of a request comes from its own seed, drawn on the processor: a request in a batch is the request alone, and
noise is the same on every device.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from hitpoint.accelerator.device import import_torch
from hitpoint.generation.stable_audio.config import Objective, SamplingSettings

#: Below it nothing would be changed that one hears: the sketch comes back as the codec gives it.
LEAST_TIME = 0.02
#: Fewer steps than this are taken only by models that need fewer from noise.
_FEWEST_STEPS = 12
#: Flows end their even steps in log(music/noise) here, and go to music alone in the last one.
_LAST_LOG_RATIO = 2.0
_FIRST_LOG_RATIO = -6.0


class Noise:
    """Numbers from several seeds, one for each request of a batch."""

    def __init__(self, seeds: Sequence[int], shape: tuple[int, int], device: str) -> None:
        torch = import_torch()
        self._generators = [torch.Generator("cpu").manual_seed(seed % 2**63) for seed in seeds]
        self._shape, self._device = shape, device

    def draw(self) -> Any:
        """Return the next ones, float32 [shape=(seeds, *shape)]."""
        torch = import_torch()
        drawn = [torch.randn(self._shape, generator=each, dtype=torch.float32) for each in self._generators]
        return torch.stack(drawn).to(self._device)


def start_time(freedom: float, *, has_sketch: bool) -> float:
    """Return the model's time at which sampling starts, 0..1."""
    return freedom if has_sketch else 1.0


def count_steps(objective: Objective, settings: SamplingSettings, start: float) -> int:
    """Return how many steps are taken from a time on: as dense as from noise, but not too few."""
    if start >= 1.0:
        return settings.steps
    if start < LEAST_TIME:
        return 0
    share = start
    if objective == "v":
        sigma = _sigma_of(start, settings)
        share = math.log(max(sigma / settings.sigma_min, 1.0)) / math.log(settings.sigma_max / settings.sigma_min)
    return min(settings.steps, max(_FEWEST_STEPS, math.ceil(share * settings.steps)))


def sample(
    predict: Callable[[Any, Any], Any],
    noise: Noise,
    *,
    objective: Objective,
    settings: SamplingSettings,
    start: float,
    sketches: Any | None,
    on_step: Callable[[int, int], None],
) -> Any:
    """Return latents, float32 [shape=(batch, channels, n)].

    Parameters
    ----------
    predict : callable
        The network with its conditions: (x, t [shape=(batch,)]) to what it predicts.
    start : float
        The time to start at; 1 needs no sketches.
    sketches : tensor [shape=(batch, channels, n)] or None
    on_step : callable
        Gets the number of the step that was made and that of all; may raise to stop.
    """
    steps = count_steps(objective, settings, start)
    if not steps:
        return sketches
    if objective == "v":
        return _sample_v(predict, noise, settings, start, steps, sketches, on_step)
    times = flow_times(start, steps)
    fresh = noise.draw()
    x = fresh if start >= 1.0 or sketches is None else (1 - start) * sketches + start * fresh
    for position, (now, then) in enumerate(itertools.pairwise(times)):
        found = predict(x, x.new_full((len(x),), now))
        if objective == "rectified_flow":
            x = x + (then - now) * found
        else:  # distilled: all the way to music, and back to the next time with new noise
            music = x - now * found
            x = music if then == 0 else (1 - then) * music + then * noise.draw()
        on_step(position + 1, steps)
    return x


def flow_times(start: float, steps: int) -> list[float]:
    """Return the times of a flow's steps, from `start` to 0: even in log(music/noise)."""
    first = math.log((1 - start) / start) if start < 1.0 else _FIRST_LOG_RATIO
    last = max(_LAST_LOG_RATIO, first + 1.0)
    between = [first + (last - first) * position / steps for position in range(1, steps)]
    return [start, *(1 / (1 + math.exp(ratio)) for ratio in between), 0.0]


def _sigma_of(start: float, settings: SamplingSettings) -> float:
    return settings.sigma_max if start >= 1.0 else min(settings.sigma_max, math.tan(start * math.pi / 2))


def _sample_v(
    predict: Callable[[Any, Any], Any],
    noise: Noise,
    settings: SamplingSettings,
    start: float,
    steps: int,
    sketches: Any | None,
    on_step: Callable[[int, int], None],
) -> Any:
    """DPM-Solver++(3M) SDE, as the makers of Stable Audio Open advise; k-diffusion's."""
    import k_diffusion  # type: ignore[import-untyped]

    sigma = _sigma_of(start, settings)
    # noise levels stay on the processor: asking the card for them would make it wait in every step
    sigmas = k_diffusion.sampling.get_sigmas_polyexponential(steps, min(settings.sigma_min, sigma / 3), sigma, 1.0)
    x = sigma * noise.draw()
    if sketches is not None and start < 1.0:
        x = x + sketches
    # a step's noise is what a Brownian path does between two levels; no level is visited twice, so that these are
    # independent numbers of unit size, and the path itself (a tree of seeds) need not be followed
    return k_diffusion.sampling.sample_dpmpp_3m_sde(
        k_diffusion.external.VDenoiser(predict),
        x,
        sigmas,
        disable=True,
        noise_sampler=lambda now, then: noise.draw(),
        callback=lambda state: on_step(int(state["i"]) + 1, steps),
    )
