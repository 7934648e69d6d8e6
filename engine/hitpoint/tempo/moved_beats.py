"""Which windows of a map were exchanged, in beats of the old map and of the one that it has become."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hitpoint.model.revision import NO_END, Window, merge_windows


class MovedBeats:
    """The windows so far: `windows` is sorted, none touches another."""

    def __init__(self) -> None:
        self.windows: tuple[Window, ...] = ()

    def now(self, old_beats: Fraction) -> Fraction | None:
        """Return where a beat of the old map lies now."""
        shift = Fraction(0)
        for window in self.windows:
            if old_beats < window.old_start:
                break
            if old_beats < window.old_end:
                return old_beats + window.start - window.old_start if window.keeps_beats else None
            shift = window.end - window.old_end
        return old_beats + shift

    def _was(self, beats: Fraction) -> tuple[Fraction, Window | None]:
        """Return the old beat of one of now, or the window that it lies in."""
        shift = Fraction(0)
        for window in self.windows:
            if beats < window.start:
                break
            if beats < window.end:
                return beats, window
            shift = window.end - window.old_end
        return beats - shift, None

    def take(self, start: Fraction, end: Fraction | None, grown: Fraction, *, keeps_beats: bool) -> None:
        """Remember beats [start, end) of the map as it is now (None: to its end), which become so many beats longer."""
        old_start, first = self._was(start)
        old_end, last = (NO_END, None) if end is None else self._was(end)
        if end is not None and last is not None and last.start == end:
            old_end, last = last.old_start, None
        window = Window(
            old_start=first.old_start if first else old_start,
            old_end=last.old_end if last else old_end,
            start=first.start if first else start,
            end=NO_END if end is None or (last and last.is_open) else (last.end if last else end) + grown,
            keeps_beats=keeps_beats and all(w is None or w.keeps_beats for w in (first, last)),
        )
        others = []
        for known in self.windows:
            if end is not None and known.start >= end and known is not last:
                known = replace(known, start=known.start + grown, end=known.end if known.is_open else known.end + grown)
                others.append(known)
            elif known.end <= start and known is not first:
                others.append(known)
            elif not known.keeps_beats:
                window = replace(window, keeps_beats=False)
        self.windows = merge_windows([*others, window])
