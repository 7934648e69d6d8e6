"""What a brief wants and does not want to hear, brought into the style before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from hitpoint.composition.style import HitRow, Layer, Style
from hitpoint.composition.style_reader import OCTAVE_SPAN
from hitpoint.model.errors import SettingError
from hitpoint.model.music import Instrument
from hitpoint.model.spotting import Brief

#: A wanted section enters this much earlier, in intensity.
_EARLIER = 0.3

_Orchestra = Mapping[str, Instrument]


def with_wishes(style: Style, brief: Brief, instruments: _Orchestra) -> Style:
    """Return a style without the instruments (ids or stems) that a brief avoids, and with those that it wants.

    What is avoided is replaced by a wanted instrument that can play the same, else by one of the same section, else
    left out. A wanted instrument takes the tune where it can, else the first line that lies in its range; a wanted
    section enters earlier. Raises `SettingError` where a brief leaves nobody to play.
    """
    if not brief.instruments and not brief.avoid:
        return style
    wanted = [instruments[name] for name in brief.instruments if name in instruments]
    sections = set(brief.instruments) - set(instruments)

    def is_avoided(name: str) -> bool:
        return name in brief.avoid or instruments[name].stem in brief.avoid

    def other(name: str, register: tuple[int, int]) -> str | None:
        """Return who can play in the place of an avoided instrument."""
        own = instruments[name]
        able = [
            candidate
            for candidate in instruments.values()
            if not is_avoided(candidate.id)
            and candidate.is_percussive == own.is_percussive
            and _plays(candidate, register)
        ]
        able.sort(key=lambda candidate: (candidate not in wanted, candidate.stem != own.stem, candidate.id))
        return able[0].id if able else None

    layers: list[Layer] = []
    for layer in style.layers:
        players = [name for name in layer.instruments if not is_avoided(name)]
        obeying = _led_anew(layer, players, instruments)
        if obeying is None and layer.figure != "pattern":
            substitute = other(layer.instruments[0], layer.register)
            obeying = None if substitute is None else replace(layer, instruments=(substitute, *players))
        if obeying is not None:
            low, high = layer.active
            if {instruments[name].stem for name in obeying.instruments} & sections:
                low = max(0.0, low - _EARLIER)
            layers.append(replace(obeying, active=(low, high)))
    if not any(layer.figure != "pattern" for layer in layers):
        raise SettingError(
            f"the brief avoids {', '.join(brief.avoid)}, and nobody is left to play the style {style.palette_id!r}; "
            "avoid less, or choose another style"
        )
    for instrument in wanted:
        _let_play(layers, instrument)
    return replace(
        style,
        layers=tuple(layers),
        hits=_hits(style.hits, is_avoided, other) or style.hits,
        preparations=tuple(row for row in style.preparations if not is_avoided(row.instrument)),
    )


def _led_anew(layer: Layer, players: list[str], instruments: _Orchestra) -> Layer | None:
    """Return the layer with those who are left, led by one in whose range it lies; None where nobody can lead."""
    if not players:
        return None
    if layer.figure in ("theme", "pattern") or players[0] == layer.instruments[0]:
        return replace(layer, instruments=tuple(players))
    for leader in players:
        if _plays(instruments[leader], layer.register):
            return replace(layer, instruments=(leader, *(name for name in players if name != leader)))
    own = instruments[players[0]]
    low, high = max(layer.register[0], own.low_midi), min(layer.register[1], own.high_midi)
    return replace(layer, instruments=tuple(players), register=(low, high)) if high - low >= OCTAVE_SPAN else None


def _plays(instrument: Instrument, register: tuple[int, int]) -> bool:
    return instrument.low_midi <= register[0] and register[1] <= instrument.high_midi


def _let_play(layers: list[Layer], instrument: Instrument) -> None:
    """Give a wanted instrument the tune, or the first line in its range; nothing where it plays already, or cannot."""
    is_singer = instrument.comfort_high_midi - instrument.comfort_low_midi >= OCTAVE_SPAN
    for place, layer in enumerate(layers):
        if layer.figure == "theme" and is_singer and not instrument.is_percussive:
            others = tuple(name for name in layer.instruments if name != instrument.id)
            layers[place] = replace(layer, instruments=(instrument.id, *others))
            return
    if any(instrument.id in layer.instruments for layer in layers):
        return
    for place, layer in enumerate(layers):
        if layer.figure not in ("theme", "pattern") and _plays(instrument, layer.register):
            layers[place] = replace(layer, instruments=(instrument.id, *layer.instruments))
            return


def _hits(
    rows: tuple[HitRow, ...],
    is_avoided: Callable[[str], bool],
    other: Callable[[str, tuple[int, int]], str | None],
) -> tuple[HitRow, ...]:
    kept = []
    for row in rows:
        if not is_avoided(row.instrument):
            kept.append(row)
        elif row.tones:
            substitute = other(row.instrument, row.register)
            if substitute is not None:
                kept.append(replace(row, instrument=substitute))
    return tuple(kept)
