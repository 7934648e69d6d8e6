"""The verdict on every hit point, and the one answer to every marker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from hitpoint.model.audio import HitMeasurement
from hitpoint.model.cut import Cut
from hitpoint.model.spotting import Cue, HitKind, HitPoint, MarkerAnswer, Verdict
from hitpoint.model.tempo_plan import PlannedHit, TempoPlan
from hitpoint.model.time import FrameRate, frames_to_seconds

#: A miss up to this is "near" (Netflix QC: one frame is its severity A, two frames and more B; field.md §4).
NEAR_FRAMES = Fraction(2)

#: A hit is exact to the eye and the ear within half a frame.
_HIT_FRAMES = Fraction(1, 2)

#: What must stand out in the mix; the others (a new harmony, a fade, a silence) may come without an onset.
_HEARD_KINDS = (HitKind.ACCENT, HitKind.PEAK)


def hit_rows(
    cut: Cut, cues: Sequence[Cue], plans: Sequence[TempoPlan], measurements: Iterable[HitMeasurement]
) -> list[dict[str, Any]]:
    """Return one row per hit point of every cue, by record frame; values may still be fractions.

    A hit that no plan knows is refused. Errors are heard (or planned) minus wanted: positive is late.
    """
    heard = {measured.hit_id: measured for measured in measurements}
    rows = []
    for cue, plan in zip(cues, plans, strict=True):
        planned_hits = {planned.hit.id: planned for planned in plan.hits}
        for hit in cue.hits:
            rows.append(_hit_row(cut, cue, hit, planned_hits.get(hit.id), heard.get(hit.id)))
    return sorted(rows, key=lambda row: int(row["frame"]))


def _hit_row(
    cut: Cut, cue: Cue, hit: HitPoint, planned: PlannedHit | None, heard: HitMeasurement | None
) -> dict[str, Any]:
    measured_ms = heard.error_ms if heard else None
    verdict, reason = judge(hit, planned, heard, rate=cut.rate)
    return {
        "id": hit.id,
        "cue": cue.number,
        "label": hit.label,
        "kind": hit.kind.value,
        "weight": hit.weight,
        "is_hard": hit.is_hard,
        "marker_id": hit.marker_id or None,
        "frame": hit.frame,
        "timecode": cut.timecode(hit.frame),
        "record_s": frames_to_seconds(hit.frame, cut.rate),
        "bar": planned.bar if planned else None,
        "beat": planned.beat if planned else None,
        "is_downbeat": planned.is_downbeat if planned else None,
        "was_softened": planned.was_softened if planned else None,
        "planned_error_ms": planned.planned_error_s * 1000 if planned else None,
        "measured_error_ms": measured_ms,
        "measured_error_frames": None if measured_ms is None else measured_ms / 1000 * float(cut.rate.fps),
        "verdict": verdict.value,
        "reason": reason,
    }


def judge(
    hit: HitPoint, planned: PlannedHit | None, heard: HitMeasurement | None, *, rate: FrameRate
) -> tuple[Verdict, str]:
    """Return hit (within half a frame), near (within two, or a soft hit's own tolerance) or refused, and why.

    What was heard counts before what was planned. Where nothing stands out in the mix, a silence, a turn or a soft
    entry is judged by the plan; a hard accent that nobody hears is at best near.
    """
    if planned is None:
        return Verdict.REFUSED, "the tempo map has no place for it"
    planned_frames = abs(planned.planned_error_s) * rate.fps
    near_frames = max(NEAR_FRAMES, Fraction(hit.tolerance_frames))
    if planned_frames > near_frames:
        return Verdict.REFUSED, planned.reason or f"the music passes {_ms(planned.planned_error_s)} away"
    if heard is None or heard.error_ms is None:
        how = "not measured" if heard is None else "no onset stands out there in the mix"
        is_exact = planned_frames <= _HIT_FRAMES
        place = "exact in the tempo map" if is_exact else planned.reason or f"planned {_ms(planned.planned_error_s)}"
        is_missed = heard is not None and hit.is_hard and hit.kind in _HEARD_KINDS
        return (Verdict.HIT if is_exact and not is_missed else Verdict.NEAR), f"{place}; {how}"
    heard_frames = abs(Fraction(heard.error_ms)) / 1000 * rate.fps
    if heard_frames <= _HIT_FRAMES:
        return Verdict.HIT, planned.reason
    if heard_frames <= near_frames:
        return Verdict.NEAR, planned.reason or f"heard {heard.error_ms:+.1f} ms away"
    return (
        Verdict.REFUSED,
        planned.reason or f"heard {heard.error_ms:+.1f} ms away, more than {float(near_frames):g} frames",
    )


def _ms(seconds: Fraction) -> str:
    return f"{float(seconds) * 1000:+.0f} ms"


def answer_markers(cut: Cut, hits: Sequence[dict[str, Any]], answers: Iterable[MarkerAnswer]) -> list[dict[str, Any]]:
    """Return exactly one answer per marker of the cut, in the cut's order.

    A marker that became hit points is answered by the heaviest of them; otherwise by the spotting's own answer.
    """
    by_marker: dict[str, dict[str, Any]] = {}
    for row in hits:
        marker_id = row["marker_id"]
        if marker_id and (marker_id not in by_marker or row["weight"] > by_marker[marker_id]["weight"]):
            by_marker[marker_id] = row
    told = {answer.marker_id: answer for answer in answers}
    rows = []
    for marker in cut.markers:
        hit, answer = by_marker.get(marker.id), told.get(marker.id)
        if hit is not None:
            verdict, reason, hit_id = hit["verdict"], hit["reason"], hit["id"]
        elif answer is not None:
            verdict, reason, hit_id = answer.verdict.value, answer.reason, answer.hit_id or None
        else:
            verdict, reason, hit_id = Verdict.REFUSED.value, "no cue plays at this marker", None
        rows.append(
            {
                "id": marker.id,
                "frame": marker.frame,
                "timecode": cut.timecode(marker.frame),
                "name": marker.name,
                "color": marker.color,
                "verdict": verdict,
                "reason": reason,
                "hit_id": hit_id,
            }
        )
    return rows
