"""One thing that the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: `state` is "ok", "warn" (works, but worse) or "missing" (something cannot be done)."""

    subject: str
    state: str
    found: str
    cost: str = ""
    mend: str = ""
