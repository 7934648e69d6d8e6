"""Out of memory: put idle models away, try again smaller, and at last say so in one sentence."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import TypeVar

from hitpoint.accelerator.shelf import Shelf
from hitpoint.model.errors import DeviceMemoryError

T = TypeVar("T")

#: How CUDA, MPS and the CPU's allocator say it; torch.OutOfMemoryError is a RuntimeError with the first of these.
_SAYINGS = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory", "alloc_failed")


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory is out, on whatever device."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(saying in str(error).lower() for saying in _SAYINGS)


def with_less_memory(
    work: Callable[[int], T],
    sizes: Sequence[int],
    *,
    shelf: Shelf,
    what: str,
    warn: Callable[[str], None] = lambda sentence: None,
) -> T:
    """Return `work(size)` for the first of the sizes that memory is enough for.

    Parameters
    ----------
    sizes : sequence of int
        From the wanted one down: windows at once, pictures in a batch.
    what : str
        "generating music", for the sentences.
    warn : callable
        Gets a sentence for each time that less was tried.

    Raises
    ------
    DeviceMemoryError
        Not even the smallest fits.
    """
    for position, size in enumerate(sizes):
        try:
            return work(size)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # outside the except: the traceback would hold on to what filled the memory
        gc.collect()
        shelf.put_idle_away()
        shelf.device.give_back()
        if position + 1 < len(sizes):
            warn(f"{what}: {shelf.device.name} ran out of memory at {size} at once; tried again with less")
    raise DeviceMemoryError(
        f"{what}: {shelf.device.name} has too little free memory even for {sizes[-1]} at once; close other programs "
        "that use it, choose a smaller model, or --device cpu"
    )
