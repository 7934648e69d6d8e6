"""Stable Audio through stable-audio-tools: the only room that knows this library (docs/neural-stable-audio.md).

config       what a model's model_config.json says, checked before anything heavy is loaded
text         its text encoder, from a folder of this machine
loading      the model on its device
codec        sound into latents and back, in pieces; one rate into another
steps        one step of the network with guidance, made faster on a card
sampling     from noise, or from a sketch with noise over it, to latents
generator    windows for requests: batches, memory, stops, sentences
quiet        what the libraries print stays here
"""

from hitpoint.generation.stable_audio.generator import StableAudio

__all__ = ["StableAudio"]
