"""What the doctor says about the window, the service and the state folder."""

import json
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hitpoint import __version__
from hitpoint.cli import main as hitpoint
from hitpoint.doctor import examine, panel
from hitpoint.installation import qt_libraries


@pytest.fixture
def health() -> Iterator[int]:
    """The port of something that answers as a service does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def tell(folder: Path, port: int, version: str = __version__) -> None:
    told = {"pid": 4711, "port": port, "token": "secret", "version": version, "api": "service.1"}
    (folder / "service.json").write_text(json.dumps(told))
    (folder / "service.json").chmod(0o600)


def test_a_service_that_runs(tmp_path: Path, health: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # no proxy stands between us
    tell(tmp_path, health)
    found = panel.service(tmp_path)
    assert (found.state, found.found) == ("ok", f"process 4711 on 127.0.0.1:{health}, version {__version__}")
    tell(tmp_path, health, version="0.0.9")
    old = panel.service(tmp_path)
    assert old.state == "warn"
    assert "end it (process 4711)" in old.mend


def test_a_service_that_does_not_run(tmp_path: Path) -> None:
    assert panel.service(tmp_path).found == "not running; the panel starts it"
    tell(tmp_path, 9)
    assert panel.service(tmp_path).found == "not running; the last one was process 4711 on port 9"
    (tmp_path / "service.json").write_text("{")
    broken = panel.service(tmp_path)
    assert broken.state == "warn"
    assert "delete that file" in broken.mend


def test_the_secret_does_not_stand_open(tmp_path: Path) -> None:
    tell(tmp_path, 9)
    assert [finding.state for finding in panel.state(tmp_path)] == ["ok"]
    (tmp_path / "service.json").chmod(0o644)
    (finding,) = panel.state(tmp_path)
    assert (finding.state, finding.mend) == ("warn", f"chmod 600 {tmp_path / 'service.json'}")


def test_a_state_folder_without_room_or_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(panel.shutil, "disk_usage", lambda path: usage._replace(free=1_530_000_000))
        (finding,) = panel.state(tmp_path)
    assert finding.cost == "room for about 10 minutes of new versions"
    (tmp_path / "file").touch()
    (finding,) = panel.state(tmp_path / "file" / "state")
    assert (finding.state, finding.found) == ("missing", f"{tmp_path / 'file' / 'state'} cannot be written")


def test_qt_as_it_is_here() -> None:
    found = panel.qt(Path(sys.executable))
    assert found.state == "ok"
    assert found.found.startswith("6.")


def test_qt_without_a_library(tmp_path: Path) -> None:
    """A PyQt6 whose library does not load, in earnest: an interpreter that is given such a one."""
    package = tmp_path / "PyQt6"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "QtCore.py").write_text(
        "raise ImportError('libEGL.so.1: cannot open shared object file: No such file or directory')\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    found = panel.qt(python)
    assert found.state == "warn"
    assert found.found == "broken; libEGL.so.1 not found"
    assert found.mend == "Debian, Ubuntu: apt install libegl1"
    (package / "QtCore.py").unlink()
    (package / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'PyQt6'\", name='PyQt6')\n")
    assert panel.qt(python).found == "not installed"
    assert panel.qt(tmp_path / "none").state == "warn"


def test_every_library_has_a_package() -> None:
    assert qt_libraries.DEBIAN_PACKAGES
    assert qt_libraries.debian_packages(
        ("libEGL.so.1", "libunknown.so.3", "libglib-2.0.so.0", "libgthread-2.0.so.0")
    ) == (
        "libegl1",
        "libglib2.0-0",
    )


def test_a_screen() -> None:
    assert panel.display({"DISPLAY": ":0"}, "linux")[0].found == "DISPLAY=:0"
    assert panel.display({}, "linux")[0].state == "warn"
    assert panel.display({}, "darwin") == ()


def test_the_whole_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("HITPOINT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    subjects = {finding.subject for finding in examine()}
    assert {"Python", "packages", "SoundFont", "PyQt6", "service", "state folder", "Resolve"} <= subjects
    assert hitpoint(["doctor", "--json"]) in (0, 5)
    assert {entry["subject"] for entry in json.loads(capsys.readouterr().out)} == subjects
    assert not (tmp_path / "state").exists()  # looking makes nothing
