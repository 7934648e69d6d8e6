"""Cues for the composer, solved by the real tempo solver."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest

from hitpoint.composition import ComposeContext, compose
from hitpoint.model.music import Composition
from hitpoint.model.spotting import Brief, Cue, Direction, HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds
from hitpoint.resources import load_instruments, load_palettes
from hitpoint.tempo import solve_tempo

FPS_24 = FrameRate(24)

#: (second, kind, weight)
Hits = Sequence[tuple[float, str, float]]

USUAL_HITS: Hits = (
    (0, "start", 0.5),
    (14.5, "accent", 0.4),
    (25, "turn", 0.7),
    (41.2, "accent", 0.9),
    (52, "peak", 1.0),
)


@dataclass(frozen=True)
class Scored:
    """A composed cue with all that went in."""

    cue: Cue
    plan: TempoPlan
    context: ComposeContext
    composition: Composition

    @property
    def end_beats(self) -> Fraction:
        """The beat of the OUT hit; the last bar line before the span's end without one."""
        outs = [p.beats for p in self.plan.hits if p.hit.kind is HitKind.OUT]
        return max(outs) if outs else self.plan.tempo_map.beats_at(self.end_s)

    @property
    def end_s(self) -> Fraction:
        """Where the cue's span ends."""
        return frames_to_seconds(self.cue.span.end_frame, self.context.rate)

    def seconds(self, beats: Fraction) -> float:
        """Record seconds of a beat."""
        return float(self.plan.tempo_map.seconds_at(beats))


def arc_of(duration_s: float, seed: int) -> EmotionArc:
    """A cue that starts quietly, rises to two thirds and falls, with a seeded wobble; a negative seed is flat."""
    x = np.linspace(0, 1, int(max(0.0, duration_s) / 0.5) + 2)
    if seed < 0:
        flat = np.zeros(len(x), dtype=np.float32)
        return EmotionArc(hop_s=0.5, valence=flat, arousal=flat, tension=flat + np.float32(0.5))
    wobble = np.interp(x, np.linspace(0, 1, 9), np.random.default_rng(seed).uniform(-0.25, 0.25, 9))
    line = np.interp(x, [0, 0.3, 0.65, 0.8, 1], [-0.7, -0.1, 0.8, 0.4, -0.5]) + wobble
    arousal = np.clip(line, -1, 1).astype(np.float32)
    return EmotionArc(hop_s=0.5, valence=-arousal / 2, arousal=arousal, tension=(arousal + 1) / 2)


@pytest.fixture(scope="session")
def score() -> Callable[..., Scored]:
    """Return a function that composes a cue from a few words about it, each cue once: what it returns is frozen.

    `afresh=True` composes once more, for tests that ask whether the same comes out.
    """
    known: dict[str, Scored] = {}

    def make(palette_id: str = "tense", *, afresh: bool = False, **words: object) -> Scored:
        if afresh or "plan" in words:
            return compose_anew(palette_id, **words)
        asked = repr((palette_id, sorted(words.items())))
        if asked not in known:
            known[asked] = compose_anew(palette_id, **words)
        return known[asked]

    def compose_anew(
        palette_id: str,
        *,
        seed: int = 1,
        duration_s: float = 75.0,
        hits: Hits = USUAL_HITS,
        out_kind: str = "out",
        rate: FrameRate = FPS_24,
        start_frame: int = 0,
        entry: str = "downbeat",
        exit_manner: str = "button",
        dialogue: tuple[tuple[float, float], ...] = (),
        directions: tuple[Direction, ...] = (),
        shape: str = "",
        theme: str = "",
        key: str = "",
        tempo_bpm: float | None = None,
        arc_seed: int = 0,
        plan: TempoPlan | None = None,
        instruments: tuple[str, ...] = (),
        avoid: tuple[str, ...] = (),
        intensity: tuple[tuple[float, float], ...] = (),
        tension: float | None = None,
        idioms: Mapping[str, str] = MappingProxyType({}),
    ) -> Scored:
        palette = load_palettes()[palette_id]
        end_frame = start_frame + round(duration_s * rate.fps)
        points = [
            HitPoint(id=f"h{n}", frame=start_frame + round(at * rate.fps), kind=HitKind(kind), weight=weight)
            for n, (at, kind, weight) in enumerate(hits)
            if at < duration_s
        ]
        if out_kind:
            points.append(HitPoint(id="out", frame=end_frame, kind=HitKind(out_kind), weight=0.8))
        low, high = palette.tempo_range_bpm
        brief = Brief(
            palette_id=palette_id,
            tempo_range_bpm=(low, high),
            tempo_bpm=(low + high) / 2 if tempo_bpm is None else tempo_bpm,
            key=key or palette.tonics[0],
            shape=shape,
            theme=theme,
            instruments=instruments,
            avoid=avoid,
            intensity=intensity,
        )
        cue = Cue(
            number="1m1",
            title="Test",
            span=FrameSpan(start_frame, end_frame),
            hits=tuple(sorted(points, key=lambda hit: hit.frame)),
            brief=brief,
            directions=directions,
            entry=entry,
            exit=exit_manner,
        )
        plan = plan or solve_tempo(cue, rate=rate)[0]
        context = ComposeContext(rate=rate, dialogue=dialogue, idioms=idioms)
        arc = arc_of(float(frames_to_seconds(end_frame, rate)), arc_seed)
        if tension is not None:
            arc = replace(arc, tension=np.full(len(arc.tension), tension, np.float32))
        composition = compose(
            cue,
            plan,
            arc,
            palette=palette,
            instruments=load_instruments(),
            context=context,
            rng=np.random.default_rng(seed),
        )
        return Scored(cue, plan, context, composition)

    return make
