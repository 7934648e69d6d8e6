"""Which idiom writes which hit: by kind, weight, what stands around it, the palette's taste, and the editor's wish."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from hitpoint.composition.idioms import Idiom, load_idioms
from hitpoint.composition.moments import Moment
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.spotting import HitKind
from hitpoint.model.story import EmotionArc

#: What an idiom loses when it has just been used: the same trick twice is no surprise.
_USED_AGAIN = 0.35
#: A hit that steps back suits a scene that calms down, and none that goes on rising: the arc's drive (mean of arousal
#: 0..1 and tension) over this long before and after the hit is compared, and the liking changes by e to the power of
#: the idiom's drop times the fall times this.
_LOOK_S, _BY_WHAT_FOLLOWS = 6.0, 14.0
#: A fall of the drive by this is the least that a drop asks for; without it a drop is a loss.
_FALL_ASKED = 0.12


def choose_idioms(
    moments: Sequence[Moment],
    *,
    arc: EmotionArc,
    exit_manner: str,
    likes: Mapping[str, float],
    asked: Mapping[str, str],
    rng: np.random.Generator,
) -> tuple[Moment, ...]:
    """Return the moments, each with its idiom.

    Parameters
    ----------
    likes : mapping of idiom id to factor
        The palette's taste.
    asked : mapping of hit id to idiom id
        What the editor wants; obeyed wherever the idiom exists.
    """
    idioms = load_idioms()
    for name in asked.values():
        if name not in idioms:
            raise SettingError(f"no idiom {name!r} for a hit; {did_you_mean(name, idioms)}")
    chosen: list[Moment] = []
    before, worn = Fraction(0), ""
    for moment in moments:
        tension = arc.at("tension", moment.seconds)
        wanted = next((asked[hit_id] for hit_id in moment.hit_ids if hit_id in asked), None)
        if wanted is not None:
            idiom = idioms[wanted]
        else:
            room = moment.beats - before
            able = [
                i for i in idioms.values()
                if _fits(i, moment, tension=tension, room_beats=room, exit_manner=exit_manner)
            ]  # fmt: skip
            fall = _fall_of_drive(arc, moment.seconds)
            weights = np.array(
                [
                    (i.likes_as_peak if moment.kind is HitKind.PEAK else i.likes)
                    * likes.get(i.id, 1.0)
                    * (_USED_AGAIN if i.id == worn else 1.0)
                    * math.exp(_BY_WHAT_FOLLOWS * i.drop * (fall - _FALL_ASKED))
                    for i in able
                ]
            )
            if not weights.sum():
                weights = np.ones(len(able))
            idiom = able[int(rng.choice(len(able), p=weights / weights.sum()))] if able else idioms["touch"]
        worn, before = idiom.id, moment.beats
        chosen.append(replace(moment, idiom=idiom))
    return tuple(chosen)


def _fall_of_drive(arc: EmotionArc, record_s: float) -> float:
    """Return how far the arc's drive falls from just before a moment to just after it, -0.5..0.5."""
    moments = record_s + np.arange(0.25, _LOOK_S, 0.5)
    before = 2 * record_s - moments

    def drive(at_s: float) -> float:
        return 0.25 * (arc.at("arousal", at_s) + 1.0) + 0.5 * arc.at("tension", at_s)

    fall = float(np.mean([drive(float(at_s)) for at_s in before]) - np.mean([drive(float(at_s)) for at_s in moments]))
    return min(0.5, max(-0.5, fall))


def _fits(idiom: Idiom, moment: Moment, *, tension: float, room_beats: Fraction, exit_manner: str) -> bool:
    """Return whether an idiom can serve a moment at all."""
    return (
        moment.kind.value in idiom.kinds
        and idiom.weight[0] <= moment.weight <= idiom.weight[1]
        and idiom.tension[0] <= tension <= idiom.tension[1]
        and room_beats >= idiom.room_beats
        and (idiom.in_speech or not moment.in_speech)
        and (moment.kind is not HitKind.OUT or exit_manner in idiom.exits)
    )
