"""The limits of a service, all in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from hitpoint.client.address import state_folder

_MIB, _GIB = 1 << 20, 1 << 30
_HOUR_S, _DAY_S = 3600.0, 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What a service may use, and how long it waits.

    Attributes
    ----------
    folder : Path
        The service's own folder; nothing outside it is ever cleaned up.
    port : int
        0 lets the system choose.
    idle_exit_s : float or None
        The service ends when nobody called and nothing ran for this long; None: never.
    session_factory : str
        `module:name` of what makes a session (`hitpoint.service.session_protocol`); imported by workers only.
    upload_bytes, json_bytes : int
        Largest upload, largest JSON body.
    kept_bytes, kept_s, kept_jobs : int, float, int
        What ended jobs, closed sessions and uploads may take; the oldest go first.
    room_bytes, spared_s : int, float
        When something could not be written and the disk has less room than this, the oldest of them go too, but none
        that is younger than this.
    stale_session_s : float
        A session that nobody used for this long counts as closed: its panel died.
    cancel_grace_s : float
        A worker that was asked to stop is killed after this.
    probe_*, upload_* : limits of the workers that decode what somebody sent
        `*_memory_bytes` of data each process may hold, `*_cpu_s` of processor time each may use, `*_wall_s` in all.
        For a whole score these grow with the film: `upload_cpu_per_film_s` for each second of it, on both clocks.
    """

    folder: Path = field(default_factory=state_folder)
    port: int = 0
    idle_exit_s: float | None = None
    session_factory: str = "hitpoint.session:Session"
    upload_bytes: int = 64 * _GIB
    json_bytes: int = 16 * _MIB
    kept_bytes: int = 20 * _GIB
    kept_s: float = 14 * _DAY_S
    kept_jobs: int = 1000
    room_bytes: int = 2 * _GIB
    spared_s: float = _HOUR_S
    stale_session_s: float = 7 * _DAY_S
    warm_sessions: int = 4
    warm_s: float = 0.5 * _HOUR_S
    short_workers: int = field(default_factory=lambda: max(1, (os.cpu_count() or 2) // 4))
    queued_jobs: int = 200
    cancel_grace_s: float = 0.7
    heartbeat_s: float = 10.0
    janitor_every_s: float = 5.0
    cleanup_every_s: float = 600.0
    probe_memory_bytes: int = 2 * _GIB
    probe_cpu_s: float = 60.0
    probe_wall_s: float = 60.0
    upload_memory_bytes: int = 8 * _GIB
    upload_cpu_s: float = 0.5 * _HOUR_S
    upload_cpu_per_film_s: float = 20.0
