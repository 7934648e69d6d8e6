"""What the eyes recognised in a cut, over record time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.features import HOP_S

Rows = NDArray[np.float32]
#: What is less likely is not told in words.
TOLD_FROM = 0.5
#: The rows of `Sight` that have one value per hop.
SIGHT_ROWS = ("valence", "arousal", "tension", "confidence", "exterior", "night", "closeness")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenShot:
    """What one stretch of picture between two cuts shows.

    Attributes
    ----------
    start_s, end_s : float
        Record seconds.
    shot_index : int
        Which of the cut's shots it is, or is part of; name : str, that shot's.
    frames : int
        How many pictures of it were looked at.
    choices : by group, by class, 0..1
        Mean probabilities, sum 1 in each group: emotion, setting, light, place, scale, people.
    contains : by class, 0..1
        Of things and characters: how likely each is there, in the picture where it is likeliest.
    aesthetics : float, 0..1
        How much it looks like a well made picture. A figure; nothing is decided by it.
    valence, arousal, tension : float, -1..1
        Of the emotions, weighted by their probabilities; tension's 0 is neutral.
    agreement : float, 0..1
        How many of its pictures say the same, by Laplace's rule of succession: (agreeing + 1) / (frames + 2).
    confidence : float, 0..1
    """

    start_s: float
    end_s: float
    shot_index: int
    name: str
    frames: int
    choices: Mapping[str, Mapping[str, float]]
    contains: Mapping[str, float]
    aesthetics: float
    valence: float
    arousal: float
    tension: float
    agreement: float
    confidence: float

    def likeliest(self, group: str) -> tuple[str, float]:
        """Return the likeliest class of a group and its probability; "" and 0 where the group was not asked for."""
        row = self.choices.get(group)
        if not row:
            return "", 0.0
        name = max(row, key=lambda key: row[key])
        return name, row[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was recognised; row k of an array is the mean over [k, k + 1) * `hop_s`, NaN where nothing is `known`.

    Attributes
    ----------
    model : str
        Whose eyes they are.
    known : bool [shape=(n,)]
    valence, arousal, tension : [shape=(n,)], -1..1
        Tension's 0 is neutral.
    confidence : [shape=(n,)], 0..1
    exterior, night, closeness : [shape=(n,)], 0..1
        How likely it is outdoors, at night; 1 an extreme close-up, 0 an extreme wide shot.
    shots : tuple of SeenShot
        In record order.
    frames_seen, frames_embedded, frames_kept : int
        Pictures that were wanted; those that went through the model; those known from an earlier look.
    """

    hop_s: float = HOP_S
    model: str
    known: NDArray[np.bool_]
    valence: Rows
    arousal: Rows
    tension: Rows
    confidence: Rows
    exterior: Rows
    night: Rows
    closeness: Rows
    shots: tuple[SeenShot, ...]
    frames_seen: int = 0
    frames_embedded: int = 0
    frames_kept: int = 0

    def __post_init__(self) -> None:
        arrays: dict[str, NDArray[Any]] = {name: np.array(getattr(self, name)) for name in (*SIGHT_ROWS, "known")}
        if len({len(array) for array in arrays.values()}) != 1:
            raise ValueError("Sight: all its arrays must be equally long")
        for name, array in arrays.items():
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def shot_at(self, record_s: float) -> SeenShot | None:
        """Return what is seen at a record second; None where nothing was looked at."""
        return next((shot for shot in self.shots if shot.start_s <= record_s < shot.end_s), None)


def tell_shot(shot: SeenShot) -> str:
    """Return a shot in words: "outdoors at night, a forest, wide shot, nobody; fearful"."""
    said = {group: shot.likeliest(group) for group in ("setting", "light", "place", "scale", "people")}
    parts = [name for name, sureness in said.values() if name and sureness >= TOLD_FROM]
    feeling, sureness = shot.likeliest("emotion")
    words = ", ".join(parts)
    if feeling and sureness >= TOLD_FROM:
        words = f"{words}; {feeling}" if words else feeling
    return words
