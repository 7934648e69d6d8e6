"""How a layer of the orchestra is written: one figure per module, all of them `write(layer, stage, bars, rng)`.

sustain    held basses and pads, chords in a rhythm
ostinato   pulses: cells of chord tones
theme      melody from the motif, phrase by phrase
line       a counter-line from the inner voices
pattern    percussion, phrase-shaped
sparkle    colour at phrase ends
arpeggio   broken chords over two octaves or more
scatter    irregular handfuls of notes, with holes
swells     chords that grow voice by voice and stop
walking    a bass that walks
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hitpoint.composition.stage import Line, Stage
from hitpoint.composition.style import Layer
from hitpoint.composition.texture import (
    arpeggio,
    line,
    ostinato,
    pattern,
    scatter,
    sparkle,
    sustain,
    swells,
    theme,
    walking,
)

Figure = Callable[[Layer, Stage, frozenset[int], np.random.Generator], list[Line]]

FIGURES: dict[str, Figure] = {
    "sustain": sustain.write,
    "chords": sustain.write_chords,
    "ostinato": ostinato.write,
    "theme": theme.write,
    "line": line.write,
    "pattern": pattern.write,
    "sparkle": sparkle.write,
    "arpeggio": arpeggio.write,
    "scatter": scatter.write,
    "swells": swells.write,
    "walking": walking.write,
}


def write_layer(layer: Layer, stage: Stage, bars: frozenset[int], rng: np.random.Generator) -> list[Line]:
    """Return the lines of one layer, playing in the given bars."""
    return FIGURES[layer.figure](layer, stage, bars, rng)
