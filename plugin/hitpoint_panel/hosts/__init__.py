"""Where the cut comes from and the score goes to, behind one interface.

host        Host: the interface, and the values that pass through it
"""

from hitpoint_panel.hosts.host import Host, HostChange, HostCut, HostMarker, ScoreToWrite, ScoreTrack, WriteReport

__all__ = ["Host", "HostChange", "HostCut", "HostMarker", "ScoreToWrite", "ScoreTrack", "WriteReport"]
