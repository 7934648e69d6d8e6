"""The planned intensity: how loud and full the music is meant to be, every half second.

The arc gives the line; the hits bend it (preparation before, release after); speech, entries and exits lower it.
Intensity is linear in decibels of the finished mix: 0 is `LOUDNESS_RANGE_DB` below 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hitpoint.composition.clock import Clock
from hitpoint.composition.context import Speech
from hitpoint.composition.idioms import share_of_aftermath
from hitpoint.composition.moments import Moment, Silence
from hitpoint.composition.style import IntensityStyle
from hitpoint.model.spotting import Cue, HitKind
from hitpoint.model.story import EmotionArc

HOP_S = 0.5
LOUDNESS_RANGE_DB = 24.0
#: Sigma of the smoothing: the curve should move on the scale of the 3 s window with which loudness is measured.
SMOOTHING_S = 1.5
#: Spread of the arc (0..1) from which on it shapes the cue alone; a flatter one is given a formal arch.
TELLING_SPREAD = 0.3
SPEECH_DROP = 0.5
SPEECH_CEILING = 0.45
#: Level (share of the ceiling) at which a peak of full weight arrives at the least.
PEAK_LEVEL = 0.85
#: How far a stroke lifts the loudness around it, and how long it rings.
MARK_LIFT, MARK_S = 0.26, 1.5
SNEAK_S = 5.0
FADE_S = 8.0

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Feeling:
    """The arc over one cue: rows of `HOP_S` from record second `start_s`; intensity, arousal and tension in 0..1."""

    start_s: float
    intensity: tuple[float, ...]
    arousal: tuple[float, ...]
    tension: tuple[float, ...]
    valence: tuple[float, ...]

    def at(self, curve: tuple[float, ...], record_s: float) -> float:
        """Return a curve at a record second, linear between rows, held at the ends."""
        x = min(max((record_s - self.start_s) / HOP_S, 0.0), len(curve) - 1.0)
        row = min(int(x), len(curve) - 2)
        return curve[row] + (curve[row + 1] - curve[row]) * (x - row)


def plan_intensity(
    cue: Cue,
    arc: EmotionArc,
    *,
    style: IntensityStyle,
    clock: Clock,
    end_s: float,
    moments: Sequence[Moment],
    silences: Sequence[Silence],
    speech: Speech,
    bar_s: float,
) -> Feeling:
    """Return the feeling of a cue from its first beat to `end_s`; `bar_s` is the length of a typical bar."""
    start_s = clock.seconds_at(0.0)
    rows = max(2, int(np.ceil((end_s - start_s) / HOP_S)) + 1)
    times: Curve = start_s + HOP_S * np.arange(rows, dtype=np.float64)
    hops = np.arange(len(arc.valence)) * arc.hop_s
    arousal = (np.interp(times, hops, arc.arousal) + 1.0) / 2.0
    tension = np.interp(times, hops, arc.tension)
    valence = np.interp(times, hops, arc.valence)

    drive = (1.0 - style.tension_share) * arousal + style.tension_share * tension
    line = _smoothed_between(drive, [m.seconds for m in moments if m.kind is HitKind.TURN and m.is_strong], times)
    if cue.brief.intensity:
        line = _drawn(cue.brief.intensity, len(times), style)
    else:
        line = _stretched(line, cue.brief.shape, style)
    line = _bent_by_hits(line, times, moments, style, bar_s)
    line = _under_speech(line, times, speech)
    line = _entry_and_exit(line, times, cue, end_s)
    line = np.clip(line, 0.0, 1.0)
    for silence in silences:
        quiet = (times >= clock.seconds_at(silence.start_beats)) & (times < clock.seconds_at(silence.end_beats))
        line[quiet] = 0.0
    return Feeling(start_s, *(tuple(float(v) for v in curve) for curve in (line, arousal, tension, valence)))


def _smoothed(curve: Curve) -> Curve:
    """Return a curve smoothed by a Gaussian of `SMOOTHING_S`, ends held."""
    reach = min(int(3 * SMOOTHING_S / HOP_S), len(curve) - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * HOP_S / SMOOTHING_S) ** 2)
    padded = np.pad(curve, reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _smoothed_between(curve: Curve, borders_s: list[float], times: Curve) -> Curve:
    """Return a curve smoothed inside each stretch between strong turns, so that the turns stay sudden."""
    edges = [0, *sorted({int(np.searchsorted(times, border)) for border in borders_s} - {0, len(curve)}), len(curve)]
    return np.concatenate([_smoothed(curve[a:b]) for a, b in pairwise(edges)])


def _drawn(points: Sequence[tuple[float, float]], rows: int, style: IntensityStyle) -> Curve:
    """Return the line that a brief draws, over the palette's own span; hits, speech, entry and exit still bend it."""
    shares, levels = zip(*points, strict=True)
    drawn = np.interp(np.linspace(0.0, 1.0, rows), shares, levels)
    return np.asarray(style.floor + (style.ceiling - style.floor) * drawn)


def _stretched(line: Curve, shape: str, style: IntensityStyle) -> Curve:
    """Return the line over the palette's own span: a telling arc is stretched, a flat one gets a formal arch."""
    low, high = float(line.min()), float(line.max())
    spread = high - low
    x = np.linspace(0.0, 1.0, len(line))
    forms = {
        "": 0.15 + 0.85 * np.interp(x, [0.0, 0.66, 0.8, 1.0], [0.15, 1.0, 0.75, 0.1]),
        "arch": np.interp(x, [0.0, 0.6, 1.0], [0.1, 1.0, 0.1]),
        "builds": np.interp(x, [0.0, 0.92, 1.0], [0.08, 1.0, 0.95]),
        "fades": np.interp(x, [0.0, 0.08, 1.0], [0.95, 1.0, 0.08]),
        "steady": np.full(len(line), 0.55),
    }
    form = forms.get(shape, forms[""])
    told = (line - low) / spread if spread > 1e-6 else np.full(len(line), 0.5)
    trust = min(1.0, spread / TELLING_SPREAD)
    if shape in forms and shape:
        trust *= 0.45
    mixed = trust * told + (1.0 - trust) * form
    # How far up the palette's span the cue may go depends on what the arc reaches in absolute terms.
    top = style.floor + (style.ceiling - style.floor) * (0.7 + 0.3 * min(1.0, high / 0.7))
    return style.floor + (top - style.floor) * mixed


def _bent_by_hits(line: Curve, times: Curve, moments: Sequence[Moment], style: IntensityStyle, bar_s: float) -> Curve:
    """Return the line with the approach and the aftermath that each hit's idiom asks for. Linear in hits."""
    bent, fallen = line.copy(), np.zeros(len(line))
    before_s = float(times[0])
    for moment in moments:
        idiom = moment.idiom
        if idiom is None:
            continue
        at = int(np.searchsorted(times, moment.seconds))
        strength = style.lift * idiom.rise * (0.4 + 0.6 * moment.weight)
        is_peak = moment.kind is HitKind.PEAK and moment.is_strong
        if is_peak and at < len(line):  # a peak arrives on high ground, whatever the arc says
            strength = max(strength, PEAK_LEVEL * style.ceiling * moment.weight - float(line[at]))
        reach_s = min(idiom.approach_bars * style.preparation_bars / 2.0 * bar_s, 0.8 * (moment.seconds - before_s))
        if not moment.is_strong or moment.kind is HitKind.START:
            _mark(bent, times, moment)
            continue
        before_s = moment.seconds
        if idiom.approach_bars > 0 and strength > 0:
            first = int(np.searchsorted(times, moment.seconds - max(reach_s, HOP_S)))
            ramp = np.clip(1.0 - (moment.seconds - times[first:at]) / max(reach_s, HOP_S), 0.0, 1.0)
            bent[first:at] += strength * ramp**1.5
        if moment.kind in (HitKind.OUT, HitKind.SILENCE):
            continue
        by_then = float(line[min(len(line) - 1, at + int(idiom.aftermath_bars * bar_s / HOP_S))]) - idiom.drop
        stay_s = max(0.6, idiom.aftermath_bars * bar_s * float(share_of_aftermath(by_then)))
        decay_s = 1.5 if idiom.drop else 2.5
        last = int(np.searchsorted(times, moment.seconds + stay_s + 4 * decay_s))
        since = times[at:last] - moment.seconds
        gone = np.exp(-np.maximum(0.0, since - stay_s) / decay_s)  # what the hit did is forgotten again
        if idiom.drop:
            ringing = np.exp(-since / (0.5 * idiom.ring))
            fall = idiom.drop * (0.6 + 2.0 * style.release) * moment.weight
            arrives = strength if idiom.shape.at == "strikes" else 0.0
            bent[at:last] += arrives * ringing
            fallen[at:last] += fall * (1.0 - ringing) * gone
        elif moment.is_strong and moment.kind is not HitKind.TURN:
            bent[at:last] += strength * gone
        if idiom.shape.at != "drops":
            _mark(bent, times, moment)
    return np.maximum(np.minimum(bent, 1.0) - fallen, 0.6 * style.floor)  # a fall is one from full height, too


def _mark(line: Curve, times: Curve, moment: Moment) -> None:
    """Raise the line, in place, by what the stroke itself adds: most where the music around it is quiet."""
    at, last = np.searchsorted(times, (moment.seconds - HOP_S / 2, moment.seconds + 4 * MARK_S))
    if at < len(line):
        height = MARK_LIFT * (0.4 + moment.weight) * max(0.0, 1.0 - float(line[at]))
        height *= 0.5 if moment.kind is HitKind.START else 1.0
        line[at:last] += height * np.exp(-np.maximum(0.0, times[at:last] - moment.seconds) / MARK_S)


def _under_speech(line: Curve, times: Curve, speech: Speech) -> Curve:
    """Return the line lowered, with half-second shoulders, while somebody speaks."""
    if not speech.spans:
        return line
    talk = np.zeros(len(line))
    for begin, finish in speech.spans:
        first, last = np.searchsorted(times, (begin - HOP_S, finish + HOP_S))
        stretch = times[first:last]
        shoulder = np.minimum((stretch - begin + HOP_S) / HOP_S, (finish + HOP_S - stretch) / HOP_S)
        talk[first:last] = np.maximum(talk[first:last], np.clip(shoulder, 0.0, 1.0))
    lowered = np.minimum(line * (1.0 - SPEECH_DROP), SPEECH_CEILING)
    return line + (lowered - line) * talk


def _entry_and_exit(line: Curve, times: Curve, cue: Cue, end_s: float) -> Curve:
    """Return the line with a swell at a sneak entry and a diminuendo before a fade or a ring-out."""
    length_s = max(1.0, end_s - float(times[0]))
    shaped = line.copy()
    if cue.entry == "sneak":
        swell_s = min(SNEAK_S, length_s / 4)
        shaped *= np.clip(0.25 + 0.75 * (times - times[0]) / swell_s, 0.0, 1.0)
    if cue.exit in ("fade", "ring-out"):
        fade_s = min(FADE_S, length_s / 4)
        left = np.clip((end_s - times) / fade_s, 0.0, 1.0)
        shaped *= left if cue.exit == "fade" else 0.45 + 0.55 * left
    return shaped
