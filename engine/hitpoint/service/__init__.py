"""The engine as a service on 127.0.0.1, for the panel and for scripts (docs/service.md).

serve         one service per user, until it is stopped; announce: its lock and its address
app           HTTP: guard (who may call), routes_*, failures (errors as sentences), streams (events)
engine        what a service consists of; dispatch: who works on what; book, store: what is remembered
worker        the processes in which all work is done; tasks: what they do; worker_process: how the service sees them
cleanup       bounded disk use
"""

from __future__ import annotations

from hitpoint.service.settings import ServiceSettings

__all__ = ["ServiceSettings", "serve"]


def serve(settings: ServiceSettings) -> int:
    """Run a service until it is stopped (imports FastAPI only now: workers and settings do without)."""
    from hitpoint.service.serve import serve as run

    return run(settings)
