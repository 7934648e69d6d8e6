"""One callback for everything that takes long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
