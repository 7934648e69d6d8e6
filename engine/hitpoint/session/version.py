"""A version as it is answered, in plain JSON values (docs/service.md), and the first word of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hitpoint.measure import intensity_correlation
from hitpoint.mixing import MixSettings
from hitpoint.model.time import samples_to_seconds
from hitpoint.session.answers import edits_json
from hitpoint.session.changes import Span
from hitpoint.session.known import Look
from hitpoint.session.listen import waveform
from hitpoint.session.report import report_of
from hitpoint.session.revise import bars_of
from hitpoint.session.take import RevisedCue, Sound, Take

#: The waveform in an answer has a value per 10 ms.
WAVEFORM_HOP_SAMPLES = 480


def version_json(
    take: Take,
    look: Look,
    revised: Sequence[RevisedCue],
    *,
    mix_path: Path,
    changed: Sequence[Span],
    suggestions: list[dict[str, Any]],
    step_s: Mapping[str, float],
    lost: str,
    loudness_target: str,
    soundfont_name: str,
    settings: MixSettings,
) -> dict[str, Any]:
    """Return a version.

    `revised` says how its cues came about, `changed` where its mix is another one (record samples), `lost` why nothing
    of the version before could be kept ("" where that is not so).
    """
    sound, folder = take.sound, mix_path.parent
    correlations = {
        cue.cue.number: intensity_correlation(
            cue.composition.intensity,
            cue.composition.intensity_hop_s,
            float(cue.composition.tempo_map.start_s),
            sound.short_term_lufs,
            float(samples_to_seconds(sound.start_sample)),
        )
        for cue in take.cues
    }

    def file(path: Path) -> dict[str, Any]:
        return {
            "path": str(path),
            "start_sample": sound.start_sample,
            "length_samples": sound.length_samples,
        }

    is_first = take.parent_version_id is None
    bars = [
        {"cue": row.cue.number, "first_bar": first, "last_bar": last}
        for row in revised
        for first, last in (
            bars_of(row.windows, row.composition)
            if row.before is not None
            else [(1, row.composition.tempo_map.bar_beat_at(row.composition.end_beats)[0])]
        )
    ]
    sentences = [*([lost] if lost else []), *(sentence for row in revised for sentence in row.sentences)]
    return {
        "version_id": take.version_id,
        "parent_version_id": take.parent_version_id,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": take.seed,
        "edits": edits_json(take.edits),
        "label": "",
        "report": report_of(
            take,
            look,
            loudness_target=loudness_target,
            soundfont_name=soundfont_name,
            correlations=correlations,
            step_s=step_s,
            settings=settings,
        ),
        "mix": file(mix_path),
        "stems": {name: file(folder / f"{name}.wav") for name in sound.stems},
        "waveform": {
            "hop_samples": WAVEFORM_HOP_SAMPLES,
            "peak": waveform(mix_path, sound.length_samples, WAVEFORM_HOP_SAMPLES),
        },
        "suggestions": suggestions,
        "changed": {
            "samples": [[start, end] for start, end in changed],
            "bars": bars,
            "sentences": sentences or ([] if is_first else ["nothing changed"]),
        },
        "step_s": dict(step_s),
    }


def ready_json(version_id: str, mix_path: Path, sound: Sound) -> dict[str, Any]:
    """Return what `ready` says of a version."""
    return {
        "version_id": version_id,
        "mix": {
            "path": str(mix_path),
            "start_sample": sound.start_sample,
            "length_samples": sound.length_samples,
        },
    }
