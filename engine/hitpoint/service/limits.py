"""What a process may use of the machine, where the system can hold it to that."""

from __future__ import annotations

import sys
from contextlib import suppress

#: Between the polite and the final signal for too much processor time.
_LAST_WORDS_S = 5


def hold_to(*, memory_bytes: int | None, cpu_s: float | None) -> None:
    """Limit this process, and each that it starts, for good. Windows has no such limits: there, time alone is watched.

    On Linux memory is what a process writes to (RLIMIT_DATA); mapped audio files, which may be larger than memory, are
    not counted. Elsewhere it is the address space, which macOS does not enforce.
    """
    if sys.platform == "win32":
        return
    import resource

    def limit(what: int, soft: int, hard: int) -> None:
        _, ceiling = resource.getrlimit(what)
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        with suppress(ValueError, OSError):  # refused by systems that know the name only
            resource.setrlimit(what, (soft, hard))

    limit(resource.RLIMIT_CORE, 0, 0)
    if memory_bytes is not None:
        limit(resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS, memory_bytes, memory_bytes)
    if cpu_s is not None:
        limit(resource.RLIMIT_CPU, max(1, round(cpu_s)), max(1, round(cpu_s)) + _LAST_WORDS_S)
