"""How long will it take still?"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

#: Before this much is done there is nothing to reckon from.
_LEAST_SHARE, _LEAST_S = 0.02, 0.5
#: The speed of late counts as much as that of the whole.
_LATELY_S = 10.0


class SecondsLeft:
    """Reckons from the shares (0..1) that a job reports, and the time they took."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began_s = clock()
        self._lately: deque[tuple[float, float]] = deque([(self._began_s, 0.0)])

    def at(self, share: float) -> float | None:
        """Note a share, and return the seconds that the rest will take; None where that cannot be said."""
        now_s = self._clock()
        if share > self._lately[-1][1]:
            self._lately.append((now_s, share))
        while len(self._lately) > 2 and self._lately[1][0] < now_s - _LATELY_S:
            self._lately.popleft()
        elapsed_s = now_s - self._began_s
        if share < _LEAST_SHARE or elapsed_s < _LEAST_S:
            return None
        overall = share / elapsed_s
        since_s, from_share = self._lately[0]
        recent = (share - from_share) / (now_s - since_s) if now_s > since_s else overall
        return round((1.0 - share) / max((overall + recent) / 2, 1e-9), 1)
