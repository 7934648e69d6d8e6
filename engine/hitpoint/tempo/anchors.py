"""Which moments the tempo map has to meet exactly, and which hits have to give way."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.model.spotting import Cue, HitPoint
from hitpoint.model.time import FrameRate, frames_to_seconds

#: Two anchors nearer than this cannot both be on eighths of any playable tempo (an eighth at 200 bpm lasts 0.15 s).
SHORTEST_GAP_S = Fraction(3, 10)
#: Two downbeats nearer than this would need a bar shorter than 3/8 at 180 bpm.
SHORTEST_BAR_S = Fraction(3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A moment that the map meets exactly: seconds from the cue's first frame, and whether it is a downbeat."""

    frame: int
    cue_s: Fraction
    is_downbeat: bool
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Sorted anchors, the cue's start first; `softened` says for each frame that gave way, to which label."""

    anchors: tuple[Anchor, ...]
    softened: dict[int, str]


def choose_anchors(cue: Cue, rate: FrameRate) -> Anchors:
    """Return the anchors of a cue: its start, its hard hits, its end where it ends with a button.

    The weightiest hits choose first; one that comes too near to an anchor already chosen is softened, and a strong
    one that has no room for a bar of its own stays exact but leaves the downbeat.
    """
    start = cue.span.start_frame
    wanted: dict[int, tuple[float, str]] = {}
    for hit in _hard_hits(cue):
        if hit.weight > wanted.get(hit.frame, (-1.0, ""))[0]:
            wanted[hit.frame] = (hit.weight, hit.label or hit.kind.value)
    if cue.exit == "button" and cue.span.end_frame > start:
        wanted[cue.span.end_frame] = (1.0, "the end of the cue")

    chosen_frames = [start]
    downbeats = [start]
    labels = {start: "the start of the cue"}
    softened: dict[int, str] = {}
    is_downbeat: dict[int, bool] = {start: True}
    for frame, (weight, label) in sorted(wanted.items(), key=lambda item: (-item[1][0], item[0])):
        near = _nearest(chosen_frames, frame)
        if frames_to_seconds(abs(frame - near), rate) < SHORTEST_GAP_S:
            softened[frame] = labels[near]
            continue
        bisect.insort(chosen_frames, frame)
        labels[frame] = label
        strong = weight >= 0.5
        gap_s = frames_to_seconds(abs(frame - _nearest(downbeats, frame)), rate)
        is_downbeat[frame] = strong and gap_s >= SHORTEST_BAR_S
        if is_downbeat[frame]:
            bisect.insort(downbeats, frame)
    anchors = tuple(
        Anchor(
            frame=frame,
            cue_s=frames_to_seconds(frame - start, rate),
            is_downbeat=is_downbeat[frame],
            weight=wanted.get(frame, (1.0, ""))[0],
        )
        for frame in chosen_frames
    )
    return Anchors(anchors=anchors, softened=softened)


def _hard_hits(cue: Cue) -> Iterable[HitPoint]:
    return (h for h in cue.hits if h.is_hard and cue.span.start_frame < h.frame <= cue.span.end_frame)


def _nearest(ordered: list[int], frame: int) -> int:
    index = bisect.bisect_left(ordered, frame)
    return min(ordered[max(0, index - 1) : index + 1], key=lambda other: abs(other - frame))
