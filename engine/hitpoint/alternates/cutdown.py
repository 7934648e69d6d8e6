"""A short cue out of a long one: how it opens, its climax with the strongest hit, how it ends.

It is planned here and composed anew with the chance of its cue: same palette, key, brief and theme, another length.
What the scene feels like is taken from three stretches of the cue, so that the short one has the line of the long one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import Composition
from hitpoint.model.spotting import Brief, Cue, Direction, HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import (
    FrameRate,
    FrameSpan,
    frames_to_seconds,
    seconds_to_containing_frame,
    seconds_to_nearest_frame,
)

#: From the last chord to the end of the file: what a button and a chord that rings need to be gone (-50 dBFS).
RING_S = {"button": 3.4, "ring-out": 6.8}
#: A chord that rings out takes too much of anything shorter than this.
_SHORTEST_RING_OUT_S = 25
#: Record time before the first downbeat, so that slow instruments can start early enough.
_LEAD_S = Fraction(1)
#: The strongest hit falls on the bar line nearest to this share of the music, of an even number of bars where it can.
_CLIMAX_SHARE = 0.62
#: The tempo may give this much (as a factor) so that whole bars fill the length.
_TEMPO_ROOM = 1.1
_HOP_S = 0.5
_BEATS_PER_BAR = 4
#: Where a cue has no hit of its own, its most intense moment is taken for one.
_CLIMAX_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Stretch:
    """Record seconds of the long cue that lend their feeling to the short one from its second `at_s` on."""

    label: str
    start_s: float
    end_s: float
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutdown:
    """A short cue, ready to be solved and composed on a timeline of its own; `arc` is on that timeline too."""

    cue: Cue
    arc: EmotionArc
    stretches: tuple[Stretch, ...]
    climax: HitPoint
    seconds: int


def longest_and_fullest(cues: Sequence[Cue], compositions: Sequence[Composition]) -> int:
    """Return the index of the cue that a short version is made of: the most intensity over time."""
    amounts = [float(written.intensity.sum()) * written.intensity_hop_s for written in compositions]
    return max(range(len(cues)), key=lambda index: amounts[index])


def plan_cutdown(cue: Cue, composition: Composition, arc: EmotionArc, *, rate: FrameRate, seconds: int) -> Cutdown:
    """Return a cue of that many seconds: the strongest hit on a bar line at about two thirds, then its last chord.

    The last chord falls on a bar line, `RING_S` before the end at the latest. The tempo is the cue's own mean tempo,
    or up to `_TEMPO_ROOM` off it.
    """
    exit_manner = "ring-out" if cue.exit in ("ring-out", "fade") and seconds >= _SHORTEST_RING_OUT_S else "button"
    bars, bar_s = _bars(_bar_s(composition), seconds - RING_S[exit_manner])
    music_s = bars * bar_s
    climax_bar = min(range(1, bars), key=lambda bar: (bar % 2 * (bars > 4), abs(bar - _CLIMAX_SHARE * bars)), default=1)
    climax_s = climax_bar * bar_s if bars > 1 else music_s / 2
    hit = _strongest(cue, composition, rate)
    stretches = _stretches(cue, hit, rate, climax_s, music_s)

    start_frame = seconds_to_nearest_frame(_LEAD_S, rate)
    climax_frame, out_frame = (_frame(at_s, start_frame, rate) for at_s in (climax_s, music_s))
    span = FrameSpan(start_frame, start_frame + seconds_to_containing_frame(Fraction(seconds), rate))
    bpm = 60 * _BEATS_PER_BAR / bar_s
    low, high = cue.brief.tempo_range_bpm
    short = Cue(
        number=cue.number,
        title=f"{cue.title} ({seconds} s)".strip(),
        span=span,
        hits=(
            HitPoint(id=f"start-{seconds}s", frame=start_frame, kind=HitKind.START, weight=0.6, label="start"),
            replace(hit, frame=climax_frame, weight=max(0.7, hit.weight), is_hard=True, tolerance_frames=0),
            HitPoint(id=f"out-{seconds}s", frame=out_frame, kind=HitKind.OUT, weight=0.9, label=exit_manner),
        ),
        brief=replace(
            cue.brief,
            tempo_bpm=bpm,
            tempo_range_bpm=(min(low, bpm), max(high, bpm)),
            intensity=_drawn(cue.brief, cue, stretches, music_s, rate),
        ),
        directions=_directions(cue, stretches, start_frame, rate),
        entry="downbeat",
        exit=exit_manner,
        usage=cue.usage,
    )
    return Cutdown(
        cue=short,
        arc=_arc(arc, stretches, start_s=float(frames_to_seconds(start_frame, rate)), length_s=float(seconds)),
        stretches=stretches,
        climax=hit,
        seconds=seconds,
    )


def _bar_s(composition: Composition) -> float:
    """Return how long a bar of four lasts at the cue's mean tempo."""
    tempo_map, end = composition.tempo_map, composition.end_beats
    return float(_BEATS_PER_BAR * (tempo_map.seconds_at(end) - tempo_map.start_s) / end)


def _bars(bar_s: float, room_s: float) -> tuple[int, float]:
    """Return how many bars fill a room, and how long each is then: as full as the tempo's room allows."""
    whole = room_s / bar_s
    best = (math.inf, 1, room_s)
    for bars in {max(1, math.floor(whole)), math.ceil(whole)}:
        stretch = min(whole / bars, _TEMPO_ROOM)
        if stretch >= 1 / _TEMPO_ROOM:
            waste = whole - bars * stretch
            best = min(best, (waste + 2 * abs(math.log(stretch)), bars, bar_s * stretch))
    return best[1], best[2]


def _strongest(cue: Cue, composition: Composition, rate: FrameRate) -> HitPoint:
    """Return the heaviest accent, peak or turn, the louder one of equals; without any, the most intense moment."""

    def loudness(hit: HitPoint) -> float:
        since_s = float(frames_to_seconds(hit.frame, rate) - composition.tempo_map.start_s)
        hop = min(len(composition.intensity) - 1, max(0, round(since_s / composition.intensity_hop_s)))
        return float(composition.intensity[hop])

    hits = [hit for hit in cue.hits if hit.kind in (HitKind.ACCENT, HitKind.PEAK, HitKind.TURN)]
    if hits:
        return max(hits, key=lambda hit: (hit.weight, hit.kind is not HitKind.TURN, loudness(hit)))
    at_s = float(composition.tempo_map.start_s) + float(composition.intensity.argmax()) * composition.intensity_hop_s
    frame = min(max(_frame(at_s, 0, rate), cue.span.start_frame), cue.span.end_frame)
    return HitPoint(id=f"climax-{cue.number}", frame=frame, kind=HitKind.PEAK, weight=_CLIMAX_WEIGHT, label="climax")


def _stretches(cue: Cue, hit: HitPoint, rate: FrameRate, climax_s: float, music_s: float) -> tuple[Stretch, ...]:
    """Return the opening, the way into the strongest hit and out of it, and the ending; each within the cue."""
    start_s, end_s = (float(frames_to_seconds(f, rate)) for f in (cue.span.start_frame, cue.span.end_frame))
    hit_s = float(frames_to_seconds(hit.frame, rate))
    opening_s, after_s = climax_s / 2, (music_s - climax_s) / 2

    def stretch(label: str, from_s: float, to_s: float, at_s: float) -> Stretch:
        return Stretch(label, max(start_s, from_s), min(end_s, to_s), at_s)

    return (
        stretch("opening", start_s, start_s + opening_s, 0.0),
        stretch("climax", hit_s - (climax_s - opening_s), hit_s + after_s, opening_s),
        stretch("ending", end_s - (music_s - climax_s - after_s), end_s, climax_s + after_s),
    )


def _long_s(at_s: NDArray[np.float64], stretches: Sequence[Stretch]) -> NDArray[np.float64]:
    """Return the moments of the long cue that lend their feeling to those of the short one (seconds from its start).

    A stretch that the cue was too short for stands still at its end.
    """
    starts = [stretch.at_s for stretch in stretches]
    index = np.clip(np.searchsorted(starts, at_s, side="right") - 1, 0, len(stretches) - 1)
    return np.array(
        [
            min(stretches[i].start_s + max(0.0, t - stretches[i].at_s), stretches[i].end_s)
            for i, t in zip(index, at_s, strict=True)
        ]
    )


def _arc(arc: EmotionArc, stretches: Sequence[Stretch], *, start_s: float, length_s: float) -> EmotionArc:
    times = np.arange(0.0, start_s + length_s + _HOP_S, _HOP_S)
    long_s = _long_s(np.maximum(0.0, times - start_s), stretches)

    def curve(name: str) -> NDArray[np.float32]:
        return np.array([arc.at(name, float(second)) for second in long_s], dtype=np.float32)

    return EmotionArc(hop_s=_HOP_S, valence=curve("valence"), arousal=curve("arousal"), tension=curve("tension"))


def _drawn(
    brief: Brief, cue: Cue, stretches: Sequence[Stretch], music_s: float, rate: FrameRate
) -> tuple[tuple[float, float], ...]:
    """Return the intensity that a brief draws over the long cue, read at the stretches; () where it draws none."""
    if not brief.intensity:
        return ()
    start_s = float(frames_to_seconds(cue.span.start_frame, rate))
    length_s = float(frames_to_seconds(cue.span.duration_frames, rate))
    shares = np.linspace(0.0, 1.0, 17)
    of_long = (_long_s(shares * music_s, stretches) - start_s) / length_s
    known, drawn = np.array(brief.intensity).T
    levels = np.interp(of_long, known, drawn)
    return tuple((float(share), float(level)) for share, level in zip(shares, levels, strict=True))


def _directions(cue: Cue, stretches: Sequence[Stretch], start_frame: int, rate: FrameRate) -> tuple[Direction, ...]:
    """Return the editor's words in the stretches, and at the head of each those in force there. The tempo is ours."""
    said = sorted((d for d in cue.directions if d.kind != "tempo"), key=lambda direction: direction.frame)
    kept: list[Direction] = []
    for stretch in stretches:
        in_force: dict[str, Direction] = {}
        for direction in said:
            at_s = float(frames_to_seconds(direction.frame, rate))
            if at_s <= stretch.start_s:
                in_force[direction.kind] = replace(direction, frame=_frame(stretch.at_s, start_frame, rate))
            elif at_s < stretch.end_s:
                frame = _frame(stretch.at_s + at_s - stretch.start_s, start_frame, rate)
                kept.append(replace(direction, frame=frame))
        kept += in_force.values()
    return tuple(sorted(kept, key=lambda direction: direction.frame))


def _frame(at_s: float, start_frame: int, rate: FrameRate) -> int:
    return start_frame + seconds_to_nearest_frame(Fraction(at_s), rate)
