"""What time it is while something plays. Seconds are record seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

#: (start, end) in record seconds, half-open; None where nothing is looped.
LoopS = tuple[float, float] | None


class Clock(Protocol):
    """Runs from a moment on, at a rate, round and round in a loop if there is one."""

    def start(self, at_s: float, *, rate: float, loop_s: LoopS) -> None:
        """Run from `at_s` on; `rate` 1 is real time, negative runs backwards."""

    def stop(self) -> None:
        """Stand still."""

    def now_s(self) -> float:
        """Return the record second that is heard (or would be) at this moment."""


def wrap_s(at_s: float, *, start_s: float, loop_s: LoopS) -> float:
    """Return where one is after running from `start_s` on to `at_s`, if there is a loop.

    Who starts behind the loop's end does not get into it; who starts before it runs in and stays.
    """
    if loop_s is None or start_s >= loop_s[1] or at_s < loop_s[1]:
        return at_s
    return loop_s[0] + (at_s - loop_s[0]) % (loop_s[1] - loop_s[0])


class MachineClock:
    """The machine's own clock: for shuttling, and where there is no sound card. `read_s` is for tests."""

    def __init__(self, read_s: Callable[[], float] = time.perf_counter) -> None:
        self._read_s = read_s
        self._start_s, self._began_s, self._rate = 0.0, None, 1.0  # type: float, float | None, float
        self._loop_s: LoopS = None

    def start(self, at_s: float, *, rate: float, loop_s: LoopS) -> None:
        """Run from `at_s` on."""
        self._start_s, self._rate, self._loop_s = at_s, rate, loop_s
        self._began_s = self._read_s()

    def stop(self) -> None:
        """Stand still."""
        self._start_s, self._began_s = self.now_s(), None

    def now_s(self) -> float:
        """Return the record second."""
        if self._began_s is None:
            return self._start_s
        at_s = self._start_s + (self._read_s() - self._began_s) * self._rate
        return wrap_s(at_s, start_s=self._start_s, loop_s=self._loop_s if self._rate > 0 else None)
