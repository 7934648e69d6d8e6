"""Other versions of the same score, as an editor's library has them: without a role, lighter, and short ones.

choose     what there is, and what the user asked for
leave_out  parts left out of a written cue, its hits still struck
cutdown    a short cue out of a long one: opening, climax with its strongest hit, ending
make       plays, renders, mixes and writes them; stems in which nothing changed are used again
"""

from hitpoint.alternates.choose import ALTERNATES, choose_alternates
from hitpoint.alternates.make import Studio, make_alternates

__all__ = ["ALTERNATES", "Studio", "choose_alternates", "make_alternates"]
