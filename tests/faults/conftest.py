"""The whole product under faults: the real panel, the real service over HTTP, real workers and a real SoundFont."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = os.environ.get("HITPOINT_TEST_PLATFORM", "offscreen")  # before Qt is imported
os.environ["QT_LOGGING_RULES"] = "qt.multimedia.*=false"

import opentimelineio as otio
import psutil
import pytest
from PyQt6.QtWidgets import QApplication

from hitpoint.client import Client, find_or_start, read_address
from hitpoint.model.errors import HitpointError
from hitpoint.rendering import find_soundfont

REPO = Path(__file__).resolve().parents[2]
DEMO_FILM = REPO / "resources" / "demo" / "chase.mp4"
sys.path.insert(0, str(REPO / "tests" / "plugin" / "hosts" / "resolve"))  # Resolve's double lives there

#: Nothing here measures speed; a loaded machine may be busy with other things.
LIMIT_S = 120.0
RATE = 24.0
HITS = (60, 132, 204)


def until(condition: Callable[[], Any], *, what: str = "it") -> Any:
    """Wait, outside of Qt, for something to become true, and return it."""
    latest_s = time.monotonic() + LIMIT_S
    while time.monotonic() < latest_s:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {LIMIT_S} s")


def write_cut(path: Path, *, frames: int = 288, hits: tuple[int, ...] = HITS, film: Path | None = None) -> Path:
    """Write a cut of shots of two seconds, with hits; with a film its picture is of that, else there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def rational(value: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(value, RATE)

    timeline = otio.schema.Timeline(path.stem, global_start_time=rational(86400))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for start in range(0, frames, 48):
        media = otio.schema.MissingReference()
        if film is not None:
            available = otio.opentime.TimeRange(rational(0), rational(frames))
            media = otio.schema.ExternalReference(target_url=film.as_uri(), available_range=available)
        span = otio.opentime.TimeRange(rational(start), rational(min(48, frames - start)))
        track.append(otio.schema.Clip(f"shot {start}", media, span))
    timeline.tracks.append(track)
    for index, frame in enumerate(hits):
        span = otio.opentime.TimeRange(rational(frame), rational(1))
        timeline.tracks.markers.append(otio.schema.Marker(f"HIT number {index}", span, "RED"))
    otio.adapters.write_to_file(timeline, str(path))
    return path


@dataclass(frozen=True)
class Service:
    """A service of the tests' own, by the folder in which it says where it is."""

    folder: Path

    @property
    def pid(self) -> int:
        address = read_address(self.folder)
        assert address is not None
        return address.pid

    @property
    def client(self) -> Client:
        address = read_address(self.folder)
        assert address is not None
        return Client(address)

    def start(self) -> "Service":
        find_or_start(self.folder)
        return self

    def workers(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.pid).children(recursive=True)
        return []

    def kill(self) -> None:
        """End it as a crash would."""
        process = psutil.Process(self.pid)
        process.kill()
        with suppress(psutil.TimeoutExpired):
            process.wait(60)

    def stop(self) -> None:
        """End it politely, and see that nothing is left."""
        address = read_address(self.folder)
        if address is None or not psutil.pid_exists(address.pid):
            return
        left = [*self.workers(), psutil.Process(address.pid)]
        with suppress(ProcessLookupError):
            os.kill(address.pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(left, timeout=60)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        assert not alive, f"{alive} outlive their service"


@pytest.fixture(scope="session")
def _soundfont() -> None:
    try:
        find_soundfont(None)
    except HitpointError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def shared_service(tmp_path_factory: pytest.TempPathFactory, _soundfont: None) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service") / "state").start()
    yield service
    service.stop()


@pytest.fixture
def service(shared_service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Service:
    """The service that all tests share which do not kill it; this test's panels find it."""
    monkeypatch.setenv("HITPOINT_STATE_DIR", str(shared_service.folder))
    monkeypatch.setenv("HITPOINT_PANEL_SETTINGS", str(tmp_path / "settings.ini"))
    return shared_service


@pytest.fixture
def own_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _soundfont: None) -> Iterator[Service]:
    """A service of this test alone, which may be killed; panels start it again."""
    folder = tmp_path / "state"
    monkeypatch.setenv("HITPOINT_STATE_DIR", str(folder))
    monkeypatch.setenv("HITPOINT_PANEL_SETTINGS", str(tmp_path / "settings.ini"))
    service = Service(folder).start()
    yield service
    service.stop()


@pytest.fixture
def cut_path(tmp_path: Path) -> Path:
    return write_cut(tmp_path / "film" / "reel.otio")


@pytest.fixture
def make_window(qtbot: Any) -> Iterator[Callable[..., Any]]:
    """Make windows that find the service as a user's would; they are closed after the test."""
    from hitpoint_panel.app import make_application
    from hitpoint_panel.engine import connect
    from hitpoint_panel.settings import Settings
    from hitpoint_panel.window import Window

    make_application()
    made: list[Any] = []

    def make(**values: Any) -> Any:
        window = Window(**{"connect": connect, "settings": Settings(), **values})
        window.said = []  # all that was told, also what a newer notice has replaced
        show = window.parts.banners.show_notice

        def hear_and_show(notice: Any) -> None:
            window.said.append(notice.sentence)
            show(notice)

        window.parts.banners.show_notice = hear_and_show
        made.append(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()


@pytest.fixture
def wait(qtbot: Any) -> Callable[..., None]:
    """Wait while the windows go on."""

    def waiting(condition: Callable[[], Any]) -> None:
        def check() -> None:
            shown = [widget.said for widget in QApplication.topLevelWidgets() if hasattr(widget, "said")]
            assert condition(), f"still waiting; the windows have said {shown}"

        qtbot.waitUntil(check, timeout=round(LIMIT_S * 1000))

    return waiting


@pytest.fixture
def open_cut(wait: Callable[..., None]) -> Callable[..., Any]:
    """Open a cut in a window and wait until it was looked at."""

    def opening(window: Any, path: Path) -> Any:
        window.open_cut(path)
        wait(lambda: window.document.look is not None and not window.workflow.is_busy)
        return window

    return opening


@pytest.fixture
def compose(wait: Callable[..., None]) -> Callable[..., Any]:
    """Have the score written, and wait for it."""

    def composing(window: Any) -> dict[str, Any]:
        before = (window.document.version or {}).get("version_id")
        window.compose()
        wait(lambda: (window.document.version or {}).get("version_id") != before and not window.workflow.is_busy)
        return dict(window.document.version)

    return composing


def banners(window: Any) -> list[str]:
    """Return the sentences that stand in a window, newest first."""
    return [banner.notice.sentence for banner in window.parts.banners.banners]


def marker(window: Any, index: int) -> Any:
    return next(marker for marker in window.document.markers() if marker.name == f"HIT number {index}")


@pytest.fixture(scope="session")
def tools() -> Any:
    """What tests need of this file (tests are no packages)."""
    return sys.modules[__name__]


PANEL = [sys.executable, str(Path(__file__).with_name("driven_panel.py"))]


@pytest.fixture
def panel_process(service: Service, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start the panel as a process of its own; it does what is written to its standard input."""
    started: list[subprocess.Popen[str]] = []

    def start(cut: Path) -> subprocess.Popen[str]:
        with (tmp_path / "panel.log").open("ab") as log:
            process = subprocess.Popen(
                [*PANEL, str(cut)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()
