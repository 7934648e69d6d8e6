"""Codes, one moment after the other: the delay between codebooks, guidance, and draws that belong to one window each.

Sampling is exact: of scores s and draws e from an exponential distribution, argmax(s - log e) falls on each code with
the probability softmax(s) (the exponential race, or Gumbel's trick). So every window has draws of its own, from its own
seed, and what it becomes does not depend on which others are made beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hitpoint.accelerator import Device, is_out_of_memory
from hitpoint.accelerator.device import import_torch
from hitpoint.generation.musicgen.decoder import DecoderStep
from hitpoint.model.errors import HitpointError
from hitpoint.model.progress import Progress

Tensor = Any

#: As its makers sample: so many of the likeliest codes take part (audiocraft's default).
TOP_K = 250
#: Positions looked back at are rounded up to this: each number of them is another graph.
_SPAN, _GRAPH_SPAN = 64, 256
#: A card is waited for after so many tokens; until then a stop is not seen.
_TOKENS_AT_ONCE = 16


def delayed(codes: Tensor, *, frames: int, pad: int, channels: int) -> Tensor:
    """Return what is known of a window beforehand, in the order in which it is made.

    Parameters
    ----------
    codes : tensor of int [shape=(rows, codebooks, known)]
        Of its beginning; known may be 0.
    frames : int
        Moments of the whole window.

    Returns
    -------
    tensor of int [shape=(rows, codebooks, frames + codebooks of a channel)]
        Column 0 is the start; code i of the codebook that is delayed by d stands in column 1 + i + d. `pad` where no
        code stands, -1 where one is to be made.
    """
    torch = import_torch()
    rows, books, known = codes.shape
    delays = books // channels
    table = torch.full((rows, books, frames + delays), pad, dtype=torch.long, device=codes.device)
    for book in range(books):
        first = 1 + book // channels
        table[:, book, first : first + frames] = -1
        table[:, book, first : first + known] = codes[:, book]
    return table


def undelayed(table: Tensor, *, frames: int, channels: int) -> Tensor:
    """Return the codes [shape=(rows, codebooks, frames)] of a full table of `delayed`."""
    torch = import_torch()
    rows = [table[:, book, 1 + book // channels :][..., :frames] for book in range(table.shape[1])]
    return torch.stack(rows, dim=1)


def draws(seeds: Sequence[int], *, columns: int, codebooks: int, choices: int, device: Device) -> Tensor:
    """Return log e [shape=(columns, windows, codebooks, choices)], each window's from its own seed, on any device."""
    torch = import_torch()
    each = [
        np.random.default_rng(seed % 2**64).standard_exponential((columns, codebooks, choices), dtype=np.float32)
        for seed in seeds
    ]
    exponential = torch.from_numpy(np.stack(each, axis=1)).to(device.torch_name)
    return exponential.clamp_min_(1e-30).log_()


class Sampling:
    """One batch of windows being made.

    Parameters
    ----------
    step : DecoderStep
        For twice as many rows as there are windows: first as asked, then without text and melody, for the guidance.
    table : tensor
        Of `delayed`; filled in place.
    start : int
        Columns that are known at once: the start, and the beginning in all codebooks.
    before : tensor [shape=(2 windows, n, hidden)] or None
        What the melody model hears before its first column.
    log_draws : tensor
        Of `draws`.
    guidance : tensor [shape=(windows, 1, 1)]
        How strongly the text (and melody) pulls.
    """

    def __init__(
        self,
        step: DecoderStep,
        *,
        table: Tensor,
        start: int,
        before: Tensor | None,
        log_draws: Tensor,
        guidance: Tensor,
    ) -> None:
        torch = import_torch()
        self._torch, self._step = torch, step
        self.table, self._start, self._before = table, start, before
        self._log_draws, self._guidance = log_draws, guidance
        self._ahead = 0 if before is None else int(before.shape[1])
        self._column = torch.full((1,), start - 1, dtype=torch.long, device=table.device)
        self._codes = table[:, :, start - 1 : start].clone()
        self._is_broken = torch.zeros((), dtype=torch.bool, device=table.device)

    def run(self, *, device: Device, captures: bool, progress: Progress, warn: Callable[[str], None]) -> Tensor:
        """Return the filled table.

        `captures` lets a card replay each step as one graph; where that fails, `warn` is told and the steps are run
        one by one.

        Raises
        ------
        HitpointError
            The model's scores were not finite numbers, so that its codes mean nothing.
        Cancelled
        """
        last = self.table.shape[-1] - 1
        is_card = device.kind == "cuda"
        graphs: dict[int, Any] | None = {} if is_card and captures else None
        granule = _SPAN if graphs is None else _GRAPH_SPAN
        self._begin()
        for column in range(self._start, last):
            span = min(-(-(self._ahead + column + 1) // granule) * granule, self._step.longest)
            if graphs is None:
                self._advance(span)
            elif span in graphs:
                graphs[span].replay()
            else:
                self._advance(span)
                # capturing runs nothing, so that nothing is lost where it fails
                try:
                    graphs[span] = self._captured(span)
                except RuntimeError as error:
                    if is_out_of_memory(error):
                        raise
                    graphs = None
                    warn(f"MusicGen's steps cannot be captured on {device.name} ({str(error)[:80]}); they run singly")
            if not is_card or column % _TOKENS_AT_ONCE == 0 or column + 1 == last:
                if is_card:
                    self._torch.cuda.synchronize(device.index)
                progress.update((column + 1 - self._start) / (last - self._start), "generating music")
        if bool(self._is_broken):
            raise HitpointError(
                f"MusicGen's numbers on {device.name} are none: its weights are broken, or leave the range of their "
                "number format; fetch them again, or use --device cpu"
            )
        return self.table

    def _begin(self) -> None:
        known = self._step.embed(self.table[:, :, : self._start]).repeat(2, 1, 1)
        if self._before is not None:
            known = self._torch.cat([self._before, known], dim=1)
        places = self._torch.arange(known.shape[1], device=known.device)
        self._take(self._step(known, places, known.shape[1]))

    def _advance(self, span: int) -> None:
        embedded = self._step.embed(self._codes).repeat(2, 1, 1)
        self._take(self._step(embedded, self._column + self._ahead, span))

    def _take(self, logits: Tensor) -> None:
        """Choose the next column; nothing here waits for the device, and every address stays the same."""
        self._is_broken.logical_or_(~self._torch.isfinite(logits).all())
        asked, free = logits.chunk(2)
        likeliest, codes = (free + self._guidance * (asked - free)).topk(self._log_draws.shape[-1], dim=-1)
        self._column.add_(1)
        won = (likeliest - self._log_draws[self._column][0]).argmax(dim=-1, keepdim=True)
        known = self.table[:, :, self._column]
        self._codes.copy_(self._torch.where(known < 0, codes.gather(-1, won), known))
        self.table[:, :, self._column] = self._codes

    def _captured(self, span: int) -> Any:
        graph = self._torch.cuda.CUDAGraph()
        # other threads may ask the card for its free memory meanwhile: the shelf's keeper does
        with self._torch.cuda.graph(graph, capture_error_mode="thread_local"):
            self._advance(span)
        return graph
