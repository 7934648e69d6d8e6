"""DaVinci Resolve: three ways to it, one protocol (docs/resolve.md).

connect     how each way is opened
host        ResolveHost
session, values     what is asked, and the answers as values
following   what changed in Resolve?
writing     a score on the timeline, all or nothing; and off it again
steps, undoing      what it does, each step looked at; and the way back
completing  what Resolve's OTIO lacks
identity    what is ours?
transport, stdio, mailbox, direct     the ways
canary      what the check script in Resolve found
places, launcher_files      where Resolve keeps things; the scripts that are put there
"""

from hitpoint_panel.hosts.resolve.connect import connect_external, connect_mailbox, connect_stdio
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.host import ResolveHost

__all__ = ["ResolveError", "ResolveHost", "connect_external", "connect_mailbox", "connect_stdio"]
