"""What the panel tells the editor without getting into his way: a sentence, and the ways out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sentence and up to three buttons. A notice with a `topic` takes the place of the one before it."""

    sentence: str
    level: Literal["info", "warning", "error"] = "info"
    ways_out: tuple[tuple[str, Callable[[], None]], ...] = field(default=())
    topic: str = ""
