"""Models are loaded once, shared between jobs, and put away when nobody needs them."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, cast

from hitpoint.accelerator.device import Device, choose_device
from hitpoint.model.errors import DeviceMemoryError
from hitpoint.weights import local_files_only

T = TypeVar("T")

#: A model that nobody asked for so long is put away: Resolve lives on the same card.
IDLE_S = 300.0
#: Less free memory than this share of a card means that another program needs it.
RESERVE_SHARE = 0.06
_LOOK_EVERY_S = 5.0


@dataclass(slots=True)
class _Kept:
    model: Any
    size_bytes: int
    last_used_s: float
    borrowers: int = 0
    turn: threading.RLock = field(default_factory=threading.RLock)


class Shelf:
    """The models on one device.

    Parameters
    ----------
    idle_s : float
        How long a model stays that nobody asks for.
    free_bytes : callable or None
        Returns the device's free memory; for tests.
    clock_s : callable
        Seconds that never run backwards; for tests.
    """

    def __init__(
        self,
        device: Device,
        *,
        idle_s: float = IDLE_S,
        free_bytes: Callable[[], int] | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.device = device
        self._idle_s, self._clock_s = idle_s, clock_s
        self._free_bytes = free_bytes or device.free_bytes
        self._reserve_bytes = int(RESERVE_SHARE * device.memory_bytes)
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()  # of the table
        self._loading = threading.RLock()  # one model is loaded at a time
        self._keeper: threading.Thread | None = None

    @contextmanager
    def lend(self, key: str, load: Callable[[], T], *, size_bytes: int) -> Iterator[T]:
        """Give out a model to one borrower at a time; it is loaded when it is not on the shelf.

        Parameters
        ----------
        key : str
            What it is and in which form: "musicgen-medium float16".
        load : callable
            Returns it, on the device; no library reaches the network meanwhile.
        size_bytes : int
            About how much of the device's memory its weights take.

        Raises
        ------
        DeviceMemoryError
            There is not enough memory for its weights, however much is put away.
        """
        kept = self._take(key, load, size_bytes)
        try:
            with kept.turn:
                yield cast(T, kept.model)
        finally:
            with self._lock:
                kept.borrowers -= 1
                kept.last_used_s = self._clock_s()

    def _take(self, key: str, load: Callable[[], Any], size_bytes: int) -> _Kept:
        with self._loading:
            with self._lock:
                kept = self._kept.get(key)
                if kept is not None:
                    kept.borrowers += 1
                    return kept
            self._make_room(size_bytes)
            kept = _Kept(self._load(key, load), size_bytes, self._clock_s(), borrowers=1)
            with self._lock:
                self._kept[key] = kept
            self._watch()
            return kept

    def _load(self, key: str, load: Callable[[], T]) -> T:
        from hitpoint.accelerator.memory import is_out_of_memory

        try:
            with local_files_only():  # whatever a library would like to look up
                return load()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            told = str(error)
        self.put_idle_away()
        raise DeviceMemoryError(
            f"{self.device.name} has too little free memory for the model {key} ({told.splitlines()[0][:80]}); close "
            "other programs that use it, choose a smaller model, or --device cpu"
        )

    def _make_room(self, size_bytes: int) -> None:
        """Put away what was used longest ago until a model fits beside what other programs need."""
        while self._free_bytes() < size_bytes + self._reserve_bytes:
            with self._lock:
                idle = [(kept.last_used_s, key) for key, kept in self._kept.items() if not kept.borrowers]
                if not idle:
                    return  # loading decides: an estimate is no reason to refuse
                del self._kept[min(idle)[1]]
            self._give_back()

    def tidy(self) -> None:
        """Put away what nobody asked for in a long time, and all that is idle where memory is short."""
        now_s = self._clock_s()
        is_short = self._free_bytes() < self._reserve_bytes
        with self._lock:
            gone = [
                key
                for key, kept in self._kept.items()
                if not kept.borrowers and (is_short or now_s - kept.last_used_s > self._idle_s)
            ]
            for key in gone:
                del self._kept[key]
        if gone:
            self._give_back()

    def put_idle_away(self) -> None:
        """Put away every model that nobody uses at the moment."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if kept.borrowers}
        self._give_back()

    @property
    def keys(self) -> tuple[str, ...]:
        """What lies on the shelf."""
        with self._lock:
            return tuple(self._kept)

    def _give_back(self) -> None:
        gc.collect()
        self.device.give_back()

    def _watch(self) -> None:
        """Look after the shelf from a thread that lives while something lies there."""
        if self._keeper is None or not self._keeper.is_alive():
            self._keeper = threading.Thread(target=self._keep, name="model shelf", daemon=True)
            self._keeper.start()

    def _keep(self) -> None:
        while self.keys:
            time.sleep(_LOOK_EVERY_S)
            self.tidy()


@cache
def _shelf_of(device: Device) -> Shelf:
    return Shelf(device)


def shared_shelf(asked: str | None = None) -> Shelf:
    """Return this process's shelf of a device; `asked` as for `choose_device`."""
    return _shelf_of(choose_device(asked))
