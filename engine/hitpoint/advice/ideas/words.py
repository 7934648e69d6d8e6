"""Hits that somebody speaks over, and cues that start in the middle of a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hitpoint.advice.ideas.figures import Spans, masked, spoken_over
from hitpoint.advice.ideas.scene import Idea, Scene, Tell, moved_hit, way
from hitpoint.advice.ideas.steps import FARTHEST_FRAMES
from hitpoint.advice.ideas.values import Figures, SuggestionKind
from hitpoint.model.edits import MarkerEdit
from hitpoint.model.spotting import HitKind, HitPoint
from hitpoint.model.time import FrameSpan, frames_to_seconds

#: A line that is moved farther than this is another scene; a cue that starts later than this is another cue.
_LINE_S, _ENTRY_S = 0.6, 3.0
#: The music enters this long after the line.
_BREATH_S = 0.1
#: So many hits are told, the heaviest first.
_HITS = 2


def masked_ideas(scene: Scene) -> Iterator[Idea]:
    """Return moves of a hit out of the line over it, or of the line off the hit."""
    rate, fps = scene.cut.rate, float(scene.cut.rate.fps)
    found = masked(scene.cue, rate, scene.speech_s)
    for place, line in sorted(found, key=lambda row: (-scene.cue.hits[row[0]].weight, row[0]))[:_HITS]:
        hit = scene.cue.hits[place]
        at_s = float(frames_to_seconds(hit.frame, rate))
        before, after = int((line[0] - at_s) * fps) - 1, int((line[1] - at_s) * fps) + 1
        delta = min((before, after), key=abs)
        if abs(delta) <= FARTHEST_FRAMES and scene.cut_at(hit.frame) is None:
            idea = moved_hit(scene, hit, delta, SuggestionKind.MASKED, _cleared(scene, hit, delta, is_line=False))
            if idea is not None:
                yield idea
        earlier_s, later_s = line[1] - at_s, at_s - line[0]
        seconds = -earlier_s if earlier_s < later_s else later_s
        frames = int(abs(seconds) * fps) + 2
        if frames <= _LINE_S * fps:
            delta = frames if seconds > 0 else -frames
            yield Idea(
                kind=SuggestionKind.MASKED,
                frame=hit.frame,
                delta_frames=delta,
                marker_id=hit.marker_id or hit.id,
                cue=scene.cue,
                cut_frames=scene.cut_frames,
                speech_s=_moved_line(scene.speech_s, line, delta / fps),
                tell=_cleared(scene, hit, delta, is_line=True),
            )


def entry_ideas(scene: Scene) -> Iterator[Idea]:
    """Return a start in the gap after the line over which the cue starts."""
    rate, cue = scene.cut.rate, scene.cue
    line = spoken_over(cue.span.start_frame, rate, scene.speech_s)
    if line is None:
        return
    frame = int((line[1] + _BREATH_S) * float(rate.fps)) + 1
    delta = frame - cue.span.start_frame
    end = min((hit.frame for hit in cue.hits if hit.kind is not HitKind.START), default=cue.span.end_frame)
    if not 0 < delta <= _ENTRY_S * float(rate.fps) or frame >= end or spoken_over(frame, rate, scene.speech_s):
        return
    start = next((hit for hit in cue.hits if hit.kind is HitKind.START), None)
    marker = next((m for m in scene.cut.markers if start is not None and m.id == start.marker_id), None)
    if marker is not None:
        edits = scene.changed(marker.id, frame=frame)
    else:  # a marker of the panel's own says where the music comes in
        own = MarkerEdit(marker_id=f"entry-{cue.number}", frame=frame, name="MUSIC IN")
        others = tuple(edit for edit in scene.edits.markers if edit.marker_id != own.marker_id)
        edits = replace(scene.edits, markers=(*others, own), added=scene.edits.added | {own.marker_id})
    hits = tuple(replace(hit, frame=frame) if hit is start else hit for hit in cue.hits)
    yield Idea(
        kind=SuggestionKind.ENTRY,
        frame=cue.span.start_frame,
        delta_frames=delta,
        marker_id=marker.id if marker else "",
        cue=replace(cue, span=FrameSpan(frame, cue.span.end_frame), hits=hits),
        cut_frames=scene.cut_frames,
        speech_s=scene.speech_s,
        tell=_entry(scene, delta),
        edits=edits,
    )


def _moved_line(speech_s: Spans, line: tuple[float, float], seconds: float) -> Spans:
    return tuple((a + seconds, b + seconds) if (a, b) == line else (a, b) for a, b in speech_s)


def _cleared(scene: Scene, hit: HitPoint, delta: int, *, is_line: bool) -> Tell:
    def tell(before: Figures, after: Figures) -> str:
        if after.masked_hits >= before.masked_hits or after.hits_exact < before.hits_exact:
            return ""
        if after.largest_step_percent > before.largest_step_percent + 0.6:
            return ""
        what = "move the line" if is_line else "move the hit"
        return (
            f"somebody speaks over {scene.called(hit)} at {scene.cut.timecode(hit.frame)}, so that the music has to "
            f"step back there; {what} {way(delta)} and it is heard in the clear"
        )

    return tell


def _entry(scene: Scene, delta: int) -> Tell:
    def tell(before: Figures, after: Figures) -> str:
        if not after.enters_in_the_clear or after.hits_exact < before.hits_exact:
            return ""
        return (
            f"{scene.cue.number} starts in the middle of a line; let it enter {way(delta)}, at "
            f"{scene.cut.timecode(scene.cue.span.start_frame + delta)}, in the gap after it"
        )

    return tell
