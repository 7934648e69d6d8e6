"""What of a cue was changed in a newer version of it, and what stands: windows of beats, and the stretches between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

#: Later than any beat of a cue: where a window is open towards the end.
NO_END = Fraction(1_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Beats [old_start, old_end) of the old cue that became [start, end) of the new one; `NO_END` where it is open.

    `keeps_beats` says that the beats inside are the same ones at another tempo, so that the notes may stay.
    """

    old_start: Fraction
    old_end: Fraction
    start: Fraction
    end: Fraction
    keeps_beats: bool = False

    def __post_init__(self) -> None:
        if self.old_end <= self.old_start or self.end <= self.start:
            raise ValueError(f"the window at beat {float(self.start):g} is empty")

    @property
    def is_open(self) -> bool:
        """Whether it reaches to the end of the cue."""
        return self.end == NO_END


@dataclass(frozen=True, slots=True)
class Stretch:
    """Beats [old_start, old_end) of the old cue that stand in the new one, `shift` beats later."""

    old_start: Fraction
    old_end: Fraction
    shift: Fraction

    @property
    def start(self) -> Fraction:
        """The first beat in the new cue."""
        return self.old_start + self.shift

    @property
    def end(self) -> Fraction:
        """Where it ends in the new cue."""
        return NO_END if self.old_end == NO_END else self.old_end + self.shift


def kept_stretches(windows: Sequence[Window]) -> Iterator[Stretch]:
    """Yield what lies before, between and after the windows of a cue (sorted, not overlapping)."""
    old, shift = Fraction(0), Fraction(0)
    for window in windows:
        if window.old_start > old:
            yield Stretch(old, window.old_start, shift)
        if window.is_open:
            return
        old, shift = window.old_end, window.end - window.old_end
    yield Stretch(old, NO_END, shift)


def merge_windows(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return windows sorted, those that touch or overlap (in the new cue) as one.

    What two of them share is only the same beats at another tempo if both say so.
    """
    merged: list[Window] = []
    for window in sorted(windows, key=lambda w: (w.start, w.old_start)):
        last = merged[-1] if merged else None
        if last is None or (window.start > last.end and window.old_start > last.old_end):
            merged.append(window)
            continue
        later = window if window.end >= last.end else last
        merged[-1] = Window(
            old_start=min(last.old_start, window.old_start),
            old_end=max(last.old_end, window.old_end),
            start=min(last.start, window.start),
            end=later.end,
            keeps_beats=last.keeps_beats and window.keeps_beats,
        )
    return tuple(merged)


def to_new_beats(windows: Sequence[Window], old_beats: Fraction) -> Fraction | None:
    """Return where a beat of the old cue lies in the new one; None where it was written anew."""
    shift = Fraction(0)
    for window in windows:
        if old_beats < window.old_start:
            break
        if old_beats < window.old_end:
            return old_beats + window.start - window.old_start if window.keeps_beats else None
        shift = window.end - window.old_end
    return old_beats + shift


def to_old_beats(windows: Sequence[Window], beats: Fraction) -> Fraction | None:
    """Return which beat of the old cue stands at a beat of the new one; None where it was written anew."""
    shift = Fraction(0)
    for window in windows:
        if beats < window.start:
            break
        if beats < window.end:
            return beats + window.old_start - window.start if window.keeps_beats else None
        shift = window.end - window.old_end
    return beats - shift
