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
NEURAL_STAMP = "hitpoint-neural.stamp"
#: .venv with everything, as `du -sh` has it on Linux; elsewhere torch comes without CUDA and is far smaller.
NEURAL_GB = 6


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


def sync(uv: list[str], *, with_test_tools: bool, with_neural: bool = False) -> None:
    """Bring .venv to what pyproject.toml asks for; nothing to do when it has not changed.

    The neural extra is installed where it is asked for, with the test tools, and wherever it was installed before.
    """
    wanted = hashlib.sha256((REPO / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()
    had_neural = (VENV / NEURAL_STAMP).exists()
    with_neural = with_neural or with_test_tools or had_neural
    stamps = ["hitpoint.stamp"]
    stamps += ["hitpoint-test.stamp"] if with_test_tools else []
    stamps += [NEURAL_STAMP] if with_neural else []
    if PYTHON.exists() and all(_text(VENV / name) == wanted for name in stamps):
        return
    if with_neural and not had_neural:
        _room_for_neural()
    size = f"about {NEURAL_GB} GB with the neural libraries" if with_neural else "about a gigabyte with everything"
    say(f"making the environment in .venv ({size}, once)")
    # Without the lock file that uv writes beside: it names registries, so it is never kept.
    groups = ["--group", "dev"] if with_test_tools else ["--no-dev", "--inexact"]
    extras = ["--extra", "panel", *(["--extra", "neural"] if with_neural else [])]
    if not run([*uv, "sync", "--quiet", "--python", sys.executable, *extras, *groups], cwd=REPO):
        stop("cannot install the packages; the lines above say why (no network? no space?); then run this again")
    for name in stamps:
        (VENV / name).write_text(wanted)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _room_for_neural() -> None:
    """Say how large the neural libraries are before anything is fetched, and stop where they do not fit."""
    free_gb = shutil.disk_usage(REPO).free / 1e9
    if free_gb < NEURAL_GB + 1:
        stop(
            f"the neural libraries need about {NEURAL_GB} GB in {VENV}, and {free_gb:.1f} GB are free there; make "
            "room, or go without --neural: everything else works"
        )
    say(
        f"the neural libraries (torch, with CUDA's own on Linux) are about {NEURAL_GB} GB in .venv, {free_gb:.0f} GB "
        "are free; models are fetched later, one by one, by your wish: hitpoint models"
    )
