"""Cuts that miss a beat by 1 to 3 frames: what the editor gets for moving them."""

from __future__ import annotations

from collections.abc import Iterator

from hitpoint.advice.ideas.figures import cuts_missed
from hitpoint.advice.ideas.scene import Idea, Scene, Tell, way
from hitpoint.advice.ideas.values import Figures, SuggestionKind

#: Farther from a beat a cut was not meant for it.
_MISSED_FRAMES = 3
#: So many are asked for at once, and so many are named.
_MOST, _NAMED = 8, 3


def cut_ideas(scene: Scene) -> Iterator[Idea]:
    """Return all near misses moved onto their beats, and half of them, the nearest first."""
    hits = {hit.frame for hit in scene.cue.hits}
    missed = [
        (frame, round(later))
        for frame, later in cuts_missed(scene.cue, scene.plan, scene.cut.rate, scene.cut_frames)
        if 1 <= abs(round(later)) <= _MISSED_FRAMES and frame not in hits
    ]
    missed.sort(key=lambda move: (abs(move[1]), move[0]))
    for count in dict.fromkeys((min(len(missed), _MOST), min(len(missed), 3), min(len(missed), 1))):
        moves = dict(missed[:count])
        cut_frames = tuple(sorted({frame + moves.get(frame, 0) for frame in scene.cut_frames}))
        if not moves or len(cut_frames) != len(scene.cut_frames):
            continue
        first = min(moves)
        yield Idea(
            kind=SuggestionKind.CUTS_ON_BEATS,
            frame=first,
            delta_frames=moves[first],
            cue=scene.cue,
            cut_frames=cut_frames,
            speech_s=scene.speech_s,
            tell=_teller(scene, moves),
            moves=tuple(sorted(moves.items())),
        )


def _teller(scene: Scene, moves: dict[int, int]) -> Tell:
    def tell(before: Figures, after: Figures) -> str:
        more = after.cuts_on_beats - before.cuts_on_beats
        if 2 * more < len(moves) or after.largest_step_percent > before.largest_step_percent + 0.5:
            return ""
        named = [f"the one at {scene.cut.timecode(frame)} {way(delta)}" for frame, delta in sorted(moves.items())]
        shown = ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more" if len(named) > _NAMED else "")
        inside = sum(scene.cue.span.start_frame < f < scene.cue.span.end_frame for f in scene.cut_frames)
        cuts = "cut misses" if len(moves) == 1 else "cuts miss"
        frames = "by a frame or so" if max(map(abs, moves.values())) == 1 else "by 1 to 3 frames"
        return (
            f"{len(moves)} {cuts} a beat of {scene.cue.number} {frames}: move {shown}, and "
            f"{after.cuts_on_beats} of its {inside} cuts are on a beat, not {before.cuts_on_beats}"
        )

    return tell
