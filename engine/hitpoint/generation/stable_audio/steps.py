"""One step of the network: with guidance, and made faster on a card.

The library's network does guidance itself, but asks the card for a number in every step to do so, and saves the state
of the card's random numbers in every layer (for training). Both make the processor wait for the card, and neither can
be recorded. So it is asked without guidance, for both halves at once, and without checkpoints: the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hitpoint.accelerator import is_out_of_memory
from hitpoint.accelerator.device import import_torch
from hitpoint.generation.stable_audio.config import Speedup

#: What the network is asked with; a value is a tensor of which the first axis is that of the batch.
Conditions = Mapping[str, Any]
Step = Callable[[Any, Any, Conditions], Any]

_WARM_UP_STEPS = 2


class Network:
    """A diffusion transformer, asked step by step; recorded or translated the first time that a shape is asked for.

    What goes wrong with recording or translating is no reason to stop: then the network is asked plainly, and says so
    once.

    Attributes
    ----------
    speedup : str
        "graph", "compile" or "none".
    """

    def __init__(self, model: Any, *, speedup: Speedup = "none", record: Callable[..., Step] | None = None) -> None:
        self.model = model
        self.speedup: Speedup = speedup
        self._record = record or record_graph
        self._shapes: tuple[Any, ...] = ()
        self._faster: Step | None = None

    def __call__(self, x: Any, t: Any, conditions: Conditions, *, warn: Callable[[str], None]) -> Any:
        """Return what the network predicts, in its own number format.

        Parameters
        ----------
        x : tensor [shape=(batch, channels, n)]
        t : tensor [shape=(batch,)]
            0..1.
        """
        if self.speedup != "none":
            try:
                return self._fast(x, t, conditions)
            except Exception as error:  # a compiler may raise anything; out of memory is for whoever asked
                if is_out_of_memory(error):
                    self.forget()
                    raise
                told = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            warn(f"the network could not be made faster ({self.speedup}; {told}); its steps are computed plainly")
            self.speedup = "none"
            self.forget()
        return self.plain(x, t, conditions)

    def plain(self, x: Any, t: Any, conditions: Conditions) -> Any:
        """Ask the network itself."""
        return self.model(x, t, cfg_scale=1.0, batch_cfg=True, use_checkpointing=False, **conditions)

    def forget(self) -> None:
        """Give up what was recorded, and the memory that it holds."""
        self._shapes, self._faster = (), None

    def _fast(self, x: Any, t: Any, conditions: Conditions) -> Any:
        shapes = (x.shape, x.dtype, *((name, each.shape) for name, each in sorted(conditions.items())))
        if self._faster is None or (self.speedup == "graph" and shapes != self._shapes):
            self.forget()  # before the next one: two recordings at once hold twice the memory
            self._faster = (
                self._translate() if self.speedup == "compile" else self._record(self.plain, x, t, conditions)
            )
            self._shapes = shapes
        return self._faster(x, t, conditions)

    def _translate(self) -> Step:
        torch = import_torch()
        translated = torch.compile(self.model, dynamic=False)

        def step(x: Any, t: Any, conditions: Conditions) -> Any:
            return translated(x, t, cfg_scale=1.0, batch_cfg=True, use_checkpointing=False, **conditions)

        return step


def record_graph(plain: Step, x: Any, t: Any, conditions: Conditions) -> Step:
    """Record one step on a CUDA card; return what replays it for other numbers of the same shapes.

    Replaying launches some thousand kernels at once instead of one by one, which a large card is faster than.
    """
    torch = import_torch()
    kept_x, kept_t = x.clone(), t.clone()
    kept = {name: each.clone() for name, each in conditions.items()}
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(_WARM_UP_STEPS):  # libraries choose their kernels and fetch their memory
            plain(kept_x, kept_t, kept)
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    # other threads (another model, another job) may go on using the card meanwhile
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        answer = plain(kept_x, kept_t, kept)

    def step(x: Any, t: Any, conditions: Conditions) -> Any:
        kept_x.copy_(x)
        kept_t.copy_(t)
        for name, each in conditions.items():
            kept[name].copy_(each)
        graph.replay()
        return answer.clone()

    return step


def with_guidance(
    network: Network, wanted: Conditions, unwanted: Conditions, guidance: float, *, warn: Callable[[str], None]
) -> Callable[[Any, Any], Any]:
    """Return the step that a sampler asks for: away from what is not wanted, `guidance` times.

    Parameters
    ----------
    wanted, unwanted : mapping
        Conditions with the prompt, and without it (or with what should not be heard). Both have the same names.
    """
    torch = import_torch()
    dtype = next(network.model.parameters()).dtype
    if guidance == 1.0:
        alone = {name: each.to(dtype) for name, each in wanted.items()}
        return lambda x, t: network(x.to(dtype), t.to(dtype), alone, warn=warn).float()
    both = {name: torch.cat([each, unwanted[name]]).to(dtype) for name, each in wanted.items()}

    def step(x: Any, t: Any) -> Any:
        found = network(torch.cat([x, x]).to(dtype), torch.cat([t, t]).to(dtype), both, warn=warn)
        towards, away = found.float().chunk(2)
        return away + (towards - away) * guidance

    return step
