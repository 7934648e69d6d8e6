"""The application around the window: theme, host, trouble that nobody foresaw, and the end."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
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
    farewell = Farewell()
    open_host = host_opener(options, farewell.came.emit)
    from hitpoint_panel.settings import Settings
    from hitpoint_panel.window import Window

    window = Window(connect=connect, settings=Settings(), open_host=open_host)
    farewell.came.connect(window.close)
    trouble = Trouble(window)
    window.show()
    if options.time_start:
        QTimer.singleShot(0, lambda: print(f"window up after {time.perf_counter() - began_s:.3f} s", file=sys.stderr))
    if options.screenshot is not None:
        from hitpoint_panel.screenshot import Screenshot

        shot = Screenshot(window, options.screenshot)
        shot.ended.connect(application.exit)
    _end_on_signals(window)
    if options.cut is not None:
        QTimer.singleShot(0, lambda: window.open_cut(options.cut))
    if open_host is not None:
        QTimer.singleShot(0, window.host.connect_host)
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


def host_opener(options: argparse.Namespace, on_closed: Callable[[], None]) -> Callable[[], Host] | None:
    """Return what opens the host that the options ask for (it may block); None works on files opened by hand.

    `on_closed` is called, from any thread, when the program that started the panel has ended.
    """
    if options.resolve:
        return _open_external
    if options.mailbox:
        return _open_mailbox
    if options.stdio_host:
        return partial(_open_stdio, on_closed)
    if options.folder is not None:
        return partial(_open_folder, options.folder)
    return None


def _open_external() -> Host:
    from hitpoint_panel.hosts.resolve import connect_external

    host: Host = connect_external()
    return host


def _open_mailbox() -> Host:
    from hitpoint_panel.hosts.resolve import connect_mailbox

    host: Host = connect_mailbox()
    return host


def _open_stdio(on_closed: Callable[[], None]) -> Host:
    from hitpoint_panel.hosts.resolve import connect_stdio

    host: Host = connect_stdio(on_closed=on_closed)
    return host


def _open_folder(folder: Path) -> Host:
    from hitpoint_panel.hosts.otio_file import OtioFileHost

    host: Host = OtioFileHost(folder)
    return host


class Farewell(QObject):
    """`came` is told when the program that started the panel has ended: the panel saves and ends as well."""

    came = pyqtSignal()


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
