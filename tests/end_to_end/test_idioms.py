"""Every idiom of a hit has the shape that resources/idioms.toml promises: heard on the rendered sound, before the hall.

One cue per idiom: a steady scene with one hit in it that is asked to be written so. Energies are of the sum of all
stems, in dB, in windows around the hit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from hitpoint.composition import ComposeContext
from hitpoint.composition.idioms import Idiom, load_idioms
from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_samples
from hitpoint.resources import load_palettes

RATE = FrameRate(24)
LENGTH_FRAMES, HIT_FRAME = 24 * 15, 24 * 9
IDIOMS = sorted(load_idioms())
assert len(IDIOMS) >= 14
#: (from, to) seconds around the hit.
WINDOWS = {"far": (-5.0, -3.0), "near": (-0.9, -0.3), "gap": (-0.13, -0.03), "at": (0.0, 0.25), "after": (0.8, 1.8)}
QUIETEST_DB = -100.0


@dataclass(frozen=True)
class Heard:
    """Energy in dB in each of `WINDOWS`."""

    far: float
    near: float
    gap: float
    at: float
    after: float


def scene(idiom: Idiom) -> tuple[Cue, EmotionArc, int]:
    """Return a cue with one hit for an idiom, its arc, and the frame of the hit."""
    kind = HitKind(idiom.kinds[0])
    low, high = idiom.weight
    weight = min(high, max(low, 0.9))
    ends = kind is HitKind.OUT
    frame = LENGTH_FRAMES if ends else 0 if kind is HitKind.START else HIT_FRAME
    hits = [HitPoint(id="h", frame=frame, kind=kind, weight=weight)]
    if not ends:
        hits.append(HitPoint(id="out", frame=LENGTH_FRAMES, kind=HitKind.OUT, weight=0.5))
    palette = load_palettes()["tense"]
    brief = Brief(
        palette_id="tense", tempo_range_bpm=palette.tempo_range_bpm, tempo_bpm=112.0, key="D minor",
        intensity=((0.0, 0.55), (1.0, 0.55)),
    )  # fmt: skip
    cue = Cue(
        number="1m1", title="", span=FrameSpan(0, LENGTH_FRAMES), hits=tuple(hits), brief=brief,
        exit=idiom.exits[0] if idiom.exits else "button",
    )  # fmt: skip
    hops = LENGTH_FRAMES // 12 + 2
    curves = {
        name: np.full(hops, value, np.float32)
        for name, value in (("valence", -0.2), ("arousal", 0.3), ("tension", 0.5))
    }
    return cue, EmotionArc(hop_s=0.5, **curves), frame


def heard(idiom: Idiom, folder: Path, dry_take: Callable) -> Heard:
    """Return what is heard of an idiom."""
    cue, arc, frame = scene(idiom)
    take = dry_take(cue, arc, "tense", ComposeContext(rate=RATE, idioms={"h": idiom.id}), folder)
    assert {row.hit_id: row.idiom for row in take.composition.hit_writings}["h"] == idiom.id
    performance, sound = take.performance, take.sound
    start = performance.start_sample
    fade_end, fade = performance.fade_out_end_sample - start, performance.fade_out_samples
    if fade:
        sound[fade_end:] = 0.0
        sound[fade_end - fade : fade_end] *= np.linspace(1, 0, fade)[:, None]
    for first, last in performance.silences:
        sound[first - start : last - start] = 0.0
    at = frames_to_samples(frame, RATE) - start
    return Heard(**{name: energy_db(sound, at, span) for name, span in WINDOWS.items()})


def energy_db(sound: np.ndarray, at: int, span_s: tuple[float, float]) -> float:
    first, last = (max(0, at + round(s * 48_000)) for s in span_s)
    piece = sound[first:last]
    power = float(np.mean(piece**2)) if len(piece) else 0.0
    return max(QUIETEST_DB, 10 * np.log10(power + 1e-12))


BEFORE = {
    "level": lambda h: abs(h.near - h.far) <= 6.0,
    "rises": lambda h: h.near >= h.far + 1.5,
    "falls": lambda h: h.near <= h.far - 3.0,
    "silent": lambda h: h.gap <= min(h.at - 12.0, h.far - 6.0) or h.near == QUIETEST_DB,
}
AT = {
    "strikes": lambda h: h.at >= max(h.near - 1.0, h.gap + 4.0, h.far + 2.0),
    "soft": lambda h: h.at <= h.near + 8.0,
    "drops": lambda h: h.at <= h.near - 4.0,
}
AFTER = {
    "stays": lambda h: h.after >= h.at - 13.0 and h.after >= h.far - 4.0,
    "falls": lambda h: h.after <= h.at - 4.0,
    "silent": lambda h: h.after <= max(h.at, h.near) - 15.0,
}


@pytest.mark.soundfont
@pytest.mark.parametrize("name", IDIOMS)
def test_an_idiom_sounds_as_promised(name: str, tmp_path: Path, dry_take: Callable) -> None:
    idiom = load_idioms()[name]
    h = heard(idiom, tmp_path, dry_take)
    assert BEFORE[idiom.shape.before](h), f"before is not {idiom.shape.before}: {h}"
    assert AT[idiom.shape.at](h), f"at the hit it is not {idiom.shape.at}: {h}"
    assert AFTER[idiom.shape.after](h), f"after is not {idiom.shape.after}: {h}"
