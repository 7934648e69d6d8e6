"""Which tempo map puts the hits on the beats, exactly? Solved, not searched by ear.

anchors   which moments the map may have to meet, and the tempo asked for from each on
moments   what a span should please on its way: soft hits, cuts
counts    how many eighths pass between anchors, and which anchors give way: dynamic programming
bars      how those eighths are barred, so that strong hits fall on downbeats
curve     tempo segments through the anchors: constant, ramps, new sections
hits      where each hit falls on the map, and why some are not met
solver    the step itself, and the alternatives
baseline  the best constant tempo, for comparison
"""

from hitpoint.tempo.baseline import ConstantTempo, best_constant_tempo
from hitpoint.tempo.counts import Costs
from hitpoint.tempo.solver import TempoSettings, solve_tempo

__all__ = ["ConstantTempo", "Costs", "TempoSettings", "best_constant_tempo", "solve_tempo"]
