"""From the engine's JSON and the editor's changes to the plain values that the views show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hitpoint.model.edits import Edits
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate, frames_to_seconds
from hitpoint_panel.state import operations
from hitpoint_panel.state.document import Document
from hitpoint_panel.state.markers import PanelMarker
from hitpoint_panel.views.values import (
    VERDICTS,
    ArcCurves,
    HitRow,
    IntensityLine,
    LoudnessCurve,
    StripCue,
    StripCut,
    StripMarker,
    StripVersion,
)

_DEFAULT_WEIGHT = 0.5


def strip_cut(document: Document) -> StripCut | None:
    """Return the cut for the strip; None before the first look."""
    look = document.look
    if look is None or not document.duration_frames:
        return None
    return StripCut(
        name=str(document.cut.get("name") or ""),
        rate=document.rate,
        duration_frames=document.duration_frames,
        start_timecode_frame=document.start_timecode_frame,
        cut_frames=tuple(sorted(int(frame) for frame in look.get("cut_frames", ()))),
        shots=tuple(
            sorted(
                (int(shot["start_frame"]), int(shot["end_frame"]), str(shot.get("name") or ""))
                for shot in look.get("shots", ())
            )
        ),
        subtitles=tuple(
            sorted(
                (float(line["start_s"]), float(line["end_s"]), str(line["text"])) for line in look.get("subtitles", ())
            )
        ),
        thumbnails=tuple(sorted((int(item["frame"]), str(item["path"])) for item in look.get("thumbnails", ()))),
    )


def strip_markers(document: Document) -> tuple[StripMarker, ...]:
    """Return the markers as they stand, each with its answer where it was given for the marker as it is now."""
    told = _answers(document)
    result = []
    for marker in document.markers():
        answer = told.get(marker.id, {})
        result.append(
            StripMarker(
                id=marker.id,
                frame=marker.frame,
                name=marker.name,
                color=marker.color,
                kind=_kind(marker, answer),
                weight=_weight(marker, answer),
                verdict=_verdict(answer),
                error_ms=answer.get("measured_error_ms"),
                is_ours=marker.is_ours,
            )
        )
    return tuple(result)


def hit_rows(document: Document) -> tuple[HitRow, ...]:
    """Return the rows of the table: one for each marker, by frame."""
    told = _answers(document)
    result = []
    for marker in document.markers():
        answer = told.get(marker.id, {})
        result.append(
            HitRow(
                marker_id=marker.id,
                hit_id=answer.get("hit_id") or "",
                timecode=document.timecode(marker.frame),
                frame=marker.frame,
                name=marker.name,
                kind=_kind(marker, answer),
                weight=_weight(marker, answer),
                verdict=_verdict(answer),
                error_ms=answer.get("measured_error_ms"),
                error_frames=answer.get("measured_error_frames"),
                bar=answer.get("bar"),
                reason=answer.get("reason") or "",
            )
        )
    return tuple(result)


def strip_version(version: Mapping[str, Any] | None, edits: Edits, rate: FrameRate) -> StripVersion | None:
    """Return a version for the strip, with the bars that are locked now."""
    if version is None:
        return None
    fps = float(rate.fps)
    cues = []
    for cue in (version.get("report") or {}).get("cues", ()):
        bar_lines_s = (cue.get("tempo") or {}).get("bar_lines_s") or ()
        cues.append(
            StripCue(
                number=cue["number"],
                title=cue.get("title") or "",
                start_frame=int(cue["start_frame"]),
                end_frame=int(cue["end_frame"]),
                bars=tuple(float(at_s) * fps for at_s in bar_lines_s),
            )
        )
    waveform = version.get("waveform") or {}
    mix = version.get("mix") or {}
    return StripVersion(
        cues=tuple(cues),
        peaks=np.asarray(waveform.get("peak") or (), np.float32),
        hop_s=(waveform.get("hop_samples") or 480) / SAMPLE_RATE_HZ,
        start_s=(mix.get("start_sample") or 0) / SAMPLE_RATE_HZ,
        locked_bars=tuple((span.cue, span.first_bar, span.last_bar) for span in edits.locked_bars),
    )


def spotted_version(document: Document) -> StripVersion | None:
    """Return the cues as spotted, before anything was written."""
    look = document.look
    if look is None:
        return None
    return StripVersion(
        cues=tuple(
            StripCue(
                number=cue["number"],
                title=cue.get("title") or "",
                start_frame=int(cue["start_frame"]),
                end_frame=int(cue["end_frame"]),
            )
            for cue in look.get("cues", ())
            if int(cue["end_frame"]) > int(cue["start_frame"])
        )
    )


def arc_curves(document: Document) -> ArcCurves | None:
    """Return the arc of the newest look."""
    arc = ((document.look or {}).get("analysis") or {}).get("arc")
    if not arc:
        return None
    return ArcCurves(
        hop_s=float(arc["hop_s"]),
        valence=_row(arc["valence"]),
        arousal=_row(arc["arousal"]),
        tension=_row(arc["tension"]),
    )


def loudness_curve(version: Mapping[str, Any] | None) -> LoudnessCurve | None:
    """Return the measured loudness of a version's mix."""
    loudness = ((version or {}).get("report") or {}).get("loudness")
    if not loudness or not loudness.get("short_term_lufs"):
        return None
    return LoudnessCurve(
        start_s=float(loudness.get("short_term_start_s") or 0.0),
        hop_s=float(loudness.get("short_term_hop_s") or 1.0),
        lufs=_row(loudness["short_term_lufs"]),
    )


def intensity_lines(document: Document) -> tuple[IntensityLine, ...]:
    """Return the intensity of every cue: the editor's points, and what was planned."""
    version_cues = ((document.version or {}).get("report") or {}).get("cues") or ()
    planned = {cue["number"]: _planned(cue, document.rate) for cue in version_cues}
    return tuple(
        IntensityLine(
            cue=number,
            start_frame=start,
            end_frame=end,
            points=operations.cue_edit(document.edits, number).intensity,
            planned=planned.get(number, ()),
        )
        for number, start, end in document.cue_spans()
        if end > start
    )


def hit_summary(version: Mapping[str, Any] | None) -> str:
    """Return one line about a version's hits: "12 of 14 hits on their frame, worst 18 ms"."""
    summary = ((version or {}).get("report") or {}).get("hit_summary") or {}
    total = sum(summary.get(name) or 0 for name in ("hit", "near", "refused"))
    if not total:
        return ""
    worst = summary.get("worst_error_ms")
    return f"{summary.get('hit', 0)} of {total} hits on their frame" + (f", worst {worst:.0f} ms" if worst else "")


def _answers(document: Document) -> dict[str, dict[str, Any]]:
    """Return what the version in use answered to each marker that still stands where it stood then."""
    report = (document.heard_version or {}).get("report") or {}
    hits = {hit["id"]: hit for hit in report.get("hits", ())}
    result = {}
    standing = {marker.id: marker.frame for marker in document.markers()}
    for answer in report.get("markers", ()):
        if standing.get(answer["id"]) == answer["frame"]:
            hit = hits.get(answer.get("hit_id") or "", {})
            result[answer["id"]] = {**hit, **answer}
    return result


def _kind(marker: PanelMarker, answer: Mapping[str, Any]) -> str:
    if answer.get("verdict") == "direction":
        return marker.kind if marker.is_edited else ""
    return marker.kind or str(answer.get("kind") or "accent")


def _weight(marker: PanelMarker, answer: Mapping[str, Any]) -> float:
    given = marker.weight if marker.weight is not None else answer.get("weight")
    return _DEFAULT_WEIGHT if given is None else min(1.0, max(0.0, float(given)))


def _verdict(answer: Mapping[str, Any]) -> str | None:
    verdict = answer.get("verdict")
    return verdict if verdict in VERDICTS else None


def _planned(cue: Mapping[str, Any], rate: FrameRate) -> tuple[tuple[float, float], ...]:
    told = cue.get("planned_intensity") or {}
    values = told.get("values") or ()
    start_s = float(frames_to_seconds(int(cue["start_frame"]), rate))
    length_s = float(frames_to_seconds(int(cue["end_frame"]), rate)) - start_s
    if not values or length_s <= 0:
        return ()
    first_s, hop_s = float(told.get("start_s") or start_s), float(told.get("hop_s") or 1.0)
    points = (((first_s + index * hop_s - start_s) / length_s, value) for index, value in enumerate(values))
    return tuple(
        (share, min(1.0, max(0.0, float(level)))) for share, level in points if level is not None and 0 <= share <= 1
    )


def _row(values: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.array([np.nan if value is None else value for value in values], np.float32)
