"""What a job told, in order: kept for whoever comes later, and passed on to whoever listens now."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `number` counts from 1 within its job. `name` is progress, preview or end."""

    number: int
    name: str
    data: Any

    def to_sse(self) -> bytes:
        """Return it as a server-sent event."""
        return f"id: {self.number}\nevent: {self.name}\ndata: {json.dumps(self.data)}\n\n".encode()


class EventLog:
    """The events of one job. Written to a file as they come, so that they outlive the service. Any thread may call.

    A full disk is no reason to stop a job: then they live in memory only.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._events = _read(path)
        self._listeners: list[Callable[[], None]] = []
        self.is_ended = bool(self._events) and self._events[-1].name == "end"

    def add(self, name: str, data: Any) -> None:
        """Append an event and wake who listens; after `end` nothing is appended."""
        with self._lock:
            if self.is_ended:
                return
            event = Event(len(self._events) + 1, name, data)
            self._events.append(event)
            self.is_ended = name == "end"
            with suppress(OSError):
                self._path.parent.mkdir(mode=0o700, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps([event.number, event.name, event.data]) + "\n")
            listeners = tuple(self._listeners)
        for wake in listeners:
            wake()

    def after(self, number: int) -> list[Event]:
        """Return the events that follow one, 0 for all."""
        with self._lock:
            return self._events[max(0, number) :]

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called (in any thread) at each event; return what ends that."""
        with self._lock:
            self._listeners.append(wake)

        def stop() -> None:
            with self._lock, suppress(ValueError):
                self._listeners.remove(wake)

        return stop


def _read(path: Path) -> list[Event]:
    """Return what a file holds; a line that was cut off by the end of its writer is cut off the file, too."""
    events: list[Event] = []
    with suppress(OSError), path.open("r+b") as stream:
        whole_bytes = 0
        with suppress(ValueError, TypeError):
            for line in stream:
                number, name, data = json.loads(line)
                if number != len(events) + 1 or not line.endswith(b"\n"):
                    break
                events.append(Event(number, name, data))
                whole_bytes += len(line)
        stream.truncate(whole_bytes)
    return events
