"""What each cue of a spotting asks a brief writer, and the spotting with what it answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hitpoint.model.cut import Cut
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import STEM_NAMES
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.spotting import Direction, Spotting
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameSpan, frames_to_seconds
from hitpoint.perception.eyes import Sight
from hitpoint.resources import load_instruments
from hitpoint.spotting.answers import Answers, Read
from hitpoint.spotting.brief_writer.request import BriefRequest, BriefWriter
from hitpoint.spotting.directions import in_force, read_directions
from hitpoint.spotting.seen import seen_setting, seen_shots
from hitpoint.spotting.spans import CueSpan
from hitpoint.spotting.spot import SpottingSettings
from hitpoint.story.marker_table import MarkerTable
from hitpoint.story.markers import read_marker
from hitpoint.story.placement import PlacedLine, place_screenplay
from hitpoint.story.screenplay import Screenplay
from hitpoint.story.shape import brief_shape, goal_s


def write_spotting_briefs(
    spotting: Spotting,
    *,
    writer: BriefWriter,
    cut: Cut,
    arc: EmotionArc,
    settings: SpottingSettings,
    screenplay: Screenplay | None = None,
    sight: Sight | None = None,
    progress: Progress = SILENT,
) -> Spotting:
    """Return the spotting with every cue's brief written anew, and the writer's sentences among its warnings.

    Raises `Cancelled` between two cues, `SettingError` for a style that a writer invented.
    """
    before = set(writer.warnings)
    cues = []
    requests = brief_requests(spotting, cut=cut, arc=arc, settings=settings, screenplay=screenplay, sight=sight)
    for index, (cue, request) in enumerate(zip(spotting.cues, requests, strict=True)):
        progress.update(index / len(requests), f"writing the brief of {cue.number}")
        brief = writer.write(request)
        if brief.palette_id not in settings.palettes:
            raise SettingError(
                f"the brief writer asks for a style {brief.palette_id!r} in {cue.number}, which does not exist; "
                f"{did_you_mean(brief.palette_id, settings.palettes)}"
            )
        cues.append(replace(cue, brief=brief))
    told = [sentence for sentence in writer.warnings if sentence not in before]
    return replace(spotting, cues=tuple(cues), warnings=(*spotting.warnings, *told))


def brief_requests(
    spotting: Spotting,
    *,
    cut: Cut,
    arc: EmotionArc,
    settings: SpottingSettings,
    screenplay: Screenplay | None = None,
    sight: Sight | None = None,
) -> tuple[BriefRequest, ...]:
    """Return what a brief writer is asked for each cue, in order."""
    spans = [CueSpan(cue.span) for cue in spotting.cues]
    numbers = [cue.number for cue in spotting.cues]
    directions = read_directions(read_markers(cut, settings.marker_table), spans, numbers, Answers())
    lines = placed_lines(cut, screenplay)
    return tuple(
        brief_request(
            cue.span,
            number=cue.number,
            title=cue.title,
            cut=cut,
            arc=arc,
            settings=settings,
            opening=in_force(directions, cut, span),
            lines=lines,
            sight=sight,
        )
        for cue, span in zip(spotting.cues, spans, strict=True)
    )


def brief_request(
    span: FrameSpan,
    *,
    number: str,
    title: str,
    cut: Cut,
    arc: EmotionArc,
    settings: SpottingSettings,
    opening: tuple[Direction, ...],
    lines: Sequence[PlacedLine] = (),
    sight: Sight | None = None,
) -> BriefRequest:
    """Return what a brief writer is asked about one stretch of the cut.

    `lines` are the placed screenplay, `sight` what eyes recognised.
    """
    start_s = float(frames_to_seconds(span.start_frame, cut.rate))
    end_s = float(frames_to_seconds(span.end_frame, cut.rate))
    goal = goal_s(settings.brief_text, cut) if brief_shape(settings.brief_text) == "builds" else None
    return BriefRequest(
        number=number,
        title=title,
        cut_name=cut.name,
        start_s=start_s,
        end_s=end_s,
        cut_duration_s=float(cut.duration_s),
        start_timecode=cut.timecode(span.start_frame),
        end_timecode=cut.timecode(span.end_frame),
        arc=arc,
        palettes=settings.palettes,
        instrument_ids=tuple(load_instruments()),
        stem_names=STEM_NAMES,
        opening=opening,
        brief_text=settings.brief_text,
        style=settings.style,
        subtitles=tuple(line for line in cut.subtitles if line.start_s < end_s and line.end_s > start_s),
        action=tuple(
            line.line.text for line in lines if line.line.kind != "dialogue" and start_s <= line.start_s < end_s
        ),
        cuts=sum(span.start_frame < frame < span.end_frame for frame in cut.cut_frames),
        reaches_its_goal=goal is not None and start_s <= goal < end_s,
        seen=seen_shots(sight, start_s, end_s),
        setting=seen_setting(sight, start_s, end_s),
    )


def placed_lines(cut: Cut, screenplay: Screenplay | None) -> tuple[PlacedLine, ...]:
    """Return the lines of a script where they lie on the cut; none without a script."""
    if screenplay is None:
        return ()
    return place_screenplay(screenplay, cut.subtitles, duration_s=float(cut.duration_s)).lines


def read_markers(cut: Cut, table: MarkerTable) -> list[Read]:
    """Return the markers inside the cut with their meaning, by frame."""
    inside = (marker for marker in cut.markers if 0 <= marker.frame < cut.duration_frames)
    return [(marker, read_marker(marker, table)) for marker in sorted(inside, key=lambda marker: marker.frame)]
