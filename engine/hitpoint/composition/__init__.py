"""Composition: a cue, its tempo plan and its arc become written music in beats.

compose       the whole way, read top to bottom
context       what is known about the picture: rate, dialogue, cuts
style         a palette's tables as values;  style_reader reads them, table_reader checks each line
pitch         keys, scales, roman numerals
clock         fast beats <-> seconds
moments       hits as the composer sees them; silences
intensity     planned loudness, from the arc and the hits
form          bars, phrases, sections
grammar       harmonic languages (resources/harmony.toml);  keys: the key plan
harmony       which chord when;  voicing: its voices
motif         themes and their development
orchestration which layer plays when;  texture/: how each layer is written
impacts       hits, their preparation and the breath before them
dialogue      what is left out while somebody speaks
finish        clearing, ending, ranges;  balance: dynamics
figures       what can be measured on the notes
"""

from hitpoint.composition.compose import compose
from hitpoint.composition.context import ComposeContext

__all__ = ["ComposeContext", "compose"]
