"""From a cut on disk to what is known about it and what its music should be: read, looked at, listened to, spotted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from hitpoint.media import listen_ahead
from hitpoint.model.cut import Cut
from hitpoint.model.progress import Progress
from hitpoint.model.spotting import Spotting
from hitpoint.model.time import FrameRate
from hitpoint.perception import Perception, find_speech, perceive
from hitpoint.resources import load_palettes
from hitpoint.spotting import ProjectFile, SpottingSettings, load_marker_table, spot
from hitpoint.spotting.brief_writer import DEFAULT_WRITER, LANGUAGE_MODEL, load_brief_writer, write_spotting_briefs
from hitpoint.spotting.briefs_file import apply_briefs, read_briefs
from hitpoint.spotting.key_plan import plan_cue_keys
from hitpoint.story import Story, read_screenplay, read_story
from hitpoint.story.screenplay import Screenplay
from hitpoint.timeline import LoadedTimeline, load_timeline, read_cut
from hitpoint.timeline.load import VIDEO_SUFFIXES

#: Gives a step its stretch of the progress: name, start and end of it in 0..1.
Steps = Callable[[str, float, float], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRequest:
    """What is to be understood, and what the user said about it.

    `places` is "auto", "whole" or "proposed" (`SpottingSettings`); `brief_writer` None is the built-in one, or the
    user's language model where one is configured; `looks` False leaves picture and sound alone.
    """

    cut_path: Path
    rate: FrameRate | None = None
    subtitles_path: Path | None = None
    script_path: Path | None = None
    marker_table_path: Path | None = None
    briefs_path: Path | None = None
    style: str | None = None
    brief_text: str = ""
    places: str = "auto"
    brief_writer: str | None = None
    looks: bool = True
    needs_media: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What is known.

    Attributes
    ----------
    spotting : Spotting
        As the editor's markers and the briefs file want it.
    own_spotting : Spotting
        Before the briefs file: cue numbers are remembered by it too.
    speech_s : (start, end) record seconds in which somebody speaks: by the subtitles, or heard where there are none
    warnings : sentences about everything up to here
    """

    loaded: LoadedTimeline
    cut: Cut
    story: Story
    spotting: Spotting
    own_spotting: Spotting
    speech_s: tuple[tuple[float, float], ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What was read, seen and heard: all of a cut that does not change while an editor moves markers."""

    loaded: LoadedTimeline
    cut: Cut
    screenplay: Screenplay | None
    perception: Perception | None


def understand(request: CutRequest, *, project: ProjectFile, steps: Steps) -> Understanding:
    """Read a cut, look at it, listen to it, read its words, and spot it. `project` holds the cue numbers ever given."""
    return spot_cut(witness(request, steps=steps), request, project=project, steps=steps)


def witness(request: CutRequest, *, steps: Steps) -> Witnessed:
    """Read a cut, look at it and listen to it."""
    with steps("reading the cut", 0.0, 0.3) as part, ThreadPoolExecutor(max_workers=1) as beside:
        if request.looks and request.cut_path.suffix.lower() in VIDEO_SUFFIXES and request.cut_path.is_file():
            # A film's picture is scanned to find its cuts; its sound is listened to meanwhile.
            beside.submit(listen_ahead, request.cut_path, progress=Progress(should_stop=part.should_stop))
        loaded = load_timeline(request.cut_path, rate=request.rate, needs_media=request.needs_media, progress=part)
        cut = read_cut(loaded, subtitles=request.subtitles_path)
        screenplay = read_screenplay(request.script_path) if request.script_path else None
    perception: Perception | None = None
    if request.looks:
        with steps("looking and listening", 0.3, 0.85) as part:
            perception = perceive(cut, progress=part)
    return Witnessed(loaded=loaded, cut=cut, screenplay=screenplay, perception=perception)


def spot_cut(witnessed: Witnessed, request: CutRequest, *, project: ProjectFile, steps: Steps) -> Understanding:
    """Read the words of a cut and spot it; its markers may be others than those that were read."""
    cut, perception, screenplay = witnessed.cut, witnessed.perception, witnessed.screenplay
    with steps("spotting", 0.85, 1.0) as part:
        table = load_marker_table(request.marker_table_path)
        story = read_story(
            cut, perception=perception, screenplay=screenplay, brief_text=request.brief_text, marker_table=table
        )
        settings = SpottingSettings(
            style=request.style,
            brief_text=request.brief_text,
            marker_table=table,
            palettes=load_palettes(),
            known_cues=project.cues,
            places=request.places,
        )
        own = spot(cut, story.arc, settings=settings, story=story)
        own = _with_briefs(own, request, cut=cut, story=story, settings=settings, progress=part)
        heard = perception.heard_music if perception is not None else ()
        keys = tuple((music.start_s, music.end_s, music.key) for music in heard)
        own = replace(own, cues=plan_cue_keys(own.cues, palettes=settings.palettes, heard=keys, rate=cut.rate))
        spotting = own
        if request.briefs_path is not None:
            briefs = read_briefs(request.briefs_path, cut=cut, palettes=settings.palettes)
            spotting = apply_briefs(own, briefs, cut=cut, arc=story.arc, settings=settings, screenplay=screenplay)
    speech_s = tuple((float(line.start_s), float(line.end_s)) for line in cut.subtitles)
    if not speech_s and perception is not None:
        speech_s = find_speech(perception.sound)
    seen = perception.warnings if perception is not None else ()
    return Understanding(
        loaded=witnessed.loaded,
        cut=cut,
        story=story,
        spotting=spotting,
        own_spotting=own,
        speech_s=speech_s,
        warnings=(*cut.warnings, *seen, *spotting.warnings),
    )


def _with_briefs(
    spotting: Spotting,
    request: CutRequest,
    *,
    cut: Cut,
    story: Story,
    settings: SpottingSettings,
    progress: Progress,
) -> Spotting:
    """Let the brief writer say what each cue is for; intensity is left to the arc, which is finer than any brief."""
    from hitpoint.spotting.brief_writer.endpoint_settings import is_configured

    name = request.brief_writer or (LANGUAGE_MODEL if is_configured() else DEFAULT_WRITER)
    writer = load_brief_writer(name, progress=progress)
    written = write_spotting_briefs(
        spotting, writer=writer, cut=cut, arc=story.arc, settings=settings, progress=progress
    )
    cues = []
    for cue, before in zip(written.cues, spotting.cues, strict=True):
        notes = " ".join(text for text in (before.brief.notes, cue.brief.notes) if text)
        intensity = () if name == DEFAULT_WRITER else cue.brief.intensity
        cues.append(replace(cue, brief=replace(cue.brief, notes=notes, intensity=intensity)))
    return replace(written, cues=tuple(cues))
