"""Make it like the temp: the style of a reference track steers the brief, and its notes are not copied.

sound        the file's sound
style        what a track is like without its notes; the nearest of our palettes
melody       whether a written melody is heard in a recording
likeness     how long two pieces run parallel in their harmony
originality  copy or not, in the style or not; composing again where it is too alike
brief        what is taken into the briefs
"""

from hitpoint.reference.brief import steer
from hitpoint.reference.originality import (
    Originality,
    Reference,
    compose_original,
    copied,
    is_in_style,
    listen_to_reference,
    originality,
)
from hitpoint.reference.style import TrackStyle, nearest_palettes, style_of

__all__ = [
    "Originality",
    "Reference",
    "TrackStyle",
    "compose_original",
    "copied",
    "is_in_style",
    "listen_to_reference",
    "nearest_palettes",
    "originality",
    "steer",
    "style_of",
]
