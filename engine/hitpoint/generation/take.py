"""One take of a cue: its windows, each aligned to the sketch, joined as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment import Aligned, AlignedHit, SampleSpan, Unaligned
from hitpoint.alignment.patch import merge_spans
from hitpoint.generation.windows import Seam, Window, join
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]

#: A take of which so many windows were refused is none.
MOST_REFUSED_SHARE = 0.5
#: Beside a refused window there is so much of the take for the sketch to fade in or out over (`mixing.stand_in`).
_EDGE = round(0.1 * SAMPLE_RATE_HZ)


@dataclass(slots=True)
class Take:
    """What one seed made of a cue so far.

    Attributes
    ----------
    audio : float32 [shape=(n, 2)]
        From the first record sample of the cue up to the end of the last window; the model's own sound, no patches.
    refused : tuple of (window, sentence)
        Where the sketch is heard throughout.
    """

    start_sample: int
    audio: Audio = field(default_factory=lambda: np.zeros((0, 2), dtype=np.float32))
    hits: dict[str, AlignedHit] = field(default_factory=dict)
    replaced: list[SampleSpan] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    speeds: list[tuple[float, float]] = field(default_factory=list)
    seams: list[Seam] = field(default_factory=list)
    refused: list[tuple[Window, str]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    _last_aligned: Window | None = None

    @property
    def end_sample(self) -> int:
        """Record sample after the last one that there is."""
        return self.start_sample + len(self.audio)

    def before(self, window: Window) -> Audio | None:
        """Return what a window goes on from: what is there of it already, on the score's time.

        It is the *aligned* sound, so that every window begins on the grid again: what a model is off in one window does
        not add up over the next ones. None where the window before was refused, or where its end is silent.
        """
        if self._last_aligned is None or self._last_aligned.end_sample != self.end_sample:
            return None
        known = self.audio[window.start_sample - self.start_sample :]
        if any(span.end_sample > window.start_sample and "nothing" in span.reason for span in self.replaced):
            return None
        return known if 0 < len(known) < window.asked_samples else None

    def add(
        self, window: Window, result: Aligned | Unaligned, *, downbeats: Sequence[int], beats: Sequence[int]
    ) -> None:
        """Join the next window."""
        if isinstance(result, Unaligned):
            self.refused.append((window, result.reason))
            span = SampleSpan(
                start_sample=max(window.start_sample, self.end_sample - _EDGE),
                end_sample=window.end_sample,
                reason=f"window refused ({result.kind})",
            )
            self.replaced.append(span)
            self._grow(window.end_sample)
            self._last_aligned = None
            return
        own = result.audio if result.unpatched is None else result.unpatched
        heard_from = window.start_sample
        if self._last_aligned is not None:
            self.audio, seam = join(
                self.audio,
                own,
                left_start=self.start_sample,
                right_start=window.start_sample,
                downbeats=downbeats,
                beats=beats,
            )
            self.seams.append(seam)
            heard_from = seam.sample
        else:
            if self.refused:
                heard_from = window.start_sample + _EDGE
            self.audio = np.concatenate([self.audio[: window.start_sample - self.start_sample], own])
        self.replaced = [_cut(span, end=heard_from) for span in self.replaced if span.start_sample < heard_from]
        self.replaced += [_cut(span, start=heard_from) for span in result.replaced if span.end_sample > heard_from]
        self.hits |= {hit.hit_id: hit for hit in result.hits if hit.wanted_sample >= heard_from}
        self.confidences.append(result.agreement.confidence)
        self.speeds.append((result.agreement.speed_min, result.agreement.speed_max))
        self.sentences += result.sentences
        self._last_aligned = window

    @property
    def patched(self) -> tuple[SampleSpan, ...]:
        """Where the sketch is heard instead, in order."""
        return merge_spans(self.replaced)

    def _grow(self, end_sample: int) -> None:
        missing = end_sample - self.end_sample
        if missing > 0:
            self.audio = np.concatenate([self.audio, np.zeros((missing, 2), dtype=np.float32)])


def _cut(span: SampleSpan, *, start: int | None = None, end: int | None = None) -> SampleSpan:
    return SampleSpan(
        start_sample=span.start_sample if start is None else max(span.start_sample, start),
        end_sample=span.end_sample if end is None else min(span.end_sample, end),
        reason=span.reason,
    )
