"""The better take is rated better, part by part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hitpoint.alignment import Agreement, Aligned, AlignedHit, SampleSpan, Unaligned, Warp
from hitpoint.alignment.candidates import (
    best_candidate,
    clipped_share,
    dynamics_agreement,
    key_agreement,
    rate_candidate,
    silent_share,
)
from hitpoint.alignment.features import features_of_audio
from hitpoint.model.audio import HitMeasurement

RATE_HZ = 48_000
PLAN = np.linspace(0.1, 1.0, 16, dtype=np.float32)


def chord(seconds: float, *midi: int) -> np.ndarray:
    clock = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * clock) for pitch in midi)
    return np.repeat((0.1 * wave)[:, None], 2, axis=1).astype(np.float32)


def growing() -> np.ndarray:
    audio = chord(8.0, 62, 65, 69)
    return (audio * np.linspace(0.05, 1.0, len(audio))[:, None]).astype(np.float32)


def hit(error_ms: float, how: str = "aligned") -> AlignedHit:
    heard = HitMeasurement(hit_id="h", wanted_sample=0, heard_sample=0, error_ms=error_ms)
    return AlignedHit(hit_id="h", wanted_sample=0, before=heard, after=heard, how=how)


def take(audio: np.ndarray, **more: Any) -> Aligned:
    agreement = Agreement(
        confidence=0.8, chroma=0.8, onsets=0.8, speed_median=1, speed_min=1, speed_max=1, at_limit_share=0
    )
    made = Aligned(
        audio=audio,
        start_sample=0,
        warp=Warp(np.array([0.0, 1.0]), np.array([0.0, 1.0])),
        agreement=agreement,
        hits=(hit(1.0),),
    )
    return replace(made, **more)


def rated(result: Aligned | Unaligned, *, key: str = "", **more: Any) -> float:
    return rate_candidate(result, key=key, intensity=PLAN, intensity_hop_s=0.5, **more).rating


def test_each_fault_costs() -> None:
    good = take(growing())
    best = rated(good)
    assert best > 0.85
    clipped = np.clip(growing() * 40, -1, 1)
    broken = growing()
    broken[5 * RATE_HZ :] = 0.0
    worse = {
        "late hits": take(growing(), hits=(hit(60.0),)),
        "replaced hits": take(growing(), hits=(hit(0.0, "replaced"),)),
        "falling": take(growing()[::-1].copy()),
        "clipping": take(clipped.astype(np.float32)),
        "silence": take(broken),
        "mostly the sketch": take(growing(), replaced=(SampleSpan(start_sample=0, end_sample=300_000, reason="x"),)),
    }
    assert worse
    for name, result in worse.items():
        assert rated(result) < best - 0.03, name


def test_another_key_costs() -> None:
    assert rated(take(growing()), key="D minor") > rated(take(growing()), key="C♯ minor") + 0.03


def test_a_refused_take_is_never_the_best() -> None:
    scores = [
        rate_candidate(r, key="", intensity=PLAN, intensity_hop_s=0.5)
        for r in (
            Unaligned(kind="chroma", reason="other harmonies"),
            take(growing(), hits=(hit(70.0),)),
            take(growing()),
        )
    ]
    assert best_candidate(scores) == 2
    assert scores[0].sentence == "other harmonies"
    assert best_candidate(scores[:1]) is None


def test_text_similarity_counts_where_it_is_known() -> None:
    assert rated(take(growing()), text_similarity=1.0) > rated(take(growing()), text_similarity=-1.0) + 0.1


def test_the_parts() -> None:
    features = features_of_audio(chord(3.0, 62, 65, 69))
    assert key_agreement(features, "D minor") > 0.9
    assert key_agreement(features, "C♯ major") < 0.4
    with pytest.raises(ValueError, match="not a key"):
        key_agreement(features, "H sharp")
    assert dynamics_agreement(growing(), PLAN, 0.5) > 0.9
    assert dynamics_agreement(growing(), PLAN[::-1].copy(), 0.5) < 0.1
    assert dynamics_agreement(growing(), np.ones(16, np.float32), 0.5) == 0.5
    assert clipped_share(np.ones((100, 2), np.float32)) == 1.0
    assert clipped_share(growing()) == 0.0
    half = chord(8.0, 62)
    half[4 * RATE_HZ :] = 0
    assert silent_share(half, PLAN, 0.5) == pytest.approx(0.5, abs=0.07)
