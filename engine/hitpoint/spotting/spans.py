"""Where music is: MUSIC IN and MUSIC OUT paired, or the cut itself where nobody said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hitpoint.model.cut import Cut
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import FrameSpan, frames_to_seconds
from hitpoint.spotting.answers import Answers, Read, called

#: Without MUSIC IN and OUT: a hole in picture and sound this long at either end is left unscored, and one this long
#: in the middle ends a cue. A marked silence that is as long does so too: what follows is another piece of music.
EDGE_GAP_S, INNER_GAP_S = 2.0, 4.0
#: Less than this between IN and OUT is no cue.
SHORTEST_CUE_S = 1.0


@dataclass(frozen=True, slots=True)
class CueSpan:
    """Where a cue plays, with the markers that open and close it (None where the cut's own edge does)."""

    span: FrameSpan
    opening: Read | None = None
    closing: Read | None = None


@dataclass(frozen=True, slots=True)
class _Edge:
    """Music begins or ends on a frame; `read` is None for the end of a marker that is a whole cue."""

    frame: int
    is_in: bool
    read: Read | None
    opened_by: Read | None = None  # at the end of such a marker: the marker itself


def find_spans(
    cut: Cut, read: Sequence[Read], answers: Answers, *, proposed: Sequence[FrameSpan] = ()
) -> tuple[CueSpan, ...]:
    """Return the spans of all cues, sorted, not overlapping.

    `read` are the markers inside the cut, by frame. Every IN or OUT that opens or closes no cue is answered. Where no
    marker says where music is, the `proposed` spans are taken; without those the whole cut.
    """
    edges = _edges(read, answers)
    spans = _pair(cut, edges, answers)
    if not spans:
        if edges:
            answers.warnings.append(
                "no MUSIC IN and MUSIC OUT enclose a cue, so the whole cut is scored; move them apart"
            )
        spans = [CueSpan(span) for span in proposed or _covered_spans(cut)]
    return tuple(_split_at_silences(cut, _end_on_buttons(cut, spans, read), read, answers))


def _edges(read: Iterable[Read], answers: Answers) -> list[_Edge]:
    """Return where markers let music begin or end, by frame, ends first; questions that are answered are left out."""
    edges: list[_Edge] = []
    for item in read:
        marker, meaning = item
        if meaning.role in ("music_in", "music"):
            edges.append(_Edge(marker.frame, True, item))
        if meaning.role == "music_out":
            edges.append(_Edge(marker.frame, False, item))
        if meaning.role == "music":
            edges.append(_Edge(marker.frame + marker.duration_frames, False, None, item))
    edges.sort(key=lambda edge: (edge.frame, edge.is_in))
    kept: list[_Edge] = []
    for _, run in groupby(edges, key=lambda edge: edge.is_in):
        alike = list(run)
        sure = [edge for edge in alike if edge.read is None or not edge.read[1].is_tentative]
        for edge in alike:
            if sure and edge not in sure and edge.read:
                other = next((called(e.read[0]) for e in sure if e.read), "another marker")
                answers.refuse(edge.read[0], f"it is a question, and {other!r} answers it")
            else:
                kept.append(edge)
                if edge.read and edge.read[1].is_tentative:
                    answers.warnings.append(
                        f"{called(edge.read[0])!r} is a question and was taken for a yes; remove the "
                        "question mark or the marker"
                    )
    return kept


def _pair(cut: Cut, edges: Sequence[_Edge], answers: Answers) -> list[CueSpan]:
    spans: list[CueSpan] = []
    opened: Read | None = None
    was_opened = False
    for edge in edges:
        if edge.read is None:
            if opened is edge.opened_by:
                _close(spans, cut, opened, None, min(edge.frame, cut.duration_frames), answers)
                opened = None
        elif edge.is_in:
            if opened is not None:
                start = f"{called(opened[0])!r} at {cut.timecode(opened[0].frame)}"
                next_start = f"{called(edge.read[0])!r} at {cut.timecode(edge.frame)}"
                if _close(spans, cut, opened, None, edge.frame, answers):
                    answers.warnings.append(
                        f"no MUSIC OUT ends the cue that {start} starts, so it ends where {next_start} starts the next"
                    )
            opened, was_opened = edge.read, True
        elif opened is not None and _is_of_another_cue(opened, edge.read):
            answers.refuse(edge.read[0], f"its cue ended where {called(opened[0])!r} started; cues do not overlap")
        elif opened is not None:
            _close(spans, cut, opened, edge.read, edge.frame, answers)
            opened = None
        elif was_opened:
            answers.refuse(edge.read[0], "no music is playing here that could end; add a MUSIC IN before it")
        else:
            was_opened = True
            if _close(spans, cut, None, edge.read, edge.frame, answers):
                answers.warnings.append(
                    f"no MUSIC IN comes before {called(edge.read[0])!r} at {cut.timecode(edge.frame)}, so the music "
                    "starts with the cut"
                )
    if opened is not None and _close(spans, cut, opened, None, cut.duration_frames, answers):
        answers.warnings.append(
            f"no MUSIC OUT comes after {called(opened[0])!r} at {cut.timecode(opened[0].frame)}, so the music ends "
            "with the cut"
        )
    return spans


def _is_of_another_cue(opening: Read, closing: Read) -> bool:
    numbers = opening[1].number, closing[1].number
    return all(numbers) and numbers[0] != numbers[1]


def _close(
    spans: list[CueSpan], cut: Cut, opening: Read | None, closing: Read | None, end_frame: int, answers: Answers
) -> bool:
    start_frame = opening[0].frame if opening else 0
    if closing and end_frame >= cut.duration_frames - 1:
        end_frame = cut.duration_frames  # a marker cannot sit after the last frame, so on it means at the end
    if frames_to_seconds(end_frame - start_frame, cut.rate) >= SHORTEST_CUE_S:
        spans.append(CueSpan(FrameSpan(start_frame, end_frame), opening, closing))
        return True
    for edge in (opening, closing):
        if edge:
            answers.refuse(edge[0], f"the cue would last less than {SHORTEST_CUE_S:g} s; move IN and OUT apart")
    return False


def _end_on_buttons(cut: Cut, spans: Iterable[CueSpan], read: Sequence[Read]) -> list[CueSpan]:
    """Let a marked last note end a cue that no MUSIC OUT ends, where nothing for the music comes after it."""
    ended = []
    for cue in spans:
        if cue.closing is None:
            inside = [
                (marker, meaning)
                for marker, meaning in read
                if cue.span.contains(marker.frame) and meaning.role in ("hit", "direction")
            ]
            if inside and inside[-1][1].kind is HitKind.OUT and inside[-1][1].role == "hit":
                last = inside[-1]
                end_frame = last[0].frame if last[0].frame < cut.duration_frames - 1 else cut.duration_frames
                if frames_to_seconds(end_frame - cue.span.start_frame, cut.rate) >= SHORTEST_CUE_S:
                    cue = replace(cue, span=FrameSpan(cue.span.start_frame, end_frame), closing=last)
        ended.append(cue)
    return ended


def _split_at_silences(cut: Cut, spans: Iterable[CueSpan], read: Sequence[Read], answers: Answers) -> list[CueSpan]:
    """Return the spans with those parts taken out that a marker of some length wants silent."""
    holes = [
        (marker.frame, marker.frame + marker.duration_frames, (marker, meaning))
        for marker, meaning in read
        if meaning.kind is HitKind.SILENCE
        and meaning.is_region
        and frames_to_seconds(marker.duration_frames, cut.rate) >= INNER_GAP_S
    ]
    split: list[CueSpan] = []
    for cue in spans:
        for start_frame, end_frame, hole in holes:
            if not cue.span.contains(start_frame):
                continue
            if frames_to_seconds(start_frame - cue.span.start_frame, cut.rate) < SHORTEST_CUE_S:
                continue
            split.append(CueSpan(FrameSpan(cue.span.start_frame, start_frame), cue.opening, hole))
            if frames_to_seconds(cue.span.end_frame - end_frame, cut.rate) < SHORTEST_CUE_S:
                if cue.closing:
                    answers.refuse(cue.closing[0], f"the music has already ended at {called(hole[0])!r}")
                break
            cue = CueSpan(FrameSpan(end_frame, cue.span.end_frame), None, cue.closing)
        else:
            split.append(cue)
    return split


def _covered_spans(cut: Cut) -> list[FrameSpan]:
    """Return the stretches of the cut that show or sound something, long holes left out."""
    inner_frames, edge_frames, shortest_frames = (
        seconds * cut.rate.fps for seconds in (INNER_GAP_S, EDGE_GAP_S, SHORTEST_CUE_S)
    )
    whole = FrameSpan(0, cut.duration_frames)
    pieces = [(shot.span.start_frame, shot.span.end_frame) for shot in cut.shots]
    pieces += [(clip.span.start_frame, clip.span.end_frame) for clip in cut.audio_clips]
    inside = [(max(0, start), min(end, cut.duration_frames)) for start, end in sorted(pieces)]
    merged: list[FrameSpan] = []
    for piece in (FrameSpan(start, end) for start, end in inside if start < end):
        if merged and piece.start_frame - merged[-1].end_frame < inner_frames:
            merged[-1] = FrameSpan(merged[-1].start_frame, max(merged[-1].end_frame, piece.end_frame))
        else:
            merged.append(piece)
    if not merged:
        return [whole]
    if merged[0].start_frame < edge_frames:
        merged[0] = FrameSpan(0, merged[0].end_frame)
    if cut.duration_frames - merged[-1].end_frame < edge_frames:
        merged[-1] = FrameSpan(merged[-1].start_frame, cut.duration_frames)
    return [span for span in merged if span.duration_frames >= shortest_frames] or [whole]
