"""temporary"""

from hitpoint.timeline.load import LoadedTimeline, load_timeline
from hitpoint.timeline.read import read_cut

__all__ = ["LoadedTimeline", "load_timeline", "read_cut"]
