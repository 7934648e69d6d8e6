"""Which tempo map puts the hits on the beats, exactly? Solved, not searched by ear.

anchors   which hits the map has to meet, and which have to give way
counts    how many eighths pass between two anchors: dynamic programming
bars      how those eighths are barred, so that strong hits fall on downbeats
curve     tempo segments through the anchors: constant, ramps, new sections
solver    the step itself, and the alternatives
baseline  the best constant tempo, for comparison
"""

from hitpoint.tempo.baseline import ConstantTempo, best_constant_tempo
from hitpoint.tempo.solver import TempoSettings, solve_tempo

__all__ = ["ConstantTempo", "TempoSettings", "best_constant_tempo", "solve_tempo"]
