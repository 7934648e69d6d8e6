"""From feeling to musical means: mode, pace, level, articulation, register, brightness.

The model (resources/means/means.toml, fitted by fit.py beside it) says how far each level of each mean moves what
listeners hear as scary, happy, sad and peaceful; it is additive, as the study found them to be. Its inversion:

* A feeling is a wish for the four ratings, which sit in Russell's quadrants: happy (valence and arousal up), scary
  (valence down, arousal up), sad (both down), peaceful (valence up, arousal down). The wish of each is bilinear, 1 in
  its corner, 1/4 for no feeling; tension above what is neutral moves a share of all wishes to scary.
* Every combination of levels is weighted by the exponential of `decision` times the wished sum of its predicted ratings
  (a softmax). As the model is additive, the softmax over all 3600 combinations is one small softmax per mean, and the
  expected level of each is its answer. So a mean moves as far as it helps the wish, smoothly, and where listeners do
  not care it stays in the middle.

Nearest predicted ratings were tried instead and are worse: to keep a sad piece from being scary they raise its register
and brighten it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import SettingError
from hitpoint.resources import load_toml, resources_folder
from hitpoint.story.mood import NEUTRAL_TENSION

#: In the order of Russell's quadrants as `wished` has them.
RATINGS = ("scary", "happy", "sad", "peaceful")
#: Share of the wishes that full tension moves to scary (of those that are left, were it neutral at 0).
TENSION_SHARE = 0.4
#: How far the highest and lowest registers of the study move a line that has a register of its own.
MOST_SHIFT_SEMITONES = 7.0

Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a feeling asks of the music.

    Attributes
    ----------
    mode : float, -1..1
        -1 surely minor, 1 surely major; near 0 either.
    pace : float, 0..1
        Note onsets per second, few to many: the place in a palette's tempo range and, more so, in its densities (the
        study's pieces range over a factor of about five, a palette's tempi over less than two).
    level : float, 0..1
        Soft to loud.
    staccato : float, 0..1
        Legato to staccato.
    register_shift_semitones : float, -7..7
        Against the register that a line would have anyway.
    brightness : float, 0..1
        Gentle to piercing timbre; 0.6 for no feeling.
    """

    mode: float
    pace: float
    level: float
    staccato: float
    register_shift_semitones: float
    brightness: float


@dataclass(frozen=True, slots=True)
class MeansModel:
    """The fitted model.

    Attributes
    ----------
    weights : by factor, float64 [shape=(levels, 4)]
        Points on the 1..7 scale of each of `RATINGS`, around the factor's mean level.
    positions : by factor, float64 [shape=(levels,)], 0..1
        Where a level lies between the ends of its mean; the melodies have none, they are not for us to choose.
    intercepts : float64 [shape=(4,)]
        Ratings where every mean is undecided.
    decision : float
        How firmly the means follow a wish: 0 not at all.
    """

    weights: Mapping[str, Row]
    positions: Mapping[str, Row]
    intercepts: Row
    decision: float


def means_for(valence: float, arousal: float, tension: float = NEUTRAL_TENSION) -> Means:
    """Return the means that make listeners hear a feeling; valence and arousal -1..1, tension 0..1."""
    model = load_means_model()
    shares = _shares(model, wished(valence, arousal, tension))
    at = {name: float(shares[name] @ position) for name, position in model.positions.items()}
    return Means(
        mode=2.0 * at["mode"] - 1.0,
        pace=at["tempo"],
        level=at["soundlevel"],
        staccato=at["articulation"],
        register_shift_semitones=MOST_SHIFT_SEMITONES * (2.0 * at["register"] - 1.0),
        brightness=at["timbre"],
    )


def wished(valence: float, arousal: float, tension: float = NEUTRAL_TENSION) -> Row:
    """Return how much each of `RATINGS` is wished, float64 [shape=(4,)], sum 1: 1/4 of each for no feeling."""
    if not (-1.0 <= valence <= 1.0 and -1.0 <= arousal <= 1.0 and 0.0 <= tension <= 1.0):
        raise ValueError(f"valence {valence} and arousal {arousal} must lie in -1..1, tension {tension} in 0..1")
    up, down = 1.0 + arousal, 1.0 - arousal
    bright, dark = 1.0 + valence, 1.0 - valence
    moved = TENSION_SHARE * (tension - NEUTRAL_TENSION)
    wish = (1.0 - moved) / 4.0 * np.array([dark * up, bright * up, dark * down, bright * down])
    wish[0] += moved
    return wish


def expected_ratings(model: MeansModel, wish: Row) -> Row:
    """Return the ratings that the model expects of the means for a wish, melodies aside, float64 [shape=(4,)]."""
    moved = [share @ model.weights[name] for name, share in _shares(model, wish).items()]
    return np.asarray(model.intercepts + np.sum(moved, axis=0))


@cache
def load_means_model() -> MeansModel:
    """Return the model of resources/means/means.toml."""
    path = resources_folder() / "means" / "means.toml"
    table = load_toml(path)
    try:
        decision, undecided = float(table.pop("decision")), table.pop("intercepts")
        intercepts = _row([undecided[name] for name in RATINGS])
        weights = {name: _row([rows[rating] for rating in RATINGS]).T for name, rows in table.items()}
        positions = {name: _row(rows["position"]) for name, rows in table.items() if "position" in rows}
        if any(len(positions[name]) != len(weights[name]) for name in positions):
            raise ValueError("a position is missing")
    except (KeyError, TypeError, ValueError) as error:
        raise SettingError(f"{path}: a line is missing or has the wrong form ({error}); reinstall Hitpoint") from error
    return MeansModel(weights, positions, intercepts, decision)


def _shares(model: MeansModel, wish: Row) -> dict[str, Row]:
    """Return how probable each level of each mean is; a rating counts in units of what the means can move it."""
    own = [model.weights[name] for name in model.positions]
    spread = np.sqrt(np.sum([rows.var(axis=0) for rows in own], axis=0))  # over all combinations of levels
    pull = (wish - 0.25) * model.decision / spread
    likely = {name: np.exp(model.weights[name] @ pull) for name in model.positions}
    return {name: row / row.sum() for name, row in likely.items()}


def _row(values: object) -> Row:
    row = np.array(values, dtype=np.float64)
    row.setflags(write=False)
    return row
