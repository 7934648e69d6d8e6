"""Small cues for the solver's tests."""

from collections.abc import Callable, Sequence

import pytest

from hitpoint.model.spotting import Brief, Cue, Direction, HitKind, HitPoint
from hitpoint.model.time import FrameSpan

MakeCue = Callable[..., Cue]
MakeHit = Callable[..., HitPoint]


@pytest.fixture(scope="session")
def make_hit() -> MakeHit:
    def make(frame: int, weight: float = 0.8, kind: HitKind = HitKind.ACCENT, **more: object) -> HitPoint:
        return HitPoint(id=f"h{frame}", frame=frame, kind=kind, weight=weight, label=f"hit {frame}", **more)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_cue() -> MakeCue:
    def make(
        hits: Sequence[HitPoint] = (),
        *,
        start: int = 0,
        end: int = 1440,
        bpm: float = 100.0,
        tempo_range: tuple[float, float] = (80.0, 125.0),
        directions: Sequence[Direction] = (),
        exit: str = "ring-out",
    ) -> Cue:
        brief = Brief(palette_id="tense", tempo_range_bpm=tempo_range, tempo_bpm=bpm, key="D minor")
        span = FrameSpan(start, end)
        return Cue(
            number="1m1", title="", span=span, hits=tuple(hits), brief=brief, directions=tuple(directions), exit=exit
        )

    return make
