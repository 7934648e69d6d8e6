"""One callback for everything that takes long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hitpoint.model.errors import Cancelled


def _ignore(fraction: float, sentence: str) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Progress:
    """Reports 0..1 and a sentence, and stops the work within a second when asked to.

    `report` is called from the thread that called the step. Call `update` at least once a second in long work; it
    raises `Cancelled` when `should_stop()` is true.
    """

    report: Callable[[float, str], None] = _ignore
    should_stop: Callable[[], bool] = _never

    def update(self, fraction: float, sentence: str) -> None:
        """Report how far the work is (0..1), or raise `Cancelled`."""
        if self.should_stop():
            raise Cancelled("stopped on request; nothing was changed")
        self.report(min(1.0, max(0.0, fraction)), sentence)

    def part(self, start: float, end: float) -> Progress:
        """Return a progress whose 0..1 is the stretch start..end of this one."""
        outer = self.report

        def scaled(fraction: float, sentence: str) -> None:
            outer(start + (end - start) * fraction, sentence)

        return Progress(scaled, self.should_stop)


SILENT = Progress()


@dataclass(slots=True)
class StepClock:
    """Times steps by name, in seconds, and hands each its stretch of the progress."""

    progress: Progress
    step_s: dict[str, float] = field(default_factory=dict)
    start: float = 0.0
    end: float = 1.0

    def within(self, start: float, end: float) -> StepClock:
        """Return a clock that writes into the same table and whose 0..1 is the stretch start..end of this one."""
        return StepClock(self.progress, self.step_s, start, end)

    @contextmanager
    def step(self, name: str, start: float, end: float) -> Iterator[Progress]:
        """Give a step its progress, and note how long it took."""
        first, last = (self.start + (self.end - self.start) * share for share in (start, end))
        self.progress.update(first, name)
        began = time.perf_counter()
        yield self.progress.part(first, last)
        self.step_s[name] = round(time.perf_counter() - began, 3)
