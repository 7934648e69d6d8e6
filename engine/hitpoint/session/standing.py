"""What of the version before stands in the next one, and where it lies there: dry sound, peaks and levels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hitpoint.mixing.again import ReadDry
from hitpoint.mixing.automation import Automation
from hitpoint.mixing.limiter import WINDOW_SAMPLES
from hitpoint.session.changes import Copy, Span
from hitpoint.session.tape import Tape

_FAR = 1 << 50
#: Everything stands where it was.
EVERYTHING = [Copy(-_FAR, _FAR, 0)]


def copied_tape(tape: Tape, copies: Sequence[Copy]) -> Tape:
    """Return what of a tape stands, where it lies now."""
    if copies == EVERYTHING:
        return tape
    return Tape(
        tuple(
            extent
            for copy in copies
            for extent in tape.between(copy.start - copy.shift, copy.end - copy.shift, shift=copy.shift)
        )
    )


def reader_of(tape: Tape, folder: Path) -> ReadDry:
    """Return a reader of a tape's samples."""

    def read(start: int, count: int) -> NDArray[np.float32]:
        return tape.read(folder, start, count)

    return read


def moved_peaks(
    curve: NDArray[np.float32], old_start: int, copies: Sequence[Copy], start: int, length: int
) -> NDArray[np.float32]:
    """Return window peaks of the old mix on the range of the new one: at least as high as they were."""
    windows = -(-length // WINDOW_SAMPLES)
    moved = np.zeros(windows, dtype=np.float32)
    firsts = start + WINDOW_SAMPLES * np.arange(windows)
    for copy in copies:
        inside = (firsts + WINDOW_SAMPLES > copy.start) & (firsts < copy.end)
        old = firsts[inside] - copy.shift - old_start
        for sample in (old, old + WINDOW_SAMPLES - 1):
            index = sample // WINDOW_SAMPLES
            known = np.where((index >= 0) & (index < len(curve)), curve[np.clip(index, 0, len(curve) - 1)], 0.0)
            moved[inside] = np.maximum(moved[inside], known)
    return moved


def moved_levels(old: Automation, new: Automation, copies: Sequence[Copy]) -> list[Span]:
    """Return where levels differ although the music merely moved."""
    known = set()
    for curve in (*old.dry, *old.wet):
        for copy in copies:
            samples = tuple(sample + copy.shift for sample in curve.samples)
            if samples[0] >= copy.start and samples[-1] <= copy.end:
                known.add((samples, curve.gains))
    found = [curve for curve in (*new.dry, *new.wet) if (curve.samples, curve.gains) not in known]
    fresh = {(curve.samples, curve.gains) for curve in (*new.dry, *new.wet)}
    spans = [(int(curve.samples[0]), int(curve.samples[-1])) for curve in found]
    return spans + [(int(samples[0]), int(samples[-1])) for samples, gains in known if (samples, gains) not in fresh]
