"""The environment that Hitpoint runs in: .venv, made by uv. Standard library only."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from system_packages import apt_install, is_debian, run, say, stop

REPO = Path(__file__).resolve().parents[1]
VENV = REPO / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
UV_HOME = REPO / ".venv-uv"  # only where no uv is installed


def find_uv() -> list[str]:
    """Return a command that runs uv, installing it into a folder of its own where there is none."""
    on_path = shutil.which("uv")
    if on_path:
        return [on_path]
    as_module = [sys.executable, "-m", "uv"]
    if subprocess.run([*as_module, "--version"], capture_output=True).returncode == 0:
        return as_module
    own = UV_HOME / BIN.name / ("uv.exe" if os.name == "nt" else "uv")
    if not own.exists():
        say("installing uv (the environment manager) into .venv-uv")
        made = run([sys.executable, "-m", "venv", str(UV_HOME)])
        if not made and is_debian() and apt_install(["python3-venv"]):
            shutil.rmtree(UV_HOME, ignore_errors=True)
            made = run([sys.executable, "-m", "venv", str(UV_HOME)])
        if not made:
            stop("cannot make a virtual environment; install Python's venv module (Debian: apt install python3-venv)")
        if not run([str(UV_HOME / BIN.name / PYTHON.name), "-m", "pip", "install", "--quiet", "uv"]):
            stop("cannot install uv with pip; check the network, or install uv yourself and run this again")
    return [str(own)]


def sync(uv: list[str], *, with_test_tools: bool) -> None:
    """Bring .venv to what pyproject.toml asks for; nothing to do when it has not changed."""
    wanted = hashlib.sha256((REPO / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / ("hitpoint-test.stamp" if with_test_tools else "hitpoint.stamp")
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say("making the environment in .venv (about a gigabyte with everything, once)")
    # Without the lock file that uv writes beside: it names registries, so it is never kept.
    groups = ["--group", "dev"] if with_test_tools else ["--no-dev", "--inexact"]
    if not run([*uv, "sync", "--quiet", "--python", sys.executable, "--extra", "panel", *groups], cwd=REPO):
        stop("cannot install the packages; the lines above say why (no network? no space?); then run this again")
    for name in ("hitpoint.stamp", "hitpoint-test.stamp") if with_test_tools else ("hitpoint.stamp",):
        (VENV / name).write_text(wanted)
