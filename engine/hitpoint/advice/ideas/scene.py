"""One cue, solved, and what an idea changes of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hitpoint.advice.ideas.figures import Spans, measure
from hitpoint.advice.ideas.values import Figures, SuggestionKind
from hitpoint.model.cut import Cut, Marker
from hitpoint.model.edits import Edits, MarkerEdit
from hitpoint.model.spotting import Cue, HitPoint
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.spotting.briefs_values import is_proposed
from hitpoint.tempo import TempoSettings, solve_tempo

#: Gives the sentence of an idea from the figures without and with it; "" where it did not work out.
Tell = Callable[[Figures, Figures], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A change to be tried: the cue, the cuts and the speech as they would be.

    `edits` None: only the editor can. `moves` are cuts and how many frames later they would be; `rides` are the edits
    that stand for a marker that moves with such a cut.
    """

    kind: SuggestionKind
    frame: int
    cue: Cue
    cut_frames: tuple[int, ...]
    speech_s: Spans
    tell: Tell
    delta_frames: int = 0
    marker_id: str = ""
    edits: Edits | None = None
    moves: tuple[tuple[int, int], ...] = ()
    rides: Edits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A cue with its solved tempo, and all that is around it.

    `edits` are in force: `cut` and `cue` are as they want it. `changed` returns them with one marker's changes more.
    `cut_frames` are those of the cut.
    """

    cut: Cut
    cut_frames: tuple[int, ...]
    cue: Cue
    plan: TempoPlan
    figures: Figures
    speech_s: Spans
    edits: Edits
    settings: TempoSettings

    def solve(self, cue: Cue, cut_frames: Sequence[int], speech_s: Spans) -> Figures:
        """Return the figures of a changed cue: its tempo is solved anew."""
        (plan, *_) = solve_tempo(cue, rate=self.cut.rate, cut_frames=tuple(cut_frames), settings=self.settings)
        return measure(cue, plan, rate=self.cut.rate, cut_frames=cut_frames, speech_s=speech_s)

    def marker_of(self, hit: HitPoint) -> Marker | None:
        """Return the marker that a hit belongs to, where it lies on the hit (a loose one may lie before it)."""
        return next((m for m in self.cut.markers if m.id == hit.marker_id and m.frame == hit.frame), None)

    def is_movable(self, hit: HitPoint) -> bool:
        """Return whether the panel can change a hit: a marker's where the marker is, or one that we proposed."""
        return self.marker_of(hit) is not None if hit.marker_id else is_proposed(hit)

    def cut_at(self, frame: int) -> int | None:
        """Return the cut on a frame."""
        at = bisect_left(self.cut_frames, frame)
        return frame if self.cut_frames[at : at + 1] == (frame,) else None

    def with_hit(self, hit: HitPoint, **changes: object) -> Cue:
        """Return the cue with one hit changed, its hits in order; a proposed one that is touched is hard."""
        if is_proposed(hit):
            changes = {"is_hard": True, "tolerance_frames": 0, **changes}
        hits = [replace(h, **changes) if h.id == hit.id else h for h in self.cue.hits]  # type: ignore[arg-type]
        return replace(self.cue, hits=tuple(sorted(hits, key=lambda h: h.frame)))

    def is_free(self, hit: HitPoint, frame: int) -> bool:
        """Return whether a hit may move to a frame: inside its cue, and past no other hit."""
        span = self.cue.span
        if not span.start_frame < frame < span.end_frame:
            return False
        low, high = sorted((hit.frame, frame))
        return not any(other.id != hit.id and low <= other.frame <= high for other in self.cue.hits)

    def changed(self, marker_id: str, **changes: object) -> Edits:
        """Return the edits with changes of one marker (or proposed hit) over those that it has."""
        mine = next((e for e in self.edits.markers if e.marker_id == marker_id), MarkerEdit(marker_id=marker_id))
        others = tuple(e for e in self.edits.markers if e.marker_id != marker_id)
        return replace(self.edits, markers=(*others, replace(mine, **changes)))  # type: ignore[arg-type]

    def called(self, hit: HitPoint) -> str:
        """Return a hit's name for a sentence."""
        return f"'{hit.label.removeprefix('proposed: ')[:40]}'"


def way(frames: int) -> str:
    """Return "3 frames later"."""
    return f"{abs(frames)} frame{'s' * (abs(frames) != 1)} {'later' if frames > 0 else 'earlier'}"


def moved_hit(scene: Scene, hit: HitPoint, delta_frames: int, kind: SuggestionKind, tell: Tell) -> Idea | None:
    """Return the idea of moving a hit: its marker, or, where it lies on a cut, the cut with it; None where neither."""
    frame = hit.frame + delta_frames
    if delta_frames == 0 or not scene.is_free(hit, frame) or not scene.is_movable(hit):
        return None
    on_cut = scene.cut_at(hit.frame)
    marker_id = hit.marker_id or hit.id
    if on_cut is not None:
        cut_frames = tuple(sorted({frame if f == on_cut else f for f in scene.cut_frames}))
        if len(cut_frames) != len(scene.cut_frames):
            return None
        return Idea(
            kind=SuggestionKind.MOVE_CUT,
            frame=hit.frame,
            delta_frames=delta_frames,
            marker_id=marker_id,
            cue=scene.with_hit(hit, frame=frame),
            cut_frames=cut_frames,
            speech_s=scene.speech_s,
            tell=tell,
            moves=((hit.frame, delta_frames),),
            rides=scene.changed(marker_id, frame=frame),
        )
    return Idea(
        kind=kind,
        frame=hit.frame,
        delta_frames=delta_frames,
        marker_id=marker_id,
        cue=scene.with_hit(hit, frame=frame),
        cut_frames=scene.cut_frames,
        speech_s=scene.speech_s,
        tell=tell,
        edits=scene.changed(marker_id, frame=frame),
    )
