"""What the scene feels like over record time.

mood        words and what they feel like (resources/mood_words.toml)
screenplay  the script as scenes, headings, action and dialogue, placed in record time by its dialogue
arc         valence, arousal and tension over the cut
"""

from hitpoint.story.arc import build_arc
from hitpoint.story.screenplay import Screenplay, place_screenplay, read_screenplay

__all__ = ["Screenplay", "build_arc", "place_screenplay", "read_screenplay"]
