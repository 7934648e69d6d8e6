"""What is known about the whole cut before anything is decided about its music."""

from __future__ import annotations

from dataclasses import dataclass

from hitpoint.model.cut import Cut
from hitpoint.model.story import EmotionArc, StoryBeat
from hitpoint.model.time import frames_to_seconds
from hitpoint.perception import Perception
from hitpoint.perception.words import TextAffect
from hitpoint.story.arc import ArcEvidence, draw_arc
from hitpoint.story.beats import find_beats
from hitpoint.story.fusion import ArcWeights
from hitpoint.story.marker_table import MarkerTable, load_marker_table
from hitpoint.story.placement import Placement, place_screenplay
from hitpoint.story.screenplay import Screenplay
from hitpoint.story.told import ToldLine, told_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The arc and why it is so, what is said and when, and the beats of the story."""

    arc: EmotionArc
    evidence: ArcEvidence
    beats: tuple[StoryBeat, ...]
    lines: tuple[ToldLine, ...] = ()
    placement: Placement | None = None
    perception: Perception | None = None


def build_arc(
    cut: Cut,
    *,
    brief_text: str = "",
    screenplay: Screenplay | None = None,
    marker_table: MarkerTable | None = None,
) -> EmotionArc:
    """Return the arc of a cut that nobody has looked at or listened to: `read_story` without perception."""
    return read_story(cut, screenplay=screenplay, brief_text=brief_text, marker_table=marker_table).arc


def read_story(
    cut: Cut,
    *,
    perception: Perception | None = None,
    screenplay: Screenplay | None = None,
    brief_text: str = "",
    marker_table: MarkerTable | None = None,
    weights: ArcWeights | None = None,
    known: Story | None = None,
    affect: TextAffect | None = None,
) -> Story:
    """Return the story of a cut from its picture and sound (`perception`), its words and its markers.

    `known` is a story of the same cut with other markers or another brief: what these do not touch (where the
    screenplay lies, what the lines feel like, what picture, sound and words say) is taken from it. `affect` reads the
    lines; None is the embedded model.
    """
    table = marker_table or load_marker_table()
    placement = None
    if known is not None:
        placement, perception = known.placement, known.perception
    elif screenplay is not None:
        cuts_s = perception.picture.cuts_s.tolist() if perception is not None else _cuts_s(cut)
        placement = place_screenplay(screenplay, cut.subtitles, duration_s=float(cut.duration_s), cuts_s=cuts_s)
    lines = told_lines(cut, placement, affect=affect) if known is None else known.lines
    arc, evidence = draw_arc(
        cut,
        brief_text=brief_text,
        lines=lines,
        perception=perception,
        marker_table=table,
        weights=weights,
        opinions=None if known is None else known.evidence.opinions,
    )
    beats = find_beats(
        cut, arc, evidence=evidence, lines=lines, placement=placement, perception=perception, marker_table=table
    )
    return Story(arc=arc, evidence=evidence, beats=beats, lines=lines, placement=placement, perception=perception)


def _cuts_s(cut: Cut) -> list[float]:
    return [float(frames_to_seconds(frame, cut.rate)) for frame in cut.cut_frames]
