"""From the written page to played notes: beats to samples, articulation, dynamics, timing, attack compensation.

perform             the step itself, and where a cue's audio starts, ends, fades and stops dead
line                one part: when each note is sent, heard and let go
articulation        which preset plays a note, how hard, and how long it is held
articulation_table  the ways of playing and when they are chosen, from resources/articulations.toml
phrases             where phrases begin and end
breathing           all players together come late towards the end of a phrase
velocity            velocities as a player shapes them
expression          dynamic lines as CC11
swells              what players add to a dynamic line: phrases that swell, long notes that live
timing              the spread of human timing, and how much earlier a note has to start to sound on time
"""

from hitpoint.performance.articulation_table import load_articulations
from hitpoint.performance.perform import TAIL_S, needed_sounds, perform

__all__ = ["TAIL_S", "load_articulations", "needed_sounds", "perform"]
