"""Notes and compositions small enough to be checked by hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from hitpoint.model.music import Composition, Performance, PerformedNote, PerformedPart
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment

RATE_HZ = 48_000


@pytest.fixture
def played() -> Callable[..., Performance]:
    """A performance of one part: (start, end, pitch) in seconds; ten seconds of audio."""

    def make(
        *notes: tuple[float, float, int], bank: int = 0, silences: tuple[tuple[int, int], ...] = ()
    ) -> Performance:
        made = tuple(
            PerformedNote(
                onset_sample=round(start * RATE_HZ),
                sounding_sample=round(start * RATE_HZ),
                duration_samples=round((end - start) * RATE_HZ),
                pitch_midi=pitch,
                velocity=80,
                bank=bank,
                program=0,
            )
            for start, end, pitch in notes
        )
        part = PerformedPart(part_id="p", instrument_id="piano", stem="keys-harp", notes=made)
        return Performance(
            cue_number="1m1", parts=(part,), start_sample=0, length_samples=10 * RATE_HZ, silences=silences
        )

    return make


@pytest.fixture
def planned() -> Callable[..., Composition]:
    """A composition without notes whose plan is given, from record second 1 on, at 60 bpm."""

    def make(intensity: list[float], hop_s: float = 0.5) -> Composition:
        beats = Fraction(len(intensity)) * Fraction(hop_s)
        one = Fraction(1)
        segment = TempoSegment(start_beats=Fraction(0), end_beats=beats, start_s=one, spb_start=one, spb_end=one)
        return Composition(
            cue_number="1m1",
            tempo_map=TempoMap(segments=(segment,), meters=(Meter(start_bar=1, start_beats=Fraction(0), numerator=4),)),
            key="C major",
            palette_id="tense",
            sections=(),
            chords=(),
            parts=(),
            motif=(),
            intensity=np.array(intensity, dtype=np.float32),
            intensity_hop_s=hop_s,
            end_beats=beats,
        )

    return make
