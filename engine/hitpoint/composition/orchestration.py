"""Orchestration: which layer plays in which bar.

Density follows the intensity; at most three roles carry information (music.md §6). The melody rests now and then, and
moves into the gaps of the dialogue; where it is silent the counter-line has room.
"""

from __future__ import annotations

import bisect

from hitpoint.composition.form import Bar, Form
from hitpoint.composition.style import Layer, Style

#: A layer that plays goes on until the intensity falls this far below where it came in.
HYSTERESIS = 0.05
MOST_INFORMING_ROLES = 3
#: Drive from which a bar moves, and from which it is driven.
_DRIVES = (0.36, 0.64)
#: How much of the drive is the pace that the feeling asks for; the rest is intensity, which the hits shape, too.
_PACE_SHARE = 0.2
#: Who stays when too many roles ask to speak: first come first.
_INFORMING = ("melody", "pulse", "percussion", "counter", "colour")
#: From this intensity on the melody does not rest: an arrival without a tune is none.
LOUD_INTENSITY = 0.75
#: Share of a bar that may be spoken over: for the melody to sing in it at all, for anything but the pulse to move.
MOST_TALK_UNDER_MELODY, MOST_TALK = 0.25, 0.6


def active_bars(form: Form, style: Style) -> dict[str, frozenset[int]]:
    """Return the indices of the bars in which each layer (by id) plays. Layers come and go on even bars of a phrase."""
    playing: dict[str, set[int]] = {layer.id: set() for layer in style.layers}
    on: dict[str, bool] = {layer.id: False for layer in style.layers}
    sung, sings, rests = 0, False, False  # phrases in a row, this phrase so far, this phrase by choice
    for bar in form.bars:
        wanted = {layer.id: _wants(layer, bar, on[layer.id]) for layer in style.layers}
        if bar.in_phrase % 2 == 0:
            on = wanted
        elif bar.intensity < 0.05:
            on = {name: on[name] and wanted[name] for name in on}
        if bar.in_phrase == 0:
            is_loud = bar.label == "climax" or bar.intensity >= LOUD_INTENSITY
            sings, rests = False, sung >= style.form.melody_rests and not is_loud
        heard = _roles_heard(bar, style, on, rests=rests)
        sings = sings or "melody" in heard
        if bar.is_phrase_end:
            sung = sung + 1 if sings else 0
        for layer in style.layers:
            if on[layer.id] and (layer.role not in _INFORMING or layer.role in heard):
                playing[layer.id].add(bar.index)
    return {name: frozenset(bars) for name, bars in playing.items()}


def _wants(layer: Layer, bar: Bar, was_on: bool) -> bool:
    low, high = layer.active
    slack = HYSTERESIS if was_on else 0.0
    return low - slack <= bar.intensity <= high + slack and bar.label in layer.sections


def _roles_heard(bar: Bar, style: Style, on: dict[str, bool], *, rests: bool) -> frozenset[str]:
    asking = {layer.role for layer in style.layers if on[layer.id]}
    if rests or bar.talk > MOST_TALK_UNDER_MELODY:
        asking.discard("melody")
    ranked = [role for role in _INFORMING if role in asking and (role == "pulse" or bar.talk <= MOST_TALK)]
    if bar.is_phrase_end and "colour" in ranked:  # colour answers where the melody breathes
        ranked.sort(key=lambda role: role == "counter")
    return frozenset(ranked[:MOST_INFORMING_ROLES])


def density(bar: Bar) -> int:
    """Return 0 (calm), 1 (moving) or 2 (driving) for the choice of a rhythm."""
    return bisect.bisect_right(_DRIVES, drive(bar, bar.intensity))


def drive(bar: Bar, intensity: float) -> float:
    """Return how much a bar moves at an intensity, 0..1."""
    return _PACE_SHARE * bar.means.pace + (1.0 - _PACE_SHARE) * intensity


def fullness(bar: Bar, intensity: float) -> float:
    """Return where a place of a bar lies between its rhythm's density and the next one, 0..1."""
    level = density(bar)
    low, high = (0.0, *_DRIVES)[level], (*_DRIVES, 1.0)[level]
    return min(1.0, max(0.0, (drive(bar, intensity) - low) / (high - low)))
