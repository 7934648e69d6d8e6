"""The parts of the suggestions (`hitpoint.advice.suggestions`).

values   what a suggestion is
figures  what is measured on a solved tempo: by this ideas are judged
scene    one cue, solved, and what an idea changes of it
steps    hits that force the tempo to step
crowded  hits too close for the metre
sync     markers a little off a cut or a strong beat; soft hits that could be hard
cuts     cuts that miss a beat by a little
move_cuts  a cut with other edit points
words    hits under dialogue; cues that start in the middle of a line
"""
