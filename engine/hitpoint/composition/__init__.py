"""Composition: a cue, its tempo plan and its arc become written music in beats.

compose       the whole way, read top to bottom
context       what is known about the picture: rate, dialogue, cuts
style         a palette's tables as values;  style_reader reads them, table_reader checks each line
pitch         keys, scales, roman numerals
clock         fast beats <-> seconds
moments       hits as the composer sees them; silences
intensity     planned loudness, from the arc and the hits
form          bars, phrases, sections
grammar       harmonic languages (resources/harmony.toml);  keys: the key plan of a cue,  key_plan: of all cues
idioms        how hits are written (resources/idioms.toml);  idiom_choice: which one where
harmony       which chord when;  voicing: its voices
motif         themes and their development;  singing: pitches for a line, by search
orchestration which layer plays when;  texture/: how each layer is written
impacts       who strikes a hit, and the breath before it;  gestures: what leads in;  aftermath: what it leaves
low_register  no mud below C3
outer_voices  parallels mended among all that sounds;  plan: the form as it can be read
dialogue      what is left out while somebody speaks
finish        clearing, ending, ranges;  balance: dynamics
figures       what can be measured on the notes
"""

from hitpoint.composition.compose import compose, project_themes
from hitpoint.composition.context import ComposeContext
from hitpoint.composition.key_plan import plan_cue_keys

__all__ = ["ComposeContext", "compose", "plan_cue_keys", "project_themes"]
