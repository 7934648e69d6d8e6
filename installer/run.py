#!/usr/bin/env python3
"""Sets Hitpoint up on a fresh machine and runs it. Standard library only; Python 3.11 or later.

    python3 installer/run.py demo [--out DIR]     set up, then score the demo cut
    python3 installer/run.py test [PYTEST ...]    set up with the test tools, then run the tests
    python3 installer/run.py ANYTHING …           set up, then run `hitpoint ANYTHING …`

Setting up happens once and again only when pyproject.toml changes: an isolated environment in .venv (made by uv),
and a General MIDI SoundFont.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
VENV = REPO / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
UV_HOME = REPO / ".venv-uv"  # only where no uv is installed
SOUNDFONT_PACKAGE = "fluid-soundfont-gm"
ADVICE = {
    "Darwin": "put a General MIDI .sf2 or .sf3 into ~/Library/Audio/Sounds/Banks, or pass --soundfont FILE",
    "Windows": r"put a General MIDI .sf2 or .sf3 into C:\soundfonts, or pass --soundfont FILE",
}


def stop(sentence: str) -> None:
    """Leave with one sentence."""
    print(f"hitpoint set-up: {sentence}", file=sys.stderr)
    raise SystemExit(5)


def say(sentence: str) -> None:
    """Tell the user what is going on, beside the program's own output."""
    print(f"hitpoint set-up: {sentence}", file=sys.stderr, flush=True)


def run(command: list[str], **options: object) -> bool:
    """Run a command with its output kept for the case of failure; return whether it worked."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)  # type: ignore[call-overload]
    if result.returncode:
        print(result.stdout[-2000:], file=sys.stderr)
    return result.returncode == 0


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
    if not run([*uv, "sync", "--quiet", "--python", sys.executable, *groups], cwd=REPO):
        stop("cannot install the packages; the lines above say why (no network? no space?); then run this again")
    for name in ("hitpoint.stamp", "hitpoint-test.stamp") if with_test_tools else ("hitpoint.stamp",):
        (VENV / name).write_text(wanted)


def is_debian() -> bool:
    """Return whether packages come by apt here."""
    return platform.system() == "Linux" and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages as root, or through sudo where that needs no password; return whether it worked."""
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            return False
        prefix = ["sudo", "-n"]
    say(f"installing {', '.join(packages)} with apt")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if run(install, env=quiet):
        return True
    return run([*prefix, "apt-get", "update", "-q"], env=quiet) and run(install, env=quiet)


def has_soundfont() -> bool:
    """Ask the engine itself whether it finds a SoundFont."""
    code = "from hitpoint.rendering import find_soundfont; find_soundfont(None)"
    return subprocess.run([str(PYTHON), "-c", code], capture_output=True).returncode == 0


def ensure_soundfont(uv: list[str]) -> None:
    """Find a SoundFont or install one: the distribution's, else the small one inside the pretty_midi wheel."""
    if has_soundfont():
        return
    if is_debian() and apt_install([SOUNDFONT_PACKAGE]) and has_soundfont():
        return
    say("no large SoundFont found; installing the small one that the pretty_midi package carries")
    run([*uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "pretty_midi"])
    advice = ADVICE.get(
        platform.system(),
        f"install your distribution's FluidR3 SoundFont (Debian and Ubuntu: apt install {SOUNDFONT_PACKAGE})",
    )
    if not has_soundfont():
        stop(f"no SoundFont found; {advice}")
    say(f"it works, but sounds small; for a better sound {advice}")


def main(arguments: list[str]) -> int:
    """Set up, then do what was asked for."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is started by whatever Python there is
        stop(f"Python 3.11 or later is needed; this is {platform.python_version()}")
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    testing = arguments[0] == "test"
    uv = find_uv()
    sync(uv, with_test_tools=testing)
    ensure_soundfont(uv)
    if testing:
        if is_debian() and not shutil.which("melt") and not apt_install(["melt"]):
            say("MLT's melt is not here; the test that plays the scored timeline in an editor's engine will be skipped")
        # Two workers: what the smallest machines have; more only makes the SoundFont load more often.
        command = [str(PYTHON), "-m", "pytest", "-n", "2", *arguments[1:]]
    else:
        command = [str(PYTHON), "-m", "hitpoint.cli", *arguments]
    # The demo and the tests may be started from anywhere; paths of the user's stay relative to where he stands.
    try:
        return subprocess.run(command, cwd=REPO if testing else None).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
