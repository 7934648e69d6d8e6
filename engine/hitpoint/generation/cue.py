"""A cue as a layer is made for it, what became of it, and what the report says of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment import AlignedHit, SampleSpan
from hitpoint.alignment.candidates import CandidateScore
from hitpoint.generation.dynamics import Room
from hitpoint.generation.prompt import Prompt
from hitpoint.generation.windows import Seam, Window
from hitpoint.model.time import SAMPLE_RATE_HZ

Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class CueSketch:
    """A cue as it was written and rendered: what a layer is made for.

    Attributes
    ----------
    audio : float32 [shape=(n, 2)]
        The sum of its dry stems, from record sample `start_sample` on.
    hits : tuple of (hit_id, record sample)
        What must be heard.
    downbeats, beats : tuple of int
        Record samples.
    key : str
    intensity : float32 [shape=(m,)], 0..1
        Planned, per `intensity_hop_s` from `start_sample` on.
    speech : tuple of (start_sample, end_sample)
        Where somebody speaks.
    prompt : function of (start_sample, end_sample)
        What a model is told about a window.
    seed : function of (candidate, window)
        Its seed.
    """

    cue_number: str
    audio: Audio
    start_sample: int
    hits: tuple[tuple[str, int], ...]
    downbeats: tuple[int, ...]
    beats: tuple[int, ...]
    key: str
    intensity: NDArray[np.float32]
    intensity_hop_s: float
    speech: tuple[tuple[int, int], ...]
    prompt: Callable[[int, int], Prompt]
    seed: Callable[[int, int], int]

    @property
    def end_sample(self) -> int:
        """Record sample after its last one."""
        return self.start_sample + len(self.audio)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerWindow:
    """One window: where it lies, and what the model was told.

    `goes_on` says whether it went on from the one before; `known` how many of its takes had been made before.
    """

    window: Window
    prompt: Prompt
    goes_on: bool
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CueLayer:
    """What became of a cue.

    Attributes
    ----------
    audio : float32 [shape=(n, 2)] or None
        As long as the sketch, with its dynamics; the model's own sound, to be closed where `replaced` says. None where
        the sketch stays: `reason` says why.
    is_out_of_memory : bool
        There is no use in trying the next cue.
    scores : tuple of CandidateScore
        One per candidate; `chosen` counts in it.
    hits, seams, replaced, refused, speeds
        Of the chosen take; see `Take`.
    like_sketch : (before, after)
        Correlation of its level with the sketch's, before the sketch's dynamics were given to it and after.
    sentences, warnings : tuple of str
        What was done, and what fell short although it was done.
    """

    cue_number: str
    start_sample: int
    audio: Audio | None = None
    reason: str = ""
    is_out_of_memory: bool = False
    windows: tuple[LayerWindow, ...] = ()
    scores: tuple[CandidateScore, ...] = ()
    chosen: int | None = None
    confidence: float | None = None
    hits: tuple[AlignedHit, ...] = ()
    seams: tuple[Seam, ...] = ()
    replaced: tuple[SampleSpan, ...] = ()
    refused: tuple[tuple[Window, str], ...] = ()
    speeds: tuple[tuple[float, float], ...] = ()
    like_sketch: tuple[float, float] | None = None
    fastest_db_per_s: float | None = None
    rooms: tuple[Room, ...] = ()
    sentences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def layer_values(layer: CueLayer) -> Mapping[str, object]:
    """Return what the report says of a cue's layer, in JSON's terms; seconds are record seconds."""

    def seconds(sample: int) -> float:
        return sample / SAMPLE_RATE_HZ

    return {
        "cue": layer.cue_number,
        "is_generated": layer.audio is not None,
        "reason": layer.reason,
        "windows": [
            {
                "start_s": seconds(row.window.start_sample),
                "end_s": seconds(row.window.end_sample),
                "prompt": row.prompt.text,
                "negative_prompt": row.prompt.negative,
                "goes_on": row.goes_on,
                "known": row.known,
            }
            for row in layer.windows
        ],
        "candidates": [
            {"rating": score.rating, "parts": dict(score.parts), "sentence": score.sentence} for score in layer.scores
        ],
        "chosen": layer.chosen,
        "agreement": layer.confidence,
        "slowest": min((low for low, _ in layer.speeds), default=None),
        "fastest": max((high for _, high in layer.speeds), default=None),
        "hits": [
            {"id": hit.hit_id, "before_ms": hit.before.error_ms, "after_ms": hit.after.error_ms, "how": hit.how}
            for hit in layer.hits
        ],
        "replaced": [
            {"start_s": seconds(span.start_sample), "end_s": seconds(span.end_sample), "reason": span.reason}
            for span in layer.replaced
        ],
        "seams": [
            {
                "at_s": seconds(seam.sample),
                "fade_s": seam.fade_s,
                "is_heard": seam.is_heard,
                "onset_rank": seam.figures.onset_rank,
                "click_rank": seam.figures.click_rank,
                "step_rank": seam.figures.step_rank,
                "tries": seam.tries,
            }
            for seam in layer.seams
        ],
        "dynamics_before": layer.like_sketch[0] if layer.like_sketch else None,
        "dynamics_after": layer.like_sketch[1] if layer.like_sketch else None,
        "speech_room": [
            {
                "start_s": seconds(room.start_sample),
                "end_s": seconds(room.end_sample),
                "sketch_db": room.sketch_db,
                "followed_db": room.followed_db,
                "carved_db": room.carved_db,
            }
            for room in layer.rooms
        ],
        "sentences": [*layer.sentences, *layer.warnings],
    }
