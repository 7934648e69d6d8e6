"""What was understood about a cut, as plain JSON values (docs/perception.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hitpoint.delivery.recognised import recognised_values
from hitpoint.delivery.report import beat_values, cut_values, plain
from hitpoint.model.cut import Cut
from hitpoint.model.features import PictureFeatures, SoundFeatures
from hitpoint.model.spotting import Cue
from hitpoint.model.time import frames_to_seconds
from hitpoint.perception import Perception
from hitpoint.perception.words import genre_hints
from hitpoint.story import Story
from hitpoint.story.fusion import DIMENSIONS

ANALYSIS_VERSION = 1

#: Rows that are told; the rest stays in the store.
_PICTURE = ("motion", "brightness", "saturation", "warmth", "face_share", "flash", "black")
_SOUND = ("loudness_db", "speech", "music")


def build_analysis(
    cut: Cut,
    story: Story,
    cues: Sequence[Cue],
    *,
    speech_s: Sequence[tuple[float, float]],
    step_s: Mapping[str, float],
    warnings: Sequence[str],
) -> dict[str, Any]:
    """Return the analysis of a cut: its arc and who said it, beats, cues, hits, lines; seconds are record seconds."""
    opinions = story.evidence.opinions
    arc = story.arc
    result: dict[str, Any] = plain(
        {
            "analysis_version": ANALYSIS_VERSION,
            "cut": cut_values(cut),
            "arc": {
                "hop_s": arc.hop_s,
                **{name: _rounded(getattr(arc, name)) for name in (*DIMENSIONS, "confidence")},
                "shares": _by_dimension(opinions.shares),
                "estimates": _by_dimension(opinions.estimates),
                "editor": {name: _rounded(row) for name, row in zip(DIMENSIONS, story.evidence.editor, strict=True)},
            },
            "beats": beat_values(story.beats),
            "cues": [_cue(cut, cue) for cue in cues],
            "lines": [
                {
                    "start_s": line.start_s,
                    "end_s": line.end_s,
                    "kind": line.kind,
                    "text": line.text,
                    "speaker": line.speaker,
                    "valence": line.valence,
                    "arousal": line.arousal,
                    "confidence": line.confidence,
                    "emotions": dict(line.emotions),
                    "tells": [cue.kind for cue in line.cues],
                }
                for line in story.lines
            ],
            "genres": genre_hints([line.text for line in story.lines]),
            "screenplay": _screenplay(story),
            "speech": [[start_s, end_s] for start_s, end_s in speech_s],
            **_perceived(story.perception),
            "step_s": dict(step_s),
            "warnings": list(warnings),
        }
    )
    return result


def _by_dimension(curves: Mapping[str, Any]) -> dict[str, Any]:
    return {
        modality: {name: _rounded(row) for name, row in zip(DIMENSIONS, rows, strict=True)}
        for modality, rows in curves.items()
    }


def _cue(cut: Cut, cue: Cue) -> dict[str, Any]:
    brief = cue.brief
    return {
        "number": cue.number,
        "title": cue.title,
        "start_s": frames_to_seconds(cue.span.start_frame, cut.rate),
        "end_s": frames_to_seconds(cue.span.end_frame, cut.rate),
        "in_timecode": cut.timecode(cue.span.start_frame),
        "out_timecode": cut.timecode(cue.span.end_frame),
        "style": brief.palette_id,
        "function": brief.function,
        "mood": brief.mood,
        "key": brief.key,
        "tempo_bpm": brief.tempo_bpm,
        "notes": brief.notes,
        "hits": [
            {
                "record_s": frames_to_seconds(hit.frame, cut.rate),
                "timecode": cut.timecode(hit.frame),
                "kind": hit.kind.value,
                "weight": hit.weight,
                "label": hit.label,
                "is_marked": bool(hit.marker_id),
            }
            for hit in cue.hits
        ],
    }


def _screenplay(story: Story) -> dict[str, Any] | None:
    placement = story.placement
    if placement is None:
        return None
    return {
        "agreement": placement.agreement,
        "scenes": [
            {"heading": s.scene.heading, "start_s": s.start_s, "end_s": s.end_s, "confidence": s.confidence}
            for s in placement.scenes
        ],
        "missing_scenes": [scene.heading for scene in placement.missing_scenes],
        "missing_lines": [line.text for line in placement.missing],
    }


def _perceived(perception: Perception | None) -> dict[str, Any]:
    if perception is None:
        return {"picture": None, "sound": None, "heard_music": [], "recognised": None}
    sight = perception.sight
    looked = (
        {}
        if sight is None
        else {
            "frames_seen": sight.frames_seen,
            "frames_embedded": sight.frames_embedded,
            "frames_kept": sight.frames_kept,
        }
    )
    recognised = recognised_values(sight)
    return {
        "recognised": None if recognised is None else recognised | looked,
        "picture": _features(perception.picture, _PICTURE)
        | {"cuts_s": [round(float(s), 4) for s in perception.picture.cuts_s]},
        "sound": _features(perception.sound, _SOUND)
        | {
            "impacts": [
                {"time_s": round(float(at), 3), "above_db": round(float(height), 1)}
                for at, height in zip(perception.sound.impact_s, perception.sound.impact_db, strict=True)
            ]
        },
        "heard_music": [
            {
                "start_s": music.start_s,
                "end_s": music.end_s,
                "tempo_bpm": music.tempo_bpm,
                "key": music.key,
                "loudness_db": music.loudness_db,
            }
            for music in perception.heard_music
        ],
    }


def _features(features: PictureFeatures | SoundFeatures, names: Sequence[str]) -> dict[str, Any]:
    return {"hop_s": features.hop_s, **{name: _rounded(getattr(features, name)) for name in names}}


def _rounded(values: Any) -> list[float | None]:
    return [round(float(value), 4) if np.isfinite(value) else None for value in values]
