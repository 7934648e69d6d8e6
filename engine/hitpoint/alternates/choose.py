"""Which alternates there are."""

from __future__ import annotations

from collections.abc import Iterable

from hitpoint.model.errors import SettingError, did_you_mean

#: As long as the score, with something left out.
FULL_LENGTH = ("no-melody", "no-percussion", "lighter")
#: Seconds of the short ones, by name.
CUTDOWN_S = {"30s": 30, "15s": 15}
#: In the order in which they are made.
ALTERNATES = (*FULL_LENGTH, *CUTDOWN_S)
ALL = "all"


def choose_alternates(names: Iterable[str]) -> tuple[str, ...]:
    """Return the alternates that are asked for, in order; "all" is all of them. `SettingError` for any other name."""
    wanted: set[str] = set()
    for name in names:
        if name != ALL and name not in ALTERNATES:
            raise SettingError(f"--alternates: there is no {name!r}; {did_you_mean(name, (*ALTERNATES, ALL))}")
        wanted.update(ALTERNATES if name == ALL else (name,))
    return tuple(name for name in ALTERNATES if name in wanted)
