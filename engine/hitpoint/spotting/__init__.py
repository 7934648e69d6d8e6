"""Where music is, what it must hit, what it should be like.

words         keys, tempi, themes and moods in an editor's words
marker_table  resources/markers.toml and the user's own
markers       what one marker means
spans         where cues start and end
proposals     hits where the editor marked none
brief         palette, tempo, key of a cue
numbers       cue numbers that survive a recut
project_file  NAME.hitpoint.toml
spot          the step itself
"""

from hitpoint.spotting.marker_table import MarkerTable, load_marker_table
from hitpoint.spotting.markers import MarkerMeaning, read_marker
from hitpoint.spotting.numbers import KnownCue
from hitpoint.spotting.project_file import ProjectFile, read_project_file, write_project_file
from hitpoint.spotting.spot import SpottingSettings, remember, spot

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
