"""The application around the window: theme, host, trouble that nobody foresaw, and the end."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtWidgets import QApplication

from hitpoint.model.errors import HitpointError
from hitpoint_panel.engine import connect
from hitpoint_panel.notice import Notice
from hitpoint_panel.theme import apply_theme

if TYPE_CHECKING:
    from hitpoint_panel.hosts import Host
    from hitpoint_panel.window import Window

_LOG_BYTES = 1_000_000


def run(options: argparse.Namespace, *, began_s: float) -> int:
    """Show the window and run until it is closed; returns the exit code."""
    application = make_application()
    try:
        host = open_host(options)
    except HitpointError as error:
        print(f"hitpoint panel: {error}", file=sys.stderr)
        return error.exit_code
    from hitpoint_panel.settings import Settings
    from hitpoint_panel.window import Window

    window = Window(connect=connect, settings=Settings(), host=host)
    trouble = Trouble(window)
    window.show()
    if options.time_start:
        QTimer.singleShot(0, lambda: print(f"window up after {time.perf_counter() - began_s:.3f} s", flush=True))
    if options.screenshot is not None:
        from hitpoint_panel.screenshot import Screenshot

        shot = Screenshot(window, options.screenshot)
        shot.ended.connect(application.exit)
    _end_on_signals(window)
    if options.cut is not None:
        QTimer.singleShot(0, lambda: window.open_cut(options.cut))
    elif host is not None:
        QTimer.singleShot(0, window.host.read)
    code = application.exec()
    window.close()
    trouble.close()
    return int(code)


def make_application() -> QApplication:
    """Return the application, dressed."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(["hitpoint-panel"])
    application.setApplicationName("hitpoint-panel")
    application.setApplicationDisplayName("Hitpoint")
    application.setDesktopFileName("hitpoint")
    apply_theme(application)
    return application


def open_host(options: argparse.Namespace) -> Host | None:
    """Return the host that the options ask for; None works on files that are opened by hand."""
    if options.resolve:
        from hitpoint_panel.hosts.resolve_host import connect_external  # the bridge is a room of its own

        external: Host = connect_external()
        return external
    if options.stdio_host:
        from hitpoint_panel.hosts.resolve_host import connect_stdio

        launched: Host = connect_stdio()
        return launched
    if options.folder is not None:
        from hitpoint_panel.hosts.otio_file_host import OtioFileHost

        exchange: Host = OtioFileHost(options.folder)
        return exchange
    return None


class Trouble(QObject):
    """What nobody foresaw: it is logged and told, and the window lives on; what the editor made is saved already."""

    _told = pyqtSignal(str)

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._old = sys.excepthook
        self._told.connect(self._tell)
        sys.excepthook = self._on_exception
        threading.excepthook = lambda given: self._on_exception(
            given.exc_type, given.exc_value or Exception(), given.exc_traceback
        )

    def close(self) -> None:
        """Leave it to Python again."""
        sys.excepthook = self._old
        threading.excepthook = threading.__excepthook__

    def _on_exception(self, kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QTimer.singleShot(0, self._window.close)
            return
        told = "".join(traceback.format_exception(kind, error, where))
        sys.stderr.write(told)
        with contextlib.suppress(OSError):
            _append_to_log(told)
        sentence = str(error) if isinstance(error, HitpointError) else f"{kind.__name__}: {error}"
        self._told.emit(sentence)

    def _tell(self, sentence: str) -> None:
        said = (
            f"Something went wrong in the panel ({sentence}); what you made is saved, and {log_path()} has the details"
        )
        self._window.tell(Notice(sentence=said, level="error", topic="trouble"))


def log_path() -> Path:
    """Return where trouble is logged."""
    from hitpoint_panel.state.project_file import state_folder

    return state_folder() / "trouble.log"


def _append_to_log(text: str) -> None:
    path = log_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}\n")


def _end_on_signals(window: Window) -> None:
    """Close the window on Ctrl-C and a polite kill; Python sees signals only while it runs, hence the timer."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    timer.start(250)
