"""Where music is, what it must hit, what it should be like.

answers       what is said to each marker
spans         where cues start and end
numbers       cue numbers that survive a recut
titles        what cues are called
directions    moods, keys, tempi and themes, from a frame on
hits          the hit points of a cue from its markers
proposals     hits where the editor marked none
brief         palette, tempo, key of a cue
project_file  NAME.hitpoint.toml
spot          the step itself

What a marker's words and colour mean is read in `hitpoint.story`, since the arc needs it too.
"""

from hitpoint.spotting.numbers import KnownCue
from hitpoint.spotting.project_file import ProjectFile, read_project_file, write_project_file
from hitpoint.spotting.spot import SpottingSettings, remember, spot
from hitpoint.story.marker_table import MarkerTable, load_marker_table
from hitpoint.story.markers import MarkerMeaning, read_marker

__all__ = [
    "KnownCue",
    "MarkerMeaning",
    "MarkerTable",
    "ProjectFile",
    "SpottingSettings",
    "load_marker_table",
    "read_marker",
    "read_project_file",
    "remember",
    "spot",
    "write_project_file",
]
