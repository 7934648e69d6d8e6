"""What the scene feels like over record time, what happens in it, and what the editor and the screenplay say about it.

mood          words and what they feel like (resources/mood_words.toml): for markers and briefs
words         keys, tempi and themes in words
marker_table  the meaning of marker words and colours (resources/markers.toml and the user's own)
markers       what one marker means
screenplay    the script as headings, action and dialogue, and as scenes
alignment     its dialogue found in the subtitles (word_chains); placement: all its lines and scenes in record time
told          what is said and described, and what it feels like
signals       what cutting, picture, sound and words say; fusion: all of them together
shape         the shape that a brief asks for
arc           valence, arousal and tension over the cut
beats         the beats of the story
read_story    all of it
"""

from hitpoint.story.arc import ArcEvidence
from hitpoint.story.fusion import ArcWeights, load_arc_weights
from hitpoint.story.marker_table import MarkerTable, load_marker_table
from hitpoint.story.markers import MarkerMeaning, read_marker
from hitpoint.story.placement import Placement, place_screenplay
from hitpoint.story.read_story import Story, build_arc, read_story
from hitpoint.story.screenplay import Screenplay, read_screenplay

__all__ = [
    "ArcEvidence",
    "ArcWeights",
    "MarkerMeaning",
    "MarkerTable",
    "Placement",
    "Screenplay",
    "Story",
    "build_arc",
    "load_arc_weights",
    "load_marker_table",
    "place_screenplay",
    "read_marker",
    "read_screenplay",
    "read_story",
]
