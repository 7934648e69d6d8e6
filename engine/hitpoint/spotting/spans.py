"""Where music is: MUSIC IN and MUSIC OUT paired, or the cut itself where nobody said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hitpoint.model.cut import Cut, Marker
from hitpoint.model.spotting import MarkerAnswer, Verdict
from hitpoint.model.time import FrameSpan, frames_to_seconds
from hitpoint.spotting.markers import MarkerMeaning

#: Without MUSIC IN and OUT: a hole in picture and sound this long at either end is left unscored, and one this long
#: in the middle ends a cue.
EDGE_GAP_S, INNER_GAP_S = 2.0, 4.0
#: Less than this between IN and OUT is no cue.
SHORTEST_CUE_S = 1.0

Read = tuple[Marker, MarkerMeaning]


@dataclass(slots=True)
class Spans:
    """Cue spans with the markers that opened and closed them (None where the cut's own edge did)."""

    found: list[tuple[FrameSpan, Read | None, Read | None]] = field(default_factory=list)
    answers: list[MarkerAnswer] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def find_spans(cut: Cut, read: list[Read]) -> Spans:
    """Return the spans of all cues, sorted, not overlapping; every IN or OUT that opens or closes none is answered."""
    spans = Spans()
    edges = [(marker, meaning) for marker, meaning in read if meaning.role in ("music_in", "music_out")]
    if not edges:
        spans.found = [(span, None, None) for span in _covered_spans(cut)]
        return spans
    opened: Read | None = None
    for marker, meaning in edges:
        if meaning.role == "music_in":
            if opened is not None and opened[0].frame < marker.frame:
                _close(spans, cut, opened, None, marker.frame)
                _answer(
                    spans, opened[0], Verdict.HIT, f"starts a cue, which ends where {marker.name!r} starts the next"
                )
            opened = (marker, meaning)
        elif opened is not None:
            _close(spans, cut, opened, (marker, meaning), marker.frame)
            opened = None
        elif not spans.found:
            _close(spans, cut, None, (marker, meaning), marker.frame)
        else:
            _answer(spans, marker, Verdict.REFUSED, "no music is playing here that could end; add a MUSIC IN before it")
    if opened is not None:
        _close(spans, cut, opened, None, cut.duration_frames)
    if not spans.found:
        spans.warnings.append("no MUSIC IN and MUSIC OUT enclose a cue, so the whole cut is one")
        spans.found = [(span, None, None) for span in _covered_spans(cut)]
    return spans


def _close(spans: Spans, cut: Cut, opening: Read | None, closing: Read | None, end_frame: int) -> None:
    start_frame = opening[0].frame if opening else 0
    if closing and end_frame >= cut.duration_frames - 1:
        end_frame = cut.duration_frames  # a marker cannot sit after the last frame, so on it means at the end
    if frames_to_seconds(end_frame - start_frame, cut.rate) < SHORTEST_CUE_S:
        for edge in (opening, closing):
            if edge:
                _answer(spans, edge[0], Verdict.REFUSED, f"the cue would last less than {SHORTEST_CUE_S:g} s")
        return
    spans.found.append((FrameSpan(start_frame, end_frame), opening, closing))


def _answer(spans: Spans, marker: Marker, verdict: Verdict, reason: str) -> None:
    spans.answers.append(MarkerAnswer(marker_id=marker.id, verdict=verdict, reason=reason))


def _covered_spans(cut: Cut) -> list[FrameSpan]:
    """Return the stretches of the cut that show or sound something, long holes left out."""
    inner_frames = INNER_GAP_S * float(cut.rate.fps)
    edge_frames = EDGE_GAP_S * float(cut.rate.fps)
    merged: list[FrameSpan] = []
    for span in _merge(cut):
        if merged and span.start_frame - merged[-1].end_frame < inner_frames:
            merged[-1] = FrameSpan(merged[-1].start_frame, max(merged[-1].end_frame, span.end_frame))
        else:
            merged.append(span)
    if not merged:
        return [FrameSpan(0, cut.duration_frames)]
    if merged[0].start_frame < edge_frames:
        merged[0] = FrameSpan(0, merged[0].end_frame)
    if cut.duration_frames - merged[-1].end_frame < edge_frames:
        merged[-1] = FrameSpan(merged[-1].start_frame, cut.duration_frames)
    shortest_frames = SHORTEST_CUE_S * float(cut.rate.fps)
    return [span for span in merged if span.duration_frames >= shortest_frames] or [FrameSpan(0, cut.duration_frames)]


def _merge(cut: Cut) -> Iterator[FrameSpan]:
    spans = [shot.span for shot in cut.shots] + [clip.span for clip in cut.audio_clips]
    return iter(sorted(spans, key=lambda span: (span.start_frame, span.end_frame)))
