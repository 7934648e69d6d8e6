"""From played notes to audio: SoundFonts through TinySoundFont, one worker process per core.

soundfont  the file format: presets, checks, a small font with only what is played
synth      one line through TinySoundFont, sample-exact, with smooth expression
stem       the lines of one stem at one depth into a file, block by block
worker     the process that does it
stems      all stems in parallel
attacks    how long each sound takes to speak, measured
find       where the SoundFont is
registry   what a renderer is, and which ones are installed
"""

from hitpoint.rendering.attacks import measure_attacks
from hitpoint.rendering.find import find_soundfont
from hitpoint.rendering.registry import Renderer, load_renderer
from hitpoint.rendering.soundfont import read_soundfont, substitution_warnings
from hitpoint.rendering.stems import layer_depth, render_stems

__all__ = [
    "Renderer",
    "find_soundfont",
    "layer_depth",
    "load_renderer",
    "measure_attacks",
    "read_soundfont",
    "render_stems",
    "substitution_warnings",
]
