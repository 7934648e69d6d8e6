"""Server-sent events: a job's story from the beginning, then as it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from hitpoint.service.events import EventLog

_HEARTBEAT = b": still here\n\n"


class Streams:
    """All open streams, so that they can be ended when the service ends: a server waits for its answers."""

    def __init__(self) -> None:
        self._wakers: set[Callable[[], None]] = set()
        self.is_stopping = False

    def stop(self) -> None:
        """End all streams, from any thread."""
        self.is_stopping = True
        for wake in tuple(self._wakers):
            wake()

    async def events(self, log: EventLog, *, after: int, heartbeat_s: float) -> AsyncIterator[bytes]:
        """Give a job's events that follow one, until its end; a comment now and then shows that we are still here."""
        number = after
        async for is_news in self._moments(log, heartbeat_s):
            if not is_news:
                yield _HEARTBEAT
            for event in log.after(number):
                number = event.number
                yield event.to_sse()

    async def until_end(self, log: EventLog, *, every_s: float) -> None:
        """Wait for a job's end, or the service's."""
        async for _ in self._moments(log, every_s):
            pass

    async def _moments(self, log: EventLog, every_s: float) -> AsyncIterator[bool]:
        """Give True at once and at each event, False where none came for a while; ends with the job or the service."""
        loop, awake = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed, nobody listens
                loop.call_soon_threadsafe(awake.set)

        unlisten = log.listen(wake)
        self._wakers.add(wake)
        try:
            is_news = True
            while True:
                awake.clear()
                is_last = log.is_ended  # asked before the events are read: none can come after it
                yield is_news
                if is_last or self.is_stopping:
                    return
                try:
                    await asyncio.wait_for(awake.wait(), every_s)
                    is_news = True
                except TimeoutError:
                    is_news = False
        finally:
            unlisten()
            self._wakers.discard(wake)
