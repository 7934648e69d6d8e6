"""Sound that a neural model makes for a cue: asked for in the score's own terms, pulled onto its samples, or refused.

values      what a generator is asked for, and what it answers
registry    which generators there are;  stable_audio, musicgen: ours
resample    from a model's rate to ours, to the sample
table       words for prompts, and levels (resources/generation.toml)
prompt      what a model is told about a window of a cue
windows     a cue in overlapping windows, and their seams
take        one take of a cue: windows aligned and joined as they come
dynamics    loud and soft as in the sketch, room for the voice
kept        windows that were made before
similarity  how well a take fits its words, by a model's ears
cue         what a layer is made for, what became of it
layer       a cue becomes a layer: the best of several takes, or an honest refusal
score       all cues: the stem that is mixed with the sampled ones
"""

from hitpoint.generation.registry import load_generator
from hitpoint.generation.score import SOUND_MODES, Layered, SoundChoice, WrittenCues, add_generated
from hitpoint.generation.values import Generated, SoundGenerator, SoundRequest

__all__ = [
    "SOUND_MODES",
    "Generated",
    "Layered",
    "SoundChoice",
    "SoundGenerator",
    "SoundRequest",
    "WrittenCues",
    "add_generated",
    "load_generator",
]
