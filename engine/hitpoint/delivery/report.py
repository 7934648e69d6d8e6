"""The report of a run as plain JSON: what was planned, what was measured, what every marker got for an answer.

The schema is an interface: docs/report.schema.json says what each field means, docs/report.md is made from it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from hitpoint.delivery.recognised import recognised_values
from hitpoint.delivery.report_hits import answer_markers, hit_rows
from hitpoint.files import write_beside
from hitpoint.model.audio import Alternate, HitMeasurement, MixResult
from hitpoint.model.cut import Cut
from hitpoint.model.music import Composition
from hitpoint.model.spotting import Cue, MarkerAnswer
from hitpoint.model.story import EmotionArc, StoryBeat
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameSpan, frames_to_seconds, samples_to_seconds
from hitpoint.perception.eyes import Sight

SCHEMA_VERSION = "report.1"

#: Libraries whose version can change what comes out.
_KEY_LIBRARIES = (
    "av",
    "librosa",
    "mido",
    "numpy",
    "opentimelineio",
    "partitura",
    "pedalboard",
    "scenedetect",
    "scipy",
    "tinysoundfont",
)

#: Short-term loudness values per second in `MixResult.short_term_lufs`.
_SHORT_TERM_HOP_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInputs:
    """Everything that the report tells, as the steps returned it; what was not computed stays at its default.

    Attributes
    ----------
    cues, plans, compositions : tuples, equally long
        One of each per cue, in the same order.
    alternatives : tuple of tuples of TempoPlan
        Per cue, all maps that the solver offered; () where it offered no choice.
    answers : tuple of MarkerAnswer
        For the markers that did not become hits.
    loudness_correlation : dict of cue number to float
        Correlation of planned intensity with measured short-term loudness, -1..1; None where it is undefined.
    step_s : dict of step name to seconds
    settings : dict
        Plain JSON values: what the user asked for.
    files : dict of kind to Path
        What was written; told relative to `folder`.
    alternates : tuple of Alternate
        The other versions that were written.
    sight : Sight or None
        What eyes recognised; the report says nothing about it where none looked.
    generated : dict or None
        Plain JSON values: what a neural model made for the score; None where none was asked.
    """

    cut: Cut
    cues: tuple[Cue, ...]
    plans: tuple[TempoPlan, ...]
    compositions: tuple[Composition, ...]
    alternatives: tuple[tuple[TempoPlan, ...], ...] = ()
    answers: tuple[MarkerAnswer, ...] = ()
    arc: EmotionArc | None = None
    beats: tuple[StoryBeat, ...] = ()
    mix: MixResult | None = None
    measurements: tuple[HitMeasurement, ...] = ()
    loudness_correlation: Mapping[str, float | None] = field(default_factory=dict)
    step_s: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    soundfont: str = ""
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    alternates: tuple[Alternate, ...] = ()
    sight: Sight | None = None
    generated: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if not len(self.cues) == len(self.plans) == len(self.compositions):
            raise ValueError("the report needs one plan and one composition for each cue")
        if self.alternatives and len(self.alternatives) != len(self.cues):
            raise ValueError("the report needs the alternatives of every cue, or of none")


def build_report(inputs: ReportInputs) -> dict[str, Any]:
    """Return the report as plain JSON values: no NaN, no infinity (null instead), seconds as decimals."""
    hits = hit_rows(inputs.cut, inputs.cues, inputs.plans, inputs.measurements)
    report: dict[str, Any] = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "versions": _versions(),
            "seed": inputs.seed,
            "soundfont": inputs.soundfont,
            "settings": dict(inputs.settings),
            "cut": cut_values(inputs.cut),
            "cues": [_cue(inputs, index) for index in range(len(inputs.cues))],
            "hits": hits,
            "hit_summary": _hit_summary(hits),
            "markers": answer_markers(inputs.cut, hits, inputs.answers),
            "arc": _arc(inputs.arc),
            "beats": beat_values(inputs.beats),
            **({} if inputs.sight is None else {"recognised": recognised_values(inputs.sight)}),
            "loudness": _loudness(inputs.mix),
            "automation": _automation(inputs.mix),
            "alternates": [_alternate(alternate, inputs.folder) for alternate in inputs.alternates],
            "generated": inputs.generated,
            "step_s": dict(inputs.step_s),
            "warnings": [*inputs.cut.warnings, *(w for w in inputs.warnings if w not in inputs.cut.warnings)],
            "files": {kind: _relative(path, inputs.folder) for kind, path in inputs.files.items()},
        }
    )
    return report


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write a report as UTF-8 JSON; `OutputError` if it cannot be written."""
    text = json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1)
    with write_beside(path) as temp_path:
        temp_path.write_text(text + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: fractions and floats to six decimals, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, bool) or value is None or isinstance(value, int | str):
        return value
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    if isinstance(value, float | Fraction):
        number = float(value)
        return round(number, 6) if math.isfinite(number) else None
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in the report")


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in ("hitpoint", *_KEY_LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def cut_values(cut: Cut) -> dict[str, Any]:
    """Return what a report says about the cut itself."""
    return {
        "name": cut.name,
        "source": cut.source_path.name if cut.source_path else "",
        "rate": f"{cut.rate.numerator}/{cut.rate.denominator}",
        "drop_frame": cut.rate.drop_frame,
        "start_timecode": cut.timecode(0),
        "duration_frames": cut.duration_frames,
        "duration_s": cut.duration_s,
        "shots": [{"name": shot.name, **_span(cut, shot.span)} for shot in cut.shots],
        "subtitles": [
            {"start_s": line.start_s, "end_s": line.end_s, "speaker": line.speaker, "text": line.text}
            for line in cut.subtitles
        ],
    }


def _span(cut: Cut, span: FrameSpan) -> dict[str, Any]:
    return {
        "start_frame": span.start_frame,
        "end_frame": span.end_frame,
        "start_timecode": cut.timecode(span.start_frame),
        "end_timecode": cut.timecode(span.end_frame),
        "start_s": frames_to_seconds(span.start_frame, cut.rate),
        "end_s": frames_to_seconds(span.end_frame, cut.rate),
    }


def _cue(inputs: ReportInputs, index: int) -> dict[str, Any]:
    cue, plan, written = inputs.cues[index], inputs.plans[index], inputs.compositions[index]
    tempo_map = plan.tempo_map
    offered = inputs.alternatives[index] if inputs.alternatives else ()
    return {
        "number": cue.number,
        "title": cue.title,
        "usage": cue.usage,
        **_span(inputs.cut, cue.span),
        "entry": cue.entry,
        "exit": cue.exit,
        "palette": written.palette_id,
        "key": written.key,
        "theme": cue.brief.theme,
        "brief": cue.brief.text,
        "parts": len(written.parts),
        "notes": sum(len(part.notes) for part in written.parts),
        "sections": [
            {
                "label": section.label,
                "start_bar": tempo_map.bar_beat_at(section.start_beats)[0],
                "start_s": tempo_map.seconds_at(section.start_beats),
                "end_s": tempo_map.seconds_at(section.end_beats),
                "start_intensity": section.start_intensity,
                "end_intensity": section.end_intensity,
            }
            for section in written.sections
        ],
        "phrases": [
            {
                "first_bar": phrase.first_bar,
                "bars": phrase.bars,
                "start_s": tempo_map.seconds_at(phrase.start_beats),
                "end_s": tempo_map.seconds_at(phrase.end_beats),
                "label": phrase.label,
                "harmony": phrase.harmony,
                "texture": [{"role": role, "instruments": list(players)} for role, players in phrase.texture],
                "theme": phrase.theme,
                "towards_hit_id": phrase.towards_hit_id,
            }
            for phrase in written.phrases
        ],
        "themes": [
            {
                "theme": use.theme,
                "start_s": tempo_map.seconds_at(use.start_beats),
                "form": use.form,
                "instrument": use.instrument_id,
                "key": use.key,
            }
            for use in written.theme_uses
        ],
        "idioms": {row.hit_id: row.idiom for row in written.hit_writings},
        "planned_intensity": {
            "start_s": tempo_map.start_s,
            "hop_s": written.intensity_hop_s,
            "values": [round(float(value), 4) for value in written.intensity],
        },
        "loudness_correlation": inputs.loudness_correlation.get(cue.number),
        "tempo": _tempo(plan, written.end_beats),
        "alternatives": [_tempo(other, written.end_beats) for other in offered],
    }


def _tempo(plan: TempoPlan, end_beats: Fraction) -> dict[str, Any]:
    tempo_map, cost = plan.tempo_map, plan.cost
    return {
        "segments": [
            {
                "start_bar": tempo_map.bar_beat_at(segment.start_beats)[0],
                "start_beat": tempo_map.bar_beat_at(segment.start_beats)[1],
                "start_beats": segment.start_beats,
                "end_beats": segment.end_beats,
                "start_s": segment.start_s,
                "end_s": segment.end_s,
                "start_bpm": 60 / segment.spb_start,
                "end_bpm": 60 / segment.spb_end,
                "is_ramp": segment.is_ramp,
            }
            for segment in tempo_map.segments
        ],
        "meters": [
            {
                "bar": meter.start_bar,
                "start_s": tempo_map.seconds_at(meter.start_beats),
                "meter": f"{meter.numerator}/{meter.denominator}",
            }
            for meter in tempo_map.meters
        ],
        "bar_lines_s": [tempo_map.seconds_at(line) for line in tempo_map.bar_lines(end_beats)],
        "new_section_bars": [tempo_map.bar_beat_at(beats)[0] for beats in plan.section_beats],
        "cost": {
            "max_step_percent": cost.max_step_percent,
            "p90_step_percent": cost.p90_step_percent,
            "ramps": cost.ramps,
            "odd_bars": cost.odd_bars,
            "new_sections": cost.new_sections,
            "cuts_on_beat": cost.cuts_on_beat,
            "total": cost.total,
        },
        "softened_hits": sum(planned.was_softened for planned in plan.hits),
    }


def _hit_summary(hits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    measured = sorted(abs(hit["measured_error_ms"]) for hit in hits if hit["measured_error_ms"] is not None)
    count = {verdict: sum(hit["verdict"] == verdict for hit in hits) for verdict in ("hit", "near", "refused")}
    return {
        **count,
        "measured": len(measured),
        "median_error_ms": _quantile(measured, 0.5),
        "p95_error_ms": _quantile(measured, 0.95),
        "worst_error_ms": measured[-1] if measured else None,
    }


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least `share` of the values do not exceed; None of nothing."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _arc(arc: EmotionArc | None) -> dict[str, Any] | None:
    if arc is None:
        return None
    curves = {name: getattr(arc, name) for name in ("valence", "arousal", "tension", "confidence")}
    return {"hop_s": arc.hop_s, **{name: [round(float(v), 4) for v in values] for name, values in curves.items()}}


def beat_values(beats: Sequence[StoryBeat]) -> list[dict[str, Any]]:
    """Return what a report says about the beats of the story."""
    return [
        {
            "kind": beat.kind,
            "time_s": beat.time_s,
            "weight": beat.weight,
            "evidence": list(beat.evidence),
            "leads_to": list(beat.leads_to),
        }
        for beat in beats
    ]


def _loudness(mix: MixResult | None) -> dict[str, Any] | None:
    if mix is None:
        return None
    return {
        "target": mix.loudness_target,
        "integrated_lufs": mix.loudness_lufs,
        "true_peak_dbtp": mix.true_peak_dbtp,
        "gain_db": mix.gain_db,
        "limiter_max_reduction_db": mix.limiter_max_reduction_db,
        "stem_residual_dbfs": mix.stem_residual_dbfs,
        "stems": [stem.stem for stem in mix.stems],
        "short_term_start_s": samples_to_seconds(mix.mix.start_sample),
        "short_term_hop_s": _SHORT_TERM_HOP_S,
        "short_term_lufs": [round(v, 2) if math.isfinite(v) else None for v in mix.short_term_lufs],
    }


def _automation(mix: MixResult | None) -> dict[str, list[tuple[Fraction, float]]]:
    """Return what the mix did to the level of each stem, as (record second, dB)."""
    curves = () if mix is None else mix.automation
    return {curve.stem: [(samples_to_seconds(at), gain_db) for at, gain_db in curve.points] for curve in curves}


def _alternate(alternate: Alternate, folder: Path | None) -> dict[str, Any]:
    audio, midi_path = alternate.audio, alternate.midi_path
    is_short = bool(alternate.cue_number)
    return {
        "name": alternate.name,
        "path": _relative(audio.path, folder),
        "midi_path": None if midi_path is None else _relative(midi_path, folder),
        "cue": alternate.cue_number or None,
        "made_from": [
            {"label": label, "start_s": start_s, "end_s": end_s} for label, start_s, end_s in alternate.made_from
        ],
        "start_s": None if is_short else samples_to_seconds(audio.start_sample),
        "length_s": samples_to_seconds(audio.length_samples),
        "left_out": list(alternate.left_out),
        "reused_stems": list(alternate.reused_stems),
        "rendered_stems": list(alternate.rendered_stems),
        "integrated_lufs": alternate.loudness_lufs,
        "true_peak_dbtp": alternate.true_peak_dbtp,
        "gain_db": alternate.gain_db,
        "hits": alternate.hits,
        "heard": alternate.heard,
        "worst_error_ms": alternate.worst_error_ms,
    }


def _relative(path: Path, folder: Path | None) -> str:
    return path.relative_to(folder).as_posix() if folder and path.is_relative_to(folder) else str(path)
