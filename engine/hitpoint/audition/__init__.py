"""The audition: a dozen scenes, played in the styles that suit them, to be looked at, listened to and measured.

scene        a scene as a value, and as a cue
scenes       reads resources/audition/scenes.toml;  excerpts takes scenes out of real cuts
takes        which scene in which palette;  record plays one
adherence    plan against what is heard;  voices: holes, crowds, silence;  figures: all of it
plan         the phrases in words
axes         what the pictures share;  roll the piano roll;  spectrum what is heard
sound        the listening copy
take_folder  what a take leaves on disk
summary      figures, targets, medians;  page all of it as HTML
run          the way from the settings to the page
"""

from hitpoint.audition.run import AuditionSettings, audition
from hitpoint.audition.summary import median_lines

__all__ = ["AuditionSettings", "audition", "median_lines"]
