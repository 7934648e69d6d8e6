"""MusicGen and MusicGen Melody, through transformers.

player      windows of music for requests: what is made at once, what is told
loading     the model from its folder
conditions  text and melody
loop        codes, one moment after the other, each window with draws of its own
decoder     one step of the decoder
codec       audio to codes and back
"""

from hitpoint.generation.musicgen.player import MusicGen

__all__ = ["MusicGen"]
