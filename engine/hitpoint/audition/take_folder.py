"""What a finished take leaves on disk: take.json, mix.m4a, roll.png, spectrum.png; and whether it may be kept."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hitpoint.audition.axes import audio_span_s
from hitpoint.audition.figures import figures_of
from hitpoint.audition.plan import plan_rows
from hitpoint.audition.record import Recording, record
from hitpoint.audition.roll import draw_roll
from hitpoint.audition.sound import read_mix, write_listening_copy
from hitpoint.audition.spectrum import draw_spectrum
from hitpoint.audition.takes import Take
from hitpoint.files import write_beside
from hitpoint.model.music import Instrument

TOLD, AUDIO, ROLL, SPECTRUM = "take.json", "mix.m4a", "roll.png", "spectrum.png"


def kept_take(folder: Path, known_by: str) -> dict[str, Any] | None:
    """Return what a folder tells about its take, if it is whole and made by the same settings."""
    if not all((folder / name).is_file() for name in (TOLD, AUDIO, ROLL, SPECTRUM)):
        return None
    try:
        told: dict[str, Any] = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # half a file is no take; it is made again
    return told if told.get("hash") == known_by else None


def make_take(
    take: Take, folder: Path, *, known_by: str, instruments: dict[str, Instrument], soundfont: Path, seed: int
) -> dict[str, Any]:
    """Play, measure and draw a take into its folder; return what take.json tells."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".raw-", dir=folder) as work:
        recording = record(take, instruments=instruments, soundfont=soundfont, seed=seed, work_folder=Path(work))
        audio = read_mix(recording.mix.mix)
        figures = figures_of(recording, audio, instruments)
        write_listening_copy(folder / AUDIO, audio)
        draw_roll(recording, {hit["id"]: hit["error_ms"] for hit in figures["hits"]}, folder / ROLL)
        draw_spectrum(recording, audio, folder / SPECTRUM)
    told = _told(recording, figures, known_by=known_by, seed=seed)
    with write_beside(folder / TOLD) as unfinished:
        unfinished.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    return told


def _told(recording: Recording, figures: Mapping[str, Any], *, known_by: str, seed: int) -> dict[str, Any]:
    take, composition = recording.take, recording.composition
    start_s, end_s = audio_span_s(recording)
    return {
        "hash": known_by,
        "id": take.id,
        "scene": take.scene.id,
        "title": take.scene.title,
        "listen_for": take.scene.listen_for,
        "rate": str(take.scene.rate),
        "duration_s": take.scene.duration_s,
        "entry": take.scene.entry,
        "exit": take.scene.exit,
        "palette": take.palette.id,
        "key": composition.key,
        "tempo_bpm": round(composition.tempo_map.tempo_bpm_at(recording.plan.hits[0].beats), 1),
        "seed": seed,
        "audio_start_s": round(start_s, 4),
        "audio_duration_s": round(end_s - start_s, 4),
        "warnings": list(recording.mix.warnings),
        "figures": figures,
        "plan": plan_rows(recording),
        "themes": [
            {"theme": use.theme, "form": use.form, "instrument": use.instrument_id, "key": use.key}
            for use in composition.theme_uses
        ],
    }
