"""Hits that the engine proposes itself where the editor marked none: strong cuts, well apart."""

from __future__ import annotations

import math

from hitpoint.model.cut import Cut
from hitpoint.model.spotting import HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameSpan, frames_to_seconds

#: About one proposal in this many seconds of music, at least this far apart and from the cue's ends.
SECONDS_PER_HIT, SHORTEST_DISTANCE_S = 14.0, 6.0
#: Real feature films let a third of their cues start within half a second of a cut, not all (music.md §3): proposals
#: are weak hits, exact but on any beat.
_LOWEST_WEIGHT, _HIGHEST_WEIGHT = 0.3, 0.45


def propose_hits(cut: Cut, span: FrameSpan, arc: EmotionArc) -> tuple[HitPoint, ...]:
    """Return hits on the strongest cuts of a span.

    A cut is strong when the shot before it was long, when shots get shorter or longer there, and when the arc rises.
    """
    starts = [0, *cut.cut_frames, cut.duration_frames]
    rated: list[tuple[float, int]] = []
    for before, frame, after in zip(starts, starts[1:], starts[2:], strict=False):
        if span.start_frame < frame < span.end_frame:
            left_s = float(frames_to_seconds(frame - before, cut.rate))
            right_s = float(frames_to_seconds(after - frame, cut.rate))
            moment_s = float(frames_to_seconds(frame, cut.rate))
            rise = arc.at("arousal", moment_s + 2.0) - arc.at("arousal", moment_s - 2.0)
            rating = math.log1p(left_s) + 0.7 * abs(math.log((left_s + 0.1) / (right_s + 0.1))) + 2.0 * max(0.0, rise)
            rated.append((rating, frame))
    apart_frames = SHORTEST_DISTANCE_S * float(cut.rate.fps)
    wanted = max(1, round(float(frames_to_seconds(span.duration_frames, cut.rate)) / SECONDS_PER_HIT))
    cells: dict[int, list[int]] = {}  # chosen frames by stretches of the least distance: keeps the check local
    chosen: list[tuple[float, int]] = []
    for rating, frame in sorted(rated, key=lambda pair: (-pair[0], pair[1])):
        cell = int(frame // apart_frames)
        near = [other for c in (cell - 1, cell, cell + 1) for other in cells.get(c, [])]
        if any(abs(frame - other) < apart_frames for other in (*near, span.start_frame, span.end_frame)):
            continue
        cells.setdefault(cell, []).append(frame)
        chosen.append((rating, frame))
        if len(chosen) == wanted:
            break
    highest = max((rating for rating, _ in chosen), default=1.0)
    return tuple(
        HitPoint(
            id=f"cut-{frame}",
            frame=frame,
            kind=HitKind.ACCENT,
            weight=round(_LOWEST_WEIGHT + (_HIGHEST_WEIGHT - _LOWEST_WEIGHT) * rating / highest, 3),
            label="proposed: strong cut",
        )
        for rating, frame in sorted(chosen, key=lambda pair: pair[1])
    )
