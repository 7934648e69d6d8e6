"""Lays what the editor changed in the panel (`hitpoint.model.edits`) over a cut and its spotting.

markers   the cut with his markers; what he said of a marker's kind and weight
emphasis  "more tense here": the arc and a drawn intensity, raised and lowered with soft shoulders
cues      other briefs, cues left out
hits      hits that the engine proposed, moved, changed or dropped
file      what the panel saved beside the cut
"""

from hitpoint.spotting.edits.cues import edit_cues
from hitpoint.spotting.edits.emphasis import Emphasis, emphasise_arc
from hitpoint.spotting.edits.file import read_edits
from hitpoint.spotting.edits.hits import edit_hits
from hitpoint.spotting.edits.markers import edit_markers, overrule_markers

__all__ = ["Emphasis", "edit_cues", "edit_hits", "edit_markers", "emphasise_arc", "overrule_markers", "read_edits"]
