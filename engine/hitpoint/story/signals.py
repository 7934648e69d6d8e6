"""What the modalities say over record time, as signals of about -1..1, each modality with its confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.cut import Cut
from hitpoint.model.features import PictureFeatures, SoundFeatures
from hitpoint.model.time import frames_to_seconds
from hitpoint.perception import HeardMusic, Perception
from hitpoint.perception.eyes import Sight
from hitpoint.story.told import ToldLine

Curve = NDArray[np.floating[Any]]

#: The long window of Hanjalic and Xu: feeling follows what is shown with inertia.
_SMOOTHING_S = 2.5
#: A shot this long is neither calm nor hurried (average shot lengths of feature films lie at 3 to 6 s).
_NEUTRAL_SHOT_S = 4.5
_CUT_SMOOTHING_S = 4.0
#: How much of a signal is measured against the rest of the cut, and how much against any film.
_RELATIVE_SHARE = 0.4
#: A line is felt from a little before it until this long after, and then fades.
_BEFORE_LINE_S, _AFTER_LINE_S, _LINE_FADE_S = 0.5, 2.0, 6.0
#: Narrative cues that count as signals of their own.
_THREATS, _LOSSES = ("threat", "chase", "fight"), ("death", "farewell")


@dataclass(frozen=True, slots=True)
class Modality:
    """One modality's signals by name, shape (n,) each, and how sure it is at each hop, 0..1."""

    signals: Mapping[str, Curve]
    confidence: Curve


def read_signals(
    cut: Cut, *, hops: int, hop_s: float, perception: Perception | None, lines: Sequence[ToldLine]
) -> dict[str, Modality]:
    """Return what cutting, picture, sound, words and eyes say; a modality that knows nothing has no confidence.

    Without eyes there is no such modality.
    """
    inner = perception.picture.cuts_s if perception is not None else None
    modalities = {"cutting": _cutting(cut, inner, hops, hop_s)}
    if perception is not None:
        modalities["picture"] = _picture(perception.picture, hops, hop_s)
        modalities["sound"] = _sound(perception.sound, perception.heard_music, hops, hop_s)
        if perception.sight is not None:
            modalities["eyes"] = _eyes(perception.sight, hops, hop_s)
    modalities["words"] = _words(lines, hops, hop_s)
    return modalities


def _cutting(cut: Cut, inner_cuts_s: Curve | None, hops: int, hop_s: float) -> Modality:
    """Return how hurried the cutting is: log of the smoothed cut rate against the neutral shot."""
    cuts_s = np.array([float(frames_to_seconds(frame, cut.rate)) for frame in cut.cut_frames])
    if inner_cuts_s is not None:
        cuts_s = np.union1d(cuts_s, inner_cuts_s)
    if cuts_s.size == 0:
        return Modality({"pace": np.zeros(hops)}, np.zeros(hops))
    edges = np.arange(hops + 1) * hop_s
    rate = _smooth(np.histogram(cuts_s, bins=edges)[0] / hop_s, _CUT_SMOOTHING_S / hop_s)
    pace = np.tanh(0.6 * np.log2(np.maximum(rate, 0.02) * _NEUTRAL_SHOT_S))
    return Modality({"pace": pace}, np.full(hops, min(1.0, cuts_s.size / 4)))


def _picture(picture: PictureFeatures, hops: int, hop_s: float) -> Modality:
    def of(name: str) -> Curve:
        return _fitted(getattr(picture, name), hops)

    motion = _relative(_between(np.log10(of("motion") + 1e-3), -1.7, -0.3))
    signals = {
        "brightness": _relative(_between(of("brightness"), 0.08, 0.62)),
        "saturation": _relative(_between(of("saturation"), 0.05, 0.60)),
        "warmth": np.clip(of("warmth") / 0.15, -1, 1),
        "motion": motion,
        "shake": _between(np.log10(of("shake") + 1e-3), -2.0, -0.5).clip(0),
        "stillness": (of("change") < 0.004).astype(float),
        "closeness": np.clip(of("face_share") * 2, 0, 1),
        "push_in": np.clip(of("zoom") / 0.1, 0, 1) * (motion < 0),
        "flash": np.clip(of("flash") * 4, 0, 1),
        "black": of("black"),
    }
    smooth = {name: _smooth(curve, _SMOOTHING_S / hop_s) for name, curve in signals.items()}
    return Modality(smooth, _smooth(_fitted(picture.known.astype(float), hops), 1.0))


def _sound(sound: SoundFeatures, heard: Sequence[HeardMusic], hops: int, hop_s: float) -> Modality:
    def of(name: str) -> Curve:
        return _fitted(getattr(sound, name), hops)

    impacts = np.zeros(hops)
    for moment_s, above_db in zip(sound.impact_s, sound.impact_db, strict=True):
        impacts[min(hops - 1, int(moment_s / hop_s))] += min(1.0, above_db / 12)
    major, tempo = np.zeros(hops), np.zeros(hops)
    for music in heard:
        rows = slice(int(music.start_s / hop_s), int(music.end_s / hop_s) + 1)
        major[rows] = 1.0 if music.key.endswith("major") else -1.0 if music.key.endswith("minor") else 0.0
        tempo[rows] = np.clip((music.tempo_bpm - 100) / 50, -1, 1) if music.tempo_bpm else 0.0
    speaks = of("speech")
    signals = {
        "loudness": _relative(_between(of("loudness_db"), -50.0, -12.0)) * (1 - 0.5 * speaks),
        "activity": _between(of("onset"), 0.5, 6.0) * (1 - speaks),
        "noise": np.clip(of("flatness") * 4 - 0.5, -0.5, 1),
        "impacts": np.clip(_smooth(impacts, 2.0) * 4, 0, 1),
        "major": major,
        "tempo": tempo,
    }
    smooth = {name: _smooth(curve, _SMOOTHING_S / hop_s) for name, curve in signals.items()}
    # Silence says little about feeling: an editor who has not laid the sound yet must not get a dead score.
    heard_share = np.clip((of("loudness_db") + 60) / 20, 0.15, 1.0)
    return Modality(smooth, _smooth(_fitted(sound.known.astype(float), hops) * heard_share, 2.0))


def _eyes(sight: Sight, hops: int, hop_s: float) -> Modality:
    signals = {name: _fitted(getattr(sight, name), hops) for name in ("valence", "arousal", "tension")}
    known = _fitted(sight.known.astype(float), hops)
    signals["night"] = known * np.clip(2 * _fitted(sight.night, hops) - 1, -1, 1)
    signals["closeness"] = _fitted(sight.closeness, hops)
    smooth = {name: _smooth(curve, _SMOOTHING_S / hop_s) for name, curve in signals.items()}
    return Modality(smooth, _smooth(_fitted(sight.confidence, hops), 1.0))


def _words(lines: Sequence[ToldLine], hops: int, hop_s: float) -> Modality:
    """Return what lines say, each weighted by its confidence and by how long ago it was said."""
    names = (
        "valence", "arousal", "dominance", "joy", "sadness", "anger", "fear", "tension", "tenderness", "wonder",
        "triumph", "threat", "loss",
    )  # fmt: skip
    sums = {name: np.zeros(hops) for name in names}
    weights, silence = np.full(hops, 1e-9), np.ones(hops)
    seconds = np.arange(hops) * hop_s
    for line in lines:
        first = int(np.searchsorted(seconds, line.start_s - _BEFORE_LINE_S))
        last = int(np.searchsorted(seconds, line.end_s + _AFTER_LINE_S + 4 * _LINE_FADE_S))
        ago_s = np.maximum(0.0, seconds[first:last] - line.end_s - _AFTER_LINE_S)
        weight = line.confidence * np.exp(-ago_s / _LINE_FADE_S)
        values = {"valence": line.valence, "arousal": line.arousal, "dominance": line.dominance, **line.emotions}
        values["threat"] = max((cue.weight for cue in line.cues if cue.kind in _THREATS), default=0.0)
        values["loss"] = max((cue.weight for cue in line.cues if cue.kind in _LOSSES), default=0.0)
        # What is strong is remembered longer than what is said in passing.
        strength = weight * (0.3 + max(abs(value) for value in values.values()))
        for name in names:
            sums[name][first:last] += strength * values.get(name, 0.0)
        weights[first:last] += strength
        silence[first:last] *= 1 - 0.9 * np.minimum(1.0, weight)
    signals = {name: _smooth(curve / weights, 1.0) for name, curve in sums.items()}
    return Modality(signals, _smooth(1 - silence, 2.0))


def _between(values: Curve, low: float, high: float) -> Curve:
    """Return -1 at `low`, 1 at `high`, linear between and held beyond."""
    return np.asarray(np.clip(2 * (values - low) / (high - low) - 1, -1, 1))


def _relative(values: Curve) -> Curve:
    """Return a signal measured in part against its own mean over the cut: dark is darker in a bright film."""
    deviation = float(values.std())
    if deviation < 0.02:
        return values
    own = np.clip((values - values.mean()) / (2 * deviation), -1, 1)
    return np.asarray((1 - _RELATIVE_SHARE) * values + _RELATIVE_SHARE * own)


def _fitted(values: Curve, hops: int) -> Curve:
    """Return a feature at this many hops, 0 where it is unknown."""
    fitted = np.zeros(hops)
    count = min(hops, len(values))
    fitted[:count] = np.nan_to_num(values[:count])
    return fitted


def _smooth(curve: Curve, sigma_hops: float) -> Curve:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(np.asarray(curve, np.float64), sigma_hops, axis=-1, mode="nearest"))
