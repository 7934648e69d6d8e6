"""How each way to Resolve is opened."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from hitpoint_panel.hosts.resolve.direct import DirectTransport, external_resolve
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.host import ResolveHost
from hitpoint_panel.hosts.resolve.mailbox import MailboxTransport
from hitpoint_panel.hosts.resolve.places import mailbox_folder, preference_files
from hitpoint_panel.hosts.resolve.stdio import StdioTransport


def connect_stdio(*, on_closed: Callable[[], None] | None = None) -> ResolveHost:
    """Connect with the Python launcher that started this process (`--stdio-host`).

    Call it before anything prints or reads: it takes the standard streams over. `on_closed` is called from a thread
    when Resolve or its script has ended; the panel should then save and end as well.
    """
    return ResolveHost(StdioTransport.from_standard_streams(on_closed=on_closed))


def connect_mailbox(*, wait_s: float = 0.0, folder: Path | None = None) -> ResolveHost:
    """Connect with the Lua launcher (free 21.1 and later).

    Tries for `wait_s` seconds, at least once (about two seconds); then raises `ResolveError` of kind "no_launcher",
    whose sentence tells what to click. Show that, and call again: the user may start the script at any time.
    """
    transport = MailboxTransport(folder or mailbox_folder(), preference_files)
    end_s = time.monotonic() + wait_s
    while True:
        try:
            return ResolveHost(transport)
        except ResolveError as error:
            if error.kind != "no_launcher" or time.monotonic() >= end_s:
                transport.close()
                raise
        except BaseException:
            transport.close()
            raise


def connect_external(resolve: object | None = None) -> ResolveHost:
    """Connect with Resolve Studio from outside (`hitpoint panel --resolve`); `resolve` is for those who have it."""
    transport = DirectTransport(resolve if resolve is not None else external_resolve())
    try:
        return ResolveHost(transport)
    except BaseException:
        transport.close()
        raise
