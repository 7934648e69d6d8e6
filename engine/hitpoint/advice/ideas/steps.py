"""Hits that force the tempo to step: moved by a few frames, the spans on both sides have the same tempo."""

from __future__ import annotations

from collections.abc import Iterator

from hitpoint.advice.ideas.figures import UNNOTICED_PERCENT, steps_of
from hitpoint.advice.ideas.scene import Idea, Scene, Tell, moved_hit, way
from hitpoint.advice.ideas.values import Figures, SuggestionKind
from hitpoint.model.spotting import HitKind, HitPoint

#: A hit that is moved farther than this is not in sync any more.
FARTHEST_FRAMES = 6
#: So many steps are looked at, the largest first, and a suggestion has to take this much of the largest one away.
_STEPS, _LEAST_SHARE = 2, 0.4


def step_ideas(scene: Scene) -> Iterator[Idea]:
    """Return moves of the hits at the largest steps of tempo."""
    rate = scene.cut.rate
    steps = [step for step in steps_of(scene.cue, scene.plan, rate) if step.percent > UNNOTICED_PERCENT]
    for step in sorted(steps, key=lambda step: (-step.percent, step.planned.hit.frame))[:_STEPS]:
        total_beats = step.before_beats + step.after_beats
        # where both spans have the same tempo, seen from the hit in the middle
        later_s = (step.after_s * step.before_beats - step.before_s * step.after_beats) / total_beats
        wanted = [(step.planned.hit, later_s)]
        if step.before is not None:  # or the span before grows at its start
            wanted.append((step.before.hit, step.before_s - step.after_s * step.before_beats / step.after_beats))
        wanted.append((step.after.hit, step.before_s * step.after_beats / step.before_beats - step.after_s))
        tried: list[tuple[int, HitPoint, int]] = []
        for hit, seconds in wanted:
            if hit.kind in (HitKind.START, HitKind.OUT):
                continue
            frames = round(seconds * float(rate.fps))
            most = max(-FARTHEST_FRAMES, min(FARTHEST_FRAMES, frames))
            tried += [(abs(delta), hit, delta) for delta in {most, most - (1 if most > 0 else -1), round(most / 2)}]
        for _, hit, delta in sorted(tried, key=lambda row: (row[0], row[1].frame)):
            idea = moved_hit(scene, hit, delta, SuggestionKind.MOVE_MARKER, _teller(scene, hit, delta))
            if idea is not None:
                yield idea


def _teller(scene: Scene, hit: HitPoint, delta: int) -> Tell:
    def tell(before: Figures, after: Figures) -> str:
        gone = before.largest_step_percent - after.largest_step_percent
        if gone < max(_LEAST_SHARE * before.largest_step_percent, 0.5):
            return ""
        if before.hits_exact > after.hits_exact or before.hits_on_downbeats > after.hits_on_downbeats:
            return ""
        what = scene.called(hit)
        if scene.cut_at(hit.frame) is not None:
            what = f"the cut at {scene.cut.timecode(hit.frame)}, with {what} on it,"
        more = _and_more(before, after)
        return (
            f"move {what} {way(delta)}: the tempo of {scene.cue.number} then changes by "
            f"{after.largest_step_percent:.1f} % at the most, not by {before.largest_step_percent:.1f} %{more}"
        )

    return tell


def _and_more(before: Figures, after: Figures) -> str:
    downbeats = after.hits_on_downbeats - before.hits_on_downbeats
    if downbeats > 0:
        return f", and {downbeats} more {'hits fall' if downbeats > 1 else 'hit falls'} on the bar"
    cuts = after.cuts_on_beats - before.cuts_on_beats
    if cuts > 0:
        return f", and {cuts} more {'cuts fall' if cuts > 1 else 'cut falls'} on a beat"
    odd = before.odd_bars - after.odd_bars
    return f", with {odd} fewer bar{'s' * (odd > 1)} of odd length" if odd > 0 else ""
