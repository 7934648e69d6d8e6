"""A conversation with one launcher: its methods, with values for JSON."""

from __future__ import annotations

import time
from dataclasses import replace

from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.identity import BIN
from hitpoint_panel.hosts.resolve.transport import PROTOCOL, Transport
from hitpoint_panel.hosts.resolve.values import Inventory, Look, Program, Row, inventory_from, look_from

#: The first version with clips on given tracks at given frames, and with OTIO (editors.md §1.3).
OLDEST = (18, 5)
Wanted = tuple[str, int, int, int]


class Session:
    """What the host asks Resolve. `program` is known from the start."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        hello = transport.call("hello")
        if hello.get("protocol") != PROTOCOL:
            raise ResolveError("old_launcher", f"it speaks {hello.get('protocol')}, this panel {PROTOCOL}")
        self.program = Program.from_hello(hello)
        if self.program.version and not self.program.is_at_least(*OLDEST):
            raise ResolveError("missing", f"{self.program.title} is too old")

    def look(self, wanted: tuple[Wanted, ...] = (), *, budget_ms: int = 500) -> Look:
        """Return the open timeline; raises `ResolveError` where none is open."""
        look = look_from(self.transport.call("look", wanted=[list(entry) for entry in wanted], budget_ms=budget_ms))
        if look is None:
            raise ResolveError("no_timeline")
        return look

    def look_at_all(self, *, limit_s: float = 120.0) -> Look:
        """Return the open timeline with every item of picture and sound, page by page.

        Where it is changed meanwhile, reading begins again; `is_complete` tells whether the time sufficed.
        """
        end_s = time.monotonic() + limit_s
        rows: dict[tuple[str, int, int], Row] = {}
        look = self.look()
        while True:
            missing = missing_rows(look, rows)
            if not missing:
                return replace(look, rows=rows, is_complete=True)
            if time.monotonic() > end_s:
                return replace(look, rows=rows, is_complete=False)
            pages = first_rows(missing, self.transport.rows_per_call)
            newer = self.look(pages, budget_ms=2000)
            if newer.timeline_id != look.timeline_id:
                raise ResolveError("other_timeline")
            if _counts(newer) != _counts(look):
                rows.clear()
            rows.update(newer.rows)
            look = newer

    def inventory(self, timeline_id: str) -> Inventory:
        """Return everything ours in our bin and on the timeline."""
        return inventory_from(self.transport.call("inventory", bin=BIN, timeline_id=timeline_id))


def missing_rows(look: Look, rows: dict[tuple[str, int, int], Row]) -> list[tuple[str, int, int]]:
    """Return the keys of the items that were not read yet."""
    return [
        (track.kind, track.index, place)
        for track in look.tracks
        for place in range(track.count)
        if (track.kind, track.index, place) not in rows
    ]


def first_rows(keys: list[tuple[str, int, int]], number: int) -> tuple[Wanted, ...]:
    """Return the first so many items as stretches of neighbours."""
    stretches: list[list[int | str]] = []
    for kind, index, place in keys[:number]:
        last = stretches[-1] if stretches else None
        if last and last[0] == kind and last[1] == index and last[2] + last[3] == place:  # type: ignore[operator]
            last[3] += 1  # type: ignore[operator]
        else:
            stretches.append([kind, index, place, 1])
    return tuple((str(a), int(b), int(c), int(d)) for a, b, c, d in stretches)


def _counts(look: Look) -> tuple[tuple[str, int, int], ...]:
    return tuple((track.kind, track.index, track.count) for track in look.tracks)
