"""Work that may block (the engine, the host, the disk) runs in threads of its own; its end is told in the window's."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal


class Background(QObject):
    """A few threads that take work in order.

    `run(work, done, failed)` returns at once. `done(result)` or `failed(error)` is called later in the thread that made
    the Background, and never after `close`. With one thread, work is done strictly one after another.
    """

    _ended = pyqtSignal(object, object)

    def __init__(self, *, name: str, threads: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: queue.SimpleQueue[tuple[Callable[[], Any], Any, Any] | None] = queue.SimpleQueue()
        self._is_closed = False
        self._ended.connect(self._tell)  # from another thread, so it waits for this one's event loop
        self._threads = [
            threading.Thread(target=self._work, name=f"hitpoint-{name}-{index}", daemon=True)
            for index in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def run(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do some work in the background."""
        self._queue.put((work, done, failed))

    def close(self, timeout_s: float = 3.0) -> None:
        """Take no more answers; wait a little for what was asked for (daemon threads hold up no exit)."""
        self._is_closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout_s)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            work, done, failed = item
            try:
                result = work()
            except Exception as error:  # told to the window, which makes a sentence of it
                call, value = failed, error
            else:
                call, value = done, result
            if not self._is_closed and call is not None:
                try:
                    self._ended.emit(call, value)
                except RuntimeError:  # the window is gone
                    return

    def _tell(self, call: Callable[[Any], None], value: Any) -> None:
        if not self._is_closed:
            call(value)
