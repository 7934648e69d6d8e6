"""Reads timelines of every format, and writes the score back into them."""

from hitpoint.timeline.load import load_timeline
from hitpoint.timeline.loaded import LoadedTimeline
from hitpoint.timeline.read import read_cut

__all__ = ["LoadedTimeline", "load_timeline", "read_cut"]
