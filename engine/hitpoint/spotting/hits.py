"""The hit points of a cue: from the editor's markers, or proposed, with its first and its last note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hitpoint.model.cut import Cut, Marker
from hitpoint.model.spotting import HitKind, HitPoint
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds
from hitpoint.spotting.answers import Answers, Read, called
from hitpoint.spotting.spans import CueSpan
from hitpoint.story.markers import MarkerMeaning

#: A last note that rings out or fades, and a start that sneaks in, may be missed by this many frames.
SOFT_EDGE_FRAMES = 2
_START_WEIGHT, _OUT_WEIGHT, _RETURN_WEIGHT = 0.6, 0.9, 0.5
#: After a marked silence shorter than this the music goes on as if it were a breath.
_SHORTEST_SILENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hit, and the marker that asked for it (None where the engine did)."""

    hit: HitPoint
    marker: Marker | None = None


def markers_by_cue(read: Sequence[Read], spans: Sequence[CueSpan], answers: Answers) -> list[list[Read]]:
    """Return the markers that are hits inside each span (its ends included); one in none of them is refused.

    `read` are the markers inside the cut, by frame; those that open or close a span are not hits here.
    """
    edges = {edge[0].id for cue in spans for edge in (cue.opening, cue.closing) if edge}
    found: list[list[Read]] = [[] for _ in spans]
    index = 0
    for marker, meaning in read:
        if meaning.role != "hit" or marker.id in edges:
            continue
        while index < len(spans) - 1 and marker.frame >= spans[index + 1].span.start_frame:
            index += 1
        at = index
        ends_a_cue = index > 0 and marker.frame == spans[index - 1].span.end_frame
        if ends_a_cue and meaning.kind in (HitKind.OUT, HitKind.SILENCE):
            at -= 1  # where one cue ends and the next starts, "stop dead" belongs to the one that ends
        if spans[at].span.start_frame <= marker.frame <= spans[at].span.end_frame:
            found[at].append((marker, meaning))
        else:
            answers.refuse(marker, "no music plays here; move MUSIC IN or MUSIC OUT to include it")
    return found


def marked_hits(cut: Cut, read: Sequence[Read], span: FrameSpan) -> list[Candidate]:
    """Return the hits that the markers of one cue ask for, and where the music returns after a marked silence."""
    found: list[Candidate] = []
    for marker, meaning in read:
        hit = _hit_point(marker, meaning, cut.rate, span)
        found.append(Candidate(hit, marker))
        if hit.kind is HitKind.SILENCE and meaning.is_region:
            return_frame = marker.frame + marker.duration_frames
            is_long = frames_to_seconds(marker.duration_frames, cut.rate) >= _SHORTEST_SILENCE_S
            if is_long and return_frame < span.end_frame:
                back = HitPoint(
                    id=f"{hit.id}-return",
                    frame=return_frame,
                    kind=HitKind.TURN,
                    weight=_RETURN_WEIGHT,
                    label=f"the music returns after {called(marker)!r}",
                )
                found.append(Candidate(back))
    return found


def merge_hits(
    candidates: Sequence[Candidate], cue: CueSpan, *, number: str, entry: str, exit_: str, answers: Answers
) -> tuple[HitPoint, ...]:
    """Return the hits of a cue with its start and its end, sorted, one per frame.

    On the first frame a marked hit is the start; whatever stands on the end is the last note; elsewhere the heaviest
    leads, with the greatest weight and the least tolerance of all. The markers of the others are answered.
    """
    start = _edge(cue.opening, HitKind.START, cue.span.start_frame, number, is_hard=entry == "downbeat")
    out = _edge(cue.closing, HitKind.OUT, cue.span.end_frame, number, is_hard=exit_ in ("button", "cut"))
    together = sorted((*candidates, start, out), key=lambda candidate: candidate.hit.frame)
    hits = []
    for frame, group in groupby(together, key=lambda candidate: candidate.hit.frame):
        alike = list(group)
        lead = _adopted(out, alike) if frame == cue.span.end_frame else max(alike, key=_precedence)
        others = [candidate for candidate in alike if candidate.hit.id != lead.hit.id]
        hits.append(_merged(lead, others))
        for other in others:
            if other.marker and other.marker is not lead.marker:
                answers.join(
                    other.marker, f"one hit with {hits[-1].label!r} on the same frame of {number}", hits[-1].id
                )
    return tuple(hits)


def _adopted(out: Candidate, alike: Sequence[Candidate]) -> Candidate:
    """Return the last note in the name of the heaviest marker on it, where none is its own."""
    marked = [candidate for candidate in alike if candidate.marker]
    if out.marker or not marked:
        return out
    heaviest = max(marked, key=_precedence)
    hit = replace(out.hit, label=heaviest.hit.label, marker_id=heaviest.hit.marker_id)
    return Candidate(hit, heaviest.marker)


def _precedence(candidate: Candidate) -> tuple[bool, bool, float]:
    """Return what decides who leads on a frame: marked hits, then the start of the cue; then weight."""
    is_marked = candidate.marker is not None and candidate.hit.kind is not HitKind.START
    return is_marked, candidate.hit.kind is HitKind.START, candidate.hit.weight


def _merged(lead: Candidate, others: Sequence[Candidate]) -> HitPoint:
    """Return the leading hit with the greatest weight and the least tolerance of all marked ones."""
    marked = [other.hit for other in others if other.marker and other.hit.kind is not HitKind.START]
    hit = lead.hit
    is_hard = hit.is_hard or any(other.is_hard for other in marked)
    return replace(
        hit,
        weight=max(hit.weight, *(other.weight for other in marked), 0.0),
        is_hard=is_hard,
        tolerance_frames=0 if is_hard else min(hit.tolerance_frames, *(o.tolerance_frames for o in marked), 10**6),
    )


def _hit_point(marker: Marker, meaning: MarkerMeaning, rate: FrameRate, span: FrameSpan) -> HitPoint:
    frame = marker.frame
    tolerance_frames = meaning.tolerance_frames or int(meaning.tolerance_s * rate.fps)
    is_end = frame == span.end_frame
    if meaning.is_region and not meaning.is_hard and not is_end:  # anywhere in it
        tolerance_frames = marker.duration_frames // 2
        frame = min(frame + tolerance_frames, span.end_frame - 1)
    is_last_note_inside = meaning.kind is HitKind.OUT and not is_end
    return HitPoint(
        id=f"hit-{marker.id}",
        frame=frame,
        kind=HitKind.ACCENT if is_last_note_inside else meaning.kind,
        weight=meaning.weight,
        is_hard=meaning.is_hard,
        tolerance_frames=tolerance_frames,
        label=called(marker),
        marker_id=marker.id,
    )


def _edge(read: Read | None, kind: HitKind, frame: int, number: str, *, is_hard: bool) -> Candidate:
    weight = _START_WEIGHT if kind is HitKind.START else _OUT_WEIGHT
    hit = HitPoint(
        id=f"{kind.value}-{read[0].id if read else number}",
        frame=frame,
        kind=kind,
        weight=max(weight, read[1].weight) if read else weight,
        is_hard=is_hard,
        tolerance_frames=0 if is_hard else SOFT_EDGE_FRAMES,
        label=called(read[0]) if read else kind.value,
        marker_id=read[0].id if read else "",
    )
    return Candidate(hit, read[0] if read else None)
