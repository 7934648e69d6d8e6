"""Server-sent events, read line by line (WHATWG HTML, 9.2)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a job: `name` is progress, preview or end; `number` counts from 1, and says where to go on."""

    number: int
    name: str
    data: Any


def read_events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """Give the events of a stream; comments, and an event that was cut off by the end, are left out."""
    number, name, data = 0, "message", list[str]()
    for line in lines:
        if not line:
            if data:
                yield ServerEvent(number, name, json.loads("\n".join(data)))
            name, data = "message", []
            continue
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "id" and value.isdecimal():
            number = int(value)
        elif key == "event":
            name = value
        elif key == "data":
            data.append(value)
