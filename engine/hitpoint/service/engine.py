"""Everything that a running service consists of besides HTTP."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hitpoint.model.errors import HitpointError
from hitpoint.service.book import JobBook
from hitpoint.service.cleanup import clean
from hitpoint.service.dispatch import Dispatcher
from hitpoint.service.guard import Activity
from hitpoint.service.layout import Layout
from hitpoint.service.session_book import SessionBook
from hitpoint.service.settings import ServiceSettings
from hitpoint.service.store import Store
from hitpoint.service.streams import Streams

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The parts; `token` is this run's secret, `port` the one that it is called under."""

    settings: ServiceSettings
    port: int
    token: str
    layout: Layout
    store: Store
    book: JobBook
    sessions: SessionBook
    dispatcher: Dispatcher
    activity: Activity = field(default_factory=Activity)
    streams: Streams = field(default_factory=Streams)

    @classmethod
    def open(cls, settings: ServiceSettings, *, port: int, token: str) -> Engine:
        """Open the service's folder, and take up what an earlier service left."""
        layout = Layout(settings.folder)
        layout.make()
        store = Store(layout.database)
        book = JobBook(store, layout)
        sessions = SessionBook(store, layout)
        dispatcher = Dispatcher(book, sessions, store, layout, settings)
        dispatcher.recover()
        return cls(
            settings=settings,
            port=port,
            token=token,
            layout=layout,
            store=store,
            book=book,
            sessions=sessions,
            dispatcher=dispatcher,
        )

    def upload_limits(self, media: dict[str, Any]) -> dict[str, Any]:
        """Return what scoring an upload may use of the machine: more for a longer film."""
        time_s = self.settings.upload_cpu_s + self.settings.upload_cpu_per_film_s * float(media.get("duration_s", 0.0))
        return {"memory_bytes": self.settings.upload_memory_bytes, "cpu_s": time_s, "wall_s": time_s}

    def close(self) -> None:
        """End all work and close the folder."""
        self.streams.stop()
        self.dispatcher.stop()
        self.store.close()


class Janitor:
    """Looks after a service from time to time: writes what could not be written, cleans up, ends it when idle."""

    def __init__(self, engine: Engine, *, end: Callable[[], None]) -> None:
        self._engine, self._end = engine, end
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="janitor", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End it, and wait for what it is doing."""
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        engine, settings = self._engine, self._engine.settings
        cleaned_s = -settings.cleanup_every_s
        while True:
            try:
                engine.book.save_rest()
                engine.dispatcher.tidy()
                if time.monotonic() - cleaned_s >= settings.cleanup_every_s:
                    cleaned_s = time.monotonic()
                    clean(engine.store, engine.book, engine.layout, settings)
            except (HitpointError, OSError) as error:
                _LOG.error("looking after the service: %s", error)
            limit_s = settings.idle_exit_s
            if limit_s is not None and engine.activity.idle_s > limit_s and not engine.dispatcher.is_busy:
                _LOG.info("nobody called for %.0f s: ending", limit_s)
                self._end()
            if self._is_over.wait(settings.janitor_every_s):
                return
