"""What comes from the system rather than from Python: a SoundFont, Qt's libraries, the programs that the tests use.

Standard library only. Only on Debian and Ubuntu, and only as root or with a sudo that asks nothing, is anything
installed; elsewhere it is said what to do.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

SOUNDFONT_PACKAGE = "fluid-soundfont-gm"
ADVICE = {
    "Darwin": "put a General MIDI .sf2 or .sf3 into ~/Library/Audio/Sounds/Banks, or pass --soundfont FILE",
    "Windows": r"put a General MIDI .sf2 or .sf3 into C:\soundfonts, or pass --soundfont FILE",
}
#: Program -> Debian package, and the tests that are skipped without it.
TEST_PROGRAMS = {
    "melt": ("melt", "the tests that play the scored timeline in an editor's engine"),
    "Xvfb": ("xvfb", "the test that opens the panel on a real X display"),
    "luajit": ("luajit", "the tests of Resolve's Lua launcher in LuaJIT"),
    "lua5.3": ("lua5.3", "the tests of Resolve's Lua launcher in Lua 5.3"),
}


def stop(sentence: str) -> NoReturn:
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


def has_soundfont(python: Path) -> bool:
    """Ask the engine itself whether it finds a SoundFont."""
    code = "from hitpoint.rendering import find_soundfont; find_soundfont(None)"
    return subprocess.run([str(python), "-c", code], capture_output=True).returncode == 0


def ensure_soundfont(uv: list[str], python: Path) -> None:
    """Find a SoundFont or install one: the distribution's, else the small one inside the pretty_midi wheel."""
    if has_soundfont(python):
        return
    if is_debian() and apt_install([SOUNDFONT_PACKAGE]) and has_soundfont(python):
        return
    say("no large SoundFont found; installing the small one that the pretty_midi package carries")
    run([*uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps", "pretty_midi"])
    advice = ADVICE.get(
        platform.system(),
        f"install your distribution's FluidR3 SoundFont (Debian and Ubuntu: apt install {SOUNDFONT_PACKAGE})",
    )
    if not has_soundfont(python):
        stop(f"no SoundFont found; {advice}")
    say(f"it works, but sounds small; for a better sound {advice}")


def ensure_qt_libraries(
    probe: Callable[[], tuple[str, ...]],
    packages_of: Callable[[tuple[str, ...]], tuple[str, ...]],
    *,
    known: tuple[str, ...],
    purpose: str,
) -> None:
    """Install what PyQt6 needs of the system, as far as it is missing and known.

    `probe` returns the libraries that are missing, `packages_of` the packages that hold them, `known` all libraries
    whose packages are known. A probe names one library at a time, so all of them are installed at once; where a
    distribution lacks one of these packages, what is missing is installed one after the other.
    """
    missing = probe()
    if missing and is_debian() and packages_of(missing):
        if not apt_install(list(packages_of(known))):
            tried: set[str] = set()
            while wanted := [name for name in packages_of(probe()) if name not in tried]:
                tried.update(wanted)
                apt_install(wanted)
        missing = probe()
    if missing:
        packages = " ".join(packages_of(missing))
        mend = f"; Debian and Ubuntu: apt install {packages}" if packages else ""
        say(f"Qt does not find {', '.join(missing)}, without which {purpose}{mend}")


def ensure_test_programs() -> None:
    """Install the programs that some tests use; say which tests are skipped without them."""
    for program, (package, skipped) in TEST_PROGRAMS.items():
        if not shutil.which(program) and not (is_debian() and apt_install([package]) and shutil.which(program)):
            say(f"{program} is not here; skipped will be {skipped}")
