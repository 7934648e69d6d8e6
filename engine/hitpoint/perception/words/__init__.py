"""What words feel like, and what they tell.

affect      valence, arousal, dominance: the embedded model; neural: the one with sentence embeddings
emotions    named feelings, hints at the genre
narrative   a threat, a death, a reunion, a reveal
tokens      texts as the models read them
"""

from hitpoint.perception.words.affect import (
    DEFAULT_MODEL as DEFAULT_AFFECT,
)
from hitpoint.perception.words.affect import (
    TextAffect,
    affect_confidence,
    affect_model,
    emobank_ratings,
    read_affect,
)
from hitpoint.perception.words.emotions import EMOTIONS, genre_hints, label_emotions
from hitpoint.perception.words.narrative import NARRATIVE_KINDS, NarrativeCue, narrative_cues

__all__ = [
    "DEFAULT_AFFECT",
    "EMOTIONS",
    "NARRATIVE_KINDS",
    "NarrativeCue",
    "TextAffect",
    "affect_confidence",
    "affect_model",
    "emobank_ratings",
    "genre_hints",
    "label_emotions",
    "narrative_cues",
    "read_affect",
]
