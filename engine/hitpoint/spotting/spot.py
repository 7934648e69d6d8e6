"""Spotting: where music is, what it must hit, what it should be like; and an answer for every marker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hitpoint.model.cut import Cut, Marker
from hitpoint.model.music import Palette
from hitpoint.model.spotting import Cue, Direction, HitKind, HitPoint, MarkerAnswer, Spotting, Verdict
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameSpan, frames_to_seconds
from hitpoint.spotting.brief import check_style, write_brief
from hitpoint.spotting.marker_table import MarkerTable
from hitpoint.spotting.markers import MarkerMeaning, read_marker
from hitpoint.spotting.numbers import KnownCue, identity_of, number_cues
from hitpoint.spotting.project_file import ProjectFile
from hitpoint.spotting.proposals import propose_hits
from hitpoint.spotting.spans import Read, find_spans
from hitpoint.story.screenplay import Screenplay, place_screenplay

#: Arousal below which a cue sneaks in, and above which it ends with a button, where no marker says.
_SNEAK_BELOW, _BUTTON_ABOVE = -0.2, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottingSettings:
    """What the user chose; `style` None lets the scene choose. `known_cues` come from the project file."""

    marker_table: MarkerTable
    palettes: Mapping[str, Palette]
    style: str | None = None
    brief_text: str = ""
    reel_number: int = 1
    known_cues: tuple[KnownCue, ...] = ()


@dataclass(slots=True)
class _Answers:
    answers: list[MarkerAnswer] = field(default_factory=list)

    def give(self, marker: Marker, verdict: Verdict, reason: str, hit_id: str = "") -> None:
        self.answers.append(MarkerAnswer(marker_id=marker.id, verdict=verdict, reason=reason, hit_id=hit_id))


def spot(cut: Cut, arc: EmotionArc, *, settings: SpottingSettings, screenplay: Screenplay | None = None) -> Spotting:
    """Return the cues of a cut, and the answers to the markers that did not become hits.

    Raises `SettingError` for a style that does not exist.
    """
    check_style(settings.style, settings.palettes)
    read = [(marker, read_marker(marker, settings.marker_table)) for marker in cut.markers]
    spans = find_spans(cut, read)
    answers = _Answers(list(spans.answers))
    directions = _directions(read, answers)
    identities = [identity_of(cut, span, opening[0].name if opening else "") for span, opening, _ in spans.found]
    numbers = number_cues(identities, settings.known_cues, reel_number=settings.reel_number)
    titles = _titles(cut, screenplay, [span for span, _, _ in spans.found], settings.known_cues, numbers)
    by_cue = _hits_by_cue(read, [span for span, _, _ in spans.found], answers)
    cues = []
    for index, (span, opening, closing) in enumerate(spans.found):
        start_s = float(frames_to_seconds(span.start_frame, cut.rate))
        end_s = float(frames_to_seconds(span.end_frame, cut.rate))
        hits = _merge(by_cue[index], answers)
        if not hits:
            hits = list(propose_hits(cut, span, arc))
        entry = (opening[1].entry if opening else "") or _entry(arc, start_s, hits, span)
        exit_ = (closing[1].exit if closing else "") or (
            "button" if arc.at("arousal", end_s - 2) > _BUTTON_ABOVE else "ring-out"
        )
        brief = write_brief(
            style=settings.style,
            brief_text=settings.brief_text,
            opening=_in_force(directions, span.start_frame),
            arc=arc,
            start_s=start_s,
            end_s=end_s,
            palettes=settings.palettes,
            cue_index=index,
        )
        cues.append(
            Cue(
                number=numbers[index],
                title=titles[index],
                span=span,
                hits=_with_edges(hits, span, opening, closing, entry, exit_, numbers[index], answers),
                brief=brief,
                directions=tuple(d for d in directions if span.start_frame < d.frame < span.end_frame),
                entry=entry,
                exit=exit_,
            )
        )
    return Spotting(cues=tuple(cues), answers=tuple(answers.answers), warnings=tuple(spans.warnings))


def remember(project: ProjectFile, spotting: Spotting, cut: Cut) -> ProjectFile:
    """Return the project with this scoring's cues; cues that are gone stay, so that no number is used twice."""
    starts = {marker.frame: marker.name for marker in reversed(cut.markers)}
    now = {
        cue.number: KnownCue(
            number=cue.number, title=cue.title, identity=identity_of(cut, cue.span, _opening_name(cue, starts))
        )
        for cue in spotting.cues
    }
    gone = [cue for cue in project.cues if cue.number not in now]
    return replace(project, cues=(*now.values(), *gone))


def _opening_name(cue: Cue, starts: Mapping[int, str]) -> str:
    has_marker = any(hit.kind is HitKind.START and hit.marker_id for hit in cue.hits)
    return starts.get(cue.span.start_frame, "") if has_marker else ""


def _directions(read: Iterable[Read], answers: _Answers) -> list[Direction]:
    directions: list[Direction] = []
    for marker, meaning in read:
        directions += [
            Direction(frame=marker.frame, kind=k, value=v, marker_id=marker.id) for k, v in meaning.directions
        ]
        if meaning.role == "direction":
            said = ", ".join(f"{kind} {value}" for kind, value in meaning.directions)
            answers.give(marker, Verdict.DIRECTION, f"from here on: {said}")
        elif meaning.role == "ignore":
            answers.give(marker, Verdict.REFUSED, meaning.reason)
    return directions


def _in_force(directions: list[Direction], frame: int) -> list[Direction]:
    latest = {direction.kind: direction for direction in directions if direction.frame <= frame}
    return list(latest.values())


def _hits_by_cue(
    read: Iterable[Read], spans: list[FrameSpan], answers: _Answers
) -> list[list[tuple[Marker, MarkerMeaning]]]:
    """Return the hit markers of each span; one outside all of them is refused."""
    by_cue: list[list[tuple[Marker, MarkerMeaning]]] = [[] for _ in spans]
    index = 0
    for marker, meaning in read:
        if meaning.role != "hit":
            continue
        while index < len(spans) - 1 and marker.frame > spans[index].end_frame:
            index += 1
        if spans[index].start_frame <= marker.frame <= spans[index].end_frame:
            by_cue[index].append((marker, meaning))
        else:
            answers.give(marker, Verdict.REFUSED, "no music plays here; move MUSIC IN or MUSIC OUT to include it")
    return by_cue


def _merge(read: list[tuple[Marker, MarkerMeaning]], answers: _Answers) -> list[HitPoint]:
    """Return one hit per frame: of several markers on one, the heaviest."""
    hits: dict[int, HitPoint] = {}
    for marker, meaning in sorted(read, key=lambda pair: (pair[0].frame, -pair[1].weight)):
        hit_id = f"hit-{marker.id}"
        if marker.frame in hits:
            other = hits[marker.frame]
            answers.give(
                marker, Verdict.HIT, f"on the same frame as {other.label!r}, with which it is one hit", other.id
            )
            continue
        hits[marker.frame] = HitPoint(
            id=hit_id,
            frame=marker.frame,
            kind=meaning.kind,
            weight=meaning.weight,
            is_hard=meaning.is_hard,
            tolerance_frames=meaning.tolerance_frames,
            label=marker.name or marker.note[:40],
            marker_id=marker.id,
        )
    return list(hits.values())


def _entry(arc: EmotionArc, start_s: float, hits: list[HitPoint], span: FrameSpan) -> str:
    starts_with_a_hit = any(hit.frame == span.start_frame for hit in hits)
    return "sneak" if arc.at("arousal", start_s + 2) < _SNEAK_BELOW and not starts_with_a_hit else "downbeat"


def _with_edges(
    hits: list[HitPoint],
    span: FrameSpan,
    opening: Read | None,
    closing: Read | None,
    entry: str,
    exit_: str,
    number: str,
    answers: _Answers,
) -> tuple[HitPoint, ...]:
    """Return the hits with the cue's start and end as hits of their own, where no other hit stands there."""
    found = {hit.frame: hit for hit in hits if hit.kind is not HitKind.OUT or hit.frame == span.end_frame}
    for edge, frame, kind, is_hard in (
        (opening, span.start_frame, HitKind.START, entry == "downbeat"),
        (closing, span.end_frame, HitKind.OUT, exit_ == "button"),
    ):
        if frame in found and kind is HitKind.START:
            if edge:
                answers.give(edge[0], Verdict.HIT, f"starts {number} with {found[frame].label!r}", found[frame].id)
            continue
        found[frame] = HitPoint(
            id=f"{kind.value}-{edge[0].id if edge else number}",
            frame=frame,
            kind=kind,
            weight=edge[1].weight if edge else (0.6 if kind is HitKind.START else 0.9),
            is_hard=is_hard,
            tolerance_frames=0 if is_hard else 2,
            label=edge[0].name if edge else kind.value,
            marker_id=edge[0].id if edge else "",
        )
    return tuple(sorted(found.values(), key=lambda hit: hit.frame))


def _titles(
    cut: Cut,
    screenplay: Screenplay | None,
    spans: list[FrameSpan],
    known: tuple[KnownCue, ...],
    numbers: tuple[str, ...],
) -> list[str]:
    """Return a title per cue: the known one, the scene heading it starts in, else the shot it starts on."""
    told = {cue.number: cue.title for cue in known}
    headings = []
    if screenplay:
        placed = place_screenplay(screenplay, cut.subtitles)
        headings = [(p.start_s, p.line.text.title()) for p in placed if p.line.kind == "heading"]
    titles = []
    for span, number in zip(spans, numbers, strict=True):
        start_s = float(frames_to_seconds(span.start_frame, cut.rate))
        end_s = float(frames_to_seconds(span.end_frame, cut.rate))
        heading = next((text for at_s, text in headings if start_s <= at_s < end_s), "")
        shot = next((s.name for s in cut.shots if s.span.contains(span.start_frame)), "")
        titles.append(told.get(number) or heading or shot or cut.name)
    return titles
