"""`hitpoint serve`: one service per user, on 127.0.0.1, until it is stopped."""

from __future__ import annotations

import logging
import logging.handlers
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType

import uvicorn

from hitpoint import __version__
from hitpoint.client.address import ServiceAddress
from hitpoint.files import output_error
from hitpoint.model.errors import SettingError
from hitpoint.service.announce import announced, only_one
from hitpoint.service.app import build_app
from hitpoint.service.engine import Engine, Janitor
from hitpoint.service.layout import Layout
from hitpoint.service.settings import ServiceSettings

_LOG = logging.getLogger(__name__)

#: How long calls that are being answered may take when the service ends.
_LAST_ANSWERS_S = 3
_LOG_BYTES, _LOG_FILES = 1 << 20, 2


def serve(settings: ServiceSettings) -> int:
    """Run a service until it is stopped; return its exit code.

    Raises `HitpointError` where one runs already, or the folder or the port cannot be used.
    """
    layout = Layout(settings.folder)
    try:
        layout.make()
    except OSError as error:
        raise output_error(settings.folder, error) from error
    with only_one(settings.folder), closing(_bound(settings.port)) as listener:
        _log_to(layout)
        port = int(listener.getsockname()[1])
        address = ServiceAddress(pid=os.getpid(), port=port, token=secrets.token_urlsafe(32), version=__version__)
        engine = Engine.open(settings, port=port, token=address.token)
        try:
            server = _Server(engine)
            janitor = Janitor(engine, end=server.end)
            with announced(settings.folder, address):
                print(f"hitpoint: serving at {address.url}; Ctrl-C ends it", file=sys.stderr, flush=True)
                janitor.start()
                try:
                    server.run(sockets=[listener])
                finally:
                    janitor.stop()
        finally:
            engine.close()
    return 0


class _Server(uvicorn.Server):
    """uvicorn, which ends the open streams before it waits for answers to end."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(
            uvicorn.Config(
                build_app(engine),
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=_LAST_ANSWERS_S,
            )
        )
        self._engine = engine

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End on a signal."""
        self._engine.streams.stop()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals end the server, and no more: the folder is put in order after it (uvicorn would raise again)."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def end(self) -> None:
        """End without a signal, from any thread."""
        self._engine.streams.stop()
        self.should_exit = True


def _bound(port: int) -> socket.socket:
    """Return a listening socket on 127.0.0.1; held from here on, so that nobody else gets the port in between."""
    if not 0 <= port <= 65_535:
        raise SettingError(f"--port {port}: a port is a whole number from 1 to 65535, or 0 for any")
    # asyncio sends small answers at once only where the protocol is named; otherwise each call waits 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let another program take the port from us
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise SettingError(
            f"--port {port} cannot be used ({error.strerror}); choose another, or leave it away"
        ) from error
    return listener


def _log_to(layout: Layout) -> None:
    """Write what goes wrong to a file of bounded size."""
    handler = logging.handlers.RotatingFileHandler(layout.log, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in ("hitpoint.service", "uvicorn"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
