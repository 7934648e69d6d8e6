"""The ways to the double, each through what it really goes through: processes, pipes, files."""

import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from hitpoint_panel.hosts.resolve.direct import DirectTransport
from hitpoint_panel.hosts.resolve.launcher_files import filled_in
from hitpoint_panel.hosts.resolve.mailbox import MailboxTransport
from hitpoint_panel.hosts.resolve.stdio import StdioTransport

from .profiles import PROFILES
from .serve import Desk, Listener, serve_lua, serve_python

HERE = Path(__file__).parent
LUAS = ("luajit", "lua5.3")


#: One version for each way, for what depends on the way rather than on the version.
ONE_EACH = [("external", "21.1 Studio"), ("python menu", "21.0 free"), ("luajit", "21.1 free")]
#: Every way with every version that has it.
WAYS = [
    *(("external", name) for name, profile in PROFILES.items() if profile.has_external_scripting),
    *(("python menu", name) for name, profile in PROFILES.items() if profile.has_menu_python),
    *(("luajit", name) for name in PROFILES),  # which is what Resolve has
    ("lua5.3", "21.1 free"),
]
assert {way for way, _ in WAYS} == {"external", "python menu", *LUAS}
assert set(ONE_EACH) < set(WAYS)
assert {name for _, name in WAYS} == set(PROFILES)


def way_name(way):
    return f"{way[0]}-{way[1]}".replace(" ", "_")


def start(target, *args):
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def finish(process, seconds=20):
    """Wait for a process of ours to end; end it if it does not."""
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


class PythonMenu:
    """A Python launcher, started as from the menu, with a child in place of the panel."""

    def __init__(self, folder, *, python=sys.executable, child=None, world=None, environment=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.desk = Desk(world)
        self.to_double = Listener()
        self.to_child = Listener() if child is None else None
        child = child or (str(HERE / "relay_child.py"), str(self.to_child.port))
        script = folder / "Hitpoint größer.py"
        text = filled_in("hitpoint_panel.py", mailbox=folder, python=sys.executable, arguments=child)
        script.write_text(text, encoding="utf-8")
        self.process = subprocess.Popen(
            [python, str(HERE / "menu_python.py"), str(self.to_double.port), str(script)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.line = self.to_double.accept()
        stream = self.line.makefile("rwb")
        start(self._serve, stream)
        self.transport = None
        if self.to_child is not None:
            self.child_line = self.to_child.accept()
            file = self.child_line.makefile("rwb", buffering=0)
            reader = self.child_line.makefile("rb")
            self.transport = StdioTransport(reader, file)

    def _serve(self, stream):
        try:
            serve_python(self.desk, stream, stream)
        except (OSError, ValueError):
            return

    def close(self):
        if self.transport is not None:
            self.transport.close()
            self.child_line.shutdown(2)
            self.child_line.close()
        try:
            return finish(self.process)
        finally:
            self.line.close()
            self.process.stdout.close()
            self.process.stderr.close()


class LuaMenu:
    """A Lua launcher, started as from the menu of free 21.1, in its sandbox."""

    def __init__(self, lua, world, folder, *, sandbox="exact", time_scale=0.05, script="hitpoint_panel.lua"):
        folder.mkdir(parents=True, exist_ok=True)
        world.language = "lua"
        world.prefs_path = str(folder / "Profiles" / "Default" / "Fusion.prefs")
        self.folder = folder
        self.mailbox = folder / "mailbox"
        path = folder / "Hitpoint.lua"
        path.write_text(filled_in(script, mailbox=self.mailbox), encoding="utf-8")
        self.errors = (folder / "lua.log").open("ab")
        self.process = subprocess.Popen(
            [lua, str(HERE / "menu_lua.lua"), str(path), sandbox],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        self.desk = Desk(world, time_scale=time_scale)
        start(self._serve)

    def _serve(self):
        try:
            serve_lua(self.desk, self.process.stdout, self.process.stdin)
        except (OSError, ValueError):
            return

    def transport(self, **options):
        profiles = self.folder / "Profiles"
        return MailboxTransport(
            self.mailbox,
            lambda: sorted(profiles.glob("*/Fusion.prefs")),
            **{"acknowledged_s": 20.0, "pause_s": 0.003, **options},
        )

    def said(self):
        return (self.folder / "lua.log").read_text(errors="replace")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with suppress(BrokenPipeError):  # what was still to be said to it
            self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


def direct(world):
    return DirectTransport(world.resolve)


def has_lua(name):
    return shutil.which(name) is not None
