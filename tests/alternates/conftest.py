"""Whole cues, spotted by hand, solved and composed: what alternates are made of."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from hitpoint.composition import ComposeContext, compose
from hitpoint.model.music import Composition
from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds
from hitpoint.resources import load_instruments, load_palettes
from hitpoint.tempo import solve_tempo

FPS_24 = FrameRate(24)
#: (share of the cue, kind, weight)
HITS = ((0.2, "accent", 0.4), (0.35, "turn", 0.7), (0.55, "accent", 0.9), (0.72, "peak", 1.0))


@dataclass(frozen=True)
class Written:
    """A composed cue with all that went in."""

    cue: Cue
    plan: TempoPlan
    composition: Composition
    arc: EmotionArc
    rate: FrameRate

    def composed(self, cue: Cue, arc: EmotionArc) -> tuple[TempoPlan, Composition]:
        """Another cue with the chance of this one."""
        plan = solve_tempo(cue, rate=self.rate)[0]
        composition = compose(
            cue,
            plan,
            arc,
            palette=load_palettes()[cue.brief.palette_id],
            instruments=load_instruments(),
            context=ComposeContext(rate=self.rate),
            rng=np.random.default_rng(7),
        )
        return plan, composition


@pytest.fixture(scope="session")
def write() -> Callable[..., Written]:
    made: dict[tuple[object, ...], Written] = {}

    def fresh(
        palette_id: str, duration_s: float, rate: FrameRate, hits: tuple[tuple[float, str, float], ...], exit_: str
    ) -> Written:
        palette = load_palettes()[palette_id]
        start, frames = 48, round(duration_s * rate.fps)
        points = [HitPoint(id="start", frame=start, kind=HitKind.START, weight=0.6)]
        points += [
            HitPoint(id=f"h{n}", frame=start + round(share * frames), kind=HitKind(kind), weight=weight)
            for n, (share, kind, weight) in enumerate(hits)
        ]
        points.append(HitPoint(id="out", frame=start + frames, kind=HitKind.OUT, weight=0.9))
        low, high = palette.tempo_range_bpm
        cue = Cue(
            number="1m1",
            title="Test",
            span=FrameSpan(start, start + frames),
            hits=tuple(points),
            brief=Brief(
                palette_id=palette_id,
                tempo_range_bpm=(low, high),
                tempo_bpm=(low + high) / 2,
                key=palette.tonics[0],
            ),
            exit=exit_,
        )
        x = np.linspace(0, 1, int(frames_to_seconds(cue.span.end_frame, rate) / 0.5) + 2)
        arousal = np.interp(x, [0, 0.3, 0.65, 0.8, 1], [-0.7, -0.1, 0.8, 0.4, -0.5]).astype(np.float32)
        arc = EmotionArc(hop_s=0.5, valence=-arousal / 2, arousal=arousal, tension=(arousal + 1) / 2)
        plan, composition = Written(cue, None, None, arc, rate).composed(cue, arc)  # type: ignore[arg-type]
        return Written(cue, plan, composition, arc, rate)

    def make(
        palette_id: str = "tense",
        *,
        duration_s: float = 70.0,
        rate: FrameRate = FPS_24,
        hits: tuple[tuple[float, str, float], ...] = HITS,
        exit_manner: str = "button",
    ) -> Written:
        key = (palette_id, duration_s, rate, hits, exit_manner)
        if key not in made:
            made[key] = fresh(*key)
        return made[key]

    return make
