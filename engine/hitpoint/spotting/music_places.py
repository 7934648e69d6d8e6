"""Where music should enter, leave and stay out, where no marker says.

What speaks for music is a sum of a few readable signals (resources/spotting/places.toml, fitted by fit.py beside it to
the score of a feature film): nobody speaks, the scene is outside, the cutting is quick, the feeling is strong or
changes, place or time jump. The cues are then the best division of the cut into stretches with and without music, by
dynamic programming over whole stretches (an explicit-duration, or semi-Markov, model): lengths as film cues have
them, entries on a cut or after a line, never inside one, exits where a line or a scene ends, nothing over music that is
there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import SettingError
from hitpoint.resources import load_toml, resources_folder

Curve = NDArray[np.float64]

#: One decision a second: entries are put on their moment afterwards.
STEP_S = 1.0
#: An entry is moved to the best moment this near.
_REACH_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """What is known about a cut, second by second; arrays of shape (n,), NaN where unknown.

    Attributes
    ----------
    duration_s : float
    valence, arousal : -1..1
    speech, source_music : 0..1
        How surely somebody speaks; music of the scene itself, or a song, plays.
    exterior : 0..1
    cuts_s : record seconds of cuts, rising
    changes : (second, weight 0..1, what) of changes of place or time
    line_ends_s : record seconds at which a line of dialogue ends, rising
    """

    duration_s: float
    valence: Curve
    arousal: Curve
    speech: Curve
    source_music: Curve
    exterior: Curve
    cuts_s: Curve
    changes: tuple[tuple[float, float, str], ...] = ()
    line_ends_s: Curve

    def __post_init__(self) -> None:
        lengths = {len(a) for a in (self.valence, self.arousal, self.speech, self.source_music, self.exterior)}
        if lengths != {math.ceil(self.duration_s / STEP_S)}:
            raise ValueError(f"scenery of {self.duration_s} s needs {math.ceil(self.duration_s / STEP_S)} values each")


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicPlace:
    """One proposed cue: record seconds, confidence 0..1, and why it begins and ends there."""

    start_s: float
    end_s: float
    confidence: float
    entry_reason: str
    exit_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceWeights:
    """What resources/spotting/places.toml holds.

    Attributes
    ----------
    signals : weight of each signal in log-odds of music per unit
    bias : float
    trust : float, > 0
        How much a second of log-odds counts against one bit of the other terms: seconds are not independent.
    cue_median_s, cue_spread, gap_median_s, gap_spread : float
        Log-normal lengths of cues and of what is between them.
    shortest_cue_s, shortest_gap_s : float
    on_cut, on_change, after_line, in_line : float
        What an entry gains or loses there.
    """

    signals: Mapping[str, float]
    bias: float
    trust: float
    cue_median_s: float
    cue_spread: float
    gap_median_s: float
    gap_spread: float
    shortest_cue_s: float
    shortest_gap_s: float
    on_cut: float
    on_change: float
    after_line: float
    in_line: float


@cache
def load_place_weights() -> PlaceWeights:
    """Return the weights; `SettingError` for a table of the wrong form."""
    path = resources_folder() / "spotting" / "places.toml"
    try:
        return place_weights_of(load_toml(path))
    except (KeyError, TypeError, ValueError) as error:
        raise SettingError(f"{path}: a line is missing or has the wrong form ({error}); reinstall Hitpoint") from error


def place_weights_of(table: Mapping[str, Any]) -> PlaceWeights:
    """Return the weights in a table as places.toml has it."""
    signals = {str(name): float(weight) for name, weight in table["signals"].items()}
    unknown = set(signals) - set(SIGNALS)
    if unknown:
        raise ValueError(f"unknown signals {sorted(unknown)}")
    rest = {name: float(value) for name, value in {**table["lengths"], **table["moments"]}.items()}
    return PlaceWeights(signals=signals, bias=float(table["bias"]), trust=float(table["trust"]), **rest)


#: Signals by name; `signals_of` says what each is.
SIGNALS = ("quiet", "quiet_long", "outside", "pace", "feeling", "shift", "arousal", "jump", "montage")


def signals_of(scenery: Scenery) -> dict[str, Curve]:
    """Return the signals, shape (n,), about -1..1 each, 0 where nothing is known.

    quiet, quiet_long : nobody speaks within some seconds, within half a minute
    outside : the scene is an exterior
    pace : cuts come quicker than is usual in this cut
    feeling : how far valence is from neutral
    shift : how far feeling is from what it was over the minute around
    arousal : over the long term
    jump : a change of place or time is near
    montage : many of them in a minute
    """
    n = len(scenery.valence)
    valence, arousal, speech = (_known(curve, 0.0) for curve in (scenery.valence, scenery.arousal, scenery.speech))
    cuts = np.histogram(scenery.cuts_s, bins=np.arange(n + 1) * STEP_S)[0].astype(float)
    rate = np.log(_smooth(cuts, 8) + 0.02)
    changes, jumps = np.zeros(n), np.zeros(n)
    for moment_s, weight, _ in scenery.changes:
        at = min(n - 1, max(0, int(moment_s / STEP_S)))
        changes[at] += weight
        jumps[at] += weight
    shift = np.hypot(_smooth(valence, 6) - _smooth(valence, 40), _smooth(arousal, 6) - _smooth(arousal, 40))
    return {
        "quiet": 0.5 - _smooth(speech, 5),
        "quiet_long": 0.5 - _smooth(speech, 25),
        "outside": 2 * (_smooth(_known(scenery.exterior, 0.5), 8) - 0.5),
        "pace": np.clip(rate - np.median(rate), -1.5, 1.5),
        "feeling": 2 * _smooth(np.abs(valence), 10),
        "shift": 2 * shift,
        "arousal": _smooth(arousal, 30),
        "jump": np.clip(_smooth(jumps, 8) * 20, 0, 1.5),
        "montage": np.clip(_smooth(changes, 30) * 40 - 1, -1, 1.5),
    }


def music_wish(scenery: Scenery, weights: PlaceWeights) -> Curve:
    """Return the log-odds that music plays at each second, shape (n,)."""
    signals = signals_of(scenery)
    wish = np.full(len(scenery.valence), weights.bias)
    for name, weight in weights.signals.items():
        wish += weight * signals[name]
    return np.asarray(wish - 8.0 * (_known(scenery.source_music, 0.0) > 0.5))


def place_music(scenery: Scenery, *, weights: PlaceWeights | None = None) -> tuple[MusicPlace, ...]:
    """Return the cues that a cut should have, by time; none where nothing asks for music."""
    weights = weights or load_place_weights()
    wish = music_wish(scenery, weights)
    n = len(wish)
    if n * STEP_S < weights.shortest_cue_s:
        return ()
    entry = _entry_bonus(scenery, weights)
    places = []
    for start, end in _divided(wish * weights.trust, entry, _exit_bonus(scenery, weights), weights):
        start_s, why_in = _entry_moment(scenery, start * STEP_S)
        end_s, why_out = _exit_moment(scenery, end * STEP_S)
        if end_s - start_s >= weights.shortest_cue_s / 2:
            mean = float(wish[start:end].mean())
            places.append(
                MusicPlace(
                    start_s=start_s,
                    end_s=end_s,
                    confidence=round(1 / (1 + math.exp(-mean)), 3),
                    entry_reason=why_in,
                    exit_reason=why_out,
                )
            )
    return tuple(places)


def _divided(evidence: Curve, entry: Curve, leave: Curve, weights: PlaceWeights) -> list[tuple[int, int]]:
    """Return the stretches with music, in steps: the division of highest total.

    `best[state][t]` is the highest total of divisions of the first t steps whose last stretch is of that state; a
    stretch's total is its evidence, the prior of its length and the bonus of its ends.
    """
    n = len(evidence)
    sums = np.concatenate(([0.0], np.cumsum(evidence)))
    longest = int(min(n, 8 * weights.cue_median_s / STEP_S))
    on = _length_prior(longest, weights.cue_median_s, weights.cue_spread, weights.shortest_cue_s)
    off = _length_prior(n, weights.gap_median_s, weights.gap_spread, weights.shortest_gap_s)
    free_ends = _length_prior(n, weights.gap_median_s, 2 * weights.gap_spread, 0.0)
    best = np.full((2, n + 1), -np.inf)
    before = np.zeros((2, n + 1), np.int64)
    for t in range(1, n + 1):
        starts = np.arange(max(0, t - longest), t)
        lengths = t - starts
        was_off = np.where(starts == 0, 0.0, best[0][starts])
        totals = was_off + sums[t] - sums[starts] + on[lengths - 1] + entry[starts] + leave[min(t, n - 1)]
        at = int(totals.argmax())
        best[1][t], before[1][t] = totals[at], starts[at]
        starts = np.arange(0, t)
        lengths = t - starts
        prior = np.where((starts == 0) | (t == n), free_ends[lengths - 1], off[lengths - 1])
        totals = np.where(starts == 0, 0.0, best[1][starts]) + prior
        at = int(totals.argmax())
        best[0][t], before[0][t] = totals[at], starts[at]
    found: list[tuple[int, int]] = []
    state, t = int(best[1][n] > best[0][n]), n
    while t > 0:
        start = int(before[state][t])
        if state == 1:
            found.append((start, t))
        state, t = 1 - state, start
    return found[::-1]


def _length_prior(longest: int, median_s: float, spread: float, shortest_s: float) -> Curve:
    """Return the log of a log-normal density over lengths of 1..longest steps, relative to its mode."""
    lengths_s = np.arange(1, longest + 1) * STEP_S
    prior = -0.5 * (np.log(lengths_s / median_s) / spread) ** 2
    return np.where(lengths_s < shortest_s, -np.inf if shortest_s else prior, prior)


def _entry_bonus(scenery: Scenery, weights: PlaceWeights) -> Curve:
    n = len(scenery.valence)
    bonus = np.zeros(n)
    bonus[_near(scenery.cuts_s, n, 0.5, 0.5)] += weights.on_cut
    bonus[_near(scenery.line_ends_s, n, 0.0, 1.5)] += weights.after_line
    for moment_s, weight, _ in scenery.changes:
        bonus[_near(np.array([moment_s]), n, 1.0, 1.5)] += weights.on_change * weight
    speaks = _known(scenery.speech, 0.0)
    bonus -= weights.in_line * (speaks > 0.6)
    return bonus


def _exit_bonus(scenery: Scenery, weights: PlaceWeights) -> Curve:
    n = len(scenery.valence)
    bonus = np.zeros(n)
    for moment_s, weight, _ in scenery.changes:
        bonus[_near(np.array([moment_s]), n, 1.0, 2.0)] += weights.on_change * weight
    bonus[_near(scenery.cuts_s, n, 0.5, 0.5)] += 0.5 * weights.on_cut
    return bonus


def _near(moments_s: Curve, n: int, before_s: float, after_s: float) -> NDArray[np.bool_]:
    """Return which steps begin within a span around one of the moments."""
    steps_s = np.arange(n) * STEP_S
    if not len(moments_s):
        return np.zeros(n, bool)
    nearest = np.searchsorted(moments_s, steps_s + before_s, side="right") - 1
    passed_s = np.where(nearest >= 0, steps_s - moments_s[np.maximum(nearest, 0)], np.inf)
    return np.asarray((passed_s <= after_s) & (passed_s >= -before_s))


def _entry_moment(scenery: Scenery, start_s: float) -> tuple[float, str]:
    """Return the exact entry: on a change of place, on a cut, after a line, or where it is; and why."""
    if start_s <= 0:
        return 0.0, "with the first picture"
    for moment_s, _, what in sorted(scenery.changes, key=lambda change: abs(change[0] - start_s)):
        if abs(moment_s - start_s) <= _REACH_S:
            return moment_s, f"on the cut to {what}" if what else "where the scene changes"
    for moments_s, reason in ((scenery.line_ends_s, "after the line"), (scenery.cuts_s, "on a cut")):
        if len(moments_s):
            nearest = float(moments_s[np.argmin(np.abs(moments_s - start_s))])
            if abs(nearest - start_s) <= _REACH_S:
                return nearest + (0.25 if reason == "after the line" else 0.0), reason
    quiet = scenery.speech[int(start_s / STEP_S) :][:10]
    return start_s, "sneaks in where nobody speaks" if np.nanmean(np.nan_to_num(quiet)) < 0.3 else "sneaks in"


def _exit_moment(scenery: Scenery, end_s: float) -> tuple[float, str]:
    if end_s >= scenery.duration_s - STEP_S:
        return scenery.duration_s, "with the last picture"
    for moment_s, _, _ in sorted(scenery.changes, key=lambda change: abs(change[0] - end_s)):
        if abs(moment_s - end_s) <= _REACH_S:
            return moment_s, "the scene ends"
    if len(scenery.cuts_s):
        nearest = float(scenery.cuts_s[np.argmin(np.abs(scenery.cuts_s - end_s))])
        if abs(nearest - end_s) <= _REACH_S:
            return nearest, "rings out over a cut"
    speaks = _known(scenery.speech, 0.0)[int(end_s / STEP_S) :][:5]
    return end_s, "leaves the room to the dialogue" if speaks.mean() > 0.3 else "has said what it had to"


def _known(curve: Curve, neutral: float) -> Curve:
    return np.where(np.isfinite(curve), curve, neutral)


def _smooth(curve: Curve, sigma_steps: float) -> Curve:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(curve, sigma_steps, mode="nearest"))


def whole_steps(duration_s: float) -> int:
    """Return how many values a scenery of this length needs."""
    return math.ceil(duration_s / STEP_S)


def at_steps(values: Sequence[float] | NDArray[np.floating[Any]], hop_s: float, duration_s: float) -> Curve:
    """Return a curve of another hop at whole steps."""
    middle_s = (np.arange(whole_steps(duration_s)) + 0.5) * STEP_S
    array = np.asarray(values, np.float64)
    if not len(array):
        return np.full(len(middle_s), np.nan)
    return np.asarray(np.interp(middle_s / hop_s, np.arange(len(array)), array))
