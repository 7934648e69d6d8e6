"""A scene to audition the composer on: a picture that nobody has to cut, told by its feeling, hits and lines."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import Palette
from hitpoint.model.spotting import CUE_FUNCTIONS, Cue, HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds, round_half_up
from hitpoint.spotting.brief import write_brief

ENTRIES, EXITS = ("downbeat", "sneak"), ("button", "ring-out", "fade")
#: What spotting gives to the first and the last moment of a cue where no marker says otherwise.
START_WEIGHT, OUT_WEIGHT = 0.6, 0.9
ARC_HOP_S = 0.5
CUE_NUMBER = "1m1"
#: A hit nearer to the first or last frame than this is that moment itself.
_EDGE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcPoint:
    """Feeling at a scene second, linear to the next: valence and arousal -1..1, tension 0..1."""

    at_s: float
    valence: float
    arousal: float
    tension: float

    def __post_init__(self) -> None:
        if not (-1 <= self.valence <= 1 and -1 <= self.arousal <= 1 and 0 <= self.tension <= 1):
            raise ValueError(f"arc at {self.at_s:g} s: valence and arousal lie in -1..1, tension in 0..1")


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneHit:
    """A hit at a scene second; `kind` is accent, turn, peak or silence (start and out are the scene's own ends)."""

    at_s: float
    kind: HitKind
    weight: float
    label: str = ""
    is_hard: bool = True
    tolerance_frames: int = 0

    def __post_init__(self) -> None:
        if self.kind in (HitKind.START, HitKind.OUT):
            raise ValueError(
                f"hit at {self.at_s:g} s: a scene starts and ends by itself; leave out {self.kind.value!r}"
            )
        if not 0 <= self.weight <= 1:
            raise ValueError(f"hit at {self.at_s:g} s: weight {self.weight:g} must lie in 0..1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One scene, in seconds from its first frame.

    Attributes
    ----------
    listen_for : str
        What a person should listen for: the one thing that the scene is a test of.
    palettes : tuple of str
        Styles that suit it, best first.
    arc : tuple of ArcPoint
        Rising in time.
    dialogue_s : tuple of (start, end)
        Where somebody speaks.
    """

    id: str
    title: str
    listen_for: str
    rate: FrameRate
    duration_s: float
    palettes: tuple[str, ...]
    arc: tuple[ArcPoint, ...]
    hits: tuple[SceneHit, ...] = ()
    dialogue_s: tuple[tuple[float, float], ...] = ()
    entry: str = "downbeat"
    exit: str = "button"
    function: str = ""
    brief: str = ""

    def __post_init__(self) -> None:
        if not 5 <= self.duration_s <= 300:
            raise ValueError(f"duration_s = {self.duration_s:g} must lie in 5..300")
        if not self.palettes:
            raise ValueError("palettes must name at least one style")
        if not self.arc:
            raise ValueError("arc must have at least one point")
        moments = [point.at_s for point in self.arc]
        if any(later <= earlier for earlier, later in pairwise(moments)):
            raise ValueError(f"the seconds {moments} of the arc must rise")
        for name, at_s in (*(("arc", at_s) for at_s in moments), *(("hit", hit.at_s) for hit in self.hits)):
            if not 0 <= at_s <= self.duration_s:
                raise ValueError(f"{name} at {at_s:g} s lies outside the scene, which lasts {self.duration_s:g} s")
        for start_s, end_s in self.dialogue_s:
            if not 0 <= start_s < end_s <= self.duration_s:
                raise ValueError(f"dialogue {start_s:g}..{end_s:g} s is empty or lies outside the scene")
        if self.entry not in ENTRIES or self.exit not in EXITS:
            raise ValueError(f"entry is one of {', '.join(ENTRIES)} and exit one of {', '.join(EXITS)}")
        if self.function and self.function not in CUE_FUNCTIONS:
            raise ValueError(f"function {self.function!r} is not one of {', '.join(CUE_FUNCTIONS)}")

    @property
    def lead_frames(self) -> int:
        """Record frames before the scene: a second in which slow sounds may start to speak."""
        return self.rate.timecode_base

    @property
    def lead_s(self) -> Fraction:
        """Record second of the scene's first frame."""
        return frames_to_seconds(self.lead_frames, self.rate)

    def record_frame(self, at_s: float) -> int:
        """Return the record frame of a scene second."""
        return self.lead_frames + round_half_up(Fraction(at_s) * self.rate.fps)

    @property
    def spoken_record_s(self) -> tuple[tuple[float, float], ...]:
        """The dialogue in record seconds."""
        lead_s = float(self.lead_s)
        return tuple((lead_s + start_s, lead_s + end_s) for start_s, end_s in self.dialogue_s)

    def emotion_arc(self) -> EmotionArc:
        """Return the arc over record time, ends held."""
        hops = np.arange(int((float(self.lead_s) + self.duration_s) / ARC_HOP_S) + 2) * ARC_HOP_S - float(self.lead_s)
        moments = [point.at_s for point in self.arc]

        def curve(name: str) -> NDArray[np.float32]:
            values = [getattr(point, name) for point in self.arc]
            return np.asarray(np.interp(hops, moments, values), dtype=np.float32)

        return EmotionArc(hop_s=ARC_HOP_S, valence=curve("valence"), arousal=curve("arousal"), tension=curve("tension"))

    def cue(self, palette: Palette) -> Cue:
        """Return the scene as a cue in a palette: tempo and key follow from the arc, as `score` lets them."""
        start_frame, end_frame = self.record_frame(0), self.record_frame(self.duration_s)
        points = [HitPoint(id="start", frame=start_frame, kind=HitKind.START, weight=START_WEIGHT, label="start")]
        for number, hit in enumerate(self.hits, 1):
            if _EDGE_S <= hit.at_s <= self.duration_s - _EDGE_S:
                points.append(
                    HitPoint(
                        id=f"h{number}",
                        frame=self.record_frame(hit.at_s),
                        kind=hit.kind,
                        weight=hit.weight,
                        is_hard=hit.is_hard,
                        tolerance_frames=hit.tolerance_frames,
                        label=hit.label,
                    )
                )
        points.append(HitPoint(id="out", frame=end_frame, kind=HitKind.OUT, weight=OUT_WEIGHT, label="out"))
        brief = write_brief(
            style=palette.id,
            brief_text=self.brief,
            opening=(),
            arc=self.emotion_arc(),
            start_s=float(self.lead_s),
            end_s=float(self.lead_s) + self.duration_s,
            palettes={palette.id: palette},
            number=CUE_NUMBER,
            reaches_its_goal=False,
        )
        return Cue(
            number=CUE_NUMBER,
            title=self.title,
            span=FrameSpan(start_frame, end_frame),
            hits=tuple(sorted(points, key=lambda point: point.frame)),
            brief=brief,
            entry=self.entry,
            exit=self.exit,
        )
