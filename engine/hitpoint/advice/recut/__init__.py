"""The parts of a comparison of two cuts (`hitpoint.advice.compare`).

pieces      a cut as pieces of picture, each with its place in its source
alignment   which stretches of the old pieces are in the new cut, in order; which pieces moved elsewhere
frame_map   where each old record frame went
pairing     what each piece lost or gained
shots       what happened to the shots, in sentences
markers     which marker is which, and what happened to them
subtitles   the same for the words
fates       which cues just move along
values      what a comparison says
"""
