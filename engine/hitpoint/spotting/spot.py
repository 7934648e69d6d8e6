"""Spotting: where music is, what it must hit, what it should be like; and an answer for every marker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hitpoint.model.cut import Cut
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import Palette
from hitpoint.model.spotting import Brief, Cue, Direction, HitKind, Spotting
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameSpan, frames_to_seconds
from hitpoint.spotting.answers import Answers, Read
from hitpoint.spotting.brief import check_style, is_understood, write_brief
from hitpoint.spotting.directions import in_force, read_directions
from hitpoint.spotting.hits import Candidate, marked_hits, markers_by_cue, merge_hits
from hitpoint.spotting.music_places import place_music
from hitpoint.spotting.numbers import KnownCue, identity_of, number_cues
from hitpoint.spotting.project_file import ProjectFile
from hitpoint.spotting.proposals import propose_hits
from hitpoint.spotting.scenery import scenery_of
from hitpoint.spotting.spans import CueSpan, find_spans
from hitpoint.spotting.titles import cue_titles
from hitpoint.story.marker_table import MarkerTable, normalise
from hitpoint.story.markers import asks_to_cut, read_marker
from hitpoint.story.placement import Placement, place_screenplay
from hitpoint.story.read_story import Story
from hitpoint.story.screenplay import Screenplay
from hitpoint.story.shape import brief_shape, goal_s
from hitpoint.story.words import TEMPO_RANGE_BPM, impossible_tempo_in

#: Arousal below which a cue sneaks in, and above which it ends with a button, where no marker says.
_SNEAK_BELOW, _BUTTON_ABOVE = -0.2, 0.05
#: What `SpottingSettings.places` may be.
PLACES_CHOICES = ("auto", "whole", "proposed")
#: So many missing lines of dialogue are named in a warning.
_NAMED_LINES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottingSettings:
    """What the user chose; `style` None lets the scene choose. `known_cues` come from the project file.

    `places` says where music plays without MUSIC IN and OUT: "whole", where it is "proposed" (`music_places`), or
    "auto": proposed in cuts longer than `PROPOSED_FROM_S`, since who gives a scene wants it scored.
    """

    marker_table: MarkerTable
    palettes: Mapping[str, Palette]
    style: str | None = None
    brief_text: str = ""
    reel_number: int = 1
    known_cues: tuple[KnownCue, ...] = ()
    places: str = "auto"


#: A cut longer than this is more than a scene; not all of it wants music.
PROPOSED_FROM_S = 240.0


def spot(
    cut: Cut,
    arc: EmotionArc,
    *,
    settings: SpottingSettings,
    screenplay: Screenplay | None = None,
    story: Story | None = None,
) -> Spotting:
    """Return the cues of a cut, and the answers to the markers that did not become hits.

    `story` is what is known about the cut beside its arc: with it, places for music and hits are proposed from picture,
    sound and words. Without it, a `screenplay` is placed here. Raises `SettingError` for a style that does not exist.
    """
    check_style(settings.style, settings.palettes)
    answers = Answers()
    read = _read_markers(cut, settings.marker_table, answers)
    proposed = _proposed_places(cut, arc, story, settings, answers)
    spans = find_spans(cut, read, answers, proposed=[span for span, _ in proposed])
    numbers = _numbers(cut, spans, settings, answers)
    directions = read_directions(read, spans, numbers, answers)
    if story is None:
        placement = None
        if screenplay is not None:
            placement = place_screenplay(screenplay, cut.subtitles, duration_s=float(cut.duration_s))
    else:
        placement = story.placement
    if placement is not None:
        _tell_placement(cut, placement, answers)
    titles = cue_titles(cut, spans, numbers, settings.known_cues, placement)
    _check_brief(settings, answers)
    cues = []
    for cue, number, title, marked in zip(spans, numbers, titles, markers_by_cue(read, spans, answers), strict=True):
        candidates = marked_hits(cut, marked, cue.span)
        candidates += [
            Candidate(hit)
            for hit in propose_hits(cut, cue.span, arc, story=story, marked=[c.hit.frame for c in candidates])
        ]
        brief = _brief(cut, arc, cue, number, settings, in_force(directions, cut, cue))
        entry, exit_ = _entry(cut, arc, cue, candidates), _exit(cut, arc, cue, candidates, brief, settings.marker_table)
        reasons = dict(proposed).get(cue.span)
        if reasons:
            brief = replace(brief, notes=reasons)
        cues.append(
            Cue(
                number=number,
                title=title,
                span=cue.span,
                hits=merge_hits(candidates, cue, number=number, entry=entry, exit_=exit_, answers=answers),
                brief=brief,
                directions=tuple(d for d in directions if cue.span.start_frame < d.frame < cue.span.end_frame),
                entry=entry,
                exit=exit_,
            )
        )
    return Spotting(cues=tuple(cues), answers=tuple(answers.by_marker.values()), warnings=tuple(answers.warnings))


def remember(project: ProjectFile, spotting: Spotting, cut: Cut) -> ProjectFile:
    """Return the project with this scoring's cues; cues that are gone stay, so that no number is used twice."""
    now = {
        cue.number: KnownCue(number=cue.number, title=cue.title, identity=identity_of(cut, cue.span))
        for cue in spotting.cues
    }
    gone = [cue for cue in project.cues if cue.number not in now]
    return replace(project, cues=(*now.values(), *gone))


def _read_markers(cut: Cut, table: MarkerTable, answers: Answers) -> list[Read]:
    """Return the markers inside the cut with their meaning, by frame; the others are refused."""
    read = []
    for marker in sorted(cut.markers, key=lambda marker: marker.frame):
        if 0 <= marker.frame < cut.duration_frames:
            read.append((marker, read_marker(marker, table)))
        else:
            answers.refuse(marker, f"it lies outside the cut, which ends at {cut.timecode(cut.duration_frames)}")
    return read


def _numbers(cut: Cut, spans: Sequence[CueSpan], settings: SpottingSettings, answers: Answers) -> tuple[str, ...]:
    asked = [cue.opening[1].number if cue.opening else "" for cue in spans]
    identities = [identity_of(cut, cue.span) for cue in spans]
    numbers = number_cues(identities, settings.known_cues, reel_number=settings.reel_number, asked=asked)
    for cue, wanted, number in zip(spans, asked, numbers, strict=True):
        if wanted and wanted != number:
            answers.warnings.append(
                f"two markers start a cue {wanted}; the one at {cut.timecode(cue.span.start_frame)} became {number}"
            )
    return numbers


def _proposed_places(
    cut: Cut, arc: EmotionArc, story: Story | None, settings: SpottingSettings, answers: Answers
) -> list[tuple[FrameSpan, str]]:
    """Return where music should play by the craft, with the reasons; nothing where the whole cut is to be scored."""
    if settings.places not in PLACES_CHOICES:
        raise SettingError(f"places {settings.places!r}; {did_you_mean(settings.places, PLACES_CHOICES)}")
    is_wanted = settings.places == "proposed" or (settings.places == "auto" and cut.duration_s > PROPOSED_FROM_S)
    if not is_wanted or story is None:
        return []
    places = place_music(scenery_of(cut, arc, story))
    spans: list[tuple[FrameSpan, str]] = []
    for place in places:
        start_frame = round(place.start_s * float(cut.rate.fps))
        end_frame = min(cut.duration_frames, round(place.end_s * float(cut.rate.fps)))
        if end_frame > start_frame and (not spans or start_frame >= spans[-1][0].end_frame):
            why = f"enters {place.entry_reason}; leaves: {place.exit_reason}"
            spans.append((FrameSpan(start_frame, end_frame), why))
    if not spans:
        answers.warnings.append(
            "nothing in this cut asks for music; all of it is scored: set MUSIC IN and MUSIC OUT where you want it"
        )
    return spans


def _tell_placement(cut: Cut, placement: Placement, answers: Answers) -> None:
    """Warn about what of the screenplay is not in the cut."""
    if not placement.lines:
        why = (
            f"only {placement.agreement:.0%} of its words are in the subtitles, as in another film's script"
            if cut.subtitles
            else "the cut has no subtitles to match it with"
        )
        answers.warnings.append(
            f"the screenplay could not be placed on the cut: {why}; give the script and the subtitles that belong to it"
        )
        return
    if placement.missing_scenes:
        named = ", ".join(repr(scene.heading[:40]) for scene in placement.missing_scenes[:_NAMED_LINES])
        answers.warnings.append(
            f"{len(placement.missing_scenes)} scenes of the screenplay are not in the cut: {named}"
            + (" …" if len(placement.missing_scenes) > _NAMED_LINES else "")
        )
    if placement.missing:
        named = ", ".join(repr(line.text[:40]) for line in placement.missing[:_NAMED_LINES])
        answers.warnings.append(
            f"{len(placement.missing)} lines of dialogue in the screenplay are not in the subtitles: {named}"
            + (" …" if len(placement.missing) > _NAMED_LINES else "")
        )


def _check_brief(settings: SpottingSettings, answers: Answers) -> None:
    impossible = impossible_tempo_in(normalise(settings.brief_text))
    if impossible:
        low, high = TEMPO_RANGE_BPM
        answers.warnings.append(f"the brief asks for {impossible}, which is not between {low:g} and {high:g}")
    is_known = is_understood(settings.brief_text, settings.palettes)
    if settings.brief_text.strip() and not is_known and not asks_to_cut(settings.brief_text, settings.marker_table):
        answers.warnings.append(
            f"no word of the brief {settings.brief_text!r} is known; try moods (tense, sad), a key, a tempo, or a "
            "shape (builds, fades, steady)"
        )


def _brief(
    cut: Cut,
    arc: EmotionArc,
    cue: CueSpan,
    number: str,
    settings: SpottingSettings,
    opening: tuple[Direction, ...],
) -> Brief:
    start_s = float(frames_to_seconds(cue.span.start_frame, cut.rate))
    end_s = float(frames_to_seconds(cue.span.end_frame, cut.rate))
    goal = goal_s(settings.brief_text, cut) if brief_shape(settings.brief_text) == "builds" else None
    return write_brief(
        style=settings.style,
        brief_text=settings.brief_text,
        opening=opening,
        arc=arc,
        start_s=start_s,
        end_s=end_s,
        palettes=settings.palettes,
        number=number,
        reaches_its_goal=goal is not None and start_s <= goal < end_s,
    )


def _entry(cut: Cut, arc: EmotionArc, cue: CueSpan, candidates: Sequence[Candidate]) -> str:
    """Return how a cue begins: as its marker says, on a hit with a downbeat, else as the scene is."""
    if cue.opening and cue.opening[1].entry:
        return cue.opening[1].entry
    if any(candidate.hit.frame == cue.span.start_frame for candidate in candidates):
        return "downbeat"
    start_s = float(frames_to_seconds(cue.span.start_frame, cut.rate))
    return "sneak" if arc.at("arousal", start_s + 2) < _SNEAK_BELOW else "downbeat"


def _exit(
    cut: Cut, arc: EmotionArc, cue: CueSpan, candidates: Sequence[Candidate], brief: Brief, table: MarkerTable
) -> str:
    """Return how a cue ends: as its markers say, with a button on a hit or a stop, else as brief and scene are."""
    said = [edge[1].exit for edge in (cue.closing, cue.opening) if edge and edge[1].exit]
    if said:
        return said[0]
    if asks_to_cut(brief.text, table):
        return "cut"
    stops = cue.closing is not None and cue.closing[1].kind is HitKind.SILENCE
    if stops or any(candidate.hit.frame == cue.span.end_frame for candidate in candidates):
        return "button"
    if brief.shape == "fades":
        return "fade"
    end_s = float(frames_to_seconds(cue.span.end_frame, cut.rate))
    return "button" if arc.at("arousal", end_s - 2) > _BUTTON_ABOVE else "ring-out"
