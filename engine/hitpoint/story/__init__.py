"""What the scene feels like over record time, and what the editor and the screenplay say about it.

mood          words and what they feel like (resources/mood_words.toml)
words         keys, tempi and themes in words
marker_table  the meaning of marker words and colours (resources/markers.toml and the user's own)
markers       what one marker means
screenplay    the script as headings, action and dialogue
placement     its lines in record time
shape         the shape that a brief asks for
arc           valence, arousal and tension over the cut
"""

from hitpoint.story.arc import build_arc
from hitpoint.story.marker_table import MarkerTable, load_marker_table
from hitpoint.story.markers import MarkerMeaning, read_marker
from hitpoint.story.placement import Placement, place_screenplay
from hitpoint.story.screenplay import Screenplay, read_screenplay

__all__ = [
    "MarkerMeaning",
    "MarkerTable",
    "Placement",
    "Screenplay",
    "build_arc",
    "load_marker_table",
    "place_screenplay",
    "read_marker",
    "read_screenplay",
]
