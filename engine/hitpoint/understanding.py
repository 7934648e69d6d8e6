"""From a cut on disk to what is known about it and what its music should be: read, looked at, listened to, spotted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from hitpoint.media import listen_ahead
from hitpoint.model.cut import Cut
from hitpoint.model.edits import Edits
from hitpoint.model.errors import DeviceMemoryError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.spotting import Brief, Spotting
from hitpoint.model.time import FrameRate
from hitpoint.perception import Perception, find_speech, perceive
from hitpoint.perception.eyes import AUTO, Sight, load_eyes
from hitpoint.perception.words import DEFAULT_AFFECT, affect_model
from hitpoint.resources import load_palettes
from hitpoint.spotting import (
    KnownCue,
    MarkerTable,
    ProjectFile,
    SpottingSettings,
    load_marker_table,
    remember,
    spot,
)
from hitpoint.spotting.brief_writer import DEFAULT_WRITER, configured_writer, load_brief_writer, write_spotting_briefs
from hitpoint.spotting.briefs_file import apply_briefs, read_briefs
from hitpoint.spotting.edits import Emphasis, edit_cues, edit_hits, edit_markers, emphasise_arc, overrule_markers
from hitpoint.spotting.key_plan import plan_cue_keys
from hitpoint.story import Story, read_screenplay, read_story
from hitpoint.story.fusion import DIMENSIONS
from hitpoint.story.screenplay import Screenplay
from hitpoint.timeline import LoadedTimeline, load_timeline, read_cut
from hitpoint.timeline.load import VIDEO_SUFFIXES

#: Gives a step its stretch of the progress: name, start and end of it in 0..1.
Steps = Callable[[str, float, float], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRequest:
    """What is to be understood, and what the user said about it.

    `places` is "auto", "whole" or "proposed" (`SpottingSettings`); `brief_writer` None is the built-in one, or the
    user's language model where one is configured; `looks` False leaves picture and sound alone. `affect` is the name of
    what reads feelings in words (`hitpoint.perception.words.affect_model`). `eyes` is a model that recognises what is
    in the picture, "none", or "auto" (`hitpoint.perception.eyes.load_eyes`). `edits` are what the panel changed.
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
    affect: str = DEFAULT_AFFECT
    eyes: str = AUTO
    needs_media: bool = False
    edits: Edits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the panel's edits lie over: the cut as its file says, and what was found out about it without them.

    `spotting` is the cut's own, before the briefs file; `known_cues` are all cue numbers given so far, those of
    `spotting` among them. `brief_text` and `style` are what it was spotted with.
    """

    cut: Cut
    story: Story
    spotting: Spotting
    screenplay: Screenplay | None
    marker_table: MarkerTable
    known_cues: tuple[KnownCue, ...]
    brief_text: str
    style: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What is known.

    Attributes
    ----------
    cut : Cut
        With the panel's markers, where there are edits.
    spotting : Spotting
        As the editor's markers, the briefs file and the panel want it.
    own_spotting : Spotting
        Before the briefs file, and with those cues that the panel leaves out: cue numbers are remembered by it too.
    speech_s : (start, end) record seconds in which somebody speaks: by the subtitles, or heard where there are none
    warnings : sentences about everything up to here
    basis : Basis
        What it was before the panel's edits: `re_spot` starts there.
    """

    loaded: LoadedTimeline
    cut: Cut
    story: Story
    spotting: Spotting
    own_spotting: Spotting
    speech_s: tuple[tuple[float, float], ...]
    warnings: tuple[str, ...]
    basis: Basis

    @property
    def sight(self) -> Sight | None:
        """What eyes recognised; None where none looked."""
        return self.story.perception.sight if self.story.perception is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What was read, seen and heard: all of a cut that does not change while an editor moves markers."""

    loaded: LoadedTimeline
    cut: Cut
    screenplay: Screenplay | None
    perception: Perception | None


def understand(request: CutRequest, *, project: ProjectFile, steps: Steps) -> Understanding:
    """Read a cut, look at it, listen to it, read its words, and spot it. `project` holds the cue numbers ever given.

    With `request.edits` it is the same as `re_spot` with them: cues get their numbers from the cut without them.
    """
    known = spot_cut(witness(request, steps=steps), request, project=project, steps=steps)
    return known if request.edits is None or request.edits.is_empty else re_spot(known, request, request.edits)


def witness(request: CutRequest, *, steps: Steps) -> Witnessed:
    """Read a cut, look at it and listen to it; models asked for that are not there are told before the work."""
    eyes = load_eyes(request.eyes) if request.looks else None
    if request.affect != DEFAULT_AFFECT:
        affect_model(request.affect)
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
            perception = perceive(cut, eyes=eyes, progress=part)
    return Witnessed(loaded=loaded, cut=cut, screenplay=screenplay, perception=perception)


def spot_cut(witnessed: Witnessed, request: CutRequest, *, project: ProjectFile, steps: Steps) -> Understanding:
    """Read the words of a cut and spot it as its file says; of the request's edits only style and words count here."""
    cut, perception, screenplay = witnessed.cut, witnessed.perception, witnessed.screenplay
    with steps("spotting", 0.85, 1.0) as part:
        asked = _asked(request, request.edits or Edits())
        table = load_marker_table(request.marker_table_path)
        story, told = _read_story(cut, perception, screenplay, table, asked)
        settings = _settings(asked, table, project.cues)
        own = spot(cut, story.arc, settings=settings, story=story)
        own = _with_briefs(own, asked, cut=cut, story=story, settings=settings, progress=part)
        own = _with_keys(own, story, settings, cut)
        basis = Basis(
            cut=cut,
            story=story,
            spotting=own,
            screenplay=screenplay,
            marker_table=table,
            known_cues=remember(project, own, cut).cues,
            brief_text=asked.brief_text,
            style=asked.style,
        )
        spotting = _with_briefs_file(own, asked, cut=cut, story=story, settings=settings, screenplay=screenplay)
    speech_s = tuple((float(line.start_s), float(line.end_s)) for line in cut.subtitles)
    if not speech_s and perception is not None:
        speech_s = find_speech(perception.sound)
    return Understanding(
        loaded=witnessed.loaded,
        cut=cut,
        story=story,
        spotting=spotting,
        own_spotting=own,
        speech_s=speech_s,
        warnings=(*_warnings(cut, story, spotting), *told),
        basis=basis,
    )


def re_spot(
    known: Understanding, request: CutRequest, edits: Edits, *, held: Mapping[str, Brief] = MappingProxyType({})
) -> Understanding:
    """Return what is known when these edits lie over the cut, in milliseconds: nothing is looked at or listened to.

    `known` is any understanding of the same request; edits that it already has are not in force any more. The style
    and the words of the edits count before the request's. A language model is not asked again: briefs that it wrote
    for cues that are where they were are kept, others are the built-in writer's, which is told. `held` are briefs by
    cue number that stay whatever the markers say: where one is moved, tempo and style of the cue need not jump.

    Raises `SettingError` for a style, a key or an instrument that does not exist, and where no music is left.
    """
    basis, asked = known.basis, _asked(request, edits)
    cut = edit_markers(basis.cut, edits)
    table = overrule_markers(basis.marker_table, edits)
    story = read_story(cut, brief_text=asked.brief_text, marker_table=table, known=basis.story)
    settings = _settings(asked, table, basis.known_cues)
    own = spot(cut, story.arc, settings=settings, story=story)
    own = _with_briefs(own, asked, cut=cut, story=story, settings=settings, progress=SILENT, basis=basis)
    own = _with_keys(own, story, settings, cut)
    own = replace(own, cues=tuple(replace(cue, brief=held.get(cue.number, cue.brief)) for cue in own.cues))
    own = edit_hits(own, edits, cut=cut)
    spotting = _with_briefs_file(own, asked, cut=cut, story=story, settings=settings, screenplay=basis.screenplay)
    spotting, emphases = edit_cues(spotting, edits, cut=cut, arc=story.arc, settings=settings)
    story = _emphasised(story, emphases)
    return replace(
        known,
        cut=cut,
        story=story,
        spotting=spotting,
        own_spotting=own,
        warnings=_warnings(cut, story, spotting),
    )


def _emphasised(story: Story, emphases: tuple[Emphasis, ...]) -> Story:
    """Return the story with its arc raised and lowered, as something that the editor added."""
    if not emphases:
        return story
    arc = emphasise_arc(story.arc, emphases)
    added = np.stack([getattr(arc, curve) - getattr(story.arc, curve) for curve in DIMENSIONS])
    return replace(story, arc=arc, evidence=replace(story.evidence, editor=story.evidence.editor + added))


def _asked(request: CutRequest, edits: Edits) -> CutRequest:
    """Return the request with the style and the words that the panel says."""
    return replace(request, style=edits.style or request.style, brief_text=edits.brief_text or request.brief_text)


def _settings(request: CutRequest, table: MarkerTable, known_cues: tuple[KnownCue, ...]) -> SpottingSettings:
    return SpottingSettings(
        style=request.style,
        brief_text=request.brief_text,
        marker_table=table,
        palettes=load_palettes(),
        known_cues=known_cues,
        places=request.places,
    )


def _read_story(
    cut: Cut,
    perception: Perception | None,
    screenplay: Screenplay | None,
    table: MarkerTable,
    request: CutRequest,
) -> tuple[Story, tuple[str, ...]]:
    """Return the story, its words read by whom the request names, and a warning where memory was too short for him."""

    def read(name: str) -> Story:
        return read_story(
            cut,
            perception=perception,
            screenplay=screenplay,
            brief_text=request.brief_text,
            marker_table=table,
            affect=affect_model(name),
        )

    try:
        return read(request.affect), ()
    except DeviceMemoryError as error:
        told = f"{error}; the words were read by the {DEFAULT_AFFECT} model instead"
    return read(DEFAULT_AFFECT), (told,)


def _warnings(cut: Cut, story: Story, spotting: Spotting) -> tuple[str, ...]:
    seen = story.perception.warnings if story.perception is not None else ()
    return (*cut.warnings, *seen, *spotting.warnings)


def _with_keys(spotting: Spotting, story: Story, settings: SpottingSettings, cut: Cut) -> Spotting:
    heard = story.perception.heard_music if story.perception is not None else ()
    keys = tuple((music.start_s, music.end_s, music.key) for music in heard)
    return replace(spotting, cues=plan_cue_keys(spotting.cues, palettes=settings.palettes, heard=keys, rate=cut.rate))


def _with_briefs_file(
    spotting: Spotting,
    request: CutRequest,
    *,
    cut: Cut,
    story: Story,
    settings: SpottingSettings,
    screenplay: Screenplay | None,
) -> Spotting:
    if request.briefs_path is None:
        return spotting
    briefs = read_briefs(request.briefs_path, cut=cut, palettes=settings.palettes)
    return apply_briefs(spotting, briefs, cut=cut, arc=story.arc, settings=settings, screenplay=screenplay)


def _with_briefs(
    spotting: Spotting,
    request: CutRequest,
    *,
    cut: Cut,
    story: Story,
    settings: SpottingSettings,
    progress: Progress,
    basis: Basis | None = None,
) -> Spotting:
    """Let the brief writer say what each cue is for; intensity is left to the arc, which is finer than any brief.

    With a `basis` a writer other than the built-in one is not asked: its briefs are taken from there.
    """
    name = request.brief_writer or configured_writer()
    asks_again = basis is None or name == DEFAULT_WRITER
    writer = load_brief_writer(name if asks_again else DEFAULT_WRITER, progress=progress)
    sight = story.perception.sight if story.perception is not None else None
    written = write_spotting_briefs(
        spotting, writer=writer, cut=cut, arc=story.arc, settings=settings, sight=sight, progress=progress
    )
    is_same_wish = basis is None or (basis.brief_text, basis.style) == (request.brief_text, request.style)
    had = {} if asks_again or basis is None else {cue.number: cue for cue in basis.spotting.cues}
    cues, anew = [], []
    for cue, before in zip(written.cues, spotting.cues, strict=True):
        earlier = had.get(cue.number)
        if earlier is not None and earlier.span == cue.span and is_same_wish:
            cues.append(replace(cue, brief=earlier.brief))
            continue
        anew.append(cue.number)
        notes = " ".join(text for text in (before.brief.notes, cue.brief.notes) if text)
        intensity = () if name == DEFAULT_WRITER or not asks_again else cue.brief.intensity
        cues.append(replace(cue, brief=replace(cue.brief, notes=notes, intensity=intensity)))
    told = written.warnings
    if had and anew:
        told = (*told, f"the briefs of {', '.join(anew)} are the built-in writer's; look again to have {name} asked")
    return replace(written, cues=tuple(cues), warnings=told)
