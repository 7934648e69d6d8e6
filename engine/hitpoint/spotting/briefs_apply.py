"""Lays a briefs file over a spotting: other briefs, moved, added and left-out cues, used and dropped hits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from hitpoint.model.cut import Cut, Marker
from hitpoint.model.errors import SettingError
from hitpoint.model.spotting import Brief, Cue, Direction, HitPoint, MarkerAnswer, Spotting
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameSpan, frames_to_seconds
from hitpoint.spotting.answers import Answers, Read, called
from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.scene import brief_request, placed_lines, read_markers
from hitpoint.spotting.briefs_values import BriefsFile, CueEntry, FileHit, is_proposed
from hitpoint.spotting.directions import in_force, read_directions
from hitpoint.spotting.hits import Candidate, marked_hits, markers_by_cue, merge_hits
from hitpoint.spotting.proposals import propose_hits
from hitpoint.spotting.spans import SHORTEST_CUE_S, CueSpan, find_spans
from hitpoint.spotting.spot import SpottingSettings
from hitpoint.story.placement import PlacedLine
from hitpoint.story.screenplay import Screenplay

#: How an added cue begins and ends: where somebody put it.
_ENTRY, _EXIT = "downbeat", "ring-out"
#: A tempo outside its range widens the range by this, as one that a marker asks for does.
_TEMPO_ROOM = 0.06
#: A tempo this far outside what a style is usually played at is told.
_TELLING_TEMPO = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One cue as it will be: `cue` is what the spotting has of it, `entry` what the file says of it."""

    number: str
    span: FrameSpan
    cue: Cue | None
    entry: CueEntry

    @property
    def is_as_spotted(self) -> bool:
        return self.cue is not None and self.cue.span == self.span


@dataclass(slots=True)
class _Scene:
    """All that is needed to fill in what the file does not say."""

    cut: Cut
    arc: EmotionArc
    settings: SpottingSettings
    file: BriefsFile
    lines: Sequence[PlacedLine]
    warnings: list[str] = field(default_factory=list)

    def fail(self, number: str, what: str) -> SettingError:
        return SettingError(f"{self.file.path}: cue {number}: {what}")


def apply_briefs(
    spotting: Spotting,
    briefs: BriefsFile,
    *,
    cut: Cut,
    arc: EmotionArc,
    settings: SpottingSettings,
    screenplay: Screenplay | None = None,
) -> Spotting:
    """Return the spotting as the file wants it; the arguments after `briefs` are those that `spot` was given.

    A cue that the file does not name stays as it is, and is told. The markers' hits stay where they are; those of a
    cue that has moved are read anew, and every marker keeps its answer.

    Raises `SettingError` for cues that overlap or are too short, an added cue without in or out, and no music at all.
    """
    scene = _Scene(cut, arc, settings, briefs, placed_lines(cut, screenplay))
    plans = _plans(spotting, scene)
    left_out = [cue for cue in spotting.cues if cue.number not in {plan.number for plan in plans}]
    if not left_out and all(plan.is_as_spotted for plan in plans):
        answers = spotting.answers
        cues = [_as_spotted(plan, scene) for plan in plans]
    else:
        cues, answers = _spotted_anew(spotting, plans, left_out, scene)
    return Spotting(cues=tuple(cues), answers=answers, warnings=(*spotting.warnings, *briefs.warnings, *scene.warnings))


def _plans(spotting: Spotting, scene: _Scene) -> list[_Plan]:
    """Return all cues that will play, by their start."""
    entries, cut = scene.file.entries, scene.cut
    plans = []
    for cue in spotting.cues:
        entry = entries.get(cue.number)
        if entry is None:
            scene.warnings.append(
                f"{cue.number} ({cut.timecode(cue.span.start_frame)}) is not in {scene.file.path.name}, so it is "
                "scored as the scene asks; music = false leaves a cue out"
            )
            entry = CueEntry(number=cue.number)
        if entry.has_music:
            plans.append(_Plan(number=cue.number, span=_span(cue, entry, scene), cue=cue, entry=entry))
    known = {cue.number for cue in spotting.cues}
    for number, entry in entries.items():
        if number not in known and entry.has_music:
            plans.append(_Plan(number=number, span=_span(None, entry, scene), cue=None, entry=entry))
    if not plans:
        raise SettingError(
            f"{scene.file.path} leaves every cue out, so there is nothing to score; set one music = true"
        )
    plans.sort(key=lambda plan: plan.span.start_frame)
    for first, second in pairwise(plans):
        if second.span.start_frame < first.span.end_frame:
            raise scene.fail(
                second.number,
                f"it starts at {cut.timecode(second.span.start_frame)}, before {first.number} ends at "
                f"{cut.timecode(first.span.end_frame)}; move one, or leave it out (music = false)",
            )
    return plans


def _span(cue: Cue | None, entry: CueEntry, scene: _Scene) -> FrameSpan:
    start_frame, end_frame = entry.start_frame, entry.end_frame
    if cue is not None:
        start_frame = cue.span.start_frame if start_frame is None else start_frame
        end_frame = cue.span.end_frame if end_frame is None else end_frame
    if start_frame is None or end_frame is None:
        raise scene.fail(entry.number, "the cut has no such cue, so it is a new one and needs in and out")
    if cue is not None and (start_frame, end_frame) == (cue.span.start_frame, cue.span.end_frame):
        return cue.span
    if frames_to_seconds(end_frame - start_frame, scene.cut.rate) < SHORTEST_CUE_S:
        raise scene.fail(entry.number, f"it lasts less than {SHORTEST_CUE_S:g} s; move in and out apart")
    return FrameSpan(start_frame, end_frame)


def _as_spotted(plan: _Plan, scene: _Scene) -> Cue:
    """Return a cue that has not moved, with the file's brief, title and hits."""
    cue, entry = plan.cue, plan.entry
    assert cue is not None
    hits = cue.hits
    if entry.hits is not None:
        marked = [hit for hit in cue.hits if not is_proposed(hit)]
        taken = {hit.frame for hit in marked}
        wanted = [hit for hit in _file_hits(plan, entry.hits, scene) if _is_free(hit, taken, plan, scene)]
        hits = tuple(sorted((*marked, *wanted), key=lambda hit: hit.frame))
    return replace(cue, title=_title(plan), brief=_brief(plan, (), scene), hits=hits)


def _is_free(hit: HitPoint, taken: set[int], plan: _Plan, scene: _Scene) -> bool:
    if hit.frame in taken:
        scene.warnings.append(
            f"{scene.file.path.name}, {plan.number}: the hit at {scene.cut.timecode(hit.frame)} gives way to what is "
            "there already, a marker or an end of the cue"
        )
    return hit.frame not in taken


def _spotted_anew(
    spotting: Spotting, plans: Sequence[_Plan], left_out: Sequence[Cue], scene: _Scene
) -> tuple[list[Cue], tuple[MarkerAnswer, ...]]:
    """Return the cues and the answers to markers where cues were moved, added or left out."""
    cut, answers = scene.cut, Answers()
    read = read_markers(cut, scene.settings.marker_table)
    edges = {cue.span: cue for cue in find_spans(cut, read, Answers())}
    spans = [_edged(plan, edges) for plan in plans]
    directions = read_directions(read, spans, [plan.number for plan in plans], answers)
    cues = []
    for plan, span, marked in zip(plans, spans, markers_by_cue(read, spans, answers), strict=True):
        entry_word, exit_word = (plan.cue.entry, plan.cue.exit) if plan.cue else (_ENTRY, _EXIT)
        candidates = marked_hits(cut, marked, plan.span)
        if plan.entry.hits is not None:
            candidates += [Candidate(hit) for hit in _file_hits(plan, plan.entry.hits, scene)]
        elif not candidates:
            candidates = [Candidate(hit) for hit in propose_hits(cut, plan.span, scene.arc)]
        hits = merge_hits(candidates, span, number=plan.number, entry=entry_word, exit_=exit_word, answers=answers)
        if plan.is_as_spotted:  # merged only for the answers to its markers
            cues.append(_as_spotted(plan, scene))
            continue
        brief = _brief(plan, in_force(directions, cut, span), scene)
        inside = tuple(d for d in directions if plan.span.start_frame < d.frame < plan.span.end_frame)
        if plan.cue is not None:
            cues.append(
                replace(plan.cue, title=_title(plan), span=plan.span, hits=hits, brief=brief, directions=inside)
            )
        else:
            cues.append(
                Cue(
                    number=plan.number,
                    title=_title(plan),
                    span=plan.span,
                    hits=hits,
                    brief=brief,
                    directions=inside,
                    entry=entry_word,
                    exit=exit_word,
                )
            )
    return cues, _answers(spotting, cues, left_out, read, answers, scene)


def _edged(plan: _Plan, edges: dict[FrameSpan, CueSpan]) -> CueSpan:
    """Return a span with the markers that open and close it, each where that end has not moved."""
    was = edges.get(plan.cue.span) if plan.cue else None
    if was is None:
        return CueSpan(plan.span)
    return CueSpan(
        plan.span,
        was.opening if was.span.start_frame == plan.span.start_frame else None,
        was.closing if was.span.end_frame == plan.span.end_frame else None,
    )


def _answers(
    spotting: Spotting,
    cues: Iterable[Cue],
    left_out: Sequence[Cue],
    read: Sequence[Read],
    anew: Answers,
    scene: _Scene,
) -> tuple[MarkerAnswer, ...]:
    """Return one answer for every marker that is no hit: the new one, else the old one, else what the file did."""
    name, hits = scene.file.path.name, {hit.marker_id for cue in cues for hit in cue.hits}
    by_marker = {answer.marker_id: answer for answer in spotting.answers} | anew.by_marker
    told = Answers(by_marker={key: answer for key, answer in by_marker.items() if key not in hits})
    for marker, meaning in read:
        if marker.id in hits:
            continue
        silent = next((cue for cue in left_out if _touches(cue, marker)), None)
        is_music = meaning.role in ("hit", "music_in", "music_out", "music")
        if silent is not None and is_music:
            told.refuse(marker, f"{name} leaves {silent.number} out")
        elif marker.id not in told.by_marker:
            told.refuse(marker, f"{name} lets the music start or end elsewhere than {called(marker)!r}")
    return tuple(told.by_marker.values())


def _touches(cue: Cue, marker: Marker) -> bool:
    return cue.span.start_frame <= marker.frame <= cue.span.end_frame or any(
        hit.marker_id == marker.id for hit in cue.hits
    )


def _file_hits(plan: _Plan, rows: Iterable[FileHit], scene: _Scene) -> list[HitPoint]:
    """Return the hits that the file wants in a cue; what the engine proposed on the same frame keeps its name."""
    proposed = {hit.frame: hit for hit in plan.cue.hits if is_proposed(hit)} if plan.cue else {}
    hits: dict[int, HitPoint] = {}
    for row in rows:
        if not row.use:
            continue
        timecode = scene.cut.timecode(row.frame)
        if not plan.span.start_frame <= row.frame <= plan.span.end_frame:
            scene.warnings.append(
                f"{scene.file.path.name}, {plan.number}: the hit at {timecode} lies outside the cue and is left out"
            )
            continue
        if row.frame in hits:
            raise scene.fail(plan.number, f"two hits at {timecode}; keep one")
        base = proposed.get(row.frame) or HitPoint(id=f"file-{row.frame}", frame=row.frame, kind=row.kind)
        label = row.reason or base.label or "from the briefs file"
        hits[row.frame] = replace(base, kind=row.kind, weight=row.weight, label=label)
    return list(hits.values())


def _title(plan: _Plan) -> str:
    if plan.entry.title is not None:
        return plan.entry.title
    return plan.cue.title if plan.cue else "untitled"


def _brief(plan: _Plan, opening: tuple[Direction, ...], scene: _Scene) -> Brief:
    """Return the cue's brief with the file's lines over it; another style fills in its own tempo and key."""
    values: dict[str, Any] = dict(plan.entry.values)
    style = values.get("palette_id")
    if plan.cue is not None and style in (None, plan.cue.brief.palette_id):
        base = plan.cue.brief
    else:
        base = _from_scene(plan, opening, style, scene)
    if plan.entry.intensity is not None:
        values["intensity"] = _intensity(plan, scene)
    if values.get("key") == base.key:
        values.pop("is_key_open", None)  # as it was spotted
    try:
        brief = replace(base, **values)
    except ValueError as error:
        raise scene.fail(plan.number, str(error)) from error
    low, high = brief.tempo_range_bpm
    if "tempo_bpm" in values and not low <= brief.tempo_bpm <= high:
        low, high = min(low, brief.tempo_bpm * (1 - _TEMPO_ROOM)), max(high, brief.tempo_bpm * (1 + _TEMPO_ROOM))
        brief = replace(brief, tempo_range_bpm=(low, high))
    if plan.cue is not None and brief.palette_id != plan.cue.brief.palette_id and "tempo_bpm" in values:
        low, high = scene.settings.palettes[brief.palette_id].tempo_range_bpm
        if not low * (1 - _TELLING_TEMPO) <= brief.tempo_bpm <= high * (1 + _TELLING_TEMPO):
            scene.warnings.append(
                f"{scene.file.path.name}, {plan.number}: style {brief.palette_id} usually goes at {low:g} to {high:g} "
                f"bpm and the file asks for {brief.tempo_bpm:g}; delete both tempo lines and the key to let them follow"
            )
    return brief


def _from_scene(plan: _Plan, opening: tuple[Direction, ...], style: str | None, scene: _Scene) -> Brief:
    """Return what the built-in writer says about a stretch of the cut, in a given style."""
    if plan.is_as_spotted:  # its opening directions were not read anew
        read = read_markers(scene.cut, scene.settings.marker_table)
        span = CueSpan(plan.span)
        opening = in_force(read_directions(read, [span], [plan.number], Answers()), scene.cut, span)
    request = brief_request(
        plan.span,
        number=plan.number,
        title=_title(plan),
        cut=scene.cut,
        arc=scene.arc,
        settings=scene.settings,
        opening=opening,
        lines=scene.lines,
    )
    return BuiltinWriter().write(replace(request, style=style or request.style))


def _intensity(plan: _Plan, scene: _Scene) -> tuple[tuple[float, float], ...]:
    points = [
        (point.share_in(plan.span.start_frame, plan.span.end_frame), point.level)
        for point in plan.entry.intensity or ()
    ]
    if any(not 0.0 <= share <= 1.0 for share, _ in points):
        raise scene.fail(plan.number, "a point of the intensity lies outside the cue; use per cent, or move it")
    if any(later[0] <= earlier[0] for earlier, later in pairwise(points)):
        raise scene.fail(plan.number, "the points of the intensity must come one after the other")
    return tuple(points)
