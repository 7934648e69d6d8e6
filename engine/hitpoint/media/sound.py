"""The sound of a file, from the store where it was listened to before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.media.sound_meter import has_speech_model, measure_sound
from hitpoint.media.sound_scan import sound_length_s, stretches_of_sound
from hitpoint.media.store import FeatureStore, fingerprint
from hitpoint.media.stretches import Arrays, Stretch, hops_of, joined, missing_hops, runs_of
from hitpoint.model.errors import HitpointError
from hitpoint.model.features import HOP_S, SOUND_ROWS, SoundFeatures
from hitpoint.model.progress import SILENT, Progress

#: Changes when what is measured does, so that older entries are not taken for it.
_VERSION = "sound 2"
#: Spectra of so much are held in memory at once, about 200 MB.
_LONGEST_HOPS = 480
#: What is heard before and after a piece, so that speech and music at its edges are heard as what they are.
_CONTEXT_HOPS = 6
#: A picture may be longer than its sound; silence is listened to as well.
_AFTER_END_S = 5


def listen_to(
    path: Path,
    stretches_s: Sequence[Stretch],
    *,
    store: FeatureStore | None = None,
    progress: Progress = SILENT,
) -> SoundFeatures:
    """Return what a file sounds like in stretches of it, in source seconds; each is decoded once, ever.

    Rows outside the stretches, and where there is no sound, may be unknown. Raises `MediaError` for what cannot be
    opened.
    """
    store = store or FeatureStore()
    key = f"{_VERSION} {'with' if has_speech_model() else 'without'} speech {fingerprint(path)}"
    kept = store.load(key)
    missing = missing_hops(hops_of(stretches_s), kept)
    if kept is None or missing.any():
        new = _listen(path, runs_of(missing, longest_hops=_LONGEST_HOPS), progress)
        new["looked"] = missing
        rows = joined(kept, new, SOUND_ROWS)
        for name in ("impact_s", "impact_db"):
            rows[name] = new[name] if kept is None else np.concatenate([kept[name], new[name]])
        _, first = np.unique(rows["impact_s"], return_index=True)
        kept = {**rows, "impact_s": rows["impact_s"][first], "impact_db": rows["impact_db"][first]}
        store.save(key, kept)
    values: dict[str, Any] = {name: kept[name] for name in (*SOUND_ROWS, "known", "impact_s", "impact_db")}
    return SoundFeatures(**values)


def listen_ahead(path: Path, *, store: FeatureStore | None = None, progress: Progress = SILENT) -> None:
    """Listen to all of a file, so that `listen_to` finds it in the store; what goes wrong is told there."""
    with suppress(HitpointError, OSError):
        end_s = sound_length_s(path) + _AFTER_END_S
        listen_to(path, [(Fraction(0), end_s)], store=store, progress=progress)


def _listen(path: Path, runs: Sequence[tuple[int, int]], progress: Progress) -> Arrays:
    """Decode runs of hops and measure them."""
    hops = max((end for _, end in runs), default=0)
    result: Arrays = {
        name: np.full((hops, 12) if name == "chroma" else hops, np.nan, np.float32) for name in SOUND_ROWS
    }
    result["known"] = np.zeros(hops, bool)
    impact_s: list[float] = []
    impact_db: list[float] = []
    end_hop = -(-sound_length_s(path) // Fraction(HOP_S)) + 1  # what lies behind the sound's end need not be sought
    runs = [(start, min(end, int(end_hop))) for start, end in runs if start < end_hop]
    wider = [(max(0, start - _CONTEXT_HOPS), end + _CONTEXT_HOPS) for start, end in runs]
    stretches = [(Fraction(start) * Fraction(HOP_S), Fraction(end) * Fraction(HOP_S)) for start, end in wider]
    pieces = stretches_of_sound(path, stretches, progress)
    for (start, end), (begun, _), (_, samples) in zip(runs, wider, pieces, strict=False):
        heard = measure_sound(samples)
        inside = slice(start - begun, min(end - begun, len(heard.known)))
        count = max(0, inside.stop - inside.start)
        for name in (*SOUND_ROWS, "known"):
            result[name][start : start + count] = getattr(heard, name)[inside]
        for moment_s, above_db in zip(heard.impact_s, heard.impact_db, strict=True):
            at_s = float(moment_s) + begun * HOP_S
            if start * HOP_S <= at_s < end * HOP_S:
                impact_s.append(round(at_s, 4))
                impact_db.append(float(above_db))
    return {**result, "impact_s": np.array(impact_s, np.float64), "impact_db": np.array(impact_db, np.float64)}
