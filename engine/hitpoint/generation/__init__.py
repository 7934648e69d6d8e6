"""Sound that a neural model makes for a cue: asked for in the score's own terms, pulled onto its samples, or refused.

values      what a generator is asked for, and what it answers
similarity  how well a take fits its words, by a model's ears
registry    which generators there are
"""

from hitpoint.generation.registry import load_generator
from hitpoint.generation.values import Generated, SoundGenerator, SoundRequest

__all__ = ["Generated", "SoundGenerator", "SoundRequest", "load_generator"]
