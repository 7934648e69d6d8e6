"""Which moments the tempo map may have to meet: the cue's start, its hard hits, its tempo marks, its button."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from hitpoint.model.spotting import STRONG_WEIGHT, Cue, HitKind
from hitpoint.model.time import FrameRate, frames_to_seconds

#: Nearer than this, two moments cannot both be on a grid of eighths (an eighth at 200 bpm lasts 0.15 s).
SHORTEST_GAP_S = Fraction(15, 100)
#: Anchors at least this far from their neighbours are met exactly, whatever it costs; nearer ones may give way.
CROWDED_GAP_S = Fraction(3, 2)
#: A tempo mark this near to a strong hit takes effect on the hit.
_MARK_REACH_S = Fraction(3, 2)
_MARK_WEIGHT = 0.4
#: What a tempo may be, whatever a brief or a direction says.
_PLAYABLE_BPM = (20.0, 400.0)
_FACTORS = {"slower": 0.9, "faster": 1.1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A moment that the map meets exactly, unless it may give way.

    Attributes
    ----------
    cue_s : Fraction
        Seconds from the cue's first frame.
    is_strong : bool
        Belongs on a downbeat.
    target_bpm : float
        Tempo that is asked for from here on.
    is_marked : bool
        The editor named that tempo.
    is_border : bool
        Something new begins here (a tempo mark, a turn, a silence): a new tempo needs no ramp.
    is_crowded : bool
        So near to a neighbour that it may leave the downbeat or, at a price, the grid.
    """

    frame: int
    cue_s: Fraction
    is_strong: bool
    weight: float
    label: str
    target_bpm: float
    is_marked: bool = False
    is_border: bool = False
    is_crowded: bool = False


@dataclass(frozen=True, slots=True)
class _Wish:
    weight: float
    label: str
    is_border: bool = False


def wanted_bpm(cue: Cue) -> float:
    """Return the tempo that the brief asks for, made playable."""
    return _playable(cue.brief.tempo_bpm, 100.0)


def tempo_range_bpm(cue: Cue) -> tuple[float, float]:
    """Return the brief's range, low first, made playable and wide enough for the wanted tempo."""
    wanted = wanted_bpm(cue)
    ends = sorted(_playable(bpm, wanted) for bpm in cue.brief.tempo_range_bpm)
    return min(ends[0], wanted), max(ends[-1], wanted)


def find_anchors(cue: Cue, rate: FrameRate) -> tuple[Anchor, ...]:
    """Return the anchors of a cue in order, the start first.

    The weightiest moments choose first; one less than `SHORTEST_GAP_S` from a moment already chosen is left out.
    """
    start = cue.span.start_frame
    wishes = _wishes(cue)
    marks = _tempo_marks(cue, wishes, rate)
    for frame in marks:
        known = wishes.get(frame, _Wish(_MARK_WEIGHT, "a tempo mark"))
        wishes[frame] = replace(known, is_border=True)
    chosen = [start]
    for frame, _ in sorted(wishes.items(), key=lambda item: (-item[1].weight, item[0])):
        if frames_to_seconds(abs(frame - nearest(chosen, frame)), rate) >= SHORTEST_GAP_S:
            bisect.insort(chosen, frame)
    anchors: list[Anchor] = []
    marked_frames = sorted(marks)
    for frame in chosen:
        passed = bisect.bisect_right(marked_frames, frame)
        target = marks[marked_frames[passed - 1]] if passed else wanted_bpm(cue)
        wish = wishes.get(frame, _Wish(1.0, "the start of the cue"))
        anchors.append(
            Anchor(
                frame=frame,
                cue_s=frames_to_seconds(frame - start, rate),
                is_strong=wish.weight >= STRONG_WEIGHT or wish.label == "a tempo mark",
                weight=wish.weight,
                label=wish.label,
                target_bpm=target,
                is_marked=passed > 0,
                is_border=wish.is_border,
            )
        )
    gaps = [CROWDED_GAP_S, *(right.cue_s - left.cue_s for left, right in pairwise(anchors)), CROWDED_GAP_S]
    return tuple(
        replace(anchor, is_crowded=index > 0 and min(gaps[index : index + 2]) < CROWDED_GAP_S)
        for index, anchor in enumerate(anchors)
    )


def nearest(ordered: Sequence[int], frame: int) -> int:
    """Return the nearest of some sorted frames; the earlier one of two equally near."""
    index = bisect.bisect_left(ordered, frame)
    return min(ordered[max(0, index - 1) : index + 1], key=lambda other: abs(other - frame))


def _wishes(cue: Cue) -> dict[int, _Wish]:
    """Return what is wanted on each frame after the first: the weightiest hard hit, and the cue's button."""
    first, end = cue.span.start_frame, cue.span.end_frame
    wishes: dict[int, _Wish] = {}
    has_out = False
    for hit in cue.hits:
        if not (hit.is_hard and first < hit.frame <= end):
            continue
        has_out |= hit.kind is HitKind.OUT
        known = wishes.get(hit.frame, _Wish(-1.0, ""))
        is_border = known.is_border or hit.kind in (HitKind.TURN, HitKind.SILENCE)
        if hit.weight > known.weight:
            wishes[hit.frame] = _Wish(hit.weight, hit.label or hit.kind.value, is_border)
        else:
            wishes[hit.frame] = replace(known, is_border=is_border)
    if cue.exit in ("button", "cut") and not has_out:
        known = wishes.get(end, _Wish(0.0, "the end of the cue"))
        wishes[end] = replace(known, weight=1.0)
    return wishes


def _tempo_marks(cue: Cue, wishes: dict[int, _Wish], rate: FrameRate) -> dict[int, float]:
    """Return the tempo (bpm) asked for from each frame on; a mark near a strong hit moves onto it."""
    strong = sorted(frame for frame, wish in wishes.items() if wish.weight >= STRONG_WEIGHT)
    marks: dict[int, float] = {}
    target = wanted_bpm(cue)
    for direction in sorted(cue.directions, key=lambda d: d.frame):
        if direction.kind != "tempo" or not cue.span.contains(direction.frame):
            continue
        asked = _asked_bpm(direction.value, target)
        if asked == target:
            continue
        target = asked
        frame = direction.frame
        if frame > cue.span.start_frame and strong:
            hit_frame = nearest(strong, frame)
            near = frames_to_seconds(abs(hit_frame - frame), rate) <= _MARK_REACH_S
            frame = hit_frame if near else frame
        marks[frame] = target
    return marks


def _asked_bpm(value: str, before_bpm: float) -> float:
    """Return the tempo meant by "120 bpm", "slower" or "faster"; the tempo before where it is neither."""
    word = value.strip().casefold().split(" ")[0]
    if word in _FACTORS:
        return _playable(before_bpm * _FACTORS[word], before_bpm)
    try:
        return _playable(float(word), before_bpm)
    except ValueError:
        return before_bpm


def _playable(bpm: float, otherwise_bpm: float) -> float:
    if not math.isfinite(bpm) or bpm <= 0:
        return otherwise_bpm
    return min(max(bpm, _PLAYABLE_BPM[0]), _PLAYABLE_BPM[1])
