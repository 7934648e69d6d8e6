"""The Python launcher as a process: its pipes, its child, its ends."""

import os
import re
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from resolve_double.resolve_api import FakeResolve
from resolve_double.scenes import cut_project
from resolve_double.ways import PythonMenu, finish

from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.host import ResolveHost
from hitpoint_panel.hosts.resolve.launcher_files import load_launcher
from hitpoint_panel.hosts.resolve.transport import decode_line, encode_line, request

REPO = Path(__file__).resolve().parents[4]
#: A panel that prints where it should not, starts a child, reads the timeline, and ends.
CHILD = """
import os, subprocess, sys
sys.path[:0] = {path!r}
from pathlib import Path
from hitpoint_panel.hosts.resolve.connect import connect_stdio
print("printed before")
sys.stdout.write("no line end")
closed = []
host = connect_stdio(on_closed=lambda: closed.append(1))
print("printed after")
os.system("echo from a grandchild; cat")          # would eat the launcher's answers if it had them
os.write(1, b"raw bytes \\xff HITPOINT/1 deadbeef {{}}\\n")
cut = host.read(Path({folder!r}))
Path({folder!r}, "done.txt").write_text(cut.name + "|" + host.title, encoding="utf-8")
print("environment", sorted(n for n in os.environ if n.startswith(("QT_", "LD_", "PYTHON"))))
sys.exit({status})
"""


def child_script(tmp_path, status=0, body=CHILD):
    script = tmp_path / "panel für test.py"
    path = [str(REPO / "engine"), str(REPO / "plugin")]
    script.write_text(body.format(path=path, folder=str(tmp_path / "out"), status=status), encoding="utf-8")
    return (str(script),)


@pytest.fixture
def fake(tmp_path):
    fake = FakeResolve("19.1 free")
    cut_project(fake, tmp_path / "media")
    return fake


@pytest.fixture
def environment(tmp_path):
    return {
        **os.environ,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "QT_PLUGIN_PATH": "/opt/resolve/libs/plugins",
        "LD_LIBRARY_PATH": "/opt/resolve/libs",
        "PYTHONHOME_OF_RESOLVE": "x",
    }


def log_of(tmp_path):
    return (tmp_path / "state" / "hitpoint" / "log" / "resolve-launcher.log").read_text(errors="replace")


OLD_PYTHONS = Path.home().glob(".pyenv/versions/3.6.*/bin/python")  # skipped where there is none
PYTHONS = [sys.executable, *sorted({str(path) for path in OLD_PYTHONS if path.is_file()})[:1]]


@pytest.mark.parametrize("python", PYTHONS, ids=["this python", "python 3.6"][: len(PYTHONS)])
def test_a_panel_that_prints_everywhere_is_served(tmp_path, fake, environment, python):
    menu = PythonMenu(tmp_path, python=python, child=child_script(tmp_path), world=fake, environment=environment)
    assert menu.close() == 0
    assert (tmp_path / "out" / "done.txt").read_text(encoding="utf-8") == "Reel 1 – größer|DaVinci Resolve 19.1.3.7"
    log = log_of(tmp_path)
    assert "printed after" in log
    assert "from a grandchild" in log
    assert "environment []" in log
    assert "ended: the panel ended (exit status 0)" in log


def test_what_a_failing_panel_said_is_in_the_log(tmp_path, fake, environment):
    child = child_script(tmp_path, body="import sys\nsys.exit('no display: {folder}')")
    menu = PythonMenu(tmp_path, child=child, world=fake, environment=environment)
    finish(menu.process)
    said = menu.process.stdout.read().decode()
    menu.close()
    assert re.search(r"Hitpoint: the panel ended with status 1; what it said is in .*resolve-launcher\.log", said)
    assert "no display" in log_of(tmp_path)


def test_resolve_ends_and_so_does_the_panel(tmp_path, fake, environment):
    """As on Windows, where a dead parent does not show: every call answers None."""
    menu = PythonMenu(tmp_path, world=fake, environment=environment)
    host = ResolveHost(menu.transport)
    fake.is_running = False
    with pytest.raises(ResolveError, match=r"the connection to DaVinci Resolve has ended; open Hitpoint again"):
        host._transport.call("look")
    finish(menu.process, 60)
    change = host.poll()
    assert change.kind == "gone"
    assert host.is_open is False
    menu.close()
    assert "ended: Resolve is gone" in log_of(tmp_path)


def test_the_launcher_killed_ends_the_panel(tmp_path, fake, environment):
    closed = []
    menu = PythonMenu(tmp_path, world=fake, environment=environment)
    menu.transport._on_closed = lambda: closed.append(1)
    child = psutil.Process(menu.process.pid).children()[0]
    menu.process.kill()
    menu.process.wait()
    deadline_s = time.monotonic() + 30
    while not closed and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert closed == [1]
    child.wait(timeout=30)
    menu.transport.close()
    menu.child_line.close()
    menu.line.close()
    menu.process.stdout.close()
    menu.process.stderr.close()


def test_one_request_at_a_time_and_late_answers_are_thrown_away(python_menu, fake):
    python_menu.desk.world = fake
    transport = python_menu.transport
    transport._limit_s = 0.3
    fake.on("GetVersion", lambda *_: time.sleep(1.5) or [19, 1, 3, 7, ""], count=1)
    with pytest.raises(ResolveError, match=r"has not answered for 0\.3 seconds"):
        transport.call("hello")
    transport._limit_s = 60
    with pytest.raises(ResolveError, match=r"still works on the request before; wait a moment"):
        transport.call("hello")
    deadline_s, answer = time.monotonic() + 30, None
    while answer is None and time.monotonic() < deadline_s:
        with suppress(ResolveError):
            answer = transport.call("look")
        time.sleep(0.05)
    assert answer["timeline"]["name"] == "Reel 1 – größer"


def test_unknown_methods_and_wrong_parameters_are_answered(python_menu, fake):
    python_menu.desk.world = fake
    with pytest.raises(ResolveError, match=r"script in Resolve is of another version .*run the installer again"):
        python_menu.transport.call("make_coffee")
    with pytest.raises(ResolveError, match=r"failed in hello"):
        python_menu.transport.call("hello", milk=True)


def test_an_unfilled_launcher_says_so(capsys):
    launcher = load_launcher()
    assert launcher.panel_command() is None
    assert launcher.main(object()) == 1
    assert "run Hitpoint's installer" in capsys.readouterr().out


def test_the_environment_is_cleaned():
    clean = load_launcher().clean_environment(
        {"PATH": "p", "HOME": "h", "DISPLAY": ":0", "QT_QPA_PLATFORM": "x", "LD_PRELOAD": "l", "PYTHONPATH": "y"}
    )
    assert clean == {"PATH": "p", "HOME": "h", "DISPLAY": ":0"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"a print\n",
        b"HITPOINT/1 \n",
        b"HITPOINT/1 00000000 {}\n",
        encode_line({"id": 1}).replace(b"1}", b"2}"),
        encode_line({"id": 1})[:-3],
        b"HITPOINT/1 zz\n",
    ],
)
def test_disturbed_lines_are_no_messages(line):
    assert decode_line(line) is None
    assert load_launcher().decode(line) is None


def test_both_sides_speak_the_same():
    launcher = load_launcher()
    message = request(3, "look", {"name": "größer 🎬"})
    assert launcher.encode(message) == encode_line(message)
    assert launcher.decode(b"half a print" + encode_line(message)) == message
    assert decode_line(launcher.encode(message)) == message
